"""What callers send and get about identity providers and sessions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, model_validator

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.organizations.models import Role

_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value.lower()):
        raise ValueError("give a domain such as lumen.example")
    return value.lower()


def _not_owner(role: Role) -> Role:
    if role is Role.OWNER:
        raise ValueError("owners are made by hand: a group cannot give this role")
    return role


Domain = Annotated[str, AfterValidator(_domain)]


class GroupRole(WriteModel):
    """Whoever is in this group at the provider has this role, from one sign-in to the next."""

    group: str = Field(min_length=1, max_length=300, examples=["advocacy-editors"])
    role: Annotated[Role, AfterValidator(_not_owner)] = Field(examples=["editor"])
    program_id: UUID | None = Field(default=None, description="Limits the role to one program.")


class _Rules(WriteModel):
    audience: str | None = Field(
        default=None,
        max_length=300,
        description="Takes bearer tokens of the issuer that are made out to this. Other than `client_id`.",
        examples=["https://advocacy.lumen.example"],
    )
    groups_claim: str = Field(default="groups", min_length=1, max_length=200)
    group_roles: list[GroupRole] = Field(default_factory=list, max_length=500)
    allowed_domains: list[Domain] = Field(
        default_factory=list,
        max_length=100,
        description="Lets in only accounts with a confirmed address at these.",
        examples=[["lumen.example"]],
    )
    is_invitation_only: bool = Field(
        default=True, description="Only people who have an invitation, a role or a key already are let in."
    )
    links_verified_email: bool = Field(
        default=False, description="An account is the person whose work address the provider has confirmed for it."
    )
    links_directory_id: bool = Field(
        default=False, description="An account is the person whom the directory or SCIM calls by the same id."
    )
    is_enabled: bool = True


class IdentityProviderCreate(_Rules):
    """An OpenID provider. Its issuer stays as it is: accounts belong to it."""

    title: str = Field(min_length=1, max_length=200, examples=["Lumen SSO"])
    issuer: str = Field(min_length=8, max_length=500, examples=["https://login.lumen.example"])
    client_id: str = Field(min_length=1, max_length=300, examples=["advocacy"])
    client_secret: SecretStr | None = Field(default=None, description="Kept sealed and never shown.")

    @model_validator(mode="after")
    def _secret_is_short(self) -> IdentityProviderCreate:
        if self.client_secret is not None and not 1 <= len(self.client_secret.get_secret_value()) <= 2000:
            raise ValueError("a client secret has 1 to 2000 characters")
        return self


class IdentityProviderUpdate(WriteModel):
    """Merge patch of an identity provider."""

    title: str | None = Field(default=None, min_length=1, max_length=200, examples=["Lumen SSO"])
    client_secret: SecretStr | None = None
    audience: str | None = Field(default=None, max_length=300)
    groups_claim: str | None = Field(default=None, min_length=1, max_length=200)
    group_roles: list[GroupRole] | None = Field(default=None, max_length=500)
    allowed_domains: list[Domain] | None = Field(default=None, max_length=100)
    is_invitation_only: bool | None = None
    links_verified_email: bool | None = None
    links_directory_id: bool | None = None
    is_enabled: bool | None = None


class IdentityProviderRead(ReadModel):
    """An identity provider, without its secret."""

    id: UUID
    title: str
    issuer: str
    client_id: str
    has_client_secret: bool
    audience: str | None
    groups_claim: str
    group_roles: list[dict[str, Any]]
    allowed_domains: list[str]
    is_invitation_only: bool
    links_verified_email: bool
    links_directory_id: bool
    is_enabled: bool
    redirect_uri: str = Field(description="What the provider has to be told, character for character.")
    created_at: datetime
    updated_at: datetime


class SessionCreate(WriteModel):
    """The one-time token from a mail, for a session of this browser instead of a key."""

    token: str = Field(min_length=10, max_length=200, examples=["one-time-token-from-the-mail"])


class SessionRead(ReadModel):
    """Who is signed in with this browser."""

    organization_id: UUID
    employee_id: UUID
    csrf_token: str | None = Field(
        description="Goes into the header X-CSRF-Token of every change that is asked for with the cookie; "
        "null for callers with a key or a token, who need none."
    )
    expires_at: datetime | None


class SignInLinkRequest(WriteModel):
    """Where to send a sign-in link."""

    organization_id: UUID
    email: str = Field(min_length=3, max_length=254, examples=["dana@lumen.example"])


class SignInLinkRequested(ReadModel):
    """Said to everybody alike, whether the address is known or not."""

    is_accepted: bool = True
