"""Tables of training: modules, a program's curriculum, sessions and who is in them, quizzes, certificates, costs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language


class Topic(StrEnum):
    """What a module teaches."""

    MARKETING_WRITING = "marketing_writing"
    PHOTOGRAPHY_IMAGE_EDITING = "photography_image_editing"
    LINKEDIN_PROFILE = "linkedin_profile"
    NETWORK_CONDUCT = "network_conduct"
    ANALYTICS_TOOLS = "analytics_tools"
    CUSTOM = "custom"


class ProviderKind(StrEnum):
    """Who teaches."""

    INTERNAL = "internal"
    EXTERNAL = "external"


class CostPer(StrEnum):
    """What a module's cost is counted by."""

    SEAT = "seat"
    SESSION = "session"


class Completion(StrEnum):
    """What completes a module."""

    QUIZ = "quiz"
    ATTENDANCE = "attendance"
    EITHER = "either"
    BOTH = "both"


class Module(VersionedModel, table=True):
    """Something that people learn, for one program or for the whole organization."""

    __tablename__ = "training_modules"
    __table_args__ = (tenant_key("program_id", "programs"),)

    #: None = of the organization, for every program.
    program_id: UUID | None = None
    topic: Topic = Choice(Topic)
    #: Per language.
    title: dict[str, str] = Json()
    summary: dict[str, str] = Json()
    provider_kind: ProviderKind = Choice(ProviderKind, ProviderKind.INTERNAL)
    provider_name: str | None = None
    provider_contact: str | None = None
    cost_per: CostPer | None = Choice(CostPer, nullable=True)
    cost_amount: Decimal | None = Field(default=None, sa_type=sa.Numeric, nullable=True)
    #: ISO 4217.
    cost_currency: str | None = None
    #: What a curriculum takes over unless it says otherwise.
    is_mandatory: bool = False
    #: ``{"title": {language: text}, "url": https}`` each.
    materials: list[dict[str, Any]] = Json(list)
    completion: Completion = Choice(Completion, Completion.ATTENDANCE)
    #: None = a certificate does not run out.
    validity_months: int | None = None
    #: Questions with the right options; never shown to who answers them.
    quiz: dict[str, Any] | None = Json(lambda: None, nullable=True)
    archived_at: datetime | None = Instant(nullable=True)


class CurriculumEntry(TenantModel, table=True):
    """A module in the curriculum of a program, at its place."""

    __tablename__ = "curriculum_entries"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "module_id"),
        # Asked for each post on its way: for a program without a gate it is one look at an index that is empty.
        sa.Index("curriculum_gates", "organization_id", "program_id", postgresql_where=sa.text("gates_sharing")),
        tenant_key("program_id", "programs"),
        tenant_key("module_id", "training_modules"),
    )

    program_id: UUID
    module_id: UUID
    position: int
    is_mandatory: bool
    #: Without a valid certificate nothing is shared for the program.
    gates_sharing: bool


