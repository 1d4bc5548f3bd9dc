"""Until it is being sent, its person changes what is planned: other words, another time. Each is a new consent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares import publishing
from services.core.shares.models import Consent, Publication, PublicationState
from services.scheduler.jobs import shares as job
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, Sharer, approve_post, make_scene, make_sharer, read_publication
from tests.fixtures.api import Api, Tenant
from tests.fixtures.processes import Simulator

NEW_TEXT = "In my own words: come and work with us, the second floor has the better coffee."


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item."""
    return await make_scene(tenant)


@pytest.fixture
async def sharer(tenant: Tenant, scene: Scene, linkedin_settings: Settings) -> Sharer:
    """An ambassador with a connected account."""
    return await make_sharer(tenant, scene, connect_to=linkedin_settings)


@pytest.fixture
async def planned(tenant: Tenant, scene: Scene, sharer: Sharer) -> Publication:
    """A post for in an hour."""
    return await approve_post(tenant, scene, sharer, due_in=timedelta(hours=1))


@pytest.fixture
async def key(tenant: Tenant, sharer: Sharer) -> str:
    """The person's key."""
    return await tenant.key_of(sharer.employee)


async def change(api: Api, key: str, publication_id: UUID, **body: Any) -> Any:
    """Read, then patch with the version read."""
    path = f"/v1/publications/{publication_id}"
    read = await api.get(path, key=key)
    return await api.patch(path, key=key, etag=read.headers["etag"], json=body)


async def hash_of(api: Api, key: str, share_id: UUID, text: str) -> str:
    """What check says the hash of these words is."""
    checked = await api.post(f"/v1/me/shares/{share_id}/check", key=key, json={"text": text})
    assert checked.status_code == 200, checked.text
    return str(checked.json()["content_hash"])


async def in_hours(tenant: Tenant, hours: float) -> str:
    """A wall time in UTC."""
    async with tenant.database.transaction(tenant.id) as session:
        moment = await db.now(session) + timedelta(hours=hours)
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


class TestEditing:
    async def test_the_new_words_go_out_at_the_time_of_before(
        self,
        api: Api,
        tenant: Tenant,
        planned: Publication,
        key: str,
        linkedin_settings: Settings,
        simulator: Simulator,
    ) -> None:
        content_hash = await hash_of(api, key, planned.share_id, NEW_TEXT)
        answer = await change(api, key, planned.id, text=NEW_TEXT, content_hash=content_hash)
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "scheduled"
        assert answer.json()["scheduled_local"] == planned.scheduled_local
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=1, seconds=1))
        await job.publish(Tools(tenant.database, linkedin_settings), tenant.id)
        (post,) = await simulator.posts()
        assert post["text"] == NEW_TEXT

    async def test_each_change_is_a_new_consent_and_ends_the_old_one(
        self, api: Api, tenant: Tenant, planned: Publication, key: str
    ) -> None:
        content_hash = await hash_of(api, key, planned.share_id, NEW_TEXT)
        await change(api, key, planned.id, text=NEW_TEXT, content_hash=content_hash)
        await change(api, key, planned.id, scheduled_local=await in_hours(tenant, 3))
        first, second, third = sorted(await tenant.rows(Consent), key=lambda row: row.id)
        assert [row.ended_by for row in (first, second, third)] == ["edited", "moved", None]
        assert third.withdrawn_at is None
        assert first.content_hash != second.content_hash != third.content_hash
        assert (await read_publication(tenant, planned.id)).consent_id == third.id

    async def test_words_that_were_not_looked_at_are_not_agreed_to(
        self, api: Api, tenant: Tenant, planned: Publication, key: str
    ) -> None:
        content_hash = await hash_of(api, key, planned.share_id, "Other words than these")
        for wrong in ({}, {"content_hash": content_hash}):
            answer = await change(api, key, planned.id, text=NEW_TEXT, **wrong)
            assert (answer.status_code, answer.json()["code"]) == (409, "content_changed")
        shown = await api.get(f"/v1/me/shares/{planned.share_id}", key=key)
        assert shown.json()["text"] != NEW_TEXT

    async def test_a_stale_version_is_refused(self, api: Api, planned: Publication, key: str) -> None:
        path = f"/v1/publications/{planned.id}"
        answer = await api.patch(path, key=key, etag='"999"', json={"time_zone": "UTC"})
        assert answer.status_code == 412
        assert (await api.patch(path, key=key, json={"time_zone": "UTC"})).status_code == 428


