"""Vendors tell us what happened: verified bytes, kept once, answered before any work is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from connectors.sdk.webhooks import sign_standard
from services.api.app import create_app
from services.core.connections.models import WebhookReceipt
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import settling as job
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import (
    WEBHOOK_SECRET,
    DemoNetwork,
    approve_demo_post,
    lose,
    make_demo_scene,
    make_demo_sharer,
    open_demo_network,
    read,
)
from tests.factories.publications import Sharer
from tests.fixtures.api import Api, Tenant


@pytest.fixture
async def network(settings: Settings) -> AsyncIterator[DemoNetwork]:
    """The demo network."""
    async with open_demo_network(settings) as opened:
        yield opened


@pytest.fixture
async def door(network: DemoNetwork, api: Api) -> AsyncIterator[Api]:
    """The application of an installation that knows the demo network's secret."""
    app = create_app(network.settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield Api(client, app)


@pytest.fixture
async def sharer(tenant: Tenant) -> Sharer:
    """Somebody connected to the demo network."""
    return await make_demo_sharer(tenant, await make_demo_scene(tenant))


@pytest.fixture
async def there(tenant: Tenant, network: DemoNetwork, database: db.Database) -> Publication:
    """Unknown, and the network has it."""
    scene = await make_demo_scene(tenant)
    publication = await approve_demo_post(tenant, scene, await make_demo_sharer(tenant, scene))
    return await lose(Tools(database, network.settings), network, publication, is_there=True)


BODY = b'{"type": "post.created", "timestamp": "2026-11-24T09:00:00Z", "data": {"id": "demo-77"}}'


def signed(body: bytes = BODY, *, event_id: str = "evt_1", at: datetime | None = None) -> dict[str, str]:
    return sign_standard(WEBHOOK_SECRET, event_id=event_id, body=body, at=at or datetime.now(UTC))


async def deliver(
    door: Api, address: str, *, body: bytes = BODY, headers: dict[str, str] | None = None
) -> httpx2.Response:
    return await door.client.post(address, content=body, headers=signed(body) if headers is None else headers)


class TestReceive:
    async def test_a_genuine_notification_settles_what_is_unknown(
        self, tenant: Tenant, door: Api, network: DemoNetwork, there: Publication, database: db.Database
    ) -> None:
        headers, body = network.simulator.notification("demo-1", secret=WEBHOOK_SECRET)
        answer = await deliver(door, f"/webhooks/demo/{there.connection_id}", body=body, headers=headers)
        assert (answer.status_code, answer.content) == (202, b"")
        tools = Tools(database, network.settings)
        assert (await read(tools, there)).state is PublicationState.UNKNOWN
        (receipt,) = await tenant.rows(WebhookReceipt)
        await job.settle_notice(tools, tenant.id, receipt.id)
        settled = await read(tools, there)
        assert (settled.state, settled.permalink) == (
            PublicationState.PUBLISHED,
            "https://demo.example/posts/demo-1",
        )

    async def test_the_same_one_again_is_kept_once(self, tenant: Tenant, door: Api, sharer: Sharer) -> None:
        for _ in range(3):
            assert (await deliver(door, f"/webhooks/demo/{sharer.connection.id}")).status_code == 202
        assert len(await tenant.rows(WebhookReceipt)) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"webhook-signature": "v1,bm90IGl0"},
            {"webhook-signature": "nothing"},
            {"webhook-signature": "v1,***"},
            {"webhook-timestamp": "soon"},
            {"webhook-timestamp": "9" * 30},
            {"webhook-timestamp": "-99999999999999"},
            {"webhook-id": "evt_2"},
            {"webhook-id": ""},
        ],
        ids=str,
    )
    async def test_a_forged_or_malformed_one_is_refused_and_nothing_is_stored(
        self, tenant: Tenant, door: Api, sharer: Sharer, change: dict[str, str]
    ) -> None:
        answer = await deliver(door, f"/webhooks/demo/{sharer.connection.id}", headers={**signed(), **change})
        assert (answer.status_code, answer.json()["code"]) == (401, "webhook_refused")
        assert await tenant.rows(WebhookReceipt) == []

    async def test_the_raw_bytes_are_what_is_signed(self, tenant: Tenant, door: Api, sharer: Sharer) -> None:
        address = f"/webhooks/demo/{sharer.connection.id}"
        assert (await deliver(door, address, body=BODY + b" ", headers=signed())).status_code == 401
        assert (await deliver(door, address, body=b"\xff\xfe", headers=signed())).status_code == 401
        assert await tenant.rows(WebhookReceipt) == []

    @pytest.mark.parametrize("minutes", [-6, 6])
    async def test_one_that_is_too_old_or_ahead_of_time_is_refused(
        self, door: Api, sharer: Sharer, minutes: int
    ) -> None:
        headers = signed(at=datetime.now(UTC) + timedelta(minutes=minutes))
        answer = await deliver(door, f"/webhooks/demo/{sharer.connection.id}", headers=headers)
        assert answer.status_code == 401

    async def test_whatever_is_wrong_with_the_address_the_answer_is_the_same(
        self, door: Api, tenant: Tenant, sharer: Sharer
    ) -> None:
        addresses = [
            f"/webhooks/demo/{uuid4()}",
            "/webhooks/demo/not-an-id",
            f"/webhooks/nobody/{sharer.connection.id}",
            f"/webhooks/linkedin/{sharer.connection.id}",
            f"/webhooks/share_link/{sharer.connection.id}",
        ]
        told = []
        for address in addresses:
            answer = await deliver(door, address)
            told.append((answer.status_code, answer.json()["code"], answer.json()["detail"]))
        assert set(told) == {(404, "not_found", told[0][2])}

    async def test_a_body_over_a_mebibyte_is_refused(self, door: Api, sharer: Sharer) -> None:
        body = b" " * (1024 * 1024 + 1)
        answer = await deliver(door, f"/webhooks/demo/{sharer.connection.id}", body=body, headers={})
        assert answer.status_code == 413

    async def test_without_a_secret_the_vendor_is_asked_to_come_again(self, api: Api, sharer: Sharer) -> None:
        answer = await deliver(api, f"/webhooks/demo/{sharer.connection.id}")
        assert (answer.status_code, answer.json()["code"]) == (503, "connector_not_configured")

    async def test_two_connections_may_have_the_same_event(self, tenant: Tenant, door: Api, sharer: Sharer) -> None:
        other = await make_demo_sharer(tenant, await make_demo_scene(tenant))
        for connection in (sharer.connection, other.connection):
            assert (await deliver(door, f"/webhooks/demo/{connection.id}")).status_code == 202
        assert len(await tenant.rows(WebhookReceipt)) == 2
