"""A person shares over HTTP: three calls to a planned post, and everything that must be refused on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.core.content.models import Offer
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.policies.models import Policy, PolicyVersion, VersionState
from tests.factories.publications import Scene, Sharer, make_scene, make_sharer
from tests.fixtures.api import Api, Tenant


@dataclass
class Desk:
    """An ambassador at work: their key, an offer, an account that needs no network."""

    api: Api
    tenant: Tenant
    scene: Scene
    sharer: Sharer
    key: str
    offer_id: str

    async def draft(self, **body: Any) -> Any:
        """A drafted share."""
        answer = await self.api.post("/v1/me/shares", key=self.key, json={"offer_id": self.offer_id, **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def approval(self, share: Any, **changes: Any) -> dict[str, Any]:
        """What an approval of ``share`` sends."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            local = (await db.now(session) + timedelta(hours=1)).replace(tzinfo=None, microsecond=0)
        return {
            "content_hash": share["content_hash"],
            "connection_id": str(self.sharer.connection.id),
            "scheduled_local": local.isoformat(),
            "time_zone": "UTC",
            **changes,
        }

    async def approve(self, share: Any, **changes: Any) -> Any:
        """Approve a share."""
        body = await self.approval(share, **changes)
        return await self.api.post(f"/v1/me/shares/{share['id']}/approve", key=self.key, json=body)


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """An ambassador with an offer."""
    scene = await make_scene(tenant)
    sharer = await make_sharer(tenant, scene, connect_to=None)
    offer = Offer(
        organization_id=tenant.id,
        program_id=scene.program.id,
        item_id=scene.item.id,
        employee_id=sharer.employee.id,
        language=Language.EN,
    )
    async with tenant.database.transaction(tenant.id) as session:
        session.add(offer)
    return Desk(api, tenant, scene, sharer, await tenant.key_of(sharer.employee), str(offer.id))


async def add_policy(tenant: Tenant, scene: Scene, **version: Any) -> PolicyVersion:
    """A published policy version of the program."""
    policy = Policy(organization_id=tenant.id, title="How we speak", program_id=scene.program.id)
    made = PolicyVersion(
        organization_id=tenant.id,
        policy_id=policy.id,
        number=1,
        state=VersionState.PUBLISHED,
        written_by=tenant.id,
        texts={"en": {"summary": "Speak as yourself.", "dos": [], "donts": []}},
        **version,
    )
    async with tenant.database.transaction(tenant.id) as session:
        session.add(policy)
        await session.flush()
        made.published_at = await db.now(session)
        session.add(made)
    return made


class TestDraft:
    async def test_an_offer_a_share_and_its_approval_are_three_calls(self, desk: Desk) -> None:
        offers = (await desk.api.get("/v1/me/offers", key=desk.key)).json()["data"]
        assert offers[0]["why_share"]
        share = await desk.draft()
        approved = await desk.approve(share)
        assert approved.status_code == 201
        assert approved.json()["state"] == "handed_over"
        assert "linkedin.com" in approved.json()["by_hand"]["url"]

    async def test_a_second_open_share_of_the_same_offer_is_refused(self, desk: Desk) -> None:
        share = await desk.draft()
        again = await desk.api.post("/v1/me/shares", key=desk.key, json={"offer_id": desk.offer_id})
        assert again.status_code == 409
        assert share["id"] in again.json()["detail"]

    async def test_rewording_needs_the_version_that_was_read(self, desk: Desk) -> None:
        share = await desk.draft()
        path = f"/v1/me/shares/{share['id']}"
        etag = (await desk.api.get(path, key=desk.key)).headers["etag"]
        assert (await desk.api.patch(path, key=desk.key, json={"text": "Mine"})).status_code == 428
        changed = await desk.api.patch(path, key=desk.key, etag=etag, json={"text": "Mine"})
        assert changed.json()["text"] == "Mine"
        assert changed.json()["content_hash"] != share["content_hash"]
        assert (await desk.api.patch(path, key=desk.key, etag=etag, json={"text": "Other"})).status_code == 412


