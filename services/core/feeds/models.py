"""Tables of feeds: where drafts come from, and which entries have become one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Instant, Json, TenantModel, VersionedModel, tenant_key


class FeedSource(VersionedModel, table=True):
    """An RSS or Atom feed whose entries become drafts of a program."""

    __tablename__ = "feed_sources"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "url"),
        sa.Index("feed_sources_due", "due_at", postgresql_where=sa.text("not is_paused")),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    name: str
    url: str
    #: Slugs that its drafts get.
    topics: list[str] = Json(list)
    is_paused: bool = False
    #: When it is fetched next.
    due_at: datetime = Instant()
    #: What the server gave to ask again with.
    etag: str | None = None
    last_modified: str | None = None
    checked_at: datetime | None = Instant(nullable=True)
    #: Stable code of what went wrong the last time, and how often in a row.
    problem: str | None = None
    problem_detail: str | None = None
    failures: int = 0
    added_by: str


class FeedEntry(TenantModel, table=True):
    """An entry that was seen: it becomes a draft once."""

    __tablename__ = "feed_entries"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "source_id", "guid_hash"),
        tenant_key("source_id", "feed_sources", ondelete="CASCADE"),
        tenant_key("item_id", "content_items"),
    )

    source_id: UUID
    #: SHA-256 of its guid, or of its link where it has none.
    guid_hash: bytes
    #: None: seen, and nothing could be made of it.
    item_id: UUID | None = None
