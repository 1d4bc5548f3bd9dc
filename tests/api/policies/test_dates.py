"""B10, S50: a version takes effect at a moment, and who shares after it has agreed to it in their language first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.core.ambassadors.models import Ambassador
from services.core.communication.models import Message
from services.core.communication.texts import MessageKind
from services.core.content.models import Offer
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.policies import repository
from services.core.policies.models import PolicyVersion, VersionState
from services.scheduler.jobs import policies as jobs
from services.scheduler.worker.tools import Tools
from tests.api.policies.conftest import ENGLISH, HEBREW, RULE, Desk, make_desk
from tests.api.policies.test_approvals import mails
from tests.factories.publications import Scene, Sharer, make_scene, make_sharer
from tests.fixtures.api import Api, Tenant

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item of a quiet program."""
    return await make_scene(tenant)


@pytest.fixture
async def desk(api: Api, tenant: Tenant, scene: Scene) -> Desk:
    """The desk of that program."""
    return await make_desk(api, tenant, scene.program)


@pytest.fixture
async def sharer(tenant: Tenant, scene: Scene) -> Sharer:
    """An ambassador."""
    return await make_sharer(tenant, scene, connect_to=None)


@pytest.fixture
def tools(tenant: Tenant) -> Tools:
    """What a job is given."""
    return Tools(tenant.database, tenant.settings)


async def now(tenant: Tenant) -> datetime:
    """The product's time."""
    async with tenant.database.transaction(tenant.id) as session:
        return await db.now(session)


async def share(api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, *, key: str, **headers: str) -> Any:
    """The ambassador drafts a share of one more item of the program."""
    item = (await make_scene(tenant, title="One more")).item
    async with tenant.database.transaction(tenant.id) as session:
        (await session.merge(item)).program_id = scene.program.id
    async with tenant.database.transaction(tenant.id) as session:
        offer = Offer(
            organization_id=tenant.id, program_id=scene.program.id, item_id=item.id,
            employee_id=sharer.employee.id, language=Language.EN,
        )  # fmt: skip
        session.add(offer)
    return await api.post("/v1/me/shares", key=key, json={"offer_id": str(offer.id)}, headers=dict(headers))


