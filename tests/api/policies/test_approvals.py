"""S16: a version is published once the named functions have approved its exact wording."""

from __future__ import annotations

from typing import Any

import pytest

from services.core.audit.models import AuditEntry
from services.core.communication import service as communication
from services.core.communication.models import Message
from services.core.communication.texts import MessageKind
from services.core.employees import service as employees
from services.core.organizations.models import Role
from services.core.programs.models import Responsibility
from tests.api.policies.conftest import Desk
from tests.fixtures.api import Api, Tenant

HEBREW = {"Accept-Language": "he"}


async def mails(tenant: Tenant, kind: MessageKind) -> list[str]:
    """The words of every mail of a kind."""
    words = []
    for message in await tenant.rows(Message):
        if message.kind == kind:
            async with tenant.database.transaction(tenant.id) as session:
                employee = await employees.get_employee(session, message.employee_id)
                mail = await communication.render(session, message, employee, settings=tenant.settings)
            words.append(f"{mail['To']}\n{mail['Subject']}\n{mail.get_content()}")
    return words


async def drafted(desk: Desk, **values: Any) -> tuple[str, dict[str, Any]]:
    """A policy and a version that nobody has answered yet."""
    policy_id = await desk.policy()
    return policy_id, (await desk.draft(policy_id, **values)).json()


