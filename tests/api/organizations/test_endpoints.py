"""Organizations, keys and roles over HTTP."""

from __future__ import annotations

from uuid import UUID, uuid4

from services.core.organizations.models import Role
from tests.fixtures.api import OPERATOR_KEY, Api, Tenant


class TestCreateOrganization:
    async def test_operator_gets_the_organization_and_its_owners_key(self, api: Api) -> None:
        answer = await api.post("/v1/organizations", key=OPERATOR_KEY, json={"name": "Lumen"})
        assert answer.status_code == 201
        body = answer.json()
        mine = await api.get(f"/v1/organizations/{body['organization']['id']}", key=body["owner_api_key"])
        assert mine.status_code == 200
        assert mine.json()["name"] == "Lumen"

    async def test_owner_may_not_make_organizations(self, api: Api, tenant: Tenant) -> None:
        answer = await api.post("/v1/organizations", key=tenant.owner_key, json={"name": "Second"})
        assert answer.status_code == 403
        assert answer.json()["code"] == "operator_required"

    async def test_same_key_and_body_answers_the_same_organization(self, api: Api) -> None:
        headers = {"Idempotency-Key": "once"}
        first = await api.post("/v1/organizations", key=OPERATOR_KEY, headers=headers, json={"name": "Lumen"})
        again = await api.post("/v1/organizations", key=OPERATOR_KEY, headers=headers, json={"name": "Lumen"})
        assert again.status_code == 201
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == first.json()

    async def test_same_key_with_another_body_is_refused(self, api: Api) -> None:
        headers = {"Idempotency-Key": "once"}
        await api.post("/v1/organizations", key=OPERATOR_KEY, headers=headers, json={"name": "Lumen"})
        other = await api.post("/v1/organizations", key=OPERATOR_KEY, headers=headers, json={"name": "Other"})
        assert other.status_code == 422
        assert other.json()["code"] == "idempotency_key_reused"

    async def test_without_key_it_says_what_to_send(self, api: Api) -> None:
        answer = await api.client.post(
            "/v1/organizations", headers={"Authorization": f"Bearer {OPERATOR_KEY}"}, json={"name": "Lumen"}
        )
        assert answer.status_code == 400
        assert answer.json()["code"] == "idempotency_key_required"

    async def test_refused_body_frees_the_key(self, api: Api) -> None:
        headers = {"Idempotency-Key": "once"}
        wrong = await api.post("/v1/organizations", key=OPERATOR_KEY, headers=headers, json={"nmae": "Lumen"})
        assert wrong.status_code == 422
        assert {problem["pointer"] for problem in wrong.json()["errors"]} == {"/name", "/nmae"}
        right = await api.post("/v1/organizations", key=OPERATOR_KEY, headers=headers, json={"name": "Lumen"})
        assert right.status_code == 201


class TestChangeOrganization:
    async def test_needs_the_version_that_was_read(self, api: Api, tenant: Tenant) -> None:
        path = f"/v1/organizations/{tenant.id}"
        read = await api.get(path, key=tenant.owner_key)
        missing = await api.patch(path, key=tenant.owner_key, json={"name": "New"})
        assert missing.status_code == 428
        changed = await api.patch(path, key=tenant.owner_key, etag=read.headers["etag"], json={"name": "New"})
        assert changed.status_code == 200
        assert changed.json()["name"] == "New"
        stale = await api.patch(path, key=tenant.owner_key, etag=read.headers["etag"], json={"name": "Newer"})
        assert stale.status_code == 412

    async def test_an_unchanged_organization_answers_not_modified(self, api: Api, tenant: Tenant) -> None:
        path = f"/v1/organizations/{tenant.id}"
        read = await api.get(path, key=tenant.owner_key)
        again = await api.get(path, key=tenant.owner_key, headers={"If-None-Match": read.headers["etag"]})
        assert again.status_code == 304

    async def test_another_organization_is_not_found(self, api: Api, tenant: Tenant, other_tenant: Tenant) -> None:
        answer = await api.get(f"/v1/organizations/{tenant.id}", key=other_tenant.owner_key)
        assert answer.status_code == 404


