"""What may happen to goals and their measurements, and what follows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import service as employees
from services.core.goals import computing, files, formula, repository, rules, values
from services.core.goals.errors import DaysMeasuredAlready, MeasuredByFormula, NotMeasuredTwice
from services.core.goals.kpis import Kpi
from services.core.goals.models import Goal, Measurement, Method
from services.core.goals.schemas import FileRead, GoalCreate, GoalUpdate, MeasurementCreate
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid, TooLarge
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as program_rows
from services.core.programs import service as programs
from services.core.programs.errors import LastOfItsKind
from services.core.programs.rules import GOAL_KIND_NAMES

MANUAL = "manual"
CSV = "csv"

#: The day begins first in the zone UTC+14.
_EAST = timedelta(hours=14)
_FUTURE = Text(en="Give a day that has begun.", he="יש לתת יום שכבר החל.")
_TOO_OLD = Text(en="Give a day from the year 2000 on.", he="יש לתת יום משנת 2000 ואילך.")
_UNKNOWN_KPI = Text(
    en="There is no such KPI. Use one of /v1/kpis: {known}.",
    he="אין מדד כזה. יש להשתמש באחד מתוך ‎/v1/kpis‎: {known}.",
)


async def create_goal(session: AsyncSession, actor: Actor, program_id: UUID, body: GoalCreate) -> Goal:
    """Set a goal; its owner is employed, its KPI known, its target in the direction that is better."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program_id)
    kpi = await repository.find_kpi(session, body.kpi)
    if kpi is None:
        known = ", ".join(await repository.all_kpis(session))
        raise Invalid(problems=[FieldProblem("/kpi", "unknown_kpi", _UNKNOWN_KPI, {"known": known})])
    if problems := rules.target_problems(kpi, baseline=body.baseline, target=body.target):
        raise Invalid(problems=problems)
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
    if kpi.formula is not None:
        await computing.recompute(session, program_id, today=(await db.now(session)).date())
    return goal


