"""Connectors: what is installed, and what fits."""
