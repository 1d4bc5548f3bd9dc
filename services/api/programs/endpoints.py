"""Programs: their channels, who is responsible, and the way from draft to closed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import col

from services.api.dependencies import Current, Page, allow
from services.api.programs import starting
from services.api.programs.reading import read_responsibilities
from services.api.routing import Router
from services.core.ambassadors import places
from services.core.ambassadors import repository as ambassadors
from services.core.goals import repository as goals
from services.core.kit.errors import NotFound, PreconditionFailed
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.launches import service as launches
from services.core.organizations.rules import Permission
from services.core.policies import repository as policies
from services.core.programs import repository, service
from services.core.programs.models import Channel, Program, ProgramState, Responsibility
from services.core.programs.rules import Destination
from services.core.programs.schemas import (
    ChannelRead,
    ChannelWrite,
    ProgramCreate,
    ProgramRead,
    ProgramUpdate,
    ResponsibilityCreate,
    ResponsibilityRead,
    TransitionCreate,
)

router: APIRouter = Router(tags=["Programs"])

_READ = [allow(Permission.PROGRAMS_READ)]
_WRITE = [allow(Permission.PROGRAMS_WRITE)]


@router.post(
    "/v1/programs",
    status_code=201,
    operation_id="programs_create",
    summary="Start a program",
    dependencies=[allow(Permission.PROGRAMS_CREATE)],
)
async def create_program(body: ProgramCreate, call: Current) -> ProgramRead:
    """Starts a program in draft: goals come first, then people. With `template`, as much as can be is drafted too."""
    program = await starting.start(call, body)
    call.answers(program)
    call.headers["Location"] = f"/v1/programs/{program.id}"
    return ProgramRead.model_validate(program)


@router.get("/v1/programs", operation_id="programs_list", summary="List programs", dependencies=_READ)
async def list_programs(
    call: Current,
    page: Page,
    state: Annotated[list[ProgramState] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[ProgramRead]:
    """Lists the programs you may see."""
    statement = repository.programs(call.session)
    visible = call.actor.programs_for(Permission.PROGRAMS_READ)
    if visible is not None:
        statement = statement.where(col(Program.id).in_(visible))
    if state:
        statement = statement.where(col(Program.state).in_(state))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(state or []))),
        id_column=Program.id,
        sorts={"created_at": Program.created_at},
        default_sort="created_at",
    )
    return Listing(data=[ProgramRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get("/v1/programs/{program_id}", operation_id="programs_get", summary="Read a program", dependencies=_READ)
async def get_program(program_id: UUID, call: Current) -> ProgramRead:
    """Answers one program."""
    program = await _readable(call, program_id)
    call.answers(program)
    return ProgramRead.model_validate(program)


@router.patch(
    "/v1/programs/{program_id}", operation_id="programs_update", summary="Change a program", dependencies=_WRITE
)
async def update_program(program_id: UUID, body: ProgramUpdate, call: Current) -> ProgramRead:
    """Merge patch of name, languages, networks and disclosure."""
    program = await repository.get_program(call.session, program_id, lock=True)
    call.must_match(program)
    program = await service.update_program(call.session, call.actor, program, body)
    call.answers(program)
    return ProgramRead.model_validate(program)


@router.post(
    "/v1/programs/{program_id}/transitions",
    operation_id="programs_transition",
    summary="Move a program on",
    # A sponsor who answers for a red gate manages no program: the service asks what each deed needs.
    dependencies=_READ,
)
async def transition_program(program_id: UUID, body: TransitionCreate, call: Current) -> ProgramRead:
    """Moves a program to its next state, if its foundations stand; otherwise names each that is missing.

    Needs `programs.write`. From quiet to loud, every gate is looked at anew, and a red one refuses; with `override`, a
    sponsor in person (`launches.override`) lets it pass and says why.
    """
    program = await repository.get_program(call.session, program_id, lock=True)
    # Before the gates are looked at, which is work.
    service.require_mover(call.actor, program, body)
    is_launch = body.to is Destination.LOUD and program.state is ProgramState.QUIET
    gates = await _look_at_gates(call, program) if is_launch else []
    program = await service.transition(
        call.session,
        call.actor,
        program,
        body,
        goals=await goals.list_goals(call.session, program_id),
        has_published_policy=await policies.find_current_version(call.session, program_id) is not None,
        has_persona=await ambassadors.find_persona(call.session, program_id) is not None,
        gates=gates,
    )
    if is_launch:
        # The pilot's limit is gone: who waits for a place moves up.
        await places.move_up(call.session, program.id)
    call.answers(program)
    return ProgramRead.model_validate(program)


@router.post(
    "/v1/programs/{program_id}/responsibilities",
    status_code=201,
    operation_id="responsibilities_create",
    summary="Name somebody responsible",
    dependencies=_WRITE,
)
async def create_responsibility(program_id: UUID, body: ResponsibilityCreate, call: Current) -> ResponsibilityRead:
    """Names the holder of a function, such as owner, content or policy, or a deputy."""
    program = await repository.get_program(call.session, program_id)
    made = await service.add_responsibility(call.session, call.actor, program.id, body)
    (read,) = await read_responsibilities(call, [made])
    return read


@router.get(
    "/v1/programs/{program_id}/responsibilities",
    operation_id="responsibilities_list",
    summary="Who is responsible",
    dependencies=_READ,
)
async def list_responsibilities(program_id: UUID, call: Current, page: Page) -> Listing[ResponsibilityRead]:
    """Lists who answers for what, and who of them has left since."""
    program = await _readable(call, program_id)
    found = await paginate(
        call.session,
        repository.responsibilities(call.session, program.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Responsibility.id,
        sorts={"created_at": Responsibility.created_at},
        default_sort="created_at",
    )
    return Listing(data=await read_responsibilities(call, found.rows), next_cursor=found.next_cursor)


@router.delete(
    "/v1/programs/{program_id}/responsibilities/{responsibility_id}",
    status_code=204,
    operation_id="responsibilities_delete",
    summary="Relieve somebody",
    dependencies=_WRITE,
)
async def delete_responsibility(program_id: UUID, responsibility_id: UUID, call: Current) -> None:
    """Relieves somebody of a function."""
    program = await repository.get_program(call.session, program_id)
    await service.remove_responsibility(call.session, call.actor, program.id, responsibility_id)


@router.get(
    "/v1/programs/{program_id}/channels",
    operation_id="channels_list",
    summary="List a program's channels",
    dependencies=_READ,
)
async def list_channels(program_id: UUID, call: Current, page: Page) -> Listing[ChannelRead]:
    """Lists how a program uses each network: caps, hours, and how far from colleagues. None set: no limits."""
    program = await _readable(call, program_id)
    found = await paginate(
        call.session,
        repository.channels(call.session, program.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Channel.id,
        sorts={"network": Channel.network, "created_at": Channel.created_at},
        default_sort="network",
    )
    return Listing(data=[ChannelRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/programs/{program_id}/channels/{network}",
    operation_id="channels_get",
    summary="Read a channel",
    dependencies=_READ,
)
async def get_channel(program_id: UUID, network: str, call: Current) -> ChannelRead:
    """Answers how a program uses one network."""
    program = await _readable(call, program_id)
    channel = await repository.find_channel(call.session, program_id=program.id, network=network)
    if channel is None:
        raise NotFound(thing="channel")
    call.answers(channel)
    return ChannelRead.model_validate(channel)


@router.put(
    "/v1/programs/{program_id}/channels/{network}",
    operation_id="channels_put",
    summary="Say how a network is used",
    dependencies=_WRITE,
    responses={201: {"model": ChannelRead, "description": "The channel was created."}},
)
async def put_channel(
    program_id: UUID, network: str, body: ChannelWrite, call: Current, response: Response
) -> ChannelRead:
    """Creates a channel (201) or replaces it whole; once there is one, If-Match says which version is meant."""
    # The program's lock puts two who create the same channel one after the other.
    program = await repository.get_program(call.session, program_id, lock=True)
    channel = await repository.find_channel(call.session, program_id=program.id, network=network)
    if channel is not None:
        call.must_match(channel)
    else:
        if "if-match" in call.request.headers:
            raise PreconditionFailed()
        response.status_code = 201
    channel = await service.put_channel(call.session, call.actor, program, network, channel, body)
    call.answers(channel)
    return ChannelRead.model_validate(channel)


@router.delete(
    "/v1/programs/{program_id}/channels/{network}",
    status_code=204,
    operation_id="channels_delete",
    summary="Drop a channel",
    dependencies=_WRITE,
)
async def delete_channel(program_id: UUID, network: str, call: Current) -> None:
    """Drops a channel: the network stays in use, without limits of the program."""
    program = await repository.get_program(call.session, program_id)
    channel = await repository.find_channel(call.session, program_id=program.id, network=network)
    if channel is None:
        raise NotFound(thing="channel")
    call.must_match(channel)
    await service.delete_channel(call.session, call.actor, channel)


async def _look_at_gates(call: Current, program: Program) -> list[service.GateSeen]:
    return launches.as_seen(await launches.look_again(call.session, program, settings=call.settings))


async def _readable(call: Current, program_id: UUID) -> Program:
    program = await repository.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    return program
