"""What callers send and get about KPIs, goals and their measurements. No number comes without how it was obtained."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, model_validator

from services.core.goals import forecast, formula, texts
from services.core.goals.kpis import Feed, Kpi
from services.core.goals.models import (
    Aggregation,
    Direction,
    FeedSource,
    Heading,
    KpiVersion,
    Measurement,
    Method,
    OwnKpi,
)
from services.core.kit.schemas import PlainNumber, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.programs.models import GoalKind

KpiSlug = Annotated[str, Field(min_length=1, max_length=60)]
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=18, decimal_places=4)]
NumberRead = Annotated[Decimal, PlainNumber]
Series = Annotated[str, Field(max_length=200, description="A part of the whole, such as one page. Empty: the whole.")]


# KPIs.


class Words(WriteModel):
    """Words by language; a reader of a language that is not there gets the other one."""

    en: str | None = Field(default=None, min_length=1, max_length=500)
    he: str | None = Field(default=None, min_length=1, max_length=500)

    @model_validator(mode="after")
    def _has_one(self) -> Words:
        if self.en is None and self.he is None:
            raise ValueError("give the words in en, he or both")
        return self

    def by_language(self) -> dict[str, str]:
        """The languages that are there."""
        return {name: words for name, words in (("en", self.en), ("he", self.he)) if words is not None}


Formula = Annotated[
    str,
    Field(
        min_length=1,
        max_length=formula.MOST_CHARACTERS,
        description="Arithmetic over other KPIs of the same program: numbers, slugs, + - * / and parentheses. A day on"
        " which one of them has no value has none.",
    ),
]
Unit = Annotated[str, Field(min_length=1, max_length=40, description="What is counted.")]


class KpiCreate(WriteModel):
    """A KPI of your own. Without feed and formula, its values are reported by hand, file, API or a connector."""

    slug: str = Field(
        pattern=r"^[a-z][a-z0-9_]{2,59}$", examples=["cost_per_visit"], description="How formulas call it."
    )
    title: Words = Field(examples=[{"en": "Cost per visit", "he": "עלות לביקור"}])
    description: Words = Field(examples=[{"en": "Spent on the program ÷ visits.", "he": "הוצאות התוכנית ÷ ביקורים."}])
    unit: Unit = Field(examples=["ILS"])
    direction: Direction = Field(examples=["down"])
    kind: GoalKind = Field(examples=["business"])
    heading: Heading = Field(examples=["cost"])
    aggregation: Aggregation = Field(default=Aggregation.SUM, description="How series of one day make its value.")
    feed: Feed | None = Field(default=None, description="One of our feeds measures it.")
    formula: Formula | None = None


class KpiUpdate(WriteModel):
    """Merge patch of a KPI. While something is measured in it, what its values mean changes only with a note."""

    title: Words | None = None
    description: Words | None = None
    unit: Unit | None = None
    direction: Direction | None = None
    kind: GoalKind | None = None
    heading: Heading | None = None
    aggregation: Aggregation | None = None
    feed: Feed | None = None
    formula: Formula | None = None
    note: str | None = Field(default=None, min_length=1, max_length=500, description="Why its meaning changes.")


class KpiVersionRead(ReadModel):
    """What a KPI's values meant until it was changed."""

    number: int
    unit: str
    direction: Direction
    aggregation: Aggregation
    feed: str | None
    formula: str | None
    note: str = Field(description="Why it was changed.")
    changed_by: str
    changed_at: datetime

    @classmethod
    def of(cls, row: KpiVersion) -> KpiVersionRead:
        """As readers get it."""
        return cls(**row.model_dump(include=set(cls.model_fields) - {"changed_at"}), changed_at=row.created_at)


class KpiRead(ReadModel):
    """A KPI: of the catalogue, or of the organization's own."""

    slug: str
    title: str
    description: str
    unit: str
    direction: Direction
    kind: GoalKind
    heading: Heading
    source: str = Field(description="Where values come from: reported, feed or formula.", examples=["reported"])
    feed: str | None = Field(description="Measures by itself from this; absent: by hand or by API.")
    formula: str | None
    formula_version: int
    aggregation: Aggregation
    aggregation_text: str = Field(description="How series of one day make its value, in the reader's language.")
    connector_feeds: list[str] | None = Field(description="Feeds of connectors it can be read from; null: any.")
    is_own: bool

    @classmethod
    def of(cls, kpi: Kpi, language: Language) -> KpiRead:
        """As a reader of ``language`` gets it."""
        return cls(**_kpi(kpi, language))


class KpiDetail(KpiRead):
    """A KPI with its words in every language and what it meant before."""

    titles: dict[str, str]
    descriptions: dict[str, str]
    goals: int = Field(description="How many goals are set in it.")
    versions: list[KpiVersionRead] = Field(description="What its values meant before, oldest first.")

    @classmethod
    def of_own(
        cls, kpi: Kpi, row: OwnKpi | None, *, goals: int, versions: list[KpiVersion], language: Language
    ) -> KpiDetail:
        """As a reader of ``language`` gets it."""
        words = {"en": kpi.title.en, "he": kpi.title.he}, {"en": kpi.description.en, "he": kpi.description.he}
        titles, descriptions = words if row is None else (row.title, row.description)
        return cls(
            **_kpi(kpi, language),
            titles=titles,
            descriptions=descriptions,
            goals=goals,
            versions=[KpiVersionRead.of(version) for version in versions],
        )