class TestMoving:
    async def test_a_moved_post_goes_out_at_its_new_time_and_not_before(
        self,
        api: Api,
        tenant: Tenant,
        planned: Publication,
        key: str,
        linkedin_settings: Settings,
        simulator: Simulator,
    ) -> None:
        answer = await change(api, key, planned.id, scheduled_local=await in_hours(tenant, 2))
        assert answer.status_code == 200, answer.text
        tools = Tools(tenant.database, linkedin_settings)
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=1, minutes=30))
        await job.publish(tools, tenant.id)
        assert await simulator.posts() == []
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=2, seconds=5))
        await job.publish(tools, tenant.id)
        assert len(await simulator.posts()) == 1

    async def test_the_past_is_refused_and_nothing_changes(
        self, api: Api, tenant: Tenant, planned: Publication, key: str
    ) -> None:
        answer = await change(api, key, planned.id, scheduled_local=await in_hours(tenant, -2))
        assert (answer.status_code, answer.json()["code"]) == (422, "time_in_the_past")
        assert (await read_publication(tenant, planned.id)).scheduled_at == planned.scheduled_at

    async def test_what_a_worker_has_claimed_can_still_be_moved_and_its_claim_is_lost(
        self,
        api: Api,
        tenant: Tenant,
        scene: Scene,
        sharer: Sharer,
        key: str,
        linkedin_settings: Settings,
        simulator: Simulator,
    ) -> None:
        due = await approve_post(tenant, scene, sharer)
        async with tenant.database.hot(tenant.id) as connection:
            claims = await publishing.claim(connection, tenant.id, most=1, settings=linkedin_settings)
        async with tenant.database.transaction(tenant.id) as session:
            ready = await publishing.check(session, claims, settings=linkedin_settings)
        answer = await change(api, key, due.id, scheduled_local=await in_hours(tenant, 2), time_zone="UTC")
        assert answer.json()["state"] == "scheduled"
        async with tenant.database.hot(tenant.id) as connection:
            assert await publishing.arm(connection, tenant.id, ready, settings=linkedin_settings) == []
        assert await simulator.posts() == []

    async def test_what_is_being_sent_cannot_be_changed_and_says_its_state(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, key: str, linkedin_settings: Settings
    ) -> None:
        due = await approve_post(tenant, scene, sharer)
        async with tenant.database.hot(tenant.id) as connection:
            claims = await publishing.claim(connection, tenant.id, most=1, settings=linkedin_settings)
        async with tenant.database.transaction(tenant.id) as session:
            ready = await publishing.check(session, claims, settings=linkedin_settings)
        async with tenant.database.hot(tenant.id) as connection:
            await publishing.arm(connection, tenant.id, ready, settings=linkedin_settings)
        answer = await change(api, key, due.id, scheduled_local=await in_hours(tenant, 2))
        assert (answer.status_code, answer.json()["code"]) == (409, "publication_state")
        assert "being sent" in answer.json()["detail"]

    async def test_somebody_elses_post_is_not_found(self, api: Api, tenant: Tenant, planned: Publication) -> None:
        _, stranger = await tenant.person()
        answer = await api.patch(f"/v1/publications/{planned.id}", key=stranger, etag='"1"', json={"time_zone": "UTC"})
        assert answer.status_code == 404

    async def test_what_was_held_for_its_words_is_planned_again_once_they_are_changed(
        self, api: Api, tenant: Tenant, planned: Publication, key: str
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            row = await session.get(Publication, (tenant.id, planned.id))
            assert row is not None
            row.state, row.reason = PublicationState.HELD, "policy_rule"
        content_hash = await hash_of(api, key, planned.share_id, NEW_TEXT)
        answer = await change(api, key, planned.id, text=NEW_TEXT, content_hash=content_hash)
        assert (answer.json()["state"], answer.json()["reason"]) == ("scheduled", None)
