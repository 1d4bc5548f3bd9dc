"""Where a program stands in the order in which it is set up, read from all the nouns that know."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.employees import service as employees
from services.core.goals import repository as goals
from services.core.goals.models import Goal
from services.core.kit.settings import Settings
from services.core.platforms import repository, rules
from services.core.platforms.vendors import manifest_of, open_settings
from services.core.policies import repository as policies
from services.core.programs import repository as programs
from services.core.programs import rules as program_rules
from services.core.programs.models import Program, ProgramState
from services.core.programs.setup import Facts, StepStatus, Unmeasured, list_steps


async def read_setup(session: AsyncSession, program: Program, *, settings: Settings) -> list[StepStatus]:
    """Every step of a program in order, with what is missing."""
    set_goals = await goals.list_goals(session, program.id)
    held = await programs.list_responsibilities(session, program.id)
    concerned = {goal.owner_employee_id for goal in set_goals} | {one.employee_id for one in held}
    employed = await employees.find_present_ids(session, concerned)
    has_policy = await policies.find_current_version(session, program.id) is not None
    has_persona = await ambassadors.find_persona(session, program.id) is not None
    facts = Facts(
        goals=program_rules.missing_goals(set_goals, employed=employed),
        owners=program_rules.missing_holders(
            held, employed=employed, mandatory=program_rules.mandatory_for(program, ProgramState.DESIGNED)
        ),
        policy=program_rules.missing_for_quiet(has_published_policy=has_policy, has_persona=True),
        recruitment=program_rules.missing_for_quiet(has_published_policy=True, has_persona=has_persona),
        has_goals=bool(set_goals),
        unmeasured=[Unmeasured(str(goal.id), goal.title) for goal in await _unmeasured(session, set_goals)],
        has_connector=await _has_production_channel(session, settings=settings),
    )
    return list_steps(facts)


async def _unmeasured(session: AsyncSession, set_goals: list[Goal]) -> list[Goal]:
    """Goals that neither measure themselves, nor have a value, nor are read anywhere."""
    kpis = await goals.all_kpis(session)
    by_hand = [goal for goal in set_goals if (kpi := kpis.get(goal.kpi)) is None or not kpi.is_computed]
    if not by_hand:
        return []
    measured: set[UUID] = {one.goal_id for one in await goals.list_measurements(session, [one.id for one in by_hand])}
    return [
        goal
        for goal in by_hand
        if goal.id not in measured
        and not any(source.ended_on is None for source in await goals.list_sources(session, goal.id))
    ]


async def _has_production_channel(session: AsyncSession, *, settings: Settings) -> bool:
    for connection in await repository.list_active(session):
        manifest = manifest_of(connection)
        if manifest is None:
            continue
        given = {**settings.connectors.get(manifest.slug, {}), **open_settings(connection, settings=settings)}
        if not rules.is_rehearsal(manifest, given):
            return True
    return False
