"""What callers send and get about platforms."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Base64Bytes, Field

from services.core.kit.schemas import AwareInstant, PlainNumber, ReadModel, WriteModel
from services.core.platforms.models import AudienceSyncState, PlatformState, PushState, SetupOrder

Money = Annotated[Decimal, PlainNumber]


class PlatformSettingsRead(ReadModel):
    """How the organization wants its platforms to be handled."""

    setup_order: SetupOrder = Field(
        description="What happens when a platform is connected before a program has goals, people and a policy."
    )


class PlatformSettingsUpdate(WriteModel):
    """Merge patch of these settings."""

    setup_order: SetupOrder | None = Field(default=None, examples=["warn"])


class Terms(WriteModel):
    """What the organization pays, as its contract says; never guessed."""

    unit_price: Decimal | None = Field(
        default=None, ge=0, le=10_000_000, decimal_places=4, description="For one seat and month, one post, or a month."
    )
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", examples=["EUR"])
    monthly_budget: Decimal | None = Field(
        default=None, ge=0, le=1_000_000_000, decimal_places=4, description="What would go over it is refused."
    )


class TermsRead(ReadModel):
    """What the organization pays."""

    unit_price: Money | None
    currency: str | None
    monthly_budget: Money | None


Values = dict[str, Annotated[str, Field(max_length=10_000)]]


class PlatformConnectionCreate(WriteModel):
    """A platform that the organization uses, and what opens it."""

    connector: str = Field(min_length=1, max_length=60, examples=["hootsuite"])
    title: str = Field(min_length=1, max_length=200, examples=["Our account"])
    settings: Values = Field(
        default_factory=dict, max_length=50, description="Values of the connector's settings; sealed, never shown."
    )
    destination_id: str | None = Field(default=None, min_length=1, max_length=500)
    terms: Terms = Field(default_factory=Terms)


class PlatformConnectionUpdate(WriteModel):
    """Merge patch of a platform. Settings are merged too: null removes one, what is not named stays."""

    title: str | None = Field(default=None, min_length=1, max_length=200, examples=["Our other account"])
    settings: dict[str, Annotated[str, Field(max_length=10_000)] | None] | None = Field(default=None, max_length=50)
    destination_id: str | None = Field(default=None, min_length=1, max_length=500)
    terms: Terms | None = None


class SettingRead(ReadModel):
    """One setting of a platform, without its value."""

    name: str
    title: str
    is_secret: bool
    is_required: bool
    is_set: bool


class PlatformConnectionRead(ReadModel):
    """A platform of the organization. No secret, ever."""

    id: UUID
    connector: str
    title: str
    state: PlatformState
    capabilities: list[str]
    settings: list[SettingRead]
    destination_id: str | None
    terms: TermsRead
    problem: str | None = Field(description="Stable code of what is wrong.", examples=["reauth_required"])
    problem_words: str | None = Field(description="The platform's own words for it.")
    warnings: list[str] = Field(description="What should have come first, where the organization only warns.")
    checked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class AuthorizationStarted(ReadModel):
    """Where to send the administrator's browser."""

    authorization_url: str
    expires_at: datetime


class GrantConfirm(WriteModel):
    """Proof that whoever confirms is who allowed us at the platform."""

    code: str = Field(
        min_length=6, max_length=12, examples=["482913"], description="From the page that the platform led back to."
    )


class DestinationRead(ReadModel):
    """A place inside a platform."""

    external_id: str
    title: str
    kind: str
    parent_id: str | None
    takes_content: bool
    takes_people: bool


class PushCreate(WriteModel):
    """Where an item goes."""

    platform_connection_id: UUID
    destination_id: str | None = Field(
        default=None, min_length=1, max_length=500, description="Default: that of the platform."
    )
    topic_ids: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(default_factory=list, max_length=50)
    publish_at: AwareInstant | None = Field(default=None, description="From when people see it; default: now.")
    validate_only: bool = Field(default=False, description="Only say what people would find, and what gets lost.")


class LossRead(ReadModel):
    """Something of ours that the platform has no place for."""

    field: str
    how: str
    detail: str


class PreviewRead(ReadModel):
    """What people will find in the platform, by its own field names."""

    fields: dict[str, str]
    losses: list[LossRead]


class RemovalRead(ReadModel):
    """Somebody has to remove an item in the platform by hand, or has done so."""

    is_open: bool
    asked_at: datetime
    responsible: list[UUID] = Field(description="Employees whose task it is; empty: the organization's owners.")
    reminders: int = Field(description="How often they were told.")
    next_reminder_at: datetime | None
    removed_by: str | None = Field(description="Who said that it is removed, as in the audit log.")
    removed_at: datetime | None


