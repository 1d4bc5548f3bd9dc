"""What people asked of what is known of them, and rows that were kept their time."""

from __future__ import annotations

from services.core.kit.logging import get_logger
from services.core.organizations import hot as organizations
from services.core.privacy import repository, retention, service
from services.scheduler.worker.tools import Tools

_log = get_logger("privacy")

_MOST = 100


async def work(tools: Tools) -> None:
    """Bring every request as far as it goes now."""
    async with tools.database.hot(None) as connection:
        found = await repository.find_to_work_on(connection, most=_MOST)
    for organization_id, request_id in found:
        try:
            await service.work(tools.database, tools.settings, organization_id, request_id)
        # One person's row does not keep the others waiting; it comes up again here.
        except Exception as error:
            _log.error("privacy.request_failed", privacy_request_id=str(request_id), exc_info=error)


async def daily(tools: Tools) -> None:
    """Let go of what was kept its time, and begin to forget people who left long enough ago."""
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id in organization_ids:
        for rule in retention.due_rules():
            done = retention.BATCH
            while done == retention.BATCH:
                async with tools.database.transaction(organization_id) as session:
                    done = await retention.forget(session, rule)
        async with tools.database.transaction(organization_id) as session:
            await retention.begin_erasures(session)