async def update_goal(session: AsyncSession, actor: Actor, goal: Goal, body: GoalUpdate) -> Goal:
    """Change a goal; what it was stays in the audit."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=goal.program_id)
    changes = {name: value for name, value in body.changes().items() if value is not None}
    if "owner_employee_id" in changes:
        await employees.get_present(session, changes["owner_employee_id"])
    kpi = await repository.find_kpi(session, goal.kpi)
    if kpi is not None and ("baseline" in changes or "target" in changes):
        wanted = {name: changes.get(name, getattr(goal, name)) for name in ("baseline", "target")}
        if problems := rules.target_problems(kpi, **wanted):
            raise Invalid(problems=problems)
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
        raise LastOfItsKind(
            what=Text(en=f"{GOAL_KIND_NAMES[goal.kind].en} goal", he=f"יעד {GOAL_KIND_NAMES[goal.kind].he}")
        )
    audit.record(
        session, actor=actor.name, action="goal.delete", subject=goal,
        before={"kpi": goal.kpi, "baseline": goal.baseline, "target": goal.target, "due_on": goal.due_on},
    )  # fmt: skip
    await repository.delete_measurements(session, goal.id)
    await session.delete(goal)
    await session.flush()


async def add_measurement(
    session: AsyncSession, actor: Actor, goal: Goal, body: MeasurementCreate, *, replace: bool = False
) -> Measurement:
    """Report a goal's value of a day; with ``replace`` over the one that was reported before, which stays readable.

    Formulas over it follow with ``settle``, once however many are reported. Raises NotMeasuredTwice for a day that has
    one, MeasuredByFormula, and Invalid for a day that has begun nowhere yet.
    """
    kpi = await _open_for_values(session, actor, goal)
    now = await db.now(session)
    if body.measured_on > (now + _EAST).date():
        raise Invalid(problems=[FieldProblem("/measured_on", "in_the_future", _FUTURE)])
    if body.measured_on < files.EARLIEST:
        raise Invalid(problems=[FieldProblem("/measured_on", "too_old", _TOO_OLD)])
    source = values.source_of(MANUAL, body.series)
    there = await repository.find_measurements(session, goal.id, sources=[source], days=[body.measured_on])
    earlier = there.get((body.measured_on, source))
    if earlier is not None and not replace:
        raise NotMeasuredTwice(day=body.measured_on.isoformat())
    measurement = _reported(actor, goal, kpi, source=source, **body.model_dump())
    if earlier is None:
        session.add(measurement)
    else:
        await values.write(session, measurement, earlier=earlier, by=actor.name)
        measurement = earlier
    await session.flush()
    return measurement


async def settle(session: AsyncSession, goal: Goal, *, on: Collection[date]) -> None:
    """Compute again what formulas make of values of these days."""
    if on:
        await computing.recompute(session, goal.program_id, on=on, today=(await db.now(session)).date())


async def add_file(session: AsyncSession, actor: Actor, goal: Goal, content: bytes, *, replace: bool) -> FileRead:
    """Take the values of a CSV file, all or none.

    Raises TooLarge, Invalid with each line that cannot be read, DaysMeasuredAlready, and MeasuredByFormula.
    """
    kpi = await _open_for_values(session, actor, goal)
    if len(content) > files.MOST_BYTES:
        raise TooLarge(limit=files.MOST_BYTES)
    now = await db.now(session)
    try:
        lines = files.read(content, latest=(now + _EAST).date())
    except files.NotReadable as unreadable:
        raise Invalid(problems=unreadable.problems) from None
    source_of = {line.number: values.source_of(CSV, line.series) for line in lines}
    on = {line.measured_on for line in lines}
    there = await repository.find_measurements(session, goal.id, sources=set(source_of.values()), days=on)
    again = [line for line in lines if (line.measured_on, source_of[line.number]) in there]
    if again and not replace:
        problems = [
            FieldProblem(
                f"/lines/{line.number}/date", "already_measured", files.MEASURED,
                {"line": line.number, "value": line.measured_on.isoformat()},
            )
            for line in again[: files.MOST_PROBLEMS]
        ]  # fmt: skip
        raise DaysMeasuredAlready(count=len(again), problems=problems)
    replaced = 0
    for line in lines:
        source = source_of[line.number]
        measurement = _reported(
            actor, goal, kpi, source=source,
            value=line.value, measured_on=line.measured_on, method=line.method, series=line.series,
        )  # fmt: skip
        earlier = there.get((line.measured_on, source))
        if earlier is None:
            session.add(measurement)
        else:
            replaced += await values.write(session, measurement, earlier=earlier, by=actor.name)
    audit.record(
        session, actor=actor.name, action="goal.import", subject=goal,
        after={"rows": len(lines), "replaced": replaced, "from": min(on), "to": max(on)},
    )  # fmt: skip
    await session.flush()
    await settle(session, goal, on=on)
    return FileRead(
        rows=len(lines),
        created=len(lines) - len(again),
        replaced=replaced,
        unchanged=len(again) - replaced,
        from_on=min(on),
        to_on=max(on),
    )


async def _open_for_values(session: AsyncSession, actor: Actor, goal: Goal) -> Kpi | None:
    """Make sure that values of a goal are reported, one caller at a time; answer its KPI."""
    actor.require(Permission.MEASUREMENTS_WRITE, program_id=goal.program_id)
    await repository.get_goal(session, goal.id, lock=True)
    kpi = await repository.find_kpi(session, goal.kpi)
    if kpi is not None and kpi.formula is not None:
        raise MeasuredByFormula(kpi=kpi.slug, needed=", ".join(sorted(formula.names(formula.parse(kpi.formula)))))
    return kpi


def _reported(
    actor: Actor,
    goal: Goal,
    kpi: Kpi | None,
    *,
    source: str,
    value: Decimal,
    measured_on: date,
    method: Method,
    series: str,
) -> Measurement:
    return Measurement(
        organization_id=actor.tenant(),
        goal_id=goal.id,
        value=value,
        measured_on=measured_on,
        method=method,
        source=source,
        series=series,
        formula_version=str(kpi.formula_version) if kpi is not None else "1",
        reported_by=actor.name,
    )


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
