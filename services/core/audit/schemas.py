"""What callers get of the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

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
