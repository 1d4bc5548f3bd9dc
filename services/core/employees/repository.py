"""Every query on employees, directory runs and data keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.employees.csv_file import FIELDS, REQUIRED
from services.core.employees.models import (
    PRESENT,
    DataKey,
    DirectoryRow,
    DirectorySource,
    DirectorySync,
    Employee,
    EmploymentStatus,
    RowAction,
    SyncState,
    Tombstone,
)
from services.core.employees.records import Record, Shared
from services.core.employees.rules import Change, plain
from services.core.kit.db import advocacy_now, driver_connection, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id

#: How long a run waits to be applied; after that what it compared is forgotten.
KEPT_FOR = timedelta(days=7)
#: How long a list may be read and compared between two statements: a workbook of a large company takes minutes.
_READING_SECONDS = 900
_ROWS_AT_ONCE = 5_000

#: The tables themselves: a run may concern many thousands of people, and needs no objects of them.
_PEOPLE: Any = sa.inspect(Employee).local_table
_ROWS: Any = sa.inspect(DirectoryRow).local_table


def any_of(values: Iterable[Any], kind: Any = sa.Uuid) -> Any:
    """``= any($1)``: one parameter however many values there are; a statement takes 32,767 at the most."""
    return sa.any_(sa.literal(list(values), ARRAY(kind)))


def employees(session: AsyncSession) -> SelectOfScalar[Employee]:
    """All employees of the organization, those who left too."""
    return select(Employee).where(Employee.organization_id == organization_of(session))


async def find_employee(session: AsyncSession, employee_id: UUID) -> Employee | None:
    """One employee."""
    return (await session.exec(employees(session).where(Employee.id == employee_id))).first()


async def list_by_ids(session: AsyncSession, ids: Sequence[UUID]) -> list[Employee]:
    """These employees."""
    if not ids:
        return []
    return list((await session.exec(employees(session).where(col(Employee.id) == any_of(ids)))).all())


async def list_known(session: AsyncSession) -> list[Record]:
    """Everybody of the organization, as plain values of the fields that a directory tells."""
    names = ("source", "suspended_by", *FIELDS)
    shared = Shared()
    connection = await driver_connection(session)
    statement = f"select {', '.join(names)} from employees where organization_id = $1"  # noqa: S608 our own names
    people = connection.cursor(statement, organization_of(session), prefetch=1000)
    return [Record(names, tuple(shared(plain(value)) for value in row)) async for row in people]


async def list_gone(
    session: AsyncSession, source: str, ids: Collection[str], *, fields: Collection[str]
) -> list[dict[str, str]]:
    """Those of a source's people whom it has deleted, as it would tell of them with these fields: they have left."""
    if not ids:
        return []
    names = sorted({*REQUIRED, *fields} & FIELDS.keys())
    statement = sa.select(*[_PEOPLE.c[name] for name in names]).where(
        _PEOPLE.c.organization_id == organization_of(session),
        _PEOPLE.c.source == source,
        _PEOPLE.c.status != EmploymentStatus.LEFT,
        _PEOPLE.c.source_id == any_of(sorted(ids), sa.String),
    )
    found = (await (await session.connection()).execute(statement)).mappings()
    told = [{name: plain(value) for name, value in row.items() if value is not None} for row in found]
    return [{**one, "status": EmploymentStatus.LEFT.value} for one in told]


async def apply_leavers(session: AsyncSession, sync: DirectorySync) -> list[UUID]:
    """Let those go who leave in this run; answer who they are."""
    statement = _changed(sync, RowAction.LEAVE).returning(_PEOPLE.c.id)
    return list((await (await session.connection()).execute(statement)).scalars())


async def apply_updates(session: AsyncSession, sync: DirectorySync) -> None:
    """Change those whom this run changes, in two statements however many they are."""
    connection = await session.connection()
    # Two people may swap addresses, and each row is checked for a clash as it is written.
    targets = _targets(sync, RowAction.UPDATE)
    aside = (
        sa.update(_PEOPLE)
        .values(work_email=sa.cast(_PEOPLE.c.id, sa.String))
        .where(*_at(sync, targets), targets.c.changes.has_key("work_email"))
    )
    await connection.execute(aside)
    await connection.execute(_changed(sync, RowAction.UPDATE))


async def apply_creations(session: AsyncSession, sync: DirectorySync) -> None:
    """Add those who are new in this run, in one statement; a person gets the id of their row in the run."""
    names = [name for name in FIELDS if name != "source_id"]
    new = sa.select(
        _ROWS.c.organization_id,
        _ROWS.c.id,
        sa.literal(sync.source),
        _ROWS.c.source_id,
        sa.literal(1),
        *[_told(name) for name in names],
    ).where(
        _ROWS.c.organization_id == sync.organization_id,
        _ROWS.c.sync_id == sync.id,
        _ROWS.c.action == RowAction.CREATE,
    )
    columns = ["organization_id", "id", "source", "source_id", "version", *names]
    await (await session.connection()).execute(sa.insert(_PEOPLE).from_select(columns, new))


