"""Tables of privacy: what people ask of what is known of them, the files they get, and holds of the law."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class RequestKind(StrEnum):
    """What a person asks for."""

    EXPORT = "export"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """Where a request is."""

    AWAITING_CONFIRMATION = "awaiting_confirmation"
    QUEUED = "queued"
    #: Access has ended here; networks and platforms are asked to let go too.
    CLOSING = "closing"
    HELD = "held"
    DONE = "done"
    CANCELLED = "cancelled"


#: What a job has to look at.
AT_WORK = (RequestState.QUEUED, RequestState.CLOSING, RequestState.HELD)


class PrivacyRequest(VersionedModel, table=True):
    """One request of one person. After an erasure it names a record that is nobody's."""

    __tablename__ = "privacy_requests"
    __table_args__ = (
        sa.Index("privacy_requests_of_a_person", "organization_id", "employee_id"),
        sa.Index(
            "privacy_requests_at_work", "id", postgresql_where=sa.text("state in ('queued', 'closing', 'held')")
        ),
        tenant_key("employee_id", "employees"),
    )  # fmt: skip

    employee_id: UUID
    kind: RequestKind = Choice(RequestKind)
    state: RequestState = Choice(RequestState)
    #: 0 to 100.
    progress: int = 0
    #: Rows by table: of a preview what would go and what would stay, of what is done what did.
    counts: dict[str, Any] = Json()
    confirmed_at: datetime | None = Instant(nullable=True)
    #: By then it is done, unless a hold stands against it.
    due_at: datetime = Instant()
    finished_at: datetime | None = Instant(nullable=True)


class PrivacyFile(TenantModel, table=True):
    """What an export has gathered, sealed with the person's key; gone after seven days."""

    __tablename__ = "privacy_files"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "request_id"),
        tenant_key("request_id", "privacy_requests"),
    )

    request_id: UUID
    sealed_file: bytes


class LegalHold(VersionedModel, table=True):
    """The law wants a person's records kept: nothing of theirs is erased until it is released."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        sa.Index("legal_holds_of_a_person", "organization_id", "employee_id"),
        tenant_key("employee_id", "employees"),
    )

    employee_id: UUID
    #: The case, as the organization names it. The person reads that there is a hold, and not this.
    reason: str
    #: As audit names a caller.
    placed_by: str
    released_by: str | None = None
    released_at: datetime | None = Instant(nullable=True)
