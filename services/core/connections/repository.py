"""Every query on connections."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.connections.models import AuthorizationRequest, Connection, ConnectionState
from services.core.connections.rules import Terms
from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit.db import Database, advocacy_now, organization_of
from services.core.kit.errors import NotFound

#: States of a connection that stands for an account.
LINKED = (ConnectionState.ACTIVE, ConnectionState.NEEDS_RECONNECT, ConnectionState.PAUSED)
#: States in which somebody may come back from the network.
BEING_LINKED = (ConnectionState.PENDING, ConnectionState.AWAITING_CONFIRMATION)
RETURNABLE = (*BEING_LINKED, *LINKED)
#: States of a connection whose token is kept alive.
KEPT_ALIVE = (ConnectionState.ACTIVE, ConnectionState.PAUSED)


def connections_of(session: AsyncSession, employee_id: UUID) -> SelectOfScalar[Connection]:
    """A person's own connections."""
    return select(Connection).where(
        Connection.organization_id == organization_of(session), Connection.employee_id == employee_id
    )


async def has_active(session: AsyncSession, employee_id: UUID) -> bool:
    """Whether a person has a connection that works."""
    working = connections_of(session, employee_id).where(Connection.state == ConnectionState.ACTIVE)
    return (await session.exec(select(working.exists()))).one()


async def get_own(session: AsyncSession, *, employee_id: UUID, connection_id: UUID, lock: bool = False) -> Connection:
    """One connection of a person; anybody else's is not found."""
    statement = connections_of(session, employee_id).where(Connection.id == connection_id)
    found = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if found is None:
        raise NotFound(thing="connection")
    return found


async def get_connection(session: AsyncSession, connection_id: UUID, *, lock: bool = False) -> Connection:
    """One connection, for the product's own work; raise NotFound. ``lock`` reads it anew, and keeps others away."""
    statement = select(Connection).where(
        Connection.organization_id == organization_of(session), Connection.id == connection_id
    )
    if lock:
        # Posts that refer to it may go on meanwhile.
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
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


async def list_of_leavers(session: AsyncSession) -> list[Connection]:
    """Connections of people who have left, locked for this transaction; those that are cut are not among them."""
    statement = (
        select(Connection)
        .join(
            Employee,
            (col(Employee.organization_id) == Connection.organization_id)
            & (col(Employee.id) == Connection.employee_id),
        )
        .where(
            Connection.organization_id == organization_of(session),
            col(Connection.state).in_(RETURNABLE),
            Employee.status == EmploymentStatus.LEFT,
        )
        .order_by(col(Connection.id))
        .with_for_update(key_share=True, of=Connection)
    )
    return list((await session.exec(statement)).all())


# What the product does to a token by itself leaves the row's version alone, unless its person can see it: the version
# is what they must match to change the row.
_TABLE: Any = sa.inspect(Connection).local_table


def _change(session: AsyncSession, connection_id: UUID) -> Any:
    return sa.update(_TABLE).where(_TABLE.c.organization_id == organization_of(session), _TABLE.c.id == connection_id)


async def take_refresh_lease(session: AsyncSession, connection_id: UUID, *, lease: timedelta) -> None:
    """Keep the others from renewing for a while; the caller has the row locked."""
    statement = _change(session, connection_id).values(refresh_lease_until=advocacy_now() + lease)
    await (await session.connection()).execute(statement)


async def put_off_renewal(session: AsyncSession, connection_id: UUID, *, seen: int, renew_at: datetime) -> None:
    """Give the lease back without a new token, if this is still the token it was taken for."""
    statement = (
        _change(session, connection_id)
        .where(_TABLE.c.token_version == seen)
        .values(refresh_lease_until=None, renew_at=renew_at)
    )
    await (await session.connection()).execute(statement)


async def write_terms(session: AsyncSession, connection_id: UUID, terms: Terms) -> None:
    """Write down what the stored token allows."""
    statement = _change(session, connection_id).values(
        is_renewable=terms.is_renewable, renew_at=terms.renew_at, grant_ends_at=terms.grant_ends_at
    )
    await (await session.connection()).execute(statement)


async def save_renewed(
    session: AsyncSession, connection_id: UUID, *, seen: int, sealed_credentials: bytes, terms: Terms
) -> bool:
    """Store a renewed token in place of version ``seen`` and give the lease back; False if another one is there.

    Reminders begin anew once the end has moved by more than a day.
    """
    ends_at = terms.grant_ends_at
    moved = _TABLE.c.grant_ends_at.is_(None)
    moved |= sa.true() if ends_at is None else _TABLE.c.grant_ends_at < ends_at - timedelta(days=1)
    statement = (
        _change(session, connection_id)
        .where(_TABLE.c.token_version == seen, _TABLE.c.state.in_(KEPT_ALIVE))
        .values(
            sealed_credentials=sealed_credentials,
            token_version=seen + 1,
            scopes=terms.scopes,
            token_expires_at=terms.token_expires_at,
            is_renewable=terms.is_renewable,
            renew_at=terms.renew_at,
            reminded_days=sa.case((moved, None), else_=_TABLE.c.reminded_days),
            grant_ends_at=terms.grant_ends_at,
            refresh_lease_until=None,
            version=_TABLE.c.version + 1,
            updated_at=advocacy_now(),
        )
    )
    done = await (await session.connection()).execute(statement)
    return bool(done.rowcount == 1)


async def _ids(connection: asyncpg.Connection[Any], statement: str, *values: object) -> list[tuple[UUID, UUID]]:
    return [(row["organization_id"], row["id"]) for row in await connection.fetch(statement, *values)]


async def find_to_renew(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Connections of every organization whose token is to be renewed: organization and id."""
    return await _ids(connection, "select organization_id, id from find_connections_to_renew($1)", most)


async def find_to_remind(connection: asyncpg.Connection[Any], *, after_id: UUID, most: int) -> list[tuple[UUID, UUID]]:
    """Connections whose person has a reminder to come; the next page starts after the last id."""
    statement = "select organization_id, id from find_connections_to_remind($1, $2) order by id"
    return await _ids(connection, statement, after_id, most)


async def find_ended(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Connections whose access is over, and only their person can renew it."""
    return await _ids(connection, "select organization_id, id from find_connections_ended($1)", most)


async def find_to_withdraw(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Connections that were cut an hour ago, and whose token is still here."""
    return await _ids(connection, "select organization_id, id from find_connections_to_withdraw($1)", most)


async def find_organization(database: Database, connection_id: UUID) -> UUID | None:
    """Whose connection this is."""
    async with database.hot(None) as connection:
        found: UUID | None = await connection.fetchval("select organization_id from find_connection($1)", connection_id)
    return found
