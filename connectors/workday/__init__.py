"""Workday as a directory that we read from."""

from connectors.workday.adapter import Workday

connector = Workday()

__all__ = ["connector"]
