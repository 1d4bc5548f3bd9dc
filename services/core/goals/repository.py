"""Every query on goals and their measurements."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.goals.models import Goal, Measurement
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound


def goals(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Goal]:
    """A program's goals."""
    return select(Goal).where(Goal.organization_id == organization_of(session), Goal.program_id == program_id)


async def list_goals(session: AsyncSession, program_id: UUID) -> list[Goal]:
    """A program's goals, oldest first."""
    return list((await session.exec(goals(session, program_id).order_by(col(Goal.id)))).all())


async def get_goal(session: AsyncSession, goal_id: UUID) -> Goal:
    """One goal; raise NotFound."""
    statement = select(Goal).where(Goal.organization_id == organization_of(session), Goal.id == goal_id)
    goal = (await session.exec(statement)).first()
    if goal is None:
        raise NotFound(thing="goal")
    return goal


def measurements(session: AsyncSession, goal_id: UUID) -> SelectOfScalar[Measurement]:
    """A goal's values."""
    return select(Measurement).where(
        Measurement.organization_id == organization_of(session), Measurement.goal_id == goal_id
    )


async def upsert_measurement(session: AsyncSession, measurement: Measurement) -> None:
    """Store a feed's value of the day, over an earlier one of the same day and source."""
    values = measurement.model_dump(exclude={"created_at"})
    statement = insert(Measurement).values(**values)
    statement = statement.on_conflict_do_update(
        index_elements=["organization_id", "goal_id", "measured_on", "source"],
        set_={"value": measurement.value, "method": measurement.method, "formula_version": measurement.formula_version},
    )
    await session.exec(statement)


async def find_measurement(session: AsyncSession, measurement: Measurement) -> Measurement | None:
    """The value of the same goal, day and source, if there is one."""
    statement = measurements(session, measurement.goal_id).where(
        Measurement.measured_on == measurement.measured_on, Measurement.source == measurement.source
    )
    return (await session.exec(statement)).first()


async def delete_measurements(session: AsyncSession, goal_id: UUID) -> None:
    """Forget a goal's values, with the goal."""
    await session.exec(
        sa.delete(Measurement).where(
            col(Measurement.organization_id) == organization_of(session), col(Measurement.goal_id) == goal_id
        )
    )
