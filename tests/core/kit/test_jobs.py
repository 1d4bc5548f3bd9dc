"""A job exists exactly if the change that causes it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.ids import new_id
from tests.fixtures.api import Tenant


async def count_jobs(tenant: Tenant) -> int:
    """How many jobs wait."""
    async with tenant.database.hot(None) as connection:
        found: int = await connection.fetchval("select count(*) from pgqueuer")
    return found


class TestEnqueue:
    async def test_a_rolled_back_change_leaves_no_job(self, tenant: Tenant) -> None:
        async with tenant.database.session(tenant.id) as session:
            events.emit(session, "thing.happened")
            await jobs.enqueue(session, "thing.look", subject_id=new_id())
            await session.rollback()
        assert await count_jobs(tenant) == 0

    async def test_a_job_before_any_other_statement_is_rolled_back_too(self, tenant: Tenant) -> None:
        async with tenant.database.session(tenant.id) as session:
            await jobs.enqueue(session, "thing.look", subject_id=new_id())
            await session.rollback()
        assert await count_jobs(tenant) == 0

    async def test_a_committed_change_has_its_job(self, tenant: Tenant) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            await jobs.enqueue(session, "thing.look", subject_id=new_id())
        assert await count_jobs(tenant) == 1

    async def test_the_same_job_waits_once_and_its_transaction_lives_on(self, tenant: Tenant) -> None:
        for _ in range(2):
            async with tenant.database.transaction(tenant.id) as session:
                await jobs.enqueue(session, "thing.look", subject_id=new_id(), dedupe="the-thing")
                events.emit(session, "thing.happened")
        assert await count_jobs(tenant) == 1
        async with tenant.database.hot(tenant.id) as connection:
            assert await connection.fetchval("select count(*) from events where type = 'thing.happened'") == 2

    async def test_a_job_for_later_is_not_due_now(self, tenant: Tenant) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            at = await db.now(session) + timedelta(hours=1)
            await jobs.enqueue(session, "thing.look", subject_id=new_id(), at=at)
        async with tenant.database.hot(None) as connection:
            assert await connection.fetchval("select count(*) from pgqueuer where execute_after > now()") == 1

    def test_a_payload_that_is_not_ours_is_named(self) -> None:
        with pytest.raises(ValueError, match="organization_id"):
            jobs.decode(b"{}")
