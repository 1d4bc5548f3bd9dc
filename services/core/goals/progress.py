"""Goal against actual: the value now, how far it has come, its days with their gaps, and where it is heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.goals import computing, days, forecast, formula, repository, rules, texts
from services.core.goals.days import DayValue, GapReason
from services.core.goals.kpis import Feed, Kpi
from services.core.goals.models import Aggregation, Direction, FeedSource, Goal, Method
from services.core.goals.rules import LiveNumber
from services.core.goals.schemas import (
    DeltaRead,
    ForecastRead,
    GapRead,
    PartRead,
    ProgressRead,
    SeriesPoint,
    SeriesRead,
    SourceRead,
    ValueRead,
    texts_of,
)
from services.core.kit import db
from services.core.kit.errors import BadRequest, FieldProblem
from services.core.kit.texts import Language, Text
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs

MOST_DAYS = 400
USUAL_DAYS = 92

_BACKWARDS = Text(en="“from” is after “to”.", he="„from” מאוחר מ-„to”.")
_TOO_LONG = Text(en="Ask for at most {most} days at once.", he="יש לבקש עד {most} ימים בכל פעם.")
_PERCENT = "percent"
#: Units of what cannot be below nothing.
_BELOW_ZERO = frozenset({"points", "currency"})


@dataclass(frozen=True)
class _Goal:
    """A goal with everything that is known of it."""

    goal: Goal
    kpi: Kpi | None
    by_day: Mapping[date, DayValue]
    sources: Sequence[FeedSource]
    #: Whether too few people are behind what ambassadors did, as things stand today.
    is_hidden: bool
    live: LiveNumber | None
    today: date
    language: Language
    #: Why a formula has no value on a day.
    gaps: Mapping[date, str]

    @property
    def unit(self) -> str:
        return self.kpi.unit if self.kpi is not None else self.goal.kpi

    @property
    def direction(self) -> Direction:
        return self.kpi.direction if self.kpi is not None else Direction.UP

    def is_hidden_day(self, day: DayValue) -> bool:
        """Whether this value may not be shown: of a feed, or made out of one."""
        return self.is_hidden and day.is_computed

    def shown(self) -> list[DayValue]:
        """Days up to today whose value may be shown, oldest first."""
        return [
            day
            for day in self.by_day.values()
            if day.measured_on <= self.today and day.value is not None and not self.is_hidden_day(day)
        ]

    def reason_of(self, day: date) -> str | None:
        """Why a day has no value to show; None when it has one."""
        found = self.by_day.get(day)
        if found is None:
            if self.is_hidden and day == self.today and self.kpi is not None and self.kpi.is_computed:
                return GapReason.GROUP_TOO_SMALL.value
            return self.gaps.get(day, GapReason.NOT_MEASURED.value)
        if self.is_hidden_day(found):
            return GapReason.GROUP_TOO_SMALL.value
        return GapReason.SERIES_MISSING.value if found.value is None else None

    def number(self, day: date) -> ValueRead:
        """A day's number as readers get it."""
        found, reason = self.by_day.get(day), self.reason_of(day)
        return self.value(
            found.value if found is not None and reason is None else None,
            method=found.method if found is not None else self.usual_method,
            source=found.source if found is not None else None,
            formula_version=found.formula_version if found is not None else self.usual_version,
            as_of=day,
            read_at=found,
            coverage_percent=found.coverage_percent if found is not None else None,
            reason=reason,
        )

    @property
    def usual_method(self) -> Method:
        is_computed = self.kpi is not None and self.kpi.is_computed
        return Method.MEASURED if is_computed or self.sources else Method.IMPORTED

    @property
    def usual_version(self) -> str:
        if self.live is not None:
            return self.live.formula_version
        return str(self.kpi.formula_version) if self.kpi is not None else "1"

    def value(
        self,
        value: Decimal | None,
        *,
        method: Method,
        source: str | None,
        formula_version: str,
        as_of: date,
        read_at: DayValue | None = None,
        coverage_percent: int | None = None,
        reason: str | None = None,
        unit: str | None = None,
    ) -> ValueRead:
        """A number with all that belongs to it."""
        return ValueRead(
            value=value,
            unit=unit or self.unit,
            method=method,
            source=source,
            formula_version=formula_version,
            as_of=as_of,
            read_at=read_at.read_at if read_at is not None else None,
            coverage_percent=coverage_percent,
            suppressed=reason == GapReason.GROUP_TOO_SMALL.value,
            reason=reason,
            reason_text=texts_of(reason, self.language),
        )


