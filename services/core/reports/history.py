"""How many people a program was meant for on a day: written down while it lasts, since directory and persona change."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.rules import Fit
from services.core.employees.history import today
from services.core.kit.db import organization_of
from services.core.kit.ids import new_id
from services.core.programs import repository as programs
from services.core.programs.models import ProgramState
from services.core.reports.models import EligibleCount


async def record_eligible(session: AsyncSession) -> None:
    """Write down of each program that is not closed how many employees its persona fits today, over what was before."""
    day_on = await today(session)
    for program in (await session.exec(programs.programs(session))).all():
        if program.state is ProgramState.CLOSED:
            continue
        people = await count_eligible(session, program.id)
        if await find_eligible(session, program.id, day_on) == people:
            continue
        statement = insert(EligibleCount).values(
            organization_id=organization_of(session), id=new_id(), program_id=program.id, day_on=day_on, people=people
        )
        await session.exec(
            statement.on_conflict_do_update(
                index_elements=["organization_id", "program_id", "day_on"], set_={"people": people}
            )
        )


async def count_eligible(session: AsyncSession, program_id: UUID) -> int:
    """How many employees a program's persona fits at this moment."""
    fitting = (await ambassadors.candidates(session, program_id, fit=Fit.FITTING)).subquery()
    return (await session.exec(select(sa.func.count()).select_from(fitting))).one()


async def find_eligible(session: AsyncSession, program_id: UUID, day_on: date) -> int | None:
    """How many it fitted as of a day: as written down that day or last before; None before anything was."""
    statement = (
        select(EligibleCount.people)
        .where(
            EligibleCount.organization_id == organization_of(session),
            EligibleCount.program_id == program_id,
            col(EligibleCount.day_on) <= day_on,
        )
        .order_by(col(EligibleCount.day_on).desc())
        .limit(1)
    )
    return (await session.exec(statement)).first()
