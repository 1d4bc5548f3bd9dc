"""A usable token for a platform: made or renewed once at a time, over all processes.

Turns are taken as for people's accounts (``connections.turns``), and what comes is saved only over the version that
was seen. Here a client secret makes a token whenever one is needed, and nothing is lost with a lost answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx2
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ReauthRequired, VendorUnavailable
from connectors.sdk.manifest import ApiKey, ClientCredentials, NoAuth
from connectors.sdk.models import Context, Credentials
from connectors.sdk.ports import AuthenticatesOrganizations, RefreshesCredentials, port
from services.core.connections import rules as token_rules
from services.core.connections import turns
from services.core.connections.turns import Waiting, Whose, whose_turn
from services.core.kit import db
from services.core.kit.crash import crash_point
from services.core.kit.settings import Settings
from services.core.platforms import budgets, repository
from services.core.platforms.models import PlatformConnection, PlatformState
from services.core.platforms.vendors import Account, open_account, platform_context, seal_credentials

#: A token with less left than this is renewed before a call: longer than any call takes.
_LEAST_LEFT = timedelta(seconds=60)


@dataclass(frozen=True)
class _Turn:
    """The lease is ours."""

    account: Account
    connection: PlatformConnection


async def ensure(
    database: db.Database,
    settings: Settings,
    organization_id: UUID,
    connection_id: UUID,
    *,
    refused_version: int | None = None,
    http: httpx2.AsyncClient | None = None,
) -> Account:
    """The platform with a token that can be used, or as it is if it needs none; one call is made however many ask.

    ``refused_version`` is the token that the vendor has just refused. Raises ConnectorError: ReauthRequired and
    ConfigurationInvalid if somebody has to act, RateLimited and VendorUnavailable if it can only be tried later.
    """

    async def step(waited_for: int | None) -> Account | _Turn | Waiting:
        async with database.transaction(organization_id) as session:
            return await _take_turn(
                session, connection_id, settings=settings, refused_version=refused_version, waited_for=waited_for
            )

    found, started = await turns.take(step, settings=settings)
    if isinstance(found, Account):
        return found
    if isinstance(found, Waiting):
        raise VendorUnavailable("another process is still renewing the token")
    return await _use_turn(database, settings, found, started=started, http=http)


async def _take_turn(
    session: AsyncSession,
    connection_id: UUID,
    *,
    settings: Settings,
    refused_version: int | None,
    waited_for: int | None,
) -> Account | _Turn | Waiting:
    """The usable account, or our turn to ask, or the wait for somebody else who does."""
    connection = await repository.get_connection(session, connection_id, lock=True)
    account = open_account(connection, settings=settings)
    now = await db.now(session)
    is_refused = refused_version is not None and refused_version == connection.token_version
    if isinstance(registry.get_connector(connection.connector).manifest.auth, ApiKey | NoAuth):
        if is_refused:
            raise ReauthRequired("the key itself was refused")
        return account
    ends_at = connection.token_expires_at
    if account.credentials is not None and not is_refused and (ends_at is None or ends_at - now > _LEAST_LEFT):
        return account
    if connection.state is PlatformState.REVOKED:
        raise ReauthRequired("the platform was disconnected")
    version, leased_until = connection.token_version, connection.refresh_lease_until
    match whose_turn(leased_until=leased_until, now=now, version=version, waited_for=waited_for):
        case Whose.ANOTHERS:
            return Waiting(version)
        case Whose.NOBODYS:
            raise VendorUnavailable("the token could not be renewed just now")
    await repository.take_refresh_lease(session, connection_id, lease=turns.lease_of(settings))
    return _Turn(account, connection)


async def _use_turn(
    database: db.Database, settings: Settings, turn: _Turn, *, started: float, http: httpx2.AsyncClient | None
) -> Account:
    account = turn.account
    crash_point("platform_token.before_call")
    try:
        if turns.is_too_late(started):
            raise VendorUnavailable("too slow to begin in time")
        with budgets.counting(
            database,
            account.organization_id,
            account.connection_id,
            connector=account.connector,
            capability=_way_in(account)[0],
        ):
            fresh = await ask(settings, account, http=http)
        async with database.transaction(account.organization_id) as session:
            token_rules.check_life(fresh, now=await db.now(session))
    except Exception:
        # Whatever it was, the others must not wait for our lease to run out.
        async with database.transaction(account.organization_id) as session:
            await repository.give_back_lease(session, account.connection_id, seen=account.token_version)
        raise
    crash_point("platform_token.after_call")
    await _save(database, settings, turn, fresh)
    async with database.transaction(account.organization_id) as session:
        connection = await repository.get_connection(session, account.connection_id)
        return open_account(connection, settings=settings)


def _way_in(account: Account) -> tuple[Capability, Callable[[Context], Awaitable[Credentials]]]:
    connector = registry.get_connector(account.connector)
    if isinstance(connector.manifest.auth, ClientCredentials):
        opens = port(connector, Capability.AUTHENTICATE, AuthenticatesOrganizations)
        return Capability.AUTHENTICATE, opens.authenticate
    if account.credentials is None or not account.credentials.refresh_token:
        raise ReauthRequired("there is no token that could be renewed")
    if Capability.REFRESH_CREDENTIALS not in connector.manifest.capabilities:
        raise ReauthRequired("the platform renews no token by itself")
    renews = port(connector, Capability.REFRESH_CREDENTIALS, RefreshesCredentials)
    return Capability.REFRESH_CREDENTIALS, renews.refresh_credentials


async def ask(settings: Settings, account: Account, *, http: httpx2.AsyncClient | None = None) -> Credentials:
    """A fresh token from the vendor, complete; no transaction is open meanwhile."""
    _, asking = _way_in(account)
    async with platform_context(
        settings, account.connector, account.settings, credentials=account.credentials, http=http
    ) as ctx:
        try:
            async with asyncio.timeout(settings.publish_deadline_seconds):
                fresh = await asking(ctx)
        except TimeoutError as late:
            raise VendorUnavailable("no answer in time") from late
    return token_rules.keep_refresh(account.credentials, fresh) if account.credentials is not None else fresh


async def _save(database: db.Database, settings: Settings, turn: _Turn, fresh: Credentials) -> None:
    """Before anything else: the answer may hold the only refresh token that works."""
    sealed = seal_credentials(turn.connection, fresh, settings=settings)

    async def write() -> None:
        async with database.transaction(turn.account.organization_id) as session:
            await repository.save_token(
                session,
                turn.account.connection_id,
                seen=turn.account.token_version,
                sealed=sealed,
                expires_at=fresh.expires_at,
            )

    await turns.save(write)
