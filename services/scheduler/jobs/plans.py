"""Content plans that are late: whoever's duty they are is told, once."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employees
from services.core.kit.logging import get_logger
from services.core.organizations import repository as organizations
from services.core.plans import repository, service
from services.scheduler.worker.tools import Tools

_log = get_logger("plans")


async def look_for_missing(tools: Tools) -> None:
    """Find plans that are due and not there, and close what is settled."""
    async with tools.database.hot(None) as connection:
        organization_ids = await repository.find_organizations(connection)
    for organization_id in organization_ids:
        try:
            async with tools.database.transaction(organization_id) as session:
                await _look(session, tools=tools)
        # One organization's trouble does not keep the others waiting.
        except Exception as error:
            _log.error("content_plan.look_failed", organization_id=str(organization_id), exc_info=error)


async def _look(session: AsyncSession, *, tools: Tools) -> None:
    missing = await service.look_for_missing(session)
    if not missing:
        return
    zone = ZoneInfo((await organizations.get_organization(session)).time_zone)
    for one in missing:
        planner = await employees.find_employee(session, one.employee_id)
        if planner is None:
            continue
        await communication.write(
            session, planner, MessageKind.CONTENT_PLAN_MISSING, settings=tools.settings, subject_id=one.alert.id,
            values={
                "program": one.program.name,
                "program_id": one.program.id,
                "period": one.span.name,
                "starts_on": one.span.starts_on.isoformat(),
                "due": f"{one.alert.due_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})",
            },
        )  # fmt: skip
