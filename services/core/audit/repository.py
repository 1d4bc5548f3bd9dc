"""Every query on the audit."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.audit.models import AuditEntry
from services.core.kit.db import organization_of


def visible_entries(session: AsyncSession) -> SelectOfScalar[AuditEntry]:
    """Entries an owner may read: not those about a person's own account."""
    return select(AuditEntry).where(
        AuditEntry.organization_id == organization_of(session), col(AuditEntry.object_type) != "connections"
    )
