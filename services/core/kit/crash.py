"""Named places where a fault test can end the process as a power cut would."""

from __future__ import annotations

import os
import signal

from services.core.kit.settings import PREFIX

_NAME, _, _PASS = os.environ.get(PREFIX + "CRASH_POINT", "").partition(":")
_passes_left = int(_PASS or 1)


def crash_point(name: str) -> None:
    """Do nothing, unless ``ADVOCACY_CRASH_POINT`` names this place: then SIGKILL, with nothing cleaned up.

    ``name:3`` lets two passes through and dies at the third.
    """
    global _passes_left
    if name != _NAME:
        return
    _passes_left -= 1
    if _passes_left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
