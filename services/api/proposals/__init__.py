"""Proposals of employees, over HTTP."""