def _kpi(kpi: Kpi, language: Language) -> dict[str, Any]:
    return {
        "slug": kpi.slug,
        "title": kpi.title.in_language(language),
        "description": kpi.description.in_language(language),
        "unit": kpi.unit,
        "direction": kpi.direction,
        "kind": kpi.kind,
        "heading": kpi.heading,
        "source": "feed" if kpi.feed is not None else "formula" if kpi.formula is not None else "reported",
        "feed": kpi.feed,
        "formula": kpi.formula,
        "formula_version": kpi.formula_version,
        "aggregation": kpi.aggregation,
        "aggregation_text": texts.AGGREGATION[kpi.aggregation].in_language(language),
        "connector_feeds": None if kpi.connector_feeds is None else sorted(kpi.connector_feeds),
        "is_own": kpi.is_own,
    }


# Goals.


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


# Values.


class MeasurementCreate(WriteModel):
    """A goal's value on one day."""

    value: Number = Field(examples=[120])
    measured_on: date = Field(examples=["2026-11-24"])
    method: Method = Field(examples=["measured"])
    series: Series = ""


class MeasurementBatch(WriteModel):
    """Up to a hundred values, each taken or refused by itself."""

    measurements: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=100,
        description="Each as the body of a single value.",
        examples=[[{"value": 120, "measured_on": "2026-11-24", "method": "measured"}]],
    )


class MeasurementRead(ReadModel):
    """A goal's value on one day, and how it was obtained."""

    id: UUID
    goal_id: UUID
    value: NumberRead | None = Field(description="Null while too few people are behind it.")
    measured_on: date
    series: str
    method: Method
    source: str = Field(examples=["manual", "csv", "feed:human_clicks", "connector:linkedin", "formula:cost_per_visit"])
    formula_version: str
    reported_by: str | None = Field(description="Null: the product itself.")
    created_at: datetime
    changed_at: datetime | None = Field(description="When it was written last, if later than created.")
    suppressed: bool = False
    reason: str | None = None

    @classmethod
    def of(cls, row: Measurement, *, hidden: bool = False) -> MeasurementRead:
        """As readers get it; ``hidden``: too few people are behind it by now."""
        fields = row.model_dump(include=set(cls.model_fields) - {"source", "value", "suppressed", "reason"})
        return cls(
            **fields,
            value=None if hidden else row.value,
            source=row.channel,
            suppressed=hidden,
            reason="group_too_small" if hidden else None,
        )


class CorrectionRead(ReadModel):
    """What a value was before it was replaced."""

    value: NumberRead
    method: Method
    formula_version: str
    reported_by: str | None
    reported_at: datetime
    replaced_by: str
    replaced_at: datetime


class ItemProblem(ReadModel):
    """One wrong or missing value of an item."""

    pointer: str
    code: str
    message: str


class BatchItem(ReadModel):
    """What became of one item."""

    index: int
    status: int = Field(examples=[201, 409, 422])
    measurement: MeasurementRead | None = None
    code: str | None = Field(default=None, examples=["already_measured"])
    detail: str | None = None
    errors: list[ItemProblem] = Field(default_factory=list)


class BatchRead(ReadModel):
    """What became of each item, in the order in which they were sent."""

    items: list[BatchItem]
    created: int
    refused: int


class FileRead(ReadModel):
    """What a file has brought."""

    rows: int
    created: int
    replaced: int
    unchanged: int
    from_on: date
    to_on: date


# Feeds of connectors.


class SourceCreate(WriteModel):
    """One page or account whose number is read into the goal each day: through the organization's platform, or through
    an account that you have connected yourself and lend for this."""

    platform_connection_id: UUID | None = Field(default=None, description="The organization's account at a platform.")
    connection_id: UUID | None = Field(default=None, description="Your own account at a network.")
    feed: str = Field(min_length=1, max_length=100, examples=["page_followers"], description="Of the connector.")
    subject: str = Field(min_length=1, max_length=150, examples=["urn:li:organization:2414183"])
    title: str = Field(min_length=1, max_length=200, examples=["Our LinkedIn page"])


