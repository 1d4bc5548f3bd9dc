"""From joining to the first share; leaving, coming back, and what HR says of somebody who has left."""

from __future__ import annotations

from typing import Any

import pytest

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.audit.models import AuditEntry
from services.core.communication.models import Message
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events.models import Event
from services.core.kit import db
from services.core.kit.db import Database
from services.core.kit.settings import Settings
from services.core.organizations.models import RoleGrant
from services.core.policies.models import Acknowledgement
from services.core.training.models import Certificate, CurriculumEntry, Module, Topic
from services.scheduler.jobs import recruitment as job
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Api, Tenant


@pytest.fixture
def tools(database: Database, settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, settings)


async def ask_for(api: Api, desk: Any, *steps: str, **body: Any) -> None:
    """Say what stands before the first share."""
    before = await api.get(f"{desk.path}/intake", key=desk.manager)
    answer = await api.request(
        "PUT", f"{desk.path}/intake", key=desk.manager, headers={"If-Match": before.headers["etag"]},
        json={"steps": list(steps), **body},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


async def agree(api: Api, key: str, version: Any) -> None:
    """Agree to a policy."""
    answer = await api.post(
        f"/v1/policies/{version.policy_id}/acknowledgements",
        key=key,
        json={"version_id": str(version.id), "language": "en"},
    )
    assert answer.status_code == 201, answer.text


async def standing(api: Api, key: str, **headers: str) -> dict[str, Any]:
    """Where somebody is in their one program."""
    (only,) = (await api.get("/v1/me/onboarding", key=key, headers=headers)).json()["data"]
    found: dict[str, Any] = only
    return found


async def kinds(tenant: Tenant) -> list[str]:
    """What was written, in order."""
    return [row.kind for row in await tenant.rows(Message)]


class TestSteps:
    async def test_a_program_that_asks_nothing_makes_active_who_agrees(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        version = await desk.publish_policy()
        _, key, invitation = await desk.invited()
        await desk.answer(invitation, "accept", key=key)
        first = await standing(api, key)
        assert (first["state"], first["missing"], first["next_step"]) == (
            "joined",
            ["acknowledge_policy"],
            "acknowledge_policy",
        )
        await agree(api, key, version)
        assert (await standing(api, key))["state"] == "active"

    async def test_the_list_says_what_is_missing_and_facts_alone_finish_it(
        self, api: Api, desk: Any, tenant: Tenant, tools: Tools
    ) -> None:
        await ask_for(api, desk, "profile_tips", "sharing_path", "preferences")
        version = await desk.publish_policy()
        _, key, invitation = await desk.invited(locale="he-IL")
        await desk.answer(invitation, "accept", key=key)
        await agree(api, key, version)
        now = await standing(api, key, **{"Accept-Language": "he"})
        assert (now["state"], now["missing"]) == ("onboarding", ["sharing_path", "preferences"])
        assert [step["is_required"] for step in now["steps"]] == [True, False, True, True]
        words = {step["step"]: step["what_to_do"] for step in now["steps"]}
        assert words["acknowledge_policy"] == ""
        assert str(desk.program.id) in words["sharing_path"]
        (row,) = list(await tenant.rows(Ambassador))
        await job.tell_steps(tools, tenant.id, row.id)
        await job.tell_steps(tools, tenant.id, row.id)
        assert (await kinds(tenant)).count("first_steps") == 1
        marked = await api.post(f"/v1/me/onboarding/{desk.program.id}/marks", key=key, json={"step": "sharing_path"})
        assert (marked.json()["state"], marked.json()["next_step"]) == ("onboarding", "preferences")
        saved = await api.request("PUT", "/v1/me/preferences", key=key, headers={"If-Match": "*"}, json={})
        assert saved.status_code == 200
        assert (await standing(api, key))["state"] == "active"
        await job.tell_steps(tools, tenant.id, row.id)
        assert (await kinds(tenant)).count("ready_to_share") == 1

    async def test_a_step_that_another_noun_knows_of_is_found_by_itself(
        self, api: Api, desk: Any, tenant: Tenant, tools: Tools
    ) -> None:
        await ask_for(api, desk, "preferences")
        version = await desk.publish_policy()
        _, key, invitation = await desk.invited()
        await desk.answer(invitation, "accept", key=key)
        await agree(api, key, version)
        # The program asks for nothing any more: who was on the way is let in by the next look.
        await ask_for(api, desk)
        await job.follow_steps(tools)
        assert (await standing(api, key))["state"] == "active"

    async def test_s28_active_only_when_the_mandatory_training_is_complete(
        self, api: Api, desk: Any, tenant: Tenant, tools: Tools
    ) -> None:
        await ask_for(api, desk, "training")
        version = await desk.publish_policy()
        async with tenant.database.transaction(tenant.id) as session:
            module = Module(
                organization_id=tenant.id, topic=Topic.MARKETING_WRITING, title={"en": "Writing", "he": "כתיבה"},
                summary={"en": "How.", "he": "איך."}, is_mandatory=True,
            )  # fmt: skip
            session.add(module)
            await session.flush()
            session.add(
                CurriculumEntry(
                    organization_id=tenant.id, program_id=desk.program.id, module_id=module.id, position=1,
                    is_mandatory=True, gates_sharing=False,
                )
            )  # fmt: skip
        employee, key, invitation = await desk.invited()
        await desk.answer(invitation, "accept", key=key)
        await agree(api, key, version)
        await job.follow_steps(tools)
        now = await standing(api, key)
        assert (now["state"], now["missing"]) == ("onboarding", ["training"])
        assert "Writing" in now["steps"][1]["what_to_do"]
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Certificate(
                    organization_id=tenant.id, module_id=module.id, employee_id=employee.id,
                    issued_at=await db.now(session),
                )
            )  # fmt: skip
        await job.follow_steps(tools)
        assert ((await standing(api, key))["state"], (await standing(api, key))["missing"]) == ("active", [])

    async def test_a_mark_needs_a_membership(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, key = await tenant.person()
        path = f"/v1/me/onboarding/{desk.program.id}/marks"
        assert (await api.post(path, key=key, json={"step": "sharing_path"})).status_code == 404
        assert (await api.post(path, key=key, json={"step": "training"})).status_code == 422


class TestLeavingAndComingBack:
    async def test_history_is_kept_and_agreement_is_asked_anew(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await ask_for(api, desk, "sharing_path")
        version = await desk.publish_policy()
        employee, key, invitation = await desk.invited()
        await desk.answer(invitation, "accept", key=key)
        await agree(api, key, version)
        await api.post(f"/v1/me/onboarding/{desk.program.id}/marks", key=key, json={"step": "sharing_path"})
        consents = f"/v1/me/programs/{desk.program.id}/declaration-consents"
        await api.request("PUT", consents, key=key, json={"purposes": ["skills"]})
        member = (await tenant.rows(Ambassador))[0]
        assert member.state is AmbassadorState.ACTIVE
        left = await api.post(f"/v1/me/ambassadorships/{desk.program.id}/leave", key=key)
        assert left.json()["state"] == "left"
        assert (await kinds(tenant))[-1] == "membership_ended"
        assert not any(one["is_given"] for one in (await api.get(consents, key=key)).json()["data"])
        back = await api.post(f"/v1/me/ambassadorships/{desk.program.id}/come-back", key=key)
        assert back.status_code == 200, back.text
        assert (back.json()["id"], back.json()["state"]) == (str(member.id), "joined")
        assert [one["version_id"] for one in back.json()["to_acknowledge"]] == [str(version.id)]
        assert (await standing(api, key))["missing"] == ["acknowledge_policy", "sharing_path"]
        # That they had agreed before is kept as evidence.
        (ended,) = [row for row in await tenant.rows(AuditEntry) if row.action == "acknowledgement.end"]
        assert ended.before["version_id"] == str(version.id)
        await agree(api, key, version)
        assert (await standing(api, key))["state"] == "onboarding"
        assert len(await tenant.rows(Acknowledgement)) == 1
        assert employee.id in {row.employee_id for row in await tenant.rows(RoleGrant)}

    async def test_who_was_never_in_cannot_come_back(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, key = await tenant.person()
        path = f"/v1/me/ambassadorships/{desk.program.id}/come-back"
        assert (await api.post(path, key=key)).status_code == 404

    async def test_coming_back_is_bound_by_the_places(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await ask_for(api, desk, capacity=1)
        _, key, one = await desk.invited()
        await desk.answer(one, "accept", key=key)
        await api.post(f"/v1/me/ambassadorships/{desk.program.id}/leave", key=key)
        _, other, two = await desk.invited()
        await desk.answer(two, "accept", key=other)
        back = await api.post(f"/v1/me/ambassadorships/{desk.program.id}/come-back", key=key)
        assert (back.json()["state"], back.json()["place"]) == ("waiting", 1)

    async def test_who_leaves_the_company_leaves_the_program_and_their_place_goes_on(
        self, api: Api, desk: Any, tenant: Tenant, tools: Tools
    ) -> None:
        await ask_for(api, desk, capacity=1)
        employee, key, one = await desk.invited()
        await desk.answer(one, "accept", key=key)
        _, other, two = await desk.invited()
        await desk.answer(two, "accept", key=other)
        await self.say(tenant, employee, EmploymentStatus.SUSPENDED)
        await job.end_for_leavers(tools)
        assert (await standing(api, other))["state"] == "waiting"
        await self.say(tenant, employee, EmploymentStatus.LEFT)
        await job.end_for_leavers(tools)
        await job.end_for_leavers(tools)
        assert (await standing(api, other))["state"] == "joined"
        assert sum(row.type == "ambassador.left" for row in await tenant.rows(Event)) == 1
        # Hired again: the same person and history, asked anew.
        await self.say(tenant, employee, EmploymentStatus.ACTIVE)
        again = await tenant.key_of(employee)
        back = await api.post(f"/v1/me/ambassadorships/{desk.program.id}/come-back", key=again)
        assert (back.json()["state"], back.json()["place"]) == ("waiting", 1)

    async def say(self, tenant: Tenant, employee: Employee, status: EmploymentStatus) -> None:
        """What HR says of somebody."""
        async with tenant.database.transaction(tenant.id) as session:
            row = await session.get(Employee, (tenant.id, employee.id))
            assert row is not None
            row.status = status
            session.add(row)
