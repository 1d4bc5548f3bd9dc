"""Content plans as readers get them: planned and offered as they are, shared as far as it tells on nobody.

Shared posts are told of in whole runs of days, as in reports, so that no two answers differ by what few people did. A
part (a theme, a language, a network) is told of in runs in which both it and the rest have enough people behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.core.kit.texts import Language, pick
from services.core.plans import rules
from services.core.plans.models import ContentPlan, PeriodKind, PlannedPeriod
from services.core.plans.repository import span_of_row
from services.core.plans.rules import OfferedItem, SharedPosts, Span
from services.core.plans.schemas import (
    ContentPlanRead,
    ContentPlanSettings,
    CountsRead,
    PeriodRead,
    SharedRead,
    ThemeRead,
)
from services.core.reports import rules as report_rules
from services.core.reports.numbers import Reason
from services.core.reports.periods import Day, Period, Run, cover, make_runs

Belongs = Callable[[SharedPosts], bool]


@dataclass
class Figures:
    """What was planned, offered and shared, and what of the last may be shown."""

    plan: ContentPlan
    periods: Sequence[PlannedPeriod]
    offered: Sequence[OfferedItem]
    shared: Sequence[SharedPosts]
    zone: str
    now: datetime
    k: int
    _runs: dict[str, list[Run]] = field(default_factory=dict)
    _by_day: dict[date, list[SharedPosts]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.shared:
            self._by_day.setdefault(one.day_on, []).append(one)

    def _within(self, first_on: date, last_on: date) -> list[SharedPosts]:
        days = [on for on in self._by_day if first_on <= on <= last_on]
        return [one for on in days for one in self._by_day[on]]

    def read(self, span: Span) -> PeriodRead:
        """One week or month."""
        row = next((one for one in self.periods if span_of_row(one) == span), None)
        offered = [one for one in self.offered if span.starts_on <= one.offered_on <= span.ends_on]
        whole = self._share("", lambda one: True, span)
        due_at = rules.due_at(self.plan, span, zone=self.zone)
        is_wanted = span.kind.value in self.plan.cadence
        return PeriodRead(
            period=span.name,
            kind=span.kind,
            starts_on=span.starts_on,
            ends_on=span.ends_on,
            due_at=due_at,
            is_planned=row is not None,
            is_overdue=row is None and is_wanted and due_at <= self.now,
            note=row.note if row is not None else None,
            counts=CountsRead(planned=row.items if row is not None else None, offered=len(offered), shared=whole),
            by_theme=self._parts(
                "theme", span, offered, row.by_theme if row is not None else {},
                of_item=lambda one: one.themes, of_post=lambda one: one.themes,
                names=[theme["slug"] for theme in self.plan.themes],
            ),
            by_language=self._parts(
                "language", span, offered, row.by_language if row is not None else {},
                of_item=lambda one: one.languages, of_post=lambda one: (one.language,),
            ),
            by_network=self._parts(
                "network", span, offered, row.by_network if row is not None else {},
                of_item=lambda one: one.networks, of_post=lambda one: (one.network,),
            ),
        )  # fmt: skip

    def _parts(
        self,
        name: str,
        span: Span,
        offered: Sequence[OfferedItem],
        planned: Mapping[str, int],
        *,
        of_item: Callable[[OfferedItem], Iterable[str]],
        of_post: Callable[[SharedPosts], Iterable[str]],
        names: Iterable[str] = (),
    ) -> dict[str, CountsRead]:
        there: dict[str, set[UUID]] = {}
        for one in self._within(span.starts_on, span.ends_on):
            for part in of_post(one):
                there.setdefault(part, set()).add(one.employee_id)
        every = {*names, *planned, *(part for one in offered for part in of_item(one)), *there}
        people = {part: len(there.get(part, ())) for part in every}
        # The parts of one period are seen side by side: those hidden together have to be of enough people.
        hidden = report_rules.hide_complements(
            people, [part for part in every if report_rules.is_small(people[part], self.k)], k=self.k, disjoint=False
        )
        return {
            part: CountsRead(
                planned=planned.get(part),
                offered=sum(part in of_item(one) for one in offered),
                shared=_nothing() if part in hidden else self._share(f"{name}:{part}", _has(of_post, part), span),
            )
            for part in sorted(every)
        }

    def _share(self, name: str, belongs: Belongs, span: Span) -> SharedRead:
        asked = Period(span.starts_on, span.ends_on, self.zone)
        shown = cover(self._runs_of(name, belongs), asked)
        if shown is None:
            return _nothing()
        count = sum(one.count for one in self._within(shown.from_on, shown.to_on) if belongs(one))
        return SharedRead(value=count, suppressed=False, reason=None, from_on=shown.from_on, to_on=shown.to_on)

    def _runs_of(self, name: str, belongs: Belongs) -> list[Run]:
        if name not in self._runs:
            days: dict[date, tuple[set[UUID], set[UUID]]] = {}
            for one in self.shared:
                inside, outside = days.setdefault(one.day_on, (set(), set()))
                (inside if belongs(one) else outside).add(one.employee_id)
            self._runs[name] = make_runs(
                [Day(on, (frozenset(inside), frozenset(outside))) for on, (inside, outside) in sorted(days.items())],
                k=self.k,
            )
        return self._runs[name]


def read_plan(
    plan: ContentPlan, *, zone: str, language: Language, periods: Sequence[PeriodRead] = ()
) -> ContentPlanRead:
    """A plan, with its periods."""
    return ContentPlanRead(
        **plan.model_dump(include=set(ContentPlanRead.model_fields) - {"themes", "cadence"}),
        themes=read_themes(plan, language),
        cadence=[PeriodKind(kind) for kind in plan.cadence],
        time_zone=zone,
        periods=list(periods),
    )


def read_themes(plan: ContentPlan, language: Language) -> list[ThemeRead]:
    """What a plan speaks about, named in a language as far as it is."""
    return [
        ThemeRead(
            id=rules.theme_id(plan.program_id, theme["slug"]),
            slug=theme["slug"],
            title=(pick(theme["titles"], language) or ("", theme["slug"]))[1],
            titles=theme["titles"],
            topics=theme["topics"],
        )
        for theme in plan.themes
    ]


def read_settings(plan: ContentPlan) -> ContentPlanSettings:
    """A plan without its periods, as it is set."""
    themes = [{**theme, "id": rules.theme_id(plan.program_id, theme["slug"])} for theme in plan.themes]
    return ContentPlanSettings.model_validate({**plan.model_dump(), "themes": themes})


def _has(of_post: Callable[[SharedPosts], Iterable[str]], part: str) -> Belongs:
    return lambda one: part in of_post(one)


def _nothing() -> SharedRead:
    return SharedRead(value=None, suppressed=True, reason=Reason.GROUP_TOO_SMALL.value, from_on=None, to_on=None)
