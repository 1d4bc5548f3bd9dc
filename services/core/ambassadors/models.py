"""Tables of ambassadors: the persona a program looks for, invitations, and membership."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, VersionedModel, tenant_key
from services.core.kit.texts import Language


class Persona(VersionedModel, table=True):
    """Whom a program looks for: rules over what HR knows, nothing inferred."""

    __tablename__ = "personas"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    description: str
    #: ``min_tenure_months``, ``departments``, ``job_families``, ``countries``; an absent rule admits everybody.
    criteria: dict[str, Any] = Json()


class InvitationState(StrEnum):
    """An invitation is answered by the person alone, or runs out."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class Invitation(VersionedModel, table=True):
    """A program asks an employee to become an ambassador."""

    __tablename__ = "invitations"
    __table_args__ = (
        sa.Index(
            "invitations_one_open", "organization_id", "program_id", "employee_id", unique=True,
            postgresql_where=sa.text("state in ('sent', 'accepted')"),
        ),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )  # fmt: skip

    program_id: UUID
    employee_id: UUID
    state: InvitationState = Choice(InvitationState)
    language: Language = Choice(Language)
    message: str | None = None
    expires_at: datetime = Instant()
    answered_at: datetime | None = Instant(nullable=True)


class AmbassadorState(StrEnum):
    """Where a person is in one program."""

    CANDIDATE = "candidate"
    INVITED = "invited"
    APPLIED = "applied"
    JOINED = "joined"
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    DECLINED = "declined"
    REFUSED = "refused"
    EXPIRED = "expired"


class Ambassador(VersionedModel, table=True):
    """One employee in one program."""

    __tablename__ = "ambassadors"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "employee_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    employee_id: UUID
    state: AmbassadorState = Choice(AmbassadorState)
    language: Language = Choice(Language)
    joined_at: datetime | None = Instant(nullable=True)
    activated_at: datetime | None = Instant(nullable=True)
    left_at: datetime | None = Instant(nullable=True)
