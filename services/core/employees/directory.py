"""Bringing the list of employees up to date: read and compare first, apply when asked. One way for every source."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import csv_file, history, repository, rules, sources, tombstones
from services.core.employees.csv_file import ParsedFile
from services.core.employees.errors import FILE_PROBLEMS, DirectoryFileRefused, HeldForConfirmation, SyncNotReady
from services.core.employees.models import DirectorySync, RowAction, SyncMode, SyncState
from services.core.employees.names import SYNC_STATE_NAMES
from services.core.employees.table_file import FileRefused, Layout
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.kit.settings import Settings
from services.core.organizations import repository as organizations
from services.core.organizations import service as keys
from services.core.organizations import sessions
from services.core.organizations.rules import Actor, Permission

#: How many bad rows a run describes; all of them are counted.
_PROBLEMS_KEPT = 1000

#: Reads the list at a moment, given the zone of those without one; raises FileRefused.
Reader = Callable[[datetime, str], ParsedFile]


async def read_file(
    session: AsyncSession, actor: Actor, *, content: bytes, mode: SyncMode, settings: Settings
) -> tuple[DirectorySync, list[str]]:
    """Read a CSV or XLSX file and compare it with what is there; nothing is changed yet.

    Answers the run and the dropped columns. A run that was not applied yet is out of date from now on. Raises
    DirectoryFileRefused when the file as a whole cannot be used.
    """
    actor.require(Permission.EMPLOYEES_SYNC)
    return await compare_file(session, content=content, mode=mode, settings=settings, by=actor.name)


async def compare_file(
    session: AsyncSession, *, content: bytes, mode: SyncMode, settings: Settings, by: str
) -> tuple[DirectorySync, list[str]]:
    """The same for a file that somebody has put into the drop folder: ``by`` says to audit who reads it."""
    layout = sources.layout_of(await repository.find_source(session, sources.CSV_SOURCE))
    read = partial(_read_file, content, layout)
    sha256 = hashlib.sha256(content).hexdigest()
    return await _compare(
        session, read, source=sources.CSV_SOURCE, mode=mode, sha256=sha256, cursor=None, settings=settings, by=by
    )


async def compare_directory(
    session: AsyncSession,
    *,
    source: str,
    told: Sequence[Mapping[str, str]],
    gone: Collection[str],
    mode: SyncMode,
    cursor: str | None,
    settings: Settings,
    by: str,
) -> DirectorySync | None:
    """Compare what a connector has told; ``gone`` are ids of those it has deleted, ``cursor`` where it goes on.

    None where changes concern nobody: none were told, or the deletion of people who have left already. Raises
    DirectoryFileRefused, also for a full list of nobody.
    """
    fields = {name for one in told for name in one} if gone else frozenset[str]()
    people = [*told, *await repository.list_gone(session, source, gone, fields=fields)]
    if not people and mode is SyncMode.DELTA:
        return None
    digest = hashlib.sha256(orjson.dumps(people, option=orjson.OPT_SORT_KEYS)).hexdigest()
    read = partial(_read_people, people)
    sync, _ = await _compare(
        session, read, source=source, mode=mode, sha256=digest, cursor=cursor, settings=settings, by=by
    )
    return sync


def _read_file(content: bytes, layout: Layout, now: datetime, zone: str) -> ParsedFile:
    return csv_file.parse(content, now=now, default_zone=zone, layout=layout)


def _read_people(people: Sequence[Mapping[str, str]], now: datetime, zone: str) -> ParsedFile:
    return csv_file.read_people(people, now=now, default_zone=zone)


async def _compare(
    session: AsyncSession,
    read: Reader,
    *,
    source: str,
    mode: SyncMode,
    sha256: str,
    cursor: str | None,
    settings: Settings,
    by: str,
) -> tuple[DirectorySync, list[str]]:
    zone = (await organizations.get_organization(session)).time_zone
    now = await db.now(session)
    await repository.lock_directory(session)
    await repository.take_time(session)
    current = await repository.list_known(session)
    try:
        # A large file would hold up every other request of this process.
        parsed = await asyncio.to_thread(read, now, zone)
        parsed, erased = await tombstones.leave_out(session, parsed, known=current, settings=settings)
        today = now.astimezone(ZoneInfo(zone)).date()
        diff = await asyncio.to_thread(rules.compare, current, parsed, source=source, mode=mode, today=today)
        problems = sorted(parsed.problems + diff.problems, key=lambda problem: problem.line)
        csv_file.check_share(problems, rows=parsed.rows)
        problems = sorted(problems + erased, key=lambda problem: problem.line)
    except FileRefused as refused:
        problem = FieldProblem("/", refused.code, FILE_PROBLEMS[refused.code], dict(refused.values))
        raise DirectoryFileRefused(problems=[problem]) from None
    await _supersede(session, await repository.list_open_syncs(session, source))
    sync = DirectorySync(
        organization_id=db.organization_of(session),
        source=source,
        mode=mode,
        state=SyncState.READY if diff.held_reason is None else SyncState.HELD,
        sha256=sha256,
        cursor=cursor,
        counts={
            **{action.value: diff.count(action) for action in RowAction},
            "unchanged": diff.unchanged,
            "refused": len({problem.line for problem in problems}),
            "leaving": diff.leaving,
            "employed": diff.active_now,
        },
        row_problems=[asdict(problem) for problem in problems[:_PROBLEMS_KEPT]],
        held_reason=diff.held_reason,
    )
    session.add(sync)
    await session.flush()
    await repository.insert_rows(session, sync.id, diff.changes)
    audit.record(session, actor=by, action="directory.read", subject=sync, after={"mode": mode.value, **sync.counts})
    await session.flush()
    return sync, parsed.dropped_columns


async def apply(session: AsyncSession, actor: Actor, sync_id: UUID, *, confirm_mass_change: bool) -> DirectorySync:
    """Do what a run compared, in one transaction; what it compared is forgotten then.

    Raises SyncNotReady for one that was applied, overtaken or kept too long, HeldForConfirmation for one that needs a
    yes.
    """
    actor.require(Permission.EMPLOYEES_SYNC)
    return await apply_run(session, sync_id, confirm_mass_change=confirm_mass_change, by=actor.name)


async def apply_run(
    session: AsyncSession, sync_id: UUID, *, confirm_mass_change: bool = False, by: str
) -> DirectorySync:
    """The same for a source that goes by itself: ``by`` says to audit who."""
    await repository.lock_directory(session)
    sync = await repository.get_sync(session, sync_id, lock=True)
    old = await repository.list_open_syncs(session, sync.source, only_old=True)
    if sync.state not in (SyncState.READY, SyncState.HELD):
        raise SyncNotReady(state=SYNC_STATE_NAMES[sync.state])
    if any(one.id == sync.id for one in old):
        raise SyncNotReady(state=SYNC_STATE_NAMES[SyncState.SUPERSEDED])
    if sync.state is SyncState.HELD and not confirm_mass_change:
        raise HeldForConfirmation(leaving=sync.counts["leaving"], employed=sync.counts["employed"])
    suspended = await repository.list_newly_suspended(session, sync)
    # People who leave give their address back before somebody else may have it.
    left = await repository.apply_leavers(session, sync)
    await repository.apply_updates(session, sync)
    await repository.apply_creations(session, sync)
    await history.record(session)
    after = {"directory_sync_id": sync.id}
    for employee in await repository.list_by_ids(session, left):
        audit.record(session, actor=by, action="employee.leave", subject=employee, after=after)
        events.emit(session, "employee.left", employee_id=employee.id)
        await keys.end_access_of(session, employee.id, actor=by)
    for employee in await repository.list_by_ids(session, suspended):
        audit.record(session, actor=by, action="employee.suspend", subject=employee, after=after)
        events.emit(session, "employee.suspended", employee_id=employee.id)
        await sessions.end_all_of(session, employee.id)
    await repository.delete_rows(session, sync.id)
    sync.state = SyncState.APPLIED
    sync.applied_at = await db.now(session)
    session.add(sync)
    await sources.go_on(session, sync)
    audit.record(session, actor=by, action="directory.apply", subject=sync, after=sync.counts)
    events.emit(session, "directory.applied", directory_sync_id=sync.id)
    await session.flush()
    return sync


async def expire(session: AsyncSession) -> int:
    """Forget what runs compared that nobody applied within seven days; answers how many. For a daily job."""
    await repository.lock_directory(session)
    old = await repository.list_open_syncs(session, None, only_old=True)
    await _supersede(session, old)
    return len(old)


async def _supersede(session: AsyncSession, syncs: list[DirectorySync]) -> None:
    for sync in syncs:
        sync.state = SyncState.SUPERSEDED
        session.add(sync)
        await repository.delete_rows(session, sync.id)
    await session.flush()
