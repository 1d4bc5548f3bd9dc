"""``advocacy restore-check``: after a backup was restored, nothing that may have gone out is sent again."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime

from services.core.kit.db import Database
from services.core.kit.heartbeat import DEAD_AFTER_SECONDS
from services.core.kit.settings import Settings, get_settings
from services.core.organizations import hot as organizations
from services.core.shares import settling


class RestoreRefused(Exception):
    """It cannot be done like this; the message is the one line an operator reads."""


def command(options: argparse.Namespace) -> int:
    """Run it, and say what it found."""
    doubted = asyncio.run(check(get_settings(), backup_taken_at=options.backup_taken_at))
    print(f"unknown {doubted}")
    return 0


async def check(settings: Settings, *, backup_taken_at: datetime) -> int:
    """Make unknown what was being sent or came due since the backup; answer how many, over all organizations.

    To be run on the restored database before a scheduler starts: one that is quicker sends what was sent already.
    Running it again does no harm. What people changed after the backup was taken (a cancelled or moved post, a
    withdrawn approval) is lost with it and cannot be found out here. Raises RestoreRefused.
    """
    database = Database(settings.database_url, pool_size=1)
    await database.open()
    try:
        async with database.hot(None) as connection:
            now = await connection.fetchval("select advocacy_now()")
            if backup_taken_at > now:
                raise RestoreRefused(f"--backup-taken-at lies in the future: it is {now.isoformat(timespec='seconds')}")
            alive = await connection.fetchval(
                "select count(*) from workers where kind = 'scheduler'"
                " and beat_at > advocacy_now() - make_interval(secs => $1)",
                DEAD_AFTER_SECONDS,
            )
            if alive:
                raise RestoreRefused(f"{alive} scheduler runs on this database: stop it first, and wait 30 seconds")
            organization_ids = await organizations.list_organization_ids(connection)
        doubted = 0
        for organization_id in organization_ids:
            async with database.transaction(organization_id) as session:
                doubted += len(
                    await settling.doubt_after_restore(session, backup_taken_at=backup_taken_at, settings=settings)
                )
        return doubted
    finally:
        await database.close()
