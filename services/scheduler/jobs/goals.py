"""Goals that measure themselves brought up to date, and pages at vendors read into goals once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import (
    ConnectorError,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    VendorUnavailable,
)
from connectors.sdk.http import before_each_call
from connectors.sdk.models import Context, FeedReading
from connectors.sdk.ports import ReadsGoalFeeds, port
from services.core.connections import budgets as own_budgets
from services.core.connections import repository as connections
from services.core.connections import service as connection_service
from services.core.connections.models import Connection
from services.core.connections.vendors import can, utc_now, vendor_context
from services.core.goals import repository, sources
from services.core.goals.models import FeedSource
from services.core.kit import db
from services.core.kit.errors import DomainError
from services.core.kit.logging import get_logger
from services.core.measurement import rules as measurement_rules
from services.core.platforms import access
from services.core.platforms.budgets import OverBudget
from services.core.platforms.errors import CannotDoThat, NotUsable
from services.core.platforms.models import PlatformState
from services.core.platforms.repository import get_connection as get_platform
from services.core.platforms.rules import words_of
from services.core.reports import feeds
from services.scheduler.jobs.measurement import note_refused_token
from services.scheduler.worker.tools import Tools

_log = get_logger("goals")

#: A program's goals are written down so often; reports say what feeds say at the moment they are asked.
REFRESH_APART = timedelta(minutes=5)
_MOST = 500
_AT_ONCE = 4
#: After what passes by itself, after what only people put right, and after what will not change today.
_SOON, _LATER, _TOMORROW = timedelta(minutes=30), timedelta(hours=6), timedelta(days=1)


async def refresh(tools: Tools) -> None:
    """Write down what feeds and formulas say, of launched programs with such goals; one that fails keeps none back."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_programs_to_measure(connection, apart=REFRESH_APART, most=_MOST)
    for organization_id, program_id in due:
        try:
            async with tools.database.transaction(organization_id) as session:
                await feeds.refresh_program(session, program_id, k=tools.settings.min_group_size)
        except Exception as trouble:
            _log.error("goals.refresh_failed", program_id=str(program_id), exc_info=trouble)


