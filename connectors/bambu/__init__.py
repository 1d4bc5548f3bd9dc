"""Sprout Social's drafts and numbers, and Employee Advocacy (formerly Bambu) by hand, as one connector."""

from connectors.bambu.adapter import Bambu

connector = Bambu()

__all__ = ["connector"]
