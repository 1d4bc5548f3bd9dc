"""Tables of content plans: what a program wants to say and how often, its periods, and plans that came late."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class PeriodKind(StrEnum):
    """What is planned at a time: an ISO week (Monday to Sunday) or a calendar month."""

    WEEK = "week"
    MONTH = "month"


class ContentPlan(VersionedModel, table=True):
    """What a program wants to say, for which periods it is planned, and when the plan of the next one is due."""

    __tablename__ = "content_plans"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id"),
        tenant_key("program_id", "programs"),
        tenant_key("owner_employee_id", "employees"),
    )

    program_id: UUID
    #: None = whoever holds content in the program.
    owner_employee_id: UUID | None = None
    #: ``{"slug": str, "titles": {language: str}, "topics": [slug]}`` each; content belongs to it by its topics.
    themes: list[dict[str, Any]] = Json(list)
    #: The kinds of period that have to be planned.
    cadence: list[str] = Json(list)
    #: The last such weekday (ISO, Monday is 1) before a period, and the time of that day, where the organization is.
    due_weekday: int
    due_time: str


class PlannedPeriod(VersionedModel, table=True):
    """How many items a program wants to offer in one week or month."""

    __tablename__ = "content_plan_periods"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "kind", "starts_on"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    kind: PeriodKind = Choice(PeriodKind)
    starts_on: date
    items: int
    #: How many of them, by slug of a theme, by language and by network.
    by_theme: dict[str, int] = Json()
    by_language: dict[str, int] = Json()
    by_network: dict[str, int] = Json()
    note: str | None = None


class ClosedBy(StrEnum):
    """Why nobody has to do anything about a missing plan any more."""

    PLANNED = "planned"
    PASSED = "passed"
    NOT_WANTED = "not_wanted"


class PlanAlert(TenantModel, table=True):
    """The plan of a period was not there when it was due. Raised once; it closes by itself."""

    __tablename__ = "content_plan_alerts"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "kind", "starts_on"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    kind: PeriodKind = Choice(PeriodKind)
    starts_on: date
    due_at: datetime = Instant()
    #: Who was told; None while nobody answers for content.
    employee_id: UUID | None = None
    closed_at: datetime | None = Instant(nullable=True)
    closed_by: ClosedBy | None = Choice(ClosedBy, nullable=True)
