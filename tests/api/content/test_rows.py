"""The rows of the feature list that content answers for, over HTTP: each by its own "works when"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.core.content.models import Variant
from services.core.kit import db
from services.core.kit.texts import Language
from tests.factories.media import picture, video
from tests.fixtures.api import Api

BYTES = {"Content-Type": "application/octet-stream"}


async def asset(api: Api, desk: Any, data: bytes, **words: Any) -> str:
    """The id of a file, with words where some are given."""
    made = await api.post("/v1/assets", key=desk.editor, content=data, headers=BYTES)
    path = f"/v1/assets/{made.json()['id']}"
    if words:
        assert (await api.patch(path, key=desk.editor, etag="*", json=words)).status_code == 200
    return str(made.json()["id"])


class TestWhyShare:
    async def test_s57_b07_without_a_reason_to_share_it_is_neither_submitted_nor_offered(
        self, api: Api, desk: Any
    ) -> None:
        item_id = await desk.approved("he")
        # As a draft from elsewhere has it; nobody can leave it empty over the API.
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            for variant in await desk.tenant.rows(Variant):
                if variant.language is Language.HE:
                    variant.why_share = ""
                    await session.merge(variant)
        refused = await api.post(
            f"/v1/content-items/{item_id}/offer", key=desk.manager, headers={"Accept-Language": "he"}
        )
        assert refused.status_code == 422, refused.text
        (problem,) = refused.json()["errors"]
        assert (problem["code"], problem["pointer"]) == ("why_share_missing", "/variants/linkedin/he/why_share")
        empty = await desk.variant(await desk.draft(), why_share=" ")
        assert empty.status_code == 422

    async def test_s57_b07_the_offer_and_the_share_screen_always_say_why(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        await desk.offer(await desk.approved())
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        share = (await api.post("/v1/me/shares", key=key, json={"offer_id": offer["id"]})).json()
        assert offer["why_share"] == share["why_share"] == desk.wording()["why_share"]


class TestLanguages:
    async def test_s68_a_missing_language_falls_back_and_is_reported(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador(language=Language.HE)
        item_id = await desk.approved()
        ready = (await api.get(f"/v1/content-items/{item_id}/readiness", key=desk.editor)).json()
        assert (ready["is_ready"], ready["languages_missing"]) == (True, ["he"])
        summary = (await desk.offer(item_id)).json()
        assert summary["fallbacks"] == [{"wanted": "he", "shown": "en", "people": 1}]
        (offer,) = (await api.get("/v1/me/offers", key=key)).json()["data"]
        assert (offer["language"], offer["direction"]) == ("en", "ltr")
        assert offer["reasons"][-1] == "אין עדיין גרסה בשפה שלך, ולכן הפריט מוצג בשפה אחרת."


class TestAccessibility:
    async def test_b42_a_picture_without_words_is_attached_to_nothing(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft()
        bare = await asset(api, desk, picture())
        refused = await desk.variant(item_id, asset_ids=[bare])
        assert [problem["code"] for problem in refused.json()["errors"]] == ["alt_text_missing"]
        await api.patch(f"/v1/assets/{bare}", key=desk.editor, etag="*", json={"alt_texts": {"en": "A roof."}})
        assert (await desk.variant(item_id, asset_ids=[bare])).status_code == 201
        hebrew = await desk.variant(item_id, language="he", text="שלום לכולם", asset_ids=[bare])
        assert [problem["code"] for problem in hebrew.json()["errors"]] == ["alt_text_missing"]

    async def test_b42_words_taken_away_stop_the_submission_and_a_reason_lets_it_pass(
        self, api: Api, desk: Any
    ) -> None:
        item_id = await desk.draft()
        file_id = await asset(api, desk, picture(), alt_texts={"en": "A roof."})
        await desk.variant(item_id, asset_ids=[file_id])
        await api.patch(f"/v1/assets/{file_id}", key=desk.editor, etag="*", json={"alt_texts": {"en": None}})
        refused = await desk.act(item_id, "submit", key=desk.editor)
        assert refused.status_code == 422
        assert [problem["code"] for problem in refused.json()["errors"]] == ["alt_text_missing"]
        reason = {"accessibility_override": "A coloured line that says nothing."}
        await api.patch(f"/v1/assets/{file_id}", key=desk.editor, etag="*", json=reason)
        assert (await desk.act(item_id, "submit", key=desk.editor)).status_code == 200
        locked = await api.patch(
            f"/v1/assets/{file_id}", key=desk.editor, etag="*", json={"accessibility_override": None}
        )
        assert (locked.status_code, locked.json()["code"]) == (409, "asset_in_use")
        assert (await api.delete(f"/v1/assets/{file_id}", key=desk.editor, etag="*")).status_code == 409

    async def test_b42_a_video_needs_captions_or_a_reason(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft()
        file_id = await asset(api, desk, video())
        refused = await desk.variant(item_id, asset_ids=[file_id])
        assert [problem["code"] for problem in refused.json()["errors"]] == ["captions_missing"]
        captions = {"captions": {"en": "WEBVTT\n\n00:00.000 --> 00:02.000\nHello"}}
        await api.patch(f"/v1/assets/{file_id}", key=desk.editor, etag="*", json=captions)
        assert (await desk.variant(item_id, asset_ids=[file_id])).status_code == 201


class TestFiles:
    async def test_what_a_network_will_say_is_told_to_its_editors(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft()
        words = {"alt_texts": {"en": "A roof."}}
        two = [await asset(api, desk, picture(colour=colour), **words) for colour in ("red", "blue")]
        made = await desk.variant(item_id, asset_ids=two, first_comment="Ask me.")
        assert "link_in_text" in [one["code"] for one in made.json()["warnings"]]
        ready = (await api.get(f"/v1/content-items/{item_id}/readiness", key=desk.editor)).json()
        assert "link_in_text" in [one["code"] for one in ready["warnings"]]

    async def test_files_that_no_post_shows_together_are_refused(self, api: Api, desk: Any) -> None:
        item_id = await desk.draft()
        image = await asset(api, desk, picture(), alt_texts={"en": "A roof."})
        reason = {"accessibility_override": "Nobody speaks in it at all."}
        film = await asset(api, desk, video(), **reason)
        for wrong, code in (
            ({"asset_ids": [image, film]}, "files_not_together"),
            ({"asset_ids": [image, image]}, "files_not_together"),
            ({"asset_ids": [image], "reshare_of": "urn:li:share:1"}, "reshare_with_files"),
            ({"asset_ids": [str(desk.program.id)]}, "no_such_asset"),
        ):
            answer = await desk.variant(item_id, **wrong)
            assert [problem["code"] for problem in answer.json()["errors"]] == [code]


class TestWindow:
    async def test_nothing_is_offered_outside_its_window(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            now = await db.now(session)
        window = {
            "available_from": (now + timedelta(hours=1)).isoformat(),
            "expires_at": (now + timedelta(hours=2)).isoformat(),
        }
        item_id = await desk.approved(**window)
        early = await desk.offer(item_id)
        assert (early.status_code, early.json()["code"]) == (409, "item_not_yet_available")
        await db.move_clock(desk.tenant.settings.database_url, by=timedelta(hours=1, seconds=5))
        assert (await desk.offer(item_id)).status_code == 200
        assert len((await api.get("/v1/me/offers", key=key)).json()["data"]) == 1
        await db.move_clock(desk.tenant.settings.database_url, by=timedelta(hours=2, seconds=5))
        assert (await api.get("/v1/me/offers", key=key)).json()["data"] == []
        late = await desk.offer(item_id)
        assert (late.status_code, late.json()["code"]) == (409, "item_expired")

    async def test_a_window_that_ends_before_it_begins_is_refused(self, api: Api, desk: Any) -> None:
        body = desk.body(available_from="2099-02-01T00:00:00Z", expires_at="2099-01-01T00:00:00Z")
        answer = await api.post("/v1/content-items", key=desk.editor, json=body)
        assert [problem["code"] for problem in answer.json()["errors"]] == ["after_its_end"]

    async def test_what_is_withdrawn_is_offered_to_nobody(self, api: Api, desk: Any) -> None:
        _, key = await desk.ambassador()
        item_id = await desk.approved()
        await desk.offer(item_id)
        await desk.act(item_id, "withdraw", key=desk.manager, json={"reason": "The figures were wrong."})
        assert (await api.get("/v1/me/offers", key=key)).json()["data"] == []
