"""Named places where a fault test can end the process as a power cut would."""

from __future__ import annotations

import os
import signal

from services.core.kit.settings import get_settings


def crash_point(name: str) -> None:
    """Do nothing, unless ``ADVOCACY_CRASH_POINT`` names this place: then SIGKILL, with nothing cleaned up."""
    if get_settings().crash_point == name:
        os.kill(os.getpid(), signal.SIGKILL)