class PushRead(ReadModel):
    """One item in one place of a platform."""

    id: UUID
    platform_connection_id: UUID
    program_id: UUID
    item_id: UUID
    destination_id: str
    topic_ids: list[str]
    state: PushState
    reason: str | None = Field(description="Why it is so, as a stable code.")
    words: str | None = Field(description="The platform's own words.")
    next_step: str = Field(description="What comes next, in your language.")
    losses: list[LossRead]
    link_url: str
    publish_at: datetime | None
    external_id: str | None
    url: str | None
    pushed_at: datetime | None
    unknown_at: datetime | None
    next_look_at: datetime | None = Field(description="When it is tried, looked at or taken back next, by itself.")
    removal: RemovalRead | None = Field(
        description="What people have to remove by hand, where the platform takes nothing back."
    )
    created_at: datetime


class PushCreated(ReadModel):
    """The push, or with `validate_only` only its preview."""

    push: PushRead | None
    preview: PreviewRead


class PushResolve(WriteModel):
    """What a person has seen in the platform."""

    is_there: bool = Field(examples=[True])
    external_id: str | None = Field(default=None, min_length=1, max_length=500, description="The platform's id of it.")


class AudienceSyncCreate(WriteModel):
    """Whose people are compared with a platform's."""

    program_id: UUID
    destination_id: str | None = Field(default=None, min_length=1, max_length=500)
    validate_only: bool = Field(default=False, description="Only say what would be changed.")
    confirm: bool = Field(default=False, description="Go on although many would be removed; needs `diff_hash`.")
    diff_hash: str | None = Field(default=None, max_length=64, description="Of the difference that you have seen.")


class AudienceSyncRead(ReadModel):
    """A comparison, and how far it has come. People who are in the platform without us are never touched."""

    id: UUID
    platform_connection_id: UUID
    program_id: UUID
    destination_id: str | None
    state: AudienceSyncState
    validate_only: bool
    to_add: list[UUID] = Field(description="Employees.")
    to_remove: list[UUID] = Field(description="Employees whom we had let in.")
    unchanged: int
    not_ours: int
    diff_hash: str | None
    total: int
    finished: int
    problem: str | None = Field(description="Stable code of what went wrong, at the last try or for good.")
    words: str | None
    next_step: str = Field(description="What comes next, or what you can do, in your language.")
    next_try_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class ReadingRead(ReadModel):
    """Numbers of one item in a platform, as of one day. A missing number has a reason; it is never 0."""

    day_on: date
    counts: dict[str, int]
    missing: dict[str, str]
    covers: list[str] = Field(description="Networks counted on; empty: all that the platform knows.")
    counted_until: datetime | None
    read_at: datetime


class PushReadings(ReadModel):
    """The readings of one push, one a day, the newest first."""

    push_id: UUID
    platform_connection_id: UUID
    state: PushState
    method: str
    readings: list[ReadingRead]


class ReportedRead(ReadModel):
    """What an imported report says about the item."""

    import_id: UUID
    report: str
    method: str
    counts: dict[str, int]
    missing: dict[str, str]
    since_on: date | None
    until_on: date | None
    imported_at: datetime


class PlatformMetrics(ReadModel):
    """All numbers of an item in platforms. They are never added up: platforms count differently."""

    item_id: UUID
    fewest_people: int = Field(description="Numbers with fewer people behind them are not shown.")
    pushes: list[PushReadings]
    reports: list[ReportedRead]


class ReportImportCreate(WriteModel):
    """A file that an administrator downloaded from the platform."""

    name: str = Field(min_length=1, max_length=100, examples=["posts"], description="The kind of report.")
    data: Base64Bytes = Field(examples=["aWQsdGl0bGUKMSxIZWxsbwo="], description="Base64 of the file, up to 10 MB.")


class ReportImportRead(ReadModel):
    """What became of a report file."""

    id: UUID
    name: str
    items: int = Field(description="Rows about items that were kept.")
    matched: int = Field(description="Of these, rows whose item is one of ours.")
    people: int = Field(description="Rows about people.")
    people_sums: dict[str, int] = Field(description="What the rows about people add up to; with few people: nothing.")
    people_note: str | None = Field(description="Why no row about a person was kept.")
    skipped: list[dict[str, Any]]
    created_at: datetime


class MonthCost(ReadModel):
    """What a month costs."""

    month: str = Field(examples=["2026-11"])
    units: int
    amount: Money | None = Field(description="None: not known, which is not 0.")


class PlatformCost(ReadModel):
    """What a platform costs this month and, as things stand, the next."""

    basis: str | None = Field(description="What the bill grows with: per_seat, per_post, flat, free.")
    unit_price: Money | None
    price_source: str | None = Field(description="`terms`: yours; else where the vendor publishes it.")
    currency: str | None
    monthly_budget: Money | None
    is_budget_reached: bool
    this_month: MonthCost
    next_month: MonthCost
    assumptions: list[str]
