"""A Firstup and a VoiceStorm to try everything against, each with real HTTP and its own oddities.

`create_firstup()` and `create_voicestorm()` make one for tests; `python -m connectors.voicestorm.simulator` runs one.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.voicestorm.simulator.firstup import FirstupSimulator
from connectors.voicestorm.simulator.firstup import Options as FirstupOptions
from connectors.voicestorm.simulator.legacy import LegacySimulator
from connectors.voicestorm.simulator.legacy import Options as LegacyOptions


def create_firstup(
    *,
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    client_id: str = "demo-client",
    client_secret: str = "demo-secret",
) -> FirstupSimulator:
    """A Firstup with one program in each region, empty or as its journal left it."""
    options = FirstupOptions(client_id=client_id, client_secret=client_secret)
    return FirstupSimulator(options, journal_path=journal_path, clock=clock)


def create_voicestorm(
    *,
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    access_token: str = "demo+token/1",
    token_secret: str = "demo+secret/1=",
    scim_token: str = "demo-scim-token",
) -> LegacySimulator:
    """A VoiceStorm community, empty or as its journal left it; its host is `api`, SCIM is below `/scim/v2`."""
    options = LegacyOptions(access_token=access_token, token_secret=token_secret, scim_token=scim_token)
    return LegacySimulator(options, journal_path=journal_path, clock=clock)


__all__ = [
    "FirstupOptions",
    "FirstupSimulator",
    "LegacyOptions",
    "LegacySimulator",
    "create_firstup",
    "create_voicestorm",
]
