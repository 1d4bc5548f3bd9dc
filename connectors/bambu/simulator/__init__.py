"""A Sprout Social to try everything against: the public API, the sign-in, and what only people do there.

`create_simulator()` makes one for tests; `python -m connectors.bambu.simulator` runs one as a process.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.bambu.simulator.app import Options, SproutSimulator


def create_simulator(
    *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None, **options: Any
) -> SproutSimulator:
    """A Sprout with one customer account; hosts are "api" and "identity"; options are those of `Options`."""
    return SproutSimulator(Options(**options), journal_path=journal_path, clock=clock)


__all__ = ["Options", "SproutSimulator", "create_simulator"]