async def read_progress(
    session: AsyncSession,
    actor: Actor,
    goal: Goal,
    *,
    live: Mapping[Feed, LiveNumber],
    language: Language,
    from_on: date | None = None,
    to_on: date | None = None,
) -> ProgressRead:
    """How a goal stands. ``live`` are the feeds behind it as they stand now, as far as they may be shown.

    Without a range, gaps are looked for from the first value of the last 400 days on, up to today.
    """
    actor.require(Permission.PROGRAMS_READ, program_id=goal.program_id)
    whole = await _gather(session, goal, live=live, language=language)
    program = await programs.get_program(session, goal.program_id)
    launched_on = program.launched_at.date() if program.launched_at else None
    to_on = to_on or whole.today
    if from_on is None:
        earliest = to_on - timedelta(days=MOST_DAYS - 1)
        from_on = max(min([*whole.by_day, to_on]), earliest)
    _check_range(from_on, to_on)
    now = _now(whole)
    gaps = _gaps(whole, from_on, to_on)
    kpi = whole.kpi
    return ProgressRead(
        goal_id=goal.id,
        kpi=goal.kpi,
        kpi_title=kpi.title.in_language(language) if kpi is not None else goal.kpi,
        title=goal.title,
        unit=whole.unit,
        direction=whole.direction,
        baseline=goal.baseline,
        target=goal.target,
        due_on=goal.due_on,
        now=now,
        since_start=_since_start(whole, now, launched_on),
        since_baseline=_since_baseline(whole, now),
        share_of_way=_share(whole, now),
        is_reached=None
        if now.value is None or kpi is None
        else rules.is_reached(kpi, target=goal.target, value=now.value),
        from_on=from_on,
        to_on=to_on,
        gaps=gaps,
        days_without_value=sum(gap.days for gap in gaps),
        forecast=_forecast(whole),
        sources=[SourceRead.of(row, language) for row in whole.sources],
    )


async def read_series(
    session: AsyncSession,
    actor: Actor,
    goal: Goal,
    *,
    live: Mapping[Feed, LiveNumber],
    language: Language,
    from_on: date | None = None,
    to_on: date | None = None,
) -> SeriesRead:
    """A goal's value on each day of a range, 92 days up to today if none is given. A day without one says why."""
    actor.require(Permission.PROGRAMS_READ, program_id=goal.program_id)
    whole = await _gather(session, goal, live=live, language=language)
    to_on = to_on or (whole.today if from_on is None else max(from_on, whole.today))
    from_on = from_on or to_on - timedelta(days=USUAL_DAYS - 1)
    _check_range(from_on, to_on)
    titles = {row.series: row.title for row in whole.sources}
    points = []
    for place in range((to_on - from_on).days + 1):
        day = from_on + timedelta(days=place)
        found = whole.by_day.get(day)
        is_shown = found is not None and not whole.is_hidden_day(found)
        points.append(
            SeriesPoint(
                day_on=day,
                number=whole.number(day),
                parts=[
                    PartRead(
                        series=part.series, title=titles.get(part.series, part.series), value=part.value,
                        method=part.method, source=part.channel,
                    )
                    for part in (found.parts if found is not None and is_shown else ())
                ],
                missing_series=list(found.missing) if found is not None and is_shown else [],
            )
        )  # fmt: skip
    return SeriesRead(
        goal_id=goal.id,
        kpi=goal.kpi,
        unit=whole.unit,
        direction=whole.direction,
        from_on=from_on,
        to_on=to_on,
        aggregation=whole.kpi.aggregation if whole.kpi is not None else Aggregation.LAST,
        points=points,
        days_without_value=sum(point.number.value is None for point in points),
    )


