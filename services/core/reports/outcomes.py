"""What came of shares elsewhere: leads, deals, candidates and hires, each counted once, by three rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.conversions import repository as conversions
from services.core.conversions.models import ConversionKind as Kind
from services.core.conversions.models import CreditRule
from services.core.conversions.repository import Credited
from services.core.reports import formulas, rules
from services.core.reports.numbers import Formula, Number, Numbers, Reason
from services.core.reports.periods import Day, Period, cover, make_runs

#: What is counted, and which kinds it is made of; a candidate and their application are one.
OUTCOMES: dict[Formula, frozenset[Kind]] = {
    formulas.VISITS: frozenset({Kind.VISIT}),
    formulas.LEADS: frozenset({Kind.LEAD}),
    formulas.OPPORTUNITIES: frozenset({Kind.OPPORTUNITY}),
    formulas.DEALS: frozenset({Kind.DEAL}),
    formulas.CANDIDATES: frozenset({Kind.CANDIDATE, Kind.APPLICATION}),
    formulas.APPLICATIONS: frozenset({Kind.APPLICATION}),
    formulas.HIRES: frozenset({Kind.HIRE}),
}
BY_RULE = {
    CreditRule.FIRST_TOUCH: formulas.FIRST_TOUCH,
    CreditRule.LAST_TOUCH: formulas.LAST_TOUCH,
    CreditRule.LINEAR: formulas.LINEAR,
}
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Amounts:
    """What is it worth, in one currency, by each rule."""

    currency: str
    by_rule: Mapping[CreditRule, Number]


@dataclass(frozen=True)
class Outcome:
    """One thing that came of shares."""

    formula: Formula
    attributed: Number
    by_rule: Mapping[CreditRule, Number]
    amounts: Sequence[Amounts]


async def make_outcomes(
    session: AsyncSession, program_id: UUID, *, period: Period | None, numbers: Numbers
) -> list[Outcome]:
    """Everything that came of a program's shares, in a period or so far."""
    told = await conversions.list_kinds(session)
    credited = await conversions.list_credited(session, program_id)
    made = []
    for formula, kinds in OUTCOMES.items():
        theirs = _each_once(one for one in credited if one.kind in kinds)
        made.append(make_outcome(formula, theirs, is_told=bool(kinds & told), period=period, numbers=numbers))
    return made


def make_outcome(
    formula: Formula, credited: Sequence[Credited], *, is_told: bool, period: Period | None, numbers: Numbers
) -> Outcome:
    """One of them, with the people behind it looked at: those whose shares have credit."""
    span = period
    if period is not None:
        span = cover(make_runs(_days(credited, period.zone), k=numbers.k), period)
    counted = credited if period is None else [] if span is None else [one for one in credited if _is_in(one, span)]
    people = _people(counted)
    is_hidden = (period is not None and span is None) or rules.is_small(len(people), numbers.k)

    def number(of: Formula, value: Decimal | int, *, unit: str | None = None) -> Number:
        if not is_told:
            made = numbers.missing(of, Reason.NO_CONVERSIONS)
        elif is_hidden:
            made = numbers.hidden(of)
        else:
            made = numbers.shown(of, value)
        if unit is not None:
            made = numbers.in_unit(made, unit)
        covered = span or period
        return made if covered is None else numbers.over(made, covered.from_on, covered.to_on)

    amounts = []
    for currency in sorted({one.currency for one in counted if one.currency is not None}):
        theirs = [one for one in counted if one.currency == currency]
        is_small = rules.is_small(len(_people(theirs)), numbers.k)
        by_rule = {}
        for rule in BY_RULE:
            value = _cents(_sum((one.amount or Decimal(0)) * one.weights.get(rule, Decimal(0)) for one in theirs))
            shown = number(formulas.AMOUNT, value, unit=currency)
            by_rule[rule] = numbers.hide(shown) if is_small else shown
        amounts.append(Amounts(currency, by_rule))
    return Outcome(
        formula=formula,
        attributed=number(formula, len(counted)),
        by_rule={
            rule: number(of, _sum(one.weights.get(rule, Decimal(0)) for one in counted)) for rule, of in BY_RULE.items()
        },
        amounts=[] if is_hidden else amounts,
    )


def _each_once(credited: Iterable[Credited]) -> list[Credited]:
    """The first of each key: a candidate who applied twice, or was hired twice, is one."""
    once: dict[str, Credited] = {}
    for one in credited:
        once.setdefault(one.key, one)
    return list(once.values())


def _people(credited: Iterable[Credited]) -> set[UUID]:
    return {who for one in credited for who in one.people if who is not None}


def _is_in(one: Credited, period: Period) -> bool:
    return period.since <= one.occurred_at < period.until


def _days(credited: Sequence[Credited], zone: str) -> list[Day]:
    by_day = groupby(credited, key=lambda one: one.occurred_at.astimezone(ZoneInfo(zone)).date())
    return [Day(day_on, (frozenset(_people(ones)),)) for day_on, ones in by_day]


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)
