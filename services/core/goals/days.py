"""How what was reported becomes the value of a day: one per series, then one for all series together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from services.core.goals.kpis import Kpi
from services.core.goals.models import Aggregation, Measurement, Method

#: So long a series that has gone silent is waited for: a whole without it would fall by what is only not known.
WAITED_FOR_DAYS = 31

#: What measures by itself knows the day better than what is reported about it.
_BY_ITSELF = ("feed:", "connector:", "formula:")

#: From the surest to the least sure: a number made of several is as sure as the least of them.
_SURENESS = (Method.MEASURED, Method.IMPORTED, Method.ESTIMATED, Method.POTENTIAL)


class GapReason(StrEnum):
    """Why a day has no value."""

    NOT_MEASURED = "not_measured"
    SERIES_MISSING = "series_missing"
    GROUP_TOO_SMALL = "group_too_small"


@dataclass(frozen=True)
class DayValue:
    """A goal's value of one day, or the reason why that day has none although something was reported."""

    measured_on: date
    value: Decimal | None
    method: Method
    #: Where it came from; of several series, each source once.
    source: str
    formula_version: str
    #: When the newest of its parts was written.
    read_at: datetime
    #: What it is made of.
    parts: tuple[Measurement, ...] = ()
    #: Series that have no value on that day.
    missing: tuple[str, ...] = ()

    @property
    def is_computed(self) -> bool:
        """Whether a feed of ours made it, out of what ambassadors did, or a formula, perhaps over such a one."""
        return any(part.channel.startswith(("feed:", "formula:")) for part in self.parts)

    @property
    def coverage_percent(self) -> int | None:
        """How many of the series that there are have a value; None where there are no series."""
        if not any(part.series for part in self.parts):
            return None
        return len(self.parts) * 100 // (len(self.parts) + len(self.missing))


def written_at(row: Measurement) -> datetime:
    """When a value was written last."""
    return row.changed_at or row.created_at


def least_sure(methods: Iterable[Method]) -> Method:
    """The method of a number that is made of numbers of these methods."""
    return max(methods, key=_SURENESS.index)


def values_by_day(
    rows: Iterable[Measurement], *, aggregation: Aggregation, ended: Mapping[str, date] | None = None
) -> dict[date, DayValue]:
    """The value of each day on which something was reported.

    Of one series and day, what measures by itself comes before what was reported, and of those the newest. A value
    without a series stands for the whole, and counts where series give none. ``ended`` series are not waited for
    after their day.
    """
    best: dict[date, dict[str, Measurement]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (row.channel.startswith(_BY_ITSELF), written_at(row), row.id)):
        best[row.measured_on][row.series] = row
    days_of: dict[str, list[date]] = defaultdict(list)
    for day in sorted(best):
        for series in best[day]:
            if series:
                days_of[series].append(day)
    return {day: _day(day, best[day], days_of, aggregation, ended or {}) for day in sorted(best)}


def _day(
    day: date,
    found: Mapping[str, Measurement],
    days_of: Mapping[str, Sequence[date]],
    aggregation: Aggregation,
    ended: Mapping[str, date],
) -> DayValue:
    if aggregation is Aggregation.LAST:
        row = max(found.values(), key=lambda row: (row.channel.startswith(_BY_ITSELF), written_at(row), row.id))
        return _made(day, row.value, [row])
    parts = [row for series, row in sorted(found.items()) if series]
    missing = tuple(
        series
        for series, days in sorted(days_of.items())
        if series not in found and _is_waited_for(days, day, ended.get(series))
    )
    whole = found.get("")
    if whole is not None and (missing or not parts):
        return _made(day, whole.value, [whole])
    if missing:
        return _made(day, None, parts, missing)
    return _made(day, sum((row.value for row in parts), Decimal(0)), parts)


def _is_waited_for(days: Sequence[date], day: date, ended_on: date | None) -> bool:
    if day < days[0] or (ended_on is not None and day >= ended_on):
        return False
    if day < days[-1]:
        return True
    return day - days[-1] <= timedelta(days=WAITED_FOR_DAYS)


def _made(day: date, value: Decimal | None, parts: Sequence[Measurement], missing: tuple[str, ...] = ()) -> DayValue:
    return DayValue(
        measured_on=day,
        value=value,
        method=least_sure(row.method for row in parts),
        source=", ".join(dict.fromkeys(row.channel for row in parts)),
        formula_version=parts[-1].formula_version,
        read_at=max(written_at(row) for row in parts),
        parts=tuple(parts),
        missing=missing,
    )


def of_goal(kpi: Kpi | None, rows: Iterable[Measurement], *, ended: Mapping[str, date] | None = None) -> list[DayValue]:
    """A goal's days that have a value, oldest first; what reports show."""
    aggregation = kpi.aggregation if kpi is not None else Aggregation.LAST
    return [day for day in values_by_day(rows, aggregation=aggregation, ended=ended).values() if day.value is not None]
