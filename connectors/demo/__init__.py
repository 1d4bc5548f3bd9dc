"""The demo network, as one connector."""

from connectors.demo.adapter import Demo

connector = Demo()

__all__ = ["connector"]
