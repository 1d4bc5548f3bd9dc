"""Every query on programs, channels, responsibilities, benefits, commitments and pilots."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.programs.models import (
    Benefit,
    BenefitState,
    Channel,
    Commitment,
    LoudLaunch,
    Pilot,
    PilotPerson,
    Program,
    ProgramState,
    Responsibility,
)


def programs(session: AsyncSession) -> SelectOfScalar[Program]:
    """All programs of the organization."""
    return select(Program).where(Program.organization_id == organization_of(session))


async def get_program(session: AsyncSession, program_id: UUID, *, lock: bool = False) -> Program:
    """One program; raise NotFound. ``lock`` keeps others from changing it until the transaction ends."""
    statement = programs(session).where(Program.id == program_id)
    program = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if program is None:
        raise NotFound(thing="program")
    return program


async def list_running(session: AsyncSession) -> list[Program]:
    """Programs that are launched, quietly or loudly."""
    statement = programs(session).where(col(Program.state).in_((ProgramState.QUIET, ProgramState.LOUD)))
    return list((await session.exec(statement)).all())


def responsibilities(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Responsibility]:
    """Who answers for what in a program."""
    return select(Responsibility).where(
        Responsibility.organization_id == organization_of(session), Responsibility.program_id == program_id
    )


async def list_responsibilities(session: AsyncSession, program_id: UUID) -> list[Responsibility]:
    """Who answers for what, oldest first."""
    statement = responsibilities(session, program_id).order_by(col(Responsibility.id))
    return list((await session.exec(statement)).all())


def channels(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Channel]:
    """How a program uses each network for which it has said so."""
    return select(Channel).where(Channel.organization_id == organization_of(session), Channel.program_id == program_id)


async def find_channel(session: AsyncSession, *, program_id: UUID, network: str) -> Channel | None:
    """How a program uses one network; None if it has not said, which means without limits of its own."""
    return (await session.exec(channels(session, program_id).where(Channel.network == network))).first()


async def list_channels(session: AsyncSession, program_id: UUID) -> list[Channel]:
    """How a program uses each network, by name."""
    return list((await session.exec(channels(session, program_id).order_by(col(Channel.network)))).all())


async def lock_places(session: AsyncSession, program_id: UUID) -> None:
    """Put what takes or frees a place of this program one after the other, until the transaction ends."""
    statement = select(Program.id).where(Program.organization_id == organization_of(session), Program.id == program_id)
    # Weak enough for rows that only name the program to be added meanwhile.
    await session.exec(statement.with_for_update(key_share=True))


async def find_changed_holders(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID, UUID]]:
    """Who, of every organization, answers for something and has gone or come back: organization, program, person."""
    rows = await connection.fetch("select organization_id, program_id, employee_id from find_changed_holders($1)", most)
    return [(row["organization_id"], row["program_id"], row["employee_id"]) for row in rows]


def benefits(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Benefit]:
    """What a program offers to those who take part."""
    return select(Benefit).where(Benefit.organization_id == organization_of(session), Benefit.program_id == program_id)


async def get_benefit(session: AsyncSession, benefit_id: UUID, *, lock: bool = False) -> Benefit:
    """One benefit; raise NotFound."""
    statement = select(Benefit).where(Benefit.organization_id == organization_of(session), Benefit.id == benefit_id)
    row = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if row is None:
        raise NotFound(thing="benefit")
    return row


async def list_open_benefits(session: AsyncSession, program_ids: Collection[UUID]) -> list[Benefit]:
    """What these programs offer now, the oldest first."""
    statement = select(Benefit).where(
        Benefit.organization_id == organization_of(session),
        col(Benefit.program_id).in_(program_ids),
        Benefit.state == BenefitState.OPEN,
    )
    return list((await session.exec(statement.order_by(col(Benefit.id)))).all())


def commitments(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Commitment]:
    """What sponsors have signed for a program, ended ones too."""
    return select(Commitment).where(
        Commitment.organization_id == organization_of(session), Commitment.program_id == program_id
    )


async def list_commitments(session: AsyncSession, program_id: UUID) -> list[Commitment]:
    """What sponsors have ever signed for a program, the newest first."""
    return list((await session.exec(commitments(session, program_id).order_by(col(Commitment.id).desc()))).all())


async def list_standing_commitments(session: AsyncSession, program_id: UUID) -> list[Commitment]:
    """What sponsors have signed for a program and not ended, the newest first."""
    statement = commitments(session, program_id).where(col(Commitment.ended_at).is_(None))
    return list((await session.exec(statement.order_by(col(Commitment.id).desc()))).all())


async def get_commitment(session: AsyncSession, program_id: UUID, commitment_id: UUID) -> Commitment:
    """One commitment of a program; raise NotFound."""
    row = (await session.exec(commitments(session, program_id).where(Commitment.id == commitment_id))).first()
    if row is None:
        raise NotFound(thing="commitment")
    return row


async def find_loud_launch(session: AsyncSession, program_id: UUID) -> LoudLaunch | None:
    """How a program came to be launched loudly; the last time, if there were several."""
    statement = select(LoudLaunch).where(
        LoudLaunch.organization_id == organization_of(session), LoudLaunch.program_id == program_id
    )
    return (await session.exec(statement.order_by(col(LoudLaunch.id).desc()))).first()


async def find_pilot(session: AsyncSession, program_id: UUID) -> Pilot | None:
    """A program's pilot."""
    statement = select(Pilot).where(Pilot.organization_id == organization_of(session), Pilot.program_id == program_id)
    return (await session.exec(statement)).first()


async def list_pilot_people(session: AsyncSession, program_id: UUID) -> list[UUID]:
    """Who is named for a program's pilot one by one."""
    statement = select(PilotPerson.employee_id).where(
        PilotPerson.organization_id == organization_of(session), PilotPerson.program_id == program_id
    )
    return list((await session.exec(statement)).all())


async def replace_pilot_people(session: AsyncSession, program_id: UUID, employee_ids: Iterable[UUID]) -> None:
    """Name these for a program's pilot, each once, and nobody else."""
    organization_id = organization_of(session)
    await session.exec(
        sa.delete(PilotPerson).where(
            col(PilotPerson.organization_id) == organization_id, col(PilotPerson.program_id) == program_id
        )
    )
    session.add_all(
        PilotPerson(organization_id=organization_id, program_id=program_id, employee_id=employee_id)
        for employee_id in dict.fromkeys(employee_ids)
    )
