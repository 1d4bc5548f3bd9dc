"""A new connector from nothing: the files to begin with, and what is to be done next in them."""

from connectors.sdk.scaffold.steps import NotWritten, Step, next_step
from connectors.sdk.scaffold.writing import ScaffoldRefused, new_distribution

__all__ = ["NotWritten", "ScaffoldRefused", "Step", "new_distribution", "next_step"]
