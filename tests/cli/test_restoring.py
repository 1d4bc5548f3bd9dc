"""After a backup was restored nothing that may have gone out is sent again."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

import pytest

from services.cli import main, restoring
from services.core.kit import db
from services.core.kit.heartbeat import Worker
from services.core.kit.settings import Settings
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import shares as sending
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import (
    approve_demo_post,
    make_demo_scene,
    make_demo_sharer,
    open_demo_network,
    read,
)
from tests.fixtures.api import Tenant


async def plan(tenant: Tenant, *, due_in: timedelta) -> Publication:
    scene = await make_demo_scene(tenant)
    return await approve_demo_post(tenant, scene, await make_demo_sharer(tenant, scene), due_in=due_in)


class TestRestoreCheck:
    async def test_what_came_due_since_is_unknown_in_every_organization_and_is_never_sent(
        self, tenant: Tenant, other_tenant: Tenant, settings: Settings, database: db.Database
    ) -> None:
        async with tenant.database.transaction(None) as session:
            taken_at = await db.now(session)
        doubtful = [await plan(one, due_in=timedelta(hours=1)) for one in (tenant, other_tenant)]
        later = await plan(tenant, due_in=timedelta(hours=9))
        await db.move_clock(settings.database_url, by=timedelta(hours=2))
        assert await restoring.check(settings, backup_taken_at=taken_at) == 2
        assert await restoring.check(settings, backup_taken_at=taken_at) == 0
        async with open_demo_network(settings) as network:
            tools = Tools(database, network.settings)
            for publication in (*doubtful, later):
                await sending.publish(tools, publication.organization_id, publication.id)
            assert network.posts == []
            states = [(await read(tools, one)).state for one in (*doubtful, later)]
        assert states == [PublicationState.UNKNOWN, PublicationState.UNKNOWN, PublicationState.SCHEDULED]

    async def test_it_waits_until_no_scheduler_runs(self, tenant: Tenant, settings: Settings) -> None:
        async with tenant.database.transaction(None) as session:
            session.add(Worker(kind="scheduler"))
        with pytest.raises(restoring.RestoreRefused, match="stop it first"):
            await restoring.check(settings, backup_taken_at=datetime.now(UTC) - timedelta(hours=1))

    async def test_a_backup_of_the_future_is_refused(self, settings: Settings) -> None:
        with pytest.raises(restoring.RestoreRefused, match="in the future"):
            await restoring.check(settings, backup_taken_at=datetime.now(UTC) + timedelta(hours=1))

    @pytest.mark.parametrize("text", ["yesterday", "2026-11-24T03:00:00"])
    def test_an_instant_needs_its_offset(self, text: str) -> None:
        with pytest.raises(argparse.ArgumentTypeError, match="offset"):
            main._instant(text)
