"""Conversions over HTTP, how they are attributed, and the rates that savings are computed with."""
