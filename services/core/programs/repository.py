"""Every query on programs, goals, measurements and responsibilities."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.programs.models import Program


def programs(session: AsyncSession) -> SelectOfScalar[Program]:
    """All programs of the organization."""
    return select(Program).where(Program.organization_id == organization_of(session))


async def get_program(session: AsyncSession, program_id: UUID) -> Program:
    """One program; raise NotFound."""
    program = (await session.exec(programs(session).where(Program.id == program_id))).first()
    if program is None:
        raise NotFound(thing="program")
    return program
