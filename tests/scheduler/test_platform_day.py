"""A whole day through Oktopost's own limits, with more to do than they allow: nothing is refused, all gets done."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from connectors.oktopost.simulator import OktopostSimulator, Options, create_simulator
from connectors.oktopost.simulator.store import CAMPAIGN, STORY_BOARD
from connectors.sdk.testing.simulator import running
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.content.models import ContentItem, ItemState, Variant
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.platforms.models import AudienceSync, AudienceSyncState, ContentPush, PlatformReading, PushState
from services.scheduler.jobs import platforms
from services.scheduler.worker.tools import Tools
from tests.factories.publications import make_scene
from tests.fixtures.api import Api, Tenant

#: The day is one that is over: the connector tells by the real clock whether a story's time has come.
YESTERDAY = timedelta(hours=-26)
ITEMS, PEOPLE, WEBHOOK_SECRET = 30, 25, "the-secret-of-the-webhook"


class Vendor:
    """Oktopost with its documented limits, on a clock that the test moves together with ours."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.simulator: OktopostSimulator = create_simulator(
            Options(api_key="key"), clock=lambda: datetime.now(UTC) + self.ahead
        )
        self.url = ""

    async def move(self, tools: Tools, ahead: timedelta) -> None:
        """Both clocks stand so far ahead."""
        self.ahead = ahead
        await db.move_clock(tools.settings.database_url, by=ahead)


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    """Oktopost."""
    vendor = Vendor()
    async with running(vendor.simulator) as addresses:
        vendor.url = addresses["api"]
        yield vendor


@pytest.fixture
def settings(settings: Settings, vendor: Vendor) -> Settings:
    """Settings that lead there."""
    given = {"api_url": vendor.url, "webhook_secret": WEBHOOK_SECRET}
    return settings.model_copy(update={"connectors": {"oktopost": given}})


@pytest.fixture
def tools(database: db.Database, settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, settings)


@pytest.fixture
async def board(api: Api, tenant: Tenant, tools: Tools, vendor: Vendor) -> UUID:
    """Oktopost, connected yesterday."""
    await vendor.move(tools, YESTERDAY)
    given = {"account_id": "001000000000001", "api_key": "key", "campaign_id": CAMPAIGN}
    body = {"connector": "oktopost", "title": "Oktopost", "settings": given, "destination_id": STORY_BOARD}
    made = await api.post("/v1/platform-connections", key=tenant.owner_key, json=body)
    assert made.status_code == 201, made.text
    return UUID(made.json()["id"])


async def fill(api: Api, tenant: Tenant, board: UUID) -> None:
    """More items and people than a minute's allowance lets through."""
    scene = await make_scene(tenant)
    async with tenant.database.transaction(tenant.id) as session:
        for number in range(ITEMS - 1):
            item = ContentItem(
                organization_id=tenant.id, program_id=scene.program.id, title=f"Item {number}",
                destination_url="https://lumen.example/careers", state=ItemState.OFFERED, author_key_id=new_id(),
                offered_at=datetime.now(UTC) + YESTERDAY,
            )  # fmt: skip
            session.add(item)
            await session.flush()
            session.add(
                Variant(
                    organization_id=tenant.id, item_id=item.id, network="linkedin", language=Language.EN,
                    text=f"Words of item {number}", why_share="Because.", link_title="Work",
                )
            )  # fmt: skip
        for _ in range(PEOPLE):
            employee = await tenant.employee()
            session.add(
                Ambassador(
                    organization_id=tenant.id, program_id=scene.program.id, employee_id=employee.id,
                    state=AmbassadorState.ACTIVE, language=Language.EN, joined_at=datetime.now(UTC),
                )
            )  # fmt: skip
    for row in await tenant.rows(ContentItem):
        body = {"platform_connection_id": str(board)}
        answer = await api.post(f"/v1/content-items/{row.id}/pushes", key=tenant.owner_key, json=body)
        assert answer.status_code == 201, answer.text
    wanted = {"program_id": str(scene.program.id), "destination_id": STORY_BOARD}
    path = f"/v1/platform-connections/{board}/audience-syncs"
    assert (await api.post(path, key=tenant.owner_key, json=wanted)).status_code == 202


async def pushes(tenant: Tenant) -> list[ContentPush]:
    """All of them."""
    return [row for row in await tenant.rows(ContentPush) if isinstance(row, ContentPush)]


async def test_a_day_of_work_stays_within_the_vendors_limits_and_gets_done(
    api: Api, tenant: Tenant, board: UUID, tools: Tools, vendor: Vendor
) -> None:
    await fill(api, tenant, board)
    minutes = [*range(1, 16), *range(60, 25 * 60, 60)]
    for minute in minutes:
        await vendor.move(tools, YESTERDAY + timedelta(minutes=minute))
        for work in (platforms.work_pushes, platforms.work_syncs, platforms.check_health, platforms.read_numbers):
            await work(tools)
    # A single refusal would have closed the account for a quarter of an hour.
    assert vendor.simulator.store.blocked_until is None
    assert {push.state for push in await pushes(tenant)} == {PushState.LIVE}
    (sync,) = await tenant.rows(AudienceSync)
    assert sync.state is AudienceSyncState.DONE
    assert len(vendor.simulator.store.things["story"]) >= ITEMS
    read = {row.push_id for row in await tenant.rows(PlatformReading)}
    assert read == {push.id for push in await pushes(tenant)}
    # It was worth counting: more than one minute's allowance has gone out.
    assert sum(vendor.simulator.calls.values()) > 3 * 60


async def test_a_notice_of_the_vendor_makes_us_look_and_a_forged_one_does_not(
    api: Api, tenant: Tenant, board: UUID, tools: Tools, vendor: Vendor
) -> None:
    await vendor.move(tools, timedelta())
    scene = await make_scene(tenant)
    body = {"platform_connection_id": str(board)}
    await api.post(f"/v1/content-items/{scene.item.id}/pushes", key=tenant.owner_key, json=body)
    await platforms.work_pushes(tools)
    (push,) = await pushes(tenant)
    assert push.state is PushState.LIVE
    story = vendor.simulator.store.things["story"].pop(str(push.external_id))

    headers, raw = vendor.simulator.notification("newAdvocacyStory", story, secret=WEBHOOK_SECRET)
    signed = {name: headers[name] for name in ("content-type", "x-oktopost-signature")}
    path = f"/webhooks/oktopost/{board}"
    forged = await api.client.post(path, headers=signed, content=raw + b" ")
    assert forged.status_code == 401, forged.text
    await platforms.work_pushes(tools)
    assert [one.state for one in await pushes(tenant)] == [PushState.LIVE]

    assert json.loads(raw)
    told = await api.client.post(path, headers=signed, content=raw)
    assert told.status_code == 202, told.text
    for minutes in range(10, 40, 10):
        # One miss is no proof: a platform's lists lag behind.
        assert [one.state for one in await pushes(tenant)] == [PushState.LIVE]
        await platforms.work_pushes(tools)
        await vendor.move(tools, timedelta(minutes=minutes + 1))
    (gone,) = await pushes(tenant)
    assert (gone.state, gone.reason) == (PushState.WITHDRAWN, "gone_at_platform")
    elsewhere = await api.client.post(f"/webhooks/hootsuite/{board}", headers=signed, content=raw)
    assert elsewhere.status_code == 404
