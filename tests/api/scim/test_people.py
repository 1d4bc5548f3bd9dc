"""What a push does to the employee, to what they planned, and to the roles their groups give."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.core.audit.models import AuditEntry
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events.models import Event
from services.core.kit.ids import new_id
from services.core.organizations.models import Role, RoleGrant
from services.core.scim.models import ScimMember, ScimUser
from services.core.shares.models import PublicationState
from tests.factories.publications import approve_post, make_scene, make_sharer, read_publication
from tests.fixtures.api import Api, Tenant
from tests.fixtures.scim import ENT, Scim

OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}


async def bring(api: Api, tenant: Tenant, *rows: str, mode: str = "delta", columns: str = "") -> dict[str, Any]:
    """A directory file, sent and applied; answers the run as it was compared."""
    content = "\n".join([f"employee_id,email,first_name,last_name{columns}", *rows])
    made = await api.post(
        f"/v1/directory-syncs?mode={mode}", key=tenant.owner_key, headers={"Content-Type": "text/csv"}, content=content
    )
    assert made.status_code == 201, made.text
    applied = await api.post(f"/v1/directory-syncs/{made.json()['id']}/apply", key=tenant.owner_key, json={})
    assert applied.status_code == 200, applied.text
    return made.json()


async def only(tenant: Tenant) -> Employee:
    (employee,) = await tenant.rows(Employee)
    return employee


class TestOneRecord:
    async def test_who_came_by_file_is_the_same_person_and_the_file_goes_before(
        self, scim: Scim, api: Api, tenant: Tenant
    ) -> None:
        await bring(api, tenant, "E1,Maja@corp.example,Maja,Lind,Sales", columns=",department")
        before = await only(tenant)
        made = await scim.user(displayName="Maja L", title="Driver", **{ENT: {"department": "Logistics"}})
        after = await only(tenant)
        assert (after.id, after.source, after.source_id) == (before.id, "csv", "E1")
        assert (after.last_name, after.department, after.display_name) == ("Lind", "Sales", "Maja Lind")
        assert (after.title, after.login) == ("Driver", "maja@corp.example")
        assert made[ENT] == {"department": "Logistics"}
        run = await bring(api, tenant, "E1,Maja@corp.example,Maja,Lind,Sales", columns=",department")
        assert run["counts"]["unchanged"] == 1

    async def test_who_was_pushed_is_taken_over_by_the_file_and_stays_linked(
        self, scim: Scim, api: Api, tenant: Tenant
    ) -> None:
        made = await scim.user()
        await bring(api, tenant, "E1,maja@corp.example,Maja,Lind")
        assert (await only(tenant)).source == "csv"
        await scim.change(made["id"], OFF)
        assert (await only(tenant)).status is EmploymentStatus.SUSPENDED

    async def test_inactive_wins_over_the_file_and_left_wins_over_active(
        self, scim: Scim, api: Api, tenant: Tenant
    ) -> None:
        made = await scim.user()
        await scim.change(made["id"], OFF)
        for _ in range(2):
            await bring(api, tenant, "E1,maja@corp.example,Maja,Lind,active", columns=",status")
            assert (await only(tenant)).status is EmploymentStatus.SUSPENDED
        await bring(api, tenant, "E1,maja@corp.example,Maja,Lind,left", columns=",status")
        await scim.change(made["id"], ON)
        assert (await only(tenant)).status is EmploymentStatus.LEFT
        await bring(api, tenant, "E1,maja@corp.example,Maja,Lind,suspended", columns=",status")
        await scim.change(made["id"], {"op": "add", "path": "title", "value": "Driver"})
        assert (await only(tenant)).status is EmploymentStatus.SUSPENDED

    async def test_without_an_address_there_is_no_record_yet(self, scim: Scim, tenant: Tenant) -> None:
        made = await scim.user("maja", emails=[])
        assert await tenant.rows(Employee) == []
        private = {"op": "add", "path": 'emails[type eq "home"].value', "value": "m@home.example"}
        await scim.change(made["id"], private)
        assert await tenant.rows(Employee) == []
        await scim.change(made["id"], {"op": "add", "path": 'emails[type eq "work"].value', "value": "m@corp.example"})
        assert ((await only(tenant)).work_email, (await only(tenant)).login) == ("m@corp.example", "maja")
        emails = [{"value": "M@corp.example", "type": "work"}]
        clash = await scim.call("POST", "/Users", {"userName": "other", "emails": emails})
        assert (clash.status_code, clash.json()["scimType"]) == (409, "uniqueness")

    async def test_only_what_we_use_is_in_the_record(self, scim: Scim, api: Api, tenant: Tenant) -> None:
        address = {"type": "work", "locality": "Haifa", "country": "il", "streetAddress": "1 Hidden Street"}
        kept = {
            "addresses": [address], "phoneNumbers": [{"value": "+972-4-555", "type": "work"}],
            "timezone": "Asia/Jerusalem", "preferredLanguage": "he_IL", "userType": "Contractor",
            ENT: {"costCenter": "CC-4711", "organization": "Hidden Org"},
        }  # fmt: skip
        made = await scim.user(**kept)
        assert {name: made[name] for name in kept} == kept
        employee = await only(tenant)
        told = (employee.location, employee.country, employee.time_zone, employee.locale, employee.employment_type)
        assert told == ("Haifa", "IL", "Asia/Jerusalem", "he-IL", "Contractor")
        shown = (await api.get(f"/v1/employees/{employee.id}", key=tenant.owner_key)).text
        audited = str([entry.model_dump() for entry in await tenant.rows(AuditEntry)])
        for hidden in ("Hidden", "CC-4711", "+972-4-555"):
            assert hidden not in employee.model_dump_json()
            assert hidden not in shown
            assert hidden not in audited
        entries = [one for one in await tenant.rows(AuditEntry) if one.action == "employee.create"]
        assert entries[0].after["source"] == "scim"
        assert entries[0].actor.startswith("key:")

    async def test_a_manager_who_comes_later_is_found(self, scim: Scim, tenant: Tenant) -> None:
        await scim.user(**{ENT: {"manager": {"value": "boss-7"}}})
        assert (await only(tenant)).manager_ref == "boss-7"
        boss = await scim.user("boss@corp.example", externalId="boss-7")
        refs = {one.work_email: one.manager_ref for one in await tenant.rows(Employee)}
        assert refs == {"maja@corp.example": boss["id"], "boss@corp.example": None}

    async def test_a_manager_whose_name_is_told_later_is_found(self, scim: Scim, tenant: Tenant) -> None:
        await scim.user(**{ENT: {"manager": {"value": "boss-7"}}})
        boss = await scim.user("boss@corp.example")
        await scim.change(boss["id"], {"op": "add", "path": "externalId", "value": "boss-7"})
        refs = {one.work_email: one.manager_ref for one in await tenant.rows(Employee)}
        assert refs == {"maja@corp.example": boss["id"], "boss@corp.example": None}


class TestOut:
    async def test_suspended_at_once_and_back_without_what_was_planned(
        self, scim: Scim, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        sharer = await make_sharer(tenant, scene, connect_to=None)
        publication = await approve_post(tenant, scene, sharer, by_hand=True)
        key = await tenant.key_of(sharer.employee)
        made = await scim.user(sharer.employee.work_email)
        assert (await api.get("/v1/me/pauses", key=key)).status_code == 200
        await scim.change(made["id"], OFF)
        assert (await api.get("/v1/me", key=key)).status_code == 401
        found = await read_publication(tenant, publication.id)
        assert (found.state, found.reason) == (PublicationState.CANCELLED, "person_left")
        assert "employee.suspended" in [one.type for one in await tenant.rows(Event)]
        await scim.change(made["id"], ON)
        assert (await api.get("/v1/me/pauses", key=key)).status_code == 200
        assert (await read_publication(tenant, publication.id)).state is PublicationState.CANCELLED

    async def test_deleted_is_nobody_and_an_old_file_does_not_bring_them_back(
        self, scim: Scim, api: Api, tenant: Tenant
    ) -> None:
        await bring(api, tenant, "E1,maja@corp.example,Maja,Lind")
        employee = await only(tenant)
        async with tenant.database.transaction(tenant.id) as session:
            session.add(RoleGrant(organization_id=tenant.id, employee_id=employee.id, role=Role.EDITOR))
        key = await tenant.key_of(employee)
        made = await scim.user(externalId="X1")
        assert (await scim.call("DELETE", f"/Users/{made['id']}")).status_code == 204
        assert (await api.get("/v1/me", key=key)).status_code == 401
        assert [one.role for one in await tenant.rows(RoleGrant) if one.employee_id is not None] == []
        run = await bring(api, tenant, "E1,maja@corp.example,Maja,Lind", "X1,maja@corp.example,Maja,Lind")
        assert [(one["line"], one["code"]) for one in run["row_problems"]] == [
            (2, "record_was_erased"), (3, "record_was_erased"),
        ]  # fmt: skip
        assert len(await tenant.rows(Employee)) == 1
        again = await scim.user()
        assert again["id"] != made["id"]
        await bring(api, tenant, "E1,maja@corp.example,Maja,Lind")
        sources = sorted((one.source, one.status.value) for one in await tenant.rows(Employee))
        assert sources == [("csv", "active"), ("erased", "left")]

    async def test_the_last_owner_goes_too_and_it_is_said_loudly(self, scim: Scim, api: Api, tenant: Tenant) -> None:
        employee, key = await tenant.person(Role.OWNER)
        made = await scim.user(employee.work_email)
        listed = (await api.get("/v1/api-keys", key=key)).json()["data"]
        owner = next(one for one in listed if one["name"] == "Owner")
        assert (await api.delete(f"/v1/api-keys/{owner['id']}", key=key, etag="*")).status_code == 204
        await scim.change(made["id"], OFF)
        assert (await api.get("/v1/me", key=key)).status_code == 401
        assert "organization.without_owner" in [one.type for one in await tenant.rows(Event)]

    async def test_who_comes_back_after_their_last_day_has_left(self, scim: Scim, api: Api, tenant: Tenant) -> None:
        made = await scim.user()
        employee = await only(tenant)
        async with tenant.database.transaction(tenant.id) as session:
            session.add(RoleGrant(organization_id=tenant.id, employee_id=employee.id, role=Role.EDITOR))
        await scim.change(made["id"], OFF)
        async with tenant.database.transaction(tenant.id) as session:
            found = await session.get(Employee, (tenant.id, employee.id))
            assert found is not None
            found.ended_on = date(2020, 1, 31)
        await scim.change(made["id"], ON)
        assert (await only(tenant)).status is EmploymentStatus.LEFT
        assert [one.type for one in await tenant.rows(Event)][-1] == "employee.left"
        assert [one.role for one in await tenant.rows(RoleGrant) if one.employee_id is not None] == []


class TestGroups:
    async def test_a_group_gives_a_role_only_where_somebody_says_so(
        self, scim: Scim, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        made, other = await scim.user("ann@corp.example"), await scim.user("bob@corp.example")
        group = await scim.group("Owners and approvers", made["id"])
        ids = {one.source_id: one.id for one in await tenant.rows(Employee)}

        async def roles() -> set[tuple[UUID, Role]]:
            rows = await tenant.rows(RoleGrant)
            return {(one.employee_id, one.role) for one in rows if one.employee_id is not None}

        assert await roles() == set()
        by_hand = {"employee_id": str(ids[other["id"]]), "role": "approver"}
        assert (await api.post("/v1/role-grants", key=tenant.owner_key, json=by_hand)).status_code == 201
        (listed,) = (await api.get("/v1/groups", key=tenant.owner_key)).json()["data"]
        assert (listed["id"], listed["display_name"], listed["members"]) == (group["id"], "Owners and approvers", 1)
        path = f"/v1/groups/{group['id']}/mappings"
        assert (await api.post(path, key=tenant.owner_key, json={"role": "owner"})).status_code == 409
        unknown = {"role": "editor", "program_id": str(uuid4())}
        assert (await api.post(path, key=tenant.owner_key, json=unknown)).status_code == 404
        mapped = await api.post(path, key=tenant.owner_key, json={"role": "approver"})
        assert mapped.status_code == 201
        assert (await api.post(path, key=tenant.owner_key, json={"role": "approver"})).status_code == 409
        assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404
        both = {(ids[made["id"]], Role.APPROVER), (ids[other["id"]], Role.APPROVER)}
        assert await roles() == both
        adding = {"op": "add", "path": "members", "value": [{"value": other["id"]}]}
        await scim.patch(f"/Groups/{group['id']}", adding)
        await scim.patch(f"/Groups/{group['id']}", {"op": "remove", "path": "members"})
        assert await roles() == {(ids[other["id"]], Role.APPROVER)}
        assert {one.status for one in await tenant.rows(Employee)} == {EmploymentStatus.ACTIVE}
        await scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": made["id"]}]})
        assert await roles() == both
        mappings = (await api.get(path, key=tenant.owner_key)).json()["data"]
        assert [one["role"] for one in mappings] == ["approver"]
        assert (await api.delete(f"{path}/{mappings[0]['id']}", key=tenant.owner_key)).status_code == 204
        assert await roles() == {(ids[other["id"]], Role.APPROVER)}
        assert (await api.post(path, key=tenant.owner_key, json={"role": "editor"})).status_code == 201
        assert (await scim.call("DELETE", f"/Groups/{group['id']}")).status_code == 204
        assert await roles() == {(ids[other["id"]], Role.APPROVER)}

    async def test_one_more_in_a_group_of_ten_thousand_touches_nobody_else(self, scim: Scim, tenant: Tenant) -> None:
        group, made = await scim.group("Everybody"), await scim.user()
        ids = [new_id() for _ in range(10_000)]
        async with tenant.database.transaction(tenant.id) as session:
            connection = await session.connection()
            people = [
                {"organization_id": tenant.id, "id": one, "user_name": str(one), "user_name_key": str(one),
                 "is_active": True, "document": {}, "version": 1}
                for one in ids
            ]  # fmt: skip
            rows = [
                {"organization_id": tenant.id, "id": new_id(), "group_id": UUID(group["id"]), "user_id": one}
                for one in ids
            ]
            await connection.execute(sa.insert(sa.inspect(ScimUser).local_table), people)
            await connection.execute(sa.insert(sa.inspect(ScimMember).local_table), rows)
        touched: list[tuple[str, int]] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            touched.append((statement, cursor.rowcount))

        sa.event.listen(sa.Engine, "after_cursor_execute", note)
        try:
            adding = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
            assert (await scim.patch(f"/Groups/{group['id']}", adding)).status_code == 204
        finally:
            sa.event.remove(sa.Engine, "after_cursor_execute", note)
        assert any("scim_members" in statement for statement, _ in touched)
        assert max(count for _, count in touched) <= 1
        found = (await scim.get(f"/Groups/{group['id']}")).json()
        assert len(found["members"]) == 10_001
        assert (await scim.get("/Groups", excludedAttributes="members")).json()["Resources"][0].keys() == {
            "schemas", "id", "displayName", "meta",
        }  # fmt: skip

    async def test_a_role_for_a_large_group_takes_as_few_statements_as_for_a_small_one(
        self, scim: Scim, api: Api, tenant: Tenant
    ) -> None:
        people = [(await scim.user(f"p{number}@corp.example"))["id"] for number in range(12)]
        counts = []
        for members in (people[:2], people[2:]):
            group = await scim.group(f"Group of {len(members)}", *members)
            told: list[str] = []

            def note(*given: Any, told: list[str] = told) -> None:
                told.append(given[2])

            sa.event.listen(sa.Engine, "after_cursor_execute", note)
            try:
                path = f"/v1/groups/{group['id']}/mappings"
                assert (await api.post(path, key=tenant.owner_key, json={"role": "approver"})).status_code == 201
            finally:
                sa.event.remove(sa.Engine, "after_cursor_execute", note)
            counts.append(len(told))
        assert counts[0] == counts[1]
        given = [one for one in await tenant.rows(RoleGrant) if one.role is Role.APPROVER]
        assert len(given) == 12
