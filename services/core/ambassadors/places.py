"""Who has a place in a program, and who waits for one. Flushes, never commits.

Only members take places. An open invitation takes none: otherwise the waiting list would move when somebody says no,
and tell of it.
"""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.employees import repository as employees
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.organizations import repository as organizations
from services.core.organizations.models import Role, RoleGrant
from services.core.programs import pilots
from services.core.programs import repository as programs

#: Tells somebody that they have moved up from the waiting list.
MOVED_UP_JOB = "ambassador.moved_up"


async def move_up(session: AsyncSession, program_id: UUID) -> list[Ambassador]:
    """Give every free place to who has waited longest; answer who has one now. The caller may hold the lock already.

    Whose call has no place free is passed over, and keeps their turn. So is, while the program is quiet, who is not in
    its pilot, and everybody once the pilot's time is over.
    """
    await programs.lock_places(session, program_id)
    waiting = await repository.list_waiting_for_a_place(session, program_id, lock=True)
    if not waiting:
        return []
    now = await db.now(session)
    intake = await repository.find_intake(session, program_id)
    limits = [intake.capacity] if intake is not None and intake.capacity is not None else []
    cohort = await pilots.find_limits(session, await programs.get_program(session, program_id))
    if cohort is not None:
        if await pilots.is_over(session, cohort.pilot):
            return []
        people = await employees.list_by_ids(session, [one.employee_id for one in waiting])
        covered = {one.id for one in people if cohort.covers(one)}
        waiting = [one for one in waiting if one.employee_id in covered]
        limits.append(cohort.pilot.max_people)
    free = await _free(session, program_id, capacity=min(limits, default=None))
    free_of_call: dict[UUID, int | None] = {}
    moved = []
    for ambassador in waiting:
        if free is not None and free <= 0:
            break
        call_id = ambassador.call_id
        if call_id is not None:
            if call_id not in free_of_call:
                call = await repository.get_call(session, call_id)
                free_of_call[call_id] = await _free(session, program_id, capacity=call.capacity, call_id=call_id)
            left = free_of_call[call_id]
            if left is not None:
                if left <= 0:
                    continue
                free_of_call[call_id] = left - 1
        free = free - 1 if free is not None else None
        has_waited = ambassador.waiting_since is not None and ambassador.waiting_since < now
        ambassador.state, ambassador.joined_at, ambassador.waiting_since = AmbassadorState.JOINED, now, None
        session.add(ambassador)
        await _grant_role(session, ambassador)
        await session.flush()
        events.emit(session, "ambassador.joined", ambassador_id=ambassador.id, program_id=program_id)
        if has_waited:
            await jobs.enqueue(session, MOVED_UP_JOB, subject_id=ambassador.id)
        moved.append(ambassador)
    return moved


async def _free(
    session: AsyncSession, program_id: UUID, *, capacity: int | None, call_id: UUID | None = None
) -> int | None:
    """How many places are free; None = as many as are asked for."""
    if capacity is None:
        return None
    return capacity - await repository.count_members(session, program_id, call_id=call_id)


async def _grant_role(session: AsyncSession, ambassador: Ambassador) -> None:
    same = await organizations.find_same_grant(
        session, employee_id=ambassador.employee_id, role=Role.AMBASSADOR, program_id=ambassador.program_id
    )
    if same is None:
        session.add(
            RoleGrant(
                organization_id=ambassador.organization_id,
                employee_id=ambassador.employee_id,
                role=Role.AMBASSADOR,
                program_id=ambassador.program_id,
            )
        )
