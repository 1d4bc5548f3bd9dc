"""Every query on moves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.moves.models import MoveState, MoveStep, PlatformMove
from services.core.platforms.models import (
    AudienceMember,
    AudienceSync,
    AudienceSyncState,
    ContentPush,
    MemberState,
    PlatformReading,
)

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


async def list_pushes(session: AsyncSession, *, program_id: UUID, connection_id: UUID) -> list[ContentPush]:
    """Everything of a program that has ever been put into a platform, the oldest first."""
    statement = select(ContentPush).where(
        ContentPush.organization_id == organization_of(session),
        ContentPush.program_id == program_id,
        ContentPush.platform_connection_id == connection_id,
    )
    return list((await session.exec(statement.order_by(col(ContentPush.id)))).all())


async def newest_counts(session: AsyncSession, *, program_id: UUID, connection_id: UUID) -> list[dict[str, int]]:
    """The newest numbers of each of a program's items in a platform."""
    newest = (
        select(PlatformReading.counts, PlatformReading.push_id)
        .join(
            ContentPush,
            (col(ContentPush.organization_id) == PlatformReading.organization_id)
            & (col(ContentPush.id) == PlatformReading.push_id),
        )
        .where(
            PlatformReading.organization_id == organization_of(session),
            ContentPush.program_id == program_id,
            ContentPush.platform_connection_id == connection_id,
        )
        .ext(distinct_on(col(PlatformReading.push_id)))
        .order_by(col(PlatformReading.push_id), sa.desc(col(PlatformReading.read_at)))
    )
    return [dict(counts) for counts, _ in (await session.exec(newest)).all()]


async def list_seated(session: AsyncSession, *, connection_id: UUID, destination_id: str) -> set[UUID]:
    """Who is in a platform's destination through us."""
    statement = select(AudienceMember.employee_id).where(
        AudienceMember.organization_id == organization_of(session),
        AudienceMember.platform_connection_id == connection_id,
        AudienceMember.destination_id == destination_id,
        AudienceMember.state == MemberState.ADDED,
    )
    return set((await session.exec(statement)).all())


async def mark_people_leaving(
    session: AsyncSession, *, program_id: UUID, connection_id: UUID, moved: Collection[UUID]
) -> None:
    """Whoever has moved is to be taken out of the platform that they were let into for this program.

    Not those who take part in another program that stays there.
    """
    others = select(AudienceSync.program_id).where(
        AudienceSync.organization_id == organization_of(session),
        AudienceSync.platform_connection_id == connection_id,
        AudienceSync.program_id != program_id,
        col(AudienceSync.state).in_((AudienceSyncState.APPLYING, AudienceSyncState.DONE)),
    )
    staying = select(Ambassador.employee_id).where(
        Ambassador.organization_id == organization_of(session),
        Ambassador.state == AmbassadorState.ACTIVE,
        col(Ambassador.program_id).in_(others),
    )
    statement = (
        sa.update(AudienceMember)
        .where(
            col(AudienceMember.organization_id) == organization_of(session),
            col(AudienceMember.platform_connection_id) == connection_id,
            col(AudienceMember.program_id) == program_id,
            col(AudienceMember.state) == MemberState.ADDED,
            col(AudienceMember.employee_id).in_(moved),
            col(AudienceMember.employee_id).not_in(staying),
        )
        .values(state=MemberState.REMOVING)
    )
    await (await session.connection()).execute(statement)


async def find_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Organization and id of moves to work on, over all organizations."""
    rows = await connection.fetch("select organization_id, id from find_platform_moves_due($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]
