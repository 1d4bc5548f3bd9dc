"""EveryoneSocial, as one connector."""

from connectors.everyonesocial.adapter import EveryoneSocial

connector = EveryoneSocial()

__all__ = ["connector"]
