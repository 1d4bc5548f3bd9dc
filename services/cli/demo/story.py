"""The main job, step by step over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def play(bootstrap: dict[str, Any], *, outbox: Path, reports: Path) -> None:
    """Play it."""
