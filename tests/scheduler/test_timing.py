"""Nothing appears in quiet hours, however late; and a wall time stays when the rules of its zone change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.core.ambassadors.models import Preferences
from services.core.communication.models import Message
from services.core.events.models import Event
from services.core.kit import db
from services.core.kit.db import Database
from services.core.kit.settings import Settings
from services.core.kit.zones import zone_release
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import shares, timing
from services.scheduler.worker.tools import Tools
from tests.factories.publications import approve_post, make_scene, make_sharer, read_publication
from tests.fixtures.api import Tenant
from tests.fixtures.processes import Simulator

HOUR = timedelta(hours=1)


@pytest.fixture
def tools(database: Database, settings: Settings) -> Tools:
    """What a scheduler works with."""
    return Tools(database, settings)


async def planned(tenant: Tenant) -> Publication:
    """A post that is planned for tomorrow."""
    scene = await make_scene(tenant)
    sharer = await make_sharer(tenant, scene, connect_to=None)
    return await approve_post(tenant, scene, sharer, due_in=timedelta(days=1))


async def set_back(tenant: Tenant, publication: Publication, *, release: str | None, by: timedelta) -> None:
    """Leave a row as a process with other zone rules would have left it."""
    async with tenant.database.transaction(tenant.id) as session:
        row = await session.merge(publication)
        row.zone_data = release
        row.scheduled_at -= by
        row.due_at -= by


class TestRezone:
    async def test_an_instant_of_older_rules_moves_so_that_the_wall_time_stays(
        self, tenant: Tenant, tools: Tools
    ) -> None:
        publication = await planned(tenant)
        await set_back(tenant, publication, release="2020a", by=HOUR)
        await timing.rezone(tools)
        moved = await read_publication(tenant, publication.id)
        assert (moved.scheduled_at, moved.due_at) == (publication.scheduled_at, publication.scheduled_at)
        assert (moved.scheduled_local, moved.zone_data) == (publication.scheduled_local, zone_release())
        assert [row.kind for row in await tenant.rows(Message)] == ["publication_rezoned"]
        assert "publication.rezoned" in [row.type for row in await tenant.rows(Event)]
        await timing.rezone(tools)
        assert len(await tenant.rows(Message)) == 1

    async def test_what_means_the_same_under_both_rules_is_marked_and_nobody_is_told(
        self, tenant: Tenant, tools: Tools
    ) -> None:
        publication = await planned(tenant)
        await set_back(tenant, publication, release=None, by=timedelta(0))
        await timing.rezone(tools)
        assert (await read_publication(tenant, publication.id)).zone_data == zone_release()
        assert await tenant.rows(Message) == []

    async def test_a_process_with_older_rules_leaves_newer_ones_alone(self, tenant: Tenant, tools: Tools) -> None:
        publication = await planned(tenant)
        await set_back(tenant, publication, release="2999z", by=HOUR)
        await timing.rezone(tools)
        left = await read_publication(tenant, publication.id)
        assert (left.zone_data, left.scheduled_at) == ("2999z", publication.scheduled_at - HOUR)

    async def test_what_waits_for_its_vendor_never_goes_out_ahead_of_its_time(
        self, tenant: Tenant, tools: Tools
    ) -> None:
        publication = await planned(tenant)
        await set_back(tenant, publication, release="2020a", by=2 * HOUR)
        async with tenant.database.transaction(tenant.id) as session:
            row = await session.merge(await read_publication(tenant, publication.id))
            row.state = PublicationState.WAITING
            row.due_at += HOUR
        await timing.rezone(tools)
        assert (await read_publication(tenant, publication.id)).due_at == publication.scheduled_at


class TestQuietHours:
    async def test_what_is_due_in_quiet_hours_waits_for_their_end(
        self, tenant: Tenant, database: Database, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        scene = await make_scene(tenant)
        sharer = await make_sharer(tenant, scene, connect_to=linkedin_settings)
        publication = await approve_post(tenant, scene, sharer)
        async with tenant.database.transaction(tenant.id) as session:
            now = (await db.now(session)).replace(second=0, microsecond=0)
            # Set only after the time was agreed on.
            session.add(
                Preferences(
                    organization_id=tenant.id,
                    employee_id=sharer.employee.id,
                    time_zone="UTC",
                    quiet_from=f"{now - HOUR:%H:%M}",
                    quiet_to=f"{now + timedelta(minutes=20):%H:%M}",
                )
            )
        tools = Tools(database, linkedin_settings)
        await shares.publish(tools, tenant.id, publication.id)
        waiting = await read_publication(tenant, publication.id)
        assert (waiting.state, waiting.reason) == (PublicationState.WAITING, "quiet_hours")
        assert waiting.due_at == now + timedelta(minutes=20)
        assert await simulator.posts() == []
        await db.move_clock(tenant.settings.database_url, by=timedelta(minutes=21))
        await shares.publish(tools, tenant.id, publication.id)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.PUBLISHED
        assert len(await simulator.posts()) == 1
