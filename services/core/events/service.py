"""Saying what happened, in the transaction that made it happen."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.events.models import Event
from services.core.kit.db import organization_of


def emit(session: AsyncSession, event_type: str, **ids: UUID | str | int | None) -> None:
    """Add ``event_type`` (such as ``publication.published``) to the outbox; ``ids`` carry no personal fields."""
    session.add(
        Event(
            organization_id=organization_of(session),
            type=event_type,
            data={name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()},
        )
    )
