"""Content from draft to offer over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.core.audit.models import AuditEntry
from services.core.content import repository, service
from services.core.content.errors import ItemExpired, OfferClosed
from services.core.events.models import Event
from services.core.kit.db import Database, move_clock
from services.core.kit.errors import NotFound
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor, Grant
from services.core.programs.models import ProgramState
from tests.fixtures.api import Api, Tenant


class TestDrafts:
    async def test_a_draft_is_made_and_read(self, api: Api, desk: Any) -> None:
        body = desk.body(audience={"departments": ["Sales"]}, topics=["sun"], expires_at="2199-01-01T00:00:00+02:00")
        made = await api.post("/v1/content-items", key=desk.editor, json=body)
        assert made.status_code == 201
        read = await api.get(made.headers["location"], key=desk.approver)
        assert read.json() == made.json()
        assert read.json()["state"] == "draft"
        assert read.json()["expires_at"] == "2198-12-31T22:00:00Z"
        assert read.headers["etag"] == made.headers["etag"]

    @pytest.mark.parametrize(
        "url",
        [
            "http://lumen.example/page",
            "https://user:secret@lumen.example/",
            "https://intranet/page",
            "https://printer.local/",
            "https://10.0.0.7/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "ftp://lumen.example/",
            "javascript:alert(1)",
            "not an address",
        ],
    )
    async def test_a_destination_that_is_not_public_https_is_refused(self, api: Api, desk: Any, url: str) -> None:
        answer = await api.post("/v1/content-items", key=desk.editor, json=desk.body(destination_url=url))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/destination_url"

    async def test_this_machine_may_be_linked_without_https(self, api: Api, desk: Any) -> None:
        body = desk.body(destination_url="http://127.0.0.1:9000/page")
        assert (await api.post("/v1/content-items", key=desk.editor, json=body)).status_code == 201

    async def test_an_end_in_the_past_is_refused(self, api: Api, desk: Any) -> None:
        body = desk.body(expires_at="2001-01-01T00:00:00Z")
        answer = await api.post("/v1/content-items", key=desk.editor, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "in_the_past"

    async def test_a_patch_merges_the_audience_and_cannot_remove_the_title(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft(audience={"departments": ["Sales"]})
        path = f"/v1/content-items/{item_id}"
        tag = (await api.get(path, key=desk.editor)).headers["etag"]
        changed = await api.patch(path, key=desk.editor, etag=tag, json={"audience": {"countries": ["DE"]}})
        assert changed.json()["audience"] == {"departments": ["Sales"], "countries": ["DE"]}
        fewer = await api.patch(
            path, key=desk.editor, etag=changed.headers["etag"], json={"audience": {"departments": None}}
        )
        assert fewer.json()["audience"] == {"departments": None, "countries": ["DE"]}
        refused = await api.patch(path, key=desk.editor, etag=fewer.headers["etag"], json={"title": None})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/title"
        assert (await api.patch(path, key=desk.editor, json={"title": "New"})).status_code == 428
        assert (await api.patch(path, key=desk.editor, etag=tag, json={"title": "New"})).status_code == 412

    async def test_a_list_is_filtered_by_program_and_state(self, api: Api, desk: Any) -> None:
        draft, approved = await desk.draft(), await desk.approved()
        listed = await api.get("/v1/content-items", key=desk.editor, params={"state": ["approved", "offered"]})
        assert [row["id"] for row in listed.json()["data"]] == [approved]
        both = await api.get("/v1/content-items", key=desk.editor, params={"program_id": str(desk.program.id)})
        assert [row["id"] for row in both.json()["data"]] == [approved, draft]
        other = await api.get("/v1/content-items", key=desk.editor, params={"program_id": str(uuid4())})
        assert other.json()["data"] == []

    async def test_an_editor_of_another_program_sees_and_writes_nothing(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        item_id = await desk.draft()
        made = await api.post(
            "/v1/api-keys", key=tenant.owner_key,
            json={"name": "Elsewhere", "role": "editor", "program_id": str(desk.program.id)},
        )  # fmt: skip
        inside = made.json()["api_key"]
        assert (await api.get(f"/v1/content-items/{item_id}", key=inside)).status_code == 200
        other_id = await desk.other_program()
        elsewhere = await api.post("/v1/content-items", key=inside, json=desk.body(program_id=str(other_id)))
        assert elsewhere.status_code == 403

    async def test_foreign_and_unknown_ids_look_the_same(self, api: Api, desk: Any, other_tenant: Tenant) -> None:
        item_id = await desk.draft()
        for path in (f"/v1/content-items/{item_id}", f"/v1/content-items/{item_id}/variants"):
            assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404
        body = desk.body()
        assert (await api.post("/v1/content-items", key=other_tenant.owner_key, json=body)).status_code == 404
        assert (await api.get(f"/v1/content-items/{uuid4()}", key=desk.editor)).status_code == 404

    async def test_roles_without_content_and_strangers_are_refused(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, analyst = await tenant.person(Role.ANALYST)
        assert (await api.get("/v1/content-items", key=analyst)).status_code == 403
        assert (await api.post("/v1/content-items", key=desk.approver, json=desk.body())).status_code == 403
        assert (await api.get("/v1/content-items")).status_code == 401


class TestVariants:
    @pytest.mark.parametrize("why", [None, "", "   ", "‏‎ … ", "\u200b"])
    async def test_a_variant_without_a_reason_to_share_is_refused(self, api: Api, desk: Any, why: str | None) -> None:
        item_id = await desk.draft()
        body = desk.wording(why_share=why)
        if why is None:
            del body["why_share"]
        answer = await api.post(f"/v1/content-items/{item_id}/variants", key=desk.editor, json=body)
        assert answer.status_code == 422
        assert [problem["pointer"] for problem in answer.json()["errors"]] == ["/why_share"]

    async def test_hebrew_comes_back_as_it_was_written(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft()
        why = "כי זה הסיפור של \u2068Lumen\u2069 – ושלנו"
        made = await desk.variant(item_id, language="he", text="שורה אחת\nשורה שתיים (50%)", why_share=why)
        assert made.status_code == 201
        read = await api.get(made.headers["location"], key=desk.approver)
        assert read.json()["why_share"] == why
        assert read.json()["text"] == "שורה אחת\nשורה שתיים (50%)"

    async def test_there_is_one_for_a_network_and_language(self, desk: Any) -> None:
        item_id = await desk.draft()
        assert (await desk.variant(item_id)).status_code == 201
        again = await desk.variant(item_id)
        assert again.status_code == 409
        assert again.json()["code"] == "variant_exists"
        assert (await desk.variant(item_id, network="share_link")).status_code == 201

    async def test_a_network_the_program_does_not_use_is_refused(self, desk: Any) -> None:
        answer = await desk.variant(await desk.draft(), network="x")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/network"
        assert "linkedin, share_link" in answer.json()["errors"][0]["message"]

    async def test_a_text_over_3000_characters_is_taken_with_a_warning(self, desk: Any) -> None:
        item_id = await desk.draft()
        just = await desk.variant(item_id, text="x" * 3000)
        assert just.json()["warnings"] == []
        longer = await desk.variant(item_id, language="he", text="ש" * 3001)
        assert longer.status_code == 201
        assert [warning["code"] for warning in longer.json()["warnings"]] == ["text_long"]

    async def test_a_variant_is_changed_and_dropped_by_its_version(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft()
        made = await desk.variant(item_id)
        path = made.headers["location"]
        assert (await api.patch(path, key=desk.editor, json={"text": "New"})).status_code == 428
        changed = await api.patch(path, key=desk.editor, etag=made.headers["etag"], json={"text": "New"})
        assert changed.json()["text"] == "New"
        removed = await api.patch(path, key=desk.editor, etag=changed.headers["etag"], json={"why_share": None})
        assert removed.status_code == 422
        assert (await api.delete(path, key=desk.editor, etag=made.headers["etag"])).status_code == 412
        assert (await api.delete(path, key=desk.editor, etag=changed.headers["etag"])).status_code == 204
        listed = await api.get(f"/v1/content-items/{item_id}/variants", key=desk.editor)
        assert listed.json()["data"] == []


class TestReview:
    async def test_without_the_default_language_it_cannot_be_submitted(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft()
        await desk.variant(item_id, language="he")
        answer = await desk.act(item_id, "submit", key=desk.editor)
        assert answer.status_code == 422
        assert answer.json()["code"] == "why_share_missing"
        assert "(en)" in answer.json()["detail"]
        assert await desk.state(item_id) == "draft"

    async def test_its_author_cannot_review_it(self, api: Api, desk: Any, tenant: Tenant) -> None:
        author, key = await tenant.person(Role.EDITOR, Role.APPROVER)
        desk.editor = key
        item_id = await desk.in_review()
        for own in (key, await tenant.key_of(author)):
            answer = await desk.approve(item_id, key=own)
            assert answer.status_code == 409
            assert answer.json()["code"] == "own_work"
        assert await desk.state(item_id) == "in_review"

    async def test_whoever_worded_a_variant_cannot_review_it_either(self, api: Api, desk: Any, tenant: Tenant) -> None:
        item_id = await desk.draft()
        _, helper = await tenant.person(Role.EDITOR, Role.APPROVER)
        await api.post(f"/v1/content-items/{item_id}/variants", key=helper, json=desk.wording())
        await desk.act(item_id, "submit", key=desk.editor)
        assert (await desk.approve(item_id, key=helper)).json()["code"] == "own_work"
        assert (await desk.approve(item_id)).status_code == 201

    async def test_a_service_key_cannot_review_what_it_wrote(self, api: Api, desk: Any, tenant: Tenant) -> None:
        desk.editor = tenant.owner_key
        item_id = await desk.in_review()
        assert (await desk.approve(item_id, key=tenant.owner_key)).json()["code"] == "own_work"

    async def test_an_approval_approves_it_and_says_so(self, api: Api, desk: Any, tenant: Tenant) -> None:
        item_id = await desk.approved()
        assert await desk.state(item_id) == "approved"
        assert [event.data["item_id"] for event in await tenant.rows(Event) if event.type == "content.approved"] == [
            item_id
        ]
        listed = await api.get(f"/v1/content-items/{item_id}/reviews", key=desk.editor)
        assert [row["decision"] for row in listed.json()["data"]] == ["approved"]
        entries = [entry for entry in await tenant.rows(AuditEntry) if entry.action == "content.review"]
        assert [entry.after for entry in entries] == [{"decision": "approved"}]

    async def test_changes_requested_takes_it_back_to_draft(self, api: Api, desk: Any) -> None:
        item_id = await desk.in_review()
        body = {"decision": "changes_requested", "comment": "Name the school."}
        answer = await desk.act(item_id, "reviews", key=desk.approver, json=body)
        assert answer.status_code == 201
        assert answer.json()["comment"] == "Name the school."
        assert await desk.state(item_id) == "draft"

    async def test_a_draft_is_not_reviewed(self, desk: Any) -> None:
        answer = await desk.approve(await desk.draft())
        assert answer.status_code == 409
        assert answer.json()["code"] == "wrong_item_state"

    @pytest.mark.parametrize("what", ["item", "variant", "new variant", "drop"])
    async def test_a_change_after_approval_takes_it_back_to_draft(self, api: Api, desk: Any, what: str) -> None:
        item_id = await desk.approved()
        path = f"/v1/content-items/{item_id}"
        variant = (await api.get(f"{path}/variants", key=desk.editor)).json()["data"][0]
        variant_path = f"{path}/variants/{variant['id']}"
        tag = (await api.get(path if what == "item" else variant_path, key=desk.editor)).headers["etag"]
        if what == "item":
            answer = await api.patch(path, key=desk.editor, etag=tag, json={"title": "Another"})
        elif what == "variant":
            answer = await api.patch(variant_path, key=desk.editor, etag=tag, json={"text": "Other words"})
        elif what == "drop":
            answer = await api.delete(variant_path, key=desk.editor, etag=tag)
        else:
            answer = await desk.variant(item_id, language="he")
        assert answer.status_code < 300
        assert await desk.state(item_id) == "draft"
        assert (await desk.offer(item_id)).json()["code"] == "wrong_item_state"

    async def test_a_review_of_an_older_version_is_refused_when_it_says_which(self, api: Api, desk: Any) -> None:
        item_id = await desk.in_review()
        old = (await api.get(f"/v1/content-items/{item_id}", key=desk.approver)).headers["etag"]
        await desk.variant(item_id, language="he")
        await desk.act(item_id, "submit", key=desk.editor)
        answer = await desk.act(
            item_id, "reviews", key=desk.approver, json={"decision": "approved"}, headers={"If-Match": old}
        )
        assert answer.status_code == 412
        assert await desk.state(item_id) == "in_review"


class TestOffer:
    async def test_it_reaches_active_ambassadors_of_its_audience_in_numbers_only(self, api: Api, desk: Any) -> None:
        _, inside = await desk.ambassador(department="Sales")
        _, outside = await desk.ambassador(department="Legal")
        _, hebrew = await desk.ambassador(department="sales", language="he")
        item_id = await desk.approved(audience={"departments": ["Sales"], "countries": ["IL"]})
        answer = await desk.offer(item_id)
        assert answer.status_code == 200
        assert answer.json() == {
            "item_id": item_id,
            "state": "offered",
            "offered": 2,
            "fallbacks": [{"wanted": "he", "shown": "en", "people": 1}],
            "skipped": {"outside_audience": 1, "no_variant": 0, "offered_before": 0},
        }
        assert len((await api.get("/v1/me/offers", key=inside)).json()["data"]) == 1
        assert len((await api.get("/v1/me/offers", key=hebrew)).json()["data"]) == 1
        assert (await api.get("/v1/me/offers", key=outside)).json()["data"] == []

    async def test_people_who_are_not_active_are_left_out(self, desk: Any) -> None:
        for state in ("joined", "onboarding", "paused", "left"):
            await desk.ambassador(state=state)
        assert (await desk.offer(await desk.approved())).json()["offered"] == 0

    async def test_those_who_join_later_are_offered_it_at_the_next_call(self, desk: Any, tenant: Tenant) -> None:
        await desk.ambassador()
        item_id = await desk.approved()
        assert (await desk.offer(item_id)).json()["offered"] == 1
        await desk.ambassador()
        second = (await desk.offer(item_id)).json()
        assert second["offered"] == 1
        assert second["skipped"]["offered_before"] == 1
        kinds = [event.type for event in await tenant.rows(Event)]
        assert kinds.count("content.offered") == 2

    async def test_it_needs_an_approved_item_and_a_launched_program(self, desk: Any) -> None:
        review = await desk.offer(await desk.in_review())
        assert review.status_code == 409
        assert review.json()["code"] == "wrong_item_state"
        await desk.set_program(state=ProgramState.DESIGNED)
        refused = await desk.offer(await desk.approved())
        assert refused.status_code == 409
        assert refused.json()["code"] == "program_not_launched"

    async def test_an_expired_item_is_not_offered(self, desk: Any, database_url: str) -> None:
        await desk.ambassador()
        item_id = await desk.approved(expires_at="2199-01-01T00:00:00Z")
        await move_clock(database_url, by=timedelta(days=365 * 180))
        # Keys have run out by then, too: the item alone is asked.
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            owner = Actor(organization_id=desk.tenant.id, grants=frozenset({Grant(Role.OWNER)}))
            with pytest.raises(ItemExpired):
                await service.offer(session, owner, item_id, k=desk.tenant.settings.min_group_size)

    async def test_an_editor_may_not_offer(self, desk: Any) -> None:
        answer = await desk.act(await desk.approved(), "offer", key=desk.editor)
        assert answer.status_code == 403

    async def test_over_100_people_need_two_different_reviewers(self, desk: Any, tenant: Tenant) -> None:
        people = [await tenant.employee() for _ in range(101)]
        await desk.join(*people[:100])
        item_id = await desk.approved()
        assert (await desk.offer(item_id)).json()["offered"] == 100
        await desk.join(people[100])
        refused = await desk.offer(item_id)
        assert refused.status_code == 409
        assert refused.json()["code"] == "second_approval_needed"
        assert (await desk.approve(item_id)).status_code == 201
        assert (await desk.offer(item_id)).status_code == 409
        assert (await desk.approve(item_id, key=desk.second_approver)).status_code == 201
        assert (await desk.offer(item_id)).json()["offered"] == 1

    async def test_approvals_of_older_words_do_not_count(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await desk.join(*[await tenant.employee() for _ in range(101)])
        item_id = await desk.approved()
        await desk.variant(item_id, language="he")
        await desk.act(item_id, "submit", key=desk.editor)
        await desk.approve(item_id, key=desk.second_approver)
        assert (await desk.offer(item_id)).json()["code"] == "second_approval_needed"

    async def test_what_was_offered_does_not_change(self, api: Api, desk: Any) -> None:
        item_id = await desk.approved()
        await desk.offer(item_id)
        path = f"/v1/content-items/{item_id}"
        tag = (await api.get(path, key=desk.editor)).headers["etag"]
        changed = await api.patch(path, key=desk.editor, etag=tag, json={"title": "Another"})
        assert changed.status_code == 409
        assert changed.json()["code"] == "wrong_item_state"
        assert (await desk.variant(item_id, language="he")).status_code == 409


class TestWithdraw:
    async def test_open_offers_go_with_it_and_it_says_so(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, key = await desk.ambassador()
        item_id = await desk.approved()
        await desk.offer(item_id)
        offer_id = (await api.get("/v1/me/offers", key=key)).json()["data"][0]["id"]
        answer = await desk.act(item_id, "withdraw", key=desk.manager, json={"reason": "The figures were wrong."})
        assert answer.status_code == 200
        assert answer.json()["state"] == "withdrawn"
        assert answer.json()["withdrawn_reason"] == "The figures were wrong."
        assert (await api.get("/v1/me/offers", key=key)).json()["data"] == []
        assert (await api.get(f"/v1/me/offers/{offer_id}", key=key)).json()["state"] == "withdrawn"
        events = [event for event in await tenant.rows(Event) if event.type == "content.withdrawn"]
        assert [event.data["item_id"] for event in events] == [item_id]
        again = await desk.act(item_id, "withdraw", key=desk.manager, json={"reason": "Again."})
        assert again.status_code == 409

    async def test_it_needs_a_reason(self, desk: Any) -> None:
        answer = await desk.act(await desk.draft(), "withdraw", key=desk.manager, json={"reason": " "})
        assert answer.status_code == 422


class TestMyOffers:
    async def test_each_says_what_why_and_in_the_persons_language(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador(language="he", department="Sales")
        item_id = await desk.approved("he", audience={"departments": ["Sales"]})
        await desk.offer(item_id)
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        assert offer["item_id"] == item_id
        assert offer["title"] == "A school that runs on sunlight"
        assert offer["destination_url"] == "https://lumen.example/stories/solar-school"
        assert (offer["language"], offer["direction"]) == ("he", "rtl")
        assert offer["text"].startswith("התקנו 240")
        assert offer["why_share"]
        assert offer["reasons"] == ["הפריט נכתב, בין היתר, עבור המחלקה שלך."]
        assert (offer["network"], offer["state"]) == ("linkedin", "offered")
        alone = await api.get(f"/v1/me/offers/{offer['id']}", key=key)
        assert alone.json() == offer
        assert alone.headers["etag"]

    async def test_a_missing_language_falls_back_and_says_so(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador(language="he")
        await desk.offer(await desk.approved())
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        assert (offer["language"], offer["direction"]) == ("en", "ltr")
        assert offer["reasons"] == [
            "הפריט מוצע לכל השגרירים של Lumen Voices.",
            "אין עדיין גרסה בשפה שלך, ולכן הפריט מוצג בשפה אחרת.",
        ]

    async def test_the_programs_first_network_is_shown(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        item_id = await desk.draft()
        for network in ("share_link", "linkedin"):
            await desk.variant(item_id, network=network)
        await desk.act(item_id, "submit", key=desk.editor)
        await desk.approve(item_id)
        await desk.offer(item_id)
        assert (await api.get("/v1/me/offers", key=key)).json()["data"][0]["network"] == "linkedin"

    async def test_three_are_shown_newest_first(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        made = []
        for _ in range(4):
            made.append(await desk.approved())
            await desk.offer(made[-1])
        shown = [offer["item_id"] for offer in (await api.get("/v1/me/offers", key=key)).json()["data"]]
        assert shown == made[:0:-1]

    async def test_none_are_shown_while_the_program_pauses_or_after_their_time(
        self, api: Api, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        _, key = await desk.ambassador()
        item_id = await desk.approved(expires_at="2100-01-01T00:00:00Z")
        await desk.offer(item_id)
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        await desk.set_program(state=ProgramState.PAUSED)
        assert (await api.get("/v1/me/offers", key=key)).json()["data"] == []
        await desk.set_program(state=ProgramState.LOUD)
        async with tenant.database.hot(tenant.id) as connection:
            await connection.execute("update content_items set expires_at = advocacy_now() + interval '1 hour'")
        before = (await api.get(f"/v1/me/offers/{offer['id']}", key=key)).headers["etag"]
        await move_clock(database_url, by=timedelta(hours=2))
        assert (await api.get("/v1/me/offers", key=key)).json()["data"] == []
        lapsed = await api.get(f"/v1/me/offers/{offer['id']}", key=key, headers={"If-None-Match": before})
        assert lapsed.json()["state"] == "expired"
        async with tenant.database.transaction(tenant.id) as session:
            assert await service.expire_items(session) == 1
        closed = await api.get(f"/v1/me/offers/{offer['id']}", key=key)
        assert closed.json() == lapsed.json()
        assert closed.headers["etag"] == lapsed.headers["etag"]
        assert await desk.state(item_id) == "expired"

    async def test_nobody_sees_anybody_elses(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, key = await desk.ambassador()
        _, colleague = await desk.ambassador()
        await desk.offer(await desk.approved())
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        assert (await api.get(f"/v1/me/offers/{offer['id']}", key=colleague)).status_code == 404
        answer = await api.post(f"/v1/me/offers/{offer['id']}/feedback", key=colleague, json={"dismissed": True})
        assert answer.status_code == 404
        service_key = await api.get("/v1/me/offers", key=tenant.owner_key)
        assert service_key.status_code == 403
        assert service_key.json()["code"] == "person_required"


class TestFeedback:
    async def test_a_dismissed_offer_is_gone_for_its_person_and_nobody_is_told(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        _, key = await desk.ambassador()
        item_id = await desk.approved()
        await desk.offer(item_id)
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        events, audits = len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))
        path = f"/v1/me/offers/{offer['id']}/feedback"
        answer = await api.post(path, key=key, json={"dismissed": True, "reason": "not_relevant"})
        assert answer.status_code == 200
        assert answer.json() == {
            "offer_id": offer["id"], "state": "dismissed", "reason": "not_relevant", "rating": None,
        }  # fmt: skip
        assert (await api.get("/v1/me/offers", key=key)).json()["data"] == []
        assert (len(await tenant.rows(Event)), len(await tenant.rows(AuditEntry))) == (events, audits)
        for reader in (desk.manager, tenant.owner_key):
            seen = await api.get(f"/v1/content-items/{item_id}", key=reader)
            assert "dismiss" not in seen.text
        assert (await desk.offer(item_id)).json()["offered"] == 0
        back = await api.post(path, key=key, json={"dismissed": False})
        assert back.json()["state"] == "offered"
        assert len((await api.get("/v1/me/offers", key=key)).json()["data"]) == 1

    async def test_a_withdrawn_offer_is_closed(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        item_id = await desk.approved()
        await desk.offer(item_id)
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        path = f"/v1/me/offers/{offer['id']}/feedback"
        await api.post(path, key=key, json={"dismissed": True})
        await desk.act(item_id, "withdraw", key=desk.manager, json={"reason": "Wrong."})
        answer = await api.post(path, key=key, json={"dismissed": False})
        assert answer.status_code == 409
        assert answer.json()["code"] == "offer_closed"


class TestWhatSharesAsk:
    async def test_an_open_offer_answers_with_item_and_variant_until_it_is_withdrawn(
        self, api: Api, desk: Any, database: Database
    ) -> None:
        person, key = await desk.ambassador(language="he")
        item_id = await desk.approved("he")
        await desk.offer(item_id)
        offer_id = (await api.get("/v1/me/offers", key=key)).json()["data"][0]["id"]
        async with database.transaction(desk.tenant.id) as session:
            offer, item, variant = await service.get_offer_of(session, employee_id=person.id, offer_id=offer_id)
            assert (str(item.id), variant.language, variant.network) == (item_id, "he", "linkedin")
            with pytest.raises(NotFound):
                await service.get_offer_of(session, employee_id=uuid4(), offer_id=offer_id)
            await service.mark_shared(session, offer)
        assert (await api.get("/v1/me/offers", key=key)).json()["data"] == []
        assert (await api.get(f"/v1/me/offers/{offer_id}", key=key)).json()["state"] == "shared"
        await desk.act(item_id, "withdraw", key=desk.manager, json={"reason": "Wrong."})
        async with database.transaction(desk.tenant.id) as session:
            assert (await repository.get_item(session, item.id)).state == "withdrawn"
            with pytest.raises(OfferClosed):
                await service.get_offer_of(session, employee_id=person.id, offer_id=offer_id)
