"""Tables of goals: the KPIs of an organization's own, what a program wants to reach, and its value day by day."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.programs.models import GoalKind


class Heading(StrEnum):
    """The four headings under which a report shows outcomes."""

    EMPLOYER_BRAND = "employer_brand"
    HIRING_RETENTION = "hiring_retention"
    SALES = "sales"
    COST = "cost"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


class Aggregation(StrEnum):
    """How the values of several series of one day become the value of the day."""

    #: All series together; a day on which one of them has no value has none.
    SUM = "sum"
    #: The one that was reported last.
    LAST = "last"


class OwnKpi(VersionedModel, table=True):
    """A KPI that an organization has defined for itself. Without feed and formula its values are reported."""

    __tablename__ = "kpis"
    __table_args__ = (sa.UniqueConstraint("organization_id", "slug"),)

    slug: str
    #: By language.
    title: dict[str, str] = Json()
    description: dict[str, str] = Json()
    unit: str
    direction: Direction = Choice(Direction)
    kind: GoalKind = Choice(GoalKind)
    heading: Heading = Choice(Heading)
    aggregation: Aggregation = Choice(Aggregation, Aggregation.SUM)
    #: A feed of ours by name.
    feed: str | None = None
    #: Arithmetic over other KPIs of the same program.
    formula: str | None = None
    #: Rises with each change of what a value means; values of two versions are not compared.
    formula_version: int = 1


class KpiVersion(TenantModel, table=True):
    """What the values of a KPI meant before its meaning was changed, by whom and why. Never changed."""

    __tablename__ = "kpi_versions"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "kpi_id", "number"),
        tenant_key("kpi_id", "kpis"),
    )

    kpi_id: UUID
    number: int
    unit: str
    direction: Direction = Choice(Direction)
    aggregation: Aggregation = Choice(Aggregation)
    feed: str | None = None
    formula: str | None = None
    #: Why it was changed.
    note: str
    #: Who changed it (``Actor.name``).
    changed_by: str


class Goal(VersionedModel, table=True):
    """What a program wants to reach, in one number with a date and an owner."""

    __tablename__ = "goals"
    __table_args__ = (
        tenant_key("program_id", "programs"),
        tenant_key("owner_employee_id", "employees"),
    )

    program_id: UUID
    kind: GoalKind = Choice(GoalKind)
    heading: Heading = Choice(Heading)
    kpi: str
    title: str
    baseline: Decimal = Field(sa_type=sa.Numeric)
    target: Decimal = Field(sa_type=sa.Numeric)
    due_on: date
    owner_employee_id: UUID
    #: When its feed or formula was looked at last.
    refreshed_at: datetime | None = Instant(nullable=True)


class Method(StrEnum):
    """How a number came about; never shown without it."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    POTENTIAL = "potential"
    IMPORTED = "imported"


class Measurement(TenantModel, table=True):
    """A goal's value on one day, from one source. A day without a row is a gap, not zero."""

    __tablename__ = "measurements"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "goal_id", "measured_on", "source"),
        tenant_key("goal_id", "goals"),
    )

    goal_id: UUID
    value: Decimal = Field(sa_type=sa.Numeric)
    measured_on: date
    method: Method = Choice(Method)
    #: Where it came from (``manual``, ``csv``, ``formula:…``, ``feed:…``, ``connector:…``) and, behind a slash, of
    #: which series: both together are there once a day.
    source: str
    formula_version: str
    #: A part of the whole, such as one company page; empty: the whole.
    series: str = ""
    #: Who reported it (``Actor.name``); None: the product itself.
    reported_by: str | None = None
    #: When the value was written last, if not when the row was made.
    changed_at: datetime | None = Instant(nullable=True)

    @property
    def channel(self) -> str:
        """Where it came from, without the series."""
        return self.source.removesuffix(f"/{self.series}") if self.series else self.source


class MeasurementCorrection(TenantModel, table=True):
    """A value that was replaced: what it was, who had reported it, and who replaced it. Never changed."""

    __tablename__ = "measurement_corrections"
    __table_args__ = (
        sa.Index("measurement_corrections_of_a_value", "organization_id", "measurement_id"),
        tenant_key("goal_id", "goals"),
    )

    goal_id: UUID
    measurement_id: UUID
    value: Decimal = Field(sa_type=sa.Numeric)
    method: Method = Choice(Method)
    formula_version: str
    reported_by: str | None = None
    reported_at: datetime = Instant()
    replaced_by: str


class FeedSource(VersionedModel, table=True):
    """One page or account at a platform whose daily number is read into a goal, as a series of its own."""

    __tablename__ = "goal_feed_sources"
    __table_args__ = (
        sa.Index(
            "goal_feed_sources_once", "organization_id", "goal_id", "connector", "feed", "subject",
            unique=True, postgresql_where=sa.text("ended_on is null"),
        ),
        sa.Index("goal_feed_sources_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        tenant_key("goal_id", "goals"),
        tenant_key("platform_connection_id", "platform_connections"),
        tenant_key("connection_id", "connections"),
    )  # fmt: skip

    goal_id: UUID
    connector: str
    #: The organization's account at a platform, or else an account that its person lends.
    platform_connection_id: UUID | None = None
    connection_id: UUID | None = None
    #: A feed of the connector's manifest, and whether it counts a ``total`` or what a day ``added``.
    feed: str
    measures: str
    #: The vendor's id of the page or account.
    subject: str
    title: str
    created_by: str
    read_at: datetime | None = Instant(nullable=True)
    #: The last day of which there is a value.
    last_day_on: date | None = None
    #: Stable code of why it could not be read, and the connector's words for it.
    problem: str | None = None
    problem_words: str | None = None
    #: When it is read next.
    due_at: datetime | None = Instant(nullable=True)
    #: Since then it is no longer part of the whole.
    ended_on: date | None = None

    @property
    def series(self) -> str:
        """How measurements name it."""
        return self.subject
