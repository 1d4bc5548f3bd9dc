"""What people asked of what is known of them, and rows that were kept their time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit.logging import get_logger
from services.core.organizations import hot as organizations
from services.core.privacy import repository, retention, service
from services.scheduler.worker.tools import Tools

_log = get_logger("privacy")

#: Far more than there is: requests that wait (for a hold to end, for networks to let go) must not hide younger ones.
_MOST = 10_000


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
        try:
            await _let_go(tools, organization_id)
        # One organization's row does not keep the others' longer than their time.
        except Exception as error:
            _log.error("privacy.retention_failed", organization_id=str(organization_id), exc_info=error)


async def _let_go(tools: Tools, organization_id: UUID) -> None:
    for rule in retention.due_rules():
        await _in_batches(tools, organization_id, partial(retention.forget, rule=rule))
    await _in_batches(tools, organization_id, retention.begin_erasures)


async def _in_batches(tools: Tools, organization_id: UUID, work: Callable[[AsyncSession], Awaitable[int]]) -> None:
    done = retention.BATCH
    while done == retention.BATCH:
        async with tools.database.transaction(organization_id) as session:
            done = await work(session)
