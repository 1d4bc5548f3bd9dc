"""Profile checklists over HTTP: the person's own, a coach's while they want it, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.coaching.models import Assessment
from services.core.communication.models import Message
from services.core.employees.models import Employee
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from tests.factories.publications import Scene, make_scene
from tests.fixtures.api import Api, Tenant

LINKEDIN = "/v1/me/profile-checklists/linkedin"


async def member(tenant: Tenant, scene: Scene, *, department: str = "Marketing") -> tuple[Employee, str]:
    """Somebody in the program."""
    employee, key = await tenant.person(department=department)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            Ambassador(
                organization_id=tenant.id,
                program_id=scene.program.id,
                employee_id=employee.id,
                state=AmbassadorState.ACTIVE,
                language=Language.EN,
                joined_at=await db.now(session),
            )
        )
    return employee, key


async def assess(api: Api, key: str, **items: str) -> dict[str, Any]:
    """Look at one's own profile."""
    answer = await api.request("PUT", LINKEDIN, key=key, json={"items": items})
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def coached(api: Api, key: str, coach: Employee, coach_key: str) -> str:
    """Name a coach who accepts; answer the coaching."""
    asked = await api.post("/v1/me/profile-coaches", key=key, json={"coach_employee_id": str(coach.id)})
    assert asked.status_code == 201, asked.text
    accepted = await api.post(f"/v1/me/coachings/{asked.json()['id']}/accept", key=coach_key)
    assert accepted.status_code == 200, accepted.text
    return str(asked.json()["id"])


