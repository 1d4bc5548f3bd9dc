"""Fetching source feeds that are due, and making drafts of what is new."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID

from services.core.feeds import fetching, parsing, repository, service
from services.core.feeds.errors import FeedTrouble
from services.core.kit import db
from services.core.kit.logging import get_logger
from services.core.kit.outbound import outbound_client
from services.scheduler.worker.tools import Tools

_log = get_logger("feeds")

_MOST = 100
_AT_ONCE = 5


async def fetch_due(tools: Tools) -> None:
    """Fetch every source whose turn it is, a few at a time."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_due(connection, most=_MOST)
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(organization_id: UUID, source_id: UUID) -> None:
        async with places:
            await fetch(tools, organization_id, source_id)

    await asyncio.gather(*(one(*ids) for ids in due))


async def fetch(tools: Tools, organization_id: UUID, source_id: UUID) -> None:
    """Fetch one source if it is due; what goes wrong is said on it, and does not hold up the others."""
    settings = tools.settings
    async with tools.database.transaction(organization_id) as session:
        wanted = await service.take(session, source_id, settings=settings)
    if wanted is None:
        return
    try:
        async with contextlib.AsyncExitStack() as stack:
            http = tools.http
            if http is None:
                http = await stack.enter_async_context(outbound_client(settings))
            fetched = await fetching.fetch(wanted.url, etag=wanted.etag, last_modified=wanted.last_modified, http=http)
        feed = None
        if fetched.body is not None:
            feed = await asyncio.to_thread(
                parsing.parse, fetched.body, url=fetched.url, content_type=fetched.content_type
            )
        async with tools.database.transaction(organization_id) as session:
            made = await service.take_in(session, source_id, fetched, feed)
    except FeedTrouble as trouble:
        await _note(tools, organization_id, source_id, trouble)
    except db.TROUBLE:
        raise
    # A feed is anybody's text: whatever it makes our readers trip over concerns that feed alone.
    except Exception as error:
        _log.error("feed.broken", source_id=str(source_id), exc_info=error)
        await _note(tools, organization_id, source_id, FeedTrouble("broken", type(error).__name__))
    else:
        _log.info("feed.fetched", source_id=str(source_id), drafts=made, changed=feed is not None)


async def _note(tools: Tools, organization_id: UUID, source_id: UUID, trouble: FeedTrouble) -> None:
    _log.info("feed.not_fetched", source_id=str(source_id), code=trouble.code)
    async with tools.database.transaction(organization_id) as session:
        await service.note_trouble(session, source_id, trouble, settings=tools.settings)
