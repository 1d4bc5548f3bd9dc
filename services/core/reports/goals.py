"""Goals against what is, as reports show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from services.core.goals import days as goal_days
from services.core.goals import rules as goal_rules
from services.core.goals.days import DayValue
from services.core.goals.kpis import Feed, Kpi
from services.core.goals.models import Goal, Measurement, Method
from services.core.reports import feeds, formulas
from services.core.reports.numbers import Number, Numbers, Reason, percent
from services.core.reports.periods import Period
from services.core.reports.schemas import GoalReport, NumberRead, TrendPoint

MOST_TREND_DAYS = 92


@dataclass(frozen=True)
class _Measured:
    """A goal, and what it is measured by."""

    goal: Goal
    kpi: Kpi | None
    feed: Feed | None
    #: What its feed says now.
    live: Number | None
    #: Whether too few people are behind it today, or behind something that its formula is made of.
    is_hidden: bool

    @property
    def unit(self) -> str:
        return self.kpi.unit if self.kpi is not None else self.goal.kpi

    def formula(self, numbers: Numbers) -> str:
        """How its values come about."""
        if self.feed is not None:
            return feeds.FORMULAS[self.feed].text.in_language(numbers.language)
        if self.kpi is not None and self.kpi.formula is not None:
            return self.kpi.formula
        return formulas.REPORTED.in_language(numbers.language)


def make_goals(
    goals: Sequence[Goal],
    values: Sequence[Measurement],
    made: dict[str, Number],
    numbers: Numbers,
    *,
    kpis: Mapping[str, Kpi],
    ended: Mapping[UUID, Mapping[str, date]],
    is_launched: bool,
    period: Period | None = None,
) -> list[GoalReport]:
    """Each goal against what is, or what was at the end of a period; ``made`` are the numbers of now."""
    of_goal: dict[UUID, list[Measurement]] = defaultdict(list)
    for value in values:
        of_goal[value.goal_id].append(value)
    reports = []
    for goal in goals:
        kpi, feed = kpis.get(goal.kpi), feeds.feed_of(goal, kpis)
        behind = [feeds.value_of(one, made) for one in goal_rules.feeds_behind(kpi, kpis)] if kpi is not None else []
        measured = _Measured(
            goal, kpi, feed,
            live=feeds.value_of(feed, made) if feed is not None else None,
            is_hidden=any(number.suppressed for number in behind),
        )  # fmt: skip
        days = goal_days.of_goal(kpi, of_goal[goal.id], ended=ended.get(goal.id))
        reports.append(_goal(measured, days, numbers, is_launched=is_launched, period=period))
    return reports


def _goal(
    measured: _Measured, days: Sequence[DayValue], numbers: Numbers, *, is_launched: bool, period: Period | None
) -> GoalReport:
    goal, live = measured.goal, measured.live
    is_now = period is None or period.to_on >= numbers.today
    by_day = {
        day.measured_on: _measured(measured, day, numbers)
        for day in days
        if period is None or day.measured_on <= period.to_on
    }
    if is_now and is_launched and live is not None and live.value is not None:
        # What the feed says now, whether or not it has been written down by now.
        by_day[numbers.today] = replace(live, unit=measured.unit)
    if by_day:
        actual = by_day[max(by_day)]
    elif is_now and live is not None and live.value is None:
        actual = live
    else:
        actual = _gap(measured, numbers, numbers.today if period is None else period.to_on)
    return GoalReport(
        id=goal.id,
        heading=goal.heading,
        kpi=goal.kpi,
        title=goal.title,
        unit=measured.unit,
        baseline=goal.baseline,
        target=goal.target,
        due_on=goal.due_on,
        actual=NumberRead.model_validate(actual),
        progress=NumberRead.model_validate(_progress(goal, actual, numbers)),
        trend=_trend(measured, by_day, numbers, period),
    )


def _measured(measured: _Measured, day: DayValue, numbers: Numbers) -> Number:
    """A stored value. What a feed stored, or a formula over one, is shown only while enough people are behind it."""
    is_made = day.is_computed
    is_hidden = measured.is_hidden and is_made
    return Number(
        value=None if is_hidden else day.value,
        unit=measured.unit,
        method=day.method,
        formula=measured.formula(numbers) if is_made else formulas.REPORTED.in_language(numbers.language),
        formula_version=day.formula_version,
        as_of=day.measured_on,
        coverage_percent=day.coverage_percent,
        suppressed=is_hidden,
        reason=Reason.GROUP_TOO_SMALL.value if is_hidden else None,
    )


def _gap(measured: _Measured, numbers: Numbers, day: date) -> Number:
    is_computed = measured.kpi is not None and measured.kpi.is_computed
    return Number(
        value=None,
        unit=measured.unit,
        method=Method.MEASURED if is_computed else Method.IMPORTED,
        formula=measured.formula(numbers),
        formula_version="1",
        as_of=day,
        reason=Reason.NOT_MEASURED.value,
    )


def _progress(goal: Goal, actual: Number, numbers: Numbers) -> Number:
    way = Decimal(goal.target) - Decimal(goal.baseline)
    value, reason = None, actual.reason
    if actual.value is not None:
        if way == 0:
            reason = Reason.NOTHING_TO_DIVIDE.value
        else:
            value = percent(Decimal(actual.value) - Decimal(goal.baseline), way)
    return Number(
        value=value,
        unit=formulas.PROGRESS.unit,
        method=actual.method,
        formula=formulas.PROGRESS.text.in_language(numbers.language),
        formula_version=formulas.PROGRESS.version,
        as_of=actual.as_of,
        coverage_percent=actual.coverage_percent,
        suppressed=actual.suppressed,
        reason=reason,
    )


def _trend(
    measured: _Measured, by_day: dict[date, Number], numbers: Numbers, period: Period | None
) -> list[TrendPoint]:
    if period is not None:
        by_day = {day: number for day, number in by_day.items() if day >= period.from_on}
    if not by_day:
        return []
    last = max(by_day)
    first = max(min(by_day), last - timedelta(days=MOST_TREND_DAYS - 1))
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    return [
        TrendPoint(day_on=day, number=NumberRead.model_validate(by_day.get(day) or _gap(measured, numbers, day)))
        for day in days
    ]
