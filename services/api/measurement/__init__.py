"""Totals over HTTP."""
