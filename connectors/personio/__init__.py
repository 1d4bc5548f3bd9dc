"""Personio as a directory that we read from."""

from connectors.personio.adapter import Personio

connector = Personio()

__all__ = ["connector"]
