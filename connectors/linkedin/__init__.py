"""LinkedIn, as one connector."""

from connectors.linkedin.adapter import LinkedIn

connector = LinkedIn()

__all__ = ["connector"]
