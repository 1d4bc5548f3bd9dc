"""Tables of audit: append-only entries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.core.kit.models import Json, TenantModel


class AuditEntry(TenantModel, table=True):
    """One deed: ids and allowed fields, no names. The database refuses to change or delete it."""

    __tablename__ = "audit_entries"

    #: ``key:<id>``, ``person:<id>``, ``operator`` or ``system``.
    actor: str
    #: Dotted, such as ``program.transition``.
    action: str
    object_type: str
    object_id: UUID
    before: dict[str, Any] = Json()
    after: dict[str, Any] = Json()
    request_id: str | None = None
