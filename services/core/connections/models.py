"""Tables of connections: the linked account, and the request to link one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

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
        sa.Index("connections_to_renew", "renew_at", postgresql_where=sa.text("renew_at is not null")),
        sa.Index("connections_ending", "grant_ends_at", postgresql_where=sa.text("grant_ends_at is not null")),
        sa.Index("connections_to_withdraw", "revoke_until", postgresql_where=sa.text("revoke_until is not null")),
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
    #: A process is renewing the token until then; the others wait and read again.
    refresh_lease_until: datetime | None = Instant(nullable=True)
    #: Whether we can renew the access by ourselves.
    is_renewable: bool = False
    #: When we renew it next, or try again after a failure.
    renew_at: datetime | None = Instant(nullable=True)
    #: From then on only the person can renew the access: the end of the refresh token, or of a token without one.
    grant_ends_at: datetime | None = Instant(nullable=True)
    #: How many days before that end the person was last reminded: 14, 7 or 1.
    reminded_days: int | None = None
    #: Tries in a row that failed for a reason of this account; three pause it.
    failures_in_row: int = 0
    #: Stable code of why it cannot be used, for the person.
    problem: str | None = None
    #: Names one incident, from its start until it is over: its person is told of it once.
    incident_id: UUID | None = None
    #: Another account that came back while one was linked, sealed; used once its person confirms, and not before.
    new_grant: dict[str, Any] | None = Json(lambda: None, nullable=True)
    #: After the cut the network is asked until then to take its grant back; then the token is destroyed in any case.
    revoke_until: datetime | None = Instant(nullable=True)
    #: When the network took it back.
    withdrawn_at: datetime | None = Instant(nullable=True)
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


class ConnectionBudget(TenantModel, table=True):
    """How much of a vendor's allowance for one account is used in the current period."""

    __tablename__ = "connection_budgets"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "connection_id", "name"),
        tenant_key("connection_id", "connections"),
    )

    connection_id: UUID
    #: The budget of the connector's manifest.
    name: str
    period_starts_at: datetime = Instant()
    used: int = 0


class VendorBudget(SQLModel, table=True):
    """How much of a vendor's allowance for our whole application is used. Belongs to the installation."""

    __tablename__ = "vendor_budgets"

    connector: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    period_starts_at: datetime = Instant()
    used: int = 0


class VendorBreaker(SQLModel, table=True):
    """Whether a vendor is let alone for a while after failing often. Belongs to the installation."""

    __tablename__ = "vendor_breakers"

    connector: str = Field(primary_key=True)
    #: Failures since ``counted_from``.
    failures: int = 0
    counted_from: datetime = Instant()
    #: None = closed. While open, one probe goes out at ``probe_at``.
    opened_at: datetime | None = Instant(nullable=True)
    probe_at: datetime | None = Instant(nullable=True)


class WebhookReceipt(TenantModel, table=True):
    """One notification of a vendor, verified and kept before it is worked on; the same one again is dropped."""

    __tablename__ = "webhook_receipts"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "connection_id", "event_id"),
        sa.Index("webhook_receipts_unsettled", "id", postgresql_where=sa.text("settled_at is null")),
        tenant_key("connection_id", "connections"),
    )

    connection_id: UUID
    event_id: str
    #: What it says, in our words; nothing personal.
    notice: dict[str, Any] = Json()
    #: None until it found the row it is about; given up after 24 hours.
    settled_at: datetime | None = Instant(nullable=True)
