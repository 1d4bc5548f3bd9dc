"""Linking a person's own account: started by them, granted at the network, confirmed by them.

The network's answer alone activates nothing. The page that the network leads back to shows a code, in that browser and
nowhere else; whoever started enters it with their own key, having seen which account came back. So nobody can slip an
account of theirs under somebody else, and nobody can have a colleague allow what they then use.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ProtocolViolation
from connectors.sdk.models import Account, Credentials, Secret
from services.core.audit import service as audit
from services.core.connections import repository, rules, vendors
from services.core.connections.errors import (
    AccountTaken,
    AlreadyConnected,
    GrantNotCredible,
    NothingToConfirm,
    NothingToReconnect,
    NothingToResume,
    StateRefused,
)
from services.core.connections.models import AuthorizationRequest, Connection, ConnectionState
from services.core.connections.names import STATE_NAMES
from services.core.employees import sealing
from services.core.events import service as events
from services.core.kit import crypto, db, jobs
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor

STATE_MINUTES = 10
_STATE_LENGTH = 43
CODE_DIGITS = 6
MOST_WRONG_CODES = 5
#: How long a network is asked to take its grant back; then the token is destroyed here in any case.
WITHDRAWAL = timedelta(hours=1)

#: Tell the person of the incident that a connection is in.
TELL_JOB = "connection.tell"
#: Ask the network to take its grant back.
WITHDRAW_JOB = "connection.withdraw"


async def start(
    session: AsyncSession, actor: Actor, *, connector: str, needs_account: bool, settings: Settings
) -> tuple[Connection, str | None]:
    """Begin to connect; answer the connection and the state to send along, if the person has to go to the network.

    A connector without accounts is ready at once: a row without secrets. Raises AlreadyConnected, unless what is
    there has to be connected again.
    """
    employee_id = actor.person()
    linked = await repository.find_linked(session, employee_id=employee_id, connector=connector)
    if linked is not None and linked.state in repository.KEPT_ALIVE:
        raise AlreadyConnected(connection_id=linked.id)
    now = await db.now(session)
    if not needs_account:
        connection = Connection(
            organization_id=actor.tenant(),
            employee_id=employee_id,
            connector=connector,
            state=ConnectionState.ACTIVE,
            confirmed_at=now,
        )
        session.add(connection)
        await session.flush()
        return connection, None
    connection = linked or Connection(
        organization_id=actor.tenant(), employee_id=employee_id, connector=connector, state=ConnectionState.PENDING
    )
    session.add(connection)
    await session.flush()
    return connection, await ask_network(session, connection, settings=settings)


async def ask_network(session: AsyncSession, connection: Connection, *, settings: Settings) -> str:
    """Let the person sign in at the network, also for an account that is linked and works; answer the state to send.

    What is there stays in use until the new grant is. Raises NothingToReconnect for a connection that was cut.
    """
    if connection.state not in repository.RETURNABLE:
        raise NothingToReconnect(state=STATE_NAMES[connection.state])
    state = crypto.random_text(_STATE_LENGTH)
    session.add(
        AuthorizationRequest(
            organization_id=connection.organization_id,
            connection_id=connection.id,
            state_hash=_hash_state(settings, state),
            expires_at=await db.now(session) + timedelta(minutes=STATE_MINUTES),
        )
    )
    await session.flush()
    return state


async def find_returned(database: db.Database, settings: Settings, state: str) -> tuple[UUID, UUID]:
    """Organization and request of somebody whom a network sends back; raise StateRefused."""
    found = await repository.find_request(database, _hash_state(settings, state))
    if found is None:
        raise StateRefused()
    return found


async def use_request(session: AsyncSession, request_id: UUID, *, connector: str) -> Connection:
    """Use the state up, before the network is asked anything; raise StateRefused."""
    request = await repository.take_request(session, request_id)
    if request is None:
        raise StateRefused()
    connection = await repository.get_connection(session, request.connection_id)
    if connection.connector != connector or connection.state not in repository.RETURNABLE:
        raise StateRefused()
    request.used_at = await db.now(session)
    session.add(request)
    await session.flush()
    return connection


async def store_grant(
    session: AsyncSession, connection: Connection, *, account: Account, credentials: Credentials, settings: Settings
) -> str | None:
    """Keep what the network granted, sealed, until its person confirms; answer the code that only their browser sees.

    None if there is nothing to confirm: the very account that is linked came back, so whoever signed in is its owner,
    and the new grant is in use. Another account waits beside the linked one, which works on meanwhile. Raises
    StateRefused if the connection was cut meanwhile, GrantNotCredible for an end that cannot be right.
    """
    if connection.state not in repository.RETURNABLE:
        raise StateRefused()
    now = await db.now(session)
    try:
        rules.check_life(credentials, now=now)
    except ProtocolViolation as wrong:
        raise GrantNotCredible() from wrong
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    sealed_account = sealing.seal_document(sealer, asdict(account), place=_place(connection, "sealed_account"))
    sealed_credentials = sealer.seal(credentials.to_bytes(), place=_place(connection, "sealed_credentials"))
    account_hash = crypto.keyed_hash(
        settings.key_pepper.get_secret_value(), purpose=f"account:{connection.connector}", value=account.external_id
    )
    terms = terms_of(connection, credentials, now=now, settings=settings)
    is_linked = connection.state in repository.LINKED
    if is_linked and connection.account_hash != account_hash:
        connection.new_grant = {
            "account": base64.b64encode(sealed_account).decode(),
            "credentials": base64.b64encode(sealed_credentials).decode(),
            "account_hash": account_hash.hex(),
            "terms": {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in asdict(terms).items()
            },
        }
    else:
        _use_grant(connection, sealed_account, sealed_credentials, account_hash, terms)
        if is_linked:
            _settle(connection)
            session.add(connection)
            events.emit(session, "connection.activated", connection_id=connection.id)
            await session.flush()
            return None
        connection.state = ConnectionState.AWAITING_CONFIRMATION
        connection.problem = None
    code = crypto.random_digits(CODE_DIGITS)
    connection.confirmation_hash = _hash_code(settings, connection, code)
    connection.wrong_codes = 0
    session.add(connection)
    await session.flush()
    return code


def terms_of(connection: Connection, credentials: Credentials, *, now: datetime, settings: Settings) -> rules.Terms:
    """What credentials allow us through this connection's connector."""
    return rules.terms(
        credentials,
        can_renew=vendors.can(connection.connector, Capability.REFRESH_CREDENTIALS),
        now=now,
        token_min=timedelta(seconds=settings.token_min_seconds),
    )


