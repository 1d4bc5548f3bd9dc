"""Hootsuite with Amplify, as one connector."""

from connectors.hootsuite.adapter import Hootsuite

connector = Hootsuite()

__all__ = ["connector"]
