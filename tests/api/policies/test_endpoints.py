"""Policies over HTTP: written, published by somebody else, agreed to, and asked about a text."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from services.core.ambassadors import service as ambassadors
from services.core.ambassadors.errors import NotAnAmbassador, PolicyNotAcknowledged
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.audit.models import AuditEntry
from services.core.events.models import Event
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.policies import repository
from services.core.policies.models import Acknowledgement, PolicyVersion, VersionState
from tests.fixtures.api import Api, Tenant


class TestPolicies:
    async def test_a_policy_is_made_read_and_listed(self, api: Api, desk: Any) -> None:
        policy_id = await desk.policy()
        read = await api.get(f"/v1/policies/{policy_id}", key=desk.reader)
        assert read.status_code == 200
        assert read.json()["current_version_id"] is None
        version_id = await desk.published(policy_id)
        listed = (await api.get("/v1/policies", key=desk.reader)).json()["data"]
        assert [(row["id"], row["current_version_id"]) for row in listed] == [(policy_id, version_id)]

    async def test_a_list_for_a_program_has_what_binds_it(self, api: Api, desk: Any) -> None:
        everybodys, own = await desk.policy(organization_wide=True), await desk.policy()
        path = f"/v1/policies?program_id={desk.program.id}"
        assert [row["id"] for row in (await api.get(path, key=desk.reader)).json()["data"]] == [everybodys, own]
        other = (await api.get(f"/v1/policies?program_id={uuid4()}", key=desk.reader)).json()["data"]
        assert [row["id"] for row in other] == [everybodys]

    async def test_a_role_in_one_program_does_not_write_for_all(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, limited = await tenant.person(Role.EDITOR, program_id=desk.program.id)
        own = await api.post("/v1/policies", key=limited, json={"title": "Ours", "program_id": str(desk.program.id)})
        assert own.status_code == 201
        everybodys = await api.post("/v1/policies", key=limited, json={"title": "Everybody's"})
        assert everybodys.status_code == 403

    async def test_another_organization_finds_nothing(self, api: Api, desk: Any, other_tenant: Tenant) -> None:
        policy_id = await desk.policy()
        assert (await api.get(f"/v1/policies/{policy_id}", key=other_tenant.owner_key)).status_code == 404
        body = {"title": "Theirs", "program_id": str(desk.program.id)}
        assert (await api.post("/v1/policies", key=other_tenant.owner_key, json=body)).status_code == 404


class TestVersions:
    async def test_numbers_count_up_and_a_new_version_is_a_draft(self, desk: Any) -> None:
        policy_id = await desk.policy()
        made = [(await desk.draft(policy_id)).json() for _ in range(2)]
        assert [(row["number"], row["state"]) for row in made] == [(1, "draft"), (2, "draft")]

    async def test_drafts_are_for_those_who_write_or_publish(self, api: Api, desk: Any) -> None:
        policy_id = await desk.policy()
        version = (await desk.draft(policy_id)).json()
        path = f"/v1/policies/{policy_id}/versions"
        for key, status, count in ((desk.editor, 200, 1), (desk.approver, 200, 1), (desk.reader, 404, 0)):
            assert (await api.get(f"{path}/{version['id']}", key=key)).status_code == status
            assert len((await api.get(path, key=key)).json()["data"]) == count
        await desk.approve(policy_id, version["id"])
        assert (await desk.publish(policy_id, version["id"])).status_code == 200
        read = await api.get(f"{path}/{version['id']}", key=desk.reader)
        assert read.json()["texts"]["he"]["summary"] == "דברו בשמכם."
        assert len((await api.get(path, key=desk.reader)).json()["data"]) == 1

    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            ({"texts": {}}, "/texts"),
            ({"texts": {"xx": {"summary": "?"}}}, "/texts/xx/[key]"),
            ({"texts": {"en": {"summary": "..."}}}, "/texts/en/summary"),
            (
                {"rules": [{"kind": "forbidden_phrase", "phrases": ["!"], "message": {"en": "No."}}]},
                "/rules/0/phrases/0",
            ),
            ({"rules": [{"kind": "embargo", "phrases": ["x"], "message": {"en": "No."}}]}, "/rules/0/until"),
            (
                {
                    "rules": [
                        {
                            "kind": "forbidden_phrase",
                            "phrases": ["x"],
                            "message": {"en": "No."},
                            "until": "2030-01-15T09:00:00Z",
                        }
                    ]
                },
                "/rules/0/until",
            ),
            (
                {
                    "rules": [
                        {"kind": "embargo", "phrases": ["x"], "message": {"en": "No."}, "until": "2030-01-15T09:00:00"}
                    ]
                },
                "/rules/0/until",
            ),
            ({"rules": [{"kind": "other", "phrases": ["a"], "message": {"en": "No."}}]}, "/rules/0/kind"),
            ({"rules": [{"kind": "forbidden_phrase", "phrases": ["a"], "message": {}}]}, "/rules/0/message"),
        ],
    )
    async def test_a_version_that_says_nothing_is_refused(
        self, desk: Any, values: dict[str, Any], pointer: str
    ) -> None:
        answer = await desk.draft(await desk.policy(), **values)
        assert answer.status_code == 422
        assert pointer in {problem["pointer"] for problem in answer.json()["errors"]}


class TestPublish:
    async def test_a_version_replaces_the_one_before(self, desk: Any, tenant: Tenant) -> None:
        policy_id = await desk.policy()
        first, second = await desk.published(policy_id), await desk.published(policy_id)
        states = {str(row.id): row.state for row in await tenant.rows(PolicyVersion)}
        assert states == {first: VersionState.SUPERSEDED, second: VersionState.PUBLISHED}
        assert [row.type for row in await tenant.rows(Event)].count("policy.published") == 2
        assert "policy_version.publish" in {row.action for row in await tenant.rows(AuditEntry)}

    async def test_who_wrote_a_version_does_not_publish_it(self, api: Api, desk: Any, tenant: Tenant) -> None:
        writer, key = await tenant.person(Role.EDITOR, Role.APPROVER)
        policy_id = await desk.policy()
        body = {"texts": {"en": {"summary": "Hello."}, "he": {"summary": "שלום."}}}
        made = await api.post(f"/v1/policies/{policy_id}/versions", key=key, json=body)
        version_id = made.json()["id"]
        # A second key does not make a second person.
        for same in (key, await tenant.key_of(writer)):
            refused = await desk.publish(policy_id, version_id, key=same)
            assert refused.status_code == 409
            assert refused.json()["code"] == "same_author"
        await desk.approve(policy_id, version_id)
        assert (await desk.publish(policy_id, version_id)).status_code == 200

    async def test_a_service_key_does_not_publish_what_it_wrote(self, api: Api, desk: Any, tenant: Tenant) -> None:
        policy_id = await desk.policy()
        body = {"texts": {"en": {"summary": "Hello."}, "he": {"summary": "שלום."}}}
        made = await api.post(f"/v1/policies/{policy_id}/versions", key=tenant.owner_key, json=body)
        refused = await desk.publish(policy_id, made.json()["id"], key=tenant.owner_key)
        assert refused.json()["code"] == "same_author"

    async def test_missing_languages_are_named(self, desk: Any) -> None:
        policy_id = await desk.policy()
        version = (await desk.draft(policy_id, texts={"en": {"summary": "Hello."}})).json()
        refused = await desk.publish(policy_id, version["id"])
        assert refused.status_code == 422
        assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/texts/he"]
        assert "he" in refused.json()["detail"]

    async def test_everybodys_policy_needs_english_and_the_default_language(self, desk: Any) -> None:
        policy_id = await desk.policy(organization_wide=True)
        version = (await desk.draft(policy_id, texts={"he": {"summary": "שלום."}})).json()
        refused = await desk.publish(policy_id, version["id"])
        assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/texts/en"]

    async def test_it_is_published_once_and_never_over_a_newer_one(self, desk: Any) -> None:
        policy_id = await desk.policy()
        old = (await desk.draft(policy_id)).json()["id"]
        new = await desk.published(policy_id)
        assert (await desk.publish(policy_id, new)).json()["code"] == "version_not_draft"
        assert (await desk.publish(policy_id, old)).json()["code"] == "version_outdated"

    async def test_an_editor_does_not_publish(self, desk: Any) -> None:
        policy_id = await desk.policy()
        version = (await desk.draft(policy_id)).json()
        assert (await desk.publish(policy_id, version["id"], key=desk.manager)).status_code == 403


class TestAcknowledge:
    async def test_a_person_agrees_once_and_again_answers_the_same(self, desk: Any, tenant: Tenant) -> None:
        policy_id = await desk.policy()
        version_id = await desk.published(policy_id)
        first = await desk.acknowledge(policy_id, version_id, language="he")
        assert first.status_code == 201
        again = await desk.acknowledge(policy_id, version_id, language="en")
        assert again.status_code == 201
        assert again.json() == first.json()
        assert len(await tenant.rows(Acknowledgement)) == 1

    async def test_only_the_version_in_force_can_be_agreed_to(self, desk: Any) -> None:
        policy_id = await desk.policy()
        draft = (await desk.draft(policy_id)).json()["id"]
        assert (await desk.acknowledge(policy_id, draft)).json()["code"] == "policy_not_published"
        current = await desk.published(policy_id)
        refused = await desk.acknowledge(policy_id, draft)
        assert refused.status_code == 409
        assert refused.json()["code"] == "version_not_current"
        assert current in refused.json()["detail"]

    async def test_in_a_language_it_is_written_in(self, desk: Any) -> None:
        policy_id = await desk.policy(organization_wide=True)
        version_id = await desk.published(policy_id, texts={"en": {"summary": "Hello."}})
        refused = await desk.acknowledge(policy_id, version_id, language="he")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/language"

    async def test_nobody_agrees_for_a_person(self, desk: Any, tenant: Tenant) -> None:
        policy_id = await desk.policy()
        version_id = await desk.published(policy_id)
        refused = await desk.acknowledge(policy_id, version_id, key=tenant.owner_key)
        assert refused.status_code == 403
        assert refused.json()["code"] == "person_required"

    async def test_managers_see_who_has_agreed(self, api: Api, desk: Any) -> None:
        policy_id = await desk.policy()
        version_id = await desk.published(policy_id)
        await desk.acknowledge(policy_id, version_id)
        path = f"/v1/policies/{policy_id}/acknowledgements"
        listed = await api.get(path, key=desk.manager)
        assert [row["version_id"] for row in listed.json()["data"]] == [version_id]
        assert (await api.get(f"{path}?version_id={uuid4()}", key=desk.manager)).json()["data"] == []
        assert (await api.get(path, key=desk.reader)).status_code == 403


class TestActivation:
    async def join(self, desk: Any, tenant: Tenant) -> tuple[Any, str]:
        """Somebody who has joined and agreed to nothing."""
        employee, key = await tenant.person()
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Ambassador(
                    organization_id=tenant.id,
                    program_id=desk.program.id,
                    employee_id=employee.id,
                    state=AmbassadorState.JOINED,
                    language=Language.EN,
                )
            )
        return employee, key

    async def active(self, desk: Any, tenant: Tenant, employee: Any) -> Ambassador:
        """What sharing asks."""
        async with tenant.database.transaction(tenant.id) as session:
            return await ambassadors.get_active(session, program_id=desk.program.id, employee_id=employee.id)

    async def test_agreeing_to_both_levels_makes_active_and_a_new_version_asks_again(
        self, desk: Any, tenant: Tenant
    ) -> None:
        employee, key = await self.join(desk, tenant)
        with pytest.raises(NotAnAmbassador):
            await self.active(desk, tenant, employee)
        everybodys, own = await desk.policy(organization_wide=True), await desk.policy()
        wide, narrow = await desk.published(everybodys), await desk.published(own)
        with pytest.raises(PolicyNotAcknowledged, match=f"{wide}, {narrow}"):
            await self.active(desk, tenant, employee)
        await desk.acknowledge(own, narrow, key=key)
        with pytest.raises(PolicyNotAcknowledged, match=wide):
            await self.active(desk, tenant, employee)
        await desk.acknowledge(everybodys, wide, key=key)
        ambassador = await self.active(desk, tenant, employee)
        assert ambassador.state is AmbassadorState.ACTIVE
        assert ambassador.activated_at is not None

        newer = await desk.published(own)
        with pytest.raises(PolicyNotAcknowledged, match=newer):
            await self.active(desk, tenant, employee)
        await desk.acknowledge(own, newer, key=key)
        assert (await self.active(desk, tenant, employee)).state is AmbassadorState.ACTIVE

    async def test_the_programs_own_version_comes_before_everybodys(self, desk: Any, tenant: Tenant) -> None:
        async def current() -> str | None:
            async with tenant.database.transaction(tenant.id) as session:
                found = await repository.find_current_version(session, desk.program.id)
                return str(found.id) if found else None

        assert await current() is None
        own = await desk.published(await desk.policy())
        assert await current() == own
        await desk.published(await desk.policy(organization_wide=True))
        assert await current() == own


class TestCheckText:
    async def test_each_hit_is_explained_in_the_language_asked(self, desk: Any) -> None:
        version_id = await desk.published(await desk.policy())
        checked = await desk.check("Buy now: Guaranteed Returns!", language="he")
        assert checked.status_code == 200
        (hit,) = checked.json()["hits"]
        assert (hit["start"], hit["end"], hit["phrase"]) == (9, 27, "guaranteed returns")
        assert (hit["policy_version_id"], hit["rule"], hit["rule_pointer"]) == (
            version_id,
            "forbidden_phrase",
            "/rules/0",
        )
        assert hit["message"] == "איננו מבטיחים תשואות."
        assert hit["what_to_do"]

    async def test_rules_of_both_levels_apply_and_drafts_do_not(self, desk: Any) -> None:
        await desk.published(await desk.policy(organization_wide=True))
        second = {"kind": "forbidden_phrase", "phrases": ["secret"], "message": {"en": "Keep it."}}
        own = await desk.policy()
        await desk.published(own, rules=[second])
        await desk.draft(own, rules=[{**second, "phrases": ["panels"]}])
        hits = (await desk.check("secret panels, והתשואה המובטחת, בתשואה מובטחת")).json()["hits"]
        assert {(hit["phrase"], hit["level"]) for hit in hits} == {
            ("תשואה מובטחת", "organization"),
            ("secret", "program"),
        }

    async def test_a_clean_text_has_no_hits_and_an_unknown_program_is_not_found(self, api: Api, desk: Any) -> None:
        assert (await desk.check("Hello")).json() == {"outcome": "clear", "hits": []}
        body = {"program_id": str(uuid4()), "text": "Hello", "language": "en"}
        assert (await api.post("/v1/policy-checks", key=desk.reader, json=body)).status_code == 404
