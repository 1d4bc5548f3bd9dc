"""What callers send and get about KPIs, goals and their measurements."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.goals.kpis import CATALOGUE, Direction
from services.core.goals.models import Heading, Method
from services.core.kit.schemas import PlainNumber, ReadModel, WriteModel
from services.core.programs.models import GoalKind


def _known_kpi(value: str) -> str:
    if value not in CATALOGUE:
        raise ValueError(f"use a KPI of /v1/kpis: {', '.join(CATALOGUE)}")
    return value


KpiSlug = Annotated[str, AfterValidator(_known_kpi)]
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=18, decimal_places=4)]
NumberRead = Annotated[Decimal, PlainNumber]


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
