"""Tables of events: the outbox."""

from __future__ import annotations

from typing import Any

from services.core.kit.models import Json, TenantModel


class Event(TenantModel, table=True):
    """Something that happened: a dotted type such as ``publication.published``, and ids, no personal fields."""

    __tablename__ = "events"

    type: str
    data: dict[str, Any] = Json()
