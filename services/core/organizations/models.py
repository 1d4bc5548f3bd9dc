"""Tables of organizations: the tenant itself, its API keys, its role grants and its one-time links."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from services.core.kit.db import advocacy_now
from services.core.kit.ids import new_id
from services.core.kit.models import Choice, Instant, Json, TenantModel, UtcDateTime, VersionedModel, tenant_key
from services.core.kit.texts import Language


class Role(StrEnum):
    """What somebody is for an organization, or for one of its programs."""

    OWNER = "owner"
    PROGRAM_MANAGER = "program_manager"
    EDITOR = "editor"
    APPROVER = "approver"
    ANALYST = "analyst"
    SPONSOR = "sponsor"
    AMBASSADOR = "ambassador"
    INTEGRATION = "integration"
    IDENTITY_SYSTEM = "identity_system"


class Organization(SQLModel, table=True):
    """A tenant: a company that runs employee-advocacy programs."""

    __tablename__ = "organizations"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    default_language: Language = Choice(Language)
    time_zone: str
    created_at: datetime = Instant(now=True)
    updated_at: datetime = Field(
        default=None,
        sa_type=UtcDateTime,
        nullable=False,
        sa_column_kwargs={"server_default": advocacy_now(), "onupdate": advocacy_now()},
    )
    version: int = Field(default=1, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # a class-level directive
        return {"version_id_col": cls.__table__.c.version, "eager_defaults": True}  # type: ignore[attr-defined]


class ApiKey(VersionedModel, table=True):
    """A key to the API: of a person (``employee_id``) or of a service. Only a keyed hash of it is stored."""

    __tablename__ = "api_keys"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "key_id"),
        sa.Index("api_keys_by_key_id", "key_id"),
        tenant_key("employee_id", "employees"),
    )

    key_id: str
    secret_hash: bytes
    name: str
    employee_id: UUID | None = None
    scopes: list[str] = Json(list)
    expires_at: datetime = Instant()
    last_used_at: datetime | None = Instant(nullable=True)
    revoked_at: datetime | None = Instant(nullable=True)


class RoleGrant(TenantModel, table=True):
    """A role given to a person or to a service key, for the whole organization or for one program."""

    __tablename__ = "role_grants"
    __table_args__ = (
        sa.UniqueConstraint(
            "organization_id", "employee_id", "api_key_id", "role", "program_id", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("(employee_id is null) <> (api_key_id is null)", name="role_grants_one_holder"),
        tenant_key("employee_id", "employees"),
        tenant_key("api_key_id", "api_keys"),
        tenant_key("program_id", "programs"),
    )

    employee_id: UUID | None = None
    api_key_id: UUID | None = None
    role: Role = Choice(Role)
    program_id: UUID | None = None


class TokenPurpose(StrEnum):
    """What a one-time link was sent for."""

    INVITATION = "invitation"
    SIGN_IN = "sign_in"


class OneTimeToken(TenantModel, table=True):
    """A link that works once and proves that its reader holds the person's mailbox."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "token_hash"),
        sa.Index("one_time_tokens_by_hash", "token_hash"),
        tenant_key("employee_id", "employees"),
    )

    token_hash: bytes
    purpose: TokenPurpose = Choice(TokenPurpose)
    employee_id: UUID
    expires_at: datetime = Instant()
    used_at: datetime | None = Instant(nullable=True)
