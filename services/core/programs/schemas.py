"""What callers send and get about programs, goals and responsibilities."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.kit.schemas import PlainNumber, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.programs.kpis import CATALOGUE, Direction
from services.core.programs.models import Function, GoalKind, Heading, Method, ProgramState
from services.core.programs.rules import Destination

T = TypeVar("T", bound=str)


def _known_kpi(value: str) -> str:
    if value not in CATALOGUE:
        raise ValueError(f"use a KPI of /v1/kpis: {', '.join(CATALOGUE)}")
    return value


def _without_repeats(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


KpiSlug = Annotated[str, AfterValidator(_known_kpi)]
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=18, decimal_places=4)]
NumberRead = Annotated[Decimal, PlainNumber]
Networks = Annotated[
    list[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,39}$")]],
    Field(min_length=1, max_length=20),
    AfterValidator(_without_repeats),
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=2), AfterValidator(_without_repeats)]
Disclosures = dict[Language, Annotated[str, Field(min_length=1, max_length=300)]]


class ProgramCreate(WriteModel):
    """A new program, in draft."""

    name: str = Field(min_length=1, max_length=200, examples=["Voices of Lumen"])
    languages: Languages = Field(default_factory=lambda: [Language.EN])
    default_language: Language = Language.EN
    networks: Networks = Field(default_factory=lambda: ["linkedin"])
    disclosure: Disclosures = Field(
        default_factory=dict,
        description="What a post has to say near its top about who is speaking, per language.",
        examples=[{"en": "I work at Lumen."}],
    )


class ProgramUpdate(WriteModel):
    """Merge patch of a program."""

    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["Voices of Lumen"])
    languages: Languages | None = None
    default_language: Language | None = None
    networks: Networks | None = None
    disclosure: Disclosures | None = None


class ProgramRead(ReadModel):
    """A program."""

    id: UUID
    name: str
    state: ProgramState
    languages: list[Language]
    default_language: Language
    networks: list[str]
    disclosure: dict[str, str]
    launched_at: datetime | None
    created_at: datetime
    updated_at: datetime


class KpiRead(ReadModel):
    """A KPI of the catalogue."""

    slug: str
    title: str
    description: str
    unit: str
    direction: Direction
    kind: GoalKind
    heading: Heading
    feed: str | None = Field(description="Measures by itself from this; absent: by hand or by API.")


class GoalCreate(WriteModel):
    """What the program wants to reach."""

    kpi: KpiSlug = Field(examples=["careers_site_visits"])
    title: str = Field(min_length=1, max_length=200, examples=["More people look at our open positions"])
    kind: GoalKind = Field(examples=["marketing"])
    heading: Heading = Field(examples=["hiring_retention"])
    baseline: Number = Field(examples=[0])
    target: Number = Field(examples=[500])
    due_on: date = Field(examples=["2027-06-30"])
    owner_employee_id: UUID


class GoalUpdate(WriteModel):
    """Merge patch of a goal."""

    title: str | None = Field(default=None, min_length=1, max_length=200, examples=["More visits"])
    baseline: Number | None = None
    target: Number | None = None
    due_on: date | None = None
    owner_employee_id: UUID | None = None


class GoalRead(ReadModel):
    """A goal."""

    id: UUID
    program_id: UUID
    kpi: str
    title: str
    kind: GoalKind
    heading: Heading
    baseline: NumberRead
    target: NumberRead
    due_on: date
    owner_employee_id: UUID
    created_at: datetime
    updated_at: datetime


class MeasurementCreate(WriteModel):
    """A goal's value on one day."""

    value: Number = Field(examples=[120])
    measured_on: date = Field(examples=["2026-11-24"])
    method: Method = Field(examples=["measured"])


class MeasurementRead(ReadModel):
    """A goal's value on one day, and how it was obtained."""

    id: UUID
    goal_id: UUID
    value: NumberRead
    measured_on: date
    method: Method
    source: str
    formula_version: str
    created_at: datetime


class ResponsibilityCreate(WriteModel):
    """Who answers for what."""

    function: Function = Field(examples=["owner"])
    employee_id: UUID


class ResponsibilityRead(ReadModel):
    """A named holder of a function."""

    id: UUID
    program_id: UUID
    function: Function
    employee_id: UUID
    created_at: datetime


class TransitionCreate(WriteModel):
    """Where the program goes."""

    to: Destination = Field(
        description="`resumed` brings a paused program back to where it was.", examples=[Destination.DESIGNED]
    )
