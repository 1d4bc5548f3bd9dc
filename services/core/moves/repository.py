"""Every query on moves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.moves.models import MoveState, MoveStep, PlatformMove

OPEN = (MoveState.COMPARING, MoveState.PREVIEWED, MoveState.MOVING)


def moves(session: AsyncSession) -> SelectOfScalar[PlatformMove]:
    """All moves of the organization."""
    return select(PlatformMove).where(PlatformMove.organization_id == organization_of(session))


async def get_move(session: AsyncSession, move_id: UUID, *, lock: bool = False) -> PlatformMove:
    """One move; raise NotFound. ``lock`` reads it anew, and keeps others away."""
    statement = moves(session).where(PlatformMove.id == move_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="platform move")
    return found


async def find_open(session: AsyncSession, *, program_id: UUID, from_connection_id: UUID) -> PlatformMove | None:
    """The move that a program is in, out of this platform."""
    statement = moves(session).where(
        PlatformMove.program_id == program_id,
        PlatformMove.from_connection_id == from_connection_id,
        col(PlatformMove.state).in_(OPEN),
    )
    return (await session.exec(statement)).first()


async def list_steps(session: AsyncSession, move_id: UUID) -> list[MoveStep]:
    """All items of a move, in the order in which they were pushed first."""
    statement = select(MoveStep).where(
        MoveStep.organization_id == organization_of(session), MoveStep.move_id == move_id
    )
    return list((await session.exec(statement.order_by(col(MoveStep.id)))).all())


async def find_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Organization and id of moves to work on, over all organizations."""
    rows = await connection.fetch("select organization_id, id from find_platform_moves_due($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]
