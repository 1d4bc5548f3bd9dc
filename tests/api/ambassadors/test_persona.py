"""Whom a program looks for: what is asked, how it adds up, and what of a person it may look at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.core.ambassadors.models import Ambassador, AmbassadorState, Declaration
from services.core.kit.db import move_clock
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from tests.fixtures.api import Api, Tenant

HEAD = "employee_id,email,first_name,last_name,job_family,job_level,start_date\n"


async def bring(api: Api, tenant: Tenant, row: str) -> None:
    """One run of the directory."""
    made = await api.post(
        "/v1/directory-syncs?mode=delta",
        key=tenant.owner_key,
        headers={"Content-Type": "text/csv; charset=utf-8"},
        content=HEAD + row,
    )
    assert made.status_code == 201, made.text
    applied = await api.post(f"/v1/directory-syncs/{made.json()['id']}/apply", key=tenant.owner_key, json={})
    assert applied.status_code == 200, applied.text


async def put_persona(api: Api, desk: Any, **body: Any) -> None:
    """Say whom the program looks for, with terms and needs."""
    found = await api.get(f"{desk.path}/persona", key=desk.manager)
    headers = {"If-Match": found.headers["etag"]} if found.status_code == 200 else {}
    answer = await api.request("PUT", f"{desk.path}/persona", key=desk.manager, headers=headers, json=body)
    assert answer.status_code in (200, 201), answer.text


async def declare(api: Api, key: str, **said: Any) -> None:
    """Say what one declares."""
    before = await api.get("/v1/me/declarations", key=key)
    answer = await api.request(
        "PUT", "/v1/me/declarations", key=key, headers={"If-Match": before.headers["etag"]}, json=said
    )
    assert answer.status_code == 200, answer.text


async def show(api: Api, desk: Any, key: str, *purposes: str) -> None:
    """Let the program look at these parts, and no others."""
    answer = await api.request(
        "PUT", f"/v1/me{desk.path[3:]}/declaration-consents", key=key, json={"purposes": list(purposes)}
    )
    assert answer.status_code == 200, answer.text


async def of(desk: Any, employee: Any) -> dict[str, Any]:
    """One candidate."""
    rows = await desk.candidates(fit="all", limit=100)
    return next(row for row in rows if row["employee_id"] == str(employee.id))


def results(row: dict[str, Any]) -> dict[str, str]:
    """The outcome of each criterion."""
    return {part["criterion"]: part["result"] for part in row["fit"]["parts"]}


async def join(tenant: Tenant, desk: Any, employee: Any) -> None:
    """Make somebody a member."""
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            Ambassador(
                organization_id=tenant.id, program_id=desk.program.id, employee_id=employee.id,
                state=AmbassadorState.ACTIVE, language=Language.EN,
            )
        )  # fmt: skip


class TestDirectory:
    async def test_s22_tenure_is_complete_when_the_day_begins_where_the_person_is(
        self, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        now = datetime.now(UTC)
        # Midnight in Tokyo is 15:00 in UTC.
        eve = (now.replace(day=28) + timedelta(days=10)).replace(day=14, hour=14, minute=50)
        started = date(eve.year - 1, eve.month, 15)
        tokyo = await tenant.employee(time_zone="Asia/Tokyo", started_on=started)
        await desk.persona(min_tenure_months=12, departments=["Marketing"])
        await move_clock(database_url, by=eve - now)
        assert results(await of(desk, tokyo))["min_tenure_months"] == "not_met"
        assert await desk.candidates() == []
        await move_clock(database_url, by=eve + timedelta(minutes=20) - now)
        assert [row["employee_id"] for row in await desk.candidates()] == [str(tokyo.id)]

    async def test_s23_another_role_counts_after_one_run_of_the_directory(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        await desk.persona(job_families=["Engineering"], job_levels=["Senior"])
        await bring(api, tenant, "D1,dana@lumen.example,Dana,Levi,Support,Senior,2020-01-01\n")
        assert await desk.candidates() == []
        await bring(api, tenant, "D1,dana@lumen.example,Dana,Levi,Engineering,Senior,2020-01-01\n")
        (dana,) = await desk.candidates()
        assert dana["fit"]["score"] == 100
        await bring(api, tenant, "D1,dana@lumen.example,Dana,Levi,Engineering,Junior,2020-01-01\n")
        assert await desk.candidates() == []


class TestDeclared:
    async def test_s24_presence_counts_only_with_consent_which_can_be_taken_back(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        await desk.persona(presence={"network": "linkedin", "audience": 500})
        employee, key, _ = await desk.invited()
        await declare(api, key, presence=[{"network": "linkedin", "audience": 600}], traits=["curious"])
        assert results(await of(desk, employee)) == {"presence": "unknown"}
        assert await desk.candidates() == []
        await show(api, desk, key, "presence")
        row = await of(desk, employee)
        assert results(row) == {"presence": "met"}
        assert row["fit"]["parts"][0]["found"] == {"network": "linkedin", "audience": 600, "posts_per_month": None}
        assert [one["employee_id"] for one in await desk.candidates()] == [str(employee.id)]
        await declare(api, key, presence=[{"network": "linkedin", "audience": 400}])
        assert results(await of(desk, employee)) == {"presence": "not_met"}
        assert await desk.candidates(fit="possible", limit=100) == [
            row for row in await desk.candidates(fit="all", limit=100) if row["employee_id"] != str(employee.id)
        ]
        await show(api, desk, key)
        row = await of(desk, employee)
        assert (results(row), row["fit"]["parts"][0]["found"]) == ({"presence": "unknown"}, None)
        listed = (await api.get(f"/v1/me{desk.path[3:]}/declaration-consents", key=key)).json()["data"]
        assert {one["purpose"]: one["is_given"] for one in listed}["presence"] is False

    async def test_s25_traits_come_from_a_fixed_list_and_from_nobody_but_people(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        await desk.persona(traits=["storyteller"])
        employee, key, _ = await desk.invited(title="Great storyteller")
        # A title is no declaration.
        assert results(await of(desk, employee)) == {"traits": "unknown"}
        wrong = await api.request(
            "PUT", "/v1/me/declarations", key=key, headers={"If-Match": "*"}, json={"traits": ["charming"]}
        )
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/traits/0")
        known = await api.get("/v1/traits", key=key, headers={"Accept-Language": "he"})
        assert len(known.json()["data"]) == 12
        await declare(api, key, traits=["storyteller", "curious"])
        await show(api, desk, key, "traits")
        assert results(await of(desk, employee)) == {"traits": "met"}
        # What is stored tells nothing without the person's key.
        (row,) = await tenant.rows(Declaration)
        assert b"storyteller" not in row.sealed_content

    async def test_s26_the_answer_lists_which_needs_have_nobody(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await put_persona(
            api,
            desk,
            criteria={},
            wanted=[
                {"kind": "skill", "value": "Photography", "people": 2},
                {"kind": "skill", "value": "video"},
                {"kind": "language", "value": "he"},
                {"kind": "department", "value": "marketing"},
            ],
        )
        member, key, _ = await desk.invited(department="Sales", locale="en")
        await join(tenant, desk, member)
        await tenant.employee(department="Marketing", locale="he-IL")
        await declare(api, key, skills=["  photography "])
        before = (await api.get(f"{desk.path}/coverage", key=desk.manager)).json()
        assert {need["value"] for need in before["nobody_for"]} == {"Photography", "video", "he", "marketing"}
        await show(api, desk, key, "skills")
        after = (await api.get(f"{desk.path}/coverage", key=desk.manager)).json()
        assert [(need["value"], need["reachable"]) for need in after["nobody_for"]] == [
            ("video", 0),
            ("he", 1),
            ("marketing", 1),
        ]
        assert after["needs"][0] == {
            "kind": "skill", "value": "Photography", "people": 2, "members": 1, "reachable": 0,
            "has_nobody": False, "missing": 1,
        }  # fmt: skip

    async def test_a_declared_language_counts_beside_the_directorys(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await desk.persona(languages=["he"])
        speaks = await tenant.employee(locale="he-IL")
        employee, key, _ = await desk.invited(locale="de-DE")
        assert results(await of(desk, employee)) == {"languages": "unknown"}
        await declare(api, key, languages=["he", "fr"])
        await show(api, desk, key, "languages")
        assert results(await of(desk, employee)) == {"languages": "met"}
        fitting = {row["employee_id"] for row in await desk.candidates(limit=100)}
        assert fitting == {str(speaks.id), str(employee.id)}
        await declare(api, key, languages=["fr"])
        assert results(await of(desk, employee)) == {"languages": "not_met"}


class TestFit:
    async def test_b14_the_same_input_has_the_same_score_and_its_parts_sum_to_it(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        await put_persona(
            api,
            desk,
            criteria={
                "min_tenure_months": 6,
                "departments": ["Marketing"],
                "countries": ["DE"],
                "job_families": ["Sales"],
                "traits": ["curious"],
                "languages": ["en"],
                "skills": ["video"],
            },
            terms={"countries": {"weight": 3, "strictness": "should"}, "traits": {"strictness": "should"}},
        )
        await tenant.employee()
        await tenant.employee(country=None, started_on=None, department="Sales", job_family="Sales")
        first = await desk.candidates(fit="all", limit=100)
        for row in first:
            fit = row["fit"]
            assert fit["score"] == sum(part["points"] for part in fit["parts"])
            assert sum(part["worth"] for part in fit["parts"]) == 100
            assert fit["score"] + fit["unknown"] + fit["missed"] == 100
        assert await desk.candidates(fit="all", limit=100) == first
        (twin, *_), like = [await tenant.employee(display_name="A twin")], await tenant.employee(display_name="B twin")
        rows = {row["employee_id"]: row["fit"] for row in await desk.candidates(fit="all", limit=100)}
        assert rows[str(twin.id)] == rows[str(like.id)]

    async def test_what_only_counts_keeps_nobody_out(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await put_persona(
            api,
            desk,
            criteria={"departments": ["Marketing"], "countries": ["DE"]},
            terms={"countries": {"weight": 1, "strictness": "should"}},
        )
        employee = await tenant.employee()
        (row,) = await desk.candidates()
        assert (row["employee_id"], row["fit"]["score"], row["fit"]["musts"]) == (str(employee.id), 50, "met")

    async def test_terms_of_what_is_not_asked_are_refused(self, api: Api, desk: Any) -> None:
        answer = await api.request(
            "PUT", f"{desk.path}/persona", key=desk.manager,
            json={"criteria": {}, "terms": {"countries": {"weight": 2}}},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/terms/countries")

    async def test_a_person_sees_their_own_fit_and_what_managers_see(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await desk.persona(departments=["Marketing"], skills=["video"])
        _, key, _ = await desk.invited()
        await declare(api, key, skills=["video"])
        path = f"/v1/me{desk.path[3:]}/fit"
        mine = (await api.get(path, key=key)).json()
        assert (mine["score"], mine["seen_by_managers"]) == (100, 50)
        assert [part["is_shown"] for part in mine["parts"]] == [True, False]
        await show(api, desk, key, "skills")
        assert (await api.get(path, key=key)).json()["seen_by_managers"] == 100

    async def test_a_program_that_has_nothing_to_do_with_somebody_looks_like_none(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        _, key = await tenant.person()
        for part in ("fit", "declaration-consents"):
            assert (await api.get(f"/v1/me{desk.path[3:]}/{part}", key=key)).status_code == 404

    async def test_a_manager_of_another_program_reads_nothing(self, api: Api, desk: Any, tenant: Tenant) -> None:
        program = await api.post("/v1/programs", key=tenant.owner_key, json={"name": "Other"})
        _, other = await tenant.person(Role.PROGRAM_MANAGER, program_id=UUID(program.json()["id"]))
        for part in ("coverage", "intake", "open-calls", "applications", "selection-report"):
            assert (await api.get(f"{desk.path}/{part}", key=other)).status_code == 403, part
