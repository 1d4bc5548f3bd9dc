"""Tables of links: the link itself and each click on it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from services.core.kit.ids import new_id
from services.core.kit.models import Choice, Instant, TenantModel, UtcDateTime, VersionedModel, tenant_key


class TrackedLink(TenantModel, table=True):
    """``/l/{code}``: a stored, approved destination. A changed destination is a new link."""

    __tablename__ = "tracked_links"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "code"),
        sa.Index("tracked_links_by_code", "code"),
        tenant_key("program_id", "programs"),
        tenant_key("item_id", "content_items"),
        tenant_key("employee_id", "employees"),
    )

    code: str
    destination_url: str
    program_id: UUID
    item_id: UUID
    #: Whose share it belongs to; their own clicks are not counted. None: of everybody in a platform.
    employee_id: UUID | None = None
    network: str
    #: When the post with it went out; clicks right after are suspected to be machines.
    published_at: datetime | None = Instant(nullable=True)
    #: The owner's own visitor hash of the day they approved.
    owner_visitor_hash: bytes | None = None
    owner_visitor_on: date | None = None


class ClickKind(StrEnum):
    """How a click counts."""

    HUMAN = "human"
    MACHINE = "machine"
    OWN = "own"


class Click(SQLModel, table=True):
    """One visit through a link, without address or name. Partitioned by month of ``clicked_at``."""

    __tablename__ = "clicks"
    __table_args__ = (
        sa.Index("clicks_of_a_link", "organization_id", "link_id", "clicked_at"),
        tenant_key("link_id", "tracked_links"),
        {"postgresql_partition_by": "RANGE (clicked_at)"},
    )

    organization_id: UUID = Field(primary_key=True, foreign_key="organizations.id")
    clicked_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    link_id: UUID
    kind: ClickKind = Choice(ClickKind)
    #: ``desktop``, ``mobile``, ``tablet`` or ``unknown``.
    device_class: str
    #: Tells visitors of one day apart; its salt is destroyed daily.
    visitor_hash: bytes
    #: The network whose preview robot this was, if it said so.
    previewer: str | None = None


class KeptClick(SQLModel, table=True):
    """What is left of a person's click after its row has had its time: which link, and the hour. For attribution."""

    __tablename__ = "kept_clicks"
    __table_args__ = (
        sa.Index("kept_clicks_of_a_link", "organization_id", "link_id", "clicked_hour"),
        tenant_key("link_id", "tracked_links"),
    )

    organization_id: UUID = Field(primary_key=True, foreign_key="organizations.id")
    id: UUID = Field(primary_key=True)
    link_id: UUID
    clicked_hour: datetime = Field(sa_type=UtcDateTime, nullable=False)


class LinkSettings(VersionedModel, table=True):
    """How an organization ties what happens elsewhere to clicks; without a row, the defaults."""

    __tablename__ = "link_settings"
    __table_args__ = (sa.UniqueConstraint("organization_id"),)

    #: How long before a conversion a click may have been to have credit for it.
    window_days: int = 30
    #: Whether a click's id goes along to the destination.
    passes_click_id: bool = False


class DailySalt(SQLModel, table=True):
    """The salt of one day's visitor hashes, for the whole installation. Destroyed when its day is over."""

    __tablename__ = "daily_salts"

    day_on: date = Field(primary_key=True)
    salt: bytes
