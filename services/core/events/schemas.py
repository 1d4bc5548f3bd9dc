"""What callers get of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from services.core.kit.schemas import ReadModel


class EventRead(ReadModel):
    """Something that happened: ids, no personal fields."""

    id: UUID
    type: str
    data: dict[str, Any]
    created_at: datetime
