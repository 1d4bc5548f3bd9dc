"""Programs, their goals and people, and their way from draft to closed, over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2

from services.core.ambassadors.models import Persona
from services.core.audit.models import AuditEntry
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events.models import Event
from services.core.goals import repository, service
from services.core.goals.models import Measurement, Method
from services.core.kit.db import Database
from services.core.organizations.models import Role
from services.core.policies.models import Policy, PolicyVersion, VersionState
from tests.fixtures.api import Api, Tenant

BODY = {
    "name": "קולות לומן",
    "languages": ["he", "en"],
    "default_language": "he",
    "networks": ["linkedin"],
    "disclosure": {"he": "אני עובדת בלומן", "en": "I work at Lumen."},
}


async def start(api: Api, tenant: Tenant, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/v1/programs", key=tenant.owner_key, json={**BODY, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def goal_body(owner: Employee, *, kind: str = "marketing", kpi: str = "careers_site_visits") -> dict[str, Any]:
    return {
        "kpi": kpi, "title": "More visits", "kind": kind, "heading": "hiring_retention",
        "baseline": 0, "target": 500.5, "due_on": "2027-06-30", "owner_employee_id": str(owner.id),
    }  # fmt: skip


async def set_goal(api: Api, tenant: Tenant, program_id: str, owner: Employee, **options: Any) -> httpx2.Response:
    path = f"/v1/programs/{program_id}/goals"
    answer = await api.post(path, key=tenant.owner_key, json=goal_body(owner, **options))
    assert answer.status_code == 201, answer.text
    return answer


async def name_holder(api: Api, tenant: Tenant, program_id: str, function: str, who: Employee) -> dict[str, Any]:
    path = f"/v1/programs/{program_id}/responsibilities"
    answer = await api.post(path, key=tenant.owner_key, json={"function": function, "employee_id": str(who.id)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def move(api: Api, tenant: Tenant, program_id: str, to: str, *, key: str | None = None) -> httpx2.Response:
    path = f"/v1/programs/{program_id}/transitions"
    return await api.post(path, key=key or tenant.owner_key, json={"to": to})


async def lay_foundations(api: Api, tenant: Tenant, program_id: str) -> Employee:
    """A goal of each kind and the mandatory people; answers who holds it all."""
    dana = await tenant.employee(first_name="Dana")
    await set_goal(api, tenant, program_id, dana)
    await set_goal(api, tenant, program_id, dana, kind="business", kpi="hires")
    for function in ("owner", "content", "policy"):
        await name_holder(api, tenant, program_id, function, dana)
    return dana


async def publish_policy(tenant: Tenant, *, program_id: UUID | None = None) -> None:
    author = await tenant.employee()
    async with tenant.database.transaction(tenant.id) as session:
        policy = Policy(organization_id=tenant.id, title="How we speak", program_id=program_id)
        session.add(policy)
        await session.flush()
        session.add(
            PolicyVersion(
                organization_id=tenant.id,
                policy_id=policy.id,
                number=1,
                state=VersionState.PUBLISHED,
                texts={},
                rules=[],
                written_by=author.id,
            )
        )


async def describe_persona(tenant: Tenant, program_id: str) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        session.add(Persona(organization_id=tenant.id, program_id=UUID(program_id), description="Likes to write"))


class TestPrograms:
    async def test_starts_in_draft_and_reads_back_in_hebrew(self, api: Api, tenant: Tenant) -> None:
        made = await api.post("/v1/programs", key=tenant.owner_key, json=BODY)
        assert made.status_code == 201
        path = made.headers["location"]
        read = await api.get(path, key=tenant.owner_key)
        assert (read.json()["name"], read.json()["state"]) == ("קולות לומן", "draft")
        assert read.json()["disclosure"] == BODY["disclosure"]
        assert read.headers["etag"] == made.headers["etag"]

    async def test_a_change_needs_the_version_that_was_read(self, api: Api, tenant: Tenant) -> None:
        path = f"/v1/programs/{(await start(api, tenant))['id']}"
        read = await api.get(path, key=tenant.owner_key)
        assert (await api.patch(path, key=tenant.owner_key, json={"name": "New"})).status_code == 428
        changed = await api.patch(path, key=tenant.owner_key, etag=read.headers["etag"], json={"name": "New"})
        assert (changed.status_code, changed.json()["name"]) == (200, "New")
        assert changed.json()["networks"] == ["linkedin"]
        stale = await api.patch(path, key=tenant.owner_key, etag=read.headers["etag"], json={"name": "Newer"})
        assert stale.status_code == 412

    async def test_the_default_language_is_one_of_its_languages(self, api: Api, tenant: Tenant) -> None:
        made = await api.post("/v1/programs", key=tenant.owner_key, json={**BODY, "languages": ["en"]})
        assert made.status_code == 422
        assert made.json()["errors"][0]["pointer"] == "/languages"
        program = await start(api, tenant)
        path = f"/v1/programs/{program['id']}"
        changed = await api.patch(path, key=tenant.owner_key, etag='"1"', json={"languages": ["he"]})
        assert changed.status_code == 422
        assert (await api.get(path, key=tenant.owner_key)).json()["languages"] == ["he", "en"]

    async def test_a_network_is_written_as_a_name(self, api: Api, tenant: Tenant) -> None:
        for networks in ([], ["Linked In"]):
            made = await api.post("/v1/programs", key=tenant.owner_key, json={**BODY, "networks": networks})
            assert made.status_code == 422

    async def test_a_manager_of_one_program_sees_and_changes_that_one_alone(self, api: Api, tenant: Tenant) -> None:
        mine, other = await start(api, tenant), await start(api, tenant, name="Other")
        _, key = await tenant.person(Role.PROGRAM_MANAGER, program_id=UUID(mine["id"]))
        listed = (await api.get("/v1/programs", key=key)).json()["data"]
        assert [row["id"] for row in listed] == [mine["id"]]
        assert (await api.get(f"/v1/programs/{other['id']}", key=key)).status_code == 403
        changes = {"name": "Mine"}
        assert (await api.patch(f"/v1/programs/{mine['id']}", key=key, etag="*", json=changes)).status_code == 200
        assert (await api.patch(f"/v1/programs/{other['id']}", key=key, etag="*", json=changes)).status_code == 403
        assert (await move(api, tenant, other["id"], "closed", key=key)).status_code == 403
        assert (await api.post("/v1/programs", key=key, json=BODY)).status_code == 403

    async def test_lists_by_state(self, api: Api, tenant: Tenant) -> None:
        closed, draft = await start(api, tenant), await start(api, tenant)
        await move(api, tenant, closed["id"], "closed")
        found = (await api.get("/v1/programs?state=draft&state=quiet", key=tenant.owner_key)).json()["data"]
        assert [row["id"] for row in found] == [draft["id"]]

    async def test_another_organization_finds_nothing(self, api: Api, tenant: Tenant, other_tenant: Tenant) -> None:
        program = await start(api, tenant)
        dana = await tenant.employee()
        goal = (await set_goal(api, tenant, program["id"], dana)).json()
        key = other_tenant.owner_key
        for path in (f"/v1/programs/{program['id']}", f"/v1/programs/{program['id']}/goals", f"/v1/goals/{goal['id']}"):
            assert (await api.get(path, key=key)).status_code == 404
        assert (await move(api, other_tenant, program["id"], "closed")).status_code == 404
        stranger = await api.post(
            f"/v1/programs/{(await start(api, other_tenant))['id']}/goals", key=key, json=goal_body(dana)
        )
        assert stranger.status_code == 404

    async def test_the_audit_says_that_texts_changed_and_keeps_none(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        await api.patch(
            f"/v1/programs/{program['id']}", key=tenant.owner_key, etag="*",
            json={"name": "Very private", "networks": ["linkedin", "share_link"]},
        )  # fmt: skip
        (entry,) = [row for row in await tenant.rows(AuditEntry) if row.action == "program.update"]
        assert entry.after == {"name": "(text)", "networks": ["linkedin", "share_link"]}


class TestKpis:
    async def test_are_described_in_the_readers_language(self, api: Api, tenant: Tenant) -> None:
        answer = await api.get("/v1/kpis", key=tenant.owner_key, headers={"Accept-Language": "he"})
        found = {row["slug"]: row for row in answer.json()["data"]}
        assert answer.headers["content-language"] == "he"
        assert (found["hires"]["title"], found["hires"]["feed"]) == ("גיוסים", "hires")
        assert found["careers_site_visits"]["feed"] == "human_clicks"
        assert (found["attrition_rate"]["direction"], found["attrition_rate"]["feed"]) == ("down", None)


class TestGoals:
    async def test_names_every_field_that_is_missing(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        answer = await api.post(f"/v1/programs/{program['id']}/goals", key=tenant.owner_key, json={"title": "More"})
        assert answer.status_code == 422
        missing = {problem["pointer"] for problem in answer.json()["errors"] if problem["code"] == "missing"}
        assert missing >= {"/kpi", "/baseline", "/target", "/due_on", "/owner_employee_id"}

    async def test_the_kpi_is_one_of_the_catalogue_and_the_owner_is_employed(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        path = f"/v1/programs/{program['id']}/goals"
        dana, gone = await tenant.employee(), await tenant.employee(status=EmploymentStatus.LEFT)
        unknown = await api.post(path, key=tenant.owner_key, json=goal_body(dana, kpi="happiness"))
        assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/kpi")
        assert (await api.post(path, key=tenant.owner_key, json=goal_body(gone))).status_code == 409

    async def test_is_changed_by_version_and_dropped_with_its_values(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        made = await set_goal(api, tenant, program["id"], await tenant.employee())
        path, etag = f"/v1/goals/{made.json()['id']}", made.headers["etag"]
        changed = await api.patch(path, key=tenant.owner_key, etag=etag, json={"target": 600})
        assert (changed.status_code, changed.json()["target"]) == (200, 600)
        assert (await api.patch(path, key=tenant.owner_key, etag=etag, json={"target": 1})).status_code == 412
        assert (await api.delete(path, key=tenant.owner_key, etag=etag)).status_code == 412
        value = {"value": 3, "measured_on": "2026-01-02", "method": "measured"}
        assert (await api.post(f"{path}/measurements", key=tenant.owner_key, json=value)).status_code == 201
        dropped = await api.delete(path, key=tenant.owner_key, etag=changed.headers["etag"])
        assert dropped.status_code == 204
        assert (await api.get(path, key=tenant.owner_key)).status_code == 404
        assert await tenant.rows(Measurement) == []

    async def test_a_designed_program_keeps_a_goal_of_each_kind(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        dana = await lay_foundations(api, tenant, program["id"])
        assert (await move(api, tenant, program["id"], "designed")).status_code == 200
        goals = (await api.get(f"/v1/programs/{program['id']}/goals", key=tenant.owner_key)).json()["data"]
        only = next(goal for goal in goals if goal["kind"] == "business")
        refused = await api.delete(f"/v1/goals/{only['id']}", key=tenant.owner_key, etag="*")
        assert (refused.status_code, refused.json()["code"]) == (409, "foundation_needed")
        await set_goal(api, tenant, program["id"], dana, kind="business", kpi="employer_nps")
        assert (await api.delete(f"/v1/goals/{only['id']}", key=tenant.owner_key, etag="*")).status_code == 204


class TestMeasurements:
    async def test_a_day_has_one_value_by_hand(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        goal = (await set_goal(api, tenant, program["id"], await tenant.employee())).json()
        path = f"/v1/goals/{goal['id']}/measurements"
        body = {"value": 12.5, "measured_on": "2026-01-02", "method": "measured"}
        made = await api.post(path, key=tenant.owner_key, json=body)
        assert made.status_code == 201
        assert (made.json()["value"], made.json()["source"]) == (12.5, "manual")
        again = await api.post(path, key=tenant.owner_key, json={**body, "value": 13})
        assert (again.status_code, again.json()["code"]) == (409, "already_measured")
        listed = (await api.get(path, key=tenant.owner_key)).json()["data"]
        assert [row["value"] for row in listed] == [12.5]

    async def test_a_day_that_has_not_begun_is_not_measured(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        goal = (await set_goal(api, tenant, program["id"], await tenant.employee())).json()
        body = {"value": 1, "measured_on": "2999-01-01", "method": "measured"}
        answer = await api.post(f"/v1/goals/{goal['id']}/measurements", key=tenant.owner_key, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/measured_on")

    async def test_an_analyst_reports_values_and_an_editor_does_not(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        goal = (await set_goal(api, tenant, program["id"], await tenant.employee())).json()
        path = f"/v1/goals/{goal['id']}/measurements"
        body = {"value": 1, "measured_on": "2026-01-02", "method": "estimated"}
        _, analyst = await tenant.person(Role.ANALYST)
        _, editor = await tenant.person(Role.EDITOR)
        assert (await api.post(path, key=editor, json=body)).status_code == 403
        assert (await api.post(path, key=analyst, json=body)).status_code == 201

    async def test_a_feeds_later_value_replaces_the_days_earlier_one(
        self, api: Api, tenant: Tenant, database: Database
    ) -> None:
        program = await start(api, tenant)
        made = (await set_goal(api, tenant, program["id"], await tenant.employee())).json()
        day = date(2026, 11, 24)
        for value, on in ((1, day), (2, day), (5, day + timedelta(days=1))):
            async with database.transaction(tenant.id) as session:
                goal = await repository.get_goal(session, UUID(made["id"]))
                await service.record_measurement(
                    session, goal=goal, value=Decimal(value), measured_on=on, method=Method.MEASURED,
                    source="feed:human_clicks", formula_version="1",
                )  # fmt: skip
        found = {row.measured_on: row.value for row in await tenant.rows(Measurement)}
        assert found == {day: 2, day + timedelta(days=1): 5}


class TestResponsibilities:
    async def test_somebody_is_named_listed_and_relieved(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        dana = await tenant.employee()
        path = f"/v1/programs/{program['id']}/responsibilities"
        made = await name_holder(api, tenant, program["id"], "data", dana)
        again = await api.post(path, key=tenant.owner_key, json={"function": "data", "employee_id": str(dana.id)})
        assert (again.status_code, again.json()["code"]) == (409, "already_responsible")
        assert [row["id"] for row in (await api.get(path, key=tenant.owner_key)).json()["data"]] == [made["id"]]
        assert (await api.delete(f"{path}/{made['id']}", key=tenant.owner_key)).status_code == 204
        assert (await api.delete(f"{path}/{made['id']}", key=tenant.owner_key)).status_code == 404

    async def test_the_only_holder_of_a_mandatory_function_stays_once_it_is_designed(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start(api, tenant)
        await lay_foundations(api, tenant, program["id"])
        assert (await move(api, tenant, program["id"], "designed")).status_code == 200
        path = f"/v1/programs/{program['id']}/responsibilities"
        owner = next(
            row for row in (await api.get(path, key=tenant.owner_key)).json()["data"] if row["function"] == "owner"
        )
        refused = await api.delete(f"{path}/{owner['id']}", key=tenant.owner_key)
        assert (refused.status_code, refused.json()["code"]) == (409, "foundation_needed")
        await name_holder(api, tenant, program["id"], "owner", await tenant.employee())
        assert (await api.delete(f"{path}/{owner['id']}", key=tenant.owner_key)).status_code == 204


class TestTransitions:
    async def test_a_draft_without_foundations_is_told_each_that_is_missing(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        refused = await move(api, tenant, program["id"], "designed")
        assert (refused.status_code, refused.json()["code"]) == (422, "foundations_missing")
        pointers = [problem["pointer"] for problem in refused.json()["errors"]]
        assert pointers == ["/goals", "/goals", "/responsibilities", "/responsibilities", "/responsibilities"]

    async def test_somebody_who_left_is_no_foundation(self, api: Api, tenant: Tenant) -> None:
        program = await start(api, tenant)
        dana = await lay_foundations(api, tenant, program["id"])
        async with tenant.database.transaction(tenant.id) as session:
            (await session.get_one(Employee, (tenant.id, dana.id))).status = EmploymentStatus.LEFT
        refused = await move(api, tenant, program["id"], "designed")
        assert {problem["pointer"] for problem in refused.json()["errors"]} == {
            "/goals/0/owner_employee_id", "/goals/1/owner_employee_id", "/responsibilities"
        }  # fmt: skip

    async def test_the_whole_way_is_audited_and_told(self, api: Api, tenant: Tenant) -> None:
        program_id = (await start(api, tenant))["id"]
        await lay_foundations(api, tenant, program_id)
        assert (await move(api, tenant, program_id, "designed")).json()["state"] == "designed"
        refused = await move(api, tenant, program_id, "quiet")
        assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/policy", "/persona"]
        await publish_policy(tenant)
        await describe_persona(tenant, program_id)
        quiet = await move(api, tenant, program_id, "quiet")
        assert (quiet.status_code, quiet.json()["state"]) == (200, "quiet")
        assert quiet.json()["launched_at"] is not None
        for to, state in (("paused", "paused"), ("resumed", "quiet"), ("closed", "closed")):
            answer = await move(api, tenant, program_id, to)
            assert (answer.status_code, answer.json()["state"]) == (200, state)
        assert answer.json()["launched_at"] == quiet.json()["launched_at"]
        way = ["designed", "quiet", "paused", "quiet", "closed"]
        audited = [row for row in await tenant.rows(AuditEntry) if row.action == "program.transition"]
        assert [row.after["state"] for row in sorted(audited, key=lambda row: row.id)] == way
        told = [row for row in await tenant.rows(Event) if row.type == "program.transitioned"]
        assert sorted(row.data["state"] for row in told) == sorted(way)

    async def test_another_programs_policy_is_no_policy_of_this_one(self, api: Api, tenant: Tenant) -> None:
        program, other = await start(api, tenant), await start(api, tenant)
        await lay_foundations(api, tenant, program["id"])
        await describe_persona(tenant, program["id"])
        await publish_policy(tenant, program_id=UUID(other["id"]))
        await move(api, tenant, program["id"], "designed")
        refused = await move(api, tenant, program["id"], "quiet")
        assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/policy"]
        await publish_policy(tenant, program_id=UUID(program["id"]))
        assert (await move(api, tenant, program["id"], "quiet")).status_code == 200

    async def test_a_loud_launch_is_refused_without_evidence(self, api: Api, tenant: Tenant) -> None:
        program_id = (await start(api, tenant))["id"]
        dana = await lay_foundations(api, tenant, program_id)
        await publish_policy(tenant)
        await describe_persona(tenant, program_id)
        for to in ("designed", "quiet"):
            assert (await move(api, tenant, program_id, to)).status_code == 200
        for function in ("spokesperson", "hr", "data", "support"):
            await name_holder(api, tenant, program_id, function, dana)
        refused = await move(api, tenant, program_id, "loud")
        assert (refused.status_code, refused.json()["code"]) == (409, "launch_gates_red")

    async def test_a_move_that_there_is_not_names_those_that_there_are(self, api: Api, tenant: Tenant) -> None:
        program_id = (await start(api, tenant))["id"]
        refused = await move(api, tenant, program_id, "loud")
        assert (refused.status_code, refused.json()["code"]) == (409, "program_state")
        assert "closed, designed" in refused.json()["detail"]
        assert (await move(api, tenant, program_id, "draft")).status_code == 422
        await move(api, tenant, program_id, "closed")
        assert (await move(api, tenant, program_id, "designed")).status_code == 409


CHANNEL = {
    "max_per_day": 1,
    "max_per_week": 3,
    "windows": [{"days": [7, 1, 1], "from": "08:00", "to": "19:00"}, {"days": [5], "from": "22:00", "to": "00:30"}],
    "stagger_minutes": 30,
    "similar_share": 0.5,
    "similar_from": 4,
    "similar_action": "review",
}


class TestChannels:
    async def _put(self, api: Api, key: str, path: str, body: Any, *, etag: str | None = None) -> httpx2.Response:
        return await api.request("PUT", path, key=key, headers={"If-Match": etag} if etag else {}, json=body)

    async def test_a_channel_is_made_replaced_and_dropped(self, api: Api, tenant: Tenant) -> None:
        path = f"/v1/programs/{(await start(api, tenant))['id']}/channels"
        made = await self._put(api, tenant.owner_key, f"{path}/linkedin", CHANNEL)
        assert made.status_code == 201, made.text
        windows = [{"days": [1, 7], "from": "08:00", "to": "19:00"}, CHANNEL["windows"][1]]
        assert {name: made.json()[name] for name in CHANNEL} == {**CHANNEL, "windows": windows}
        assert (await api.get(path, key=tenant.owner_key)).json()["data"] == [made.json()]
        assert (await self._put(api, tenant.owner_key, f"{path}/linkedin", {})).status_code == 428
        etag = made.headers["etag"]
        again = await self._put(api, tenant.owner_key, f"{path}/linkedin", {"max_per_week": 5}, etag=etag)
        assert (again.status_code, again.json()["max_per_week"], again.json()["max_per_day"]) == (200, 5, None)
        assert (again.json()["similar_share"], again.json()["similar_from"], again.json()["windows"]) == (0.2, 5, [])
        read = await api.get(f"{path}/linkedin", key=tenant.owner_key)
        assert (read.json(), read.headers["etag"]) == (again.json(), again.headers["etag"])
        assert (await api.delete(f"{path}/linkedin", key=tenant.owner_key, etag=etag)).status_code == 412
        dropped = await api.delete(f"{path}/linkedin", key=tenant.owner_key, etag=again.headers["etag"])
        assert dropped.status_code == 204
        assert (await api.get(f"{path}/linkedin", key=tenant.owner_key)).status_code == 404
        assert (await self._put(api, tenant.owner_key, f"{path}/linkedin", {}, etag="*")).status_code == 412
        entries = [row for row in await tenant.rows(AuditEntry) if row.object_type == "program_channels"]
        assert [row.action for row in sorted(entries, key=lambda row: row.id)] == [
            "channel.put", "channel.put", "channel.delete",
        ]  # fmt: skip
        assert (entries[1].before["max_per_week"], entries[1].after["max_per_week"]) == (3, 5)

    async def test_values_that_make_no_sense_are_named(self, api: Api, tenant: Tenant) -> None:
        path = f"/v1/programs/{(await start(api, tenant))['id']}/channels/linkedin"
        for body, pointer in (
            ({"max_per_day": 0}, "/max_per_day"),
            ({"max_per_week": 1.5}, "/max_per_week"),
            ({"windows": [{"days": [], "from": "08:00", "to": "09:00"}]}, "/windows/0/days"),
            ({"windows": [{"days": [8], "from": "08:00", "to": "09:00"}]}, "/windows/0/days/0"),
            ({"windows": [{"days": [1], "from": "24:00", "to": "09:00"}]}, "/windows/0/from"),
            ({"windows": [{"days": [1], "from": "09:00", "to": "09:00"}]}, "/windows/0"),
            ({"stagger_minutes": -1}, "/stagger_minutes"),
            ({"similar_share": 1.1}, "/similar_share"),
            ({"similar_from": 1}, "/similar_from"),
            ({"similar_action": "block"}, "/similar_action"),
        ):
            refused = await self._put(api, tenant.owner_key, path, body)
            assert refused.status_code == 422, body
            assert [problem["pointer"] for problem in refused.json()["errors"]] == [pointer]

    async def test_a_network_that_the_program_does_not_use_is_refused(self, api: Api, tenant: Tenant) -> None:
        path = f"/v1/programs/{(await start(api, tenant))['id']}/channels"
        refused = await self._put(api, tenant.owner_key, f"{path}/mastodon", CHANNEL)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "network_not_in_program")
        assert "linkedin" in refused.json()["errors"][0]["message"]

    async def test_a_manager_of_another_program_may_not(self, api: Api, tenant: Tenant) -> None:
        program, other = await start(api, tenant), await start(api, tenant)
        _, manager = await tenant.person(Role.PROGRAM_MANAGER, program_id=UUID(other["id"]))
        path = f"/v1/programs/{program['id']}/channels"
        assert (await self._put(api, manager, f"{path}/linkedin", CHANNEL)).status_code == 403
        assert (await api.get(path, key=manager)).status_code == 403
        other_path = f"/v1/programs/{other['id']}/channels/linkedin"
        assert (await self._put(api, manager, other_path, CHANNEL)).status_code == 201
