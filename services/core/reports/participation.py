"""How many took part in a span of days, against everybody who could have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import Pause
from services.core.employees import history as headcounts
from services.core.reports import formulas, history, repository, rules
from services.core.reports.numbers import Formula, Number, Numbers, Reason, percent
from services.core.reports.periods import Period
from services.core.reports.repository import Membership

_DAY = timedelta(days=1)
_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True)
class Taking:
    """Who took part in a span of days, of whom."""

    sharers: int
    #: Everybody who was a member on any of the days.
    members: int
    #: Members who did not share and paused on some of their days, and what those days sum to, each person being 1.
    paused: int
    left_out: Decimal


def count_taking(
    memberships: Iterable[Membership], pauses: Iterable[Pause], sharers: Collection[UUID], *, period: Period
) -> Taking:
    """Count who took part. A day counts as paused when a pause touches it."""
    zone = ZoneInfo(period.zone)
    days_of: dict[UUID, frozenset[date]] = {}
    for one in memberships:
        days = _days(one.joined_at, one.left_at, period, zone)
        if days:
            days_of[one.employee_id] = days_of.get(one.employee_id, frozenset()) | days
    paused_on: dict[UUID, frozenset[date]] = {}
    for pause in pauses:
        if pause.employee_id in days_of and pause.employee_id not in sharers:
            days = _days(pause.starts_at, pause.ends_at, period, zone) & days_of[pause.employee_id]
            paused_on[pause.employee_id] = paused_on.get(pause.employee_id, frozenset()) | days
    parts = [Decimal(len(days)) / len(days_of[who]) for who, days in paused_on.items() if days]
    return Taking(
        sharers=len(sharers),
        members=len(days_of.keys() | set(sharers)),
        paused=len(parts),
        left_out=sum(parts, Decimal(0)),
    )


def _days(start: datetime, end: datetime | None, period: Period, zone: ZoneInfo) -> frozenset[date]:
    """The days of a period that something touches; ``end`` is the first instant after it."""
    first = max(start.astimezone(zone).date(), period.from_on)
    last = period.to_on
    if end is not None:
        last = min(last, (end.astimezone(UTC) - _LEAST).astimezone(zone).date())
    return frozenset(first + n * _DAY for n in range((last - first).days + 1))


async def make_participation(
    session: AsyncSession, program_id: UUID, *, asked: Period, span: Period | None, numbers: Numbers
) -> dict[str, Number]:
    """The rates of a span of days, and the employees' part of all engagement is made elsewhere."""
    both = (formulas.EMPLOYEES_WHO_SHARED_IN, formulas.ACTIVE_SHARERS_IN)
    if span is None:
        return {formula.name: numbers.over(numbers.hidden(formula), asked.from_on, asked.to_on) for formula in both}
    taking = count_taking(
        await repository.list_memberships(session, program_id),
        await repository.list_pauses(session, program_id, period=span),
        await repository.list_sharers(session, program_id, period=span),
        period=span,
    )
    snapshot = await headcounts.as_of(session, span.to_on)
    made = {formulas.ACTIVE_SHARERS.name: _rate(formulas.ACTIVE_SHARERS_IN, taking, numbers, of=taking.members)}
    if snapshot is None:
        made[formulas.EMPLOYEES_WHO_SHARED.name] = numbers.missing(
            formulas.EMPLOYEES_WHO_SHARED_IN, Reason.NOT_RECORDED
        )
    else:
        made[formulas.EMPLOYEES_WHO_SHARED.name] = _rate(
            formulas.EMPLOYEES_WHO_SHARED_IN, taking, numbers, of=snapshot.people()
        )
    return {name: numbers.over(number, span.from_on, span.to_on) for name, number in made.items()}


def _rate(formula: Formula, taking: Taking, numbers: Numbers, *, of: int) -> Number:
    known = (taking.members, of)
    leaves_out = rules.leave_out(taking.paused, did=taking.sharers, of=known, k=numbers.k) > 0
    whole = of - (taking.left_out if leaves_out else Decimal(0))
    if whole <= 0:
        return numbers.missing(formula, Reason.NOTHING_TO_DIVIDE)
    if rules.tells_on_somebody(taking.sharers, of=known, k=numbers.k):
        return numbers.hidden(formula)
    return numbers.shown(formula, percent(taking.sharers, whole))


async def make_funnel(
    session: AsyncSession,
    program_id: UUID,
    *,
    asked: Period,
    span: Period | None,
    numbers: Numbers,
    may_see_members: bool,
) -> dict[str, Number]:
    """The steps as of the last day, and who shared in the span of days; people as the directory had them then."""
    is_today = asked.to_on >= await headcounts.today(session)
    snapshot = await headcounts.as_of(session, asked.to_on)
    eligible = (
        await history.count_eligible(session, program_id)
        if is_today
        else await history.find_eligible(session, program_id, asked.to_on)
    )
    made = {
        formula.name: numbers.missing(formula, Reason.NOT_RECORDED) if count is None else numbers.shown(formula, count)
        for formula, count in (
            (formulas.EMPLOYEES, None if snapshot is None else snapshot.people()),
            (formulas.ELIGIBLE, eligible),
        )
    }
    steps = await repository.count_steps(session, program_id, until=asked.until)
    for formula, count in (
        (formulas.INVITED, steps.invited),
        (formulas.JOINED, steps.joined),
        (formulas.ACTIVE, steps.active),
    ):
        made[formula.name] = (
            numbers.shown(formula, count) if may_see_members else numbers.behind(formula, count, people=count)
        )
    known = [steps.joined, steps.active]
    if rules.tells_on_somebody(steps.connected, of=known, k=numbers.k):
        made[formulas.CONNECTED.name] = numbers.hidden(formulas.CONNECTED)
    else:
        made[formulas.CONNECTED.name] = numbers.shown(formulas.CONNECTED, steps.connected)
        known.append(steps.connected)
    made = {name: numbers.over(number, asked.to_on, asked.to_on) for name, number in made.items()}
    shared = numbers.hidden(formulas.SHARED)
    if span is not None:
        sharers = await repository.list_sharers(session, program_id, period=span)
        if not rules.tells_on_somebody(len(sharers), of=known, k=numbers.k):
            shared = numbers.shown(formulas.SHARED, len(sharers))
    covered = span or asked
    made[formulas.SHARED.name] = numbers.over(shared, covered.from_on, covered.to_on)
    return made


async def make_engagement_share(
    session: AsyncSession, engagements: Number, *, numbers: Numbers, from_on: date | None, to_on: date
) -> Number:
    """The employees' part of all engagement; without a company page that is read whole, missing with the reason."""
    formula = formulas.ENGAGEMENT_SHARE
    page = await repository.sum_page_engagements(session, from_on=from_on, to_on=to_on)
    if page is None:
        return numbers.missing(formula, Reason.BRAND_PAGE_NOT_CONNECTED)
    if engagements.suppressed:
        return numbers.hidden(formula)
    if engagements.value is None:
        return numbers.missing(formula, engagements.reason or Reason.NOT_READ_YET)
    whole = engagements.value + page.value
    if whole == 0:
        return numbers.missing(formula, Reason.NOTHING_TO_DIVIDE)
    covered = engagements.coverage_percent
    if from_on is not None:
        days = (to_on - from_on).days + 1
        covered = min(covered if covered is not None else 100, page.days * 100 // days)
    return numbers.shown(
        formula, percent(engagements.value, whole), as_of=page.read_at.date(), coverage_percent=covered
    )
