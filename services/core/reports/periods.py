"""Spans of days that numbers may be given for, so that no two of them differ by what few people did. Pure.

Whoever asks for the first to the tenth, and then for the first to the eleventh, learns what happened on the eleventh.
So days on which somebody did something are put together, from the first one on, into runs in which at least ``k``
people did; a span that would cut a run is shortened to the runs that lie in it whole. What is left over at the end
belongs to the last run until it is large enough by itself. The difference of any two spans is then one of whole runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days from one to another, both included, where the organization is."""

    from_on: date
    to_on: date
    zone: str

    @property
    def since(self) -> datetime:
        """The first instant of the first day."""
        return datetime.combine(self.from_on, time(), ZoneInfo(self.zone))

    @property
    def until(self) -> datetime:
        """The first instant after the last day."""
        return datetime.combine(self.to_on + _DAY, time(), ZoneInfo(self.zone))

    @property
    def days(self) -> list[date]:
        """Each day."""
        return [self.from_on + timedelta(days=n) for n in range((self.to_on - self.from_on).days + 1)]

    def part(self, from_on: date, to_on: date) -> Period:
        """A shorter one."""
        return Period(max(self.from_on, from_on), min(self.to_on, to_on), self.zone)


@dataclass(frozen=True)
class Day:
    """A day on which something was done: by whom, for each of the numbers that are given together."""

    day_on: date
    people: tuple[frozenset[UUID], ...]


@dataclass(frozen=True)
class Run:
    """Days from the first to the last on which something was done."""

    first_on: date
    last_on: date
    #: Whether enough people are behind each number, or nobody.
    is_large: bool


def make_runs(days: Iterable[Day], *, k: int) -> list[Run]:
    """Put days (in order) together so that each number has at least ``k`` people behind it in every run, or nobody."""
    runs: list[Run] = []
    first: date | None = None
    last: date | None = None
    gathered: list[set[UUID]] = []
    for day in days:
        if not any(day.people):
            continue
        if first is None:
            first, gathered = day.day_on, [set() for _ in day.people]
        last = day.day_on
        for known, more in zip(gathered, day.people, strict=True):
            known.update(more)
        if _is_large(gathered, k):
            runs.append(Run(first, last, is_large=True))
            first = None
    if first is not None and last is not None:
        if runs:
            before = runs.pop()
            runs.append(Run(before.first_on, last, is_large=True))
        else:
            runs.append(Run(first, last, is_large=False))
    return runs


def _is_large(people: Collection[Collection[UUID]], k: int) -> bool:
    return all(not some or len(some) >= k for some in people)


def cover(runs: Sequence[Run], period: Period) -> Period | None:
    """The part of a period that may be told of; None when none of it may be."""
    from_on, to_on = period.from_on, period.to_on
    for run in runs:
        if not run.is_large and run.first_on <= period.to_on and run.last_on >= period.from_on:
            return None
        if run.first_on < from_on <= run.last_on:
            from_on = run.last_on + _DAY
        if run.first_on <= to_on < run.last_on:
            to_on = run.first_on - _DAY
    if from_on > to_on:
        return None
    if (from_on, to_on) != (period.from_on, period.to_on) and not any(
        from_on <= run.first_on and run.last_on <= to_on for run in runs
    ):
        # Nothing but days without anything is left of it.
        return None
    return Period(from_on, to_on, period.zone)
