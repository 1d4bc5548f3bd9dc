"""Firstup's Partner API v2 and its SCIM; knows nothing of VoiceStorm."""

from connectors.voicestorm.firstup.api import FirstupApi

__all__ = ["FirstupApi"]
