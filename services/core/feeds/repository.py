"""Every query on feeds."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.feeds.models import FeedEntry, FeedSource
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound


def sources(session: AsyncSession) -> SelectOfScalar[FeedSource]:
    """All sources of the organization."""
    return select(FeedSource).where(FeedSource.organization_id == organization_of(session))


async def get_source(session: AsyncSession, source_id: UUID) -> FeedSource:
    """One source; raise NotFound."""
    source = (await session.exec(sources(session).where(FeedSource.id == source_id))).first()
    if source is None:
        raise NotFound(thing="feed source")
    return source


async def take_source(session: AsyncSession, source_id: UUID) -> FeedSource | None:
    """One source for this transaction alone; None when it is gone."""
    statement = sources(session).where(FeedSource.id == source_id).with_for_update()
    return (await session.exec(statement.execution_options(populate_existing=True))).first()


async def find_source(session: AsyncSession, *, program_id: UUID, url: str) -> FeedSource | None:
    """A program's source with this address."""
    statement = sources(session).where(FeedSource.program_id == program_id, FeedSource.url == url)
    return (await session.exec(statement)).first()


async def list_seen(session: AsyncSession, source_id: UUID, hashes: Sequence[bytes]) -> set[bytes]:
    """Those of these entries that were seen before."""
    statement = select(FeedEntry.guid_hash).where(
        FeedEntry.organization_id == organization_of(session),
        FeedEntry.source_id == source_id,
        col(FeedEntry.guid_hash).in_(hashes),
    )
    return set((await session.exec(statement)).all())


async def has_entries(session: AsyncSession, source_id: UUID) -> bool:
    """Whether anything of a source was ever seen."""
    statement = select(FeedEntry.id).where(
        FeedEntry.organization_id == organization_of(session), FeedEntry.source_id == source_id
    )
    return (await session.exec(statement.limit(1))).first() is not None


async def find_due(connection: asyncpg.Connection[asyncpg.Record], *, most: int) -> list[tuple[UUID, UUID]]:
    """Sources to fetch, of every organization."""
    rows = await connection.fetch("select organization_id, id from find_feed_sources_due($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]
