"""Where a program stands on its way to a launch: the order of set-up, and what nobody answers for."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.organizations.rules import Permission
from services.core.platforms import repository as platforms
from services.core.platforms.models import SetupOrder
from services.core.platforms.setup import read_setup
from services.core.programs import repository, service
from services.core.programs.models import Function
from services.core.programs.schemas import OrphanRead, OrphansRead, SetupRead, StepRead
from services.core.programs.setup import NEXT, TITLES, WHY, StepState

router: APIRouter = Router(tags=["Programs"])

_READ = [allow(Permission.PROGRAMS_READ)]


@router.get(
    "/v1/programs/{program_id}/setup",
    operation_id="programs_setup",
    summary="What to do next",
    dependencies=_READ,
)
async def get_setup(program_id: UUID, call: Current) -> SetupRead:
    """Answers the steps of setting a program up in their order: what is done, what is missing, why, and what to do.

    In the language of Accept-Language.
    """
    program = await repository.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    steps = await read_setup(call.session, program, settings=call.settings)
    order = (await platforms.get_settings(call.session)).setup_order
    call.headers["Content-Language"] = call.language.value
    return SetupRead(
        program_id=program.id,
        steps=[
            StepRead(
                step=one.step,
                title=TITLES[one.step].in_language(call.language),
                state=one.state,
                why=WHY[one.step].in_language(call.language),
                missing=[problem.in_language(call.language) for problem in one.missing],
                next_step=None if one.state is StepState.DONE else NEXT[one.step].format(program=program.id),
            )
            for one in steps
        ],
        current=next((one.step for one in steps if one.state is StepState.MISSING), None),
        connectors_refused=order is SetupOrder.REFUSE and any(one.state is StepState.TOO_EARLY for one in steps),
    )


@router.get(
    "/v1/programs/{program_id}/orphans",
    operation_id="programs_orphans",
    summary="What nobody answers for any more",
    dependencies=_READ,
)
async def get_orphans(program_id: UUID, call: Current) -> OrphansRead:
    """Answers which functions lost their holder or a deputy to somebody's leaving, and which block a loud launch."""
    program = await repository.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    missing = await service.missing_for_loud(call.session, program)
    return OrphansRead(
        data=[OrphanRead.model_validate(one) for one in await service.list_orphans(call.session, program.id)],
        unfilled=[Function(str(problem.values["function"])) for problem in missing],
    )
