"""Bringing the list of employees up to date: read and compare first, apply when asked. One way for every source."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import csv_file, history, repository, rules, tombstones
from services.core.employees.errors import FILE_PROBLEMS, DirectoryFileRefused, HeldForConfirmation, SyncNotReady
from services.core.employees.models import DirectorySync, RowAction, SyncMode, SyncState
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission

CSV_SOURCE = "csv"
#: How many bad rows a run describes; all of them are counted.
_PROBLEMS_KEPT = 1000


async def read_csv(
    session: AsyncSession, actor: Actor, *, content: bytes, mode: SyncMode, settings: Settings
) -> tuple[DirectorySync, list[str]]:
    """Read a file and compare it with what is there; nothing is changed yet. Answers the run and dropped columns.

    A run that was not applied yet is out of date from now on. Raises DirectoryFileRefused when the file as a whole
    cannot be used.
    """
    actor.require(Permission.EMPLOYEES_SYNC)
    zone = (await organizations.get_organization(session)).time_zone
    now = await db.now(session)
    await repository.lock_directory(session)
    current = await repository.list_known(session)
    try:
        # A large file would hold up every other request of this process.
        parsed = await asyncio.to_thread(csv_file.parse, content, now=now, default_zone=zone)
        parsed, erased = await tombstones.leave_out(session, parsed, known=current, settings=settings)
        today = now.astimezone(ZoneInfo(zone)).date()
        diff = await asyncio.to_thread(rules.compare, current, parsed, source=CSV_SOURCE, mode=mode, today=today)
        problems = sorted(parsed.problems + diff.problems, key=lambda problem: problem.line)
        csv_file.check_share(problems, rows=parsed.rows)
        problems = sorted(problems + erased, key=lambda problem: problem.line)
    except csv_file.FileRefused as refused:
        problem = FieldProblem("/", refused.code, FILE_PROBLEMS[refused.code], dict(refused.values))
        raise DirectoryFileRefused(problems=[problem]) from None
    await _supersede(session, await repository.list_open_syncs(session, CSV_SOURCE))
    sync = DirectorySync(
        organization_id=actor.tenant(),
        source=CSV_SOURCE,
        mode=mode,
        state=SyncState.READY if diff.held_reason is None else SyncState.HELD,
        sha256=hashlib.sha256(content).hexdigest(),
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
    await repository.insert_rows(
        session,
        [
            {
                "organization_id": sync.organization_id,
                "id": new_id(),
                "sync_id": sync.id,
                "source_id": change.source_id,
                "action": change.action,
                "changes": change.changes,
                "before": change.before,
            }
            for change in diff.changes
        ],
    )
    audit.record(
        session, actor=actor.name, action="directory.read", subject=sync, after={"mode": mode.value, **sync.counts}
    )
    await session.flush()
    return sync, parsed.dropped_columns


async def apply(session: AsyncSession, actor: Actor, sync_id: UUID, *, confirm_mass_change: bool) -> DirectorySync:
    """Do what a run compared, in one transaction; what it compared is forgotten then.

    Raises SyncNotReady for one that was applied, overtaken or kept too long, HeldForConfirmation for one that needs a
    yes.
    """
    actor.require(Permission.EMPLOYEES_SYNC)
    await repository.lock_directory(session)
    sync = await repository.get_sync(session, sync_id, lock=True)
    old = await repository.list_open_syncs(session, sync.source, only_old=True)
    if sync.state not in (SyncState.READY, SyncState.HELD):
        raise SyncNotReady(state=sync.state.value)
    if any(one.id == sync.id for one in old):
        raise SyncNotReady(state=SyncState.SUPERSEDED.value)
    if sync.state is SyncState.HELD and not confirm_mass_change:
        raise HeldForConfirmation(leaving=sync.counts["leaving"], employed=sync.counts["employed"])
    # People who leave give their address back before somebody else may have it.
    left = await repository.apply_leavers(session, sync)
    await repository.apply_updates(session, sync)
    await repository.apply_creations(session, sync)
    await history.record(session)
    for employee in await repository.list_by_ids(session, left):
        audit.record(
            session, actor=actor.name, action="employee.leave", subject=employee, after={"directory_sync_id": sync.id}
        )
        events.emit(session, "employee.left", employee_id=employee.id)
    await repository.delete_rows(session, sync.id)
    sync.state = SyncState.APPLIED
    sync.applied_at = await db.now(session)
    session.add(sync)
    audit.record(session, actor=actor.name, action="directory.apply", subject=sync, after=sync.counts)
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
