"""What real identity systems send, by the ids under which we keep a list of it: E is Entra, O is Okta, X is others."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from services.core.employees.models import Employee, EmploymentStatus
from tests.fixtures.api import Api, Tenant
from tests.fixtures.scim import ENT, ERROR, GROUP, USER, Scim, new_token

NAME = "maja@corp.example"


def op(verb: str, path: str | None = None, value: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {"op": verb}
    if path is not None:
        found["path"] = path
    if value is not None:
        found["value"] = value
    return found


async def members(scim: Scim, group_id: str) -> list[str]:
    found = (await scim.get(f"/Groups/{group_id}")).json()
    return sorted(one["value"] for one in found["members"])


class TestEntra:
    async def test_e01_e02_looking_before_writing(self, scim: Scim) -> None:
        probe = await scim.get("/Users", filter='userName eq "9f3c-probe"')
        assert (probe.status_code, probe.json()["totalResults"], probe.json()["Resources"]) == (200, 0, [])
        made = await scim.user("m@corp.example", externalId="mh.lindqvist")
        await scim.user("other@corp.example", externalId="other")
        for looked in ('externalId eq "mh.lindqvist"', 'emails[type eq "work"].value eq "m@corp.example"'):
            found = (await scim.get("/Users", filter=looked)).json()
            assert [one["id"] for one in found["Resources"]] == [made["id"]], looked

    async def test_e03_e04_truth_as_text_switches_off_and_on(self, scim: Scim, tenant: Tenant) -> None:
        made = await scim.user()
        (employee,) = await tenant.rows(Employee)
        assert (await scim.change(made["id"], op("Replace", "active", "False")))["active"] is False
        assert (await tenant.rows(Employee))[0].status is EmploymentStatus.SUSPENDED
        back = await scim.change(made["id"], op("Replace", "active", "True"))
        (same,) = await tenant.rows(Employee)
        assert (back["active"], back["id"]) == (True, made["id"])
        assert (same.id, same.status) == (employee.id, EmploymentStatus.ACTIVE)

    async def test_e05_to_e10_attributes_one_by_one_and_several_at_once(self, scim: Scim, tenant: Tenant) -> None:
        made = await scim.user()
        user_id = made["id"]
        assert (await scim.change(user_id, op("Add", "title", "Field Engineer")))["title"] == "Field Engineer"
        changed = await scim.change(
            user_id,
            op("Replace", 'emails[type eq "work"].value', "new@corp.example"),
            op("Replace", "name.familyName", "Lind"),
        )
        assert changed["emails"] == [{"type": "work", "value": "new@corp.example", "primary": True}]
        assert changed["name"] == {"givenName": "Maja", "familyName": "Lind"}
        renamed = await scim.change(user_id, op("Replace", "userName", "maja.lind@corp.example"))
        assert (renamed["userName"], renamed["id"]) == ("maja.lind@corp.example", user_id)
        phoned = await scim.change(user_id, op("Add", 'phoneNumbers[type eq "mobile"].value', "+46700000001"))
        assert phoned["phoneNumbers"] == [{"type": "mobile", "value": "+46700000001"}]
        several = {"displayName": "Maja L", "name.givenName": "Maya", f"{ENT}:employeeNumber": "10442"}
        both = await scim.change(user_id, op("replace", value=several))
        assert (both["displayName"], both["name"]["givenName"]) == ("Maja L", "Maya")
        assert both[ENT] == {"employeeNumber": "10442"}
        placed = await scim.change(user_id, op("Replace", f"{ENT}:department", "Logistics"))
        assert placed[ENT]["department"] == "Logistics"
        assert placed["schemas"] == [USER, ENT]
        (employee,) = await tenant.rows(Employee)
        told = (employee.login, employee.work_email, employee.last_name, employee.title, employee.department)
        assert told == ("maja.lind@corp.example", "new@corp.example", "Lind", "Field Engineer", "Logistics")
        assert (employee.display_name, employee.employee_number) == ("Maja L", "10442")

    async def test_e11_e12_a_manager_as_a_bare_text_comes_and_goes(self, scim: Scim, tenant: Tenant) -> None:
        boss, made = await scim.user("boss@corp.example"), await scim.user()
        managed = await scim.change(made["id"], op("Add", f"{ENT}:manager", boss["id"]))
        assert managed[ENT]["manager"]["value"] == boss["id"]
        assert managed[ENT]["manager"]["$ref"] == boss["meta"]["location"]
        by_id = {one.source_id: one for one in await tenant.rows(Employee)}
        assert by_id[made["id"]].manager_ref == boss["id"]
        looped = await scim.change(boss["id"], op("Add", f"{ENT}:manager.value", made["id"]))
        assert looped[ENT]["manager"]["value"] == made["id"]
        by_id = {one.source_id: one for one in await tenant.rows(Employee)}
        assert by_id[boss["id"]].manager_ref is None
        for _ in range(2):
            assert ENT not in await scim.change(made["id"], op("Remove", f"{ENT}:manager"))

    async def test_e13_to_e17_groups_and_their_members(self, scim: Scim) -> None:
        one, two = await scim.user("one@corp.example"), await scim.user("two@corp.example")
        body = {"schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]}
        made = await scim.call("POST", "/Groups", {**body, "displayName": "Ambassadors EMEA", "externalId": "a1"})
        assert (made.status_code, made.json()["members"]) == (201, [])
        group_id = made.json()["id"]
        found = await scim.get("/Groups", excludedAttributes="members", filter='displayName eq "Ambassadors EMEA"')
        (hit,) = found.json()["Resources"]
        assert hit["id"] == group_id
        assert "members" not in hit
        adding = op("Add", "members", [{"$ref": None, "value": one["id"]}])
        for _ in range(2):
            assert (await scim.patch(f"/Groups/{group_id}", adding)).status_code == 204
        assert await members(scim, group_id) == [one["id"]]
        await scim.patch(f"/Groups/{group_id}", op("Add", "members", [{"value": two["id"]}]))
        gone = await scim.patch(f"/Groups/{group_id}", op("Remove", "members", [{"$ref": None, "value": one["id"]}]))
        assert (gone.status_code, await members(scim, group_id)) == (204, [two["id"]])
        gone = await scim.patch(f"/Groups/{group_id}", op("remove", f'members[value eq "{two["id"]}"]'))
        assert (gone.status_code, await members(scim, group_id)) == (204, [])

    async def test_e18_off_now_and_deleted_later_leaves_nobody(self, scim: Scim, tenant: Tenant) -> None:
        made = await scim.user(externalId="E77")
        await scim.change(made["id"], op("Replace", "active", "False"))
        assert (await scim.call("DELETE", f"/Users/{made['id']}")).status_code == 204
        assert (await scim.call("DELETE", f"/Users/{made['id']}")).status_code == 404
        assert (await scim.get(f"/Users/{made['id']}")).status_code == 404
        (employee,) = await tenant.rows(Employee)
        assert employee.status is EmploymentStatus.LEFT
        assert "maja" not in employee.model_dump_json().lower()
        again = await scim.user(externalId="E77")
        assert again["id"] != made["id"]
        assert len(await tenant.rows(Employee)) == 2

    async def test_e19_empty_lists_and_meta_of_theirs_are_tolerated(self, scim: Scim) -> None:
        made = await scim.user(roles=[], meta={"resourceType": "User"}, id="theirs")
        assert made["id"] != "theirs"
        assert "roles" not in made

    async def test_a_flag_in_the_address_changes_nothing(self, scim: Scim) -> None:
        made = await scim.user()
        assert (await scim.get(f"/Users/{made['id']}", aadOptscim062020="")).status_code == 200


class TestOkta:
    async def test_o01_the_connection_test_of_an_empty_server(self, scim: Scim) -> None:
        for path, count in (("/Users", "2"), ("/Groups", "100")):
            answer = await scim.get(path, startIndex="1", count=count)
            body = answer.json()
            assert (answer.status_code, body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (
                200,
                0,
                1,
                0,
            )

    async def test_o02_o09_a_hit_may_be_inactive_and_is_found_in_capitals(self, scim: Scim) -> None:
        made = await scim.user("kofi@corp.example", active=False)
        for name in ("kofi@corp.example", "KOFI@CORP.EXAMPLE"):
            found = (await scim.get("/Users", filter=f'userName eq "{name}"')).json()["Resources"]
            assert [(one["id"], one["active"]) for one in found] == [(made["id"], False)]

    async def test_o03_plain_json_with_a_password_is_taken_once(self, scim: Scim, tenant: Tenant) -> None:
        body = {
            "schemas": [USER], "userName": NAME, "locale": "en-US", "groups": [], "password": "Secret-4711",
            "name": {"givenName": "Maja", "familyName": "Lind"},
        }  # fmt: skip
        headers = {"Content-Type": "application/json", "Accept": "application/scim+json; charset=utf-8"}
        first = await scim.call("POST", "/Users", body, headers=headers)
        assert first.status_code == 201
        assert "Secret-4711" not in first.text
        assert "password" not in first.json()
        second = await scim.call("POST", "/Users", body, headers=headers)
        assert (second.status_code, second.json()["scimType"]) == (409, "uniqueness")
        assert len(await tenant.rows(Employee)) == 1

    async def test_o04_o05_put_replaces_and_leaves_groups_alone(self, scim: Scim, tenant: Tenant) -> None:
        made = await scim.user(title="Driver", phoneNumbers=[{"value": "1", "type": "work"}])
        group = await scim.group("Drivers", made["id"])
        body = {**made, "groups": [], "title": None, "displayName": "Maja"}
        del body["phoneNumbers"], body["active"]
        replaced = await scim.call("PUT", f"/Users/{made['id']}", body)
        assert replaced.status_code == 200
        found = replaced.json()
        assert (found["displayName"], found["active"], found["id"]) == ("Maja", True, made["id"])
        assert "title" not in found
        assert "phoneNumbers" not in found
        assert await members(scim, group["id"]) == [made["id"]]
        off = await scim.call("PUT", f"/Users/{made['id']}", {**body, "active": False})
        assert (off.status_code, off.json()["active"]) == (200, False)
        assert (await scim.get(f"/Users/{made['id']}")).json()["active"] is False
        assert (await tenant.rows(Employee))[0].status is EmploymentStatus.SUSPENDED

    async def test_o06_o07_off_without_a_path_and_on_again_is_one_record(self, scim: Scim, tenant: Tenant) -> None:
        made = await scim.user()
        assert (await scim.change(made["id"], op("replace", value={"active": False})))["active"] is False
        (hit,) = (await scim.get("/Users", filter=f'userName eq "{NAME}"')).json()["Resources"]
        assert hit["id"] == made["id"]
        assert (await scim.call("PUT", f"/Users/{hit['id']}", {**hit, "active": True})).json()["active"] is True
        (employee,) = await tenant.rows(Employee)
        assert employee.status is EmploymentStatus.ACTIVE

    async def test_o08_who_is_not_there(self, scim: Scim) -> None:
        answer = await scim.get("/Users/does-not-exist")
        body = answer.json()
        assert (answer.status_code, body["status"], body["schemas"]) == (404, "404", [ERROR])
        assert body["detail"]

    async def test_o10_o11_o12_a_group_is_renamed_and_set(self, scim: Scim) -> None:
        one, two = await scim.user("one@corp.example"), await scim.user("two@corp.example")
        group = await scim.group("Ambassadors")
        path = f"/Groups/{group['id']}"
        renamed = await scim.patch(path, op("replace", value={"id": group["id"], "displayName": "Ambassadors DACH"}))
        assert renamed.status_code == 204
        assert (await scim.get(path)).json()["displayName"] == "Ambassadors DACH"
        await scim.patch(path, op("add", "members", [{"value": one["id"], "display": "kofi@corp.example"}]))
        assert await members(scim, group["id"]) == [one["id"]]
        await scim.patch(path, op("replace", "members", [{"value": two["id"]}]))
        assert await members(scim, group["id"]) == [two["id"]]
        both = [{"value": one["id"]}, {"value": two["id"]}]
        put = await scim.call("PUT", path, {"schemas": [GROUP], "displayName": "Ambassadors", "members": both})
        assert put.status_code == 200
        assert await members(scim, group["id"]) == sorted([one["id"], two["id"]])

    async def test_o13_pages_miss_nobody_while_people_are_added(self, scim: Scim) -> None:
        made = [(await scim.user(f"p{number}@corp.example"))["id"] for number in range(5)]
        seen: list[str] = []
        start, total = 1, 1
        while start <= total:
            page = (await scim.get("/Users", startIndex=str(start), count="2")).json()
            seen += [one["id"] for one in page["Resources"]]
            start, total = start + 2, page["totalResults"]
            if len(made) < 8:
                made.append((await scim.user(f"p{len(made)}@corp.example"))["id"])
        assert seen == made


class TestOthers:
    async def test_x01_what_describes_the_server_is_cheap_to_ask_again(self, scim: Scim) -> None:
        for path in ("/ResourceTypes", "/Schemas", "/ServiceProviderConfig", f"/Schemas/{quote(ENT)}"):
            first = await scim.get(path)
            assert first.status_code == 200
            again = await scim.call("GET", path, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")

    async def test_x02_matched_by_their_id_and_a_password_each_time(self, scim: Scim) -> None:
        made = await scim.user(externalId="x-2", password="Secret-4711")
        (hit,) = (await scim.get("/Users", filter='externalId eq "x-2"')).json()["Resources"]
        put = await scim.call("PUT", f"/Users/{hit['id']}", {**hit, "password": "Secret-4712"})
        assert (put.status_code, put.json()["id"]) == (200, made["id"])
        assert "Secret" not in put.text

    async def test_x03_a_member_with_an_address_of_theirs(self, scim: Scim) -> None:
        made = await scim.user()
        body = {"displayName": "G", "members": [{"value": made["id"], "$ref": "https://elsewhere.example/Users/1"}]}
        group = await scim.call("POST", "/Groups", body)
        assert group.status_code == 201
        assert group.json()["members"] == [
            {"value": made["id"], "$ref": made["meta"]["location"], "type": "User"},
        ]

    async def test_x04_schemas_keep_step_with_the_body(self, scim: Scim) -> None:
        made = await scim.user(**{ENT: {"department": "Sales"}})
        assert made["schemas"] == [USER, ENT]
        kept = await scim.call("PUT", f"/Users/{made['id']}", {"schemas": [USER, ENT], "userName": NAME})
        assert kept.json()[ENT] == {"department": "Sales"}
        cleared = await scim.call("PUT", f"/Users/{made['id']}", {"schemas": [USER], "userName": NAME})
        assert cleared.json()["schemas"] == [USER]
        assert ENT not in cleared.json()

    async def test_x05_a_change_of_a_person_answers_all_of_them(self, scim: Scim) -> None:
        made = await scim.user()
        answer = await scim.patch(f"/Users/{made['id']}", op("replace", "title", "Driver"))
        assert (answer.status_code, answer.json()["userName"]) == (200, NAME)


async def test_another_organization_and_another_system_see_their_own(
    scim: Scim, api: Api, other_tenant: Tenant, tenant: Tenant
) -> None:
    made, group = await scim.user(externalId="1"), await scim.group("G")
    rival = Scim(api, await new_token(api, other_tenant))
    for method, path in (("GET", "/Users/"), ("PUT", "/Users/"), ("PATCH", "/Users/"), ("DELETE", "/Users/")):
        body = {"userName": "x", "Operations": [op("add", "title", "x")]} if method in ("PUT", "PATCH") else None
        assert (await rival.call(method, path + made["id"], body)).status_code == 404
        assert (
            await rival.call(method, f"/Groups/{group['id']}", body and {**body, "displayName": "x"})
        ).status_code == 404
    assert (await rival.get("/Users")).json()["totalResults"] == 0
    joined = await rival.call("POST", "/Groups", {"displayName": "X", "members": [{"value": made["id"]}]})
    assert (joined.status_code, joined.json()["scimType"]) == (400, "invalidValue")
    second = Scim(api, await new_token(api, tenant, "Okta"))
    assert "externalId" not in (await second.get(f"/Users/{made['id']}")).json()
    assert (await second.get("/Users", filter='externalId eq "1"')).json()["totalResults"] == 0
    assert (await scim.get(f"/Users/{uuid4()}")).status_code == 404
