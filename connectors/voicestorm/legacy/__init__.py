"""VoiceStorm's REST v1 and its SCIM; knows nothing of Firstup."""

from connectors.voicestorm.legacy.api import LegacyApi

__all__ = ["LegacyApi"]
