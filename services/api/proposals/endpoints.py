"""What employees propose, and the answer they get."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employees
from services.core.kit.db import advocacy_now
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.proposals import repository, service
from services.core.proposals.models import Proposal, ProposalState
from services.core.proposals.schemas import ProposalAccept, ProposalCreate, ProposalDecline, ProposalRead
from services.core.proposals.service import Opened

router: APIRouter = Router(tags=["Proposals"])


@router.post(
    "/v1/me/proposals",
    status_code=201,
    operation_id="me_proposals_create",
    summary="Propose something to share",
    dependencies=[allow(Door.PERSON)],
)
async def propose(body: ProposalCreate, call: Current) -> ProposalRead:
    """Puts a page or a text before a programme's editors, with why. You get an answer by `answer_due_at`."""
    proposal = await service.propose(call.session, call.actor, body, settings=call.settings)
    call.headers["Location"] = f"/v1/me/proposals/{proposal.id}"
    return await _read(call, proposal)


@router.get(
    "/v1/me/proposals",
    operation_id="me_proposals_list",
    summary="List my proposals",
    dependencies=[allow(Door.PERSON)],
)
async def list_mine(call: Current, page: Page) -> Listing[ProposalRead]:
    """Lists what you have proposed, with the answers."""
    found = await paginate(
        call.session,
        repository.proposals_of(call.session, call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Proposal.id,
        sorts={"created_at": Proposal.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[await _read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/me/proposals/{proposal_id}",
    operation_id="me_proposals_get",
    summary="Read one of my proposals",
    dependencies=[allow(Door.PERSON)],
)
async def get_mine(proposal_id: UUID, call: Current) -> ProposalRead:
    """Answers one of your proposals and what came of it."""
    proposal = await repository.get_own(call.session, employee_id=call.actor.person(), proposal_id=proposal_id)
    call.answers(proposal)
    return await _read(call, proposal)


@router.get(
    "/v1/proposals",
    operation_id="proposals_list",
    summary="List proposals",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def list_proposals(
    call: Current,
    page: Page,
    program_id: Annotated[UUID | None, Query(description="Only this program's.")] = None,
    state: Annotated[list[ProposalState] | None, Query(description="Only in these states.")] = None,
    overdue: Annotated[bool, Query(description="Only those whose promised time has passed.")] = False,
) -> Listing[ProposalRead]:
    """Lists what colleagues have proposed to the programs whose content the caller writes, the most urgent first."""
    statement = repository.proposals(call.session)
    allowed = call.actor.programs_for(Permission.CONTENT_WRITE)
    if allowed is not None:
        statement = statement.where(col(Proposal.program_id).in_(allowed))
    if program_id is not None:
        statement = statement.where(Proposal.program_id == program_id)
    if state:
        statement = statement.where(col(Proposal.state).in_(state))
    if overdue:
        statement = statement.where(Proposal.state == ProposalState.OPEN, col(Proposal.answer_due_at) <= advocacy_now())
    filters = f"{program_id}|{','.join(sorted(state or []))}|{overdue}"
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=filters),
        id_column=Proposal.id,
        sorts={"answer_due_at": Proposal.answer_due_at, "created_at": Proposal.created_at},
        default_sort="answer_due_at",
    )
    return Listing(data=[await _read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/proposals/{proposal_id}",
    operation_id="proposals_get",
    summary="Read a proposal",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def get_proposal(proposal_id: UUID, call: Current) -> ProposalRead:
    """Answers one proposal."""
    proposal = await service.read(call.session, call.actor, proposal_id)
    call.answers(proposal)
    return await _read(call, proposal)


@router.post(
    "/v1/proposals/{proposal_id}/accept",
    operation_id="proposals_accept",
    summary="Take a proposal up",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def accept(proposal_id: UUID, body: ProposalAccept, call: Current) -> ProposalRead:
    """Makes a draft of it, with the proposer among its authors, and tells them."""
    opened = await service.accept(call.session, call.actor, proposal_id, body, settings=call.settings)
    return await _tell(call, opened, MessageKind.PROPOSAL_ACCEPTED)


@router.post(
    "/v1/proposals/{proposal_id}/decline",
    operation_id="proposals_decline",
    summary="Decline a proposal",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def decline(proposal_id: UUID, body: ProposalDecline, call: Current) -> ProposalRead:
    """Says no, and tells the proposer why."""
    opened = await service.decline(call.session, call.actor, proposal_id, body, settings=call.settings)
    return await _tell(call, opened, MessageKind.PROPOSAL_DECLINED)


async def _tell(call: Call, opened: Opened, kind: MessageKind) -> ProposalRead:
    employee = await employees.find_employee(call.session, opened.proposal.employee_id)
    if employee is not None:
        await communication.write(
            call.session,
            employee,
            kind,
            settings=call.settings,
            subject_id=opened.proposal.id,
            values={"title": opened.content["title"], "answer": opened.answer or ""},
        )
    call.answers(opened.proposal)
    return _answer(opened)


async def _read(call: Call, proposal: Proposal) -> ProposalRead:
    return _answer(await service.open_one(call.session, proposal, settings=call.settings))


def _answer(opened: Opened) -> ProposalRead:
    proposal = opened.proposal
    return ProposalRead(
        **proposal.model_dump(
            include={
                "id", "program_id", "employee_id", "language", "state", "answer_due_at", "answered_at", "item_id",
                "created_at", "updated_at",
            }
        ),
        **opened.content,
        answer=opened.answer,
        item_state=opened.item.state.value if opened.item else None,
    )  # fmt: skip
