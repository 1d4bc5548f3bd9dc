"""Throwing away what has had its time, and making room for what comes."""

from __future__ import annotations

from datetime import timedelta

from services.core.content import service as content
from services.core.employees import directory
from services.core.kit.idempotency import KEPT_HOURS
from services.core.links import hot as links
from services.core.organizations import hot as organizations
from services.core.shares import service as shares
from services.scheduler.worker.tools import Tools


async def daily(tools: Tools) -> None:
    """Destroy yesterday's salts, and make next month's partitions."""
    async with tools.database.hot(None) as connection:
        await links.purge_salts(connection)
        await connection.execute("select ensure_partitions(3)")


async def hourly(tools: Tools) -> None:
    """Forget keys and workers after their time; close items and directory runs whose time is over."""
    async with tools.database.hot(None) as connection:
        await connection.execute("select purge_idempotency_keys($1)", timedelta(hours=KEPT_HOURS))
        await connection.execute("delete from workers where beat_at < advocacy_now() - interval '1 hour'")
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            await directory.expire(session)
            await content.expire_items(session)
            await shares.cancel_for_closed_items(session)
