"""Decisions about goals and KPIs worth testing alone. Pure."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol
from uuid import UUID

from services.core.goals import formula
from services.core.goals.kpis import Feed, Kpi
from services.core.goals.models import Direction, Goal, Method, OwnKpi
from services.core.kit.errors import FieldProblem
from services.core.kit.texts import DEFAULT_LANGUAGE, Language, Text, pick
from services.core.programs.models import ProgramState as State

#: KPIs rest on others over so many steps at most.
DEEPEST_FORMULA = 8

_RESERVED = Text(
    en="A formula could not name it. Choose another slug.", he="נוסחה לא תוכל לכלול שם כזה. יש לבחור slug אחר."
)
_FORMULA = {
    formula.Why.TOO_LONG: Text(
        en="A formula has at most 500 characters and 60 parts. Split it into several KPIs.",
        he="נוסחה כוללת עד 500 תווים ו-60 רכיבים. ניתן לחלק אותה לכמה מדדים.",
    ),
    formula.Why.NOT_READABLE: Text(
        en="The formula cannot be read at character {where}. Use numbers, KPI slugs, + - * / and parentheses, such as "
        "hires / sales_opportunities * 100.",
        he="לא ניתן לקרוא את הנוסחה בתו {where}. יש להשתמש במספרים, ב-slug של מדדים, ב-+ - * / ובסוגריים, למשל: "
        "‎hires / sales_opportunities * 100‎.",
    ),
    formula.Why.NOT_ALLOWED: Text(
        en="A formula cannot have what stands at character {where}. Use numbers, KPI slugs, + - * / and parentheses.",
        he="נוסחה אינה יכולה לכלול את מה שמופיע בתו {where}. יש להשתמש במספרים, ב-slug של מדדים, ב-+ - * / ובסוגריים.",
    ),
    formula.Why.NO_KPI: Text(
        en="The formula names no KPI. Name at least one of /v1/kpis.",
        he="הנוסחה אינה כוללת אף מדד. יש לכלול לפחות אחד מתוך ‎/v1/kpis‎.",
    ),
}
_UNKNOWN_KPI = Text(
    en="There is no KPI {kpi}. See /v1/kpis, or define it first.",
    he="לא קיים מדד {kpi}. יש לבחור מתוך ‎/v1/kpis‎, או להגדיר אותו תחילה.",
)
_CYCLE = Text(
    en="The formula comes back to its own KPI: {path}. Leave one of them out.",
    he="הנוסחה חוזרת אל המדד של עצמה: {path}. יש להשמיט אחד מהם.",
)
_TOO_DEEP = Text(
    en="This rests on more than {most} KPIs with formulas one upon another. Write some of them out.",
    he="הנוסחה נשענת על יותר מ-{most} מדדים בעלי נוסחה זה על גבי זה. יש לפרט חלק מהם.",
)
_BOTH = Text(
    en="Give a feed or a formula, not both; leave both out for values that are reported.",
    he="יש לתת feed או formula, לא את שניהם; ללא שניהם הערכים מדווחים.",
)
_WRONG_WAY = {
    Direction.UP: Text(
        en="For this KPI more is better: give a target that is not below the baseline.",
        he="במדד זה ערך גבוה יותר הוא טוב יותר: יש לתת יעד שאינו נמוך מנקודת ההתחלה.",
    ),
    Direction.DOWN: Text(
        en="For this KPI less is better: give a target that is not above the baseline.",
        he="במדד זה ערך נמוך יותר הוא טוב יותר: יש לתת יעד שאינו גבוה מנקודת ההתחלה.",
    ),
}


_ONE_ACCOUNT = Text(
    en="Name one account: platform_connection_id of the organization's platform, or connection_id of your own account.",
    he="יש לציין חשבון אחד: platform_connection_id של הפלטפורמה הארגונית, או connection_id של החשבון שלך.",
)


class LiveNumber(Protocol):
    """A number of a feed as it stands now, or why it may not be shown; brought by the edge out of reports."""

    @property
    def value(self) -> Decimal | None: ...
    @property
    def method(self) -> Method: ...
    @property
    def formula_version(self) -> str: ...
    @property
    def as_of(self) -> date: ...
    @property
    def coverage_percent(self) -> int | None: ...
    @property
    def suppressed(self) -> bool: ...
    @property
    def reason(self) -> str | None: ...


def keeps_goals(state: State, goals: Collection[Goal], *, without: Goal) -> bool:
    """Whether a program may drop a goal: from its design on, it keeps one of each kind."""
    return state is State.DRAFT or any(goal.kind is without.kind and goal.id != without.id for goal in goals)


def as_kpi(row: OwnKpi) -> Kpi:
    """A KPI of an organization's own, as one of the catalogue."""
    return Kpi(
        slug=row.slug,
        title=_text(row.title, row.slug),
        description=_text(row.description, ""),
        unit=row.unit,
        direction=row.direction,
        kind=row.kind,
        heading=row.heading,
        # A feed that is no longer there measures nothing.
        feed=next((feed for feed in Feed if feed.value == row.feed), None),
        aggregation=row.aggregation,
        formula=row.formula,
        connector_feeds=None if row.feed is None and row.formula is None else frozenset(),
        formula_version=row.formula_version,
        is_own=True,
    )


