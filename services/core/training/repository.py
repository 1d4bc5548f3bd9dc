"""Every query on training."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors.models import Ambassador
from services.core.ambassadors.rules import MEMBER
from services.core.employees.models import Employee
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.training.models import (
    Budget,
    Certificate,
    Cost,
    CostStage,
    CurriculumEntry,
    Enrolment,
    EnrolmentState,
    Module,
    QuizAttempt,
    SessionState,
    TrainingSession,
)
from services.core.training.rules import SEATED


def modules(session: AsyncSession) -> SelectOfScalar[Module]:
    """All modules of the organization, archived ones too."""
    return select(Module).where(Module.organization_id == organization_of(session))


async def get_module(session: AsyncSession, module_id: UUID, *, lock: bool = False) -> Module:
    """One module; raise NotFound."""
    statement = modules(session).where(Module.id == module_id)
    module = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if module is None:
        raise NotFound(thing="training module")
    return module


async def map_modules(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Module]:
    """These modules, by id."""
    if not ids:
        return {}
    return {one.id: one for one in (await session.exec(modules(session).where(col(Module.id).in_(ids)))).all()}


async def list_entries(session: AsyncSession, program_ids: Sequence[UUID]) -> list[CurriculumEntry]:
    """The curricula of programs, in order."""
    statement = (
        select(CurriculumEntry)
        .where(
            CurriculumEntry.organization_id == organization_of(session),
            col(CurriculumEntry.program_id).in_(program_ids),
        )
        .order_by(col(CurriculumEntry.program_id), col(CurriculumEntry.position))
    )
    return list((await session.exec(statement)).all())


async def list_programs_gated_by(session: AsyncSession, module_id: UUID, *, employee_id: UUID) -> list[UUID]:
    """The programs that somebody is in and that ask for this module before sharing."""
    statement = (
        select(CurriculumEntry.program_id)
        .join(
            Ambassador,
            (col(Ambassador.organization_id) == CurriculumEntry.organization_id)
            & (col(Ambassador.program_id) == CurriculumEntry.program_id),
        )
        .where(
            CurriculumEntry.organization_id == organization_of(session),
            CurriculumEntry.module_id == module_id,
            col(CurriculumEntry.gates_sharing).is_(True),
            Ambassador.employee_id == employee_id,
            col(Ambassador.state).in_(MEMBER),
        )
    )
    return list((await session.exec(statement)).all())


async def is_mandatory_for(session: AsyncSession, module_id: UUID, *, employee_id: UUID) -> bool:
    """Whether a program that somebody is in has this module as mandatory."""
    statement = (
        select(CurriculumEntry.id)
        .join(
            Ambassador,
            (col(Ambassador.organization_id) == CurriculumEntry.organization_id)
            & (col(Ambassador.program_id) == CurriculumEntry.program_id),
        )
        .where(
            CurriculumEntry.organization_id == organization_of(session),
            CurriculumEntry.module_id == module_id,
            col(CurriculumEntry.is_mandatory).is_(True),
            Ambassador.employee_id == employee_id,
            col(Ambassador.state).in_(MEMBER),
        )
    )
    return (await session.exec(statement)).first() is not None


async def list_memberships(session: AsyncSession, employee_id: UUID) -> list[Ambassador]:
    """The programs that somebody is in."""
    statement = (
        select(Ambassador)
        .where(
            Ambassador.organization_id == organization_of(session),
            Ambassador.employee_id == employee_id,
            col(Ambassador.state).in_(MEMBER),
        )
        .order_by(col(Ambassador.program_id))
    )
    return list((await session.exec(statement)).all())


def members(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Employee]:
    """The people who are in a program."""
    return (
        select(Employee)
        .join(
            Ambassador,
            (col(Ambassador.organization_id) == Employee.organization_id)
            & (col(Ambassador.employee_id) == Employee.id),
        )
        .where(
            Employee.organization_id == organization_of(session),
            Ambassador.program_id == program_id,
            col(Ambassador.state).in_(MEMBER),
        )
    )


def sessions(session: AsyncSession) -> SelectOfScalar[TrainingSession]:
    """All sessions of the organization."""
    return select(TrainingSession).where(TrainingSession.organization_id == organization_of(session))


async def get_session(session: AsyncSession, session_id: UUID, *, lock: bool = False) -> TrainingSession:
    """One session; raise NotFound. ``lock`` lets others who take a seat wait."""
    statement = sessions(session).where(TrainingSession.id == session_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="training session")
    return found


async def list_open_sessions(
    session: AsyncSession, *, module_ids: Collection[UUID], program_id: UUID, after: datetime
) -> list[TrainingSession]:
    """Sessions of these modules for a program that are yet to begin, the soonest first."""
    if not module_ids:
        return []
    statement = (
        sessions(session)
        .where(
            col(TrainingSession.module_id).in_(module_ids),
            TrainingSession.program_id == program_id,
            TrainingSession.state == SessionState.PLANNED,
            col(TrainingSession.starts_at) > after,
        )
        .order_by(col(TrainingSession.starts_at), col(TrainingSession.id))
    )
    return list((await session.exec(statement)).all())


async def count_by_state(session: AsyncSession, session_ids: Collection[UUID]) -> dict[UUID, dict[EnrolmentState, int]]:
    """How many people of each state are in sessions."""
    found: dict[UUID, dict[EnrolmentState, int]] = {session_id: {} for session_id in session_ids}
    if not session_ids:
        return found
    statement = (
        select(Enrolment.session_id, Enrolment.state, sa.func.count())
        .where(Enrolment.organization_id == organization_of(session), col(Enrolment.session_id).in_(session_ids))
        .group_by(col(Enrolment.session_id), col(Enrolment.state))
    )
    for session_id, state, count in (await session.exec(statement)).all():
        found[session_id][EnrolmentState(state)] = count
    return found


async def count_seated(session: AsyncSession, session_id: UUID) -> int:
    """How many seats of a session are taken."""
    counts = (await count_by_state(session, [session_id]))[session_id]
    return sum(counts.get(state, 0) for state in SEATED)


def enrolments(session: AsyncSession) -> SelectOfScalar[Enrolment]:
    """All enrolments of the organization."""
    return select(Enrolment).where(Enrolment.organization_id == organization_of(session))


async def find_enrolment(session: AsyncSession, *, session_id: UUID, employee_id: UUID) -> Enrolment | None:
    """Somebody in a session."""
    statement = enrolments(session).where(Enrolment.session_id == session_id, Enrolment.employee_id == employee_id)
    return (await session.exec(statement)).first()


async def get_enrolment(session: AsyncSession, enrolment_id: UUID, *, lock: bool = False) -> Enrolment:
    """One enrolment; raise NotFound."""
    statement = enrolments(session).where(Enrolment.id == enrolment_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="training enrolment")
    return found


async def list_enrolments(
    session: AsyncSession, session_id: UUID, states: Collection[EnrolmentState]
) -> list[Enrolment]:
    """People of these states in a session; those who wait in the order of their line."""
    statement = (
        enrolments(session)
        .where(Enrolment.session_id == session_id, col(Enrolment.state).in_(states))
        .order_by(col(Enrolment.waiting_since).nulls_first(), col(Enrolment.id))
    )
    return list((await session.exec(statement)).all())


async def place_in_line(session: AsyncSession, enrolment: Enrolment) -> int | None:
    """Where somebody stands on the waiting list; 1 is next, None is not on it."""
    if enrolment.state is not EnrolmentState.WAITING:
        return None
    line = await list_enrolments(session, enrolment.session_id, (EnrolmentState.WAITING,))
    return 1 + [one.id for one in line].index(enrolment.id)


async def list_attended(
    session: AsyncSession, *, employee_id: UUID, module_id: UUID | None = None
) -> list[tuple[Enrolment, TrainingSession]]:
    """The sessions (of a module) that somebody was at, the latest first."""
    statement = (
        select(Enrolment, TrainingSession)
        .join(
            TrainingSession,
            (col(TrainingSession.organization_id) == Enrolment.organization_id)
            & (col(TrainingSession.id) == Enrolment.session_id),
        )
        .where(
            Enrolment.organization_id == organization_of(session),
            Enrolment.employee_id == employee_id,
            Enrolment.state == EnrolmentState.ATTENDED,
        )
        .order_by(col(TrainingSession.starts_at).desc())
    )
    if module_id is not None:
        statement = statement.where(TrainingSession.module_id == module_id)
    return list((await session.exec(statement)).all())


def certificates(session: AsyncSession) -> SelectOfScalar[Certificate]:
    """All certificates of the organization."""
    return select(Certificate).where(Certificate.organization_id == organization_of(session))


async def get_certificate(session: AsyncSession, certificate_id: UUID, *, lock: bool = False) -> Certificate:
    """One certificate; raise NotFound."""
    statement = certificates(session).where(Certificate.id == certificate_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="certificate")
    return found


async def list_certificates(
    session: AsyncSession, *, employee_ids: Collection[UUID], module_ids: Collection[UUID]
) -> list[Certificate]:
    """The certificates of people in modules, those taken back too."""
    if not employee_ids or not module_ids:
        return []
    statement = certificates(session).where(
        col(Certificate.employee_id).in_(employee_ids), col(Certificate.module_id).in_(module_ids)
    )
    return list((await session.exec(statement.order_by(col(Certificate.id)))).all())


async def lacks_certificate(session: AsyncSession, *, program_id: UUID, employee_id: UUID, at: datetime) -> bool:
    """Whether somebody lacks a certificate that a program asks for before sharing: one statement."""
    held = (
        select(Certificate.id)
        .where(
            Certificate.organization_id == CurriculumEntry.organization_id,
            Certificate.module_id == CurriculumEntry.module_id,
            Certificate.employee_id == employee_id,
            col(Certificate.revoked_at).is_(None),
            col(Certificate.expires_at).is_(None) | (col(Certificate.expires_at) > at),
        )
        .exists()
    )
    statement = select(CurriculumEntry.id).where(
        CurriculumEntry.organization_id == organization_of(session),
        CurriculumEntry.program_id == program_id,
        col(CurriculumEntry.gates_sharing).is_(True),
        ~held,
    )
    return (await session.exec(statement.limit(1))).first() is not None


async def list_attempts(session: AsyncSession, *, employee_id: UUID, module_id: UUID) -> list[QuizAttempt]:
    """Somebody's tries at a quiz, the latest first."""
    return list(
        (await session.exec(attempts(session, employee_id, module_id).order_by(col(QuizAttempt.id).desc()))).all()
    )