class TestKeys:
    async def test_a_service_key_has_its_roles_permissions_and_no_others(self, api: Api, tenant: Tenant) -> None:
        made = await api.post("/v1/api-keys", key=tenant.owner_key, json={"name": "Job", "role": "analyst"})
        assert made.status_code == 201
        secret = made.json()["api_key"]
        assert (await api.get("/v1/me", key=secret)).json()["roles"] == ["analyst"]
        assert (await api.get("/v1/api-keys", key=secret)).status_code == 403

    async def test_a_revoked_key_is_refused_at_once(self, api: Api, tenant: Tenant) -> None:
        made = await api.post("/v1/api-keys", key=tenant.owner_key, json={"name": "Job", "role": "analyst"})
        path = f"/v1/api-keys/{made.json()['id']}"
        gone = await api.delete(path, key=tenant.owner_key, etag=made.headers["etag"])
        assert gone.status_code == 204
        assert (await api.get("/v1/me", key=made.json()["api_key"])).status_code == 401

    async def test_a_service_key_cannot_end_the_owners_key(self, api: Api, tenant: Tenant) -> None:
        made = await api.post("/v1/api-keys", key=tenant.owner_key, json={"name": "Job", "role": "sponsor"})
        owner = (await api.get("/v1/api-keys", key=tenant.owner_key)).json()["data"][0]
        path = f"/v1/api-keys/{owner['id']}"
        refused = await api.delete(path, key=made.json()["api_key"], etag="*")
        assert refused.status_code == 404
        assert (await api.get("/v1/me", key=tenant.owner_key)).status_code == 200

    async def test_nobody_makes_a_key_that_may_do_more_than_they(self, api: Api, tenant: Tenant) -> None:
        body = {"name": "Keys", "role": "owner", "scopes": ["keys.manage"]}
        narrow = (await api.post("/v1/api-keys", key=tenant.owner_key, json=body)).json()["api_key"]
        wide = await api.post("/v1/api-keys", key=narrow, json={"name": "Wide", "role": "owner"})
        assert wide.status_code == 403

    async def test_a_role_for_one_program_does_not_open_the_organization(self, api: Api, tenant: Tenant) -> None:
        program = await api.post("/v1/programs", key=tenant.owner_key, json={"name": "Pilot"})
        _, key = await tenant.person(Role.OWNER, program_id=UUID(program.json()["id"]))
        for path in ("/v1/api-keys", "/v1/role-grants", "/v1/audit-entries", "/v1/events", "/v1/directory-syncs"):
            assert (await api.get(path, key=key)).status_code == 403, path
        assert (await api.get(f"/v1/programs/{program.json()['id']}", key=key)).status_code == 200

    async def test_a_third_live_key_of_one_name_is_refused(self, api: Api, tenant: Tenant) -> None:
        body = {"name": "Job", "role": "analyst"}
        for _ in range(2):
            assert (await api.post("/v1/api-keys", key=tenant.owner_key, json=body)).status_code == 201
        third = await api.post("/v1/api-keys", key=tenant.owner_key, json=body)
        assert third.status_code == 409
        assert third.json()["code"] == "too_many_keys"

    async def test_lists_go_on_where_they_stopped(self, api: Api, tenant: Tenant) -> None:
        for number in range(3):
            await api.post("/v1/api-keys", key=tenant.owner_key, json={"name": f"Job {number}", "role": "analyst"})
        seen, cursor = [], None
        while True:
            query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await api.get("/v1/api-keys", key=tenant.owner_key, params=query)).json()
            seen += [row["name"] for row in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == ["Owner", "Job 0", "Job 1", "Job 2"]

    async def test_a_cursor_of_somebody_else_is_refused(self, api: Api, tenant: Tenant, other_tenant: Tenant) -> None:
        await api.post("/v1/api-keys", key=tenant.owner_key, json={"name": "Job", "role": "analyst"})
        page = (await api.get("/v1/api-keys?limit=1", key=tenant.owner_key)).json()
        stolen = await api.get("/v1/api-keys", key=other_tenant.owner_key, params={"cursor": page["next_cursor"]})
        assert stolen.status_code == 400
        assert stolen.json()["code"] == "invalid_cursor"

    async def test_an_unknown_parameter_is_refused(self, api: Api, tenant: Tenant) -> None:
        answer = await api.get("/v1/api-keys?page=2", key=tenant.owner_key)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "unknown_parameter"


class TestRoles:
    async def test_a_role_works_and_stops_working(self, api: Api, tenant: Tenant) -> None:
        employee, key = await tenant.person()
        body = {"employee_id": str(employee.id), "role": "analyst"}
        granted = await api.post("/v1/role-grants", key=tenant.owner_key, json=body)
        assert granted.status_code == 201
        assert (await api.get("/v1/me", key=key)).json()["roles"] == ["analyst"]
        again = await api.post("/v1/role-grants", key=tenant.owner_key, json=body)
        assert again.status_code == 409
        path = f"/v1/role-grants/{granted.json()['id']}"
        assert (await api.delete(path, key=tenant.owner_key)).status_code == 204
        assert (await api.get("/v1/me", key=key)).status_code == 403

    async def test_the_last_owner_stays(self, api: Api, tenant: Tenant) -> None:
        grants = (await api.get("/v1/role-grants", key=tenant.owner_key)).json()["data"]
        answer = await api.delete(f"/v1/role-grants/{grants[0]['id']}", key=tenant.owner_key)
        assert answer.status_code == 409
        assert answer.json()["code"] == "last_owner"

    async def test_somebody_of_another_organization_cannot_be_given_a_role(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        stranger = await other_tenant.employee()
        body = {"employee_id": str(stranger.id), "role": Role.OWNER.value}
        assert (await api.post("/v1/role-grants", key=tenant.owner_key, json=body)).status_code == 404


class TestProblems:
    async def test_a_refusal_speaks_the_readers_language(self, api: Api, tenant: Tenant) -> None:
        answer = await api.get(
            f"/v1/organizations/{uuid4()}", key=tenant.owner_key, headers={"Accept-Language": "he-IL,en;q=0.5"}
        )
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == "he"
        assert answer.json()["title"] == "לא נמצא"

    async def test_the_callers_request_id_comes_back(self, api: Api) -> None:
        answer = await api.get("/v1/me", headers={"X-Request-Id": "abc-123"})
        assert answer.status_code == 401
        assert answer.headers["x-request-id"] == "abc-123"
        assert answer.json()["request_id"] == "abc-123"

    async def test_a_body_over_the_limit_is_refused(self, api: Api, tenant: Tenant) -> None:
        answer = await api.post("/v1/api-keys", key=tenant.owner_key, content=b"x" * (1024 * 1024 + 1))
        assert answer.status_code == 413

    async def test_an_unknown_address_is_a_problem_too(self, api: Api) -> None:
        answer = await api.get("/v1/nothing")
        assert answer.status_code == 404
        assert answer.json()["code"] == "no_such_address"
