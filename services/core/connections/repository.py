"""Every query on connections."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.connections.models import AuthorizationRequest, Connection, ConnectionState
from services.core.kit.db import Database, advocacy_now, organization_of
from services.core.kit.errors import NotFound

#: States of a connection that stands for an account.
LINKED = (ConnectionState.ACTIVE, ConnectionState.NEEDS_RECONNECT, ConnectionState.PAUSED)
#: States in which somebody may come back from the network.
BEING_LINKED = (ConnectionState.PENDING, ConnectionState.AWAITING_CONFIRMATION)
RETURNABLE = (*BEING_LINKED, ConnectionState.NEEDS_RECONNECT)


def connections_of(session: AsyncSession, employee_id: UUID) -> SelectOfScalar[Connection]:
    """A person's own connections."""
    return select(Connection).where(
        Connection.organization_id == organization_of(session), Connection.employee_id == employee_id
    )


async def get_own(session: AsyncSession, *, employee_id: UUID, connection_id: UUID, lock: bool = False) -> Connection:
    """One connection of a person; anybody else's is not found."""
    statement = connections_of(session, employee_id).where(Connection.id == connection_id)
    found = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if found is None:
        raise NotFound(thing="connection")
    return found


async def get_connection(session: AsyncSession, connection_id: UUID) -> Connection:
    """One connection, for the product's own work; raise NotFound."""
    statement = select(Connection).where(
        Connection.organization_id == organization_of(session), Connection.id == connection_id
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="connection")
    return found


async def find_linked(session: AsyncSession, *, employee_id: UUID, connector: str) -> Connection | None:
    """The person's connection through this connector that stands for an account, or is being linked."""
    statement = connections_of(session, employee_id).where(
        Connection.connector == connector, col(Connection.state).in_((*LINKED, *BEING_LINKED))
    )
    # The one that stands for an account comes before one that is only being linked.
    return (await session.exec(statement.order_by(col(Connection.confirmed_at).nulls_last()))).first()


async def find_by_account(session: AsyncSession, *, connector: str, account_hash: bytes) -> Connection | None:
    """Whoever in the organization has linked this account."""
    statement = select(Connection).where(
        Connection.organization_id == organization_of(session),
        Connection.connector == connector,
        Connection.account_hash == account_hash,
        col(Connection.state).in_(LINKED),
    )
    return (await session.exec(statement)).first()


async def find_request(database: Database, state_hash: bytes) -> tuple[UUID, UUID] | None:
    """Organization and id of the authorization request with this state."""
    async with database.hot(None) as connection:
        row = await connection.fetchrow("select organization_id, id from find_authorization_request($1)", state_hash)
    return (row["organization_id"], row["id"]) if row else None


async def take_request(session: AsyncSession, request_id: UUID) -> AuthorizationRequest | None:
    """The request, locked for this transaction, if it still works."""
    statement = (
        select(AuthorizationRequest)
        .where(
            AuthorizationRequest.organization_id == organization_of(session),
            AuthorizationRequest.id == request_id,
            col(AuthorizationRequest.used_at).is_(None),
            col(AuthorizationRequest.expires_at) > advocacy_now(),
        )
        .with_for_update()
    )
    return (await session.exec(statement)).first()
