"""What every connection of the product asks of the server."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.core.kit.db import Database


class TestFrozenProcesses:
    @pytest.mark.parametrize("road", ["session", "hot"])
    async def test_a_session_that_idles_in_a_transaction_is_ended_so_that_nothing_stays_locked(
        self, database: Database, road: str
    ) -> None:
        asked = "show idle_in_transaction_session_timeout"
        if road == "session":
            async with database.transaction(uuid4()) as session:
                answer = (await (await session.connection()).exec_driver_sql(asked)).scalar_one()
        else:
            async with database.hot(None) as connection:
                answer = await connection.fetchval(asked)
        assert answer == "15s"
