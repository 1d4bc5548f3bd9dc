"""What several nouns know of one member, brought together for the steps between joining and the first share."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import service
from services.core.ambassadors.models import Ambassador
from services.core.ambassadors.onboarding import Facts
from services.core.connections import repository as connections
from services.core.kit.texts import pick
from services.core.training import service as training


async def read_facts(session: AsyncSession, ambassador: Ambassador) -> Facts:
    """The facts of one member."""
    has_connection = await connections.has_active(session, ambassador.employee_id)
    missing = await training.missing_mandatory(
        session, program_id=ambassador.program_id, employee_id=ambassador.employee_id
    )
    titles = [title for _, title in (pick(one.module.title, ambassador.language) or ("", "") for one in missing)]
    return await service.read_facts(session, ambassador, has_connection=has_connection, missing_training=titles)


async def advance(session: AsyncSession, ambassador: Ambassador) -> Ambassador:
    """Take a member as far as the facts reach; answer the membership as it is then."""
    reached = await service.activate_if_ready(
        session,
        program_id=ambassador.program_id,
        employee_id=ambassador.employee_id,
        facts=await read_facts(session, ambassador),
    )
    return reached or ambassador
