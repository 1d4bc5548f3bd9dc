"""Tables of recruitment: a colleague's word for somebody, and applications."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language


class NominationState(StrEnum):
    """Answered by the nominee alone. Whoever nominated never learns which it is."""

    ASKED = "asked"
    PASSED_ON = "passed_on"
    DECLINED = "declined"


class Nomination(TenantModel, table=True):
    """A colleague's word for somebody. Its words are about the nominee, and sealed with the nominee's key."""

    __tablename__ = "nominations"
    __table_args__ = (
        sa.Index(
            "nominations_one_open", "organization_id", "program_id", "nominator_id", "nominee_id", unique=True,
            postgresql_where=sa.text("state = 'asked'"),
        ),
        tenant_key("program_id", "programs"),
        tenant_key("nominator_id", "employees"),
        tenant_key("nominee_id", "employees"),
    )  # fmt: skip

    program_id: UUID
    nominator_id: UUID
    nominee_id: UUID
    state: NominationState = Choice(NominationState, NominationState.ASKED)
    #: ``reason``, ``traits``, ``skills``, and the ``nominator``'s name as the nominee reads it.
    sealed_content: bytes
    expires_at: datetime = Instant()
    answered_at: datetime | None = Instant(nullable=True)


class ApplicationState(StrEnum):
    """Where an application is. Withdrawing is the person's, the rest is decided by the program."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Origin(StrEnum):
    """How somebody came to apply."""

    OWN = "own"
    OPEN_CALL = "open_call"
    NOMINATION = "nomination"


class RefusalReason(StrEnum):
    """Why a program says no: the codes that are counted; each has its words."""

    NO_PLACES = "no_places"
    PERSONA = "persona"
    NEEDS_MET = "needs_met"
    TOO_EARLY = "too_early"
    NOT_NOW = "not_now"


class Application(VersionedModel, table=True):
    """Somebody asks to become an ambassador. What they and their nominator say is sealed with their key."""

    __tablename__ = "applications"
    __table_args__ = (
        sa.Index(
            "applications_one_open", "organization_id", "program_id", "employee_id", unique=True,
            postgresql_where=sa.text("state = 'applied'"),
        ),
        sa.Index("applications_of_a_person", "organization_id", "employee_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
        tenant_key("call_id", "open_calls"),
        tenant_key("nomination_id", "nominations"),
    )  # fmt: skip

    program_id: UUID
    employee_id: UUID
    origin: Origin = Choice(Origin)
    call_id: UUID | None = None
    nomination_id: UUID | None = None
    state: ApplicationState = Choice(ApplicationState, ApplicationState.APPLIED)
    language: Language = Choice(Language)
    #: ``words`` of the person, ``nomination`` as they let it pass, ``answer`` in the program's own words.
    sealed_content: bytes
    reason: RefusalReason | None = Choice(RefusalReason, nullable=True)
    decided_at: datetime | None = Instant(nullable=True)
    #: As audit names a caller.
    decided_by: str | None = None
    withdrawn_at: datetime | None = Instant(nullable=True)