def _told(name: str, changes: Any = None) -> Any:
    """What a row of a run says of a field, as the column takes it."""
    return sa.cast((_ROWS.c.changes if changes is None else changes)[name].astext, _PEOPLE.c[name].type)


def _targets(sync: DirectorySync, action: RowAction) -> Any:
    """Where the people are whom a run changes; somebody taken over is found where they were.

    Worked out beforehand: row-level security keeps expressions over JSON from being looked up in an index.
    """
    before = _ROWS.c.before
    found = sa.select(
        sa.func.coalesce(before["source"].astext, sync.source).label("at_source"),
        sa.func.coalesce(before["source_id"].astext, _ROWS.c.source_id).label("at_source_id"),
        _ROWS.c.changes,
    ).where(_ROWS.c.organization_id == sync.organization_id, _ROWS.c.sync_id == sync.id, _ROWS.c.action == action)
    return found.cte("targets").prefix_with("MATERIALIZED")


def _at(sync: DirectorySync, targets: Any) -> list[Any]:
    return [
        _PEOPLE.c.organization_id == sync.organization_id,
        _PEOPLE.c.source == targets.c.at_source,
        _PEOPLE.c.source_id == targets.c.at_source_id,
    ]


def _changed(sync: DirectorySync, action: RowAction) -> Any:
    """The statement that gives people the values of their rows, and leaves the others as they are."""
    targets = _targets(sync, action)
    changes = targets.c.changes
    values: dict[str, Any] = {
        name: sa.case((changes.has_key(name), _told(name, changes)), else_=_PEOPLE.c[name])
        for name in ("source", *FIELDS)
    }
    # Another source may have suspended somebody since the run was compared.
    is_held_back = _PEOPLE.c.suspended_by.isnot(None) & values["status"].in_(PRESENT)
    values["status"] = sa.case((is_held_back, EmploymentStatus.SUSPENDED), else_=values["status"])
    return (
        sa.update(_PEOPLE)
        .values(**values, version=_PEOPLE.c.version + 1, updated_at=advocacy_now())
        .where(*_at(sync, targets))
    )


async def lock_directory(session: AsyncSession, *, shared: bool = False) -> None:
    """One run of an organization's directory at a time, until the transaction ends.

    ``shared``: for a change of one person, of which there may be many at once, but none during a run.
    """
    key = organization_of(session).int % (2**63)
    lock = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
    await session.exec(select(lock(key)))


async def take_time(session: AsyncSession) -> None:
    """Let this transaction idle while a long list is read: a session that does so for seconds is ended otherwise."""
    name, value = "idle_in_transaction_session_timeout", f"{_READING_SECONDS}s"
    await session.exec(select(sa.func.set_config(name, value, True)))


async def find_employed_at(session: AsyncSession, work_email: str) -> Employee | None:
    """Who has this work address and has not left; there is one at the most."""
    statement = employees(session).where(
        sa.func.lower(col(Employee.work_email)) == work_email.lower(), col(Employee.status) != EmploymentStatus.LEFT
    )
    return (await session.exec(statement)).first()


async def has_tombstones(session: AsyncSession) -> bool:
    """Whether anybody's record is gone."""
    statement = select(Tombstone.id).where(Tombstone.organization_id == organization_of(session)).limit(1)
    return (await session.exec(statement)).first() is not None


