"""Keeping access alive without the person: one renewal at a time per token, over all processes.

A lease on the connection's row says who renews: the winner asks the network while no transaction is open, and saves
only over the version it has seen; the others wait and read again. A network may rotate refresh tokens, so an answer
that is lost with a dying process, or on the wire, takes the only working one with it. Then the stored one is tried
again: some networks take it for a while, others end the whole grant, and that is when the person has to act.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, ProtocolViolation, RateLimited, ReauthRequired, VendorUnavailable
from connectors.sdk.models import Credentials
from connectors.sdk.ports import RefreshesCredentials, RevokesCredentials, port
from services.core.connections import repository, rules, service, turns, vendors
from services.core.connections.models import Connection, ConnectionState
from services.core.connections.turns import Waiting, Whose, whose_turn
from services.core.connections.vendors import vendor_context
from services.core.employees import sealing
from services.core.kit import crypto, db
from services.core.kit.crash import crash_point
from services.core.kit.logging import get_logger
from services.core.kit.settings import Settings

_log = get_logger("connection")


@dataclass(frozen=True)
class _Done:
    """Nothing to renew, or nothing that we can."""

    is_usable: bool


@dataclass(frozen=True)
class _Wait(Waiting):
    """Somebody else has the turn."""

    is_usable: bool


@dataclass(frozen=True)
class _Turn:
    """Ours: everything the call and the save need, so that nothing is read between them."""

    connection: Connection
    credentials: Credentials
    sealer: crypto.Sealer
    version: int
    #: The network has just refused this token, so that it is no use whatever its end.
    is_refused: bool
    #: Whoever had the turn before has died with it.
    took_over: bool


async def renew(
    database: db.Database,
    settings: Settings,
    organization_id: UUID,
    connection_id: UUID,
    *,
    refused_version: int | None = None,
) -> bool:
    """Make sure that a usable token is stored; answer whether one is.

    Asks the network only when the token's time has come, or when the network has just refused the token of
    ``refused_version``. However many ask at once, one call is made. What the network says is dead makes the
    connection need its person, who is told; nothing else does.
    """

    async def step(waited_for: int | None) -> _Done | _Wait | _Turn:
        async with database.transaction(organization_id) as session:
            return await _take_turn(
                session, connection_id, settings=settings, refused_version=refused_version, waited_for=waited_for
            )

    found, started = await turns.take(step, settings=settings)
    if isinstance(found, _Turn):
        return await _use_turn(database, settings, found, started=started)
    return found.is_usable


async def _take_turn(
    session: AsyncSession,
    connection_id: UUID,
    *,
    settings: Settings,
    refused_version: int | None,
    waited_for: int | None,
) -> _Done | _Wait | _Turn:
    connection = await repository.get_connection(session, connection_id, lock=True)
    now = await db.now(session)
    token_min = timedelta(seconds=settings.token_min_seconds)
    ends_at = connection.token_expires_at
    is_refused = refused_version is not None and refused_version == connection.token_version
    is_there = connection.state in repository.KEPT_ALIVE and connection.sealed_credentials is not None
    is_usable = is_there and not is_refused and (ends_at is None or ends_at - now >= token_min)
    # A moment that lies ahead although the token is no use any more is one that a failure has put off.
    is_due = is_refused or (connection.renew_at <= now if connection.renew_at is not None else not is_usable)
    if not is_there or not is_due:
        return _Done(is_usable)
    leased_until = connection.refresh_lease_until
    match whose_turn(leased_until=leased_until, now=now, version=connection.token_version, waited_for=waited_for):
        case Whose.ANOTHERS:
            return _Wait(connection.token_version, is_usable)
        case Whose.NOBODYS:
            return _Done(is_usable)
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    credentials = service.unseal_credentials(
        sealer,
        connection.sealed_credentials,
        organization_id=connection.organization_id,
        connection_id=connection.id,
    )
    assert credentials is not None  # noqa: S101  # looked at above
    terms = service.terms_of(connection, credentials, now=now, settings=settings)
    is_first_look = not connection.is_renewable and is_usable
    if not terms.is_renewable or is_first_look:
        # Stored by a version that did not write down what a token allows.
        await repository.write_terms(session, connection.id, terms)
        return _Done(is_usable)
    await repository.take_refresh_lease(session, connection.id, lease=turns.lease_of(settings))
    return _Turn(
        connection,
        credentials,
        sealer,
        connection.token_version,
        is_refused=is_refused,
        took_over=leased_until is not None,
    )


async def _use_turn(database: db.Database, settings: Settings, turn: _Turn, *, started: float) -> bool:
    connection = turn.connection
    if turns.is_too_late(started):
        return await _put_off(database, turn, settings=settings, delay=timedelta(0))
    crash_point("refresh.before_call")
    try:
        fresh = await _ask(settings, turn)
    except ReauthRequired:
        return await _refused(database, turn, settings=settings)
    except RateLimited as slow:
        return await _put_off(database, turn, settings=settings, not_before=slow)
    except (VendorUnavailable, TimeoutError) as unavailable:
        _log.warning("connection.renewal_postponed", connection_id=str(connection.id), reason=str(unavailable))
        return await _put_off(database, turn, settings=settings)
    # The edge to a connector, which may be anybody's: nothing that it raises may cost the person their connection.
    except Exception as broken:
        return await _broken(database, turn, broken, settings=settings)
    crash_point("refresh.after_call")
    try:
        return await _save(database, settings, turn, rules.keep_refresh(turn.credentials, fresh))
    except ProtocolViolation as senseless:
        return await _broken(database, turn, senseless, settings=settings)
    except db.TROUBLE as trouble:
        # The lease runs out, and whoever takes over tries with what is stored.
        _log.error("connection.renewal_not_saved", connection_id=str(connection.id), exc_info=trouble)
        raise


async def _ask(settings: Settings, turn: _Turn) -> Credentials:
    connector = registry.get_connector(turn.connection.connector)
    refreshes = port(connector, Capability.REFRESH_CREDENTIALS, RefreshesCredentials)
    async with (
        vendor_context(settings, turn.connection.connector, credentials=turn.credentials) as ctx,
        asyncio.timeout(settings.publish_deadline_seconds),
    ):
        return await refreshes.refresh_credentials(ctx)


async def _save(database: db.Database, settings: Settings, turn: _Turn, new: Credentials) -> bool:
    """Before anything else: the answer may hold the only refresh token that works. A restarting database gets it later.

    Raises ProtocolViolation for an end that cannot be right, and keeps nothing of such an answer.
    """
    connection = turn.connection
    place = crypto.Place(connection.organization_id, connection.id, "connections.sealed_credentials")
    sealed = turn.sealer.seal(new.to_bytes(), place=place)

    async def write() -> bool:
        async with database.transaction(connection.organization_id) as session:
            now = await db.now(session)
            rules.check_life(new, now=now)
            terms = service.terms_of(connection, new, now=now, settings=settings)
            done = await repository.save_renewed(
                session, connection.id, seen=turn.version, sealed_credentials=sealed, terms=terms
            )
            crash_point("refresh.before_save_commit")
            return done

    is_saved = await turns.save(write)
    crash_point("refresh.after_save")
    if not is_saved:
        # Connected again or cut meanwhile: what is there now wins, and nobody needs ours.
        is_usable, state = await _look(database, settings, turn)
        if state is ConnectionState.REVOKED:
            await _give_back(settings, connection, new)
        return is_usable
    _log.info("connection.renewed", connection_id=str(connection.id), took_over=turn.took_over)
    return (await _look(database, settings, turn))[0]


async def _refused(database: db.Database, turn: _Turn, *, settings: Settings) -> bool:
    """The network takes the refresh token no more. If another one was stored meanwhile, that is the one that counts."""
    async with database.transaction(turn.connection.organization_id) as session:
        connection = await repository.get_connection(session, turn.connection.id, lock=True)
        if connection.token_version == turn.version and connection.state in repository.KEPT_ALIVE:
            connection.refresh_lease_until = None
            connection.renew_at = None
            problem = "renewal_interrupted" if turn.took_over else ReauthRequired.family
            await service.mark_needs_reconnect(session, connection, problem=problem)
            _log.warning("connection.needs_reconnect", connection_id=str(connection.id), problem=problem)
            return False
    return (await _look(database, settings, turn))[0]


async def _broken(database: db.Database, turn: _Turn, error: Exception, *, settings: Settings) -> bool:
    """An answer that cannot be used, or a connector that does not work: ours to mend. What is stored stays."""
    _log.error(
        "connection.renewal_broken",
        connection_id=str(turn.connection.id),
        connector=turn.connection.connector,
        code=getattr(error, "code", type(error).__name__),
        exc_info=error,
    )
    return await _put_off(database, turn, settings=settings)


async def _put_off(
    database: db.Database,
    turn: _Turn,
    *,
    settings: Settings,
    not_before: RateLimited | None = None,
    delay: timedelta | None = None,
) -> bool:
    """Nothing changes but when we try again: not later than the token needs it, unless the network says when."""
    connection = turn.connection
    async with database.transaction(connection.organization_id) as session:
        now = await db.now(session)
        left = connection.token_expires_at - now if connection.token_expires_at else None
        again_at = now + (delay if delay is not None else rules.retry_in(left))
        if not_before is not None:
            # The network's moment is one of the real world, and the product's clock may be moved in tests.
            again_at = max(again_at, now + (not_before.retry_at - vendors.utc_now()))
        await repository.put_off_renewal(session, connection.id, seen=turn.version, renew_at=again_at)
    return (await _look(database, settings, turn))[0]


async def _look(database: db.Database, settings: Settings, turn: _Turn) -> tuple[bool, ConnectionState]:
    """Whether a usable token is stored by now, and how the connection stands."""
    async with database.transaction(turn.connection.organization_id) as session:
        connection = await repository.get_connection(session, turn.connection.id)
        ends_at = connection.token_expires_at
        left_enough = ends_at is None or ends_at - await db.now(session) >= timedelta(
            seconds=settings.token_min_seconds
        )
    is_there = connection.state in repository.KEPT_ALIVE and connection.sealed_credentials is not None
    is_refused = turn.is_refused and connection.token_version == turn.version
    return is_there and left_enough and not is_refused, connection.state


async def _give_back(settings: Settings, connection: Connection, credentials: Credentials) -> None:
    """A token that came after its connection was cut: the network is asked once to forget it; we have done so."""
    if not vendors.can(connection.connector, Capability.REVOKE_CREDENTIALS):
        return
    revokes = port(registry.get_connector(connection.connector), Capability.REVOKE_CREDENTIALS, RevokesCredentials)
    try:
        async with (
            vendor_context(settings, connection.connector, credentials=credentials) as ctx,
            asyncio.timeout(settings.publish_deadline_seconds),
        ):
            await revokes.revoke_credentials(ctx)
    except (ConnectorError, TimeoutError) as refused:
        _log.warning("connection.late_token_not_withdrawn", connection_id=str(connection.id), exc_info=refused)
