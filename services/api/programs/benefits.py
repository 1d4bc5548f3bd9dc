"""What programs offer to those who take part, and what each ambassador qualifies for."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.programs.reading import list_benefit, read_benefit, read_mine
from services.api.routing import Router
from services.core.kit.errors import NotFound
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.plans import qualifying
from services.core.programs import benefits as service
from services.core.programs import repository
from services.core.programs.models import Benefit, BenefitState
from services.core.programs.schemas import (
    BenefitCreate,
    BenefitListed,
    BenefitRead,
    BenefitUpdate,
    Eligibility,
    MyBenefitsRead,
)
from services.core.training import repository as training

router: APIRouter = Router(tags=["Benefits"])

_READ = [allow(Permission.PROGRAMS_READ)]
_WRITE = [allow(Permission.PROGRAMS_WRITE)]


@router.post(
    "/v1/programs/{program_id}/benefits",
    status_code=201,
    operation_id="benefits_create",
    summary="Add a benefit",
    dependencies=_WRITE,
)
async def create_benefit(program_id: UUID, body: BenefitCreate, call: Current) -> BenefitRead:
    """Adds a benefit with who qualifies and what it costs; ambassadors see it once its state is `open`."""
    program = await repository.get_program(call.session, program_id)
    await _check_module(call, program.id, body.eligibility)
    benefit = await service.create_benefit(call.session, call.actor, program, body)
    call.answers(benefit)
    call.headers["Location"] = f"/v1/programs/{program.id}/benefits/{benefit.id}"
    return read_benefit(benefit)


@router.get(
    "/v1/programs/{program_id}/benefits",
    operation_id="benefits_list",
    summary="List a program's benefits",
    dependencies=_READ,
)
async def list_benefits(
    program_id: UUID,
    call: Current,
    page: Page,
    state: Annotated[list[BenefitState] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[BenefitListed]:
    """Lists a program's benefits with how many members qualify: in steps of the smallest group, and never who."""
    program = await repository.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    statement = repository.benefits(call.session, program.id)
    if state:
        statement = statement.where(col(Benefit.state).in_(state))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(state or []))),
        id_column=Benefit.id,
        sorts={"created_at": Benefit.created_at},
        default_sort="created_at",
    )
    counts = await qualifying.count_qualifying(call.session, program.id, found.rows)
    k = call.settings.min_group_size
    return Listing(data=[list_benefit(row, counts[row.id], k=k) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/programs/{program_id}/benefits/{benefit_id}",
    operation_id="benefits_get",
    summary="Read a benefit",
    dependencies=_READ,
)
async def get_benefit(program_id: UUID, benefit_id: UUID, call: Current) -> BenefitRead:
    """Answers one benefit."""
    benefit = await _find(call, program_id, benefit_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=benefit.program_id)
    call.answers(benefit)
    return read_benefit(benefit)


@router.patch(
    "/v1/programs/{program_id}/benefits/{benefit_id}",
    operation_id="benefits_update",
    summary="Change a benefit",
    dependencies=_WRITE,
)
async def update_benefit(program_id: UUID, benefit_id: UUID, body: BenefitUpdate, call: Current) -> BenefitRead:
    """Merge patch of a benefit; `state` opens it to ambassadors or closes it."""
    benefit = await _find(call, program_id, benefit_id, lock=True)
    call.must_match(benefit)
    if body.eligibility is not None:
        await _check_module(call, program_id, body.eligibility)
    program = await repository.get_program(call.session, program_id)
    benefit = await service.update_benefit(call.session, call.actor, program, benefit, body)
    call.answers(benefit)
    return read_benefit(benefit)


@router.delete(
    "/v1/programs/{program_id}/benefits/{benefit_id}",
    status_code=204,
    operation_id="benefits_delete",
    summary="Remove a benefit",
    dependencies=_WRITE,
)
async def delete_benefit(program_id: UUID, benefit_id: UUID, call: Current) -> None:
    """Takes a benefit out of the catalogue."""
    benefit = await _find(call, program_id, benefit_id, lock=True)
    call.must_match(benefit)
    await service.delete_benefit(call.session, call.actor, benefit)


@router.get(
    "/v1/me/benefits",
    operation_id="my_benefits_list",
    summary="What I qualify for",
    dependencies=[allow(Door.PERSON)],
)
async def list_my_benefits(call: Current) -> MyBenefitsRead:
    """Answers what my programs give, whether I qualify, why, and what is missing. Nobody else sees this."""
    mine = await qualifying.list_mine(call.session, call.actor)
    names = {
        program_id: (await repository.get_program(call.session, program_id)).name
        for program_id in {one.benefit.program_id for one in mine}
    }
    call.headers["Content-Language"] = call.language.value
    return MyBenefitsRead(
        data=[read_mine(one, program_name=names[one.benefit.program_id], language=call.language) for one in mine]
    )


async def _find(call: Call, program_id: UUID, benefit_id: UUID, *, lock: bool = False) -> Benefit:
    benefit = await repository.get_benefit(call.session, benefit_id, lock=lock)
    if benefit.program_id != program_id:
        raise NotFound(thing="benefit")
    return benefit


async def _check_module(call: Call, program_id: UUID, rule: Eligibility) -> None:
    """Make sure that a rule names a training of this program or of the organization."""
    if rule.training_module_id is not None:
        module = await training.get_module(call.session, rule.training_module_id)
        if module.program_id not in (None, program_id):
            raise NotFound(thing="training module")
