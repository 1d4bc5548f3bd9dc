"""What may happen to goals and their measurements, and what follows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import service as employees
from services.core.goals import repository, rules
from services.core.goals.errors import NotMeasuredTwice
from services.core.goals.models import Goal, Measurement, Method
from services.core.goals.schemas import GoalCreate, GoalUpdate, MeasurementCreate
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as program_rows
from services.core.programs import service as programs
from services.core.programs.errors import LastOfItsKind

MANUAL = "manual"

#: The day begins first in the zone UTC+14.
_EAST = timedelta(hours=14)
_FUTURE = Text(en="Give a day that has begun.", he="יש לתת יום שכבר החל.")


async def create_goal(session: AsyncSession, actor: Actor, program_id: UUID, body: GoalCreate) -> Goal:
    """Set a goal; its owner is employed."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program_id)
    await employees.get_present(session, body.owner_employee_id)
    goal = Goal(organization_id=actor.tenant(), program_id=program_id, **body.model_dump())
    session.add(goal)
    audit.record(
        session,
        actor=actor.name,
        action="goal.create",
        subject=goal,
        after=programs.recorded(body.model_dump(mode="json")),
    )
    await session.flush()
    return goal


async def update_goal(session: AsyncSession, actor: Actor, goal: Goal, body: GoalUpdate) -> Goal:
    """Change a goal; what it was stays in the audit."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=goal.program_id)
    changes = {name: value for name, value in body.changes().items() if value is not None}
    if "owner_employee_id" in changes:
        await employees.get_present(session, changes["owner_employee_id"])
    audit.record(
        session, actor=actor.name, action="goal.update", subject=goal,
        before=programs.recorded({name: getattr(goal, name) for name in changes}), after=programs.recorded(changes),
    )  # fmt: skip
    for name, value in changes.items():
        setattr(goal, name, value)
    session.add(goal)
    await session.flush()
    return goal


async def delete_goal(session: AsyncSession, actor: Actor, goal: Goal) -> None:
    """Drop a goal with its values; what it was stays in the audit. Raises LastOfItsKind."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=goal.program_id)
    program = await program_rows.get_program(session, goal.program_id, lock=True)
    if not rules.keeps_goals(program.state, await repository.list_goals(session, program.id), without=goal):
        raise LastOfItsKind(what=f"{goal.kind.value} goal")
    audit.record(
        session, actor=actor.name, action="goal.delete", subject=goal,
        before={"kpi": goal.kpi, "baseline": goal.baseline, "target": goal.target, "due_on": goal.due_on},
    )  # fmt: skip
    await repository.delete_measurements(session, goal.id)
    await session.delete(goal)
    await session.flush()


async def add_measurement(session: AsyncSession, actor: Actor, goal: Goal, body: MeasurementCreate) -> Measurement:
    """Report a goal's value of a day; raise NotMeasuredTwice for a day that has one from the same source.

    Raises Invalid for a day that has begun nowhere yet.
    """
    actor.require(Permission.MEASUREMENTS_WRITE, program_id=goal.program_id)
    if body.measured_on > (await db.now(session) + _EAST).date():
        raise Invalid(problems=[FieldProblem("/measured_on", "in_the_future", _FUTURE)])
    measurement = Measurement(
        organization_id=actor.tenant(), goal_id=goal.id, source=MANUAL, formula_version="1", **body.model_dump()
    )
    if await repository.find_measurement(session, measurement) is not None:
        raise NotMeasuredTwice(day=body.measured_on.isoformat())
    session.add(measurement)
    await session.flush()
    return measurement


async def record_measurement(
    session: AsyncSession,
    *,
    goal: Goal,
    value: Decimal,
    measured_on: date,
    method: Method,
    source: str,
    formula_version: str,
) -> None:
    """Store what a feed measured today; the day's later value replaces the earlier one."""
    measurement = Measurement(
        organization_id=goal.organization_id,
        goal_id=goal.id,
        value=value,
        measured_on=measured_on,
        method=method,
        source=source,
        formula_version=formula_version,
    )
    await repository.upsert_measurement(session, measurement)
