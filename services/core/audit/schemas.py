"""What callers get of the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from services.core.audit.models import AuditHead
from services.core.kit.schemas import ReadModel


class AuditEntryRead(ReadModel):
    """One deed."""

    id: UUID
    actor: str
    action: str
    object_type: str
    object_id: UUID
    before: dict[str, Any]
    after: dict[str, Any]
    request_id: str | None
    created_at: datetime


class AuditChainRead(ReadModel):
    """The chain over the entries, as it stands."""

    #: How many entries were ever chained, and the keyed hash of the last one.
    position: int
    mac: str | None
    chained_at: datetime | None
    #: Entries that are not chained yet.
    waiting: int
    #: The first position that is still kept.
    first_position: int
    #: How far the head was written down outside the database, and when.
    exported_position: int | None
    exported_at: datetime | None
    #: When the whole chain was last gone through, and whether all was well; null: not yet.
    verified_at: datetime | None
    is_valid: bool | None
    problem: str | None

    @classmethod
    def of(cls, head: AuditHead | None, *, waiting: int) -> AuditChainRead:
        """From the head; a chain that has not begun is empty."""
        if head is None:
            return cls(
                position=0, mac=None, chained_at=None, waiting=waiting, first_position=1, exported_position=None,
                exported_at=None, verified_at=None, is_valid=None, problem=None,
            )  # fmt: skip
        return cls(
            position=head.position,
            mac=head.mac.hex(),
            chained_at=head.chained_at,
            waiting=waiting,
            first_position=head.checkpoint_position + 1,
            exported_position=head.exported_position,
            exported_at=head.exported_at,
            verified_at=head.verified_at,
            is_valid=head.problem is None if head.verified_at is not None else None,
            problem=head.problem,
        )