def _use_grant(
    connection: Connection, sealed_account: bytes, sealed_credentials: bytes, account_hash: bytes, terms: rules.Terms
) -> None:
    connection.sealed_account = sealed_account
    connection.sealed_credentials = sealed_credentials
    connection.account_hash = account_hash
    connection.scopes = terms.scopes
    connection.token_expires_at = terms.token_expires_at
    connection.is_renewable = terms.is_renewable
    connection.renew_at = terms.renew_at
    connection.grant_ends_at = terms.grant_ends_at
    connection.reminded_days = None
    connection.failures_in_row = 0
    connection.token_version += 1
    # Whoever renews the token of before finds that its version has moved.
    connection.refresh_lease_until = None


def _settle(connection: Connection) -> None:
    """The connection works: whatever was wrong with it is over."""
    connection.state = ConnectionState.ACTIVE
    connection.problem = None
    connection.incident_id = None
    connection.failures_in_row = 0
    connection.confirmation_hash = None
    connection.new_grant = None


def _use_new_grant(connection: Connection) -> None:
    kept = connection.new_grant or {}
    terms: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in kept["terms"].items()
    }
    _use_grant(
        connection,
        base64.b64decode(kept["account"]),
        base64.b64decode(kept["credentials"]),
        bytes.fromhex(kept["account_hash"]),
        rules.Terms(**terms),
    )