class TestOwn:
    async def test_s18_a_checklist_per_network_has_a_score_before_and_after_and_a_history(
        self, api: Api, tenant: Tenant
    ) -> None:
        _, key = await tenant.person()
        empty = (await api.get(LINKEDIN, key=key, headers={"Accept-Language": "he"})).json()
        assert len(empty["items"]) >= 12
        assert "תמונת פנים עדכנית" in {item["title"] for item in empty["items"]}
        assert (empty["score_before"], empty["score_after"], empty["history"]) == (None, None, [])
        first = await assess(api, key, photo="done", headline="to_do")
        done = {item["key"]: "done" for item in empty["items"]}
        after = await assess(api, key, **{**done, "recommendations": "not_for_me"})
        assert after["score_before"] == first["score_after"] == 10
        assert after["score_after"] == 100
        assert [look["score"] for look in after["history"]] == [100, 10]
        other = await api.get("/v1/me/profile-checklists/x", key=key)
        assert other.json()["history"] == []
        assert (await api.get("/v1/me/profile-checklists/mastodon", key=key)).status_code == 404

    async def test_an_item_that_there_is_not_is_refused_with_those_there_are(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        answer = await api.request("PUT", LINKEDIN, key=key, json={"items": {"avatar": "done"}})
        assert answer.status_code == 422
        assert "photo" in answer.json()["errors"][0]["message"]


class TestCoach:
    async def test_s18_b22_only_the_person_and_the_coach_whom_they_named_read_it_and_a_manager_gets_404(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        _, key = await tenant.person()
        coach, coach_key = await tenant.person(locale="he")
        _, manager = await tenant.person(Role.PROGRAM_MANAGER, Role.OWNER)
        checklist_id = (await assess(api, key, photo="done"))["id"]
        path = f"/v1/profile-checklists/{checklist_id}"
        for reader in (manager, tenant.owner_key, coach_key, other_tenant.owner_key):
            assert (await api.get(path, key=reader)).status_code == 404
            refused = await api.post(f"{path}/assessments", key=reader, json={"items": {}})
            assert refused.status_code == 404

        asked = await api.post("/v1/me/profile-coaches", key=key, json={"coach_employee_id": str(coach.id)})
        # To be asked is not to be let in.
        assert (await api.get(path, key=coach_key)).status_code == 404
        (listed,) = (await api.get("/v1/me/coachings", key=coach_key)).json()["data"]
        assert (listed["id"], listed["state"], listed["checklist_id"]) == (asked.json()["id"], "asked", None)
        await api.post(f"/v1/me/coachings/{asked.json()['id']}/accept", key=coach_key)
        assert (await api.get(path, key=coach_key)).json()["score_after"] == 10
        assert (await api.get(path, key=manager)).status_code == 404
        looked = await api.post(
            f"{path}/assessments", key=coach_key, json={"items": {"photo": "done", "about": "done"}, "note": "Strong!"}
        )
        assert looked.status_code == 201, looked.text
        mine = (await api.get(path, key=key)).json()
        seen = [(one["assessor"], one["score"], one["note"]) for one in mine["history"]]
        assert seen == [("coach", 22, "Strong!"), ("self", 10, None)]
        kinds = sorted(row.kind for row in await tenant.rows(Message))
        assert kinds == ["coach_answered", "coach_asked", "coach_assessed"]

    async def test_a_coach_loses_sight_of_it_at_once_when_the_person_withdraws(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        coach, coach_key = await tenant.person()
        checklist_id = (await assess(api, key, photo="done"))["id"]
        coaching = await coached(api, key, coach, coach_key)
        path = f"/v1/profile-checklists/{checklist_id}"
        assert (await api.get(path, key=coach_key)).status_code == 200
        assert (await api.delete(f"/v1/me/profile-coaches/{coaching}", key=key)).status_code == 204
        assert (await api.get(path, key=coach_key)).status_code == 404
        late = await api.post(f"{path}/assessments", key=coach_key, json={"items": {}})
        assert late.status_code == 404
        again = await api.post(f"/v1/me/coachings/{coaching}/accept", key=coach_key)
        assert (again.status_code, again.json()["code"]) == (409, "coaching_closed")
        # The person may ask anew.
        await coached(api, key, coach, coach_key)
        assert (await api.get(path, key=coach_key)).status_code == 200

    async def test_nobody_coaches_themselves_or_is_asked_twice_or_answers_for_another(
        self, api: Api, tenant: Tenant
    ) -> None:
        person, key = await tenant.person()
        coach, coach_key = await tenant.person()
        own = await api.post("/v1/me/profile-coaches", key=key, json={"coach_employee_id": str(person.id)})
        assert (own.status_code, own.json()["code"]) == (409, "coach_is_yourself")
        body = {"coach_employee_id": str(coach.id)}
        asked = await api.post("/v1/me/profile-coaches", key=key, json=body)
        twice = await api.post("/v1/me/profile-coaches", key=key, json=body)
        assert (twice.status_code, twice.json()["code"]) == (409, "coach_already_named")
        path = f"/v1/me/coachings/{asked.json()['id']}"
        assert (await api.post(f"{path}/accept", key=key)).status_code == 404
        declined = await api.post(f"{path}/decline", key=coach_key)
        assert declined.json()["state"] == "declined"

    async def test_what_is_stored_is_sealed(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        await assess(api, key, photo="done")
        (row,) = await tenant.rows(Assessment)
        assert b"photo" not in row.sealed_content


class TestAverage:
    async def test_b22_an_average_is_shown_only_of_five_people_and_tells_nothing_of_those_left_out(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        _, manager = await tenant.person(Role.PROGRAM_MANAGER)
        path = f"/v1/programs/{scene.program.id}/profile-scores"
        for _ in range(4):
            _, key = await member(tenant, scene)
            await assess(api, key, photo="done")
            await assess(api, key, photo="done", about="done", headline="done")
        await db.move_clock(tenant.settings.database_url, by=timedelta(days=7))
        few = (await api.get(path, key=manager)).json()
        assert (few["all"]["after"], few["all"]["reason"]) == (None, "too_few_people")

        for department in ("Marketing", "Marketing", "Sales", "Sales", "Sales", "Sales", "Sales", "Legal"):
            _, key = await member(tenant, scene, department=department)
            await assess(api, key, photo="done")
        # Those of this week are not in it yet, so that one more person does not show.
        assert (await api.get(path, key=manager)).json()["all"]["after"] is None
        await db.move_clock(tenant.settings.database_url, by=timedelta(days=14))
        seen = (await api.get(path, key=manager)).json()
        assert seen["all"] == {"group": None, "before": 10, "after": 20, "reason": None}
        groups = {one["group"]: (one["after"], one["reason"]) for one in seen["departments"]}
        # Of Legal alone nothing may be said, and all minus the others would say it: one more is left out.
        assert groups["Legal"] == (None, "too_few_people")
        assert sorted(value for value, _ in groups.values() if value is not None) in ([10], [25])
        assert "five points" in seen["method"]

    async def test_it_is_for_who_reads_reports(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        _, editor = await tenant.person(Role.EDITOR)
        path = f"/v1/programs/{scene.program.id}/profile-scores"
        assert (await api.get(path, key=editor)).status_code == 403
        assert (await api.get(path)).status_code == 401
