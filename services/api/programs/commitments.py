"""Who stands behind a program: signed by a sponsor in person."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Current, Page, allow
from services.api.programs.reading import read_commitment
from services.api.routing import Router
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.programs import commitments, repository
from services.core.programs.models import Commitment
from services.core.programs.schemas import CommitmentCreate, CommitmentRead

router: APIRouter = Router(tags=["Sponsors"])


@router.post(
    "/v1/programs/{program_id}/sponsor-commitments",
    status_code=201,
    operation_id="sponsor_commitments_create",
    summary="Stand behind a program",
    dependencies=[allow(Door.PERSON)],
)
async def create_commitment(program_id: UUID, body: CommitmentCreate, call: Current) -> CommitmentRead:
    """A sponsor signs with their own key: a statement, a budget, and until when. Nobody signs for somebody else."""
    # The program's lock puts two signatures of one sponsor one after the other: the later one stands.
    program = await repository.get_program(call.session, program_id, lock=True)
    row = await commitments.sign(call.session, call.actor, program, body, settings=call.settings)
    call.answers(row)
    call.headers["Location"] = f"/v1/programs/{program.id}/sponsor-commitments/{row.id}"
    (said,) = await commitments.read_all(call.session, [row], settings=call.settings)
    return read_commitment(row, said)


@router.get(
    "/v1/programs/{program_id}/sponsor-commitments",
    operation_id="sponsor_commitments_list",
    summary="Who stands behind a program",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def list_commitments(program_id: UUID, call: Current, page: Page) -> Listing[CommitmentRead]:
    """Lists what sponsors have signed, with who, when, statement and budget; ended ones too."""
    program = await repository.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    found = await paginate(
        call.session,
        repository.commitments(call.session, program.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Commitment.id,
        sorts={"created_at": Commitment.created_at},
        default_sort="-created_at",
    )
    said = await commitments.read_all(call.session, list(found.rows), settings=call.settings)
    return Listing(
        data=[read_commitment(row, one) for row, one in zip(found.rows, said, strict=True)],
        next_cursor=found.next_cursor,
    )


@router.get(
    "/v1/programs/{program_id}/sponsor-commitments/{commitment_id}",
    operation_id="sponsor_commitments_get",
    summary="Read a sponsor's commitment",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def get_commitment(program_id: UUID, commitment_id: UUID, call: Current) -> CommitmentRead:
    """Answers one commitment."""
    row = await repository.get_commitment(call.session, program_id, commitment_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=row.program_id)
    (said,) = await commitments.read_all(call.session, [row], settings=call.settings)
    return read_commitment(row, said)


@router.post(
    "/v1/programs/{program_id}/sponsor-commitments/{commitment_id}/withdraw",
    operation_id="sponsor_commitments_withdraw",
    summary="Take my commitment back",
    dependencies=[allow(Door.PERSON)],
)
async def withdraw_commitment(program_id: UUID, commitment_id: UUID, call: Current) -> CommitmentRead:
    """A sponsor takes their own word back; that it was given stays readable."""
    row = await repository.get_commitment(call.session, program_id, commitment_id)
    await commitments.withdraw(call.session, call.actor, row)
    (said,) = await commitments.read_all(call.session, [row], settings=call.settings)
    return read_commitment(row, said)
