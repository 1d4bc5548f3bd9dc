"""A Hootsuite with Amplify to try everything against.

`create_simulator()` makes one for tests; `python -m connectors.hootsuite.simulator` runs one as a process.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.hootsuite.simulator.app import HootsuiteSimulator, Options
from connectors.hootsuite.simulator.oauth import consent


def create_simulator(
    *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None, **options: Any
) -> HootsuiteSimulator:
    """A Hootsuite with one organization, as its journal left it; its host is "api", `options` are of `Options`."""
    return HootsuiteSimulator(Options(**options), journal_path=journal_path, clock=clock)


__all__ = ["HootsuiteSimulator", "Options", "consent", "create_simulator"]
