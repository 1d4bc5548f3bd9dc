"""One at a time, over all processes: who has the turn asks a vendor for another token, the others wait and read again.

A lease on the row says whose turn it is, while no transaction is open. The rule is the same for people's accounts and
for an organization's platforms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import stamina

from services.core.kit import db
from services.core.kit.settings import Settings

T = TypeVar("T")

#: On top of the call's own limit: time to save what it brought, also over a database that restarts.
_SAVE_SECONDS = 15.0
#: Who has the turn begins within this time or not at all: a process that was frozen must not ask a second time.
_START_SECONDS = 5.0
_FIRST_LOOK_SECONDS = 0.1
_LAST_LOOK_SECONDS = 1.0


class Whose(StrEnum):
    """Whose turn it is to ask."""

    OURS = "ours"
    ANOTHERS = "anothers"
    #: Whoever we waited for got nothing: asking again at once would bring the same.
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class Waiting:
    """Somebody else has the turn, for the token of this version."""

    version: int


def whose_turn(*, leased_until: datetime | None, now: datetime, version: int, waited_for: int | None) -> Whose:
    """Whose turn it is, from the locked row; ``waited_for`` is the version that we have waited for already."""
    if leased_until is not None and leased_until > now:
        return Whose.ANOTHERS
    if leased_until is None and waited_for == version:
        return Whose.NOBODYS
    return Whose.OURS


def lease_of(settings: Settings) -> timedelta:
    """How long a turn lasts: a call, and saving what it brought."""
    return timedelta(seconds=settings.publish_deadline_seconds + _SAVE_SECONDS)


async def take(step: Callable[[int | None], Awaitable[T]], *, settings: Settings) -> tuple[T, float]:
    """Repeat a step, which is given the version waited for, until it no longer waits or our patience ends.

    Answers the last step's result, and when that step began.
    """
    loop = asyncio.get_running_loop()
    patience_ends = loop.time() + lease_of(settings).total_seconds() + _FIRST_LOOK_SECONDS
    look_again = _FIRST_LOOK_SECONDS
    waited_for: int | None = None
    while True:
        started = loop.time()
        found = await step(waited_for)
        if not isinstance(found, Waiting) or loop.time() >= patience_ends:
            return found, started
        waited_for = found.version
        await asyncio.sleep(look_again)
        look_again = min(look_again * 1.6, _LAST_LOOK_SECONDS)


def is_too_late(started: float) -> bool:
    """Whether a turn that was taken at ``started`` must not be used any more."""
    return asyncio.get_running_loop().time() - started > _START_SECONDS


async def save(work: Callable[[], Awaitable[T]]) -> T:
    """Save what a call brought, before anything else: it may hold the only refresh token that works.

    A database that restarts gets it a little later.
    """
    async for attempt in stamina.retry_context(
        on=db.TROUBLE, attempts=8, wait_initial=0.2, wait_max=5.0, timeout=_SAVE_SECONDS
    ):
        with attempt:
            return await work()
    raise AssertionError("stamina raises the last error")
