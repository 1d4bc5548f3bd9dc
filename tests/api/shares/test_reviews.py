"""Many colleagues with the same text: the first ones go ahead, the others are nudged, then read by an editor first."""

from __future__ import annotations

from typing import Any

import pytest

from services.core.communication.models import Message
from services.core.organizations.models import Role, RoleGrant
from services.core.programs.models import SimilarAction
from services.core.shares import words
from services.core.shares.models import Publication, PublicationState
from tests.api.shares.test_timing import Desk, Person, tuesday
from tests.factories.publications import make_scene
from tests.fixtures.api import Api, Tenant


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """A program with one item, whose channel nobody has set up: the defaults hold."""
    return Desk(api, tenant, await make_scene(tenant))


async def post(desk: Desk, *, text: str | None = None, minute: int = 0, **more: Any) -> tuple[Person, Any, Any]:
    """One more ambassador approves a text: them, their share, and the answer."""
    person = await desk.person()
    share = await person.draft(text=text)
    return person, share, await person.approve(share, tuesday(9 + minute // 60, minute % 60), **more)


def own_words(number: int) -> str:
    """A text that is nobody else's."""
    topics = ("rivers", "bread and salt", "a late train", "seven mentors", "my first bug", "quiet mornings", "jazz")
    return f"{topics[number % 7]} taught me {number} things about {topics[(number * 3 + 1) % 7]} that I use each day"


class TestThirtyWithTheSameText:
    """B09: thirty colleagues with one text."""

    async def test_from_the_fifth_on_they_are_told_and_an_edited_text_passes(self, desk: Desk) -> None:
        answers = [(await post(desk, minute=number))[2] for number in range(30)]
        assert [answer.status_code for answer in answers] == [201] * 4 + [409] * 26
        told = answers[4].json()
        assert (told["code"], told["needs_review"]) == ("similar_text", True)
        assert [problem["code"] for problem in told["errors"]] == ["similar_text", "similar_text"]
        assert "own" in told["errors"][0]["message"]
        edited = (await post(desk, text=own_words(1), minute=40))[2]
        assert (edited.status_code, edited.json()["state"]) == (201, "handed_over")

    async def test_case_links_and_emoji_make_no_text_of_ones_own_and_neither_does_a_letter(self, desk: Desk) -> None:
        same = "We are hiring in Tel Aviv (hybrid), come and build with us!"
        for number in range(4):
            assert (await post(desk, text=same, minute=number))[2].status_code == 201
        for other in (
            "we are HIRING in Tel Aviv (hybrid), come and build with us! 🎉 https://lumen.example/x",
            "We're hiring in Tel Aviv (hybrid) - come and build with us!",
        ):
            refused = (await post(desk, text=other, minute=9))[2]
            assert (refused.status_code, refused.json()["code"]) == (409, "similar_text")

    async def test_another_day_is_another_day(self, desk: Desk) -> None:
        for number in range(4):
            await post(desk, minute=number)
        assert (await post(desk, minute=14 * 60 + 59))[2].status_code == 409
        person = await desk.person()
        later = tuesday(9).replace(day=tuesday(9).day + 2)
        assert (await person.approve(await person.draft(), later)).status_code == 201


class TestNudge:
    async def test_below_twice_the_limit_the_person_may_keep_the_text(self, desk: Desk) -> None:
        await desk.channel(similar_from=5, similar_share=0.2)
        for number in range(3):
            assert (await post(desk, minute=number))[2].status_code == 201
        for number in range(7):
            assert (await post(desk, text=own_words(number), minute=10 + number))[2].status_code == 201
        person, share, refused = await post(desk, minute=30)
        assert (refused.status_code, refused.json()["needs_review"]) == (409, False)
        checked = await person.check(share, tuesday(9, 30))
        assert (checked["is_ready"], checked["similar_text"]["needs_review"]) == (False, False)
        assert checked["similar_text"]["advice"]
        kept = await person.approve(share, tuesday(9, 30), keep_similar=True)
        assert (kept.status_code, kept.json()["state"]) == (201, "handed_over")

    async def test_a_program_may_have_every_one_of_them_read(self, desk: Desk) -> None:
        await desk.channel(similar_from=5, similar_share=0.2, similar_action=SimilarAction.REVIEW)
        for number in range(3):
            await post(desk, minute=number)
        for number in range(7):
            await post(desk, text=own_words(number), minute=10 + number)
        _, _, refused = await post(desk, minute=30)
        assert refused.json()["needs_review"] is True


class TestReview:
    async def _held(self, desk: Desk) -> tuple[Person, Any, Any]:
        for number in range(4):
            await post(desk, minute=number)
        person, share, answer = await post(desk, minute=30, keep_similar=True)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["state"], answer.json()["reason"]) == ("held", words.REVIEW)
        assert "editor" in answer.json()["next_step"]
        return person, share, answer.json()

    async def _approver(self, desk: Desk) -> str:
        return (await desk.tenant.person(Role.APPROVER))[1]

    async def test_an_editor_reads_the_text_without_a_name_and_lets_it_out(self, desk: Desk) -> None:
        person, share, held = await self._held(desk)
        key = await self._approver(desk)
        path = f"/v1/programs/{desk.scene.program.id}/text-reviews"
        listed = await desk.api.get(path, key=key)
        (waiting,) = listed.json()["data"]
        assert (waiting["publication_id"], waiting["text"]) == (held["id"], share["text"])
        assert waiting["item_id"] == str(desk.scene.item.id)
        employee = person.sharer.employee
        assert not any(said in listed.text for said in (str(employee.id), employee.display_name, employee.work_email))
        answered = await desk.api.post(
            f"/v1/publications/{held['id']}/text-review",
            key=key,
            json={"decision": "approve", "content_hash": held["content_hash"]},
        )
        assert answered.status_code == 200, answered.text
        assert str(employee.id) not in answered.text
        read = (await desk.api.get(f"/v1/publications/{held['id']}", key=person.key)).json()
        assert (read["state"], read["by_hand"] is not None) == ("handed_over", True)
        assert (await desk.api.get(path, key=key)).json()["data"] == []
        assert [row.kind for row in await desk.tenant.rows(Message)] == ["text_approved"]

    async def test_a_declined_text_is_the_persons_draft_again_and_they_are_told(self, desk: Desk) -> None:
        person, share, held = await self._held(desk)
        key = await self._approver(desk)
        body = {
            "decision": "decline",
            "content_hash": held["content_hash"],
            "note": "Say what you did yourself.",
        }
        path = f"/v1/publications/{held['id']}/text-review"
        assert (await desk.api.post(path, key=key, json=body)).status_code == 200
        read = (await desk.api.get(f"/v1/publications/{held['id']}", key=person.key)).json()
        assert (read["state"], read["reason"]) == ("cancelled", words.DECLINED)
        assert [row.kind for row in await desk.tenant.rows(Message)] == ["text_declined"]
        own = f"/v1/me/shares/{share['id']}"
        etag = (await desk.api.get(own, key=person.key)).headers["etag"]
        edited = await desk.api.patch(own, key=person.key, etag=etag, json={"text": own_words(3)})
        assert edited.status_code == 200, edited.text
        assert (await person.approve(edited.json(), tuesday(9, 30))).status_code == 201
        again = await desk.api.post(path, key=key, json=body)
        assert (again.status_code, again.json()["code"]) == (409, "not_for_review")

    async def test_a_text_that_was_changed_since_it_was_read_is_not_let_out(self, desk: Desk) -> None:
        _, _, held = await self._held(desk)
        key = await self._approver(desk)
        path = f"/v1/publications/{held['id']}/text-review"
        answer = await desk.api.post(path, key=key, json={"decision": "approve", "content_hash": "0" * 64})
        assert (answer.status_code, answer.json()["code"]) == (409, "content_changed")
        (row,) = [row for row in await desk.tenant.rows(Publication) if str(row.id) == held["id"]]
        assert row.state is PublicationState.HELD

    async def test_nobody_answers_for_their_own_text(self, desk: Desk) -> None:
        person, _, held = await self._held(desk)
        await desk.add(
            RoleGrant(organization_id=desk.tenant.id, employee_id=person.sharer.employee.id, role=Role.APPROVER)
        )
        listed = await desk.api.get(f"/v1/programs/{desk.scene.program.id}/text-reviews", key=person.key)
        assert listed.json()["data"] == []
        answer = await desk.api.post(
            f"/v1/publications/{held['id']}/text-review",
            key=person.key,
            json={"decision": "approve", "content_hash": held["content_hash"]},
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "own_text_review")

    async def test_strangers_and_other_roles_see_nothing(self, desk: Desk, other_tenant: Tenant) -> None:
        _, _, held = await self._held(desk)
        listing = f"/v1/programs/{desk.scene.program.id}/text-reviews"
        answer = f"/v1/publications/{held['id']}/text-review"
        body = {"decision": "approve", "content_hash": held["content_hash"]}
        assert (await desk.api.get(listing)).status_code == 401
        assert (await desk.api.get(listing, key=other_tenant.owner_key)).status_code == 404
        assert (await desk.api.post(answer, key=other_tenant.owner_key, json=body)).status_code == 404
        editor = (await desk.tenant.person(Role.EDITOR))[1]
        assert (await desk.api.get(listing, key=editor)).status_code == 403
        assert (await desk.api.post(answer, key=editor, json=body)).status_code == 403
        elsewhere = await make_scene(desk.tenant)
        limited = (await desk.tenant.person(Role.APPROVER, program_id=elsewhere.program.id))[1]
        assert (await desk.api.post(answer, key=limited, json=body)).status_code == 404
        assert (await desk.api.get(listing, key=limited)).status_code == 403
        bad = await desk.api.post(answer, key=await self._approver(desk), json={"decision": "maybe"})
        assert bad.status_code == 422

    async def test_a_text_that_waits_can_be_taken_back(self, desk: Desk) -> None:
        person, share, held = await self._held(desk)
        assert (await desk.api.post(f"/v1/me/shares/{share['id']}/cancel", key=person.key)).status_code == 200
        (row,) = [row for row in await desk.tenant.rows(Publication) if str(row.id) == held["id"]]
        assert row.state is PublicationState.CANCELLED
