"""Tables of platforms: the organization's account, what lies in it, who is let in, and what came back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class SetupOrder(StrEnum):
    """What happens to somebody who connects a platform before a program stands on its foundations."""

    REFUSE = "refuse"
    WARN = "warn"


class PlatformSettings(VersionedModel, table=True):
    """How an organization wants its platforms to be handled; without a row, the defaults."""

    __tablename__ = "platform_settings"
    __table_args__ = (sa.UniqueConstraint("organization_id"),)

    setup_order: SetupOrder = Choice(SetupOrder, SetupOrder.REFUSE)


class PlatformState(StrEnum):
    """Whether a platform can be used."""

    AWAITING_AUTHORIZATION = "awaiting_authorization"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    ACTIVE = "active"
    NEEDS_ATTENTION = "needs_attention"
    REVOKED = "revoked"


class PlatformConnection(VersionedModel, table=True):
    """The organization's account at a platform. Settings and token are sealed; no answer ever shows them."""

    __tablename__ = "platform_connections"
    __table_args__ = (
        sa.Index("platform_connections_to_check", "check_at", postgresql_where=sa.text("check_at is not null")),
        sa.Index(
            "platform_connections_to_revoke", "revoke_until", postgresql_where=sa.text("revoke_until is not null")
        ),
    )

    connector: str
    title: str
    state: PlatformState = Choice(PlatformState)
    sealed_settings: bytes | None = None
    #: Names of the settings that the organization has given; their values are sealed.
    settings_set: list[str] = Json(list)
    sealed_credentials: bytes | None = None
    #: A grant that came back from the vendor and waits for the code that its browser was shown.
    sealed_grant: bytes | None = None
    confirmation_hash: bytes | None = None
    wrong_codes: int = 0
    #: Who went to the vendor (``Actor.name``); nobody else can confirm.
    authorized_by: str | None = None
    #: Moves with each token written, so that a renewal never overwrites a newer one.
    token_version: int = 0
    token_expires_at: datetime | None = Instant(nullable=True)
    #: A process is renewing the token until then; the others wait and read again.
    refresh_lease_until: datetime | None = Instant(nullable=True)
    #: Where content goes if a push names no destination.
    destination_id: str | None = None
    #: What the organization pays, as it says itself.
    unit_price: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    currency: str | None = None
    monthly_budget: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    #: Stable code of what is wrong, and the connector's words for it.
    problem: str | None = None
    problem_words: str | None = None
    #: Names one incident, from its start until it is over: the owners are told of it once.
    incident_id: UUID | None = None
    checked_at: datetime | None = Instant(nullable=True)
    #: When its health is looked at next.
    check_at: datetime | None = Instant(nullable=True)
    #: After the cut the vendor is asked until then to take its grant back; then the token is destroyed in any case.
    revoke_until: datetime | None = Instant(nullable=True)
    withdrawn_at: datetime | None = Instant(nullable=True)


class PlatformAuthorization(TenantModel, table=True):
    """An administrator went to a platform to allow us; the state that comes back is good once, for ten minutes."""

    __tablename__ = "platform_authorizations"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "state_hash"),
        sa.Index("platform_authorizations_by_state", "state_hash"),
        tenant_key("platform_connection_id", "platform_connections"),
    )

    platform_connection_id: UUID
    state_hash: bytes
    #: Who started it (``Actor.name``).
    started_by: str
    expires_at: datetime = Instant()
    used_at: datetime | None = Instant(nullable=True)


class PlatformBudget(TenantModel, table=True):
    """How much of a vendor's allowance for one account is used in the current period."""

    __tablename__ = "platform_budgets"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "platform_connection_id", "name"),
        tenant_key("platform_connection_id", "platform_connections"),
    )

    platform_connection_id: UUID
    #: The budget of the connector's manifest.
    name: str
    period_starts_at: datetime = Instant()
    used: int = 0