class SourceRead(ReadModel):
    """Where a goal is read, when it was read last, and why not, with what to do."""

    id: UUID
    goal_id: UUID
    connector: str
    platform_connection_id: UUID | None
    is_lent: bool = Field(description="Read through an account that a person lends; whose is not said.")
    feed: str
    measures: str = Field(description="`total` as of a day, or what a day `added`.")
    subject: str
    title: str
    state: str = Field(description="waiting, reading, failing or ended.", examples=["reading"])
    read_at: datetime | None
    last_day_on: date | None
    next_at: datetime | None
    problem: str | None
    problem_words: str | None = Field(description="The connector's own words.")
    what_to_do: str | None = Field(description="In the reader's language.")
    ended_on: date | None

    @classmethod
    def of(cls, row: FeedSource, language: Language) -> SourceRead:
        """As a reader of ``language`` gets it."""
        if row.ended_on is not None:
            state = "ended"
        elif row.problem is not None:
            state = "failing"
        else:
            state = "waiting" if row.read_at is None else "reading"
        return cls(
            **row.model_dump(include=set(cls.model_fields) - {"is_lent", "state", "next_at", "what_to_do"}),
            is_lent=row.connection_id is not None,
            state=state,
            next_at=row.due_at,
            what_to_do=texts.what_to_do(row.problem).in_language(language) if row.problem is not None else None,
        )


# Progress.


class ValueRead(ReadModel):
    """A number, and how it was obtained; without a value, the reason."""

    value: NumberRead | None
    unit: str
    method: Method
    source: str | None
    formula_version: str
    as_of: date = Field(description="The day it stands for.")
    read_at: datetime | None = Field(description="When the newest of its parts was written.")
    coverage_percent: int | None = Field(description="Of what could have a value, how much has one; null: not known.")
    suppressed: bool
    reason: str | None = Field(examples=["not_measured"])
    reason_text: str | None = Field(description="In the reader's language.")


class PartRead(ReadModel):
    """The value of one series on a day."""

    series: str
    title: str
    value: NumberRead
    method: Method
    source: str


class SeriesPoint(ReadModel):
    """One day; without a value it is a gap."""

    day_on: date
    number: ValueRead
    parts: list[PartRead] = Field(description="What the day's value is made of, such as each page.")
    missing_series: list[str]


class SeriesRead(ReadModel):
    """A goal's value day by day, each day of the range."""

    goal_id: UUID
    kpi: str
    unit: str
    direction: Direction
    from_on: date
    to_on: date
    aggregation: Aggregation
    points: list[SeriesPoint]
    days_without_value: int

    def as_csv(self) -> str:
        """The same days as a file, each with how its number was obtained; a gap is an empty cell with its reason."""
        file = io.StringIO()
        lines = csv.writer(file)
        lines.writerow(["date", "value", "unit", "method", "source", "formula_version", "coverage_percent", "reason"])
        for point in self.points:
            number = point.number
            value = "" if number.value is None else f"{number.value.normalize():f}"
            # A cell that begins with one of these is a formula to whoever opens the file.
            unit = f"'{number.unit}" if number.unit[:1] in "=+-@" else number.unit
            lines.writerow(
                [
                    point.day_on.isoformat(), value, unit, number.method.value, number.source or "",
                    number.formula_version, "" if number.coverage_percent is None else number.coverage_percent,
                    number.reason or "",
                ]
            )  # fmt: skip
        return file.getvalue()


class DeltaRead(ReadModel):
    """How far the value has moved."""

    value: NumberRead | None
    unit: str
    method: Method
    formula_version: str
    since_on: date | None = Field(description="The day whose value it is measured against; null: the baseline.")
    since_value: NumberRead | None
    suppressed: bool
    reason: str | None
    reason_text: str | None


class GapRead(ReadModel):
    """Days in a row without a value."""

    from_on: date
    to_on: date
    days: int
    reason: str
    reason_text: str


class ForecastRead(ReadModel):
    """Where the goal will stand on its due date if it goes on so."""

    value: NumberRead | None
    low: NumberRead | None
    high: NumberRead | None
    unit: str
    due_on: date
    method: str = Field(default=forecast.METHOD)
    method_version: str = Field(default=forecast.VERSION)
    method_text: str = Field(description="In the reader's language.")
    confidence_percent: int = Field(default=forecast.CONFIDENCE_PERCENT)
    days: int = Field(description="Days with a value that it rests on.")
    fewest_days: int = Field(default=forecast.FEWEST_DAYS)
    first_on: date | None
    last_on: date | None
    per_day: NumberRead | None
    reaches_target: str | None = Field(
        description="likely or unlikely: the whole interval says so; open: it does not tell.", examples=["open"]
    )
    suppressed: bool
    reason: str | None
    reason_text: str | None


class ProgressRead(ReadModel):
    """A goal against what is. Baseline and target are what people set."""

    goal_id: UUID
    kpi: str
    kpi_title: str
    title: str
    unit: str
    direction: Direction
    baseline: NumberRead
    target: NumberRead
    due_on: date
    now: ValueRead
    since_start: DeltaRead = Field(description="Since the program was launched.")
    since_baseline: DeltaRead
    share_of_way: ValueRead = Field(description="(now − baseline) ÷ (target − baseline), in percent.")
    is_reached: bool | None
    from_on: date
    to_on: date
    gaps: list[GapRead]
    days_without_value: int
    forecast: ForecastRead
    sources: list[SourceRead] = Field(description="Pages it is read from.")


def texts_of(reason: str | None, language: Language, values: Mapping[str, object] | None = None) -> str | None:
    """Why there is no value, in words."""
    return texts.reason(reason).in_language(language, **(values or {})) if reason is not None else None
