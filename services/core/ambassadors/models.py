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
    #: Never stored: managers see membership, and a pause is the person's own. Who pauses has a row in ``pauses``.
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


class Preferences(VersionedModel, table=True):
    """When and how often a person wants to post, over all programs. Only stricter than a program, never looser."""

    __tablename__ = "preferences"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "employee_id"),
        tenant_key("employee_id", "employees"),
    )

    employee_id: UUID
    #: IANA name; None = the one the directory says.
    time_zone: str | None = None
    #: ISO 3166-1 alpha-2, for public holidays, and ISO 3166-2 without the country; None = the directory's country.
    country: str | None = None
    subdivision: str | None = None
    observes_holidays: bool = False
    #: ISO weekdays, Monday is 1; None = any day.
    working_days: list[int] | None = Json(lambda: None, nullable=True)
    #: ``HH:MM`` in the person's zone; may run over midnight. Both or neither.
    quiet_from: str | None = None
    quiet_to: str | None = None
    #: As of a program's channel; empty = any time.
    windows: list[dict[str, Any]] = Json(list)
    max_per_day: int | None = None
    max_per_week: int | None = None
    #: Languages in which the person wants to be offered content; empty = any.
    languages: list[str] = Json(list)


class PauseKind(StrEnum):
    """Why somebody pauses, as far as they want to say. Nobody else reads it."""

    LEAVE = "leave"
    HOLIDAY = "holiday"
    BREAK = "break"


class Pause(VersionedModel, table=True):
    """A person pauses, in one program or in all: no offers, no reminders, nothing goes out, and no penalty."""

    __tablename__ = "pauses"
    __table_args__ = (
        sa.Index("pauses_of_a_person", "organization_id", "employee_id", "starts_at"),
        tenant_key("employee_id", "employees"),
        tenant_key("program_id", "programs"),
    )

    employee_id: UUID
    #: None = every program.
    program_id: UUID | None = None
    kind: PauseKind = Choice(PauseKind)
    starts_at: datetime = Instant()
    #: The first moment after it; None = until the person ends it.
    ends_at: datetime | None = Instant(nullable=True)
