"""S51, S52: a rule stops a text or sends it to an editor; the stricter level wins, and the answer names the rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.core.communication.models import Message
from services.core.kit.ids import new_id
from services.core.organizations.models import Role
from services.core.policies.models import Acknowledgement, Policy, PolicyVersion, VersionState
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import holds
from services.scheduler.worker.tools import Tools
from tests.api.shares.test_timing import Desk, Person, codes, tuesday
from tests.factories.publications import make_scene
from tests.fixtures.api import Api, Tenant

TEXT = "Our lanterns hang in every embassy now."


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """A program with one item."""
    return Desk(api, tenant, await make_scene(tenant))


def rule(phrase: str, action: str = "review", **more: Any) -> dict[str, Any]:
    """A rule about a phrase."""
    message = {"en": "Embassies are customers.", "he": "שגרירויות הן לקוחות."}
    return {"kind": "forbidden_phrase", "phrases": [phrase], "message": message, "action": action, **more}


async def put_into_force(desk: Desk, *rules: dict[str, Any], program_id: UUID | None = None) -> PolicyVersion:
    """A version in force that every ambassador so far has agreed to."""
    tenant = desk.tenant
    async with tenant.database.transaction(tenant.id) as session:
        policy = Policy(organization_id=tenant.id, title="How we speak", program_id=program_id)
        session.add(policy)
        await session.flush()
        version = PolicyVersion(
            organization_id=tenant.id, policy_id=policy.id, number=1, state=VersionState.PUBLISHED,
            written_by=new_id(), texts={"en": {"summary": "So.", "dos": [], "donts": []}}, rules=list(rules),
        )  # fmt: skip
        session.add(version)
    return version


async def agree(desk: Desk, version: PolicyVersion, *people: Person) -> None:
    """These people have agreed."""
    for person in people:
        await desk.add(
            Acknowledgement(
                organization_id=desk.tenant.id, version_id=version.id, employee_id=person.sharer.employee.id,
                language="en",
            )
        )  # fmt: skip


async def approver(desk: Desk) -> str:
    """Somebody who reads texts."""
    return (await desk.tenant.person(Role.APPROVER))[1]


async def waiting(desk: Desk, key: str) -> list[Any]:
    """What waits for an editor."""
    answer = await desk.api.get(f"/v1/programs/{desk.scene.program.id}/text-reviews", key=key)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def decide(desk: Desk, key: str, held: Any, decision: str) -> Any:
    """The editor answers."""
    return await desk.api.post(
        f"/v1/publications/{held['id']}/text-review",
        key=key,
        json={"decision": decision, "content_hash": held["content_hash"], "note": "Please leave it out."},
    )


class TestStop:
    async def test_s51_the_answer_names_the_rule_its_level_and_version_and_the_stricter_level_wins(
        self, desk: Desk
    ) -> None:
        person = await desk.person()
        wide = await put_into_force(desk, rule("embassy", "review"))
        own = await put_into_force(desk, rule("embassy", "stop"), program_id=desk.scene.program.id)
        await agree(desk, wide, person)
        await agree(desk, own, person)
        share = await person.draft(text=TEXT)
        checked = await person.check(share, tuesday(9))
        assert (checked["is_ready"], checked["needs_review"]) == (False, False)
        assert [(hit["level"], hit["action"], hit["policy_version_id"]) for hit in checked["rule_hits"]] == [
            ("organization", "review", str(wide.id)),
            ("program", "stop", str(own.id)),
        ]
        assert all(hit["rule_pointer"] == "/rules/0" and hit["what_to_do"] for hit in checked["rule_hits"])
        assert all(TEXT[hit["start"] : hit["end"]] == "embassy" for hit in checked["rule_hits"])
        refused = await person.approve(share, tuesday(9), accept_review=True)
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_rule")
        assert codes(refused) == ["forbidden_phrase"]
        assert "a rule of the program" in refused.json()["errors"][0]["message"]

    async def test_s52_politics_and_religion_are_stopped_or_reviewed_in_both_languages(self, desk: Desk) -> None:
        topics = [
            {"kind": "topic", "topic": "politics", "message": {"en": "No politics."}, "action": "stop"},
            {"kind": "topic", "topic": "religion", "message": {"en": "No religion."}, "action": "review"},
        ]
        version = await put_into_force(desk, *topics)
        person = await desk.person()
        await agree(desk, version, person)
        for text, action in (
            ("Go and vote for the Labour party in the elections!", "stop"),
            ("חובה להצביע לליכוד בבחירות!", "stop"),
            ("We prayed in church on Sunday.", "review"),
            ("התפללנו בבית הכנסת בשבת.", "review"),
        ):
            body = {"program_id": str(desk.scene.program.id), "text": text, "language": "en"}
            answer = await desk.api.post("/v1/policy-checks", key=person.key, json=body)
            assert answer.json()["outcome"] == action, answer.text


class TestReview:
    async def test_the_person_agrees_to_an_editor_who_sees_text_and_hits_and_lets_it_out(self, desk: Desk) -> None:
        version = await put_into_force(desk, rule("embassy"))
        person = await desk.person()
        await agree(desk, version, person)
        share = await person.draft(text=TEXT)
        checked = await person.check(share, tuesday(9))
        assert (checked["is_ready"], checked["needs_review"]) == (False, True)
        refused = await person.approve(share, tuesday(9))
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_review_needed")
        assert "accept_review" in refused.json()["detail"]
        held = (await person.approve(share, tuesday(9), accept_review=True)).json()
        assert (held["state"], held["reason"], held["whose_move"]) == ("held", "policy_review", "administrator")
        assert "editor" in held["next_step"]
        key = await approver(desk)
        (one,) = await waiting(desk, key)
        assert (one["text"], one["why"]) == (TEXT, "policy")
        assert [(hit["phrase"], hit["action"]) for hit in one["rule_hits"]] == [("embassy", "review")]
        answered = await decide(desk, key, held, "approve")
        assert answered.status_code == 200, answered.text
        read = (await desk.api.get(f"/v1/publications/{held['id']}", key=person.key)).json()
        assert read["state"] == "handed_over"
        assert await waiting(desk, key) == []

    async def test_declined_it_is_a_draft_again_and_its_person_hears_why(self, desk: Desk) -> None:
        version = await put_into_force(desk, rule("embassy"))
        person = await desk.person()
        await agree(desk, version, person)
        share = await person.draft(text=TEXT)
        held = (await person.approve(share, tuesday(9), accept_review=True)).json()
        assert (await decide(desk, await approver(desk), held, "decline")).status_code == 200
        read = (await desk.api.get(f"/v1/publications/{held['id']}", key=person.key)).json()
        assert (read["state"], read["reason"]) == ("cancelled", "policy_review_declined")
        assert "because of a rule" in read["why"]
        assert (await desk.api.get(f"/v1/me/shares/{share['id']}", key=person.key)).json()["state"] == "draft"
        assert [row.kind for row in await desk.tenant.rows(Message)] == ["text_declined_by_rule"]

    async def test_an_editor_does_not_let_out_what_a_rule_stops_by_now(self, desk: Desk) -> None:
        version = await put_into_force(desk, rule("embassy"))
        person = await desk.person()
        await agree(desk, version, person)
        held = (await person.approve(await person.draft(text=TEXT), tuesday(9), accept_review=True)).json()
        await put_into_force(desk, rule("lanterns", "stop"), program_id=desk.scene.program.id)
        refused = await decide(desk, await approver(desk), held, "approve")
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_rule")


class TestQueue:
    @staticmethod
    async def planned(desk: Desk, person: Person, *, accept_review: bool = False) -> Publication:
        """A planned post; the account is one that posts by itself as far as the queue can tell."""
        share = await person.draft(text=TEXT)
        made = await person.approve(share, tuesday(9), accept_review=accept_review)
        assert made.status_code == 201, made.text
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            row = await session.get(Publication, (desk.tenant.id, UUID(made.json()["id"])))
            assert row is not None
            row.state, row.reason = PublicationState.SCHEDULED, None
        return row

    @staticmethod
    async def recheck(desk: Desk) -> dict[UUID, tuple[str, str | None]]:
        """Look at the queue; where everything stands then."""
        tools = Tools(desk.tenant.database, desk.tenant.settings)
        await holds.recheck_queue(tools, desk.tenant.id, desk.tenant.id)
        rows = await desk.tenant.rows(Publication)
        for row in rows:
            if row.state is PublicationState.HELD:
                await holds.tell_held_by_rule(tools, desk.tenant.id, row.id)
        return {row.id: (row.state.value, row.reason) for row in rows}

    async def test_b12_a_new_review_rule_holds_planned_posts_and_the_person_decides_whether_an_editor_reads(
        self, desk: Desk
    ) -> None:
        person = await desk.person()
        row = await self.planned(desk, person)
        version = await put_into_force(desk, rule("embassy"))
        assert await self.recheck(desk) == {row.id: ("held", "policy_rule")}
        key = await approver(desk)
        # Nobody reads what its person has not agreed to.
        assert await waiting(desk, key) == []
        (told,) = await desk.tenant.rows(Message)
        assert told.kind == "publication_held_by_rule"
        await agree(desk, version, person)
        path = f"/v1/publications/{row.id}"
        etag = (await desk.api.get(path, key=person.key)).headers["etag"]
        bare = await desk.api.patch(path, key=person.key, etag=etag, json={"allow_duplicate": True})
        assert (bare.status_code, bare.json()["code"]) == (409, "policy_review_needed")
        agreed = await desk.api.patch(path, key=person.key, etag=etag, json={"accept_review": True})
        assert (agreed.status_code, agreed.json()["reason"]) == (200, "policy_review")
        (one,) = await waiting(desk, key)
        answered = await decide(desk, key, {"id": str(row.id), "content_hash": one["content_hash"]}, "approve")
        assert answered.status_code == 200, answered.text

    async def test_what_an_editor_let_pass_stays_passed_until_the_rule_changes(self, desk: Desk) -> None:
        version = await put_into_force(desk, rule("embassy"))
        person = await desk.person()
        await agree(desk, version, person)
        held = (await person.approve(await person.draft(text=TEXT), tuesday(9), accept_review=True)).json()
        await decide(desk, await approver(desk), held, "approve")
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            row = await session.get(Publication, (desk.tenant.id, UUID(held["id"])))
            assert row is not None
            row.state, row.reason = PublicationState.SCHEDULED, None
        assert await self.recheck(desk) == {row.id: ("scheduled", None)}
        # The same rule in a newer version changes nothing; another one does, and the editor is asked as agreed.
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            newer = PolicyVersion(
                organization_id=desk.tenant.id, policy_id=version.policy_id, number=2, state=VersionState.PUBLISHED,
                written_by=new_id(), texts=version.texts, rules=[rule("embassy"), rule("nothing of it")],
            )  # fmt: skip
            session.add(newer)
        assert await self.recheck(desk) == {row.id: ("scheduled", None)}
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            (await session.merge(newer)).rules = [rule("embassy"), rule("lanterns")]
        assert await self.recheck(desk) == {row.id: ("held", "policy_review")}
        kinds = [message.kind for message in await desk.tenant.rows(Message)]
        assert kinds[-1] == "publication_for_editor"

    async def test_a_version_to_come_holds_only_what_is_due_after_its_moment(self, desk: Desk) -> None:
        first, second = await desk.person(), await desk.person()
        early = await self.planned(desk, first)
        late = await self.planned(desk, second)
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            row = await session.merge(late)
            row.scheduled_at = row.due_at = early.scheduled_at + timedelta(days=3)
        version = await put_into_force(desk, rule("embassy", "stop"))
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            row_of_version = await session.merge(version)
            row_of_version.state = VersionState.SCHEDULED
            row_of_version.effective_from = early.scheduled_at + timedelta(days=1)
        found = await self.recheck(desk)
        assert found == {early.id: ("scheduled", None), late.id: ("held", "policy_rule")}
