"""An Oktopost to try everything against: real HTTP, boards, advocates, posts, exports, webhooks.

`create_simulator()` makes one for tests; `python -m connectors.oktopost.simulator` runs one as a process.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.oktopost.simulator.app import OktopostSimulator, Options, StoryShape


def create_simulator(
    options: Options | None = None,
    *,
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> OktopostSimulator:
    """An Oktopost with one account, as it begins or as its journal left it.

    Hosts: "api" and "eu_api" (REST in two data centres), "app" and "board" (SCIM), "files" (what exports made).
    """
    return OktopostSimulator(options or Options(), journal_path=journal_path, clock=clock)


__all__ = ["OktopostSimulator", "Options", "StoryShape", "create_simulator"]
