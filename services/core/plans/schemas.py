"""What callers send and get about content plans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.plans.models import PeriodKind
from services.core.programs.schemas import ClockTime

Slug = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$")]
Count = Annotated[int, Field(ge=0, le=10_000)]


def _apart(themes: list[ThemeWrite]) -> list[ThemeWrite]:
    if len({theme.slug for theme in themes}) < len(themes):
        raise ValueError("give each theme a slug of its own")
    return themes


def _kinds(kinds: list[PeriodKind]) -> list[PeriodKind]:
    return [kind for kind in PeriodKind if kind in kinds]


class ThemeWrite(WriteModel):
    """Something that a program speaks about."""

    slug: Slug = Field(examples=["people-and-teams"])
    titles: dict[Language, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, examples=[{"he": "אנשים וצוותים", "en": "People and teams"}]
    )
    topics: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(
        default_factory=list,
        max_length=20,
        description="Topics whose content belongs to it, by slug; none: the topic of the theme's own slug.",
    )


Themes = Annotated[list[ThemeWrite], Field(max_length=30), AfterValidator(_apart)]


class ContentPlanWrite(WriteModel):
    """What a program wants to speak about, how often it is planned, and when the plan of the next period is due."""

    themes: Themes = Field(default_factory=list)
    cadence: Annotated[list[PeriodKind], AfterValidator(_kinds)] = Field(
        default_factory=lambda: [PeriodKind.WEEK], min_length=1, max_length=2,
        description="The kinds of period that have to be planned: `week`, `month` or both.",
    )  # fmt: skip
    owner_employee_id: UUID | None = Field(
        default=None, description="Who plans, and is told when a plan is late; null: who holds content in the program."
    )
    due_weekday: int = Field(
        default=4,
        ge=1,
        le=7,
        description="ISO weekday, Monday is 1: the plan is due on the last such day before the period begins.",
    )
    due_time: ClockTime = Field(default="16:00", description="Of that day, where the organization is.")


class PeriodWrite(WriteModel):
    """How many items are to be offered in a period, and how many of them by theme, language and network."""

    items: Count = Field(examples=[4])
    by_theme: dict[Slug, Count] = Field(default_factory=dict, max_length=30)
    by_language: dict[Language, Count] = Field(default_factory=dict)
    by_network: dict[str, Count] = Field(default_factory=dict, max_length=20)
    note: str | None = Field(default=None, min_length=1, max_length=1000)


class SharedRead(ReadModel):
    """How many posts were published, if enough people are behind them."""

    value: int | None
    suppressed: bool = Field(description="Too few people are behind it, or it would give such a number away.")
    reason: str | None = Field(examples=["group_too_small"])
    from_on: date | None = Field(description="The first day that may be told of; a period is shortened where needed.")
    to_on: date | None


class CountsRead(ReadModel):
    """Planned against offered against shared."""

    planned: int | None = Field(description="Items; null: nothing was planned.")
    offered: int = Field(description="Items that were first offered in the period.")
    shared: SharedRead


class PeriodRead(ReadModel):
    """A week or a month: what was planned, and what came of it."""

    period: str = Field(examples=["2026-W48"])
    kind: PeriodKind
    starts_on: date
    ends_on: date
    due_at: datetime = Field(description="When its plan is due.")
    is_planned: bool
    is_overdue: bool = Field(description="Its plan is wanted, was due, and is not there.")
    note: str | None
    counts: CountsRead
    by_theme: dict[str, CountsRead]
    by_language: dict[str, CountsRead]
    by_network: dict[str, CountsRead]


class ThemeStored(ReadModel):
    """Something that a program speaks about, in every language."""

    id: UUID = Field(description="What a need that is planned names as its `theme_id`; the same for the same slug.")
    slug: str
    titles: dict[str, str]
    topics: list[str]


class ThemeRead(ThemeStored):
    """Something that a program speaks about, with its name in the reader's language."""

    title: str


class ContentPlanSettings(ReadModel):
    """What a program speaks about, and when plans are due."""

    id: UUID
    program_id: UUID
    themes: list[ThemeStored]
    cadence: list[PeriodKind]
    owner_employee_id: UUID | None
    due_weekday: int
    due_time: str
    created_at: datetime
    updated_at: datetime


class PeriodPlanRead(ReadModel):
    """What is planned for a week or month."""

    id: UUID
    program_id: UUID
    period: str = Field(examples=["2026-W48"])
    kind: PeriodKind
    starts_on: date
    ends_on: date
    items: int
    by_theme: dict[str, int]
    by_language: dict[str, int]
    by_network: dict[str, int]
    note: str | None
    created_at: datetime
    updated_at: datetime


class ContentPlanRead(ReadModel):
    """A program's content plan: what it speaks about, when plans are due, and its periods."""

    id: UUID
    program_id: UUID
    themes: list[ThemeRead]
    cadence: list[PeriodKind]
    owner_employee_id: UUID | None
    due_weekday: int
    due_time: str
    time_zone: str
    periods: list[PeriodRead]
    created_at: datetime
    updated_at: datetime
