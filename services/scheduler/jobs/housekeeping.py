"""Throwing away what has had its time, and making room for what comes."""

from __future__ import annotations

from datetime import timedelta

from services.core.kit.idempotency import KEPT_HOURS
from services.core.links import hot as links
from services.scheduler.worker.tools import Tools


async def daily(tools: Tools) -> None:
    """Destroy yesterday's salts, and make next month's partitions."""
    async with tools.database.hot(None) as connection:
        await links.purge_salts(connection)
        await connection.execute("select ensure_partitions(3)")


async def hourly(tools: Tools) -> None:
    """Forget idempotency keys after their time, and workers that are gone."""
    async with tools.database.hot(None) as connection:
        await connection.execute("select purge_idempotency_keys($1)", timedelta(hours=KEPT_HOURS))
        await connection.execute("delete from workers where beat_at < advocacy_now() - interval '1 hour'")
