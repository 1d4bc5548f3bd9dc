"""BambooHR as a directory that we read from."""

from connectors.bamboohr.adapter import BambooHR

connector = BambooHR()

__all__ = ["connector"]