def _check_range(from_on: date, to_on: date) -> None:
    if from_on > to_on:
        raise BadRequest(problems=[FieldProblem("/from", "backwards", _BACKWARDS)])
    if (to_on - from_on).days >= MOST_DAYS:
        raise BadRequest(problems=[FieldProblem("/from", "too_long", _TOO_LONG, {"most": MOST_DAYS})])


async def _gather(session: AsyncSession, goal: Goal, *, live: Mapping[Feed, LiveNumber], language: Language) -> _Goal:
    kpi = await repository.find_kpi(session, goal.kpi)
    sources = await repository.list_sources(session, goal.id)
    ended = (await repository.ended_series(session, [goal.id])).get(goal.id, {})
    aggregation = kpi.aggregation if kpi is not None else Aggregation.LAST
    rows = await repository.list_measurements(session, [goal.id])
    today = (await db.now(session)).date()
    return _Goal(
        goal=goal,
        kpi=kpi,
        by_day=days.values_by_day(rows, aggregation=aggregation, ended=ended),
        sources=sources,
        is_hidden=any(number.suppressed for number in live.values()),
        live=live.get(kpi.feed) if kpi is not None and kpi.feed is not None else None,
        today=today,
        language=language,
        gaps=await _why_no_value(session, goal, kpi),
    )


async def _why_no_value(session: AsyncSession, goal: Goal, kpi: Kpi | None) -> dict[date, str]:
    """Why a formula has no value on the days on which something of what it is made of has one."""
    if kpi is None or kpi.formula is None:
        return {}
    known = await repository.all_kpis(session)
    others = [one for one in await repository.list_goals(session, goal.program_id) if one.id != goal.id]
    table = await computing.operands(session, others, known)
    found: dict[date, str] = {}
    for day, operands in table.items():
        try:
            computing.value_on(kpi, known, operands)
        except formula.NoValue as none:
            found[day] = none.reason.value
    return found


def _now(whole: _Goal) -> ValueRead:
    live = whole.live
    shown = whole.shown()
    if live is not None and live.value is not None:
        return whole.value(
            live.value, method=live.method, source=f"feed:{whole.kpi.feed}" if whole.kpi else None,
            formula_version=live.formula_version, as_of=live.as_of, coverage_percent=live.coverage_percent,
        )  # fmt: skip
    if shown:
        last = shown[-1]
        return whole.number(last.measured_on)
    if whole.is_hidden:
        reason = GapReason.GROUP_TOO_SMALL.value
    elif live is not None and live.reason is not None:
        reason = live.reason
    else:
        reason = whole.reason_of(whole.today) or GapReason.NOT_MEASURED.value
    return whole.value(
        None, method=whole.usual_method, source=None, formula_version=whole.usual_version, as_of=whole.today,
        reason=reason,
    )  # fmt: skip


def _since_start(whole: _Goal, now: ValueRead, launched_on: date | None) -> DeltaRead:
    if launched_on is None:
        return _delta(whole, now, None, reason="not_launched")
    shown = [day for day in whole.shown() if day.measured_on < now.as_of]
    before = [day for day in shown if day.measured_on <= launched_on]
    start = before[-1] if before else shown[0] if shown else None
    if now.value is None:
        return _delta(whole, now, None, reason=now.reason)
    if start is None:
        return _delta(whole, now, None, reason="no_value_at_start")
    if start.formula_version != now.formula_version:
        return _delta(whole, now, start, reason="other_formula_version")
    return _delta(whole, now, start)


def _delta(whole: _Goal, now: ValueRead, start: DayValue | None, *, reason: str | None = None) -> DeltaRead:
    value = None
    if reason is None and start is not None and start.value is not None and now.value is not None:
        value = now.value - start.value
    return DeltaRead(
        value=value,
        unit=whole.unit,
        method=days.least_sure([now.method, start.method]) if start is not None else now.method,
        formula_version=now.formula_version,
        since_on=start.measured_on if start is not None else None,
        since_value=start.value if start is not None else None,
        suppressed=reason == GapReason.GROUP_TOO_SMALL.value,
        reason=reason,
        reason_text=texts_of(reason, whole.language),
    )


