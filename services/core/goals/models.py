"""Tables of goals: what a program wants to reach, and its value day by day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Choice, TenantModel, VersionedModel, tenant_key
from services.core.programs.models import GoalKind


class Heading(StrEnum):
    """The four headings under which a report shows outcomes."""

    EMPLOYER_BRAND = "employer_brand"
    HIRING_RETENTION = "hiring_retention"
    SALES = "sales"
    COST = "cost"


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
    #: Where it came from: ``manual`` or the name of a feed.
    source: str
    formula_version: str