class TestApprovals:
    async def test_s16_a_version_is_published_once_both_functions_have_approved(self, desk: Desk) -> None:
        policy_id, version = await drafted(desk)
        owner, spokesperson = desk.policy_owner, desk.spokesperson
        refused = await desk.publish(policy_id, version["id"])
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_approvals_missing")
        assert owner[0].display_name in refused.json()["detail"]
        assert spokesperson[0].display_name in refused.json()["detail"]
        pointers = [problem["pointer"] for problem in refused.json()["errors"]]
        assert pointers == ["/approvals/policy", "/approvals/spokesperson"]

        assert (await desk.answer(policy_id, version["id"], key=owner[1])).status_code == 201
        refused = await desk.publish(policy_id, version["id"])
        assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/approvals/spokesperson"]
        assert owner[0].display_name not in refused.json()["detail"]

        assert (await desk.answer(policy_id, version["id"], key=spokesperson[1])).status_code == 201
        published = await desk.publish(policy_id, version["id"])
        assert (published.status_code, published.json()["state"]) == (200, "published")

    async def test_the_refusal_reads_in_hebrew_and_names_who_can_approve(self, api: Api, desk: Desk) -> None:
        policy_id, version = await drafted(desk)
        path = f"/v1/policies/{policy_id}/versions/{version['id']}/publish"
        detail = (await api.post(path, key=desk.approver, headers=HEBREW)).json()["detail"]
        assert f"דוברות ({desk.spokesperson[0].display_name})" in detail
        assert f"{policy_id}/versions/{version['id']}/approvals" in detail

    async def test_a_function_nobody_holds_is_named_with_what_to_do(self, desk: Desk, tenant: Tenant) -> None:
        policy_id, version = await drafted(desk)
        async with tenant.database.transaction(tenant.id) as session:
            for row in await tenant.rows(Responsibility):
                if row.employee_id == desk.spokesperson[0].id:
                    await session.delete(await session.merge(row))
        detail = (await desk.publish(policy_id, version["id"])).json()["detail"]
        assert f"POST /v1/programs/{desk.program.id}/responsibilities" in detail

    async def test_an_approval_names_the_exact_bytes(self, desk: Desk) -> None:
        policy_id, first = await drafted(desk)
        second = (await desk.draft(policy_id, rules=[])).json()
        assert first["content_hash"] != second["content_hash"]
        other = await desk.answer(policy_id, second["id"], key=desk.spokesperson[1], content_hash=first["content_hash"])
        assert (other.status_code, other.json()["code"]) == (409, "policy_wording_changed")

    async def test_who_wrote_a_version_does_not_approve_it(self, api: Api, desk: Desk, tenant: Tenant) -> None:
        writer, key = await tenant.person(Role.EDITOR)
        policy_id = await desk.policy(organization_wide=True)
        await desk.name_approvers(policy_id, policy=writer, spokesperson=desk.spokesperson[0])
        body = {"texts": {"en": {"summary": "Hello."}, "he": {"summary": "שלום."}}}
        version = (await api.post(f"/v1/policies/{policy_id}/versions", key=key, json=body)).json()
        refused = await desk.answer(policy_id, version["id"], key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "own_policy_version")
        await desk.answer(policy_id, version["id"], key=desk.spokesperson[1])
        detail = (await desk.publish(policy_id, version["id"])).json()["detail"]
        assert f"{writer.display_name}, who wrote this version" in detail

    async def test_a_refusal_says_why_stops_publishing_and_can_be_taken_back(self, desk: Desk, tenant: Tenant) -> None:
        policy_id, version = await drafted(desk)
        await desk.approve(policy_id, version["id"])
        key = desk.spokesperson[1]
        for reason in (None, "No."):
            body = {"decision": "refused", **({"reason": reason} if reason else {})}
            bare = await desk.answer(policy_id, version["id"], key=key, **body)
            assert bare.status_code == 422
            assert [problem["pointer"] for problem in bare.json()["errors"]] == ["/reason"]
        why = "The part on prices contradicts the listing rules."
        assert (await desk.answer(policy_id, version["id"], key=key, decision="refused", reason=why)).status_code == 201
        refused = await desk.publish(policy_id, version["id"])
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_version_refused")
        assert why in refused.json()["detail"]
        assert desk.spokesperson[0].display_name in refused.json()["detail"]
        (told,) = await mails(tenant, MessageKind.POLICY_VERSION_REFUSED)
        assert why in told
        assert (await desk.answer(policy_id, version["id"], key=key)).status_code == 201
        assert (await desk.publish(policy_id, version["id"])).status_code == 200

    async def test_only_holders_approve_and_strangers_learn_nothing(
        self, api: Api, desk: Desk, other_tenant: Tenant
    ) -> None:
        policy_id, version = await drafted(desk)
        _, approver = await desk.tenant.person(Role.APPROVER)
        refused = await desk.answer(policy_id, version["id"], key=approver)
        assert (refused.status_code, refused.json()["code"]) == (403, "policy_function_not_held")
        assert desk.policy_owner[0].display_name in refused.json()["detail"]
        for key, status in ((desk.reader, 404), (other_tenant.owner_key, 403), (desk.tenant.owner_key, 403)):
            assert (await desk.answer(policy_id, version["id"], key=key)).status_code == status
        path = f"/v1/policies/{policy_id}/versions/{version['id']}/approvals"
        for key, status in ((desk.reader, 404), (other_tenant.owner_key, 404), (desk.editor, 200)):
            assert (await api.get(path, key=key)).status_code == status

    async def test_holders_are_asked_once_read_the_draft_and_see_where_it_stands(
        self, api: Api, desk: Desk, tenant: Tenant
    ) -> None:
        policy_id, version = await drafted(desk)
        asked = await mails(tenant, MessageKind.POLICY_APPROVAL_WANTED)
        assert len(asked) == 2
        assert all(f"/v1/policies/{policy_id}/versions/{version['id']}" in mail for mail in asked)
        owner = desk.policy_owner[1]
        path = f"/v1/policies/{policy_id}/versions/{version['id']}"
        assert (await api.get(path, key=owner)).json()["content_hash"] == version["content_hash"]
        await desk.answer(policy_id, version["id"], key=owner)
        standing = (await api.get(f"{path}/approvals", key=owner)).json()
        assert standing["is_approved"] is False
        assert [(one["function"], one["state"]) for one in standing["functions"]] == [
            ("policy", "approved"),
            ("spokesperson", "missing"),
        ]
        assert standing["functions"][1]["holders"][0]["name"] == desk.spokesperson[0].display_name
        await desk.answer(policy_id, version["id"], key=desk.spokesperson[1])
        assert (await api.get(f"{path}/approvals", key=owner)).json()["is_approved"] is True
        actions = {row.action for row in await tenant.rows(AuditEntry)}
        assert "policy_version.approve" in actions
        assert len(await mails(tenant, MessageKind.POLICY_VERSION_APPROVED)) == 1


