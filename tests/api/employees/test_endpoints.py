"""Employees and the runs of their directory over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx2

from services.cli.demo.company import generate_company, to_csv
from services.core.audit.models import AuditEntry
from services.core.employees import directory
from services.core.employees.models import DirectoryRow, Employee, EmploymentStatus
from services.core.events.models import Event
from services.core.kit.db import Database, move_clock
from services.core.organizations.models import Role
from tests.fixtures.api import Api, Tenant

HEADER = "employee_id,email,first_name,last_name,department"


def people(*numbers: int, department: str = "Sales") -> list[str]:
    return [f"E{n},p{n}@lumen.example,First{n},Last{n},{department}" for n in numbers]


def file(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows])


async def send(
    api: Api, tenant: Tenant, content: str | bytes, *, mode: str = "full", key: str | None = None, **headers: str
) -> httpx2.Response:
    sent = {"Content-Type": "text/csv; charset=utf-8", **headers}
    path = f"/v1/directory-syncs?mode={mode}"
    return await api.post(path, key=key or tenant.owner_key, headers=sent, content=content)


async def apply(api: Api, tenant: Tenant, sync: dict[str, Any], **body: Any) -> httpx2.Response:
    return await api.post(f"/v1/directory-syncs/{sync['id']}/apply", key=tenant.owner_key, json=body)


async def bring(api: Api, tenant: Tenant, content: str | bytes, *, mode: str = "full", **body: Any) -> dict[str, Any]:
    """Send a file and apply it."""
    made = await send(api, tenant, content, mode=mode)
    assert made.status_code == 201, made.text
    applied = await apply(api, tenant, made.json(), **body)
    assert applied.status_code == 200, applied.text
    return applied.json()


async def by_id(tenant: Tenant) -> dict[str, Employee]:
    return {row.source_id: row for row in await tenant.rows(Employee)}


class TestSendFile:
    async def test_nothing_changes_before_the_run_is_applied(self, api: Api, tenant: Tenant) -> None:
        made = await send(api, tenant, file(*people(1, 2)))
        assert made.status_code == 201
        body = made.json()
        assert (body["state"], body["counts"]["create"]) == ("ready", 2)
        assert made.headers["location"] == f"/v1/directory-syncs/{body['id']}"
        assert await tenant.rows(Employee) == []

    async def test_the_demo_company_comes_in_whole_and_the_same_file_again_changes_nothing(
        self, api: Api, tenant: Tenant
    ) -> None:
        company = generate_company(size=240, today=date(2026, 11, 24))
        await bring(api, tenant, to_csv(company))
        stored = await by_id(tenant)
        assert len(stored) == 240
        for person in company:
            row = stored[person.employee_id]
            assert (row.display_name, row.work_email, row.title) == (
                person.display_name, person.email, person.job_title,
            )  # fmt: skip
            assert (row.manager_ref, row.started_on, row.ended_on) == (
                person.manager_employee_id, person.start_date, person.end_date,
            )  # fmt: skip
        assert any("\u05d0" <= row.first_name[0] <= "\u05ea" for row in stored.values())
        again = (await send(api, tenant, to_csv(company))).json()
        assert again["counts"]["unchanged"] == 240
        assert sum(again["counts"][name] for name in ("create", "update", "leave", "refused")) == 0

    async def test_the_same_request_again_answers_the_same_run(self, api: Api, tenant: Tenant) -> None:
        first = await send(api, tenant, file(*people(1)), **{"Idempotency-Key": "once"})
        again = await send(api, tenant, file(*people(1)), **{"Idempotency-Key": "once"})
        assert again.json()["id"] == first.json()["id"]

    async def test_other_formats_are_refused(self, api: Api, tenant: Tenant) -> None:
        answer = await api.post("/v1/directory-syncs?mode=full", key=tenant.owner_key, json={"employees": []})
        assert answer.status_code == 415
        assert answer.json()["code"] == "unsupported_media_type"

    async def test_a_missing_column_is_named_and_nothing_is_kept(self, api: Api, tenant: Tenant) -> None:
        answer = await send(api, tenant, "employee_id,first_name,last_name\nE1,A,B\n")
        assert answer.status_code == 422
        (problem,) = answer.json()["errors"]
        assert problem["code"] == "missing_columns"
        assert "email" in problem["message"]
        assert (await api.get("/v1/directory-syncs", key=tenant.owner_key)).json()["data"] == []

    async def test_an_empty_full_file_does_not_mean_that_everybody_left(self, api: Api, tenant: Tenant) -> None:
        await bring(api, tenant, file(*people(1)))
        answer = await send(api, tenant, HEADER)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "empty_file"

    async def test_a_bad_row_is_reported_in_the_readers_language_and_the_others_go_on(
        self, api: Api, tenant: Tenant
    ) -> None:
        rows = [*people(*range(20)), "E99,nobody,Secret,Name,Sales"]
        made = await send(api, tenant, file(*rows), **{"Accept-Language": "he"})
        body = made.json()
        assert (body["counts"]["create"], body["counts"]["refused"]) == (20, 1)
        (problem,) = body["row_problems"]
        assert (problem["line"], problem["column"], problem["code"]) == (22, "email", "not_an_email")
        assert problem["message"] == "יש לתת כתובת דוא״ל."
        assert "Secret" not in made.text

    async def test_too_many_bad_rows_refuse_the_file(self, api: Api, tenant: Tenant) -> None:
        answer = await send(api, tenant, file(*people(*range(10)), "E98,nobody,A,B,", "E99,nobody,A,B,"))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "too_many_bad_rows"

    async def test_what_we_do_not_keep_is_stored_nowhere(self, api: Api, tenant: Tenant) -> None:
        made = await send(api, tenant, file("E1,a@lumen.example,A,B,Sales,98765", header=f"{HEADER},Salary"))
        assert made.json()["dropped_columns"] == ["salary"]
        stored = [row.model_dump() for model in (DirectoryRow, AuditEntry) for row in await tenant.rows(model)]
        assert stored
        assert "98765" not in str(stored)

    async def test_who_reads_employees_may_not_bring_them(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person(Role.PROGRAM_MANAGER)
        assert (await send(api, tenant, file(*people(1)), key=key)).status_code == 403


class TestDiff:
    async def test_shows_what_was_and_what_will_be_page_by_page(self, api: Api, tenant: Tenant) -> None:
        await bring(api, tenant, file(*people(1, 2, 3)))
        made = await send(api, tenant, file(*people(1), *people(2, department="People"), *people(4)))
        path = f"/v1/directory-syncs/{made.json()['id']}/diff"
        first = (await api.get(path, key=tenant.owner_key, params={"limit": 2})).json()
        rest = await api.get(path, key=tenant.owner_key, params={"limit": 2, "cursor": first["next_cursor"]})
        found = {row["source_id"]: row for row in first["data"] + rest.json()["data"]}
        assert {name: row["action"] for name, row in found.items()} == {"E2": "update", "E3": "leave", "E4": "create"}
        assert found["E2"]["changes"] == {"department": "People"}
        assert found["E2"]["before"] == {"department": "Sales"}
        assert found["E3"]["before"]["status"] == "active"
        leaving = await api.get(path, key=tenant.owner_key, params={"action": "leave"})
        assert [row["source_id"] for row in leaving.json()["data"]] == ["E3"]

    async def test_another_organization_finds_nothing(self, api: Api, tenant: Tenant, other_tenant: Tenant) -> None:
        sync = (await send(api, tenant, file(*people(1)))).json()
        for path in ("", "/diff"):
            answer = await api.get(f"/v1/directory-syncs/{sync['id']}{path}", key=other_tenant.owner_key)
            assert answer.status_code == 404
        assert (await apply(api, other_tenant, sync)).status_code == 404
        assert (await api.get("/v1/directory-syncs", key=other_tenant.owner_key)).json()["data"] == []


class TestApply:
    async def test_creates_changes_and_lets_go(self, api: Api, tenant: Tenant) -> None:
        await bring(api, tenant, file(*people(1, 2, 3)))
        before = await by_id(tenant)
        await bring(api, tenant, file(*people(1), *people(2, department="People"), *people(4)))
        after = await by_id(tenant)
        assert after["E1"].version == before["E1"].version
        assert (after["E2"].department, after["E2"].version) == ("People", before["E2"].version + 1)
        assert (after["E3"].status, after["E4"].status) == (EmploymentStatus.LEFT, EmploymentStatus.ACTIVE)
        assert after["E3"].ended_on is not None
        left = [event for event in await tenant.rows(Event) if event.type == "employee.left"]
        assert [event.data for event in left] == [{"employee_id": str(after["E3"].id)}]
        audited = [entry.object_id for entry in await tenant.rows(AuditEntry) if entry.action == "employee.leave"]
        assert audited == [after["E3"].id]

    async def test_needs_no_body_and_forgets_the_rows(self, api: Api, tenant: Tenant) -> None:
        sync = (await send(api, tenant, file(*people(1)))).json()
        answer = await api.post(f"/v1/directory-syncs/{sync['id']}/apply", key=tenant.owner_key)
        assert (answer.status_code, answer.json()["state"]) == (200, "applied")
        assert answer.json()["applied_at"]
        assert await tenant.rows(DirectoryRow) == []

    async def test_a_leavers_key_stops_working(self, api: Api, tenant: Tenant) -> None:
        await bring(api, tenant, file(*people(1, 2)))
        key = await tenant.key_of((await by_id(tenant))["E2"])
        await bring(api, tenant, file(*people(1)))
        assert (await api.get("/v1/me", key=key)).status_code == 401

    async def test_once_and_not_twice(self, api: Api, tenant: Tenant) -> None:
        applied = await bring(api, tenant, file(*people(1)))
        again = await apply(api, tenant, applied)
        assert (again.status_code, again.json()["code"]) == (409, "directory_sync_state")

    async def test_an_older_run_is_out_of_date_once_a_newer_one_is_there(self, api: Api, tenant: Tenant) -> None:
        older = (await send(api, tenant, file(*people(1)))).json()
        await bring(api, tenant, file(*people(1, 2)))
        refused = await apply(api, tenant, older)
        assert refused.status_code == 409
        assert "superseded" in refused.json()["detail"]
        assert set(await by_id(tenant)) == {"E1", "E2"}

    async def test_a_run_that_nobody_applied_in_a_week_is_out_of_date(
        self, api: Api, tenant: Tenant, database: Database, database_url: str
    ) -> None:
        sync = (await send(api, tenant, file(*people(1)))).json()
        await move_clock(database_url, by=timedelta(days=7, minutes=1))
        assert (await apply(api, tenant, sync)).status_code == 409
        async with database.transaction(tenant.id) as session:
            assert await directory.expire(session) == 1
        assert await tenant.rows(DirectoryRow) == []

    async def test_a_mass_change_waits_for_a_yes(self, api: Api, tenant: Tenant) -> None:
        await bring(api, tenant, file(*people(*range(10))))
        sync = (await send(api, tenant, file(*people(*range(4))))).json()
        assert sync["state"] == "held"
        assert sync["held_reason"].startswith("6 of 10 people would leave")
        refused = await apply(api, tenant, sync)
        assert (refused.status_code, refused.json()["code"]) == (409, "mass_change_held")
        assert all(row.status is EmploymentStatus.ACTIVE for row in await tenant.rows(Employee))
        confirmed = await apply(api, tenant, sync, confirm_mass_change=True)
        assert confirmed.json()["state"] == "applied"
        gone = [row for row in await tenant.rows(Employee) if row.status is EmploymentStatus.LEFT]
        assert len(gone) == 6

    async def test_a_delta_leaves_out_whom_it_does_not_name(self, api: Api, tenant: Tenant) -> None:
        await bring(api, tenant, file(*people(1, 2)))
        await bring(api, tenant, file(*people(3)), mode="delta")
        assert all(row.status is EmploymentStatus.ACTIVE for row in await tenant.rows(Employee))

    async def test_somebody_of_another_source_is_found_by_address(self, api: Api, tenant: Tenant) -> None:
        known = await tenant.employee(work_email="P1@lumen.example", source="scim", source_id="S1", locale="he")
        await bring(api, tenant, file(*people(1)))
        (row,) = await tenant.rows(Employee)
        assert (row.id, row.source, row.source_id) == (known.id, "csv", "E1")
        assert (row.work_email, row.locale) == ("p1@lumen.example", "he")

    async def test_addresses_may_be_swapped_and_given_on(self, api: Api, tenant: Tenant) -> None:
        await bring(api, tenant, file(*people(1, 2, 3)))
        await bring(
            api,
            tenant,
            file(
                "E1,p2@lumen.example,First1,Last1,Sales",
                "E2,p1@lumen.example,First2,Last2,Sales",
                "E4,p3@lumen.example,First4,Last4,Sales",
            ),
        )
        after = {row.source_id: (row.work_email, row.status.value) for row in await tenant.rows(Employee)}
        assert after == {
            "E1": ("p2@lumen.example", "active"),
            "E2": ("p1@lumen.example", "active"),
            "E3": ("p3@lumen.example", "left"),
            "E4": ("p3@lumen.example", "active"),
        }

    async def test_ten_thousand_people_change_in_a_few_statements(self, api: Api, tenant: Tenant) -> None:
        everybody = range(10_000)
        await bring(api, tenant, file(*people(*everybody)))
        applied = await bring(api, tenant, file(*people(*everybody, department="People")))
        assert applied["counts"]["update"] == 10_000
        page = (await api.get("/v1/employees?department=Sales", key=tenant.owner_key)).json()
        assert page["data"] == []


class TestReadEmployees:
    async def test_filters_are_any_of_them(self, api: Api, tenant: Tenant) -> None:
        await tenant.employee(department="Sales", source_id="A")
        await tenant.employee(department="People", source_id="B", status=EmploymentStatus.ON_LEAVE)
        await tenant.employee(department="Legal", source_id="C")

        async def found(query: str) -> list[str]:
            answer = await api.get(f"/v1/employees?{query}", key=tenant.owner_key)
            return [row["source_id"] for row in answer.json()["data"]]

        assert await found("department=Sales&department=People") == ["A", "B"]
        assert await found("department=Sales&department=People&status=on_leave") == ["B"]
        assert await found("sort=-created_at") == ["C", "B", "A"]
        wrong = await api.get("/v1/employees?status=asleep", key=tenant.owner_key)
        assert wrong.status_code == 400

    async def test_one_is_answered_with_a_version(self, api: Api, tenant: Tenant) -> None:
        employee = await tenant.employee(first_name="דנה", last_name="כהן", display_name="דנה כהן")
        answer = await api.get(f"/v1/employees/{employee.id}", key=tenant.owner_key)
        assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
        assert answer.json()["display_name"] == "דנה כהן"

    async def test_another_organization_finds_nobody(self, api: Api, tenant: Tenant, other_tenant: Tenant) -> None:
        employee = await tenant.employee()
        assert (await api.get(f"/v1/employees/{employee.id}", key=other_tenant.owner_key)).status_code == 404
        assert (await api.get(f"/v1/employees/{uuid4()}", key=tenant.owner_key)).status_code == 404

    async def test_an_ambassador_does_not_read_the_directory(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person(Role.AMBASSADOR)
        assert (await api.get("/v1/employees", key=key)).status_code == 403
