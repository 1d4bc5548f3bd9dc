"""Every query on proposals."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound
from services.core.proposals.models import Proposal, ProposalState


def proposals(session: AsyncSession) -> SelectOfScalar[Proposal]:
    """All proposals of the organization."""
    return select(Proposal).where(Proposal.organization_id == organization_of(session))


def proposals_of(session: AsyncSession, employee_id: UUID) -> SelectOfScalar[Proposal]:
    """All proposals of one person."""
    return proposals(session).where(Proposal.employee_id == employee_id)


async def get_proposal(session: AsyncSession, proposal_id: UUID, *, lock: bool = False) -> Proposal:
    """One proposal; raise NotFound."""
    return await _one(session, proposals(session).where(Proposal.id == proposal_id), lock=lock)


async def get_own(session: AsyncSession, *, employee_id: UUID, proposal_id: UUID) -> Proposal:
    """One of a person's own proposals; raise NotFound."""
    return await _one(session, proposals_of(session, employee_id).where(Proposal.id == proposal_id), lock=False)


async def _one(session: AsyncSession, statement: SelectOfScalar[Proposal], *, lock: bool) -> Proposal:
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    proposal = (await session.exec(statement)).first()
    if proposal is None:
        raise NotFound(thing="proposal")
    return proposal


async def find_waiting(connection: asyncpg.Connection[asyncpg.Record], *, most: int) -> list[tuple[UUID, UUID]]:
    """Open proposals of every organization whose promised time has passed and nobody was told."""
    rows = await connection.fetch("select organization_id, id from find_proposals_waiting($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]


async def take_overdue(session: AsyncSession, proposal_id: UUID) -> Proposal | None:
    """Such a proposal for this transaction alone; None when it was answered, or told, meanwhile."""
    statement = proposals(session).where(
        Proposal.id == proposal_id,
        Proposal.state == ProposalState.OPEN,
        col(Proposal.reminded_at).is_(None),
        col(Proposal.answer_due_at) <= advocacy_now(),
    )
    return (await session.exec(statement.with_for_update(skip_locked=True))).first()


async def count_open(session: AsyncSession, employee_id: UUID, *, program_id: UUID) -> int:
    """How many proposals of a person in a program have no answer yet."""
    waiting = proposals_of(session, employee_id).where(
        Proposal.program_id == program_id, Proposal.state == ProposalState.OPEN
    )
    return (await session.exec(select(sa.func.count()).select_from(waiting.subquery()))).one()
