"""Pausing over HTTP: what it keeps back, what is told, and that nobody else can tell."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from services.api.openapi import all_routes
from services.core.ambassadors import repository
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.audit.models import AuditEntry
from services.core.events.models import Event
from services.core.kit import db
from services.core.kit.db import move_clock
from services.core.organizations.models import Role
from services.core.organizations.rules import Door
from tests.factories.publications import Scene, Sharer, approve_post, make_scene, make_sharer
from tests.fixtures.api import Api, Tenant

PATH = "/v1/me/pauses"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def _now(tenant: Tenant) -> datetime:
    async with tenant.database.transaction(tenant.id) as session:
        return await db.now(session)


async def _sharer(tenant: Tenant) -> tuple[Scene, Sharer, str]:
    scene = await make_scene(tenant)
    sharer = await make_sharer(tenant, scene, connect_to=None)
    return scene, sharer, await tenant.key_of(sharer.employee)


async def _pause(api: Api, key: str, **body: Any) -> httpx2.Response:
    sent = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in body.items()}
    return await api.post(PATH, key=key, json={"kind": "leave", **sent})


async def _in_effect(tenant: Tenant, sharer: Sharer, program_id: UUID, at: datetime) -> bool:
    async with tenant.database.transaction(tenant.id) as session:
        found = await repository.find_pause(session, employee_id=sharer.employee.id, program_id=program_id, at=at)
    return found is not None


class TestPausing:
    async def test_a_pause_starts_now_and_lasts_until_the_person_ends_it(self, api: Api, tenant: Tenant) -> None:
        scene, sharer, key = await _sharer(tenant)
        made = await _pause(api, key)
        assert made.status_code == 201
        assert (made.json()["state"], made.json()["ends_at"], made.json()["program_id"]) == ("in_effect", None, None)
        read = await api.get(made.headers["location"], key=key)
        assert (read.json()["id"], read.headers["etag"]) == (made.json()["id"], made.headers["etag"])
        now = await _now(tenant)
        assert await _in_effect(tenant, sharer, scene.program.id, now)
        assert await _in_effect(tenant, sharer, uuid4(), now + 1000 * DAY)
        ended = await api.delete(made.headers["location"], key=key, etag=made.headers["etag"])
        assert ended.status_code == 204
        assert not await _in_effect(tenant, sharer, scene.program.id, await _now(tenant))
        (listed,) = (await api.get(PATH, key=key)).json()["data"]
        assert (listed["state"], listed["ends_at"] is not None) == ("over", True)

    async def test_a_pause_of_one_program_is_none_of_another_and_ends_before_its_end(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene, sharer, key = await _sharer(tenant)
        starts_at = await _now(tenant) + DAY
        ends_at = starts_at + DAY
        body = {"program_id": str(scene.program.id), "starts_at": starts_at, "ends_at": ends_at}
        assert (await _pause(api, key, **body)).json()["state"] == "planned"
        moments = (starts_at - HOUR, starts_at, ends_at - timedelta(microseconds=1), ends_at)
        found = [await _in_effect(tenant, sharer, scene.program.id, at) for at in moments]
        assert found == [False, True, True, False]
        assert not await _in_effect(tenant, sharer, uuid4(), starts_at)

    async def test_one_who_is_not_in_a_program_cannot_pause_there(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _sharer(tenant)
        _, stranger = await tenant.person()
        for program_id in (scene.program.id, uuid4()):
            assert (await _pause(api, stranger, program_id=str(program_id))).status_code == 404

    async def test_times_that_make_no_sense_are_named(self, api: Api, tenant: Tenant) -> None:
        _, _, key = await _sharer(tenant)
        now = await _now(tenant)
        for body, pointer in (
            ({"starts_at": now - HOUR}, "/starts_at"),
            ({"starts_at": now + DAY, "ends_at": now + DAY}, "/ends_at"),
            ({"ends_at": now - DAY}, "/ends_at"),
            ({"kind": "sulk"}, "/kind"),
            ({"starts_at": "2030-01-01T00:00:00"}, "/starts_at"),
        ):
            refused = await _pause(api, key, **body)
            assert refused.status_code == 422, body
            assert [problem["pointer"] for problem in refused.json()["errors"]] == [pointer]
        # What was now when it was sent is now.
        assert (await _pause(api, key, starts_at=now - timedelta(minutes=1))).json()["state"] == "in_effect"

    async def test_two_pauses_of_the_same_programs_do_not_overlap(self, api: Api, tenant: Tenant) -> None:
        scene, _, key = await _sharer(tenant)
        now = await _now(tenant)
        first = await _pause(api, key, starts_at=now + DAY, ends_at=now + 3 * DAY)
        refused = await _pause(api, key, starts_at=now + 2 * DAY, ends_at=now + 9 * DAY)
        assert (refused.status_code, refused.json()["code"]) == (409, "pause_overlaps")
        assert first.json()["id"] in refused.json()["detail"]
        assert (await _pause(api, key, starts_at=now + 3 * DAY, ends_at=now + 4 * DAY)).status_code == 201
        assert (await _pause(api, key, program_id=str(scene.program.id))).status_code == 201

    async def test_of_several_at_once_one_is_made(self, api: Api, tenant: Tenant) -> None:
        _, _, key = await _sharer(tenant)
        answers = await asyncio.gather(*(_pause(api, key) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


class TestChanging:
    async def test_an_end_of_now_ends_it(self, api: Api, tenant: Tenant) -> None:
        scene, sharer, key = await _sharer(tenant)
        made = await _pause(api, key)
        body = {"ends_at": (await _now(tenant)).isoformat()}
        ended = await api.patch(made.headers["location"], key=key, etag=made.headers["etag"], json=body)
        assert (ended.status_code, ended.json()["state"]) == (200, "over")
        assert not await _in_effect(tenant, sharer, scene.program.id, await _now(tenant))
        again = await api.patch(made.headers["location"], key=key, etag=ended.headers["etag"], json={"kind": "break"})
        assert (again.status_code, again.json()["code"]) == (409, "pause_over")

    async def test_what_has_begun_keeps_its_start(self, api: Api, tenant: Tenant) -> None:
        _, _, key = await _sharer(tenant)
        now = await _now(tenant)
        made = await _pause(api, key, ends_at=now + DAY)
        path, etag = made.headers["location"], made.headers["etag"]
        for body in ({"starts_at": (now + HOUR).isoformat()}, {"ends_at": (now - DAY).isoformat()}, {"kind": None}):
            assert (await api.patch(path, key=key, etag=etag, json=body)).status_code == 422, body
        longer = await api.patch(path, key=key, etag=etag, json={"ends_at": None})
        assert (longer.status_code, longer.json()["ends_at"]) == (200, None)
        assert (await api.patch(path, key=key, etag=etag, json={"kind": "break"})).status_code == 412
        assert (await api.patch(path, key=key, json={"kind": "break"})).status_code == 428

    async def test_what_has_not_begun_is_moved_or_forgotten(self, api: Api, tenant: Tenant) -> None:
        _, _, key = await _sharer(tenant)
        now = await _now(tenant)
        made = await _pause(api, key, starts_at=now + DAY, ends_at=now + 2 * DAY)
        moved = await api.patch(
            made.headers["location"], key=key, etag=made.headers["etag"],
            json={"starts_at": (now + 5 * DAY).isoformat(), "ends_at": (now + 6 * DAY).isoformat()},
        )  # fmt: skip
        assert (moved.status_code, moved.json()["state"]) == (200, "planned")
        gone = await api.delete(made.headers["location"], key=key, etag=moved.headers["etag"])
        assert gone.status_code == 204
        assert (await api.get(PATH, key=key)).json()["data"] == []


class TestWhatFollows:
    async def test_the_answer_counts_the_planned_posts_and_says_what_becomes_of_them(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene, sharer, key = await _sharer(tenant)
        for due_in in (HOUR, 2 * DAY):
            await approve_post(tenant, await _another_item(tenant, scene), sharer, text=f"In {due_in}", due_in=due_in)
        now = await _now(tenant)
        nothing = await _pause(api, key, starts_at=now + 5 * DAY, ends_at=now + 6 * DAY)
        assert nothing.json()["planned_posts"] == 0
        one = await _pause(api, key, ends_at=now + DAY)
        assert one.json()["planned_posts"] == 1
        assert "held" in one.json()["what_follows"]
        assert "60 minutes" in one.json()["what_follows"]
        longer = await api.patch(
            one.headers["location"], key=key, etag=one.headers["etag"],
            json={"ends_at": (now + 4 * DAY).isoformat()},
        )  # fmt: skip
        assert longer.json()["planned_posts"] == 2

    async def test_it_is_said_in_hebrew_to_who_asks_for_it(self, api: Api, tenant: Tenant) -> None:
        _, _, key = await _sharer(tenant)
        made = await api.post(PATH, key=key, headers={"Accept-Language": "he"}, json={"kind": "holiday"})
        assert made.headers["content-language"] == "he"
        assert "הפסקה" in made.json()["what_follows"]


async def _another_item(tenant: Tenant, scene: Scene) -> Scene:
    """The same program with an item of its own, so that two posts are not the same."""
    other = await make_scene(tenant, title="Another")
    async with tenant.database.transaction(tenant.id) as session:
        session.add(other.item)
        other.item.program_id = scene.program.id
    return Scene(scene.program, other.item)


class TestPrivacy:
    async def test_no_answer_to_an_employer_changes_when_somebody_pauses(self, api: Api, tenant: Tenant) -> None:
        scene, sharer, key = await _sharer(tenant)
        _, manager = await tenant.person(Role.PROGRAM_MANAGER)
        ids = {
            "organization_id": tenant.id, "program_id": scene.program.id, "employee_id": sharer.employee.id,
            "item_id": scene.item.id, "network": "linkedin",
        }  # fmt: skip
        before = await _everything(api, ids, tenant.owner_key, manager)
        assert len(before) >= 30
        await api.request(
            "PUT", "/v1/me/preferences", key=key, headers={"If-Match": '"0"'},
            json={"time_zone": "Pacific/Chatham", "languages": ["he"], "max_per_week": 1},
        )  # fmt: skip
        assert (await _pause(api, key)).status_code == 201
        assert await _everything(api, ids, tenant.owner_key, manager) == before

    async def test_a_colleagues_pause_is_not_found(self, api: Api, tenant: Tenant) -> None:
        _, _, key = await _sharer(tenant)
        _, colleague = await tenant.person()
        made = await _pause(api, key)
        for verb in (api.get, api.delete):
            assert (await verb(made.headers["location"], key=colleague)).status_code == 404
        assert (await api.get(PATH, key=colleague)).json()["data"] == []
        assert (await api.get(PATH, key=tenant.owner_key)).status_code == 403

    async def test_it_is_written_down_nowhere_else_and_membership_stays(self, api: Api, tenant: Tenant) -> None:
        _, _, key = await _sharer(tenant)
        events, entries = len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))
        await _pause(api, key)
        assert (len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))) == (events, entries)
        (ambassador,) = await tenant.rows(Ambassador)
        assert ambassador.state is AmbassadorState.ACTIVE


async def _everything(api: Api, ids: dict[str, Any], *keys: str) -> dict[str, Any]:
    """What employer roles read: each route that the ids open, without what changes with every look."""
    found = {}
    for route in all_routes(api.app):
        if "GET" not in (route.methods or ()) or not set(route.param_convertors) <= set(ids):
            continue
        if isinstance(route.gate.opens_for, Door) and route.gate.opens_for is not Door.KNOWN:
            continue
        path = route.path_format.format_map(ids)
        for key in keys:
            answer = await api.get(path, key=key, headers={"Accept": "application/json"})
            text = _steady(answer.json()) if "json" in answer.headers["content-type"] else ""
            found[path, key] = (answer.status_code, text)
    return found


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        skipped = ("generated_at", "last_used_at", "request_id", "since", "until")
        return {name: _steady(inner) for name, inner in value.items() if name not in skipped}
    return [_steady(inner) for inner in value] if isinstance(value, list) else json.dumps(value)


class TestClock:
    async def test_a_pause_runs_out_by_itself(self, api: Api, tenant: Tenant, database_url: str) -> None:
        scene, sharer, key = await _sharer(tenant)
        await _pause(api, key, ends_at=await _now(tenant) + HOUR)
        await move_clock(database_url, by=2 * HOUR)
        assert not await _in_effect(tenant, sharer, scene.program.id, await _now(tenant))
        assert (await api.get(PATH, key=key)).json()["data"][0]["state"] == "over"