def _text(words: Mapping[str, str], default: str) -> Text:
    def said(language: Language) -> str:
        found = pick(words, language.value, default=DEFAULT_LANGUAGE)
        return found[1] if found else default

    return Text(en=said(Language.EN), he=said(Language.HE))


def slug_problems(slug: str) -> list[FieldProblem]:
    """What is wrong with the name of a KPI besides its spelling."""
    return [FieldProblem("/slug", "reserved", _RESERVED)] if keyword.iskeyword(slug) else []


def formula_problems(slug: str, *, feed: Feed | None, text: str | None, known: Mapping[str, Kpi]) -> list[FieldProblem]:
    """What is wrong with where the values of a KPI come from, among the KPIs that there are."""
    if text is None:
        return []
    if feed is not None:
        return [FieldProblem("/formula", "feed_and_formula", _BOTH)]
    try:
        parsed = formula.parse(text)
    except formula.NotAFormula as wrong:
        return [FieldProblem("/formula", wrong.why.value, _FORMULA[wrong.why], {"where": wrong.where})]
    unknown = sorted(name for name in formula.names(parsed) if name not in known and name != slug)
    if unknown:
        return [FieldProblem("/formula", "unknown_kpi", _UNKNOWN_KPI, {"kpi": name}) for name in unknown]
    try:
        needed = formula.needs(slug, {**formulas_of(known), slug: text})
    except formula.Cycle as cycle:
        return [FieldProblem("/formula", "cycle", _CYCLE, {"path": str(cycle)})]
    if len(needed) > DEEPEST_FORMULA:
        return [FieldProblem("/formula", "too_deep", _TOO_DEEP, {"most": DEEPEST_FORMULA})]
    return []


def formulas_of(known: Mapping[str, Kpi]) -> dict[str, str]:
    """The formulas that there are, by KPI."""
    return {slug: kpi.formula for slug, kpi in known.items() if kpi.formula is not None}


def feeds_behind(kpi: Kpi, known: Mapping[str, Kpi]) -> frozenset[Feed]:
    """The feeds that a KPI's values come from, its own or those its formula rests on."""
    if kpi.feed is not None:
        return frozenset({kpi.feed})
    if kpi.formula is None:
        return frozenset()
    try:
        needed = formula.needs(kpi.slug, formulas_of(known))
        slugs = frozenset[str]().union(*(formula.names(formula.parse(known[one].formula or "")) for one in needed))
    except (formula.Cycle, formula.NotAFormula):
        return frozenset()
    return frozenset(found.feed for slug in slugs if (found := known.get(slug)) is not None and found.feed is not None)


def users_of(slug: str, known: Mapping[str, Kpi]) -> list[str]:
    """The KPIs whose formulas name this one."""
    return sorted(
        kpi.slug
        for kpi in known.values()
        if kpi.formula is not None and kpi.slug != slug and slug in formula.names(formula.parse(kpi.formula))
    )


def target_problems(kpi: Kpi, *, baseline: Decimal, target: Decimal) -> list[FieldProblem]:
    """Whether a target lies in the direction that is better."""
    way = target - baseline if kpi.direction is Direction.UP else baseline - target
    return [FieldProblem("/target", "wrong_direction", _WRONG_WAY[kpi.direction])] if way < 0 else []


def share_of_way(*, baseline: Decimal, target: Decimal, value: Decimal) -> Decimal | None:
    """How much of the way from baseline to target is done, in percent; None when there is no way to go.

    Whichever way is better, from baseline to target is forward; what is worse than the baseline is less than nothing.
    """
    if target == baseline:
        return None
    share = (value - baseline) * 100 / (target - baseline)
    return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) + 0


def is_reached(kpi: Kpi, *, target: Decimal | float, value: Decimal | float) -> bool:
    """Whether a value is at the target or better."""
    return value >= target if kpi.direction is Direction.UP else value <= target


#: The hour in UTC from which the numbers of a day are read; from then on each day of a vendor has begun.
_FIRST_HOUR = 12
_SPREAD_MINUTES = 8 * 60
#: How far back a page is read when it is new, and how many days are read again, since vendors count late.
FIRST_DAYS = 90
AGAIN_DAYS = 3


def next_reading(source_id: UUID, *, now: datetime) -> datetime:
    """When a page is read next: once on each UTC day, the pages spread over some hours."""
    minutes = source_id.int % _SPREAD_MINUTES
    return datetime.combine(now.date() + timedelta(days=1), time(_FIRST_HOUR), tzinfo=UTC) + timedelta(minutes=minutes)


def days_to_read(*, measures: str, last_day_on: date | None, today: date) -> tuple[date, date]:
    """The first and the last day to ask a vendor for. What a day adds is known when it is over."""
    until = today if measures == "total" else today - timedelta(days=1)
    since = today - timedelta(days=FIRST_DAYS) if last_day_on is None else last_day_on - timedelta(days=AGAIN_DAYS)
    return min(since, until), until


def one_account_problems() -> list[FieldProblem]:
    """What is said when not exactly one account is named."""
    return [FieldProblem("/platform_connection_id", "one_account", _ONE_ACCOUNT)]
