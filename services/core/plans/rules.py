"""Weeks and months, when a plan is due, and which content belongs to a theme. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.core.plans.models import ContentPlan, PeriodKind

_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
#: The years that are planned in; days outside of them have no neighbours to reckon with.
_EARLIEST, _LATEST = 2000, 2100


@dataclass(frozen=True)
class Span:
    """One ISO week, or one calendar month."""

    kind: PeriodKind
    starts_on: date

    @property
    def ends_on(self) -> date:
        """The last day."""
        return self.next.starts_on - timedelta(days=1)

    @property
    def next(self) -> Span:
        """The one after it."""
        return span_of(self.kind, self.starts_on + timedelta(days=7 if self.kind is PeriodKind.WEEK else 31))

    @property
    def name(self) -> str:
        """As addresses call it: ``2026-W48`` or ``2026-11``."""
        if self.kind is PeriodKind.MONTH:
            return f"{self.starts_on:%Y-%m}"
        year, week, _ = self.starts_on.isocalendar()
        return f"{year}-W{week:02}"


def span_of(kind: PeriodKind, day: date) -> Span:
    """The week or month that a day is in."""
    if kind is PeriodKind.WEEK:
        return Span(kind, day - timedelta(days=day.weekday()))
    return Span(kind, day.replace(day=1))


def parse_span(name: str) -> Span | None:
    """The week or month of a name; None for what is none."""
    try:
        if found := _WEEK.fullmatch(name):
            span = Span(PeriodKind.WEEK, date.fromisocalendar(int(found[1]), int(found[2]), 1))
        elif found := _MONTH.fullmatch(name):
            span = Span(PeriodKind.MONTH, date(int(found[1]), int(found[2]), 1))
        else:
            return None
    except ValueError:
        return None
    return span if is_plannable(span.starts_on) else None


def spans_between(kind: PeriodKind, from_on: date, to_on: date) -> list[Span]:
    """Every week or month with a day in it."""
    spans = [span_of(kind, from_on)]
    while spans[-1].next.starts_on <= to_on:
        spans.append(spans[-1].next)
    return spans


def is_plannable(day: date) -> bool:
    """Whether a day is in the years that are planned in."""
    return _EARLIEST <= day.year < _LATEST


def due_at(plan: ContentPlan, span: Span, *, zone: str) -> datetime:
    """When the plan of a period is due: the last such weekday before it begins, at that time, in the zone. In UTC."""
    eve = span.starts_on - timedelta(days=1)
    day = eve - timedelta(days=(eve.isoweekday() - plan.due_weekday) % 7)
    at = datetime.combine(day, time.fromisoformat(plan.due_time), ZoneInfo(zone))
    return at.astimezone(UTC)


def wanted_spans(plan: ContentPlan, now: datetime, *, zone: str) -> list[tuple[Span, datetime]]:
    """Periods that have to be planned by now, or next: the current and the next one of each kind, and when."""
    today = now.astimezone(ZoneInfo(zone)).date()
    found = []
    for kind in PeriodKind:
        if kind in plan.cadence:
            current = span_of(kind, today)
            found += [(span, due_at(plan, span, zone=zone)) for span in (current, current.next)]
    return found


def theme_id(program_id: UUID, slug: str) -> UUID:
    """What names a theme of a program's plan elsewhere, such as in a need; the same for the same slug."""
    return uuid5(program_id, f"theme|{slug}")


def follow_merged(themes: Iterable[Mapping[str, Any]], merged: Mapping[str, str]) -> list[dict[str, Any]]:
    """Themes with the topics of now: one that was merged (from, into) means the one that took its place."""

    def now(slug: str) -> str:
        seen = set()
        while slug in merged and slug not in seen:
            seen.add(slug)
            slug = merged[slug]
        return slug

    return [{**theme, "topics": list(dict.fromkeys(now(slug) for slug in theme["topics"]))} for theme in themes]


def themes_of(topics: Iterable[str], themes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The themes that content of these topics belongs to, by their slugs."""
    named = set(topics)
    return [theme["slug"] for theme in themes if named & set(theme["topics"])]


@dataclass(frozen=True)
class OfferedItem:
    """An item that was offered, on a day where the organization is."""

    item_id: UUID
    offered_on: date
    themes: Collection[str]
    languages: Collection[str]
    networks: Collection[str]


@dataclass(frozen=True)
class SharedPosts:
    """One person's published posts of one day, item, language and network. Never shown as it is."""

    day_on: date
    employee_id: UUID
    themes: Collection[str]
    language: str
    network: str
    count: int
