"""What the field has asked for, and how soon the program answered."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.needs import repository as need_rows
from services.core.needs import service as needs
from services.core.needs.models import Need
from services.core.reports import formulas
from services.core.reports.numbers import Formula, Number, Numbers, Reason
from services.core.reports.periods import Day, Period, cover, make_runs

_OF_PERIOD = (formulas.NEEDS_SENT, formulas.NEEDS_ANSWERED, formulas.NEEDS_IN_TIME, formulas.NEEDS_RESPONSE)


async def make_desk(
    session: AsyncSession,
    program_id: UUID,
    *,
    whole: Period,
    asked: Period | None,
    numbers: Numbers,
    may_see_members: bool,
) -> dict[str, Number]:
    """The desk in numbers, of a period or of the ``whole`` time so far.

    Who asks is known to a program's managers. For other readers few people are hidden, and a period is shortened where
    it would tell of few.
    """
    span = asked
    if asked is not None and not may_see_members:
        sent = await need_rows.list_sent(session, program_id, since=whole.since, until=whole.until)
        span = cover(make_runs(_days(sent, zone=whole.zone), k=numbers.k), asked)
    of = span or whole
    summary = await needs.summarize(session, program_id=program_id, since=of.since, until=of.until)

    def shown(formula: Formula, value: int, people: int) -> Number:
        if may_see_members:
            return numbers.shown(formula, value)
        return numbers.behind(formula, value, people=people)

    made = {
        formulas.NEEDS_SENT: shown(formulas.NEEDS_SENT, summary.sent, summary.people),
        formulas.NEEDS_ANSWERED: shown(formulas.NEEDS_ANSWERED, summary.answered, summary.people),
        formulas.NEEDS_IN_TIME: shown(formulas.NEEDS_IN_TIME, summary.answered_in_time, summary.people),
        formulas.NEEDS_RESPONSE: numbers.missing(formulas.NEEDS_RESPONSE, Reason.NOTHING_ANSWERED),
        formulas.NEEDS_WAITING: shown(
            formulas.NEEDS_WAITING, summary.unanswered_beyond_promise, summary.people_beyond_promise
        ),
    }
    if made[formulas.NEEDS_SENT].suppressed:
        made[formulas.NEEDS_RESPONSE] = numbers.hidden(formulas.NEEDS_RESPONSE)
    elif summary.median_first_response_hours is not None:
        hours = Decimal(str(summary.median_first_response_hours))
        made[formulas.NEEDS_RESPONSE] = numbers.shown(formulas.NEEDS_RESPONSE, hours)
    for formula in _OF_PERIOD if asked is not None else ():
        if span is None:
            made[formula] = numbers.hidden(formula)
        else:
            made[formula] = numbers.over(made[formula], span.from_on, span.to_on)
    return {formula.name: number for formula, number in made.items()}


def _days(sent: Iterable[Need], *, zone: str) -> list[Day]:
    people: dict[object, set[UUID]] = {}
    days = sorted((one.created_at.astimezone(ZoneInfo(zone)).date(), one.employee_id) for one in sent)
    for day_on, employee_id in days:
        people.setdefault(day_on, set()).add(employee_id)
    return [Day(day_on, (frozenset(people[day_on]),)) for day_on in dict.fromkeys(day_on for day_on, _ in days)]
