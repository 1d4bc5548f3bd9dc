"""Which worker processes live: each says so every ten seconds, and is taken for dead after thirty."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

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
