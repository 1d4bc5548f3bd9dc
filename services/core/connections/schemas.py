"""What callers send and get about connectors and connections."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from connectors.sdk.manifest import ConnectorKind, CostBasis, LicenceModel, SetupEffort, VerifiedHow
from services.core.connections.models import ConnectionState
from services.core.connections.texts import Whose
from services.core.kit.schemas import ReadModel, WriteModel


class SettingFieldRead(ReadModel):
    """One value that an administrator gives; a secret one is never shown again."""

    name: str
    title: str
    default: str | None
    is_secret: bool
    is_required: bool


class ReportKindRead(ReadModel):
    """A file of the vendor's that can be imported."""

    name: str
    title: str
    columns: list[str]


class GoalFeedRead(ReadModel):
    """A number about the organization that goals can be measured by."""

    name: str
    title: str
    measures: str
    subject_title: str


class ConnectorRead(ReadModel):
    """A connector that is installed: what it can do, what it needs, and what it costs."""

    slug: str
    title: str
    kind: ConnectorKind
    capabilities: list[str]
    networks: list[str]
    needs_account: bool = Field(description="Whether each ambassador links an account of their own.")
    auth: Literal["none", "oauth2_code", "client_credentials", "api_key"]
    is_configured: bool
    settings: list[SettingFieldRead]
    text_max_chars: int | None
    languages: list[str]
    licence: LicenceModel
    setup_effort: SetupEffort
    cost_basis: CostBasis | None
    version_ends_on: date | None = Field(description="The first day on which the API version we use may be gone.")
    verified_by: VerifiedHow
    verified_on: date
    reports: list[ReportKindRead]
    goal_feeds: list[GoalFeedRead]


class ConnectionCreate(WriteModel):
    """Which network to connect."""

    connector: str = Field(min_length=1, max_length=60, examples=["share_link"])


class ConnectionConfirm(WriteModel):
    """Proof that whoever confirms is who allowed the connection at the network."""

    code: str = Field(
        min_length=6, max_length=12, examples=["482913"], description="From the page that the network led back to."
    )


class AccountRead(ReadModel):
    """The account as its network names it, for its owner's eyes."""

    display_name: str
    profile_url: str | None


class ConnectionRead(ReadModel):
    """A person's own connection. No token, ever."""

    id: UUID
    connector: str
    state: ConnectionState
    account: AccountRead | None
    new_account: AccountRead | None = Field(
        description="Another account that came back from the network and waits for your confirmation."
    )
    scopes: list[str]
    token_expires_at: datetime | None
    is_renewable: bool = Field(description="Whether we renew the access by ourselves.")
    grant_ends_at: datetime | None = Field(description="From then on only you can renew the access.")
    problem: str | None = Field(description="Stable code of why it cannot be used.", examples=["reauth_required"])
    next_step: str = Field(description="What comes next, in your language.")
    whose_move: Whose = Field(description="Who has to do it.")
    confirmed_at: datetime | None
    created_at: datetime


class ConnectionStarted(ConnectionRead):
    """A new connection, and where to send the person's browser, if anywhere."""

    authorization_url: str | None


class CheckResult(StrEnum):
    """What trying the account has shown."""

    WORKS = "works"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    #: An administrator has to correct a setting of the installation.
    WRONGLY_SET = "wrongly_set"
    NOT_SUPPORTED = "not_supported"


class ConnectionChecked(ConnectionRead):
    """A connection, and what trying it has shown just now. Only `refused` changes it."""

    result: CheckResult
    result_code: str | None = Field(description="The kind of trouble, if there was any.", examples=["rate_limited"])
