"""The stop button over HTTP: who may press it, what it refuses, what a release would let out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.core.audit.models import AuditEntry
from services.core.events.models import Event
from services.core.kit import db
from services.core.organizations.models import Role
from services.core.shares.models import Stop
from tests.factories import bulk
from tests.factories.publications import Scene, draft, make_scene, make_sharer
from tests.fixtures.api import Api, Tenant

WHY = "An accident at our plant: we say nothing today."


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item."""
    return await make_scene(tenant)


async def stop(api: Api, key: str, scope: str = "organization", **named: object) -> Any:
    """Press the button."""
    return await api.post("/v1/stops", key=key, json={"scope": scope, "reason": WHY, **named})


class TestStopping:
    async def test_a_stop_is_made_read_listed_and_written_down(self, api: Api, tenant: Tenant) -> None:
        made = await stop(api, tenant.owner_key)
        assert made.status_code == 201
        stop_id = made.json()["id"]
        assert made.headers["location"] == f"/v1/stops/{stop_id}"
        read = await api.get(f"/v1/stops/{stop_id}", key=tenant.owner_key)
        assert (read.json()["reason"], read.json()["released_at"]) == (WHY, None)
        listed = await api.get("/v1/stops?open_only=true", key=tenant.owner_key)
        assert [row["id"] for row in listed.json()["data"]] == [stop_id]
        assert "stop.create" in [entry.action for entry in await tenant.rows(AuditEntry)]
        assert "publishing.stopped" in [event.type for event in await tenant.rows(Event)]

    async def test_the_same_stop_again_is_the_one_that_is_open(self, api: Api, tenant: Tenant, scene: Scene) -> None:
        first = await stop(api, tenant.owner_key, "item", item_id=str(scene.item.id))
        again = await stop(api, tenant.owner_key, "item", item_id=str(scene.item.id))
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json()["id"] == first.json()["id"]
        wider = await stop(api, tenant.owner_key, "program", program_id=str(scene.program.id))
        assert wider.status_code == 201
        assert len(await tenant.rows(Stop)) == 2

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({"scope": "program"}, "/program_id", "missing"),
            ({"scope": "network"}, "/network", "missing"),
            ({"scope": "organization", "network": "linkedin"}, "/network", "not_of_scope"),
        ],
    )
    async def test_a_scope_has_its_own_name_and_no_other(
        self, api: Api, tenant: Tenant, body: dict[str, str], pointer: str, code: str
    ) -> None:
        answer = await stop(api, tenant.owner_key, **body)
        assert answer.status_code == 422
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]

    async def test_a_role_in_one_program_stops_that_program_alone(self, api: Api, tenant: Tenant, scene: Scene) -> None:
        _, manager = await tenant.person(Role.PROGRAM_MANAGER, program_id=scene.program.id)
        other = await make_scene(tenant, title="Elsewhere")
        for scope, named, status in (
            ("program", {"program_id": str(scene.program.id)}, 201),
            ("item", {"item_id": str(scene.item.id)}, 201),
            ("item", {"item_id": str(other.item.id)}, 403),
            ("organization", {}, 403),
            ("network", {"network": "linkedin"}, 403),
        ):
            assert (await stop(api, manager, scope, **named)).status_code == status
        elsewhere = await stop(api, tenant.owner_key, "program", program_id=str(other.program.id))
        everywhere = await stop(api, tenant.owner_key)
        listed = [row["id"] for row in (await api.get("/v1/stops", key=manager)).json()["data"]]
        assert everywhere.json()["id"] in listed
        assert elsewhere.json()["id"] not in listed
        for made, status in ((everywhere, 200), (elsewhere, 403)):
            assert (await api.get(f"/v1/stops/{made.json()['id']}", key=manager)).status_code == status
        hidden = await api.delete(f"/v1/stops/{everywhere.json()['id']}", key=manager, etag="*")
        assert hidden.status_code == 403

    async def test_the_sponsor_may_stop_and_an_editor_may_not(self, api: Api, tenant: Tenant) -> None:
        _, editor = await tenant.person(Role.EDITOR)
        assert (await stop(api, editor)).status_code == 403
        _, sponsor = await tenant.person(Role.SPONSOR)
        assert (await stop(api, sponsor)).status_code == 201

    async def test_another_organization_finds_nothing(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, scene: Scene
    ) -> None:
        stop_id = (await stop(api, tenant.owner_key)).json()["id"]
        assert (await api.get(f"/v1/stops/{stop_id}", key=other_tenant.owner_key)).status_code == 404
        theirs = await stop(api, other_tenant.owner_key, "item", item_id=str(scene.item.id))
        assert theirs.status_code == 404

    @pytest.mark.parametrize("scope", ["organization", "program", "item", "network"])
    async def test_a_post_in_its_scope_is_not_approved_and_says_why(
        self, api: Api, tenant: Tenant, scene: Scene, scope: str
    ) -> None:
        sharer = await make_sharer(tenant, scene, connect_to=None)
        key = await tenant.key_of(sharer.employee)
        share_id, body = await draft(tenant, scene, sharer)
        named = {
            "program": {"program_id": str(scene.program.id)},
            "item": {"item_id": str(scene.item.id)},
            "network": {"network": "linkedin"},
        }.get(scope, {})
        other = await make_scene(tenant, title="Elsewhere")
        assert (await stop(api, tenant.owner_key, "item", item_id=str(other.item.id))).status_code == 201
        made = await stop(api, tenant.owner_key, scope, **named)
        path = f"/v1/me/shares/{share_id}/approve"
        refused = await api.post(path, key=key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "publishing_stopped")
        assert WHY in refused.json()["detail"]
        await api.delete(f"/v1/stops/{made.json()['id']}", key=tenant.owner_key, etag=made.headers["etag"])
        assert (await api.post(path, key=key, json=body)).status_code == 201


