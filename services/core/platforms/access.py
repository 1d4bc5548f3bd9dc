"""Calls to a platform: the token made sure of, the allowance spent, the answer's meaning for the account written down.

No transaction is open while the vendor is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import httpx2
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    ScopeMissing,
    VendorUnavailable,
)
from connectors.sdk.models import Context
from services.core.connections.vendors import utc_now
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.errors import DomainError
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.platforms import budgets, repository, rules, tokens
from services.core.platforms.errors import CannotDoThat, NotUsable, OverBudgetNow, PlatformNotReached, PlatformRefused
from services.core.platforms.models import PlatformConnection, PlatformState
from services.core.platforms.names import NOT_INSTALLED, STATE_NAMES
from services.core.platforms.vendors import Account, manifest_of, platform_context, title_of

T = TypeVar("T")

#: Tell the owners of the incident that a platform is in.
TELL_JOB = "platform.tell"
#: Look at a push now.
PUSH_JOB = "content_push.work"

USABLE = (PlatformState.ACTIVE,)
#: States in which a platform's health can be looked at.
CHECKABLE = (PlatformState.ACTIVE, PlatformState.NEEDS_ATTENTION)

#: What only people can put right.
NEEDS_PEOPLE = (ReauthRequired, ScopeMissing, ConfigurationInvalid)


def check_usable(
    connection: PlatformConnection,
    capability: Capability,
    *,
    states: Collection[PlatformState] = USABLE,
) -> None:
    """Make sure that a platform can be asked for something; raise NotUsable or CannotDoThat."""
    if connection.state not in states:
        raise NotUsable(
            state=STATE_NAMES[connection.state], words=connection.problem_words or "", connection_id=connection.id
        )
    manifest = manifest_of(connection)
    if manifest is None:
        raise NotUsable(state=NOT_INSTALLED, words="", connection_id=connection.id)
    if capability not in manifest.capabilities:
        raise CannotDoThat(platform=manifest.title, capability=capability.label)


async def use(
    database: db.Database,
    settings: Settings,
    organization_id: UUID,
    connection_id: UUID,
    capability: Capability,
    work: Callable[[Context], Awaitable[T]],
    *,
    states: Collection[PlatformState] = USABLE,
    http: httpx2.AsyncClient | None = None,
) -> T:
    """Make a call that may be repeated; a token that the vendor refuses is renewed once, by ourselves.

    Raises NotUsable, CannotDoThat, budgets.OverBudget before any call, and the connector's own errors; those that only
    people can put right are written down, and the owners are told.
    """
    account = await open_for(database, settings, organization_id, connection_id, capability, states=states, http=http)
    try:
        return await call(database, settings, account, capability, work, http=http)
    except ReauthRequired:
        account = await renew_refused(database, settings, account, http=http)
    try:
        return await call(database, settings, account, capability, work, http=http)
    except ReauthRequired as refused:
        # A fresh token is refused as well: by ourselves we get no further.
        await note_refusal(database, organization_id, connection_id, refused, version=account.token_version)
        raise


async def open_for(
    database: db.Database,
    settings: Settings,
    organization_id: UUID,
    connection_id: UUID,
    capability: Capability,
    *,
    states: Collection[PlatformState] = USABLE,
    http: httpx2.AsyncClient | None = None,
) -> Account:
    """A platform with a token that can be used; raise as ``use`` does."""
    async with database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id)
        check_usable(connection, capability, states=states)
    try:
        return await tokens.ensure(database, settings, organization_id, connection_id, http=http)
    except NEEDS_PEOPLE as refused:
        await note_refusal(database, organization_id, connection_id, refused, version=connection.token_version)
        raise


async def renew_refused(
    database: db.Database, settings: Settings, account: Account, *, http: httpx2.AsyncClient | None = None
) -> Account:
    """Another token in place of one that the vendor refused; if there is none, the owners are told, and it raises."""
    try:
        return await tokens.ensure(
            database,
            settings,
            account.organization_id,
            account.connection_id,
            refused_version=account.token_version,
            http=http,
        )
    except NEEDS_PEOPLE as refused:
        await note_refusal(
            database, account.organization_id, account.connection_id, refused, version=account.token_version
        )
        raise


async def call(
    database: db.Database,
    settings: Settings,
    account: Account,
    capability: Capability,
    work: Callable[[Context], Awaitable[T]],
    *,
    http: httpx2.AsyncClient | None = None,
) -> T:
    """One operation, the allowance spent before each of its calls; what an answer says of the account is written down.

    Raises budgets.OverBudget before the call that there is no room for.
    """
    try:
        async with platform_context(
            settings, account.connector, account.settings, credentials=account.credentials, http=http
        ) as ctx:
            with counting(database, account, capability):
                async with asyncio.timeout(settings.publish_deadline_seconds):
                    return await work(ctx)
    except TimeoutError as late:
        raise VendorUnavailable("no answer in time") from late
    except budgets.OverBudget:
        raise
    except RateLimited as slow:
        await note_slow(database, account, slow)
        raise
    except (ScopeMissing, ConfigurationInvalid) as refused:
        await note_refusal(
            database, account.organization_id, account.connection_id, refused, version=account.token_version
        )
        raise


def counting(database: db.Database, account: Account, capability: Capability) -> AbstractContextManager[None]:
    """``budgets.counting`` for a platform that is open."""
    return budgets.counting(
        database, account.organization_id, account.connection_id, connector=account.connector, capability=capability
    )


async def note_slow(database: db.Database, account: Account, slow: RateLimited) -> None:
    """The vendor named a moment before which it does not want to hear from us."""
    async with database.hot(account.organization_id) as connection:
        # The vendor's moment is one of the real world, and the product's clock may be moved in tests.
        now: datetime = await connection.fetchval("select advocacy_now()")
        until = now + (slow.retry_at - utc_now())
        await budgets.keep_quiet(connection, account.organization_id, account.connection_id, until=until)


async def note_refusal(
    database: db.Database, organization_id: UUID, connection_id: UUID, refused: ConnectorError, *, version: int
) -> None:
    """The account was refused: unless another token is there by now, its owners have to act."""
    async with database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id, lock=True)
        if connection.token_version == version:
            await mark_needs_attention(session, connection, refused)


async def mark_needs_attention(session: AsyncSession, connection: PlatformConnection, error: ConnectorError) -> bool:
    """Nothing goes through this platform until its owners act; answer whether this is news."""
    if connection.state is not PlatformState.ACTIVE:
        return False
    connection.state = PlatformState.NEEDS_ATTENTION
    connection.problem = error.code
    connection.problem_words = rules.words_of(error)
    connection.incident_id = new_id()
    session.add(connection)
    events.emit(session, "platform_connection.needs_attention", platform_connection_id=connection.id)
    await jobs.enqueue(session, TELL_JOB, subject_id=connection.id)
    await session.flush()
    return True


async def mark_healthy(session: AsyncSession, connection: PlatformConnection) -> None:
    """It works (again): the incident is over."""
    if connection.state is not PlatformState.NEEDS_ATTENTION:
        return
    connection.state = PlatformState.ACTIVE
    connection.problem = None
    connection.problem_words = None
    connection.incident_id = None
    session.add(connection)
    events.emit(session, "platform_connection.activated", platform_connection_id=connection.id)
    await try_again(session, connection.id)


async def try_again(session: AsyncSession, connection_id: UUID) -> None:
    """What waited for somebody to put the platform right is tried at once, and not at its next time."""
    now = await db.now(session)
    waiting = await repository.list_waiting_for_people(session, connection_id, reasons=rules.WAITS_FOR_PEOPLE)
    for push in waiting:
        push.due_at = now
        session.add(push)
    await session.flush()
    await jobs.enqueue_each(
        await db.driver_connection(session), db.organization_of(session), PUSH_JOB, [one.id for one in waiting]
    )


def as_refusal(error: ConnectorError, *, connector: str) -> DomainError:
    """What a caller over HTTP is told of a connector's error: its own words, and whether trying later helps."""
    platform = title_of(connector)
    if isinstance(error, budgets.OverBudget):
        return OverBudgetNow(platform=platform, retry_at=error.retry_at.astimezone(UTC).isoformat())
    if isinstance(error, RateLimited | VendorUnavailable | ProtocolViolation):
        return PlatformNotReached(platform=platform, words=rules.words_of(error))
    return PlatformRefused(platform=platform, words=rules.words_of(error))
