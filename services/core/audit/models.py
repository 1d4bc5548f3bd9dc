"""Tables of audit: append-only entries, and the chain that shows when one was changed or taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Instant, Json, TenantModel


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


class AuditPending(TenantModel, table=True):
    """An entry that waits to be chained; ``id`` is the entry's. The database adds it with the entry."""

    __tablename__ = "audit_pending"


class AuditLink(TenantModel, table=True):
    """An entry's place in the chain; ``id`` is the entry's. No foreign key: it must outlive what somebody deletes."""

    __tablename__ = "audit_links"
    __table_args__ = (sa.UniqueConstraint("organization_id", "position"),)

    #: 1 for the first entry of the organization, without gaps.
    position: int = Field(sa_type=sa.BigInteger)
    #: Keyed hash of the link before, the position and the entry.
    mac: bytes


class AuditHead(TenantModel, table=True):
    """The end of an organization's chain, the key it is made with, and where it begins since old entries went."""

    __tablename__ = "audit_heads"
    __table_args__ = (sa.UniqueConstraint("organization_id"),)

    position: int = Field(default=0, sa_type=sa.BigInteger)
    mac: bytes
    chained_at: datetime | None = Instant(nullable=True)
    #: The chain's own key, wrapped by a master key: who has the database alone cannot make a link.
    wrapped_key: bytes
    #: The last entry that was kept its time and went, the link it had, and our seal under both.
    checkpoint_position: int = Field(default=0, sa_type=sa.BigInteger)
    checkpoint_mac: bytes | None = None
    checkpoint_seal: bytes | None = None
    #: How far the head has been written down elsewhere.
    exported_position: int | None = Field(default=None, sa_type=sa.BigInteger)
    exported_at: datetime | None = Instant(nullable=True)
    #: When the whole chain was last gone through, and what was wrong with it then.
    verified_at: datetime | None = Instant(nullable=True)
    problem: str | None = None
