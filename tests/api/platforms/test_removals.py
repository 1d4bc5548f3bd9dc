"""What a platform does not take back is somebody's task until they say it is done; what waits says until when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.core.communication.models import Message
from services.core.content.models import ContentItem, ItemState
from services.core.kit import db
from services.core.organizations.models import Role
from services.core.programs.models import Function, Responsibility
from services.scheduler.jobs import platforms as jobs
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene
from tests.fixtures.api import Api, Tenant
from tests.fixtures.platform import Vendor

SEATS = {
    "connector": "seatboard",
    "title": "Our seats",
    "settings": {"api_key": "the-key"},
    "destination_id": "b1",
    "terms": {"unit_price": 10, "currency": "EUR", "monthly_budget": 35},
}


@pytest.fixture
async def seats(api: Api, tenant: Tenant) -> str:
    """A platform that takes nothing back."""
    answer = await api.post("/v1/platform-connections", key=tenant.owner_key, json=SEATS)
    return str(answer.json()["id"])


async def push(api: Api, tenant: Tenant, scene: Scene, platform: str) -> str:
    """A planned push; answer its path."""
    path, body = f"/v1/content-items/{scene.item.id}/pushes", {"platform_connection_id": platform}
    made = await api.post(path, key=tenant.owner_key, json=body)
    return f"/v1/content-pushes/{made.json()['push']['id']}"


async def told(tenant: Tenant, kind: str) -> list[Message]:
    return [one for one in await tenant.rows(Message) if one.kind == kind]


async def withdraw_item(tenant: Tenant, scene: Scene) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        item = await session.get(ContentItem, (tenant.id, scene.item.id))
        assert item is not None
        item.state = ItemState.WITHDRAWN


async def test_whoever_answers_for_content_is_told_a_few_times_and_says_when_it_is_removed(
    api: Api, tenant: Tenant, other_tenant: Tenant, scene: Scene, seats: str, tools: Tools
) -> None:
    content_owner, key = await tenant.person()
    _, stranger = await tenant.person(Role.ANALYST)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            Responsibility(
                organization_id=tenant.id, program_id=scene.program.id, function=Function.CONTENT,
                employee_id=content_owner.id,
            )
        )  # fmt: skip
    path = await push(api, tenant, scene, seats)
    await jobs.work_pushes(tools)
    early = await api.post(f"{path}/removed", key=key)
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_remove")
    await withdraw_item(tenant, scene)
    await jobs.withdraw_closed(tools)
    for days in (0, 0.5, 1.1, 4.2, 11.3, 30, 60):
        await db.move_clock(tools.settings.database_url, by=timedelta(days=days))
        await jobs.remind_of_removals(tools)
        # Nothing is tried again meanwhile that would ask anew.
        await jobs.withdraw_closed(tools)
    letters = await told(tenant, "content_to_remove")
    assert [one.employee_id for one in letters] == [content_owner.id] * 4
    for reader, status, count in ((key, 200, 1), (tenant.owner_key, 200, 1), (stranger, 200, 0)):
        listed = await api.get("/v1/content-removals", key=reader)
        assert (listed.status_code, len(listed.json()["data"])) == (status, count)
    listed = await api.get(f"/v1/content-items/{scene.item.id}/pushes", key=tenant.owner_key)
    (shown,) = listed.json()["data"]
    assert shown["removal"]["is_open"] is True
    assert (shown["removal"]["responsible"], shown["removal"]["reminders"]) == ([str(content_owner.id)], 4)
    assert shown["removal"]["next_reminder_at"] is None
    assert f"{path}/removed" in shown["next_step"]
    assert (await api.post(f"{path}/removed", key=stranger)).status_code == 403
    assert (await api.post(f"{path}/removed", key=other_tenant.owner_key)).status_code == 404
    done = (await api.post(f"{path}/removed", key=key)).json()
    assert (done["state"], done["reason"], done["removal"]["is_open"]) == ("withdrawn", "removed_by_hand", False)
    assert done["removal"]["removed_by"] == f"person:{content_owner.id}"
    assert done["removal"]["removed_at"] is not None
    again = await api.post(f"{path}/removed", key=key)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_remove")
    assert (await api.get("/v1/content-removals", key=key)).json()["data"] == []


async def test_without_anybody_for_content_the_owners_are_told_also_of_what_a_cut_platform_keeps(
    api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools
) -> None:
    owner, _ = await tenant.person(Role.OWNER)
    path = await push(api, tenant, scene, board)
    await jobs.work_pushes(tools)
    etag = (await api.get(f"/v1/platform-connections/{board}", key=tenant.owner_key)).headers["ETag"]
    await api.delete(f"/v1/platform-connections/{board}", key=tenant.owner_key, etag=etag)
    await withdraw_item(tenant, scene)
    await jobs.withdraw_closed(tools)
    await jobs.remind_of_removals(tools)
    assert [one.employee_id for one in await told(tenant, "content_to_remove")] == [owner.id]
    shown = (await api.get(path, key=tenant.owner_key)).json()
    assert (shown["reason"], shown["removal"]["responsible"]) == ("withdraw_by_hand", [])


async def test_a_push_that_waits_for_a_setting_says_when_it_is_tried_and_goes_at_once_when_that_is_mended(
    api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools, vendor: Vendor
) -> None:
    path = await push(api, tenant, scene, board)
    vendor.simulator.tokens.clear()
    vendor.simulator.secret = "newer"
    await jobs.work_pushes(tools)
    await db.move_clock(tools.settings.database_url, by=timedelta(minutes=5))
    await jobs.work_pushes(tools)
    waiting = (await api.get(path, key=tenant.owner_key)).json()
    assert waiting["state"] == "planned"
    assert waiting["next_look_at"][:16].replace("T", " ") in waiting["next_step"]
    assert f"/v1/platform-connections/{board}" in waiting["next_step"]
    hebrew: Any = await api.get(path, key=tenant.owner_key, headers={"Accept-Language": "he"})
    assert waiting["next_look_at"][:16].replace("T", " ") in hebrew.json()["next_step"]
    shown = await api.get(f"/v1/platform-connections/{board}", key=tenant.owner_key)
    assert shown.json()["state"] == "needs_attention"
    mended = await api.patch(
        f"/v1/platform-connections/{board}", key=tenant.owner_key, etag=shown.headers["ETag"],
        json={"settings": {"client_secret": "newer"}},
    )  # fmt: skip
    assert mended.json()["state"] == "active"
    await jobs.work_pushes(tools)
    assert (await api.get(path, key=tenant.owner_key)).json()["state"] == "live"
    assert len(vendor.simulator.items) == 1
