"""KPIs, the goals of a program, and their values day by day."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.goals import repository, service
from services.core.goals.kpis import CATALOGUE
from services.core.goals.models import Goal, Measurement
from services.core.goals.schemas import (
    GoalCreate,
    GoalRead,
    GoalUpdate,
    KpiRead,
    MeasurementCreate,
    MeasurementRead,
)
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Goals"])

_READ = [allow(Permission.PROGRAMS_READ)]
_WRITE = [allow(Permission.PROGRAMS_WRITE)]


@router.get("/v1/kpis", operation_id="kpis_list", summary="List KPIs", dependencies=[allow(Door.KNOWN)])
async def list_kpis(call: Current) -> Listing[KpiRead]:
    """Lists the KPIs that goals can be set in, with what measures each, in the language of Accept-Language."""
    call.headers["Content-Language"] = call.language.value
    return Listing(
        data=[
            KpiRead(
                slug=kpi.slug,
                title=kpi.title.in_language(call.language),
                description=kpi.description.in_language(call.language),
                unit=kpi.unit,
                direction=kpi.direction,
                kind=kpi.kind,
                heading=kpi.heading,
                feed=kpi.feed,
            )
            for kpi in CATALOGUE.values()
        ],
        next_cursor=None,
    )


@router.post(
    "/v1/programs/{program_id}/goals",
    status_code=201,
    operation_id="goals_create",
    summary="Set a goal",
    dependencies=_WRITE,
)
async def create_goal(program_id: UUID, body: GoalCreate, call: Current) -> GoalRead:
    """Sets a goal with KPI, baseline, target, due date and owner."""
    program = await programs.get_program(call.session, program_id)
    goal = await service.create_goal(call.session, call.actor, program.id, body)
    call.answers(goal)
    call.headers["Location"] = f"/v1/goals/{goal.id}"
    return GoalRead.model_validate(goal)


@router.get("/v1/programs/{program_id}/goals", operation_id="goals_list", summary="List goals", dependencies=_READ)
async def list_goals(program_id: UUID, call: Current, page: Page) -> Listing[GoalRead]:
    """Lists a program's goals."""
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    found = await paginate(
        call.session,
        repository.goals(call.session, program.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Goal.id,
        sorts={"created_at": Goal.created_at},
        default_sort="created_at",
    )
    return Listing(data=[GoalRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get("/v1/goals/{goal_id}", operation_id="goals_get", summary="Read a goal", dependencies=_READ)
async def get_goal(goal_id: UUID, call: Current) -> GoalRead:
    """Answers one goal."""
    goal = await repository.get_goal(call.session, goal_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=goal.program_id)
    call.answers(goal)
    return GoalRead.model_validate(goal)


@router.patch("/v1/goals/{goal_id}", operation_id="goals_update", summary="Change a goal", dependencies=_WRITE)
async def update_goal(goal_id: UUID, body: GoalUpdate, call: Current) -> GoalRead:
    """Merge patch of a goal."""
    goal = await repository.get_goal(call.session, goal_id)
    call.must_match(goal)
    goal = await service.update_goal(call.session, call.actor, goal, body)
    call.answers(goal)
    return GoalRead.model_validate(goal)


@router.delete(
    "/v1/goals/{goal_id}", status_code=204, operation_id="goals_delete", summary="Drop a goal", dependencies=_WRITE
)
async def delete_goal(goal_id: UUID, call: Current) -> None:
    """Drops a goal with its values."""
    goal = await repository.get_goal(call.session, goal_id)
    call.must_match(goal)
    await service.delete_goal(call.session, call.actor, goal)


@router.post(
    "/v1/goals/{goal_id}/measurements",
    status_code=201,
    operation_id="measurements_create",
    summary="Report a value",
    dependencies=[allow(Permission.MEASUREMENTS_WRITE)],
)
async def create_measurement(goal_id: UUID, body: MeasurementCreate, call: Current) -> MeasurementRead:
    """Reports a goal's value of one day. A day without a value is a gap, not zero."""
    goal = await repository.get_goal(call.session, goal_id)
    return MeasurementRead.model_validate(await service.add_measurement(call.session, call.actor, goal, body))


@router.get(
    "/v1/goals/{goal_id}/measurements",
    operation_id="measurements_list",
    summary="List a goal's values",
    dependencies=_READ,
)
async def list_measurements(goal_id: UUID, call: Current, page: Page) -> Listing[MeasurementRead]:
    """Lists a goal's values with their method and source."""
    goal = await repository.get_goal(call.session, goal_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=goal.program_id)
    found = await paginate(
        call.session,
        repository.measurements(call.session, goal.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Measurement.id,
        sorts={"created_at": Measurement.created_at},
        default_sort="created_at",
    )
    return Listing(data=[MeasurementRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)