class TestEffectiveFrom:
    async def test_b10_the_first_share_after_t_without_agreement_is_403_and_after_it_201(
        self, api: Api, desk: Desk, tenant: Tenant, scene: Scene, sharer: Sharer
    ) -> None:
        key = await tenant.key_of(sharer.employee)
        policy_id = await desk.policy()
        first = await desk.published(policy_id)
        assert (await desk.acknowledge(policy_id, first, key=key)).status_code == 201
        begins = await now(tenant) + 5 * DAY
        second = await desk.published(policy_id, effective_from=begins, rules=[])
        assert (await share(api, tenant, scene, sharer, key=key)).status_code == 201

        await db.move_clock(tenant.settings.database_url, by=5 * DAY)
        refused = await share(api, tenant, scene, sharer, key=key)
        assert (refused.status_code, refused.json()["code"]) == (403, "policy_not_acknowledged")
        address = f"/v1/policies/{policy_id}/versions/{second}"
        assert second in refused.json()["detail"]
        assert address in refused.json()["detail"]
        assert refused.json()["policy_versions"] == [
            {
                "policy_id": policy_id, "version_id": second, "texts_url": address,
                "acknowledge_url": f"/v1/policies/{policy_id}/acknowledgements",
            }
        ]  # fmt: skip
        hebrew = await share(api, tenant, scene, sharer, key=key, **{"Accept-Language": "he"})
        assert "יש לקרוא ולאשר" in hebrew.json()["detail"]
        assert (await desk.acknowledge(policy_id, second, key=key, language="he")).status_code == 201
        assert (await share(api, tenant, scene, sharer, key=key)).status_code == 201

    async def test_exactly_at_t_the_new_version_binds_and_the_old_one_until_then(
        self, desk: Desk, tenant: Tenant
    ) -> None:
        policy_id = await desk.policy()
        first = await desk.published(policy_id)
        begins = await now(tenant) + DAY
        second = await desk.published(policy_id, effective_from=begins)
        async with tenant.database.transaction(tenant.id) as session:
            for at, expected in ((begins - TICK, first), (begins, second)):
                found = await repository.find_published(session, UUID(policy_id), at=at)
                assert found is not None
                assert str(found.id) == expected
                (current,) = await repository.list_current_versions(session, desk.program.id, at=at)
                assert str(current.id) == expected

    async def test_it_reads_as_scheduled_then_in_force_and_the_old_one_as_superseded(
        self, api: Api, desk: Desk, tenant: Tenant
    ) -> None:
        policy_id = await desk.policy()
        first = await desk.published(policy_id)
        second = await desk.published(policy_id, effective_from=await now(tenant) + DAY)
        path = f"/v1/policies/{policy_id}"

        async def states() -> dict[str, str]:
            listed = (await api.get(f"{path}/versions", key=desk.reader)).json()["data"]
            return {row["id"]: row["state"] for row in listed}

        assert await states() == {first: "published", second: "scheduled"}
        policy = (await api.get(path, key=desk.reader)).json()
        assert (policy["current_version_id"], policy["next_version_id"]) == (first, second)
        old = (await api.get(f"{path}/versions/{first}", key=desk.reader)).json()
        assert old["effective_until"] == policy["next_effective_from"]
        # No job has run: the clock alone decides.
        await db.move_clock(tenant.settings.database_url, by=DAY)
        assert await states() == {first: "superseded", second: "published"}
        policy = (await api.get(path, key=desk.reader)).json()
        assert (policy["current_version_id"], policy["next_version_id"]) == (second, None)

    async def test_a_moment_that_has_passed_is_refused(self, desk: Desk, tenant: Tenant) -> None:
        policy_id = await desk.policy()
        version = (await desk.draft(policy_id)).json()
        await desk.approve(policy_id, version["id"])
        refused = await desk.publish(policy_id, version["id"], effective_from=await now(tenant) - DAY)
        assert (refused.status_code, refused.json()["code"]) == (422, "effective_from_passed")
        assert refused.json()["errors"][0]["pointer"] == "/effective_from"

    async def test_a_check_asks_the_rules_of_the_moment_a_text_would_be_out(self, desk: Desk, tenant: Tenant) -> None:
        policy_id = await desk.policy()
        await desk.published(policy_id)
        begins = await now(tenant) + DAY
        second = {"kind": "forbidden_phrase", "phrases": ["lanterns"], "message": {"en": "Not yet."}}
        version_id = await desk.published(policy_id, effective_from=begins, rules=[second])
        text = "Lanterns with guaranteed returns"
        today = (await desk.check(text)).json()["hits"]
        later = (await desk.check(text, at=begins.isoformat())).json()["hits"]
        assert [hit["phrase"] for hit in today] == ["guaranteed returns"]
        assert [(hit["phrase"], hit["policy_version_id"], hit["version_number"]) for hit in later] == [
            ("lanterns", version_id, 2)
        ]


class TestMine:
    async def test_s50_a_person_sees_what_binds_them_since_when_and_what_is_new_in_their_language(
        self, api: Api, desk: Desk, tenant: Tenant, sharer: Sharer
    ) -> None:
        key = await tenant.key_of(sharer.employee)
        policy_id = await desk.policy()
        everybodys = await desk.policy(organization_wide=True)
        wide = await desk.published(everybodys)
        first = await desk.published(policy_id)
        await desk.acknowledge(policy_id, first, key=key)
        begins = await now(tenant) + 3 * DAY
        hebrew = {**HEBREW, "dos": [*HEBREW["dos"], "שאלו כשיש ספק."]}
        rule = {**RULE, "phrases": [*RULE["phrases"], "sure win"]}
        second = await desk.published(
            policy_id, effective_from=begins, texts={"en": ENGLISH, "he": hebrew}, rules=[rule]
        )
        answer = await api.get("/v1/me/policies", key=key, headers={"Accept-Language": "he"})
        assert answer.status_code == 200, answer.text
        organization, program = answer.json()["data"]
        assert (organization["level"], organization["current"]["id"]) == ("organization", wide)
        assert organization["current"]["needs_acknowledgement"] is True
        assert organization["changes"] is None
        assert (program["level"], program["program_id"]) == ("program", str(desk.program.id))
        assert (program["current"]["id"], program["current"]["needs_acknowledgement"]) == (first, False)
        assert program["current"]["acknowledged_in"] == "en"
        assert program["current"]["effective_until"] == program["next"]["effective_from"]
        assert (program["next"]["id"], program["next"]["needs_acknowledgement"]) == (second, True)
        assert program["next"]["url"] == f"/v1/policies/{policy_id}/versions/{second}"
        assert program["changes"]["against_version_id"] == first
        assert "מה לעשות, חדש: שאלו כשיש ספק." in program["changes"]["words"]
        assert any("נוספו: sure win" in line for line in program["changes"]["words"])

    async def test_agreeing_before_it_takes_effect_counts_once_it_does(
        self, api: Api, desk: Desk, tenant: Tenant, scene: Scene, sharer: Sharer
    ) -> None:
        key = await tenant.key_of(sharer.employee)
        policy_id = await desk.policy()
        first = await desk.published(policy_id)
        await desk.acknowledge(policy_id, first, key=key)
        second = await desk.published(policy_id, effective_from=await now(tenant) + DAY)
        assert (await desk.acknowledge(policy_id, second, key=key)).status_code == 201
        await db.move_clock(tenant.settings.database_url, by=DAY)
        assert (await share(api, tenant, scene, sharer, key=key)).status_code == 201


