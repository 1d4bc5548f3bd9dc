"""The launch kit over HTTP: made from goals, and showing of people what they agreed to, as long as they do."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from services.core.kit.settings import Settings
from services.core.launches.models import LaunchExample, LaunchProfile
from services.core.organizations.models import Role
from tests.factories.launches import Quiet, make_quiet
from tests.fixtures.api import Api, Tenant

HEBREW = {"Accept-Language": "he"}
PROFILE = {
    "name": "דנה <b>לוי</b>",
    "texts": {"he": "כותבת על בדיקות <script>alert(1)</script>", "en": "I write about testing."},
}


@pytest.fixture
async def quiet(api: Api, tenant: Tenant) -> Quiet:
    """A program in its quiet launch, with two people in it."""
    made = await make_quiet(api, tenant)
    await made.bring_in(2)
    return made


async def kit(quiet: Quiet, query: str = "", key: str | None = None) -> Any:
    answer = await quiet.api.get(f"/v1/programs/{quiet.id}/launch-kit{query}", key=key or quiet.tenant.owner_key)
    assert answer.status_code == 200, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer


def picture(size: int = 40) -> bytes:
    """A photograph as a telephone makes it."""
    out = io.BytesIO()
    Image.new("RGB", (size, size), (200, 80, 40)).save(out, "JPEG")
    return out.getvalue()


class TestAnnouncement:
    async def test_s32_it_is_made_from_the_goals_in_each_language_of_the_program(self, quiet: Quiet) -> None:
        goals = (await quiet.api.get(f"/v1/programs/{quiet.id}/goals", key=quiet.tenant.owner_key)).json()["data"]
        assert goals
        for language, word in (("he", "יעד"), ("en", "reach together")):
            made = await kit(quiet, f"?language={language}")
            assert made["languages"] == ["he", "en"]
            assert len(made["goals"]) == len(goals)
            for goal in made["goals"]:
                assert goal["words"] in made["announcement"]
                assert goal["title"] in goal["words"]
                assert goal["due_on"] in goal["words"]
            assert any("קולות לומן" in paragraph for paragraph in made["announcement"])
            if language == "en":
                assert any(word in paragraph for paragraph in made["announcement"])
            else:
                assert all(any("א" <= one <= "ת" for one in paragraph) for paragraph in made["announcement"])
        default = await kit(quiet)
        assert default["language"] == "he"

    async def test_a_language_that_the_program_does_not_speak_is_refused_and_an_editor_may_not_read_it(
        self, quiet: Quiet
    ) -> None:
        path = f"/v1/programs/{quiet.id}"
        body = {"languages": ["he"], "disclosure": {}}
        assert (await quiet.api.patch(path, key=quiet.tenant.owner_key, etag="*", json=body)).status_code == 200
        refused = await quiet.api.get(f"{path}/launch-kit?language=en", key=quiet.tenant.owner_key)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "not_spoken")
        _, editor = await quiet.tenant.person(Role.EDITOR)
        assert (await quiet.api.get(f"{path}/launch-kit", key=editor)).status_code == 403


class TestAmbassadors:
    async def test_s33_only_who_agreed_to_be_named_appears_with_the_words_and_the_picture_they_approved(
        self, quiet: Quiet
    ) -> None:
        api, (_, key), (_, other) = quiet.api, quiet.people[0], quiet.people[1]
        path = f"/v1/me/launch-profiles/{quiet.id}"
        early = await api.request("PUT", f"{path}/photo", key=key, content=picture())
        assert (early.status_code, early.json()["code"]) == (409, "profile_first")
        written = await api.request("PUT", path, key=key, json=PROFILE, headers=HEBREW)
        assert (written.status_code, written.json()["is_shown"]) == (200, False)
        assert "בכל עת" in written.json()["consent"]
        assert (await kit(quiet))["ambassadors"] == []
        assert (await api.request("PUT", f"{path}/photo", key=key, content=b"%PDF-1.4 nothing")).status_code == 422
        assert (await api.request("PUT", f"{path}/photo", key=key, content=b"x" * 2_000_000)).status_code == 413
        old = written.json()["content_hash"]
        shot = await api.request("PUT", f"{path}/photo", key=key, content=picture())
        assert shot.status_code == 200, shot.text
        stale = await api.post(f"{path}/approve", key=key, json={"content_hash": old})
        assert (stale.status_code, stale.json()["code"]) == (412, "content_changed")
        approved = await api.post(f"{path}/approve", key=key, json={"content_hash": shot.json()["content_hash"]})
        assert (approved.status_code, approved.json()["is_shown"]) == (200, True)
        (shown,) = (await kit(quiet))["ambassadors"]
        assert (shown["name"], shown["text"]) == (PROFILE["name"], PROFILE["texts"]["he"])
        photo = await api.get(shown["photo_path"], key=quiet.tenant.owner_key)
        assert (photo.status_code, photo.headers["content-type"].split("/")[0]) == (200, "image")
        (row,) = await quiet.tenant.rows(LaunchProfile)
        assert "בדיקות".encode() not in row.sealed_content
        # Another word needs another yes.
        await api.request("PUT", path, key=key, json={**PROFILE, "name": "Dana"})
        assert (await kit(quiet))["ambassadors"] == []
        assert (await api.get(shown["photo_path"], key=quiet.tenant.owner_key)).status_code == 404
        await api.request("PUT", path, key=key, json=PROFILE)
        assert len((await kit(quiet))["ambassadors"]) == 1
        assert (await api.get("/v1/me/launch-profiles", key=other)).json()["data"] == []
        # Taken back, it is gone at once.
        assert (await api.delete(path, key=key)).status_code == 204
        assert (await kit(quiet))["ambassadors"] == []
        assert await quiet.tenant.rows(LaunchProfile) == []
        stranger = await quiet.tenant.key_of(await quiet.tenant.employee())
        assert (await api.request("PUT", path, key=stranger, json=PROFILE)).json()["code"] == "not_a_member"

    async def test_who_leaves_the_program_is_not_shown(self, quiet: Quiet) -> None:
        _, key = quiet.people[0]
        path = f"/v1/me/launch-profiles/{quiet.id}"
        written = (await quiet.api.request("PUT", path, key=key, json=PROFILE)).json()
        await quiet.api.post(f"{path}/approve", key=key, json={"content_hash": written["content_hash"]})
        assert len((await kit(quiet))["ambassadors"]) == 1
        await quiet.api.post(f"/v1/me/ambassadorships/{quiet.id}/leave", key=key)
        assert (await kit(quiet))["ambassadors"] == []


class TestExamplesAndResults:
    async def test_s34_s35_examples_are_those_their_authors_let_be_shown_results_say_how_and_the_call_is_linked(
        self, quiet: Quiet, linkedin_settings: Settings
    ) -> None:
        api, tenant, (author, key) = quiet.api, quiet.tenant, quiet.people[0]
        scene = await quiet.add_item()
        publication = await quiet.post(scene, author, linkedin_settings)
        assert (await kit(quiet))["examples"] == []
        path = f"/v1/me/launch-examples/{publication.id}"
        colleague = await api.request("PUT", path, key=quiet.people[1][1])
        assert colleague.status_code == 404
        asked = await api.get("/v1/me/launch-examples", key=key, headers=HEBREW)
        assert "הדוגמאות הטובות" in asked.json()["consent"]
        agreed = await api.request("PUT", path, key=key)
        assert agreed.status_code == 200, agreed.text
        made = await kit(quiet)
        (example,) = made["examples"]
        assert "We are hiring in Tel Aviv." in example["text"]
        assert set(example) == {"language", "text", "permalink"}
        shares = made["results"]["published_shares"]
        assert (shares["value"], shares["reason"], shares["method"]) == (None, "group_too_small", "measured")
        assert made["open_call"] is None
        body = {
            "titles": {"he": "מצטרפים אלינו", "en": "Join us"},
            "texts": {"he": "מחפשים אנשים שאוהבים לספר.", "en": "We look for people who like to tell."},
            "closes_at": "2027-05-31T21:00:00Z",
            "capacity": 40,
        }
        opened = await api.post(f"/v1/programs/{quiet.id}/open-calls", key=tenant.owner_key, json=body)
        assert opened.status_code == 201, opened.text
        made = await kit(quiet)
        assert (made["open_call"]["link"], made["open_call"]["capacity"]) == (opened.json()["link"], 40)
        assert any(opened.json()["link"] in paragraph for paragraph in made["announcement"])
        assert (await api.get(made["open_call"]["link"].removeprefix("http://127.0.0.1:8000"))).status_code == 200
        assert (await api.delete(path, key=key)).status_code == 204
        assert (await kit(quiet))["examples"] == []
        assert await tenant.rows(LaunchExample) == []

    async def test_a_yes_to_other_words_shows_nothing_until_it_is_said_again(
        self, quiet: Quiet, linkedin_settings: Settings
    ) -> None:
        author, key = quiet.people[0]
        publication = await quiet.post(await quiet.add_item(), author, linkedin_settings)
        path = f"/v1/me/launch-examples/{publication.id}"
        assert (await quiet.api.request("PUT", path, key=key)).status_code == 200
        async with quiet.tenant.database.transaction(quiet.tenant.id) as session:
            (row,) = (await session.exec(select(LaunchExample))).all()
            row.words_version = 0
            session.add(row)
        assert (await kit(quiet))["examples"] == []
        assert (await quiet.api.request("PUT", path, key=key)).status_code == 200
        assert len((await kit(quiet))["examples"]) == 1

    async def test_only_a_post_that_is_out_can_be_an_example(self, quiet: Quiet, linkedin_settings: Settings) -> None:
        author, key = quiet.people[0]
        scene = await quiet.add_item()
        publication = await quiet.post(scene, author, linkedin_settings, publish=False)
        refused = await quiet.api.request("PUT", f"/v1/me/launch-examples/{publication.id}", key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_published")


class TestPages:
    async def test_the_hebrew_page_runs_right_to_left_escapes_and_isolates_and_asks_nothing_of_anywhere(
        self, quiet: Quiet
    ) -> None:
        api, (_, key) = quiet.api, quiet.people[0]
        path = f"/v1/me/launch-profiles/{quiet.id}"
        await api.request("PUT", path, key=key, json=PROFILE)
        shot = (await api.request("PUT", f"{path}/photo", key=key, content=picture())).json()
        await api.post(f"{path}/approve", key=key, json={"content_hash": shot["content_hash"]})
        page = await kit(quiet, "?format=html&language=he")
        assert page.headers["content-language"] == "he"
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert '<html lang="he" dir="rtl">' in page.text
        assert "<bdi>דנה &lt;b&gt;לוי&lt;/b&gt;</bdi>" in page.text
        assert "<script" not in page.text
        assert 'dir="auto">כותבת על בדיקות &lt;script&gt;' in page.text
        assert 'src="data:image/' in page.text
        assert 'src="http' not in page.text
        assert "\u2068קולות לומן\u2069" in page.text
        english = await kit(quiet, "?format=html&language=en")
        assert '<html lang="en" dir="ltr">' in english.text
        for language, result in (("he", "שיתופים שפורסמו"), ("en", "Published shares")):
            text = await kit(quiet, f"?format=text&language={language}")
            assert text.headers["content-type"].startswith("text/plain")
            assert result in text.text
            assert "\u2068דנה <b>לוי</b>\u2069" in text.text
