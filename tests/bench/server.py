"""The databases of a run: on the server of ``ADVOCACY_DATABASE_URL``, or on an embedded one. Dropped at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from services.core.kit.embedded import EmbeddedPostgres
from services.core.kit.settings import Settings
from services.core.migrations import runner
from tests.factories import bulk

#: Four processes of the bare loop with 32 connections each, and what else looks at the server.
_MAX_CONNECTIONS = 200
_WAITING_ORGANIZATIONS = 10
_WAITING_PEOPLE = 20
#: Waiting rows are planned for a month from now and the year after that.
_FIRST_SECONDS = 30 * 86_400
_SPREAD_SECONDS = 365 * 86_400

# Copies of genuine rows that differ in what may differ: id, occurrence and time. Ids rise, as the product's own do.
_MULTIPLY = """
insert into publications ({columns})
select {values}
  from generate_series(1, $1::int) as g(n)
  join (select *, row_number() over (order by id) - 1 as number from publications where state = 'scheduled') as s
    on s.number = g.n % $2::int
"""
_CHANGED = {
    "id": "(lpad(to_hex(extract(epoch from now())::bigint * 1000), 12, '0') || '7000a000'"
    " || lpad(to_hex(g.n), 12, '0'))::uuid",
    "occurrence": "s.occurrence + 1 + g.n / $2::int",
    "scheduled_local": "to_char((s.scheduled_at + make_interval(secs => mod(g.n * 7919.0, $3::int)::float8))"
    " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
    "scheduled_at": "s.scheduled_at + make_interval(secs => mod(g.n * 7919.0, $3::int)::float8)",
    "due_at": "s.scheduled_at + make_interval(secs => mod(g.n * 7919.0, $3::int)::float8)",
}


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    """Where databases can be made, and what it is: ``given`` or ``embedded``. For the main thread, before any other."""
    given = os.environ.get("ADVOCACY_DATABASE_URL")
    if given:
        yield given, "given"
        return
    with EmbeddedPostgres(folder, max_connections=_MAX_CONNECTIONS) as embedded:
        yield embedded.dsn("postgres"), "embedded"


@asynccontextmanager
async def fresh_database(admin_url: str) -> AsyncIterator[str]:
    """A migrated database of this run's own."""
    name = f"advocacy_bench_{uuid4().hex[:12]}"
    await _execute(admin_url, f"create database {name}")
    try:
        parts = urlsplit(admin_url)
        url = urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, parts.fragment))
        await runner.migrate(url)
        yield url
    finally:
        await _execute(admin_url, f"drop database {name} with (force)")


async def fill(url: str, settings: Settings, *, connector: str, waiting: int) -> None:
    """Write ``waiting`` scheduled publications for the far future, of several organizations, and let it settle."""
    genuine = 0
    for number in range(_WAITING_ORGANIZATIONS):
        people = min(_WAITING_PEOPLE, max(waiting // _WAITING_ORGANIZATIONS, 1))
        name = f"Waiting {number}"
        await bulk.seed(
            url, settings, connector=connector, people=people, per_person=1, due_in=_far, organization_name=name
        )
        genuine += people
    connection = await asyncpg.connect(url, timeout=30, command_timeout=600)
    try:
        names = [row["column_name"] for row in await connection.fetch(
            "select column_name from information_schema.columns where table_name = 'publications'"
            " and table_schema = current_schema() order by ordinal_position"
        )]  # fmt: skip
        with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
            # The copies point where genuine rows point; checking each of a million again would only take longer.
            await connection.execute("set session_replication_role = replica")
        values = [_CHANGED.get(name, f"s.{name}") for name in names]
        statement = _MULTIPLY.format(columns=", ".join(names), values=", ".join(values))
        await connection.execute("alter table publications no force row level security")
        await connection.execute(
            statement.replace("$1", str(waiting - genuine))
            .replace("$2", str(genuine))
            .replace("$3", str(_SPREAD_SECONDS))
        )
        await connection.execute("alter table publications force row level security")
        await connection.execute("vacuum analyze publications")
        with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
            await connection.execute("checkpoint")
    finally:
        await connection.close()


def _far(number: int) -> float:
    return float(_FIRST_SECONDS + number)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