class TestTelling:
    async def test_ambassadors_are_told_once_before_it_takes_effect_in_their_language(
        self, desk: Desk, tenant: Tenant, sharer: Sharer, scene: Scene, tools: Tools
    ) -> None:
        policy_id = await desk.policy()
        first = await desk.published(policy_id)
        others = [await make_sharer(tenant, scene, connect_to=None) for _ in range(2)]
        for one in (sharer, *others):
            await desk.acknowledge(policy_id, first, key=await tenant.key_of(one.employee))
        begins = await now(tenant) + 10 * DAY
        second = await desk.published(policy_id, effective_from=begins, rules=[])
        await desk.acknowledge(policy_id, second, key=await tenant.key_of(others[0].employee))
        refusal = {"version_id": second, "language": "en"}
        no = await desk.api.post(
            f"/v1/policies/{policy_id}/acknowledgement-refusals",
            key=await tenant.key_of(others[1].employee), json=refusal,
        )  # fmt: skip
        assert no.status_code == 204
        await jobs.look_at_due(tools)
        assert await mails(tenant, MessageKind.POLICY_TO_READ) == []
        await db.move_clock(tenant.settings.database_url, by=7 * DAY)
        for _ in range(3):
            await jobs.look_at_due(tools)
        # One has agreed, one has said no: neither is written to.
        (mail,) = await mails(tenant, MessageKind.POLICY_TO_READ)
        assert sharer.employee.work_email in mail
        assert "takes effect on" in mail
        assert "Rule taken back (phrases that stay out)" in mail
        assert f"/v1/policies/{policy_id}/versions/{second}" in mail
        await db.move_clock(tenant.settings.database_url, by=11 * DAY)
        for _ in range(2):
            await jobs.look_at_due(tools)
        assert len(await mails(tenant, MessageKind.POLICY_TO_READ)) == 1
        states = {str(row.id): (row.state, row.due_at) for row in await tenant.rows(PolicyVersion)}
        assert states == {first: (VersionState.SUPERSEDED, None), second: (VersionState.PUBLISHED, None)}

    async def test_a_hebrew_reader_is_told_in_hebrew(
        self, desk: Desk, tenant: Tenant, sharer: Sharer, tools: Tools
    ) -> None:
        await self.speak_hebrew(tenant, sharer)
        await desk.published(await desk.policy())
        await jobs.look_at_due(tools)
        (mail,) = await mails(tenant, MessageKind.POLICY_TO_READ)
        assert "היא בתוקף כבר עכשיו." in mail
        assert "זו הגרסה הראשונה." in mail
        (message,) = [row for row in await tenant.rows(Message) if row.kind == MessageKind.POLICY_TO_READ]
        assert message.language is Language.HE

    @staticmethod
    async def speak_hebrew(tenant: Tenant, sharer: Sharer) -> None:
        """Their membership is in Hebrew."""
        async with tenant.database.transaction(tenant.id) as session:
            for row in await tenant.rows(Ambassador):
                if row.employee_id == sharer.employee.id:
                    row = await session.merge(row)
                    row.language = Language.HE


