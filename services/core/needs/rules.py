"""Pure decisions about needs: by when one is answered, who answers, and which moves there are. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.core.needs.models import NeedState, NeedTopic
from services.core.programs.models import Function, Responsibility

#: Whom a topic is for: the first function that somebody holds.
ROUTES: dict[NeedTopic, tuple[Function, ...]] = {
    NeedTopic.CONTENT: (Function.CONTENT, Function.OWNER),
    NeedTopic.SUPPORT: (Function.SUPPORT, Function.OWNER),
    NeedTopic.TRAINING: (Function.SUPPORT, Function.OWNER),
    NeedTopic.POLICY: (Function.POLICY, Function.SUPPORT, Function.OWNER),
    NeedTopic.OTHER: (Function.SUPPORT, Function.OWNER),
}

#: What the desk may do with a need in each state. One that is closed stays closed.
MOVES: dict[NeedState, frozenset[NeedState]] = {
    NeedState.OPEN: frozenset({NeedState.ANSWERED, NeedState.PLANNED, NeedState.DECLINED, NeedState.CLOSED}),
    NeedState.ANSWERED: frozenset({NeedState.OPEN, NeedState.PLANNED, NeedState.DECLINED, NeedState.CLOSED}),
    NeedState.PLANNED: frozenset({NeedState.ANSWERED, NeedState.DECLINED, NeedState.CLOSED}),
    NeedState.DECLINED: frozenset({NeedState.OPEN, NeedState.PLANNED, NeedState.CLOSED}),
    NeedState.CLOSED: frozenset(),
}

#: Working hours until a first answer where a program has not said.
USUAL_HOURS = 16
USUAL_OPENS, USUAL_CLOSES = "09:00", "17:00"
#: Where the week begins on Sunday.
_FROM_SUNDAY = ("Asia/Jerusalem", "Asia/Tel_Aviv", "Israel")
_MOST_DAYS = 3660


def usual_days(zone: str) -> list[int]:
    """The working days of most people in a zone."""
    return [1, 2, 3, 4, 7] if zone in _FROM_SUNDAY else [1, 2, 3, 4, 5]


@dataclass(frozen=True)
class Desk:
    """When somebody answers, and how many of these hours they may take for a first answer."""

    hours: int
    days: tuple[int, ...]
    opens_at: time
    closes_at: time
    zone: str


def due_at(asked_at: datetime, desk: Desk) -> datetime:
    """By when a first answer is promised: so many working hours after it was asked."""
    zone = ZoneInfo(desk.zone)
    left = timedelta(hours=desk.hours)
    day = asked_at.astimezone(zone).date()
    for _ in range(_MOST_DAYS):
        if day.isoweekday() in desk.days:
            opens = datetime.combine(day, desk.opens_at, zone).astimezone(UTC)
            closes = datetime.combine(day, desk.closes_at, zone).astimezone(UTC)
            starts = max(opens, asked_at)
            if starts < closes:
                if closes - starts >= left:
                    return starts + left
                left -= closes - starts
        day += timedelta(days=1)
    raise ValueError("a desk has to be open on some day")


def holders(topic: NeedTopic, responsibilities: Sequence[Responsibility], *, employed: Collection[UUID]) -> list[UUID]:
    """Who answers needs of a topic: the holders of the first function that somebody employed holds, oldest first.

    Of a function without a holder its deputies.
    """
    for function in ROUTES[topic]:
        found = [one for one in responsibilities if one.function is function and one.employee_id in employed]
        holding = [one for one in found if not one.is_deputy] or found
        if holding:
            return [one.employee_id for one in holding]
    return []