async def check_code(session: AsyncSession, connection: Connection, *, code: str, settings: Settings) -> bool:
    """Whether this is the code shown in the browser; a wrong one is counted, and the last one destroys the grant.

    Raises NothingToConfirm.
    """
    is_waiting = connection.state is ConnectionState.AWAITING_CONFIRMATION or connection.new_grant is not None
    if not is_waiting or connection.confirmation_hash is None:
        raise NothingToConfirm(state=STATE_NAMES[connection.state])
    if crypto.same(connection.confirmation_hash, _hash_code(settings, connection, code.strip())):
        return True
    connection.wrong_codes += 1
    if connection.wrong_codes >= MOST_WRONG_CODES:
        connection.confirmation_hash = None
        if connection.new_grant is not None:
            connection.new_grant = None
        else:
            connection.state = ConnectionState.PENDING
            connection.sealed_credentials = None
            connection.sealed_account = None
            connection.account_hash = None
    session.add(connection)
    await session.flush()
    return False


async def confirm(session: AsyncSession, actor: Actor, connection: Connection) -> Connection:
    """The person has seen the account, and proved that it was they who allowed it; raise AccountTaken."""
    account_hash = connection.account_hash
    if connection.new_grant is not None:
        account_hash = bytes.fromhex(connection.new_grant["account_hash"])
    taken = await repository.find_by_account(session, connector=connection.connector, account_hash=account_hash or b"")
    if taken is not None and taken.id != connection.id:
        raise AccountTaken()
    if connection.new_grant is not None:
        _use_new_grant(connection)
    _settle(connection)
    connection.confirmed_at = await db.now(session)
    session.add(connection)
    audit.record(
        session, actor=actor.name, action="connection.confirm", subject=connection,
        after={"connector": connection.connector},
    )  # fmt: skip
    events.emit(session, "connection.activated", connection_id=connection.id)
    await session.flush()
    return connection


async def disconnect(session: AsyncSession, actor: Actor, connection: Connection) -> None:
    """Cut the connection at the person's word."""
    await cut(session, connection, actor=actor.name, reason="disconnected")


async def cut_leavers(session: AsyncSession) -> int:
    """Cut the connections of people who have left; answer how many."""
    rows = await repository.list_of_leavers(session)
    for connection in rows:
        await cut(session, connection, actor="system", reason="person_left")
    return len(rows)


async def cut(session: AsyncSession, connection: Connection, *, actor: str, reason: str) -> None:
    """End a connection: what opens the account is destroyed here and now.

    Where the network lets us take its grant back, the sealed token is kept for that one job, an hour at the most.
    """
    connection.state = ConnectionState.REVOKED
    connection.sealed_account = None
    connection.account_hash = None
    connection.new_grant = None
    connection.confirmation_hash = None
    connection.problem = None
    connection.incident_id = None
    connection.is_renewable = False
    connection.renew_at = None
    connection.grant_ends_at = None
    connection.token_expires_at = None
    connection.refresh_lease_until = None
    connection.token_version += 1
    if connection.sealed_credentials is not None and vendors.can(connection.connector, Capability.REVOKE_CREDENTIALS):
        connection.revoke_until = await db.now(session) + WITHDRAWAL
        await jobs.enqueue(session, WITHDRAW_JOB, subject_id=connection.id)
    else:
        connection.sealed_credentials = None
    session.add(connection)
    audit.record(
        session, actor=actor, action="connection.revoke", subject=connection,
        after={"connector": connection.connector, "reason": reason},
    )  # fmt: skip
    events.emit(session, "connection.revoked", connection_id=connection.id)
    await session.flush()


async def destroy_withdrawn(session: AsyncSession, connection: Connection, *, at_network: bool) -> None:
    """The network has taken its grant back (``at_network``), or we stop asking: the token goes."""
    connection.sealed_credentials = None
    connection.revoke_until = None
    if at_network:
        connection.withdrawn_at = await db.now(session)
    session.add(connection)
    await session.flush()


async def mark_needs_reconnect(session: AsyncSession, connection: Connection, *, problem: str) -> bool:
    """The network refuses the token, or it has ended: nothing goes out until the person connects again.

    Answers whether this is news. The person is told once per incident, by a job.
    """
    if connection.state not in repository.KEPT_ALIVE:
        return False
    await _begin_incident(session, connection, ConnectionState.NEEDS_RECONNECT, problem=problem)
    return True


