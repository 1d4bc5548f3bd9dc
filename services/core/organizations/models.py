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


class IdentityProvider(VersionedModel, table=True):
    """Who tells us, for an organization, which person is at the browser: an OpenID provider of theirs."""

    __tablename__ = "identity_providers"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "issuer", "client_id"),
        sa.Index("identity_providers_by_issuer", "issuer"),
    )

    title: str
    issuer: str
    client_id: str
    sealed_client_secret: bytes | None = None
    #: What tokens for our API are made out to; without it none are taken.
    audience: str | None = None
    groups_claim: str
    #: Group, role and, for a role in one program only, the program.
    group_roles: list[dict[str, Any]] = Json(list)
    allowed_domains: list[str] = Json(list)
    is_invitation_only: bool = True
    links_verified_email: bool = False
    links_directory_id: bool = False
    is_enabled: bool = True


class Identity(TenantModel, table=True):
    """An account at an identity provider that is known to be one person's. The subject itself is not kept."""

    __tablename__ = "identities"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "provider_id", "subject_hash"),
        sa.Index("identities_of_a_person", "organization_id", "employee_id"),
        tenant_key("provider_id", "identity_providers", ondelete="CASCADE"),
        tenant_key("employee_id", "employees"),
    )

    provider_id: UUID
    subject_hash: bytes
    employee_id: UUID


class IdentityGrant(TenantModel, table=True):
    """Marks a role that a group at an identity provider gave: it goes with the group; others stay."""

    __tablename__ = "identity_grants"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "role_grant_id"),
        sa.Index("identity_grants_of_a_person", "organization_id", "employee_id"),
        tenant_key("provider_id", "identity_providers"),
        tenant_key("role_grant_id", "role_grants", ondelete="CASCADE"),
        tenant_key("employee_id", "employees"),
    )

    provider_id: UUID
    role_grant_id: UUID
    employee_id: UUID


class SignIn(TenantModel, table=True):
    """A sign-in under way at an identity provider: good once, for a few minutes, in the browser that began it."""

    __tablename__ = "sign_ins"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "state_hash"),
        sa.Index("sign_ins_by_state", "state_hash"),
        tenant_key("provider_id", "identity_providers", ondelete="CASCADE"),
        tenant_key("token_id", "one_time_tokens", ondelete="CASCADE"),
    )

    provider_id: UUID
    state_hash: bytes
    browser_hash: bytes
    return_to: str | None = None
    #: The invitation that the person opened before signing in.
    token_id: UUID | None = None
    expires_at: datetime = Instant()
    used_at: datetime | None = Instant(nullable=True)


class BrowserSession(TenantModel, table=True):
    """A person signed in with a browser. Only a keyed hash of the cookie is kept."""

    __tablename__ = "browser_sessions"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "token_hash"),
        sa.Index("browser_sessions_by_token", "token_hash"),
        sa.Index("browser_sessions_by_end", "organization_id", "expires_at"),
        sa.Index("browser_sessions_of_a_person", "organization_id", "employee_id"),
        tenant_key("employee_id", "employees"),
        tenant_key("provider_id", "identity_providers", ondelete="CASCADE"),
    )

    token_hash: bytes
    employee_id: UUID
    #: None: by a one-time link.
    provider_id: UUID | None = None
    expires_at: datetime = Instant()
    last_seen_at: datetime = Instant()


class SignInLinkRequest(TenantModel, table=True):
    """Somebody asked for a sign-in link: counted for any address, known or not, and kept for an hour."""

    __tablename__ = "sign_in_link_requests"
    __table_args__ = (sa.Index("sign_in_link_requests_of_a_mailbox", "organization_id", "mail_hash", "created_at"),)

    mail_hash: bytes