class TestManagers:
    async def test_managers_count_and_list_who_has_agreed_and_a_no_looks_like_no_answer(
        self, api: Api, desk: Desk, tenant: Tenant, scene: Scene, sharer: Sharer
    ) -> None:
        policy_id = await desk.policy()
        version_id = await desk.published(policy_id)
        silent, unwilling = [await make_sharer(tenant, scene, connect_to=None) for _ in range(2)]
        await desk.acknowledge(policy_id, version_id, key=await tenant.key_of(sharer.employee), language="he")
        await api.post(
            f"/v1/policies/{policy_id}/acknowledgement-refusals",
            key=await tenant.key_of(unwilling.employee), json={"version_id": version_id, "language": "en"},
        )  # fmt: skip
        summary = (await api.get(f"/v1/policies/{policy_id}/acknowledgement-summary", key=desk.manager)).json()
        assert (summary["members"], summary["acknowledged"], summary["not_yet"]) == (3, 1, 2)
        assert summary["by_language"] == {"he": 1}
        assert summary["programs"] == [{"program_id": str(scene.program.id), "members": 3, "acknowledged": 1}]
        path = f"/v1/policies/{policy_id}/members"
        rows = (await api.get(path, key=desk.manager)).json()["data"]
        assert {row["employee_id"]: row["language"] for row in rows} == {
            str(sharer.employee.id): "he", str(silent.employee.id): None, str(unwilling.employee.id): None,
        }  # fmt: skip
        missing = (await api.get(f"{path}?acknowledged=false", key=desk.manager)).json()["data"]
        assert {row["employee_id"] for row in missing} == {str(silent.employee.id), str(unwilling.employee.id)}
        for key in (desk.reader, desk.editor):
            assert (await api.get(path, key=key)).status_code == 403

    async def test_a_version_is_compared_with_the_one_before_or_with_any(self, api: Api, desk: Desk) -> None:
        policy_id = await desk.policy()
        first = await desk.published(policy_id)
        second = await desk.published(policy_id, rules=[])
        third = (await desk.draft(policy_id)).json()["id"]
        path = f"/v1/policies/{policy_id}/versions"
        found = (await api.get(f"{path}/{second}/changes", key=desk.reader)).json()
        assert (found["against_version_id"], found["rules"][0]["change"]) == (first, "removed")
        start = (await api.get(f"{path}/{first}/changes", key=desk.reader)).json()
        assert (start["against_version_id"], start["words"]) == (None, ["This is the first version."])
        same = (await api.get(f"{path}/{third}/changes?against={first}", key=desk.editor)).json()
        assert (same["is_same"], same["words"]) == (True, ["Nothing has changed."])
        assert (await api.get(f"{path}/{third}/changes", key=desk.reader)).status_code == 404


class TestUnderADraft:
    async def test_s16_content_is_not_published_under_a_draft_policy(
        self, api: Api, desk: Desk, tenant: Tenant, scene: Scene, sharer: Sharer
    ) -> None:
        key = await tenant.key_of(sharer.employee)
        policy_id = await desk.policy()
        version = (await desk.draft(policy_id)).json()
        made = await share(api, tenant, scene, sharer, key=key)
        body = {
            "content_hash": made.json()["content_hash"],
            "connection_id": str(sharer.connection.id),
            "scheduled_local": (await now(tenant) + DAY).replace(tzinfo=None, microsecond=0).isoformat(),
            "time_zone": "UTC",
        }
        path = f"/v1/me/shares/{made.json()['id']}/approve"
        refused = await api.post(path, key=key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_not_in_force")
        await desk.approve(policy_id, version["id"])
        later = await now(tenant) + 30 * DAY
        await desk.publish(policy_id, version["id"], effective_from=later)
        refused = await api.post(path, key=key, json=body, headers={"Accept-Language": "he"})
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_not_in_force")
        assert f"{later:%Y-%m-%d}" in refused.json()["detail"]
        again = (await desk.draft(policy_id)).json()
        _, approver = await tenant.person(Role.APPROVER)
        await desk.approve(policy_id, again["id"])
        assert (await desk.publish(policy_id, again["id"], key=approver)).status_code == 200
        await desk.acknowledge(policy_id, again["id"], key=key)
        accepted = await api.post(path, key=key, json=body)
        assert accepted.status_code == 201, accepted.text
