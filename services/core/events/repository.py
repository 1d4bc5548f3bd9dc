"""Every query on events."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.events.models import Event
from services.core.kit.db import organization_of

#: What one person does with their own profile is nobody else's business, also not as a stream of ids and times.
_ACTIVITY = ("publication.%", "connection.%")


def visible_events(session: AsyncSession, *, types: Collection[str]) -> SelectOfScalar[Event]:
    """Events an integration may read, of ``types`` if any are given."""
    statement = select(Event).where(Event.organization_id == organization_of(session))
    for pattern in _ACTIVITY:
        statement = statement.where(col(Event.type).not_like(pattern))
    return statement.where(col(Event.type).in_(types)) if types else statement
