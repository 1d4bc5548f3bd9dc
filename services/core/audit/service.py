"""Writing down who did what, in the transaction of the deed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol
from uuid import UUID

from asgi_correlation_id import correlation_id
from pydantic_core import to_jsonable_python
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit.models import AuditEntry
from services.core.kit.db import organization_of


class Recorded(Protocol):
    """A row that a deed was done to."""

    __tablename__: ClassVar[Any]
    id: UUID


def record(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    subject: Recorded,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry. ``before`` and ``after`` hold ids and allowed fields, never names, texts or tokens."""
    session.add(
        AuditEntry(
            organization_id=organization_of(session),
            actor=actor,
            action=action,
            object_type=str(subject.__tablename__),
            object_id=subject.id,
            before=to_jsonable_python(dict(before or {})),
            after=to_jsonable_python(dict(after or {})),
            request_id=correlation_id.get(),
        )
    )