class TestBothFunctions:
    async def test_two_people_approve_unless_one_alone_holds_both_and_the_organization_says_so(
        self, desk: Desk, tenant: Tenant
    ) -> None:
        person, key = await tenant.person()
        policy_id = await desk.policy(organization_wide=True)
        await desk.name_approvers(policy_id, policy=person, spokesperson=person)
        version = (await desk.draft(policy_id)).json()
        unsaid = await desk.answer(policy_id, version["id"], key=key)
        assert (unsaid.status_code, unsaid.json()["code"]) == (422, "policy_function_missing")
        assert (await desk.answer(policy_id, version["id"], key=key, function="policy")).status_code == 201
        second = await desk.answer(policy_id, version["id"], key=key, function="spokesperson")
        assert (second.status_code, second.json()["code"]) == (409, "policy_two_people")
        await desk.name_approvers(policy_id, policy=person, spokesperson=person, one_person_for_both=True)
        assert (await desk.answer(policy_id, version["id"], key=key, function="spokesperson")).status_code == 201
        assert (await desk.publish(policy_id, version["id"])).status_code == 200

    async def test_where_somebody_else_holds_one_too_the_permission_does_not_help(
        self, api: Api, desk: Desk, tenant: Tenant
    ) -> None:
        person, key = await tenant.person()
        policy_id = await desk.policy(organization_wide=True)
        body = {
            "approvers": [
                {"function": "policy", "employee_id": str(person.id)},
                {"function": "spokesperson", "employee_id": str(person.id)},
                {"function": "spokesperson", "employee_id": str(desk.spokesperson[0].id)},
            ],
            "one_person_for_both": True,
        }
        path = f"/v1/policies/{policy_id}/approval-rules"
        put = await api.request("PUT", path, key=tenant.owner_key, headers={"If-Match": "*"}, json=body)
        assert put.status_code == 200
        version = (await desk.draft(policy_id)).json()
        await desk.answer(policy_id, version["id"], key=key, function="policy")
        second = await desk.answer(policy_id, version["id"], key=key, function="spokesperson")
        assert second.json()["code"] == "policy_two_people"


class TestApprovalRules:
    async def test_the_owner_of_the_organization_names_who_approves_everybodys_policy(
        self, api: Api, desk: Desk, tenant: Tenant
    ) -> None:
        made = await api.post("/v1/policies", key=desk.editor, json={"title": "Everybody's"})
        policy_id = made.json()["id"]
        version = (await desk.draft(policy_id)).json()
        detail = (await desk.publish(policy_id, version["id"])).json()["detail"]
        assert f"PUT /v1/policies/{policy_id}/approval-rules" in detail
        path = f"/v1/policies/{policy_id}/approval-rules"
        body = {"approvers": [{"function": "policy", "employee_id": str(desk.policy_owner[0].id)}]}
        for key, headers, status in (
            (desk.editor, {"If-Match": "*"}, 403),
            (tenant.owner_key, {}, 428),
            (tenant.owner_key, {"If-Match": "*"}, 200),
        ):
            answer = await api.request("PUT", path, key=key, headers=headers, json=body)
            assert answer.status_code == status, answer.text
        read = (await api.get(path, key=desk.editor)).json()
        assert [len(one["holders"]) for one in read["functions"]] == [1, 0]
        assert "policy.approval_rules" in {row.action for row in await tenant.rows(AuditEntry)}

    @pytest.mark.parametrize("what", ["function", "person", "program"])
    async def test_what_cannot_be_named_is_refused(
        self, api: Api, desk: Desk, tenant: Tenant, other_tenant: Tenant, what: str
    ) -> None:
        policy_id = await desk.policy(organization_wide=what != "program")
        stranger = await other_tenant.employee()
        person = stranger if what == "person" else desk.policy_owner[0]
        function = "hr" if what == "function" else "policy"
        answer = await api.request(
            "PUT",
            f"/v1/policies/{policy_id}/approval-rules",
            key=tenant.owner_key,
            headers={"If-Match": "*"},
            json={"approvers": [{"function": function, "employee_id": str(person.id)}]},
        )
        assert answer.status_code == {"function": 422, "person": 404, "program": 409}[what], answer.text