class TestApprove:
    """S56: nobody but the person, for these words and this time."""

    async def test_a_text_changed_after_it_was_looked_at_is_refused(self, desk: Desk) -> None:
        share = await desk.draft()
        path = f"/v1/me/shares/{share['id']}"
        etag = (await desk.api.get(path, key=desk.key)).headers["etag"]
        await desk.api.patch(path, key=desk.key, etag=etag, json={"text": "Changed by somebody"})
        answer = await desk.approve(share)
        assert (answer.status_code, answer.json()["code"]) == (409, "content_changed")

    async def test_what_is_approved_cannot_be_changed(self, desk: Desk) -> None:
        share = await desk.draft()
        assert (await desk.approve(share)).status_code == 201
        path = f"/v1/me/shares/{share['id']}"
        etag = (await desk.api.get(path, key=desk.key)).headers["etag"]
        changed = await desk.api.patch(path, key=desk.key, etag=etag, json={"text": "Other words"})
        assert (changed.status_code, changed.json()["code"]) == (409, "share_not_editable")
        again = await desk.approve(share)
        assert (again.status_code, again.json()["code"]) == (409, "share_not_editable")

    async def test_the_owner_cannot_approve_for_a_person(self, desk: Desk) -> None:
        share = await desk.draft()
        path = f"/v1/me/shares/{share['id']}/approve"
        answer = await desk.api.post(path, key=desk.tenant.owner_key, json=await desk.approval(share))
        assert (answer.status_code, answer.json()["code"]) == (403, "person_required")

    async def test_a_colleague_cannot_approve_for_a_person(self, desk: Desk) -> None:
        share = await desk.draft()
        _, colleague = await desk.tenant.person()
        path = f"/v1/me/shares/{share['id']}/approve"
        answer = await desk.api.post(path, key=colleague, json=await desk.approval(share))
        assert answer.status_code == 404

    async def test_a_colleagues_account_cannot_be_used(self, desk: Desk) -> None:
        other = await make_sharer(desk.tenant, desk.scene, connect_to=None)
        answer = await desk.approve(await desk.draft(), connection_id=str(other.connection.id))
        assert answer.status_code == 404

    async def test_a_time_in_the_past_is_refused(self, desk: Desk) -> None:
        answer = await desk.approve(await desk.draft(), scheduled_local="2020-01-01T09:00:00")
        assert (answer.status_code, answer.json()["code"]) == (422, "time_in_the_past")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("scheduled_local", "2030-01-01T09:00:00+02:00"),
            ("scheduled_local", "tomorrow"),
            ("time_zone", "Mars/Olympus"),
            ("content_hash", "abc"),
        ],
    )
    async def test_a_value_that_is_none_is_named(self, desk: Desk, field: str, value: str) -> None:
        answer = await desk.approve(await desk.draft(), **{field: value})
        assert answer.status_code == 422
        assert [problem["pointer"] for problem in answer.json()["errors"]] == [f"/{field}"]

    async def test_the_same_approval_sent_again_plans_one_post(self, desk: Desk) -> None:
        share = await desk.draft()
        body = await desk.approval(share)
        path, headers = f"/v1/me/shares/{share['id']}/approve", {"Idempotency-Key": "once"}
        first = await desk.api.post(path, key=desk.key, headers=headers, json=body)
        again = await desk.api.post(path, key=desk.key, headers=headers, json=body)
        assert again.json() == first.json()
        assert len((await desk.api.get("/v1/publications", key=desk.key)).json()["data"]) == 1


