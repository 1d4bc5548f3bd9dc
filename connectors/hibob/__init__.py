"""HiBob as a directory that we read from."""

from connectors.hibob.adapter import HiBob

connector = HiBob()

__all__ = ["connector"]
