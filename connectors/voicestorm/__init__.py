"""VoiceStorm and its successor Firstup, as one connector."""

from connectors.voicestorm.adapter import VoiceStorm

connector = VoiceStorm()

__all__ = ["connector"]
