"""One source of time-zone rules for every process, and the name of its release.

``zoneinfo`` would take the rules of the machine first, and those differ between a laptop, a container image and the
server beside it: the same wall time would mean two instants. So the ``tzdata`` package is the only source. New rules
come with a new version of that package, and ``services/core/shares/timing.py`` works out anew what they change.
"""

from __future__ import annotations

import zoneinfo
from functools import cache
from importlib import import_module


def pin() -> None:
    """Look at the ``tzdata`` package alone from now on, and forget zones that were read elsewhere."""
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()


@cache
def zone_release() -> str:
    """The release of the zone rules that this process computes with, such as ``2026a``; releases sort by age."""
    return str(import_module("tzdata").IANA_VERSION)


def is_zone(name: str) -> bool:
    """Whether there is a zone of this name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
