"""Tables of ambassadors: whom a program looks for and how it takes them in, membership, and what people say."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
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
    #: What is asked, by the names of ``schemas.Criteria``; an absent rule admits everybody.
    criteria: dict[str, Any] = Json()
    #: ``{"weight": 1..100, "strictness": "must" | "should"}`` by criterion; who is not named weighs 1 and is a must.
    terms: dict[str, Any] = Json()
    #: ``{"kind": "skill" | "language" | "department", "value": str, "people": int}`` each: what the program needs.
    wanted: list[dict[str, Any]] = Json(list)


class Step(StrEnum):
    """What a program may ask of somebody between joining and the first share."""

    ACKNOWLEDGE_POLICY = "acknowledge_policy"
    SHARING_PATH = "sharing_path"
    PREFERENCES = "preferences"
    TRAINING = "training"
    PROFILE_TIPS = "profile_tips"


class Intake(VersionedModel, table=True):
    """How a program takes people in: how many, how often it reminds, and what stands before the first share."""

    __tablename__ = "intakes"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    #: Members at one time; who comes later waits. None = as many as come.
    capacity: int | None = None
    #: Of one invitation.
    max_reminders: int = 2
    reminder_days: int = 4
    takes_applications: bool = True
    takes_nominations: bool = True
    #: Besides the policy, which always comes first; empty = who has agreed to the policy is active.
    steps: list[str] = Json(list)


class CallState(StrEnum):
    """Whether a call takes applications; one past its deadline does not, whatever its state."""

    OPEN = "open"
    CLOSED = "closed"


class OpenCall(VersionedModel, table=True):
    """A call for more ambassadors, with a link that anybody in the organization may follow."""

    __tablename__ = "open_calls"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "code"),
        sa.Index("open_calls_by_code", "code", unique=True),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    #: What the link ends with: random, and no secret.
    code: str
    state: CallState = Choice(CallState, CallState.OPEN)
    #: By language.
    titles: dict[str, str] = Json()
    texts: dict[str, str] = Json()
    #: As of a persona, over what the directory knows; who is known not to meet one cannot apply.
    criteria: dict[str, Any] = Json()
    #: How many of those who come through this call are members at one time; None = as many as come.
    capacity: int | None = None
    closes_at: datetime = Instant()


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
        sa.Index(
            "invitations_to_remind", "next_reminder_at", postgresql_where=sa.text("next_reminder_at is not null")
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
    reminders_sent: int = 0
    #: None = nothing more is said: it was answered, or the last reminder has gone.
    next_reminder_at: datetime | None = Instant(nullable=True)


class AmbassadorState(StrEnum):
    """Where a person is in one program."""

    CANDIDATE = "candidate"
    INVITED = "invited"
    APPLIED = "applied"
    #: Accepted, and every place is taken; moves up by itself.
    WAITING = "waiting"
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
        sa.Index("ambassadors_onboarding", "id", postgresql_where=sa.text("state = 'onboarding'")),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
        tenant_key("call_id", "open_calls"),
    )

    program_id: UUID
    employee_id: UUID
    #: The open call they came through, whose places they count for.
    call_id: UUID | None = None
    state: AmbassadorState = Choice(AmbassadorState)
    language: Language = Choice(Language)
    joined_at: datetime | None = Instant(nullable=True)
    activated_at: datetime | None = Instant(nullable=True)
    left_at: datetime | None = Instant(nullable=True)
    #: Since when they wait for a place; kept as long as they wait.
    waiting_since: datetime | None = Instant(nullable=True)


class OnboardingMark(TenantModel, table=True):
    """A step that is done because the person says so, such as choosing to share by hand."""

    __tablename__ = "onboarding_marks"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "employee_id", "step"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    employee_id: UUID
    step: Step = Choice(Step)


class Declaration(VersionedModel, table=True):
    """What a person says of themselves: traits, skills, languages, presence. Sealed with their key."""

    __tablename__ = "declarations"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "employee_id"),
        tenant_key("employee_id", "employees"),
    )

    employee_id: UUID
    sealed_content: bytes


class Purpose(StrEnum):
    """What of a declaration a program may look at; each is agreed to apart."""

    PRESENCE = "presence"
    TRAITS = "traits"
    SKILLS = "skills"
    LANGUAGES = "languages"


class DeclarationConsent(TenantModel, table=True):
    """A person lets one program look at a part of what they have declared; kept when withdrawn, as evidence."""

    __tablename__ = "declaration_consents"
    __table_args__ = (
        sa.Index(
            "declaration_consents_one_live", "organization_id", "employee_id", "program_id", "purpose", unique=True,
            postgresql_where=sa.text("withdrawn_at is null"),
        ),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )  # fmt: skip

    program_id: UUID
    employee_id: UUID
    purpose: Purpose = Choice(Purpose)
    #: Of the words they agreed to, and the language in which they read them.
    text_version: int
    language: Language = Choice(Language)
    withdrawn_at: datetime | None = Instant(nullable=True)


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