async def pause_after_failures(session: AsyncSession, connection: Connection, *, problem: str) -> bool:
    """Posts failed in a row for a reason of this account: nothing goes out until the person resumes.

    Answers whether this is news. The person is told once per incident, by a job.
    """
    if connection.state is not ConnectionState.ACTIVE:
        return False
    await _begin_incident(session, connection, ConnectionState.PAUSED, problem=problem)
    return True


async def _begin_incident(
    session: AsyncSession, connection: Connection, state: ConnectionState, *, problem: str
) -> None:
    connection.state = state
    connection.problem = problem
    connection.incident_id = new_id()
    session.add(connection)
    events.emit(session, f"connection.{state.value}", connection_id=connection.id)
    await jobs.enqueue(session, TELL_JOB, subject_id=connection.id)
    await session.flush()


async def resume(session: AsyncSession, connection: Connection) -> Connection:
    """The person has looked, and lets a paused connection go on; raise NothingToResume for any other."""
    if connection.state is not ConnectionState.PAUSED:
        raise NothingToResume(state=STATE_NAMES[connection.state])
    connection.state = ConnectionState.ACTIVE
    connection.problem = None
    connection.incident_id = None
    connection.failures_in_row = 0
    session.add(connection)
    events.emit(session, "connection.activated", connection_id=connection.id)
    await session.flush()
    return connection


async def open_new_account(session: AsyncSession, connection: Connection, *, settings: Settings) -> Account | None:
    """The other account that came back and awaits its person's yes; None if there is none."""
    if connection.new_grant is None:
        return None
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    return unseal_account(
        sealer,
        base64.b64decode(connection.new_grant["account"]),
        organization_id=connection.organization_id,
        connection_id=connection.id,
    )


async def open_account(session: AsyncSession, connection: Connection, *, settings: Settings) -> Account | None:
    """The account as its network names it; None for a connection without one."""
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    return unseal_account(
        sealer,
        connection.sealed_account,
        organization_id=connection.organization_id,
        connection_id=connection.id,
    )


async def open_credentials(session: AsyncSession, connection: Connection, *, settings: Settings) -> Credentials | None:
    """What opens the account; None for a connection without secrets."""
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    return unseal_credentials(
        sealer,
        connection.sealed_credentials,
        organization_id=connection.organization_id,
        connection_id=connection.id,
    )


def unseal_account(
    sealer: crypto.Sealer, sealed: bytes | None, *, organization_id: UUID, connection_id: UUID
) -> Account | None:
    """``open_account`` for who has read the row and its person's key already."""
    if sealed is None:
        return None
    place = crypto.Place(organization_id, connection_id, "connections.sealed_account")
    return Account(**sealing.open_document(sealer, sealed, place=place))


def unseal_credentials(
    sealer: crypto.Sealer, sealed: bytes | None, *, organization_id: UUID, connection_id: UUID
) -> Credentials | None:
    """``open_credentials`` for who has read the row and its person's key already."""
    if sealed is None:
        return None
    place = crypto.Place(organization_id, connection_id, "connections.sealed_credentials")
    return Credentials.from_bytes(sealer.open(sealed, place=place))


def code_verifier(settings: Settings, state: str) -> Secret:
    """The proof key of a sign-in (RFC 7636), made anew from its state when the code comes back, and stored nowhere."""
    key = crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose="pkce", value=state)
    return Secret(base64.urlsafe_b64encode(key).rstrip(b"=").decode())


def _place(connection: Connection, field: str) -> crypto.Place:
    return crypto.Place(connection.organization_id, connection.id, f"connections.{field}")


def _hash_code(settings: Settings, connection: Connection, code: str) -> bytes:
    return crypto.keyed_hash(
        settings.key_pepper.get_secret_value(), purpose=f"confirmation:{connection.id}", value=code
    )


def _hash_state(settings: Settings, state: str) -> bytes:
    return crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose="authorization_state", value=state)
