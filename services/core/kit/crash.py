"""Named places where a fault test can end the process as a power cut would."""

from __future__ import annotations

import os
import signal

from services.core.kit.settings import PREFIX

_ARMED = os.environ.get(PREFIX + "CRASH_POINT")


def crash_point(name: str) -> None:
    """Do nothing, unless ``ADVOCACY_CRASH_POINT`` names this place: then SIGKILL, with nothing cleaned up."""
    if name == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
