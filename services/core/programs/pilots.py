"""The pilot of a quiet launch: who is in it, and what nobody else gets meanwhile. Flushes, never commits.

A program without a pilot limits nobody while it is quiet, but does not get loud either (``core/launches``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import repository as employees
from services.core.employees import service as people
from services.core.employees.models import Employee
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository
from services.core.programs.errors import NotInPilot, PilotOver
from services.core.programs.models import Pilot, Program, ProgramState

#: A pilot is for a while.
LONGEST = timedelta(days=180)
METRICS_PERCENT = 80

_ENDS = Text(
    en="Let the pilot end at a time from now on, at most {days} days ahead.",
    he="הפיילוט צריך להסתיים במועד מעכשיו והלאה, עד {days} ימים מראש.",
)
_NOBODY = Text(
    en="Name somebody: employee_ids, departments or countries.",
    he="יש לבחור משתתפים: employee_ids, departments או countries.",
)
_NOT_EMPLOYED = Text(
    en="Nobody who is employed has the id {id}. Take it out, or name somebody else.",
    he="אין מועסק/ת עם המזהה {id}. יש להסיר אותו, או לבחור מישהו אחר.",
)


@dataclass(frozen=True)
class Cohort:
    """A pilot with the people named for it."""

    pilot: Pilot
    named: frozenset[UUID]

    def covers(self, employee: Employee) -> bool:
        """Whether somebody is in it: named, or of its groups."""
        if employee.id in self.named:
            return True
        groups = ((self.pilot.departments, employee.department), (self.pilot.countries, employee.country))
        asked = [(wanted, value) for wanted, value in groups if wanted]
        return bool(asked) and all(value in wanted for wanted, value in asked)


def is_quiet(program: Program) -> bool:
    """Whether a program is launched quietly, or paused in that."""
    return ProgramState.QUIET in (program.state, program.paused_from)


async def find_cohort(session: AsyncSession, program_id: UUID) -> Cohort | None:
    """A program's pilot with who is named for it."""
    pilot = await repository.find_pilot(session, program_id)
    if pilot is None:
        return None
    return Cohort(pilot, frozenset(await repository.list_pilot_people(session, program_id)))


async def find_limits(session: AsyncSession, program: Program) -> Cohort | None:
    """The pilot that a program is limited to now; None where it is not quiet, or has none."""
    return await find_cohort(session, program.id) if is_quiet(program) else None


async def put(
    session: AsyncSession,
    actor: Actor,
    program: Program,
    pilot: Pilot | None,
    *,
    employee_ids: Sequence[UUID],
    departments: Sequence[str],
    countries: Sequence[str],
    max_people: int,
    ends_at: datetime,
    metrics_percent: int,
) -> Pilot:
    """Say who is in the pilot, or replace what was said (``pilot``); raise Invalid.

    Who is in the program already and not in the pilot stays a member, and is offered nothing new while it is quiet.
    """
    actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
    now = await db.now(session)
    problems = []
    if not (employee_ids or departments or countries):
        problems.append(FieldProblem("/employee_ids", "missing", _NOBODY))
    if not now < ends_at <= now + LONGEST:
        problems.append(FieldProblem("/ends_at", "out_of_range", _ENDS, {"days": LONGEST.days}))
    present = await people.find_present_ids(session, employee_ids)
    problems += [
        FieldProblem(f"/employee_ids/{place}", "not_employed", _NOT_EMPLOYED, {"id": str(employee_id)})
        for place, employee_id in enumerate(employee_ids)
        if employee_id not in present
    ]
    if problems:
        raise Invalid(problems=problems)
    if pilot is None:
        pilot = Pilot(
            organization_id=actor.tenant(), program_id=program.id, max_people=max_people, ends_at=ends_at,
            metrics_percent=metrics_percent,
        )  # fmt: skip
    before = {"max_people": pilot.max_people, "ends_at": pilot.ends_at, "metrics_percent": pilot.metrics_percent}
    pilot.departments, pilot.countries = list(departments), list(countries)
    pilot.max_people, pilot.ends_at, pilot.metrics_percent = max_people, ends_at, metrics_percent
    session.add(pilot)
    await repository.replace_pilot_people(session, program.id, employee_ids)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="pilot.put", subject=pilot, before=before,
        after={
            "max_people": max_people, "ends_at": ends_at, "metrics_percent": metrics_percent,
            "departments": list(departments), "countries": list(countries), "people": len(set(employee_ids)),
        },
    )  # fmt: skip
    events.emit(session, "pilot.set", program_id=program.id, pilot_id=pilot.id)
    return pilot


async def is_over(session: AsyncSession, pilot: Pilot) -> bool:
    """Whether the time of a pilot is over, so that nobody new is let in or offered anything."""
    return pilot.ends_at <= await db.now(session)


async def must_be_open_to(session: AsyncSession, program: Program, employee_id: UUID) -> None:
    """Raise NotInPilot or PilotOver for somebody who cannot be let into a program that is launched quietly."""
    cohort = await find_limits(session, program)
    if cohort is None:
        return
    employee = await employees.find_employee(session, employee_id)
    if employee is None or not cohort.covers(employee):
        raise NotInPilot()
    await _must_last(session, cohort.pilot)


async def covered(session: AsyncSession, program: Program, candidates: Collection[Employee]) -> set[UUID]:
    """Who of these may be offered something now; raise PilotOver once the time of a quiet launch is over."""
    cohort = await find_limits(session, program)
    if cohort is None:
        return {one.id for one in candidates}
    await _must_last(session, cohort.pilot)
    return {one.id for one in candidates if cohort.covers(one)}


async def _must_last(session: AsyncSession, pilot: Pilot) -> None:
    if await is_over(session, pilot):
        raise PilotOver(ended_at=pilot.ends_at.strftime("%Y-%m-%d %H:%M UTC"))