class PushState(StrEnum):
    """Where an item stands on its way into a platform, and in it."""

    PLANNED = "planned"
    PUSHING = "pushing"
    LIVE = "live"
    SCHEDULED = "scheduled"
    AWAITING_REVIEW = "awaiting_review"
    DRAFT = "draft"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


_TAKES_THE_PLACE = "state in ('planned', 'pushing', 'live', 'scheduled', 'awaiting_review', 'draft', 'unknown')"


class ContentPush(VersionedModel, table=True):
    """One approved item in one destination of a platform: there once at most, and in a known state."""

    __tablename__ = "content_pushes"
    __table_args__ = (
        # Two pushes of an item into one place would show it twice.
        sa.Index(
            "content_pushes_once", "organization_id", "platform_connection_id", "item_id", "destination_id",
            unique=True, postgresql_where=sa.text(_TAKES_THE_PLACE),
        ),
        sa.Index("content_pushes_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        sa.Index("content_pushes_to_read", "metrics_at", postgresql_where=sa.text("metrics_at is not null")),
        sa.Index(
            "content_pushes_to_remove", "removal_remind_at",
            postgresql_where=sa.text("removal_remind_at is not null"),
        ),
        tenant_key("platform_connection_id", "platform_connections"),
        tenant_key("item_id", "content_items"),
        tenant_key("program_id", "programs"),
        tenant_key("link_id", "tracked_links"),
    )  # fmt: skip

    platform_connection_id: UUID
    program_id: UUID
    item_id: UUID
    #: The item's version whose words these are.
    item_version: int
    destination_id: str
    link_id: UUID
    #: The exact content as it was agreed on; what is sent, and what is looked for.
    content: dict[str, Any] = Json()
    #: What the platform has no place for: ``{"field", "how", "detail"}`` each.
    losses: list[dict[str, str]] = Json(list)
    publish_at: datetime | None = Instant(nullable=True)
    state: PushState = Choice(PushState, PushState.PLANNED)
    #: Why it is so (a stable code), and the vendor's words.
    reason: str | None = None
    words: str | None = None
    #: Rises with each arming; whoever records with an older one is not listened to.
    fence: int = 0
    armed_at: datetime | None = Instant(nullable=True)
    #: Tries that were proven to have done nothing.
    tries: int = 0
    external_id: str | None = None
    #: Where an administrator looks at it.
    url: str | None = None
    pushed_at: datetime | None = Instant(nullable=True)
    unknown_at: datetime | None = Instant(nullable=True)
    look_ups: int = 0
    #: When the row wants to be worked on next: sent, found out about, looked at again, taken back.
    due_at: datetime | None = Instant(nullable=True)
    #: Somebody is taking it back, or it has to be: since then.
    withdraw_since: datetime | None = Instant(nullable=True)
    #: Since when people have to remove it in the platform, which takes nothing back by itself.
    removal_asked_at: datetime | None = Instant(nullable=True)
    #: When they are told (again), and how often they were.
    removal_remind_at: datetime | None = Instant(nullable=True)
    removal_reminders: int = 0
    #: Who said that it is removed (``Actor.name``), and when.
    removed_by: str | None = None
    removed_at: datetime | None = Instant(nullable=True)
    #: When its numbers are read next.
    metrics_at: datetime | None = Instant(nullable=True)


class AudienceSyncState(StrEnum):
    """How far a comparison of the audience has come."""

    COMPARING = "comparing"
    PREVIEWED = "previewed"
    #: Too much would be removed, or it would cost too much: nothing was changed.
    STOPPED = "stopped"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AudienceSync(VersionedModel, table=True):
    """One comparison of a program's ambassadors with a platform's people, and what was done about it."""

    __tablename__ = "audience_syncs"
    __table_args__ = (
        sa.Index("audience_syncs_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        tenant_key("platform_connection_id", "platform_connections"),
        tenant_key("program_id", "programs"),
    )

    platform_connection_id: UUID
    program_id: UUID
    #: Empty: the whole platform.
    destination_id: str = ""
    state: AudienceSyncState = Choice(AudienceSyncState, AudienceSyncState.COMPARING)
    validate_only: bool = False
    #: The hash of the difference that its caller has seen and confirmed.
    confirmed_hash: str | None = None
    started_by: str
    #: What was read of the platform's people before the vendor's allowance was spent; destroyed after the comparison.
    collected: list[dict[str, Any]] | None = Json(lambda: None, nullable=True)
    cursor: str | None = None
    to_add: list[str] = Json(list)
    to_remove: list[str] = Json(list)
    unchanged: int = 0
    not_ours: int = 0
    diff_hash: str | None = None
    total: int = 0
    finished: int = 0
    problem: str | None = None
    words: str | None = None
    #: Times in a row that it was worked on and got nowhere.
    tries: int = 0
    #: When it is worked on next; a run that died is taken over then.
    due_at: datetime | None = Instant(nullable=True)
    finished_at: datetime | None = Instant(nullable=True)


class MemberState(StrEnum):
    """What we have done about a person at a platform."""

    ADDING = "adding"
    ADDED = "added"
    REMOVING = "removing"
    REMOVED = "removed"
    FAILED = "failed"


class AudienceMember(TenantModel, table=True):
    """Somebody whom we let into a platform. Only who has a row here is ever taken out again."""

    __tablename__ = "audience_members"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "platform_connection_id", "destination_id", "employee_id"),
        tenant_key("platform_connection_id", "platform_connections"),
        tenant_key("employee_id", "employees"),
        tenant_key("program_id", "programs"),
        tenant_key("sync_id", "audience_syncs"),
    )

    platform_connection_id: UUID
    destination_id: str = ""
    employee_id: UUID
    #: For which program they were let in.
    program_id: UUID
    #: The run that works on it.
    sync_id: UUID | None = None
    external_id: str | None = None
    state: MemberState = Choice(MemberState)
    reason: str | None = None
    added_at: datetime | None = Instant(nullable=True)
    removed_at: datetime | None = Instant(nullable=True)


