"""What callers send and get about what is known of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.privacy.consents import ConsentKind
from services.core.privacy.models import RequestKind, RequestState


class ConsentRead(ReadModel):
    """One yes of the caller, and what became of it."""

    id: UUID
    kind: ConsentKind
    purpose: str
    network: str | None
    program_id: UUID | None
    given_at: datetime
    given_by: str
    content_hash: str | None
    text_version: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class PrivacyRequestCreate(WriteModel):
    """What the caller asks for."""

    kind: RequestKind = Field(
        examples=["export"], description="`export`: a file with all that is known of you. `erasure`: that it goes."
    )


class PrivacyRequestRead(ReadModel):
    """A request of the caller."""

    id: UUID
    kind: RequestKind
    state: RequestState
    #: 0 to 100.
    progress: int
    #: Rows by table, of an erasure: ``deleted``, and ``without_a_name`` of what stays for the numbers.
    counts: dict[str, dict[str, int]]
    next_step: str
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None


class LegalHoldCreate(WriteModel):
    """Whose records the law wants kept, and for which case."""

    employee_id: UUID
    reason: str = Field(min_length=1, max_length=400, examples=["Case 4711"])


class LegalHoldRead(ReadModel):
    """A hold."""

    id: UUID
    employee_id: UUID
    reason: str
    placed_by: str
    created_at: datetime
    released_by: str | None
    released_at: datetime | None