async def read_feeds(tools: Tools) -> None:
    """Read the pages that are due, a few at once; one that cannot be read does not keep the others waiting."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_sources_due(connection, most=_MOST)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(organization_id: UUID, source_id: UUID) -> None:
        async with gate:
            await read_feed(tools, organization_id, source_id)

    results = await asyncio.gather(*(one(*ids) for ids in due), return_exceptions=True)
    for (_, source_id), result in zip(due, results, strict=True):
        if isinstance(result, BaseException):
            _log.error("goals.reading_failed", source_id=str(source_id), exc_info=result)


async def read_feed(tools: Tools, organization_id: UUID, source_id: UUID) -> None:
    """Read one page and keep its days. What cannot be read is said on the goal and stores nothing."""
    async with tools.database.transaction(organization_id) as session:
        claimed = await sources.claim(session, source_id)
    if claimed is None:
        return
    source, since, until = claimed
    try:
        if source.platform_connection_id is not None:
            reading = await access.use(
                tools.database, tools.settings, organization_id, source.platform_connection_id,
                Capability.READ_GOAL_FEED, _reader(source, since, until), http=tools.http,
            )  # fmt: skip
        else:
            reading = await _read_lent(tools, source, _reader(source, since, until))
    except (ConnectorError, NotUsable, CannotDoThat, _NotLent) as trouble:
        async with tools.database.transaction(organization_id) as session:
            await _put_off(session, source, trouble)
        return
    async with tools.database.transaction(organization_id) as session:
        await sources.record(session, source_id, reading, since=since, until=until)


def _reader(source: FeedSource, since: date, until: date) -> Callable[[Context], Awaitable[FeedReading]]:
    async def read(ctx: Context) -> FeedReading:
        reader = port(registry.get_connector(source.connector), Capability.READ_GOAL_FEED, ReadsGoalFeeds)
        return await reader.read_goal_feed(ctx, feed=source.feed, subject=source.subject, since=since, until=until)

    return read


class _NotLent(Exception):
    """The account that a person lent cannot be read through."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def _read_lent(
    tools: Tools, source: FeedSource, read: Callable[[Context], Awaitable[FeedReading]]
) -> FeedReading:
    """Read through an account that its person lends; its allowance is the one that its posts have."""
    if source.connection_id is None:
        raise _NotLent(measurement_rules.NOT_CONNECTED)
    async with tools.database.transaction(source.organization_id) as session:
        connection = await connections.get_connection(session, source.connection_id)
        why_not = measurement_rules.why_no_access(connection, now=await db.now(session))
        if not can(connection.connector, Capability.READ_GOAL_FEED):
            why_not = Capability.READ_GOAL_FEED.value
        if why_not is not None:
            raise _NotLent(why_not)
        credentials = await connection_service.open_credentials(session, connection, settings=tools.settings)
    try:
        async with vendor_context(
            tools.settings, connection.connector, credentials=credentials, http=tools.http
        ) as ctx:
            with before_each_call(lambda: _spend(tools, connection)):
                async with asyncio.timeout(tools.settings.publish_deadline_seconds):
                    return await read(ctx)
    except TimeoutError as late:
        raise VendorUnavailable("no answer in time") from late
    except OverBudget:
        raise
    except RateLimited as slow:
        async with tools.database.hot(source.organization_id) as database:
            # The vendor's moment is one of the real world, and the product's clock may be moved in tests.
            until = await database.fetchval("select advocacy_now()") + (slow.retry_at - utc_now())
            await own_budgets.keep_quiet(database, source.organization_id, connection.id, until=until)
        raise
    except ReauthRequired as refused:
        async with tools.database.transaction(source.organization_id) as session:
            await note_refused_token(session, connection, problem=refused.code)
        raise


async def _spend(tools: Tools, connection: Connection) -> None:
    # What raises here takes back what it has spent.
    async with tools.database.hot(connection.organization_id) as database:
        quiet = await own_budgets.quiet_until(database, connection.organization_id, connection.id)
        if quiet is not None:
            raise OverBudget(quiet, "the vendor asked us to wait")
        limits = registry.get_connector(connection.connector).manifest.budgets
        allowed = await own_budgets.spend(
            database,
            connection.organization_id,
            connector=connection.connector,
            budgets=limits,
            connection_ids=[connection.id],
            capability=Capability.READ_GOAL_FEED,
        )
        if not allowed:
            again_at = await own_budgets.next_period(database, limits, Capability.READ_GOAL_FEED)
            raise OverBudget(again_at, "the allowance of this account is spent")


async def _put_off(session: AsyncSession, source: FeedSource, trouble: Exception) -> None:
    code = trouble.code if isinstance(trouble, ConnectorError | DomainError | _NotLent) else "vendor_unavailable"
    words = words_of(trouble) if isinstance(trouble, ConnectorError) else None
    again_at: datetime | None = await _again_at(session, trouble)
    if await _is_gone(session, source):
        # Nobody connects this account again: another one has to be named.
        code, again_at = measurement_rules.NOT_CONNECTED, None
    await sources.fail(session, source.id, problem=code, words=words, again_at=again_at)


async def _is_gone(session: AsyncSession, source: FeedSource) -> bool:
    if source.platform_connection_id is None:
        return False
    return (await get_platform(session, source.platform_connection_id)).state is PlatformState.REVOKED


async def _again_at(session: AsyncSession, trouble: Exception) -> datetime:
    now = await db.now(session)
    if isinstance(trouble, OverBudget):
        return trouble.retry_at
    if isinstance(trouble, RateLimited):
        return now + max(trouble.retry_at - utc_now(), timedelta(minutes=1))
    if isinstance(trouble, VendorUnavailable | ProtocolViolation):
        return now + _SOON
    return now + (_TOMORROW if isinstance(trouble, CannotDoThat) else _LATER)
