"""Bringing the list of employees up to date: read and compare first, apply when asked. One way for every source."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import csv_file, repository, rules
from services.core.employees.errors import (
    FILE_PROBLEMS,
    AmbiguousPerson,
    DirectoryFileRefused,
    MassChange,
    SyncNotReady,
)
from services.core.employees.models import DirectorySync, EmploymentStatus, RowAction, SyncMode, SyncState
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.kit.ids import new_id
from services.core.organizations.rules import Actor, Permission

CSV_SOURCE = "csv"


async def read_csv(
    session: AsyncSession, actor: Actor, *, content: bytes, mode: SyncMode
) -> tuple[DirectorySync, list[str]]:
    """Read a file and compare it with what is there; nothing is changed yet. Answers the run and dropped columns.

    Raises DirectoryFileRefused when the file as a whole cannot be used.
    """
    actor.require(Permission.EMPLOYEES_SYNC)
    try:
        parsed = csv_file.parse(content)
    except csv_file.FileRefused as refused:
        problem = FieldProblem("/", refused.code, FILE_PROBLEMS[refused.code], dict(refused.values))
        raise DirectoryFileRefused(problems=[problem]) from None
    await repository.lock_directory(session)
    current = {one.source_id: one.model_dump() for one in await repository.list_of_source(session, CSV_SOURCE)}
    diff = rules.compare(current, parsed.people, fields=parsed.fields, mode=mode)
    for older in await repository.list_open_syncs(session, CSV_SOURCE):
        older.state = SyncState.SUPERSEDED
        session.add(older)
        await repository.delete_rows(session, older.id)
    sync = DirectorySync(
        organization_id=actor.tenant(),
        source=CSV_SOURCE,
        mode=mode,
        state=SyncState.HELD if diff.is_mass_change else SyncState.READY,
        sha256=hashlib.sha256(content).hexdigest(),
        counts={
            **{action.value: diff.count(action) for action in RowAction},
            "unchanged": diff.unchanged,
            "refused": len({problem.line for problem in parsed.problems}),
        },
        row_problems=[problem.as_dict() for problem in parsed.problems],
        held_reason=f"{diff.leaving} of {diff.active_now} people would leave" if diff.is_mass_change else None,
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
    return sync, parsed.dropped_columns


async def apply(session: AsyncSession, actor: Actor, sync_id: UUID, *, confirm_mass_change: bool) -> DirectorySync:
    """Do what a run compared, in one transaction.

    Raises SyncNotReady for one that was applied or overtaken, MassChange for one that needs a yes, AmbiguousPerson.
    """
    actor.require(Permission.EMPLOYEES_SYNC)
    await repository.lock_directory(session)
    sync = await repository.get_sync(session, sync_id)
    if sync.state not in (SyncState.READY, SyncState.HELD):
        raise SyncNotReady(state=sync.state.value)
    changes = await repository.list_rows(session, sync.id)
    if sync.state is SyncState.HELD and not confirm_mass_change:
        leaving, _, active = (sync.held_reason or "0 of 0").partition(" of ")
        raise MassChange(leaving=leaving, active=active.split(" ")[0])
    created = [change for change in changes if change.action is RowAction.CREATE]
    taken = await repository.find_taken_email(session, sync.source, [c.changes["work_email"] for c in created])
    if taken is not None:
        raise AmbiguousPerson(email=taken)
    today = (await db.now(session)).date()
    # People who leave give their address back before somebody new may have it.
    for change in sorted(changes, key=lambda one: one.action is not RowAction.LEAVE):
        if change.action is RowAction.CREATE:
            continue
        values = {name: rules.real(name, value) for name, value in change.changes.items()}
        if change.action is RowAction.LEAVE:
            values["ended_on"] = today
        employee_id = await repository.update_employee(
            session, source=sync.source, source_id=change.source_id, values=values
        )
        if values.get("status") is EmploymentStatus.LEFT:
            events.emit(session, "employee.left", employee_id=employee_id)
    await repository.insert_employees(
        session,
        [
            {
                "organization_id": sync.organization_id,
                "id": new_id(),
                "source": sync.source,
                "source_id": change.source_id,
                "version": 1,
                **dict.fromkeys(_OPTIONAL),
                **{name: rules.real(name, value) for name, value in change.changes.items()},
            }
            for change in created
        ],
    )
    sync.state = SyncState.APPLIED
    sync.applied_at = await db.now(session)
    session.add(sync)
    audit.record(session, actor=actor.name, action="directory.apply", subject=sync, after=sync.counts)
    events.emit(session, "directory.applied", directory_sync_id=sync.id)
    await session.flush()
    return sync


#: Columns a bulk insert names for everybody, so that one statement serves them all.
_OPTIONAL = sorted(set(csv_file.COLUMNS.values()) - {*csv_file.REQUIRED, "display_name", "status"})
