"""Every query on personas, invitations and ambassadors."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import Ambassador
from services.core.kit.db import organization_of


async def find_ambassador(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> Ambassador | None:
    """A person's membership in a program."""
    statement = select(Ambassador).where(
        Ambassador.organization_id == organization_of(session),
        Ambassador.program_id == program_id,
        Ambassador.employee_id == employee_id,
    )
    return (await session.exec(statement)).first()
