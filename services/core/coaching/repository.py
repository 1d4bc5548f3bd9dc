"""Every query on coaching."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors.models import Ambassador
from services.core.ambassadors.rules import MEMBER
from services.core.coaching.models import Assessment, Checklist, Coaching, CoachingState
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id


def checklists(session: AsyncSession) -> SelectOfScalar[Checklist]:
    """All checklists of the organization."""
    return select(Checklist).where(Checklist.organization_id == organization_of(session))


async def find_checklist(session: AsyncSession, *, employee_id: UUID, network: str) -> Checklist | None:
    """Somebody's checklist for a network."""
    statement = checklists(session).where(Checklist.employee_id == employee_id, Checklist.network == network)
    return (await session.exec(statement)).first()


async def make_checklist(session: AsyncSession, *, employee_id: UUID, network: str) -> Checklist:
    """Somebody's checklist for a network, made at its first use."""
    statement = insert(Checklist).values(
        organization_id=organization_of(session), id=new_id(), employee_id=employee_id, network=network, version=1
    )
    await session.exec(statement.on_conflict_do_nothing())
    found = await find_checklist(session, employee_id=employee_id, network=network)
    if found is None:
        raise RuntimeError("a checklist was neither found nor made")
    return found


async def get_checklist(session: AsyncSession, checklist_id: UUID) -> Checklist:
    """One checklist; raise NotFound. Whoever asks has to be looked at next."""
    found = (await session.exec(checklists(session).where(Checklist.id == checklist_id))).first()
    if found is None:
        raise NotFound(thing="profile checklist")
    return found


async def list_assessments(session: AsyncSession, checklist_id: UUID) -> list[Assessment]:
    """The looks at a profile, the first one first."""
    statement = (
        select(Assessment)
        .where(Assessment.organization_id == organization_of(session), Assessment.checklist_id == checklist_id)
        .order_by(col(Assessment.id))
    )
    return list((await session.exec(statement)).all())


def coachings(session: AsyncSession) -> SelectOfScalar[Coaching]:
    """All coachings of the organization."""
    return select(Coaching).where(Coaching.organization_id == organization_of(session))


async def get_coaching(session: AsyncSession, coaching_id: UUID, *, lock: bool = False) -> Coaching:
    """One coaching; raise NotFound."""
    statement = coachings(session).where(Coaching.id == coaching_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="coaching")
    return found


async def find_live(
    session: AsyncSession, *, checklist_id: UUID, coach_employee_id: UUID, states: Collection[CoachingState]
) -> Coaching | None:
    """What is between a checklist and a coach now, in one of these states."""
    statement = coachings(session).where(
        Coaching.checklist_id == checklist_id,
        Coaching.coach_employee_id == coach_employee_id,
        col(Coaching.state).in_(states),
    )
    return (await session.exec(statement)).first()


async def map_networks(session: AsyncSession, checklist_ids: Collection[UUID]) -> dict[UUID, str]:
    """The network of each of these checklists."""
    if not checklist_ids:
        return {}
    found = (await session.exec(checklists(session).where(col(Checklist.id).in_(checklist_ids)))).all()
    return {one.id: one.network for one in found}


async def list_looks_of_members(
    session: AsyncSession, *, program_id: UUID, network: str, before: datetime
) -> list[tuple[Assessment, str | None]]:
    """The looks at profiles of a program's people, made before an instant, with their departments; oldest first."""
    statement = (
        select(Assessment, Employee.department)
        .join(
            Checklist,
            (col(Checklist.organization_id) == Assessment.organization_id)
            & (col(Checklist.id) == Assessment.checklist_id),
        )
        .join(
            Employee,
            (col(Employee.organization_id) == Assessment.organization_id)
            & (col(Employee.id) == Assessment.employee_id),
        )
        .join(
            Ambassador,
            (col(Ambassador.organization_id) == Assessment.organization_id)
            & (col(Ambassador.employee_id) == Assessment.employee_id),
        )
        .where(
            Assessment.organization_id == organization_of(session),
            Checklist.network == network,
            Ambassador.program_id == program_id,
            col(Ambassador.state).in_(MEMBER),
            col(Employee.status).in_(PRESENT),
            col(Assessment.created_at) < before,
        )
        .order_by(col(Assessment.id))
    )
    return list((await session.exec(statement)).all())


async def list_coachings(
    session: AsyncSession, *, employee_id: UUID | None = None, coach_employee_id: UUID | None = None
) -> list[Coaching]:
    """Whom a person has named as coaches, or whom a coach was named by; those of before too."""
    statement = coachings(session)
    if employee_id is not None:
        statement = statement.where(Coaching.employee_id == employee_id)
    if coach_employee_id is not None:
        statement = statement.where(Coaching.coach_employee_id == coach_employee_id)
    return list((await session.exec(statement)).all())
