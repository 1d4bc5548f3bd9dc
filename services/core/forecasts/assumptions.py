"""What a forecast assumes, from the best source there is: given, measured here, of the rates, or an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from services.core.conversions.models import ProgramRates
from services.core.forecasts import errors, rules
from services.core.forecasts.models import COSTS, OF_A_NETWORK, PARTS, AssumptionOrigin, ContentKind, Name
from services.core.forecasts.repository import NetworkDay
from services.core.forecasts.rules import Range
from services.core.forecasts.schemas import AssumptionWrite, ForecastCreate
from services.core.kit.errors import FieldProblem
from services.core.reports.periods import Period, cover, make_runs

#: The day on which the examples were set. They are round numbers of ours, taken from no study.
EXAMPLES_AS_OF = date(2026, 11, 25)
#: What stands for something that nobody has given or measured. Prices have no example: nobody knows the currency.
EXAMPLES: Mapping[Name, Range] = {
    Name.AUDIENCE_SIZE: Range(250, 600, 1400),
    Name.VIEW_PERCENT: Range(5, 15, 30),
    Name.SPREAD_PERCENT: Range(100, 100, 100),
    Name.CLICK_PERCENT: Range(0.3, 0.8, 2),
    Name.FOLLOWED_PERCENT: Range(35, 60, 85),
    Name.OVERLAP_PERCENT: Range(5, 15, 30),
    Name.MEDIA_VIEW_FACTOR: Range(1, 1.2, 1.6),
    Name.MEDIA_CLICK_FACTOR: Range(0.3, 0.6, 1),
    Name.MINUTES_PER_SHARE: Range(2, 5, 12),
}
#: Posts of the last half year are looked at, once they have had a week to be seen.
_WINDOW = timedelta(days=182)
_SETTLED = timedelta(days=7)
_OF_MEDIA = (Name.MEDIA_VIEW_FACTOR, Name.MEDIA_CLICK_FACTOR)

Key = tuple[Name, str | None]


@dataclass(frozen=True)
class Assumption:
    """One assumption with where it comes from."""

    name: Name
    network: str | None
    range: Range
    origin: AssumptionOrigin
    as_of: date
    source: str | None = None
    from_on: date | None = None
    to_on: date | None = None

    def stored(self) -> dict[str, Any]:
        """As a forecast keeps it."""
        days = {
            name: day.isoformat() if day is not None else None
            for name, day in (("as_of", self.as_of), ("from_on", self.from_on), ("to_on", self.to_on))
        }
        return {
            "name": self.name.value, "network": self.network, **asdict(self.range), "origin": self.origin.value,
            "source": self.source, **days,
        }  # fmt: skip


@dataclass(frozen=True)
class MeasuredHere:
    """What posts on one network have told, and over which days."""

    ranges: Mapping[Name, Range]
    period: Period


def read_measured(
    days: Mapping[str, Sequence[NetworkDay]], *, today: date, zone: str, k: int
) -> dict[str, MeasuredHere]:
    """What may be told of each network's posts: whole runs of days with enough people behind every number.

    Runs begin with the first post ever, so that forecasts of different days never differ by what few people did.
    """
    window = Period(today - _SETTLED - _WINDOW, today - _SETTLED, zone)
    found = {}
    for network, of_network in days.items():
        period = cover(make_runs([one.people for one in of_network], k=k), window)
        if period is None:
            continue
        ranges = rules.measured(one.sums for one in of_network if period.from_on <= one.day_on <= period.to_on)
        if ranges:
            found[network] = MeasuredHere(ranges, period)
    return found


def assemble(
    body: ForecastCreate,
    *,
    networks: Sequence[str],
    measured: Mapping[str, MeasuredHere],
    rates: ProgramRates | None,
    today: date,
) -> list[Assumption]:
    """Every assumption of a plan, in a fixed order. ``rates`` are those in force when it starts."""
    known = {(one.name, one.network): _given(one, today=today) for one in body.assumptions}
    unused = () if ContentKind.MEDIA in body.content_mix else _OF_MEDIA
    made: list[Assumption] = []
    for network in networks:
        here = measured.get(network)
        for name in _needed(network, known, here):
            made.append(known.get((name, network)) or _best(name, network, here, today=today))
    made += [
        known.get((name, None)) or Assumption(name, None, EXAMPLES[name], AssumptionOrigin.EXAMPLE, EXAMPLES_AS_OF)
        for name in Name
        if name not in OF_A_NETWORK and name not in COSTS and name not in unused
    ]
    costs = [known[name, None] for name in COSTS if (name, None) in known]
    if not costs and rates is not None and rates.program_cost_per_month is not None:
        cost = float(rates.program_cost_per_month)
        costs = [
            Assumption(
                Name.COST_PER_MONTH,
                None,
                Range(cost, cost, cost),
                AssumptionOrigin.RATES,
                rates.valid_from,
                rates.source,
            )
        ]
    return made + costs


def _needed(network: str, known: Mapping[Key, Assumption], here: MeasuredHere | None) -> list[Name]:
    """How often a post is seen is assumed one way: directly where it is known, else by audience and part of it."""
    is_direct = (Name.IMPRESSIONS_PER_SHARE, network) in known or (
        (Name.VIEW_PERCENT, network) not in known and here is not None
    )
    other = Name.VIEW_PERCENT if is_direct else Name.IMPRESSIONS_PER_SHARE
    return [name for name in OF_A_NETWORK if name is not other]


def _best(name: Name, network: str, here: MeasuredHere | None, *, today: date) -> Assumption:
    if here is not None and name in here.ranges:
        return Assumption(
            name, network, here.ranges[name], AssumptionOrigin.MEASURED, today,
            from_on=here.period.from_on, to_on=here.period.to_on,
        )  # fmt: skip
    return Assumption(name, network, EXAMPLES[name], AssumptionOrigin.EXAMPLE, EXAMPLES_AS_OF)


def _given(one: AssumptionWrite, *, today: date) -> Assumption:
    return Assumption(one.name, one.network, _range(one), AssumptionOrigin.GIVEN, today, one.source)


def _range(one: AssumptionWrite) -> Range:
    return Range(
        one.typical if one.low is None else one.low, one.typical, one.typical if one.high is None else one.high
    )


def problems(body: ForecastCreate, *, networks: Sequence[str]) -> list[FieldProblem]:
    """What is wrong with the assumptions given for a plan on these networks."""
    found: list[FieldProblem] = []
    seen: set[Key] = set()
    for place, one in enumerate(body.assumptions):
        at = f"/assumptions/{place}"
        if (one.name, one.network) in seen:
            found.append(FieldProblem(f"{at}/name", "twice", errors.TWICE))
        seen.add((one.name, one.network))
        if one.name in OF_A_NETWORK and one.network not in networks:
            known: dict[str, object] = {"known": ", ".join(networks)}
            found.append(FieldProblem(f"{at}/network", "unknown", errors.NETWORK_NEEDED, known))
        if one.name not in OF_A_NETWORK and one.network is not None:
            found.append(FieldProblem(f"{at}/network", "of_the_plan", errors.NO_NETWORK_HERE))
        values = _range(one)
        if not values.low <= values.typical <= values.high:
            found.append(FieldProblem(f"{at}/typical", "wrong_order", errors.WRONG_ORDER))
        if one.name in PARTS and values.high > 100:
            found.append(FieldProblem(f"{at}/high", "over_hundred", errors.OVER_HUNDRED))
        if one.name is Name.AUDIENCE_SIZE and values.typical <= 0:
            found.append(FieldProblem(f"{at}/typical", "not_zero", errors.NOT_ZERO))
    for network in networks:
        if {(Name.VIEW_PERCENT, network), (Name.IMPRESSIONS_PER_SHARE, network)} <= seen:
            found.append(FieldProblem("/assumptions", "one_of_both", errors.ONE_OF_BOTH))
    has_cost = any(one.name in COSTS for one in body.assumptions)
    if has_cost and body.currency is None:
        found.append(FieldProblem("/currency", "missing", errors.CURRENCY_NEEDED))
    if not has_cost and body.currency is not None:
        found.append(FieldProblem("/currency", "no_cost", errors.NOTHING_IN_CURRENCY))
    return found
