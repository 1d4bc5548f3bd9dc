"""A quiet launch: its pilot, and the gates before it is launched loudly."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.ambassadors import places
from services.core.kit.errors import NotFound, PreconditionFailed
from services.core.launches import repository, service
from services.core.launches.models import GateState
from services.core.launches.schemas import GatesRead, PilotRead, PilotWrite
from services.core.organizations.rules import Permission
from services.core.programs import pilots
from services.core.programs import repository as programs
from services.core.programs.models import Program

router: APIRouter = Router(tags=["Launches"])


@router.get(
    "/v1/programs/{program_id}/pilot",
    operation_id="pilots_get",
    summary="Who is in the pilot",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def get_pilot(program_id: UUID, call: Current) -> PilotRead:
    """Answers who sees the program while it is launched quietly."""
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program.id)
    return await _pilot(call, program)


@router.put(
    "/v1/programs/{program_id}/pilot",
    operation_id="pilots_put",
    summary="Say who is in the pilot",
    dependencies=[allow(Permission.PROGRAMS_WRITE)],
    responses={201: {"model": PilotRead, "description": "The pilot was created."}},
)
async def put_pilot(program_id: UUID, body: PilotWrite, call: Current, response: Response) -> PilotRead:
    """Creates the pilot (201) or replaces it whole; once there is one, If-Match says which version is meant.

    While the program is quiet nobody else is invited, let in or offered anything.
    """
    program = await programs.get_program(call.session, program_id, lock=True)
    pilot = await programs.find_pilot(call.session, program.id)
    if pilot is not None:
        call.must_match(pilot)
    else:
        if "if-match" in call.request.headers:
            raise PreconditionFailed()
        response.status_code = 201
    await pilots.put(
        call.session,
        call.actor,
        program,
        pilot,
        employee_ids=body.employee_ids,
        departments=body.departments,
        countries=body.countries,
        max_people=body.max_people,
        ends_at=body.ends_at,
        metrics_percent=body.metrics_percent,
    )
    # More people may be in at one time than before.
    await places.move_up(call.session, program.id)
    return await _pilot(call, program)


async def _pilot(call: Current, program: Program) -> PilotRead:
    cohort = await pilots.find_cohort(call.session, program.id)
    if cohort is None:
        raise NotFound(thing="pilot")
    call.answers(cohort.pilot)
    members = await repository.list_pilot_members(call.session, program.id, cohort)
    return PilotRead(
        **cohort.pilot.model_dump(include=set(PilotRead.model_fields)),
        employee_ids=sorted(cohort.named),
        members=len(members),
    )


@router.get(
    "/v1/programs/{program_id}/gates",
    operation_id="gates_list",
    summary="How the gates stand",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def list_gates(program_id: UUID, call: Current) -> GatesRead:
    """Answers every gate before a loud launch as it was found last, with its evidence and what to do next."""
    return await _gates(call, await programs.get_program(call.session, program_id))


@router.post(
    "/v1/programs/{program_id}/gates/evaluate",
    operation_id="gates_evaluate",
    summary="Look at the gates now",
    dependencies=[allow(Permission.PROGRAMS_WRITE)],
)
async def evaluate_gates(program_id: UUID, call: Current) -> GatesRead:
    """Looks at what the pilot has really brought about, and keeps it as evidence. Nothing is set by hand."""
    program = await programs.get_program(call.session, program_id, lock=True)
    await service.evaluate(call.session, call.actor, program, settings=call.settings)
    return await _gates(call, program)


async def _gates(call: Current, program: Program) -> GatesRead:
    gates = await service.read_gates(call.session, call.actor, program, language=call.language)
    call.headers["Content-Language"] = call.language.value
    return GatesRead(
        program_id=program.id,
        state=program.state,
        is_ready=all(one.state is GateState.PASSED for one in gates),
        gates=gates,
    )
