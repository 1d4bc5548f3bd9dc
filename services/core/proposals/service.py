"""What may happen to proposals, and what follows. Flushes, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.content import repository as content_rows
from services.core.content import service as content
from services.core.content import topics
from services.core.content.models import ContentItem
from services.core.employees import sealing
from services.core.events import service as events
from services.core.kit import crypto, db
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs
from services.core.programs.models import ProgramState
from services.core.proposals import repository
from services.core.proposals.errors import AlreadyAnswered, TooManyOpen
from services.core.proposals.models import Proposal, ProposalState
from services.core.proposals.names import STATE_NAMES
from services.core.proposals.schemas import ProposalAccept, ProposalCreate, ProposalDecline

#: So many of a person's proposals wait in a program at a time.
MOST_OPEN = 10

_NO_PAGE = Text(
    en="The proposal names no page: give the one that the post leads to.",
    he="ההצעה אינה כוללת קישור: יש לציין לאן הפוסט מוביל.",
)
_CLOSED = Text(en="This programme is closed; propose it to another one.", he="התוכנית סגורה; אפשר להציע לתוכנית אחרת.")


@dataclass(frozen=True)
class Opened:
    """A proposal with its words."""

    proposal: Proposal
    content: dict[str, Any]
    answer: str | None
    item: ContentItem | None


async def propose(session: AsyncSession, actor: Actor, body: ProposalCreate, *, settings: Settings) -> Proposal:
    """Put something before the editors of a program; raise NotFound or TooManyOpen.

    Any employee may, ambassador or not. Nothing of it is in the audit: it is the person's own.
    """
    employee_id = actor.person()
    program = await programs.get_program(session, body.program_id)
    if program.state is ProgramState.CLOSED:
        raise Invalid(problems=[FieldProblem("/program_id", "program_closed", _CLOSED)])
    if await repository.count_open(session, employee_id, program_id=program.id) >= MOST_OPEN:
        raise TooManyOpen(limit=MOST_OPEN)
    proposal = Proposal(
        organization_id=actor.tenant(),
        program_id=program.id,
        employee_id=employee_id,
        language=body.language or program.default_language,
        sealed_content=b"",
        answer_due_at=await db.now(session) + timedelta(days=settings.proposal_answer_days),
    )
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    proposal.sealed_content = sealing.seal_document(
        sealer,
        {"title": body.title, "url": body.url, "text": body.text, "why": body.why},
        place=_place(proposal, "content"),
    )
    session.add(proposal)
    events.emit(session, "proposal.made", proposal_id=proposal.id, program_id=program.id)
    await session.flush()
    return proposal


async def open_one(session: AsyncSession, proposal: Proposal, *, settings: Settings) -> Opened:
    """Read a proposal, for its proposer or for editors; the caller has made sure which."""
    sealer = await sealing.sealer_for(session, proposal.employee_id, master=crypto.Sealer(settings.master_keys))
    content_of = sealing.open_document(sealer, proposal.sealed_content, place=_place(proposal, "content"))
    answer = None
    if proposal.sealed_answer is not None:
        answer = sealer.open(proposal.sealed_answer, place=_place(proposal, "answer")).decode()
    item = await content_rows.get_item(session, proposal.item_id) if proposal.item_id else None
    return Opened(proposal, content_of, answer, item)


async def read(session: AsyncSession, actor: Actor, proposal_id: UUID) -> Proposal:
    """One proposal, for who writes content of its program; raise NotFound or NotAllowed."""
    proposal = await repository.get_proposal(session, proposal_id)
    actor.require(Permission.CONTENT_WRITE, program_id=proposal.program_id)
    return proposal


async def accept(
    session: AsyncSession, actor: Actor, proposal_id: UUID, body: ProposalAccept, *, settings: Settings
) -> Opened:
    """Make a draft of a proposal, with its proposer as an author: they cannot approve it.

    Raises AlreadyAnswered, or Invalid where no page is known.
    """
    proposal = await _take(session, actor, proposal_id)
    program = await programs.get_program(session, proposal.program_id)
    opened = await open_one(session, proposal, settings=settings)
    url = body.destination_url or opened.content["url"]
    if url is None:
        raise Invalid(problems=[FieldProblem("/destination_url", "required", _NO_PAGE)])
    slugs = await topics.slugs_for(session, actor, body.topics, language=program.default_language)
    proposer = Actor(organization_id=proposal.organization_id, employee_id=proposal.employee_id)
    item = await content.draft_from_elsewhere(
        session,
        program,
        by=actor.name,
        source={"kind": "proposal", "id": str(proposal.id)},
        title=opened.content["title"],
        destination_url=url,
        text=opened.content["text"] or opened.content["title"],
        why_share=opened.content["why"],
        language=proposal.language,
        topic_slugs=slugs,
        author_employee_id=proposal.employee_id,
        written_by=[proposer.name, actor.name],
        key_id=actor.key_id,
    )
    proposal.item_id = item.id
    return await _answer(session, actor, proposal, ProposalState.ACCEPTED, body.answer, settings=settings)


async def decline(
    session: AsyncSession, actor: Actor, proposal_id: UUID, body: ProposalDecline, *, settings: Settings
) -> Opened:
    """Say no to a proposal, in words; raise AlreadyAnswered."""
    proposal = await _take(session, actor, proposal_id)
    return await _answer(session, actor, proposal, ProposalState.DECLINED, body.answer, settings=settings)


async def _take(session: AsyncSession, actor: Actor, proposal_id: UUID) -> Proposal:
    proposal = await repository.get_proposal(session, proposal_id, lock=True)
    actor.require(Permission.CONTENT_WRITE, program_id=proposal.program_id)
    if proposal.state is not ProposalState.OPEN:
        raise AlreadyAnswered(state=STATE_NAMES[proposal.state])
    return proposal


async def _answer(
    session: AsyncSession, actor: Actor, proposal: Proposal, state: ProposalState, answer: str, *, settings: Settings
) -> Opened:
    sealer = await sealing.sealer_for(session, proposal.employee_id, master=crypto.Sealer(settings.master_keys))
    proposal.sealed_answer = sealer.seal(answer.encode(), place=_place(proposal, "answer"))
    proposal.state = state
    proposal.answered_at = await db.now(session)
    proposal.answered_by = actor.name
    session.add(proposal)
    audit.record(session, actor=actor.name, action=f"proposal.{state.value}", subject=proposal)
    events.emit(session, f"proposal.{state.value}", proposal_id=proposal.id, program_id=proposal.program_id)
    await session.flush()
    return await open_one(session, proposal, settings=settings)


def _place(proposal: Proposal, what: str) -> crypto.Place:
    return crypto.Place(proposal.organization_id, proposal.id, f"proposals.sealed_{what}")
