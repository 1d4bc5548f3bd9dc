"""Bring a database to head: roles, schema, job queue, partitions. Safe to run again, and twice at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pgqueuer import Queries
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.core.kit.db import LOOKUP_ROLE, RUNTIME_ROLE, TEST_ROLE, connect
from services.core.kit.logging import get_logger
from services.core.metadata import load_metadata
from services.core.migrations.names import include_name

_log = get_logger(__name__)

#: Any number that nobody else in this database locks.
_LOCK = 7_203_114_905

_ROLES = f"""
do $$
declare wanted text;
begin
  foreach wanted in array array['{RUNTIME_ROLE}', '{LOOKUP_ROLE}', '{TEST_ROLE}'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception when duplicate_object or unique_violation then null;
    end;
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user', wanted);
    end if;
  end loop;
end $$
"""


class MigrationRefused(Exception):
    """The database cannot be brought to head; the message says why and what to do."""


def config() -> Config:
    """Alembic's configuration, without a file of its own."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration


@functools.cache
def head() -> str:
    """The newest version of the schema that this code knows."""
    newest = ScriptDirectory.from_config(config()).get_current_head()
    if newest is None:
        raise MigrationRefused("this installation has no migrations: install it again")
    return newest


async def migrate(url: str) -> None:
    """Bring the database at ``url`` to head; raise MigrationRefused with what to do."""
    try:
        connection = await connect(url, role=None)
    except (OSError, asyncpg.PostgresError) as wrong:
        raise MigrationRefused(f"cannot reach the database of ADVOCACY_DATABASE_URL: {wrong}") from wrong
    try:
        if connection.get_server_version().major < 15:
            raise MigrationRefused("PostgreSQL 15 or newer is needed; this server is older")
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        try:
            await connection.execute(_ROLES)
        except asyncpg.InsufficientPrivilegeError as wrong:
            raise MigrationRefused(
                "the database user may not create roles; run once as a superuser: "
                f"alter role {await connection.fetchval('select current_user')} createrole"
            ) from wrong
        await _alembic(url, lambda configuration: command.upgrade(configuration, "head"))
        await _install_queue(connection)
        await connection.execute("select ensure_partitions(3)")
    finally:
        await connection.close()
    _log.info("database.migrated", head=head())


async def drift(url: str) -> list[object]:
    """What the models say and the database at ``url`` does not have, or the other way round; empty is good."""
    engine = _engine(url)
    try:
        async with engine.connect() as connection:

            def compare(sync: sa.Connection) -> list[object]:
                options = {"include_name": include_name, "compare_type": True}
                return list(compare_metadata(MigrationContext.configure(sync, opts=options), load_metadata()))

            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


async def revision(url: str, message: str) -> None:
    """Write the next migration from the difference between the models and the database at ``url``."""
    known = len(list(ScriptDirectory.from_config(config()).walk_revisions()))
    number = f"{known + 1:04d}"
    await _alembic(url, lambda configuration: command.revision(configuration, message, True, rev_id=number))


def _engine(url: str) -> AsyncEngine:
    return create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url, role=None))


async def _alembic(url: str, action: Callable[[Config], object]) -> None:
    engine = _engine(url)
    try:
        async with engine.connect() as connection:

            def run(sync: sa.Connection) -> None:
                configuration = config()
                configuration.attributes["connection"] = sync
                action(configuration)

            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


async def _install_queue(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    queries = Queries.from_asyncpg_connection(connection)
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        await queries.install()
    tables = await connection.fetch("select tablename from pg_tables where tablename like 'pgqueuer%'")
    for row in tables:
        await connection.execute(f'grant select, insert, update, delete on "{row["tablename"]}" to {RUNTIME_ROLE}')
    sequences = await connection.fetch("select sequencename from pg_sequences where sequencename like 'pgqueuer%'")
    for row in sequences:
        await connection.execute(f'grant usage on sequence "{row["sequencename"]}" to {RUNTIME_ROLE}')
