"""Tables of connections: the linked account, and the request to link one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class ConnectionState(StrEnum):
    """Whether an account can be used."""

    PENDING = "pending"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    ACTIVE = "active"
    NEEDS_RECONNECT = "needs_reconnect"
    PAUSED = "paused"
    REVOKED = "revoked"


class Connection(VersionedModel, table=True):
    """One account of one person. Token and handle are sealed with the person's key; no employer role reads them."""

    __tablename__ = "connections"
    __table_args__ = (
        sa.Index(
            "connections_one_person_per_account", "organization_id", "connector", "account_hash", unique=True,
            postgresql_where=sa.text("state not in ('pending', 'awaiting_confirmation', 'revoked')"),
        ),
        tenant_key("employee_id", "employees"),
    )  # fmt: skip

    employee_id: UUID
    connector: str
    state: ConnectionState = Choice(ConnectionState)
    #: Keyed hash of the network's account id: finds an account that another person linked, and nothing else.
    account_hash: bytes | None = None
    sealed_account: bytes | None = None
    sealed_credentials: bytes | None = None
    scopes: list[str] = Json(list)
    token_expires_at: datetime | None = Instant(nullable=True)
    #: Moves with each token written, so that a refresh never overwrites a newer one.
    token_version: int = 0
    #: Stable code of why it cannot be used, for the person.
    problem: str | None = None
    confirmed_at: datetime | None = Instant(nullable=True)
    #: Keyed hash of the code that was shown in the browser that allowed us, and how often a wrong one was tried.
    confirmation_hash: bytes | None = None
    wrong_codes: int = 0


class AuthorizationRequest(TenantModel, table=True):
    """A person went to the network to allow us; the state that comes back is good once, for ten minutes."""

    __tablename__ = "authorization_requests"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "state_hash"),
        sa.Index("authorization_requests_by_state", "state_hash"),
        tenant_key("connection_id", "connections"),
    )

    connection_id: UUID
    state_hash: bytes
    expires_at: datetime = Instant()
    used_at: datetime | None = Instant(nullable=True)
