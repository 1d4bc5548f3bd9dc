"""Oktopost, as one connector."""

from connectors.oktopost.adapter import Oktopost

connector = Oktopost()

__all__ = ["connector"]