def attempts(session: AsyncSession, employee_id: UUID, module_id: UUID) -> SelectOfScalar[QuizAttempt]:
    """Somebody's tries at a quiz."""
    return select(QuizAttempt).where(
        QuizAttempt.organization_id == organization_of(session),
        QuizAttempt.employee_id == employee_id,
        QuizAttempt.module_id == module_id,
    )


async def find_budget(session: AsyncSession, program_id: UUID, *, lock: bool = False) -> Budget | None:
    """What a program may spend; ``lock`` lets others who spend it wait."""
    statement = select(Budget).where(
        Budget.organization_id == organization_of(session), Budget.program_id == program_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


def costs(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Cost]:
    """The entries of a program."""
    return select(Cost).where(Cost.organization_id == organization_of(session), Cost.program_id == program_id)


async def list_session_costs(session: AsyncSession, training_session: TrainingSession) -> dict[CostStage, Cost]:
    """The entries of one session, by stage."""
    statement = costs(session, training_session.program_id).where(Cost.session_id == training_session.id)
    return {one.stage: one for one in (await session.exec(statement)).all()}


async def sum_costs(session: AsyncSession, program_id: UUID) -> dict[CostStage, Decimal]:
    """The sum of a program's entries, by stage."""
    statement = (
        select(Cost.stage, sa.func.sum(Cost.amount))
        .where(Cost.organization_id == organization_of(session), Cost.program_id == program_id)
        .group_by(col(Cost.stage))
    )
    return {CostStage(stage): total for stage, total in (await session.exec(statement)).all()}


async def find_to_remind(
    connection: asyncpg.Connection[Any], *, after: UUID, most: int, within: timedelta
) -> list[tuple[UUID, UUID]]:
    """Certificates of every organization that run out soon, in order of id, after one: organization and id."""
    rows = await connection.fetch(
        "select organization_id, id from find_certificates_to_remind($1, $2, $3)", after, most, within
    )
    return [(row["organization_id"], row["id"]) for row in rows]


async def find_lapsed(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Certificates of every organization that have run out and were not dealt with: organization and id."""
    rows = await connection.fetch("select organization_id, id from find_lapsed_certificates($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]
