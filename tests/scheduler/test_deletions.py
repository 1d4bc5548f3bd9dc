"""A person's own post is deleted on the network when they say so, once; nobody pretends to know more than is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.core.communication.models import Message
from services.core.connections.models import Connection, ConnectionState
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares import deletions
from services.core.shares.models import PostDeletion, Publication
from services.scheduler.jobs import deletions as jobs
from services.scheduler.jobs import shares as sending
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import (
    DemoNetwork,
    approve_demo_post,
    make_demo_scene,
    make_demo_sharer,
    open_demo_network,
    read,
)
from tests.factories.publications import approve_post, make_scene, make_sharer
from tests.fixtures.api import Api, Tenant


@pytest.fixture
async def network(settings: Settings) -> AsyncIterator[DemoNetwork]:
    """The demo network."""
    async with open_demo_network(settings) as opened:
        yield opened


@pytest.fixture
def tools(database: db.Database, network: DemoNetwork) -> Tools:
    """What a job is given."""
    return Tools(database, network.settings)


@dataclass(frozen=True)
class Post:
    """A post that is out, and its person at the API."""

    api: Api
    tools: Tools
    tenant: Tenant
    publication: Publication
    key: str

    @property
    def path(self) -> str:
        return f"/v1/publications/{self.publication.id}/post"

    async def delete(self, *, key: str | None = None, **headers: str) -> httpx2.Response:
        """Say that it shall go, having looked at it."""
        shown = await self.api.get(f"/v1/publications/{self.publication.id}", key=self.key)
        given = {"If-Match": shown.headers["ETag"], **headers}
        return await self.api.request("DELETE", self.path, key=key or self.key, headers=given)

    async def state(self) -> dict[str, Any]:
        shown: dict[str, Any] = (await self.api.get(self.path, key=self.key)).json()
        return shown

    async def after(self, minutes: float) -> dict[str, Any]:
        """Let time go by since the test began, and work on what is due."""
        await db.move_clock(self.tools.settings.database_url, by=timedelta(minutes=minutes))
        await jobs.work_deletions(self.tools)
        return await self.state()

    async def letters(self) -> list[str]:
        return [one.kind for one in await self.tenant.rows(Message) if one.kind.startswith("post_")]


@pytest.fixture
async def post(api: Api, tenant: Tenant, tools: Tools) -> Post:
    """Published on the demo network."""
    scene = await make_demo_scene(tenant)
    sharer = await make_demo_sharer(tenant, scene)
    publication = await approve_demo_post(tenant, scene, sharer)
    await sending.publish(tools, tenant.id, publication.id)
    return Post(api, tools, tenant, await read(tools, publication), await tenant.key_of(sharer.employee))


async def test_their_word_is_a_row_before_the_one_call_and_nobody_else_can_say_it(
    post: Post, tenant: Tenant, other_tenant: Tenant, network: DemoNetwork
) -> None:
    _, colleague = await tenant.person()
    for key, status in ((colleague, 404), (tenant.owner_key, 403), (other_tenant.owner_key, 403)):
        assert (await post.delete(key=key)).status_code == status
    assert (await post.api.delete(post.path, key=post.key)).status_code == 428
    assert (await post.api.delete(post.path, key=post.key, etag='"99"')).status_code == 412
    assert (await post.api.get(post.path, key=post.key)).status_code == 404
    assert await tenant.rows(PostDeletion) == []
    asked = await post.delete()
    assert (asked.status_code, asked.json()["state"]) == (202, "wanted")
    assert network.simulator.calls["delete_post"] == 0
    assert (await post.delete()).json()["id"] == asked.json()["id"]
    for _ in range(2):
        await jobs.work_deletions(post.tools)
    done = await post.state()
    assert (done["state"], done["next_try_at"]) == ("deleted", None)
    assert (network.posts, network.simulator.calls["delete_post"]) == ([], 1)
    assert (await post.delete()).json()["id"] == asked.json()["id"]
    assert await post.letters() == ["post_deleted"]


async def test_a_lost_answer_is_settled_by_looking_and_never_sent_again(post: Post, network: DemoNetwork) -> None:
    # The process dies between the call and its record: the call may have been carried out.
    deletion_id = (await post.delete()).json()["id"]
    (row,) = await post.tenant.rows(PostDeletion)
    async with post.tools.database.transaction(post.tenant.id) as session:
        assert await deletions.arm(session, row.id, settings=post.tools.settings) is not None
    unknown = await post.after(3)
    assert (unknown["id"], unknown["state"], unknown["reason"]) == (deletion_id, "unknown", "lease_ran_out")
    assert unknown["next_try_at"] is not None
    # Still to be seen at each look, often enough: then it is not deleted, and the person may ask again.
    states = [(await post.after(minutes))["state"] for minutes in (5, 9, 20, 34, 40)]
    assert states[:3] == ["unknown"] * 3
    assert (await post.state())["state"] == "not_deleted"
    assert network.simulator.calls["delete_post"] == 0
    assert len(network.posts) == 1
    again = await post.delete()
    assert again.json()["id"] != deletion_id
    assert (await post.after(41))["state"] == "deleted"
    assert await post.letters() == ["post_not_deleted", "post_not_deleted", "post_deleted"]


async def test_what_is_not_to_be_seen_three_times_over_a_quarter_of_an_hour_is_deleted(
    post: Post, network: DemoNetwork
) -> None:
    await post.delete()
    (row,) = await post.tenant.rows(PostDeletion)
    async with post.tools.database.transaction(post.tenant.id) as session:
        await deletions.arm(session, row.id, settings=post.tools.settings)
    async with httpx2.AsyncClient(trust_env=False) as http:
        await http.delete(f"{network.address}/posts/{post.publication.external_id}")
    states = [(await post.after(minutes))["state"] for minutes in (3, 5, 9)]
    assert states == ["unknown"] * 3
    assert (await post.after(35))["state"] == "deleted"


async def test_a_network_that_is_down_is_asked_again_and_a_no_is_final_in_its_words(
    post: Post, network: DemoNetwork
) -> None:
    network.break_next("delete_post", "status", status=503)
    await post.delete()
    waiting = await post.after(0)
    assert (waiting["state"], waiting["reason"]) == ("wanted", "vendor_unavailable")
    network.break_next("delete_post", "status", status=422, body={"code": "locked", "message": "Not this one."})
    refused = await post.after(10)
    assert (refused["state"], refused["next_try_at"]) == ("refused", None)
    assert "Not this one." in refused["words"]
    assert "delete it yourself" in refused["words"]
    assert await post.letters() == ["post_not_deleted"]


async def test_where_we_cannot_the_refusal_says_how_in_the_persons_language(
    post: Post, api: Api, tenant: Tenant
) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        connection = await session.get(Connection, (tenant.id, post.publication.connection_id))
        assert connection is not None
        connection.state = ConnectionState.NEEDS_RECONNECT
    cut = (await post.delete()).json()
    assert (cut["status"], cut["code"]) == (409, "delete_by_hand")
    assert "connect it again" in cut["detail"]
    scene = await make_scene(tenant)
    sharer = await make_sharer(tenant, scene, connect_to=None)
    by_hand = await approve_post(tenant, scene, sharer, by_hand=True)
    mine = Post(api, post.tools, tenant, by_hand, await tenant.key_of(sharer.employee))
    early = (await mine.delete()).json()
    assert (early["status"], early["code"]) == (409, "nothing_to_delete")
    path = f"/v1/publications/{by_hand.id}/resolve"
    await api.post(path, key=mine.key, json={"outcome": "it_is_there"})
    said = (await mine.delete(**{"Accept-Language": "he"})).json()
    assert (said["status"], said["code"]) == (409, "delete_by_hand")
    assert "LinkedIn" in said["detail"]
    assert "למחוק באופן עצמאי" in said["detail"]
    assert await tenant.rows(PostDeletion) == []
