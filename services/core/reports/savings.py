"""What hiring through ambassadors saved, and apart from it what the reach would have cost; with every input."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.conversions import repository as conversions
from services.core.conversions.models import ProgramRates
from services.core.reports import formulas, repository, rules
from services.core.reports.numbers import Formula, Number, Numbers, Reason
from services.core.reports.periods import Day, Period, cover, make_runs
from services.core.reports.repository import OnNetwork

_CENT = Decimal("0.01")
_THOUSAND = 1000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Media:
    """What one network has brought, and what that would have cost."""

    network: str
    impressions: Number
    clicks: Number
    engagements: Number
    value: Number


@dataclass(frozen=True)
class Savings:
    """What was saved, with all that went into it."""

    period: Period
    currency: str | None
    hires: Number
    baseline_cost_per_hire: Number
    program_cost: Number
    program_cost_per_hire: Number
    saving_per_hire: Number
    saving: Number
    earned_media_value: Number
    networks: Sequence[Media]
    rates: Sequence[ProgramRates]


def cents(value: Decimal) -> Decimal:
    """An amount to the cent."""
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def in_force(rates: Sequence[ProgramRates], day_on: date) -> ProgramRates | None:
    """The rates of a day: those that came last. ``rates`` are in the order in which they come."""
    return next((one for one in reversed(rates) if one.valid_from <= day_on), None)


def cost_over(rates: Sequence[ProgramRates], days: Iterable[date]) -> tuple[Decimal, int]:
    """What a program costs over days, each by the month it is in, and on how many of them that is known."""
    total, known = Decimal(0), 0
    for day_on in days:
        rate = in_force(rates, day_on)
        if rate is not None and rate.program_cost_per_month is not None:
            total += rate.program_cost_per_month / calendar.monthrange(day_on.year, day_on.month)[1]
            known += 1
    return total, known


def worth(reach: OnNetwork, rate: Mapping[str, Any]) -> Decimal:
    """What reach on a network would have cost, by its rate."""

    def by(name: str) -> Decimal:
        return Decimal(rate[name]) if rate.get(name) is not None else Decimal(0)

    return reach.impressions * by("cpm") / _THOUSAND + reach.clicks * by("cpc") + reach.engagements * by("cpe")


async def make_savings(
    session: AsyncSession, program_id: UUID, *, period: Period, hires: Number, numbers: Numbers
) -> Savings:
    """What was saved over a period. ``hires`` are those attributed in it, over the days that may be told of."""
    rates = await conversions.list_rates(session, program_id)
    span = period if hires.from_on is None or hires.to_on is None else period.part(hires.from_on, hires.to_on)
    used = _used(rates, period)
    currencies = {one.currency for one in used}
    currency = currencies.pop() if len(currencies) == 1 else None
    why_not = (Reason.NO_RATES if not used else Reason.OTHER_CURRENCY) if currency is None else None

    def money(formula: Formula, value: Decimal | None, reason: str, *, coverage: int | None = None) -> Number:
        if why_not is not None:
            made = numbers.missing(formula, why_not)
        elif value is None:
            made = numbers.missing(formula, reason)
        else:
            made = numbers.shown(formula, cents(value), coverage_percent=coverage)
        return numbers.over(numbers.in_unit(made, currency or formula.unit), span.from_on, span.to_on)

    last = in_force(rates, span.to_on)
    before = last.baseline_cost_per_hire if last is not None else None
    total, known = cost_over(rates, span.days)
    cost = total if known else None
    per_hire, why = _per_hire(cost, hires)
    per_saving = before - per_hire if before is not None and per_hire is not None else None
    saving = None
    if before is not None and cost is not None and hires.value:
        saving = before * hires.value - cost
    if before is None and per_hire is not None:
        why = Reason.NO_BASELINE
    made = Savings(
        period=span,
        currency=currency,
        hires=hires,
        baseline_cost_per_hire=money(formulas.BASELINE, before, Reason.NO_BASELINE),
        program_cost=money(formulas.PROGRAM_COST, cost, Reason.NO_PROGRAM_COST, coverage=known * 100 // len(span.days)),
        program_cost_per_hire=money(formulas.COST_PER_HIRE, per_hire, why),
        saving_per_hire=money(formulas.COST_PER_HIRE_SAVING, per_saving, why),
        saving=money(formulas.SAVING, saving, why),
        **await _media(session, program_id, period, rates, numbers, currency=currency, why_not=why_not),
        rates=used,
    )
    if not hires.suppressed:
        return made
    return _hidden(made, numbers)


def _hidden(made: Savings, numbers: Numbers) -> Savings:
    hidden = {
        name: numbers.hide(getattr(made, name))
        for name in ("program_cost_per_hire", "saving_per_hire", "saving")
        if getattr(made, name).reason not in (Reason.NO_RATES, Reason.OTHER_CURRENCY)
    }
    return Savings(**{**{name: getattr(made, name) for name in Savings.__dataclass_fields__}, **hidden})


def _per_hire(cost: Decimal | None, hires: Number) -> tuple[Decimal | None, str]:
    if cost is None:
        return None, Reason.NO_PROGRAM_COST
    if hires.value is None:
        return None, hires.reason or Reason.NO_CONVERSIONS
    if hires.value == 0:
        return None, Reason.NO_HIRES
    return cost / hires.value, Reason.NO_BASELINE


def _used(rates: Sequence[ProgramRates], period: Period) -> list[ProgramRates]:
    """Those in force on any day of a period."""
    first = in_force(rates, period.from_on)
    return [one for one in rates if one is first or period.from_on < one.valid_from <= period.to_on]


async def _media(
    session: AsyncSession,
    program_id: UUID,
    period: Period,
    rates: Sequence[ProgramRates],
    numbers: Numbers,
    *,
    currency: str | None,
    why_not: str | None,
) -> dict[str, Any]:
    """What the reach would have cost, in all and by network; enough networks are hidden that none can be worked out."""
    formula = formulas.EARNED_MEDIA
    unit = currency or formula.unit

    def over(number: Number, span: Period) -> Number:
        return numbers.over(number, span.from_on, span.to_on)

    if why_not is not None or not any(one.earned_media for one in _used(rates, period)):
        missing = numbers.in_unit(numbers.missing(formula, why_not or Reason.NO_RATES), unit)
        return {"earned_media_value": over(missing, period), "networks": []}
    days = await repository.list_active_days(session, program_id, zone=period.zone, k=numbers.k)
    span = cover(make_runs(_together(days), k=numbers.k), period)
    if span is None:
        hidden = numbers.in_unit(numbers.hidden(formula), unit)
        return {"earned_media_value": over(hidden, period), "networks": []}
    reach: dict[str, list[OnNetwork]] = defaultdict(list)
    value: dict[str, Decimal] = defaultdict(Decimal)
    for part in _parts(rates, span):
        rate = in_force(rates, part.from_on)
        by_network = {one["network"]: one for one in rate.earned_media} if rate is not None else {}
        for network, found in (await repository.sum_by_network(session, program_id, period=part)).items():
            reach[network].append(found)
            value[network] += worth(found, by_network.get(network, {}))
    whole = await repository.sum_by_network(session, program_id, period=span)
    people = {network: found.people for network, found in whole.items()}
    small = [network for network, count in people.items() if rules.is_small(count, numbers.k)]
    hidden_ones = rules.hide_complements(people, small, k=numbers.k, disjoint=False)
    rows = []
    for network in sorted(reach):
        cells = {
            "impressions": (formulas.IMPRESSIONS, Decimal(sum(one.impressions for one in reach[network]))),
            "clicks": (formulas.HUMAN_CLICKS, Decimal(sum(one.clicks for one in reach[network]))),
            "engagements": (formulas.ENGAGEMENTS, Decimal(sum(one.engagements for one in reach[network]))),
            "value": (formula, cents(value[network])),
        }
        made = {
            name: over(
                numbers.hidden(of) if network in hidden_ones else numbers.shown(of, amount),
                span,
            )
            for name, (of, amount) in cells.items()
        }
        made["value"] = numbers.in_unit(made["value"], unit)
        rows.append(Media(network=network, **made))
    total = numbers.in_unit(numbers.shown(formula, cents(sum(value.values(), Decimal(0)))), unit)
    return {"earned_media_value": over(total, span), "networks": rows}


def _together(days: Mapping[str, Sequence[Day]]) -> list[Day]:
    """Days with the people behind each part of what media are worth."""
    names = ("impressions", "engagements", "human_clicks")
    people: dict[date, dict[str, frozenset[UUID]]] = defaultdict(dict)
    for name in names:
        for day in days[name]:
            people[day.day_on][name] = day.people[0]
    return [
        Day(day_on, tuple(found.get(name, frozenset()) for name in names)) for day_on, found in sorted(people.items())
    ]


def _parts(rates: Sequence[ProgramRates], span: Period) -> list[Period]:
    """A span cut where other rates come into force."""
    starts = [span.from_on, *(one.valid_from for one in rates if span.from_on < one.valid_from <= span.to_on)]
    ends = [start - _DAY for start in starts[1:]] + [span.to_on]
    return [Period(start, end, span.zone) for start, end in zip(starts, ends, strict=True)]
