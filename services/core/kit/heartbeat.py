"""Which worker processes live: each says so every ten seconds, and is taken for dead after thirty."""

from __future__ import annotations

from datetime import datetime
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


async def beat(connection: asyncpg.Connection[Any], worker_id: UUID, *, kind: str) -> None:
    """Say that a worker lives."""
    await connection.execute(
        "insert into workers (id, kind) values ($1, $2) on conflict (id) do update set beat_at = advocacy_now()",
        worker_id,
        kind,
    )
