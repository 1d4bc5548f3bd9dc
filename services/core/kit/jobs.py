"""The one way to enqueue: inside the caller's transaction, so that a job exists exactly if its cause does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pgqueuer import Queries
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit import db


async def enqueue(
    session: AsyncSession, name: str, *, subject_id: UUID, at: datetime | None = None, dedupe: str | None = None
) -> None:
    """Ask the scheduler to look at ``subject_id`` of this session's organization, at once or not before ``at``.

    A job only says "look at this": its handler reads the row again and decides there. A second job with the same
    ``dedupe`` text is dropped while the first one waits.
    """
    # PgQueuer writes on the raw connection; without a flush first, SQLAlchemy may not have sent BEGIN yet and the
    # job would be committed on its own.
    await session.flush()
    delay: timedelta | None = None
    if at is not None:
        delay = max(at - await db.now(session), timedelta(0))
    queries = Queries.from_asyncpg_connection(await db.driver_connection(session))
    await queries.enqueue(
        name,
        encode(db.organization_of(session), subject_id),
        execute_after=delay,
        dedupe_key=dedupe,
        on_conflict="skip",
    )


async def enqueue_each(
    connection: asyncpg.Connection[Any], organization_id: UUID, name: str, subject_ids: Sequence[UUID]
) -> None:
    """Ask for a job about each of these at once, in the plain connection's transaction; none for nobody.

    Under a session, flush it first.
    """
    if subject_ids:
        await Queries.from_asyncpg_connection(connection).enqueue(
            [name] * len(subject_ids), [encode(organization_id, one) for one in subject_ids], [0] * len(subject_ids)
        )


def encode(organization_id: UUID, subject_id: UUID) -> bytes:
    """The payload of a job: ids only."""
    return orjson.dumps({"organization_id": str(organization_id), "subject_id": str(subject_id)})


def decode(payload: bytes | None) -> tuple[UUID, UUID]:
    """The organization and subject of a job's payload; raise ValueError if it is not one of ours."""
    try:
        document = orjson.loads(payload or b"")
        return UUID(document["organization_id"]), UUID(document["subject_id"])
    except (KeyError, TypeError, orjson.JSONDecodeError) as wrong:
        raise ValueError("a job payload has organization_id and subject_id") from wrong
