"""Every query on needs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.needs.models import Need, NeedMessage, NeedsDesk, NeedState, NeedTopic


def needs(session: AsyncSession) -> SelectOfScalar[Need]:
    """All needs of the organization."""
    return select(Need).where(Need.organization_id == organization_of(session))


async def get_need(session: AsyncSession, need_id: UUID, *, lock: bool = False) -> Need:
    """One need; raise NotFound. Whoever asks has to be looked at next."""
    statement = needs(session).where(Need.id == need_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    need = (await session.exec(statement)).first()
    if need is None:
        raise NotFound(thing="need")
    return need


def visible(
    session: AsyncSession,
    *,
    managed: frozenset[UUID] | None,
    answered: Collection[tuple[UUID, NeedTopic]],
) -> SelectOfScalar[Need]:
    """Needs of the programs that somebody manages (None: all), and those that they answer."""
    if managed is None:
        return needs(session)
    conditions: list[Any] = [col(Need.program_id).in_(managed)] if managed else []
    conditions += [(col(Need.program_id) == program_id) & (col(Need.topic) == topic) for program_id, topic in answered]
    return needs(session).where(sa.or_(sa.false(), *conditions))


async def list_messages(session: AsyncSession, need_id: UUID) -> list[NeedMessage]:
    """What was written about a need, in order."""
    statement = (
        select(NeedMessage)
        .where(NeedMessage.organization_id == organization_of(session), NeedMessage.need_id == need_id)
        .order_by(col(NeedMessage.id))
    )
    return list((await session.exec(statement)).all())


async def find_desk(session: AsyncSession, program_id: UUID) -> NeedsDesk | None:
    """How soon a program answers, if it has said so."""
    statement = select(NeedsDesk).where(
        NeedsDesk.organization_id == organization_of(session), NeedsDesk.program_id == program_id
    )
    return (await session.exec(statement)).first()


async def list_sent(session: AsyncSession, program_id: UUID, *, since: datetime, until: datetime) -> list[Need]:
    """Needs that were sent to a program from an instant until before another."""
    statement = needs(session).where(
        Need.program_id == program_id, col(Need.created_at) >= since, col(Need.created_at) < until
    )
    return list((await session.exec(statement)).all())


async def list_overdue(session: AsyncSession, program_id: UUID, *, now: datetime) -> list[Need]:
    """Needs of a program that wait for a first answer beyond what was promised."""
    statement = needs(session).where(
        Need.program_id == program_id,
        Need.state == NeedState.OPEN,
        col(Need.first_response_at).is_(None),
        col(Need.due_at) <= now,
    )
    return list((await session.exec(statement)).all())


async def find_overdue(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Needs of every organization that are overdue and of which nobody was told: organization and id."""
    rows = await connection.fetch("select organization_id, id from find_needs_overdue($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]
