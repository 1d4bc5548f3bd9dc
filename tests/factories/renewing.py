"""Renews one connection many times at once: ``python -m tests.factories.renewing ORG CONNECTION TIMES``."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from services.core.connections import tokens
from services.core.kit.db import Database
from services.core.kit.settings import load_settings


async def main(organization_id: UUID, connection_id: UUID, times: int) -> int:
    """The exit code: 0 if each of them has found a usable token."""
    settings = load_settings()
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    await database.open()
    try:
        usable = await asyncio.gather(
            *(tokens.renew(database, settings, organization_id, connection_id) for _ in range(times))
        )
    finally:
        await database.close()
    return 0 if all(usable) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(UUID(sys.argv[1]), UUID(sys.argv[2]), int(sys.argv[3]))))
