"""Ambassadors: who may share for a program."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository
from services.core.ambassadors.errors import NotAnAmbassador, PolicyNotAcknowledged
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.policies import service as policies


async def get_active(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> Ambassador:
    """The membership of somebody who may share now; raise NotAnAmbassador or PolicyNotAcknowledged."""
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id)
    if ambassador is None or ambassador.state not in (AmbassadorState.ACTIVE, AmbassadorState.JOINED):
        raise NotAnAmbassador()
    missing = await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id)
    if missing:
        raise PolicyNotAcknowledged(versions=", ".join(str(version.id) for version in missing))
    if ambassador.state is not AmbassadorState.ACTIVE:
        raise NotAnAmbassador()
    return ambassador