async def find_tombstones(session: AsyncSession, hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these hashes belong to somebody whose record is gone."""
    if not hashes:
        return set()
    statement = select(Tombstone.key_hash).where(
        Tombstone.organization_id == organization_of(session),
        col(Tombstone.key_hash) == any_of(hashes, sa.LargeBinary),
    )
    return set((await session.exec(statement)).all())


async def add_tombstones(session: AsyncSession, hashes: Iterable[bytes]) -> None:
    """Keep these hashes; those that are kept already stay."""
    rows = [{"organization_id": organization_of(session), "id": new_id(), "key_hash": one} for one in hashes]
    if rows:
        await session.exec(insert(Tombstone).values(rows).on_conflict_do_nothing())


def syncs(session: AsyncSession) -> SelectOfScalar[DirectorySync]:
    """All runs of the organization."""
    return select(DirectorySync).where(DirectorySync.organization_id == organization_of(session))


async def get_sync(session: AsyncSession, sync_id: UUID, *, lock: bool = False) -> DirectorySync:
    """One run; raise NotFound. ``lock`` keeps others from changing it until the transaction ends."""
    statement = syncs(session).where(DirectorySync.id == sync_id)
    found = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if found is None:
        raise NotFound(thing="directory sync")
    return found


async def list_open_syncs(session: AsyncSession, source: str | None, *, only_old: bool = False) -> list[DirectorySync]:
    """Runs of a source (None: of any) that were not applied yet; ``only_old``: those that are too old to be."""
    statement = syncs(session).where(col(DirectorySync.state).in_((SyncState.READY, SyncState.HELD)))
    if source is not None:
        statement = statement.where(DirectorySync.source == source)
    if only_old:
        statement = statement.where(col(DirectorySync.created_at) < advocacy_now() - KEPT_FOR)
    return list((await session.exec(statement)).all())


async def find_last_sync(session: AsyncSession, source: str) -> DirectorySync | None:
    """The newest run of a source, whatever became of it."""
    statement = syncs(session).where(DirectorySync.source == source).order_by(col(DirectorySync.id).desc())
    return (await session.exec(statement.limit(1))).first()


async def was_applied(session: AsyncSession, source: str) -> bool:
    """Whether a run of this source was ever applied."""
    statement = syncs(session).where(DirectorySync.source == source, DirectorySync.state == SyncState.APPLIED)
    return (await session.exec(statement.limit(1))).first() is not None


def sources(session: AsyncSession) -> SelectOfScalar[DirectorySource]:
    """All sources of the organization."""
    return select(DirectorySource).where(DirectorySource.organization_id == organization_of(session))


async def get_source(session: AsyncSession, source_id: UUID) -> DirectorySource:
    """One source; raise NotFound."""
    found = (await session.exec(sources(session).where(DirectorySource.id == source_id))).first()
    if found is None:
        raise NotFound(thing="directory source")
    return found


async def take_source(session: AsyncSession, source_id: UUID) -> DirectorySource | None:
    """One source for this transaction alone; None when it is gone."""
    statement = sources(session).where(DirectorySource.id == source_id).with_for_update()
    return (await session.exec(statement.execution_options(populate_existing=True))).first()


async def find_source(session: AsyncSession, source: str) -> DirectorySource | None:
    """The organization's source of a kind."""
    return (await session.exec(sources(session).where(DirectorySource.source == source))).first()


async def find_sources_due(connection: asyncpg.Connection[asyncpg.Record], *, most: int) -> list[tuple[UUID, UUID]]:
    """Sources to read, of every organization."""
    rows = await connection.fetch("select organization_id, id from find_directory_sources_due($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]


async def list_newly_suspended(session: AsyncSession, sync: DirectorySync) -> list[UUID]:
    """Whom this run keeps out; to be asked before it is applied."""
    targets = _targets(sync, RowAction.UPDATE)
    statement = sa.select(_PEOPLE.c.id).where(
        *_at(sync, targets),
        targets.c.changes["status"].astext == EmploymentStatus.SUSPENDED.value,
        _PEOPLE.c.status != EmploymentStatus.SUSPENDED,
    )
    return list((await (await session.connection()).execute(statement)).scalars())


def rows(session: AsyncSession, sync_id: UUID) -> SelectOfScalar[DirectoryRow]:
    """What a run changes."""
    return select(DirectoryRow).where(
        DirectoryRow.organization_id == organization_of(session), DirectoryRow.sync_id == sync_id
    )


async def insert_rows(session: AsyncSession, sync_id: UUID, changes: Iterable[Change]) -> None:
    """Keep what a run changes, some thousands at once."""
    connection = await driver_connection(session)
    organization_id = organization_of(session)
    rest = iter(changes)
    while some := list(islice(rest, _ROWS_AT_ONCE)):
        await connection.execute(
            "insert into directory_rows (organization_id, id, sync_id, source_id, action, changes, before)"
            " select $1, r.id, $2, r.source_id, r.action, r.changes::jsonb, r.before::jsonb"
            " from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])"
            " as r (id, source_id, action, changes, before)",
            organization_id,
            sync_id,
            [new_id() for _ in some],
            [change.source_id for change in some],
            [change.action.value for change in some],
            [orjson.dumps(change.changes).decode() for change in some],
            [orjson.dumps(change.before).decode() for change in some],
        )


async def delete_rows(session: AsyncSession, sync_id: UUID) -> None:
    """Forget what a run changed."""
    await session.exec(
        sa.delete(DirectoryRow).where(
            col(DirectoryRow.organization_id) == organization_of(session), col(DirectoryRow.sync_id) == sync_id
        )
    )


async def list_data_keys_not_under(session: AsyncSession, prefix: bytes, *, after: UUID, most: int) -> list[DataKey]:
    """Keys whose wrapping does not begin like this, locked; the next ones after an id. Held rows are left out."""
    statement = (
        select(DataKey)
        .where(
            DataKey.organization_id == organization_of(session),
            DataKey.id > after,
            sa.func.substring(col(DataKey.wrapped), 1, len(prefix)) != prefix,
        )
        .order_by(col(DataKey.id))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list((await session.exec(statement)).all())


async def find_data_key(session: AsyncSession, employee_id: UUID | None) -> DataKey | None:
    """The key of a person, or without a person the organization's."""
    statement = select(DataKey).where(
        DataKey.organization_id == organization_of(session),
        col(DataKey.employee_id).is_not_distinct_from(employee_id),
    )
    return (await session.exec(statement)).first()