class TestReleasing:
    async def test_a_release_needs_the_version_and_happens_once(self, api: Api, tenant: Tenant) -> None:
        made = await stop(api, tenant.owner_key)
        path = f"/v1/stops/{made.json()['id']}"
        assert (await api.delete(path, key=tenant.owner_key)).status_code == 428
        released = await api.delete(path, key=tenant.owner_key, etag=made.headers["etag"])
        assert released.status_code == 200
        assert released.json()["released_at"] is not None
        again = await api.delete(path, key=tenant.owner_key, etag="*")
        assert (again.status_code, again.json()["code"]) == (409, "stop_released")
        assert (await stop(api, tenant.owner_key)).status_code == 201


@dataclass(frozen=True)
class Load:
    """An organization of many, and its owner's key."""

    tenant: Tenant
    key: str
    seeded: bulk.Seeded


async def load(tenant: Tenant, *, people: int) -> Load:
    """Another organization, where each of some people has two posts planned: in an hour, and in a day."""
    seeded = await bulk.seed(
        tenant.settings.database_url,
        tenant.settings,
        connector="linkedin",
        people=people,
        per_person=2,
        due_in=lambda number: 3600.0 if number % 2 == 0 else 86400.0,
    )
    made = Tenant(seeded.organization_id, "", tenant.database, tenant.settings)
    _, key = await made.person(Role.OWNER)
    return Load(made, key, seeded)


class TestPreviews:
    async def test_a_stop_and_its_release_are_shown_before_they_happen(self, api: Api, tenant: Tenant) -> None:
        many = await load(tenant, people=6)
        body = {"scope": "network", "network": "linkedin", "reason": WHY}
        seen = await api.post("/v1/stops?validate_only=true", key=many.key, json=body)
        assert seen.status_code == 200
        assert seen.json()["counts"]["held"] == {"posts": 12, "hidden": None}
        assert seen.json()["counts"]["sending"] == {"posts": 0, "hidden": None}
        assert await many.tenant.rows(Stop) == []
        made = await stop(api, many.key, "network", network="linkedin")
        # Six were due an hour after they were made, six a day after it; the grace is an hour.
        for hours, expected in (
            (1.5, {"goes_out_now": 6, "goes_out_later": 6, "missed": 0, "still_held": 0}),
            (3, {"goes_out_now": 0, "goes_out_later": 6, "missed": 6, "still_held": 0}),
        ):
            await db.move_clock(tenant.settings.database_url, by=timedelta(hours=hours))
            path = f"/v1/stops/{made.json()['id']}?validate_only=true"
            shown = (await api.delete(path, key=many.key)).json()
            assert {fate: count["posts"] for fate, count in shown["counts"].items()} == expected
            (part,) = shown["parts"]
            assert {fate: count["posts"] for fate, count in part["counts"].items()} == expected
            assert shown["from_at"] < shown["to_at"]
        assert [row.released_at for row in await many.tenant.rows(Stop)] == [None]

    async def test_what_another_stop_covers_stays(self, api: Api, tenant: Tenant) -> None:
        many = await load(tenant, people=6)
        made = await stop(api, many.key)
        await stop(api, many.key, "item", item_id=str(many.seeded.item_id))
        path = f"/v1/stops/{made.json()['id']}?validate_only=true"
        counts = (await api.delete(path, key=many.key)).json()["counts"]
        assert (counts["still_held"]["posts"], counts["goes_out_later"]["posts"]) == (12, 0)

    async def test_few_people_are_not_counted(self, api: Api, tenant: Tenant) -> None:
        many = await load(tenant, people=4)
        body = {"scope": "organization", "reason": WHY}
        seen = (await api.post("/v1/stops?validate_only=true", key=many.key, json=body)).json()
        hidden = {"posts": None, "hidden": "small_group"}
        assert seen["counts"]["held"] == hidden
        assert [part["counts"]["held"] for part in seen["parts"]] == [hidden]
        assert (seen["from_at"], seen["to_at"]) == (None, None)
