"""Tables of coaching: a person's profile checklist, how it was assessed over time, and whom they let see it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, TenantModel, VersionedModel, tenant_key


class Checklist(VersionedModel, table=True):
    """One person's profile on one network, as far as they want to work on it. The profile itself is never read."""

    __tablename__ = "profile_checklists"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "employee_id", "network"),
        tenant_key("employee_id", "employees"),
    )

    employee_id: UUID
    network: str


class Assessor(StrEnum):
    """Who looked."""

    SELF = "self"
    COACH = "coach"


class Assessment(TenantModel, table=True):
    """One look at a profile: items, score and note, sealed with the key of the person whose profile it is."""

    __tablename__ = "profile_assessments"
    __table_args__ = (
        sa.Index("profile_assessments_of_a_checklist", "organization_id", "checklist_id", "id"),
        tenant_key("checklist_id", "profile_checklists"),
        tenant_key("employee_id", "employees"),
    )

    checklist_id: UUID
    employee_id: UUID
    assessor: Assessor = Choice(Assessor)
    sealed_content: bytes


class CoachingState(StrEnum):
    """A coach is named by the person, and says yes or no; either of them ends it."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ENDED = "ended"


class Coaching(VersionedModel, table=True):
    """A person lets one colleague see and assess one checklist."""

    __tablename__ = "coachings"
    __table_args__ = (
        sa.Index(
            "coachings_one_open", "organization_id", "checklist_id", "coach_employee_id", unique=True,
            postgresql_where=sa.text("state in ('asked', 'accepted')"),
        ),
        sa.Index("coachings_of_a_coach", "organization_id", "coach_employee_id"),
        tenant_key("checklist_id", "profile_checklists"),
        tenant_key("employee_id", "employees"),
        tenant_key("coach_employee_id", "employees"),
    )  # fmt: skip

    checklist_id: UUID
    employee_id: UUID
    coach_employee_id: UUID
    state: CoachingState = Choice(CoachingState, CoachingState.ASKED)
    answered_at: datetime | None = Instant(nullable=True)
    ended_at: datetime | None = Instant(nullable=True)
