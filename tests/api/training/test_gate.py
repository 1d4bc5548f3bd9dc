"""Training comes before sharing where a program says so; an end locks again, and a renewal lets go what waited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.core.communication.texts import MessageKind
from services.core.shares.models import PublicationState
from services.core.training.models import Certificate
from services.scheduler.jobs import holds
from services.scheduler.jobs import shares as publishing_jobs
from tests.api.training.conftest import School, text_of
from tests.factories.publications import Sharer, approve_post, draft, make_sharer, read_publication
from tests.fixtures.api import Tenant


async def certified(school: School, tenant: Tenant, module: dict[str, Any]) -> tuple[Sharer, str]:
    """An ambassador who can share, and holds the certificate."""
    sharer = await make_sharer(tenant, school.scene, connect_to=None)
    key = await tenant.key_of(sharer.employee)
    passed = await school.answer(module, key)
    assert passed.json().get("is_passed"), passed.text
    await school.work()
    return sharer, key


class TestGate:
    async def test_b21_without_a_mandatory_module_a_share_is_403_naming_module_quiz_and_next_session(
        self, school: School
    ) -> None:
        module = await school.gate(completion="either")
        made = (await school.session(module)).json()
        employee, key = await school.member()
        refused = await school.share(employee, key, **{"Accept-Language": "he"})
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (403, "training_missing"), refused.text
        assert "כתיבה לרשתות" in problem["detail"]
        assert made["starts_local"][:10] in problem["detail"]
        assert problem["missing"] == [
            {
                "module_id": module["id"],
                "is_expired": False,
                "quiz": f"/v1/me/training-modules/{module['id']}/quiz",
                "next_session_id": made["id"],
                "next_session_at": problem["missing"][0]["next_session_at"],
            }
        ]
        assert (await school.answer(module, key)).json()["is_passed"]
        assert (await school.share(employee, key)).status_code == 201

    async def test_a_draft_of_before_the_gate_is_not_approved(self, school: School, tenant: Tenant) -> None:
        sharer = await make_sharer(tenant, school.scene, connect_to=None)
        key = await tenant.key_of(sharer.employee)
        share_id, body = await draft(tenant, school.scene, sharer)
        module = await school.gate()
        path = f"/v1/me/shares/{share_id}/approve"
        refused = await school.api.post(path, key=key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "training_missing"), refused.text
        await school.answer(module, key)
        approved = await school.api.post(path, key=key, json=body)
        assert approved.status_code in (200, 201), approved.text

    async def test_a_program_without_a_gate_asks_for_nothing(self, school: School) -> None:
        module = await school.module(is_mandatory=True)
        await school.curriculum({"module_id": module["id"]})
        employee, key = await school.member()
        assert (await school.share(employee, key)).status_code == 201

    async def test_a_new_gate_holds_what_is_planned_and_each_person_is_told_once(
        self, school: School, tenant: Tenant
    ) -> None:
        sharer = await make_sharer(tenant, school.scene, connect_to=None)
        key = await tenant.key_of(sharer.employee)
        post = await approve_post(tenant, school.scene, sharer, due_in=timedelta(days=2))
        module = await school.gate()
        row = await read_publication(tenant, post.id)
        assert (row.state, row.reason) == (PublicationState.HELD, "training_missing")
        (mail,) = await school.mails(sharer.employee, MessageKind.TRAINING_COMES_FIRST)
        assert "Writing for networks" in text_of(mail)
        assert "wait for it: 1" in text_of(mail)
        await school.answer(module, key)
        await school.work()
        assert (await read_publication(tenant, post.id)).state is PublicationState.SCHEDULED


class TestEnd:
    async def test_b21_an_expired_certificate_locks_again_holds_what_is_queued_and_a_renewal_lets_it_go(
        self, school: School, tenant: Tenant
    ) -> None:
        module = await school.gate(validity_months=1)
        sharer, key = await certified(school, tenant, module)
        (held,) = await tenant.rows(Certificate)
        until_end = held.expires_at - await school.now()
        post = await approve_post(tenant, school.scene, sharer, due_in=until_end + timedelta(days=3))

        await school.later(until_end + timedelta(minutes=1))
        await school.work()
        row = await read_publication(tenant, post.id)
        assert (row.state, row.reason) == (PublicationState.HELD, "training_missing")
        (mail,) = await school.mails(sharer.employee, MessageKind.CERTIFICATE_ENDED)
        assert "has run out" in text_of(mail)
        assert "wait for it: 1" in text_of(mail)
        refused = await school.share(sharer.employee, key)
        assert (refused.status_code, refused.json()["missing"][0]["is_expired"]) == (403, True)
        assert (await school.mine(key))["standing"] == "expired"
        # Nothing changes by being looked at, and nobody is told twice.
        await holds.recheck_held(school.tools)
        await school.work()
        assert (await read_publication(tenant, post.id)).state is PublicationState.HELD
        assert len(await school.mails(sharer.employee, MessageKind.CERTIFICATE_ENDED)) == 1
        seen = await school.api.get(f"/v1/publications/{post.id}", key=key, headers={"Accept-Language": "he"})
        assert "הסמכה" in seen.text
        assert "/v1/me/training" in seen.text

        assert (await school.answer(module, key)).json()["is_passed"]
        await school.work()
        assert (await read_publication(tenant, post.id)).state is PublicationState.SCHEDULED
        assert (await school.share(sharer.employee, key)).status_code == 201

    async def test_what_is_due_at_the_very_end_does_not_slip_through(self, school: School, tenant: Tenant) -> None:
        module = await school.gate(validity_months=1)
        sharer, _ = await certified(school, tenant, module)
        (held,) = await tenant.rows(Certificate)
        until_end = held.expires_at - await school.now()
        post = await approve_post(tenant, school.scene, sharer, due_in=until_end + timedelta(seconds=20))
        await school.later(until_end + timedelta(seconds=30))
        # The publisher comes before the job that ends certificates.
        await publishing_jobs.publish(school.tools, tenant.id)
        row = await read_publication(tenant, post.id)
        assert (row.state, row.reason) == (PublicationState.HELD, "training_missing")

    async def test_people_are_reminded_30_and_7_days_before_in_their_own_hours_and_not_after_a_renewal(
        self, school: School, tenant: Tenant
    ) -> None:
        module = await school.gate(validity_months=3)
        sharer, key = await certified(school, tenant, module)
        (held,) = await tenant.rows(Certificate)
        reminded = []
        # By night and by day around each reminder.
        for hours in (702, 696, 684, 192, 150, 144, 132, 48):
            left = timedelta(hours=hours)
            await school.later(held.expires_at - left - await school.now())
            await school.work()
            local = (await school.now()).astimezone(ZoneInfo("Asia/Jerusalem"))
            sent = await school.mails(sharer.employee, MessageKind.CERTIFICATE_ENDING)
            if len(sent) > len(reminded):
                assert 9 <= local.hour < 18
                reminded.append(left.days)
        assert len(reminded) == 2, reminded
        assert reminded[0] in (28, 29)
        assert reminded[1] in (5, 6)
        letter = text_of((await school.mails(sharer.employee, MessageKind.CERTIFICATE_ENDING))[0])
        assert f"/v1/me/training-modules/{module['id']}/quiz" in letter

        await school.answer(module, key)
        await school.later(timedelta(days=5))
        await school.work()
        assert await school.mails(sharer.employee, MessageKind.CERTIFICATE_ENDED) == []
        assert (await school.mine(key))["standing"] == "valid"
