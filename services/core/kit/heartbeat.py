"""Which worker processes live: each says so every ten seconds, and is taken for dead after thirty."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import Field, SQLModel

from services.core.kit.ids import new_id
from services.core.kit.models import Instant

BEAT_SECONDS = 10
DEAD_AFTER_SECONDS = 30


class Worker(SQLModel, table=True):
    """One running scheduler process. Belongs to the installation, not to a tenant."""

    __tablename__ = "workers"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    started_at: datetime = Instant(now=True)
    beat_at: datetime = Instant(now=True)


async def look(connection: asyncpg.Connection[Any]) -> tuple[int, date]:
    """How many workers live, and which day it is (UTC) by the clock that they go by."""
    row = await connection.fetchrow(
        "select count(*) filter (where beat_at > advocacy_now() - make_interval(secs => $1)) as living,"
        " (advocacy_now() at time zone 'UTC')::date as today from workers",
        DEAD_AFTER_SECONDS,
    )
    assert row is not None  # noqa: S101  # a count has one row
    return row["living"], row["today"]


async def beat(connection: asyncpg.Connection[Any], worker_id: UUID, *, kind: str) -> None:
    """Say that a worker lives."""
    await connection.execute(
        "insert into workers (id, kind) values ($1, $2) on conflict (id) do update set beat_at = advocacy_now()",
        worker_id,
        kind,
    )
