"""What every number of a report carries: how it was obtained, of which day, or why it is not shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from services.core.goals.models import Method
from services.core.kit.texts import Language, Text
from services.core.reports import rules


class Reason(StrEnum):
    """Our own reasons why a number has no value; a network's reasons (``MissingReason``) stand beside them."""

    GROUP_TOO_SMALL = "group_too_small"
    NO_SHARES = "no_shares"
    NOT_READ_YET = "not_read_yet"
    NOT_MEASURED = "not_measured"
    NOTHING_TO_DIVIDE = "nothing_to_divide"
    BRAND_PAGE_NOT_CONNECTED = "brand_page_not_connected"
    NOT_RECORDED = "not_recorded"
    NO_CONVERSIONS = "no_conversions"
    NO_RATES = "no_rates"
    NO_BASELINE = "no_baseline"
    NO_PROGRAM_COST = "no_program_cost"
    NO_HIRES = "no_hires"
    OTHER_CURRENCY = "other_currency"
    NOBODY_TO_COMPARE = "nobody_to_compare"
    NO_ANSWERS = "no_answers"
    NOTHING_ANSWERED = "nothing_answered"


class Unit(StrEnum):
    """What is counted. Goals have the units of their KPIs besides."""

    PEOPLE = "people"
    SHARES = "shares"
    CLICKS = "clicks"
    HITS = "hits"
    IMPRESSIONS = "impressions"
    REACTIONS = "reactions"
    COMMENTS = "comments"
    RESHARES = "reshares"
    ENGAGEMENTS = "engagements"
    PERCENT = "percent"
    CONVERSIONS = "conversions"
    POINTS = "points"
    REQUESTS = "requests"
    HOURS = "hours"
    #: Stands for the currency that an amount is in.
    MONEY = "money"


@dataclass(frozen=True)
class Formula:
    """How a number is made. A changed formula is a new version, so that old and new numbers are not compared."""

    name: str
    title: Text
    text: Text
    unit: Unit
    version: str = "1"
    method: Method = Method.MEASURED


@dataclass(frozen=True)
class Number:
    """A number as a reader may see it. How many people stand behind it is never shown."""

    value: Decimal | None
    unit: str
    method: Method
    formula: str
    formula_version: str
    #: The UTC day it stands for, or of the newest reading in it; nothing is told below a day.
    as_of: date
    #: Of the posts that could have a value, how many have one.
    coverage_percent: int | None = None
    suppressed: bool = False
    #: Why there is no value.
    reason: str | None = None
    #: The days that it covers; None: all of them up to now.
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True)
class Numbers:
    """Makes the numbers of one report for one reader."""

    language: Language
    today: date
    #: Fewest people behind a number that is shown.
    k: int

    def shown(
        self, formula: Formula, value: Decimal | int, *, as_of: date | None = None, coverage_percent: int | None = None
    ) -> Number:
        """A number with its value."""
        return self._make(formula, Decimal(value), as_of=as_of, coverage_percent=coverage_percent)

    def hidden(self, formula: Formula) -> Number:
        """A number with too few people behind it, or one that would give such a number away."""
        return self._make(formula, None, suppressed=True, reason=Reason.GROUP_TOO_SMALL)

    def missing(self, formula: Formula, reason: str) -> Number:
        """A number nobody has, with the reason; never zero."""
        return self._make(formula, None, reason=reason)

    def behind(self, formula: Formula, value: int, *, people: int, population: int = 0) -> Number:
        """A number that ``people`` have brought about, of the ``population`` that could have."""
        if rules.is_small(people, self.k) or rules.is_small(population, self.k):
            return self.hidden(formula)
        return self.shown(formula, value)

    def hide(self, number: Number) -> Number:
        """A number without its value, since it would tell on few people."""
        return replace(number, value=None, coverage_percent=None, suppressed=True, reason=Reason.GROUP_TOO_SMALL.value)

    def in_unit(self, number: Number, unit: str) -> Number:
        """A number in another unit than its formula names, such as a currency."""
        return replace(number, unit=unit)

    def over(self, number: Number, from_on: date, to_on: date) -> Number:
        """A number that covers some days only."""
        return replace(number, from_on=from_on, to_on=to_on)

    def _make(
        self,
        formula: Formula,
        value: Decimal | None,
        *,
        as_of: date | None = None,
        coverage_percent: int | None = None,
        suppressed: bool = False,
        reason: str | None = None,
    ) -> Number:
        return Number(
            value=value,
            unit=formula.unit,
            method=formula.method,
            formula=formula.text.in_language(self.language),
            formula_version=formula.version,
            as_of=as_of or self.today,
            coverage_percent=coverage_percent,
            suppressed=suppressed,
            reason=str(reason) if reason else None,
        )


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """``part`` of ``whole`` in percent, to one place. ``whole`` is not zero."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
