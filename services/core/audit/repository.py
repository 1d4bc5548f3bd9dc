"""Every query on the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.audit.models import AuditEntry, AuditHead, AuditLink, AuditPending
from services.core.kit import db
from services.core.kit.db import organization_of

#: Activity of one person: chained like the rest, and nobody else's to read.
_PERSONS_OWN = ("connections", "browser_sessions")
#: A JSON document in PostgreSQL's own words: the same bytes whenever they are read.
_AS_TEXT = sa.Text()
_ENTRY: tuple[Any, ...] = (
    col(AuditEntry.id),
    col(AuditEntry.created_at),
    col(AuditEntry.actor),
    col(AuditEntry.action),
    col(AuditEntry.object_type),
    col(AuditEntry.object_id),
    sa.cast(col(AuditEntry.before), _AS_TEXT),
    sa.cast(col(AuditEntry.after), _AS_TEXT),
    col(AuditEntry.request_id),
)


@dataclass(frozen=True)
class Chained:
    """A link as stored, and its entry's canonical bytes; None where the entry is gone."""

    entry_id: UUID
    position: int
    mac: bytes
    canonical: bytes | None


def visible_entries(session: AsyncSession) -> SelectOfScalar[AuditEntry]:
    """Entries an owner may read: not those about a person's own account, nor when each of them was here."""
    return select(AuditEntry).where(
        AuditEntry.organization_id == organization_of(session), col(AuditEntry.object_type).not_in(_PERSONS_OWN)
    )


async def list_waiting(session: AsyncSession, *, most: int) -> list[tuple[UUID, bytes]]:
    """Entries that are not in the chain yet, oldest first, with their canonical bytes."""
    statement = (
        sa.select(*_ENTRY)
        .join(
            AuditPending,
            sa.and_(
                col(AuditPending.organization_id) == col(AuditEntry.organization_id),
                col(AuditPending.id) == col(AuditEntry.id),
            ),
        )
        .where(col(AuditEntry.organization_id) == organization_of(session))
        .order_by(col(AuditEntry.id))
        .limit(most)
    )
    rows = (await (await session.connection()).execute(statement)).all()
    return [(row[0], _canonical(session, row)) for row in rows]


async def count_waiting(session: AsyncSession) -> int:
    """How many entries are not in the chain yet."""
    statement = select(sa.func.count()).where(AuditPending.organization_id == organization_of(session))
    return (await session.exec(statement)).one()


async def add_links(session: AsyncSession, links: Sequence[AuditLink]) -> None:
    """Put entries into the chain; they wait no longer."""
    await (await session.connection()).execute(
        sa.insert(AuditLink), [one.model_dump(exclude={"created_at"}) for one in links]
    )
    await session.exec(
        sa.delete(AuditPending).where(
            col(AuditPending.organization_id) == organization_of(session),
            col(AuditPending.id).in_([one.id for one in links]),
        )
    )


async def list_chained(session: AsyncSession, *, after: int, most: int) -> list[Chained]:
    """Links after a position, in order, each with its entry."""
    statement = (
        sa.select(col(AuditLink.id), col(AuditLink.position), col(AuditLink.mac), *_ENTRY)
        .select_from(AuditLink)
        .outerjoin(
            AuditEntry,
            sa.and_(
                col(AuditEntry.organization_id) == col(AuditLink.organization_id),
                col(AuditEntry.id) == col(AuditLink.id),
            ),
        )
        .where(col(AuditLink.organization_id) == organization_of(session), col(AuditLink.position) > after)
        .order_by(col(AuditLink.position))
        .limit(most)
    )
    rows = (await (await session.connection()).execute(statement)).all()
    return [
        Chained(row[0], row[1], bytes(row[2]), _canonical(session, row[3:]) if row[3] is not None else None)
        for row in rows
    ]


async def find_outside(session: AsyncSession) -> UUID | None:
    """The first entry that is neither in the chain nor waits for it."""
    in_chain = sa.exists().where(
        col(AuditLink.organization_id) == col(AuditEntry.organization_id), col(AuditLink.id) == col(AuditEntry.id)
    )
    waits = sa.exists().where(
        col(AuditPending.organization_id) == col(AuditEntry.organization_id), col(AuditPending.id) == col(AuditEntry.id)
    )
    statement = (
        select(AuditEntry.id)
        .where(AuditEntry.organization_id == organization_of(session), ~in_chain, ~waits)
        .order_by(col(AuditEntry.id))
        .limit(1)
    )
    return (await session.exec(statement)).first()


async def find_head(session: AsyncSession, *, lock: bool = False) -> AuditHead | None:
    """The end of the chain; ``lock`` lets nobody else chain meanwhile."""
    statement = select(AuditHead).where(AuditHead.organization_id == organization_of(session))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


async def add_head(session: AsyncSession, head: AuditHead) -> None:
    """Begin a chain, unless somebody has."""
    statement = insert(AuditHead).values(head.model_dump(exclude={"created_at"}))
    await session.exec(statement.on_conflict_do_nothing())


async def find_last_old(session: AsyncSession, *, older_than: timedelta) -> tuple[int, bytes] | None:
    """Position and link of the last of the entries at the beginning that all have had their time."""
    cutoff: datetime = await db.now(session) - older_than
    own = col(AuditLink.organization_id) == organization_of(session)
    entry = sa.and_(
        col(AuditEntry.organization_id) == col(AuditLink.organization_id), col(AuditEntry.id) == col(AuditLink.id)
    )
    first_kept = (
        select(sa.func.min(col(AuditLink.position)))
        .join(AuditEntry, entry)
        .where(own, col(AuditEntry.created_at) >= cutoff)
        .scalar_subquery()
    )
    statement = (
        sa.select(col(AuditLink.position), col(AuditLink.mac))
        .join(AuditEntry, entry)
        .where(own, col(AuditEntry.created_at) < cutoff)
        .where(sa.or_(first_kept.is_(None), col(AuditLink.position) < first_kept))
        .order_by(col(AuditLink.position).desc())
        .limit(1)
    )
    row = (await (await session.connection()).execute(statement)).first()
    return (row[0], bytes(row[1])) if row else None


async def purge(session: AsyncSession, *, up_to: int) -> None:
    """Let old entries and their links go; the database looks at their age itself."""
    await (await session.connection()).execute(sa.select(sa.func.purge_audit(organization_of(session), up_to)))


async def find_to_chain(connection: asyncpg.Connection[asyncpg.Record]) -> list[UUID]:
    """Organizations with entries that wait."""
    return [row[0] for row in await connection.fetch("select find_audit_to_chain()")]


def _canonical(session: AsyncSession, row: Sequence[Any]) -> bytes:
    entry_id, created_at, *rest = row
    fields = [organization_of(session), entry_id, created_at.isoformat(timespec="microseconds"), *rest]
    return orjson.dumps(fields, default=str)
