"""Every publication can be read alone: where it stands, why, whose move it is, what is known, and its numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.core.connections import service as connections
from services.core.connections.models import Connection
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.links.models import TrackedLink
from services.core.measurement.models import MetricSnapshot
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import measurement
from services.scheduler.jobs import settling as job
from services.scheduler.jobs import shares as sending
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import (
    DemoNetwork,
    approve_demo_post,
    lose,
    make_demo_scene,
    make_demo_sharer,
    open_demo_network,
    read,
)
from tests.factories.publications import Scene, Sharer
from tests.fixtures.api import Api, Tenant

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


@pytest.fixture
async def network(settings: Settings) -> AsyncIterator[DemoNetwork]:
    """The demo network."""
    async with open_demo_network(settings) as opened:
        yield opened


@pytest.fixture
def tools(database: db.Database, network: DemoNetwork) -> Tools:
    """What a job is given."""
    return Tools(database, network.settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An item offered for the demo network."""
    return await make_demo_scene(tenant)


@pytest.fixture
async def sharer(tenant: Tenant, scene: Scene) -> Sharer:
    """An ambassador connected to it."""
    return await make_demo_sharer(tenant, scene)


@pytest.fixture
async def published(tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools) -> Publication:
    """Out, and followed up."""
    publication = await approve_demo_post(tenant, scene, sharer)
    await sending.publish(tools, tenant.id, publication.id)
    await sending.follow_up(tools, tenant.id, publication.id)
    done = await read(tools, publication)
    assert done.state is PublicationState.PUBLISHED
    return done


class TestPublication:
    async def test_an_unknown_one_says_what_is_known_and_what_comes_next_in_two_languages(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, network: DemoNetwork
    ) -> None:
        publication = await lose(tools, network, await approve_demo_post(tenant, scene, sharer), is_there=False)
        await db.move_clock(tenant.settings.database_url, by=timedelta(minutes=1, seconds=5))
        await job.look_up(tools)
        key = await tenant.key_of(sharer.employee)
        told = (await api.get(f"/v1/publications/{publication.id}", key=key)).json()
        assert (told["state"], told["whose_move"]) == ("unknown", "person")
        assert told["why"] == "It was sent, and the answer of demo was lost."
        assert "we have asked demo once" in told["next_step"]
        assert "We ask demo next at" in told["next_step"]
        assert told["next_try_at"] is not None
        assert [attempt["words"] for attempt in told["attempts"]] == [
            "We can't tell whether it went out. It was sent, and the answer of demo was lost."
        ]
        assert [fact["kind"] for fact in told["evidence"]] == ["vendor_answer", "not_found_at_vendor"]
        assert told["evidence"][1]["words"].startswith("We asked demo (number 1): it was not there.")
        hebrew = (
            await api.get(f"/v1/publications/{publication.id}", key=key, headers={"Accept-Language": "he"})
        ).json()
        for words in (hebrew["why"], hebrew["next_step"], *(fact["words"] for fact in hebrew["evidence"])):
            assert any("\u05d0" <= letter <= "\u05ea" for letter in words)

    async def test_nobody_else_reads_it(self, api: Api, tenant: Tenant, scene: Scene, published: Publication) -> None:
        other = await tenant.key_of((await make_demo_sharer(tenant, scene)).employee)
        for path in ("", "/metrics"):
            for key in (other, tenant.owner_key):
                answer = await api.get(f"/v1/publications/{published.id}{path}", key=key)
                assert answer.status_code in (403, 404)


class TestMetrics:
    """S37 and B34: a number that is missing says why, and what was read outlives its connection."""

    async def test_numbers_that_were_not_read_yet_are_null_with_a_reason(
        self, api: Api, tenant: Tenant, sharer: Sharer, published: Publication
    ) -> None:
        key = await tenant.key_of(sharer.employee)
        told = (await api.get(f"/v1/publications/{published.id}/metrics", key=key)).json()
        assert [number["metric"] for number in told["metrics"]] == ["impressions", "reactions", "comments", "reshares"]
        assert {(number["value"], number["reason"]) for number in told["metrics"]} == {(None, "not_read_yet")}
        assert {number["words"] for number in told["metrics"]} == {"It has not been read yet."}

    async def test_after_a_disconnect_clicks_go_on_and_numbers_keep_their_last_value(
        self, api: Api, tenant: Tenant, sharer: Sharer, published: Publication, tools: Tools
    ) -> None:
        key = await tenant.key_of(sharer.employee)
        address = f"/v1/publications/{published.id}/metrics"
        await measurement.read(tools, tenant.id, published.id)
        before = (await api.get(address, key=key)).json()
        assert all(number["value"] is not None and number["taken_at"] for number in before["metrics"])
        assert {number["stale_since"] for number in before["metrics"]} == {None}
        await _disconnect(tenant, sharer)
        for _ in range(2):
            await measurement.read(tools, tenant.id, published.id)
        (link,) = await tenant.rows(TrackedLink)
        await db.move_clock(tenant.settings.database_url, by=timedelta(minutes=5))
        await api.client.get(f"/l/{link.code}", headers={"User-Agent": BROWSER})
        after = (await api.get(address, key=key)).json()
        assert after["clicks"] == {"human": 1, "machine": 0, "own": 0}
        for old, new in zip(before["metrics"], after["metrics"], strict=True):
            assert new["value"] == old["value"]
            assert new["stale_since"] == new["taken_at"] == old["taken_at"]
            assert (new["reason"], new["words"]) == (
                "not_connected",
                "Your account is not connected, so it cannot be read.",
            )
        assert len(await tenant.rows(MetricSnapshot)) == 1

    async def test_readings_planned_before_a_disconnect_stop_quietly_and_say_once_why(
        self, api: Api, tenant: Tenant, sharer: Sharer, published: Publication, tools: Tools
    ) -> None:
        await _disconnect(tenant, sharer)
        for _ in range(3):
            await measurement.read(tools, tenant.id, published.id)
        (snapshot,) = await tenant.rows(MetricSnapshot)
        assert set(snapshot.missing.values()) == {"not_connected"}
        told = (
            await api.get(f"/v1/publications/{published.id}/metrics", key=await tenant.key_of(sharer.employee))
        ).json()
        assert {number["reason"] for number in told["metrics"]} == {"not_connected"}


async def _disconnect(tenant: Tenant, sharer: Sharer) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        connection = await session.get(Connection, (tenant.id, sharer.connection.id))
        assert connection is not None
        await connections.disconnect(session, sharer.actor, connection)