class TestPolicy:
    async def test_a_policy_that_was_not_acknowledged_stands_before_sharing(self, desk: Desk) -> None:
        version = await add_policy(desk.tenant, desk.scene)
        answer = await desk.api.post("/v1/me/shares", key=desk.key, json={"offer_id": desk.offer_id})
        assert answer.status_code == 403
        assert str(version.id) in answer.json()["detail"]
        acknowledged = await desk.api.post(
            f"/v1/policies/{version.policy_id}/acknowledgements",
            key=desk.key,
            json={"version_id": str(version.id), "language": "en"},
        )
        assert acknowledged.status_code in (200, 201), acknowledged.text
        await desk.draft()

    async def test_a_forbidden_phrase_is_shown_and_cannot_be_approved(self, desk: Desk) -> None:
        rule = {
            "kind": "forbidden_phrase",
            "phrases": ["בונוס"],
            "message": {"en": "Leave pay out.", "he": "בלי שכר."},
        }
        version = await add_policy(desk.tenant, desk.scene, rules=[rule])
        await desk.api.post(
            f"/v1/policies/{version.policy_id}/acknowledgements",
            key=desk.key,
            json={"version_id": str(version.id), "language": "en"},
        )
        share = await desk.draft(text="מקבלים כאן הרבה, והבונוס גדול")
        checked = await desk.api.post(f"/v1/me/shares/{share['id']}/check", key=desk.key, json={})
        assert checked.json()["is_ready"] is False
        (hit,) = checked.json()["rule_hits"]
        assert "בונוס" in share["text"][hit["start"] : hit["end"]]
        refused = await desk.approve(share)
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_rule")

    async def test_a_missing_disclosure_is_named_and_a_draft_brings_it_along(self, desk: Desk) -> None:
        path = f"/v1/programs/{desk.scene.program.id}"
        etag = (await desk.api.get(path, key=desk.tenant.owner_key)).headers["etag"]
        body = {"disclosure": {"en": "I work at Lumen."}}
        await desk.api.patch(path, key=desk.tenant.owner_key, etag=etag, json=body)
        share = await desk.draft(text="Look at this.")
        refused = await desk.approve(share)
        assert (refused.status_code, refused.json()["code"]) == (422, "disclosure_missing")
        await desk.api.post(f"/v1/me/shares/{share['id']}/cancel", key=desk.key)
        assert (await desk.draft())["text"].startswith("I work at Lumen.")


class TestCheck:
    async def test_a_wall_time_is_explained_before_anything_is_saved(self, desk: Desk) -> None:
        share = await desk.draft()
        body = {"scheduled_local": "2030-03-29T02:30:00", "time_zone": "Asia/Jerusalem"}
        checked = await desk.api.post(f"/v1/me/shares/{share['id']}/check", key=desk.key, json=body)
        assert checked.json()["time"]["note"] == "shifted"
        assert (await desk.api.get("/v1/publications", key=desk.key)).json()["data"] == []


class TestAfterwards:
    async def test_a_cancelled_share_is_not_sent(self, desk: Desk) -> None:
        share = await desk.draft()
        publication = (await desk.approve(share)).json()
        assert (await desk.api.post(f"/v1/me/shares/{share['id']}/cancel", key=desk.key)).status_code == 200
        read = (await desk.api.get(f"/v1/publications/{publication['id']}", key=desk.key)).json()
        assert (read["state"], read["reason"]) == ("cancelled", "cancelled_by_person")

    async def test_leaving_the_program_cancels_what_is_planned(self, desk: Desk) -> None:
        publication = (await desk.approve(await desk.draft())).json()
        left = await desk.api.post(f"/v1/me/ambassadorships/{desk.scene.program.id}/leave", key=desk.key)
        assert left.status_code == 200, left.text
        read = (await desk.api.get(f"/v1/publications/{publication['id']}", key=desk.key)).json()
        assert (read["state"], read["reason"]) == ("cancelled", "left_program")

    async def test_b26_the_persons_word_proves_a_post_by_hand(self, desk: Desk) -> None:
        publication = (await desk.approve(await desk.draft())).json()
        path = f"/v1/publications/{publication['id']}"
        said = await desk.api.post(f"{path}/resolve", key=desk.key, json={"outcome": "it_is_there"})
        assert said.json()["state"] == "published"
        read = (await desk.api.get(path, key=desk.key)).json()
        assert [fact["kind"] for fact in read["evidence"]] == ["persons_word"]

    async def test_the_next_step_is_said_in_the_persons_language(self, desk: Desk) -> None:
        publication = (await desk.approve(await desk.draft())).json()
        read = await desk.api.get(
            f"/v1/publications/{publication['id']}", key=desk.key, headers={"Accept-Language": "he"}
        )
        assert "יש לפרסם בעצמך" in read.json()["next_step"]
