"""Writing down, while it lasts, what cannot be worked out any more once its day is over."""

from __future__ import annotations

from services.core.employees import history as headcounts
from services.core.kit.logging import get_logger
from services.core.links import service as links
from services.core.organizations import hot as organizations
from services.core.reports import history
from services.core.surveys import service as surveys
from services.scheduler.worker.tools import Tools

_log = get_logger("history")


async def record(tools: Tools) -> None:
    """Write down headcounts and eligible people, hand surveys to goals, keep the ids of clicks for attribution.

    One organization that fails keeps no other back.
    """
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id in organization_ids:
        try:
            async with tools.database.transaction(organization_id) as session:
                await headcounts.record(session)
                await history.record_eligible(session)
                await surveys.hand_to_goals(session, k=tools.settings.min_group_size)
                await links.keep_clicks(session)
        except Exception as trouble:
            _log.error("history.record_failed", organization_id=str(organization_id), exc_info=trouble)
