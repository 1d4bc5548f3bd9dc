"""Quiet launches: their gates are looked at again and again, so that what breaks turns red by itself."""

from __future__ import annotations

from uuid import UUID

from services.core.kit.logging import get_logger
from services.core.launches import repository, service
from services.scheduler.worker.tools import Tools

_log = get_logger("launches")

_MOST = 100


async def look_at_gates(tools: Tools) -> None:
    """Look at the gates of every program that is launched quietly."""
    after = UUID(int=0)
    while True:
        async with tools.database.hot(None) as connection:
            rows = await repository.find_quiet_programs(connection, after_id=after, most=_MOST)
        for organization_id, program_id in rows:
            try:
                async with tools.database.transaction(organization_id) as session:
                    await service.look_for_job(session, program_id, settings=tools.settings)
            # One program's trouble does not keep the others waiting.
            except Exception as error:
                _log.error("launch_gates.look_failed", program_id=str(program_id), exc_info=error)
        if len(rows) < _MOST:
            return
        after = rows[-1][1]
