"""Linking a person's own account: started by them, granted at the network, confirmed by them.

The network's answer alone activates nothing. The page that the network leads back to shows a code, in that browser and
nowhere else; whoever started enters it with their own key, having seen which account came back. So nobody can slip an
account of theirs under somebody else, and nobody can have a colleague allow what they then use.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.models import Account, Credentials
from services.core.audit import service as audit
from services.core.connections import repository
from services.core.connections.errors import AccountTaken, AlreadyConnected, NothingToConfirm, StateRefused
from services.core.connections.models import AuthorizationRequest, Connection, ConnectionState
from services.core.employees import sealing
from services.core.events import service as events
from services.core.kit import crypto, db
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor

STATE_MINUTES = 10
_STATE_LENGTH = 43
CODE_DIGITS = 6
MOST_WRONG_CODES = 5


async def start(
    session: AsyncSession, actor: Actor, *, connector: str, needs_account: bool, settings: Settings
) -> tuple[Connection, str | None]:
    """Begin to connect; answer the connection and the state to send along, if the person has to go to the network.

    A connector without accounts is ready at once: a row without secrets. Raises AlreadyConnected, unless what is
    there has to be connected again.
    """
    employee_id = actor.person()
    linked = await repository.find_linked(session, employee_id=employee_id, connector=connector)
    if linked is not None and linked.state not in repository.RETURNABLE:
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
    state = crypto.random_text(_STATE_LENGTH)
    session.add(
        AuthorizationRequest(
            organization_id=actor.tenant(),
            connection_id=connection.id,
            state_hash=_hash_state(settings, state),
            expires_at=now + timedelta(minutes=STATE_MINUTES),
        )
    )
    await session.flush()
    return connection, state


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
) -> str:
    """Keep what the network granted, sealed, until its person confirms; answer the code that only their browser sees.

    Raises StateRefused if the connection was cut meanwhile.
    """
    if connection.state not in repository.RETURNABLE:
        raise StateRefused()
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    connection.sealed_account = sealing.seal_document(
        sealer,
        {
            "external_id": account.external_id,
            "display_name": account.display_name,
            "profile_url": account.profile_url,
        },
        place=_place(connection, "sealed_account"),
    )
    connection.sealed_credentials = sealer.seal(credentials.to_bytes(), place=_place(connection, "sealed_credentials"))
    connection.account_hash = crypto.keyed_hash(
        settings.key_pepper.get_secret_value(), purpose=f"account:{connection.connector}", value=account.external_id
    )
    connection.scopes = sorted(credentials.scopes)
    connection.token_expires_at = credentials.expires_at
    connection.token_version += 1
    connection.state = ConnectionState.AWAITING_CONFIRMATION
    connection.problem = None
    code = crypto.random_digits(CODE_DIGITS)
    connection.confirmation_hash = _hash_code(settings, connection, code)
    connection.wrong_codes = 0
    session.add(connection)
    await session.flush()
    return code


async def check_code(session: AsyncSession, connection: Connection, *, code: str, settings: Settings) -> bool:
    """Whether this is the code shown in the browser; a wrong one is counted, and the last one destroys the grant.

    Raises NothingToConfirm.
    """
    if connection.state is not ConnectionState.AWAITING_CONFIRMATION or connection.confirmation_hash is None:
        raise NothingToConfirm(state=connection.state.value)
    if crypto.same(connection.confirmation_hash, _hash_code(settings, connection, code.strip())):
        return True
    connection.wrong_codes += 1
    if connection.wrong_codes >= MOST_WRONG_CODES:
        connection.state = ConnectionState.PENDING
        connection.sealed_credentials = None
        connection.sealed_account = None
        connection.account_hash = None
        connection.confirmation_hash = None
    session.add(connection)
    await session.flush()
    return False


async def confirm(session: AsyncSession, actor: Actor, connection: Connection) -> Connection:
    """The person has seen the account, and proved that it was they who allowed it; raise AccountTaken."""
    taken = await repository.find_by_account(
        session, connector=connection.connector, account_hash=connection.account_hash or b""
    )
    if taken is not None and taken.id != connection.id:
        raise AccountTaken()
    connection.state = ConnectionState.ACTIVE
    connection.confirmation_hash = None
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
    """Cut the connection at the person's word: what opens the account is destroyed here and now."""
    connection.state = ConnectionState.REVOKED
    connection.sealed_credentials = None
    connection.sealed_account = None
    connection.account_hash = None
    connection.token_version += 1
    session.add(connection)
    audit.record(
        session, actor=actor.name, action="connection.revoke", subject=connection,
        after={"connector": connection.connector},
    )  # fmt: skip
    events.emit(session, "connection.revoked", connection_id=connection.id)
    await session.flush()


async def mark_needs_reconnect(session: AsyncSession, connection: Connection, *, problem: str) -> bool:
    """The network refuses the token: pause the connection until its person connects again.

    Answers whether this is news, so that the person is told once.
    """
    if connection.state is not ConnectionState.ACTIVE:
        return False
    connection.state = ConnectionState.NEEDS_RECONNECT
    connection.problem = problem
    session.add(connection)
    events.emit(session, "connection.needs_reconnect", connection_id=connection.id)
    await session.flush()
    return True


async def open_account(session: AsyncSession, connection: Connection, *, settings: Settings) -> Account | None:
    """The account as its network names it; None for a connection without one."""
    if connection.sealed_account is None:
        return None
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    document = sealing.open_document(sealer, connection.sealed_account, place=_place(connection, "sealed_account"))
    return Account(**document)


async def open_credentials(session: AsyncSession, connection: Connection, *, settings: Settings) -> Credentials | None:
    """What opens the account; None for a connection without secrets."""
    if connection.sealed_credentials is None:
        return None
    sealer = await sealing.sealer_for(session, connection.employee_id, master=crypto.Sealer(settings.master_keys))
    return Credentials.from_bytes(
        sealer.open(connection.sealed_credentials, place=_place(connection, "sealed_credentials"))
    )


def _place(connection: Connection, field: str) -> crypto.Place:
    return crypto.Place(connection.organization_id, connection.id, f"connections.{field}")


def _hash_code(settings: Settings, connection: Connection, code: str) -> bytes:
    return crypto.keyed_hash(
        settings.key_pepper.get_secret_value(), purpose=f"confirmation:{connection.id}", value=code
    )


def _hash_state(settings: Settings, state: str) -> bytes:
    return crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose="authorization_state", value=state)