class SessionState(StrEnum):
    """Where a session is."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class TrainingSession(VersionedModel, table=True):
    """One time at which a module is taught, for the people of one program, whose budget pays."""

    __tablename__ = "training_sessions"
    __table_args__ = (
        sa.Index("training_sessions_of_a_module", "organization_id", "module_id", "starts_at"),
        tenant_key("module_id", "training_modules"),
        tenant_key("program_id", "programs"),
    )

    module_id: UUID
    program_id: UUID
    state: SessionState = Choice(SessionState, SessionState.PLANNED)
    #: Wall times where it takes place, as they were given, and the zone they are in.
    starts_local: str
    ends_local: str
    time_zone: str
    starts_at: datetime = Instant()
    ends_at: datetime = Instant()
    place: str | None = None
    meeting_link: str | None = None
    trainer: str
    language: Language = Choice(Language)
    seats: int
    #: As of the module when it was planned.
    cost_per: CostPer | None = Choice(CostPer, nullable=True)
    cost_amount: Decimal | None = Field(default=None, sa_type=sa.Numeric, nullable=True)
    cost_currency: str | None = None
    #: SEQUENCE of its calendar entry: a calendar takes the higher one for the newer.
    sequence: int = 0
    #: Why the budget was exceeded for it, in the words of whoever decided so.
    override_reason: str | None = None


class EnrolmentState(StrEnum):
    """Where a person is with one session."""

    INVITED = "invited"
    ENROLLED = "enrolled"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"


class Enrolment(VersionedModel, table=True):
    """One person and one session."""

    __tablename__ = "training_enrolments"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "session_id", "employee_id"),
        sa.Index("training_enrolments_of_a_person", "organization_id", "employee_id"),
        tenant_key("session_id", "training_sessions"),
        tenant_key("employee_id", "employees"),
    )

    session_id: UUID
    employee_id: UUID
    state: EnrolmentState = Choice(EnrolmentState)
    #: Since when somebody waits for a seat; who waits longest is next.
    waiting_since: datetime | None = Instant(nullable=True)
    #: What the person was told last: their state, and which sequence of the session.
    told_state: EnrolmentState | None = Choice(EnrolmentState, nullable=True)
    told_of: int | None = None
    #: SEQUENCE of the entry in their calendar, and whether it is there.
    calendar_sequence: int | None = None
    is_in_calendar: bool = False


class QuizAttempt(TenantModel, table=True):
    """One person's answers to a quiz, sealed with their key: nobody else reads them."""

    __tablename__ = "quiz_attempts"
    __table_args__ = (
        sa.Index("quiz_attempts_of_a_person", "organization_id", "employee_id", "module_id", "id"),
        tenant_key("module_id", "training_modules"),
        tenant_key("employee_id", "employees"),
    )

    module_id: UUID
    employee_id: UUID
    is_passed: bool
    sealed_content: bytes


class Certificate(VersionedModel, table=True):
    """A person has completed a module, on stored evidence, until it runs out."""

    __tablename__ = "certificates"
    __table_args__ = (
        sa.Index("certificates_of_a_person", "organization_id", "employee_id", "module_id"),
        sa.Index(
            "certificates_running_out", "expires_at",
            postgresql_where=sa.text("expires_at is not null and revoked_at is null and lapsed_at is null"),
        ),
        tenant_key("module_id", "training_modules"),
        tenant_key("employee_id", "employees"),
    )  # fmt: skip

    module_id: UUID
    employee_id: UUID
    issued_at: datetime = Instant()
    #: The first moment at which it counts no more; None = never.
    expires_at: datetime | None = Instant(nullable=True)
    revoked_at: datetime | None = Instant(nullable=True)
    #: ``{"kind": "quiz" | "attendance" | "acknowledgement", "id": …, "at": …}`` each.
    evidence: list[dict[str, Any]] = Json(list)
    #: The least number of days ahead of which its end was said.
    reminded_days: int | None = None
    #: When its end was dealt with.
    lapsed_at: datetime | None = Instant(nullable=True)


class Budget(VersionedModel, table=True):
    """What a program may spend on training."""

    __tablename__ = "training_budgets"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    amount: Decimal = Field(sa_type=sa.Numeric)
    currency: str


class CostStage(StrEnum):
    """How sure an amount is."""

    PLANNED = "planned"
    COMMITTED = "committed"
    SPENT = "spent"


class Cost(TenantModel, table=True):
    """One amount of a program's training; the report is the sum of these and nothing else."""

    __tablename__ = "training_costs"
    __table_args__ = (
        sa.Index(
            "training_costs_of_a_session", "organization_id", "session_id", "stage", unique=True,
            postgresql_where=sa.text("session_id is not null"),
        ),
        sa.Index("training_costs_of_a_program", "organization_id", "program_id"),
        tenant_key("program_id", "programs"),
        tenant_key("session_id", "training_sessions"),
        tenant_key("module_id", "training_modules"),
    )  # fmt: skip

    program_id: UUID
    module_id: UUID | None = None
    #: None = entered by hand: an invoice, or its correction.
    session_id: UUID | None = None
    stage: CostStage = Choice(CostStage)
    amount: Decimal = Field(sa_type=sa.Numeric)
    currency: str
    what: str | None = None
    occurred_on: date
    override_reason: str | None = None
