"""What callers send and get about organizations, keys and roles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.organizations.models import Role


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("use an IANA name such as Asia/Jerusalem")
    return value


Zone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Asia/Jerusalem"])]


class OrganizationCreate(WriteModel):
    """A new tenant."""

    name: str = Field(min_length=1, max_length=200, examples=["Lumen"])
    default_language: Language = Field(default=Language.EN, examples=["en"])
    time_zone: Zone = Field(default="UTC")


class OrganizationUpdate(WriteModel):
    """Merge patch of an organization."""

    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["Lumen Group"])
    default_language: Language | None = None
    time_zone: Zone | None = None


class OrganizationRead(ReadModel):
    """A tenant."""

    id: UUID
    name: str
    default_language: Language
    time_zone: str
    created_at: datetime
    updated_at: datetime


class OrganizationCreated(ReadModel):
    """A new tenant and its owner's key, shown this once."""

    organization: OrganizationRead
    owner_api_key: str = Field(description="Shown once; store it now.")


class ApiKeyCreate(WriteModel):
    """A key for a service. A person gets theirs through a one-time link, never from somebody else."""

    name: str = Field(min_length=1, max_length=100, examples=["Reporting job"])
    role: Role = Field(examples=["analyst"])
    program_id: UUID | None = Field(default=None, description="Limits the role to one program.")
    scopes: list[str] = Field(default_factory=lambda: ["*"], max_length=50, examples=[["reports.read"]])
    days_valid: int = Field(default=90, ge=1, le=365)


class ApiKeyRead(ReadModel):
    """A key, without its secret."""

    id: UUID
    key_id: str
    name: str
    employee_id: UUID | None
    scopes: list[str]
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


class ApiKeyCreated(ApiKeyRead):
    """A new key, with the secret that is shown this once."""

    api_key: str = Field(description="Shown once; store it now.")


class RoleGrantCreate(WriteModel):
    """Gives a person a role, for the organization or for one program."""

    employee_id: UUID
    role: Role = Field(examples=["approver"])
    program_id: UUID | None = None


class RoleGrantRead(ReadModel):
    """A role somebody has."""

    id: UUID
    employee_id: UUID | None
    api_key_id: UUID | None
    role: Role
    program_id: UUID | None
    created_at: datetime


class TokenExchange(WriteModel):
    """The one-time token from a mail."""

    token: str = Field(min_length=10, max_length=200, examples=["one-time-token-from-the-mail"])


class TokenExchanged(ReadModel):
    """A person's own key, shown this once."""

    api_key: str = Field(description="Shown once; store it now.")
    organization_id: UUID
    employee_id: UUID
    expires_at: datetime


class Me(ReadModel):
    """Who the caller is."""

    organization_id: UUID
    employee_id: UUID | None
    roles: list[str]
    permissions: list[str]