def _since_baseline(whole: _Goal, now: ValueRead) -> DeltaRead:
    return DeltaRead(
        value=now.value - whole.goal.baseline if now.value is not None else None,
        unit=whole.unit,
        method=now.method,
        formula_version=now.formula_version,
        since_on=None,
        since_value=whole.goal.baseline,
        suppressed=now.suppressed,
        reason=now.reason,
        reason_text=now.reason_text,
    )


def _share(whole: _Goal, now: ValueRead) -> ValueRead:
    share, reason = None, now.reason
    if now.value is not None:
        share = rules.share_of_way(baseline=whole.goal.baseline, target=whole.goal.target, value=now.value)
        reason = "nothing_to_divide" if share is None else None
    return whole.value(
        share, method=now.method, source=now.source, formula_version="1", as_of=now.as_of,
        coverage_percent=now.coverage_percent, reason=reason, unit=_PERCENT,
    )  # fmt: skip


def _gaps(whole: _Goal, from_on: date, to_on: date) -> list[GapRead]:
    gaps: list[tuple[date, date, str]] = []
    for place in range((to_on - from_on).days + 1):
        day = from_on + timedelta(days=place)
        reason = whole.reason_of(day)
        if reason is None or day > whole.today:
            continue
        if gaps and gaps[-1][1] == day - timedelta(days=1) and gaps[-1][2] == reason:
            gaps[-1] = (gaps[-1][0], day, reason)
        else:
            gaps.append((day, day, reason))
    return [
        GapRead(
            from_on=first, to_on=last, days=(last - first).days + 1, reason=reason,
            reason_text=texts_of(reason, whole.language) or "",
        )
        for first, last, reason in gaps
    ]  # fmt: skip


def _forecast(whole: _Goal) -> ForecastRead:
    shown = whole.shown()
    # Values of another version of the KPI are on another line.
    same = [day for day in shown if day.formula_version == shown[-1].formula_version]
    points = [forecast.Point(day.measured_on, float(day.value)) for day in same if day.value is not None]
    made = forecast.forecast(points, due=whole.goal.due_on, today=whole.today)
    if not points and whole.is_hidden:
        made = forecast.Refusal.GROUP_TOO_SMALL
    is_made = isinstance(made, forecast.Forecast)
    reason = None if is_made else str(made)
    low, middle, high = _bounded(whole, made, points) if isinstance(made, forecast.Forecast) else (None, None, None)
    return ForecastRead(
        value=middle,
        low=low,
        high=high,
        unit=whole.unit,
        due_on=whole.goal.due_on,
        method_text=texts.FORECAST_METHOD.in_language(whole.language, window=forecast.WINDOW_DAYS),
        days=made.days if isinstance(made, forecast.Forecast) else len(points),
        first_on=points[0].day if points else None,
        last_on=points[-1].day if points else None,
        per_day=_rounded(made.per_day) if isinstance(made, forecast.Forecast) else None,
        reaches_target=_outlook(whole, low, high),
        suppressed=reason == GapReason.GROUP_TOO_SMALL.value,
        reason=reason,
        reason_text=texts_of(reason, whole.language, {"days": len(points)}),
    )


def _bounded(
    whole: _Goal, made: forecast.Forecast, points: Sequence[forecast.Point]
) -> tuple[Decimal, Decimal, Decimal]:
    """The interval and its middle, within what the unit can be."""
    least = 0.0 if whole.unit not in _BELOW_ZERO and all(point.value >= 0 for point in points) else None
    most = 100.0 if whole.unit == _PERCENT and all(point.value <= 100 for point in points) else None

    def within(value: float) -> Decimal:
        value = value if least is None else max(value, least)
        return _rounded(value if most is None else min(value, most))

    return within(made.low), within(made.value), within(made.high)


def _rounded(value: float) -> Decimal:
    return Decimal(str(round(value, 2))) + 0


def _outlook(whole: _Goal, low: Decimal | None, high: Decimal | None) -> str | None:
    if low is None or high is None or whole.kpi is None:
        return None
    ends = [rules.is_reached(whole.kpi, target=whole.goal.target, value=end) for end in (low, high)]
    return "likely" if all(ends) else "open" if any(ends) else "unlikely"
