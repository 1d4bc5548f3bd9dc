"""The one place that knows how we reach PostgreSQL: sessions for what changes things, plain asyncpg for hot reads.

Both enter the runtime role (``SET ROLE``) at connect, so that row-level security binds whatever URL was given, and both
say in each transaction which organization they act for. Without that, tenant tables show nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
import sqlmodel
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import SessionTransaction
from sqlmodel.ext.asyncio.session import AsyncSession

#: The role of every connection but those of ``advocacy migrate``: not owner, not superuser, no BYPASSRLS.
RUNTIME_ROLE = "advocacy_app"
#: Owner of the few SECURITY DEFINER look-ups that start without an organization.
LOOKUP_ROLE = "advocacy_lookup"
#: The only role that may move the clock; no connection of ours enters it outside tests.
TEST_ROLE = "advocacy_test"

#: What a database that restarts, or is not there, raises.
TROUBLE = (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError)

#: Rows that belong to the installation rather than to a tenant (idempotency of operator calls) carry this id.
OPERATOR_ORGANIZATION = UUID(int=0)

#: A server that vanishes without a word (a pulled cable, a frozen machine) must not hold a process for ever.
CONNECT_SECONDS = 15.0
COMMAND_SECONDS = 120.0
#: A process that is frozen inside a transaction keeps what it has locked; after this the server ends its session.
IDLE_IN_TRANSACTION_SECONDS = 15
_CLOSE_SECONDS = 10.0

_ORGANIZATION = "organization_id"
_SET_ORGANIZATION = "select set_config('app.organization_id', $1, true)"


class TenantSession(sqlmodel.Session):
    """The session under AsyncSession; tells PostgreSQL in every transaction whose rows it may see."""


@event.listens_for(TenantSession, "after_begin")
def _enter_organization(session: sqlmodel.Session, transaction: SessionTransaction, connection: sa.Connection) -> None:
    organization_id = session.info.get(_ORGANIZATION)
    connection.exec_driver_sql(_SET_ORGANIZATION, (str(organization_id or ""),))


def _server_settings(role: str | None) -> dict[str, str]:
    settings = {"timezone": "UTC", "application_name": "advocacy"}
    if role is not None:
        settings["role"] = role
        settings["idle_in_transaction_session_timeout"] = f"{IDLE_IN_TRANSACTION_SECONDS}s"
    return settings


async def connect(url: str, *, role: str | None = RUNTIME_ROLE) -> asyncpg.Connection[asyncpg.Record]:
    """One plain connection, in UTC and in ``role`` (None: the role of the URL, for migrations)."""
    # Migrations, which alone come without a role, take as long as they take.
    command_timeout = COMMAND_SECONDS if role is not None else None
    return await asyncpg.connect(
        url, server_settings=_server_settings(role), timeout=CONNECT_SECONDS, command_timeout=command_timeout
    )


async def _leave_as_it_is(connection: object) -> None:
    """Nothing to reset."""


class Database:
    """The connections of one process. Open it once at start, close it at the end."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = url
        self._engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: connect(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            # What a failing statement carried (mails, addresses, words of people) stays out of the logs.
            hide_parameters=True,
        )
        self._sessions = async_sessionmaker(
            self._engine, class_=AsyncSession, sync_session_class=TenantSession, expire_on_commit=False
        )
        self._pool_size = pool_size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Open the pool of hot reads; raise OSError or asyncpg.PostgresError if the server cannot be reached."""
        self._pool = await asyncpg.create_pool(
            self.url,
            min_size=1,
            max_size=self._pool_size,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings=_server_settings(RUNTIME_ROLE),
            # What we set is set for a transaction only, so nothing is left behind that would have to be reset.
            reset=_leave_as_it_is,
        )

    async def close(self) -> None:
        """Give every connection back."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), _CLOSE_SECONDS)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None
        await self._engine.dispose()

    def session(self, organization_id: UUID | None) -> AsyncSession:
        """A session for one organization; None sees no tenant rows at all. Nothing is committed by itself."""
        return self._sessions(info={_ORGANIZATION: organization_id})

    @asynccontextmanager
    async def transaction(self, organization_id: UUID | None) -> AsyncIterator[AsyncSession]:
        """A session whose transaction is committed at the end, and rolled back if an error leaves the block."""
        async with self.session(organization_id) as session, session.begin():
            yield session

    @asynccontextmanager
    async def hot(self, organization_id: UUID | None) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A plain connection inside a transaction for one organization, for statements in a ``hot.py``."""
        if self._pool is None:
            raise RuntimeError("Database.open() has to be called first")
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_SET_ORGANIZATION, str(organization_id or ""))
            yield connection


def organization_of(session: AsyncSession) -> UUID:
    """The organization a session acts for; raise RuntimeError for a session without one."""
    organization_id = session.info.get(_ORGANIZATION)
    if not isinstance(organization_id, UUID):
        raise RuntimeError("this needs a session of one organization")
    return organization_id


async def act_for(session: AsyncSession, organization_id: UUID) -> None:
    """Let a session act for ``organization_id``, in the transaction that is open and in those that follow."""
    session.info[_ORGANIZATION] = organization_id
    await (await driver_connection(session)).execute(_SET_ORGANIZATION, str(organization_id))


async def driver_connection(session: AsyncSession) -> asyncpg.Connection[asyncpg.Record]:
    """The asyncpg connection under a session's open transaction, for what joins it (the job queue)."""
    raw = await (await session.connection()).get_raw_connection()
    connection: Any = raw.driver_connection
    return connection


async def now(session: AsyncSession) -> datetime:
    """The product's time: the database's clock, moved only by tests. Aware, UTC."""
    moment = (await session.exec(sqlmodel.select(advocacy_now()))).one()
    return moment


def advocacy_now() -> sa.sql.functions.Function[datetime]:
    """``advocacy_now()`` in a statement."""
    return sa.func.advocacy_now(type_=sa.DateTime(timezone=True))


async def move_clock(url: str, *, by: timedelta) -> None:
    """For tests: set how far ``advocacy_now()`` runs ahead of the server's clock, in every process at once."""
    connection = await connect(url, role=TEST_ROLE)
    try:
        await connection.execute("update clock set ahead = $1", by)
    finally:
        await connection.close()
