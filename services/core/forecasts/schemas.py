"""What callers send and get about forecasts. Nothing is told without what it rests on."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.core.conversions.schemas import Currency
from services.core.forecasts import rules
from services.core.forecasts.models import AssumptionOrigin, ContentKind, Name, Result
from services.core.kit.schemas import PlainNumber, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.reports.schemas import NumberRead, PeriodRead

Percent = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Value = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Told = Annotated[float, PlainNumber]


class AssumptionWrite(WriteModel):
    """Something that is known better than it would be assumed: with its range, or one value that is certain."""

    name: Name = Field(examples=["audience_size"])
    network: str | None = Field(
        default=None,
        description="For `audience_size`, `view_percent`, `impressions_per_share`, `spread_percent` and"
        " `click_percent`; the others are of the whole plan.",
        examples=["linkedin"],
    )
    typical: Value = Field(examples=[800])
    low: Value | None = Field(default=None, description="One of ten is lower. Without it, the typical value.")
    high: Value | None = Field(default=None, description="One of ten is higher. Without it, the typical value.")
    source: str | None = Field(default=None, min_length=1, max_length=300, description="Where you know it from.")


class ForecastCreate(WriteModel):
    """A plan, and what is known about it."""

    starts_on: date = Field(
        examples=["2099-01-01"], description="The first day, where the organization is: today or later."
    )
    weeks: int = Field(ge=1, le=104, examples=[13])
    ambassadors: int = Field(ge=1, le=100_000, examples=[60])
    shares_per_person_week: float = Field(
        gt=0, le=20, allow_inf_nan=False, examples=[1.5], description="What each ambassador is planned to share."
    )
    networks: dict[str, Percent] = Field(
        default_factory=dict,
        max_length=rules.MOST_NETWORKS,
        description="Of all shares, how many percent on each network; empty: the same on each of the programme's.",
    )
    content_mix: dict[ContentKind, Percent] = Field(
        default_factory=lambda: {ContentKind.LINK: 100.0},
        min_length=1,
        description="Of all shares, how many percent show the preview of a page (`link`), and how many a picture, film"
        " or document (`media`).",
    )
    assumptions: list[AssumptionWrite] = Field(
        default_factory=list,
        max_length=100,
        description="What you know. Everything else is taken from what the programme has measured, else from examples.",
    )
    currency: Currency | None = Field(default=None, description="Of the costs among the assumptions.")
    seed: int | None = Field(
        default=None,
        ge=0,
        lt=2**rules.SEED_BITS,
        description="The same plan and assumptions with the same seed give the same forecast. Without it, a fresh one.",
    )


class PlanRead(ReadModel):
    """What was planned."""

    ambassadors: int
    shares_per_person_week: Told
    weeks: int
    networks: dict[str, Told]
    content_mix: dict[ContentKind, Told]


class AssumptionRead(ReadModel):
    """What was assumed, and where that comes from."""

    name: Name
    network: str | None
    title: str
    unit: str
    low: Told
    typical: Told
    high: Told
    origin: AssumptionOrigin = Field(
        description="`given` with the request, `measured` in this programme, from its `rates`, or an `example` that"
        " stands for something nobody has measured here."
    )
    source: str = Field(description="In the reader's language, or the words it was given with.")
    as_of: date
    from_on: date | None = Field(description="The days that were measured.")
    to_on: date | None


class IntervalRead(ReadModel):
    """Four of five runs lie between low and high."""

    low: Told
    median: Told
    high: Told


class ResultRead(ReadModel):
    """One thing that is forecast."""

    name: Result
    title: str
    unit: str
    interval: IntervalRead | None
    reason: str | None = Field(description="Why there is none.", examples=["no_rates"])
    reason_text: str | None


class ForecastRead(ReadModel):
    """A forecast as it was made. It never changes."""

    id: UUID
    program_id: UUID
    created_at: datetime
    starts_on: date
    ends_on: date
    plan: PlanRead
    assumptions: list[AssumptionRead]
    results: list[ResultRead]
    confidence_percent: int
    currency: str | None
    method: str
    method_version: str
    method_text: str
    seed: int
    runs: int
    language: Language
    notes: list[str]


class Progress(StrEnum):
    """How far the period of a forecast is."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    OVER = "over"


class ComparisonRead(ReadModel):
    """One thing that was forecast, against what came."""

    name: Result
    title: str
    unit: str
    whole: IntervalRead | None = Field(description="As it was forecast for all days.")
    same_days: IntervalRead | None = Field(description="The part of it for the days that the actual number covers.")
    actual: NumberRead
    verdict: rules.Verdict | None = Field(description="Where the actual number lies; null while nobody can say.")
    reason: str | None = Field(description="Why nobody can say.", examples=["not_over"])
    reason_text: str | None


class OutcomeRead(ReadModel):
    """A forecast against what happened."""

    forecast_id: UUID
    program_id: UUID
    progress: Progress
    period: PeriodRead
    days_over: int
    days: int
    ambassadors_planned: int
    ambassadors: NumberRead
    comparisons: list[ComparisonRead]
    intervals_held: int
    intervals_judged: int
    confidence_percent: int
    language: Language
    notes: list[str]