class PlatformReading(TenantModel, table=True):
    """The numbers of one item in a platform at one time, as its vendor gave them. Never changed."""

    __tablename__ = "platform_readings"
    __table_args__ = (
        sa.Index("platform_readings_of_a_push", "organization_id", "push_id", "read_at"),
        tenant_key("push_id", "content_pushes"),
    )

    push_id: UUID
    #: The UTC day it was read on.
    day_on: date
    counts: dict[str, int] = Json()
    #: Metric name to the reason why there is no count.
    missing: dict[str, str] = Json()
    #: Networks on which it was counted; empty where the vendor counts on all it knows.
    covers: list[str] = Json(list)
    counted_until: datetime | None = Instant(nullable=True)
    read_at: datetime = Instant()


class ReportImport(TenantModel, table=True):
    """A file of numbers that an administrator downloaded from a platform. Of people, only sums are kept."""

    __tablename__ = "platform_report_imports"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "platform_connection_id", "name", "sha256"),
        tenant_key("platform_connection_id", "platform_connections"),
    )

    platform_connection_id: UUID
    name: str
    sha256: str
    imported_by: str
    #: Rows about items that were kept.
    items: int = 0
    #: Rows about people: how many, and what they add up to. None of them is kept.
    people: int = 0
    people_sums: dict[str, int] = Json()
    #: ``{"line", "reason"}`` each.
    skipped: list[dict[str, Any]] = Json(list)


class ReportRow(TenantModel, table=True):
    """What a report says about one item. Never changed."""

    __tablename__ = "platform_report_rows"
    __table_args__ = (
        sa.Index("platform_report_rows_of_an_item", "organization_id", "item_id"),
        tenant_key("import_id", "platform_report_imports"),
        tenant_key("item_id", "content_items"),
    )

    import_id: UUID
    #: What the file calls the item, and which of ours that is.
    key: str
    item_id: UUID | None = None
    counts: dict[str, int] = Json()
    since_on: date | None = None
    until_on: date | None = None
