"""Feeds over real HTTP: entries become drafts once, what goes wrong is said, and nothing goes out by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.core.content.models import ContentItem, ItemState, Variant
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.programs.models import Program, ProgramState
from services.scheduler.jobs import feeds
from services.scheduler.worker.tools import Tools
from tests.factories.feed_server import FeedServer, atom, feed_server, rss
from tests.fixtures.api import Api, Tenant


@pytest.fixture
async def site() -> AsyncIterator[FeedServer]:
    """A web server of this machine."""
    async with feed_server() as made:
        yield made


@pytest.fixture
def allowed(settings: Settings, site: FeedServer) -> Settings:
    """An installation that may fetch from that server."""
    return settings.model_copy(update={"outbound_allow": (site.place,)})


@pytest.fixture
def tools(database: db.Database, allowed: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, allowed)


class Reader:
    """An editor whose program reads feeds."""

    def __init__(self, api: Api, tenant: Tenant, program_id: UUID, key: str, tools: Tools) -> None:
        self.api, self.tenant, self.program_id, self.key, self.tools = api, tenant, program_id, key, tools

    async def add(self, url: str, **more: Any) -> Any:
        """Begin to read a feed."""
        body = {"program_id": str(self.program_id), "name": "Newsroom", "url": url, **more}
        return await self.api.post("/v1/feed-sources", key=self.key, json=body)

    async def fetch(self) -> None:
        """The recurring job's turn."""
        await feeds.fetch_due(self.tools)

    async def source(self, source_id: str, **options: Any) -> dict[str, Any]:
        """A source as it is read."""
        return dict((await self.api.get(f"/v1/feed-sources/{source_id}", key=self.key, **options)).json())

    async def items(self) -> list[ContentItem]:
        """What has become of the entries, the oldest first."""
        return sorted(await self.tenant.rows(ContentItem), key=lambda item: item.id)

    async def pass_time(self, **by: float) -> None:
        """Move the clock on."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            ahead = await db.now(session) - datetime.now(UTC)
        await db.move_clock(self.tenant.settings.database_url, by=ahead + timedelta(**by))


@pytest.fixture
async def reader(api: Api, tenant: Tenant, allowed: Settings, tools: Tools) -> Reader:
    """An editor."""
    api.app.state.settings = allowed
    program = Program(
        organization_id=tenant.id, name="Pilot", state=ProgramState.QUIET, languages=["he", "en"],
        default_language=Language.HE, networks=["linkedin"],
    )  # fmt: skip
    async with tenant.database.transaction(tenant.id) as session:
        session.add(program)
    return Reader(api, tenant, program.id, (await tenant.person(Role.EDITOR))[1], tools)


class TestDrafts:
    async def test_entries_become_drafts_once_in_the_programs_language_and_name_their_source(
        self, api: Api, reader: Reader, site: FeedServer
    ) -> None:
        site.put("/feed", rss(("b", "Second", "<p>Two</p>"), ("a", "First", "<p>One <b>thing</b></p>")))
        made = await reader.add(site.url("/feed"), topics=["News"])
        assert made.status_code == 201, made.text
        await reader.fetch()
        items = await reader.items()
        assert [(item.title, item.state) for item in items] == [
            ("First", ItemState.DRAFT), ("Second", ItemState.DRAFT),
        ]  # fmt: skip
        read = (await api.get(f"/v1/content-items/{items[0].id}", key=reader.key)).json()
        assert read["source"]["kind"] == "feed"
        assert (read["source"]["name"], read["source"]["url"]) == ("Newsroom", site.url("/feed"))
        assert (read["topics"], read["destination_url"]) == (["news"], "https://lumen.example/a")
        variants = await reader.tenant.rows(Variant)
        assert {(one.language, one.text) for one in variants} == {(Language.HE, "One thing"), (Language.HE, "Two")}
        site.put("/feed", rss(("c", "Third", "Three"), ("b", "Second, reworded", "Two"), ("a", "First", "One")))
        await reader.pass_time(hours=1)
        await reader.fetch()
        assert [item.title for item in await reader.items()] == ["First", "Second", "Third"]

    async def test_a_draft_of_a_feed_goes_nowhere_before_somebody_says_why(
        self, api: Api, reader: Reader, site: FeedServer
    ) -> None:
        """B07: without a reason to share, in its language, it is refused."""
        site.put("/feed", rss(("a", "First", "One")))
        await reader.add(site.url("/feed"))
        await reader.fetch()
        (item,) = await reader.items()
        path = f"/v1/content-items/{item.id}"
        sent = await api.post(f"{path}/submit", key=reader.key)
        assert sent.status_code == 422
        assert [problem["code"] for problem in sent.json()["errors"]] == ["why_share_missing"]
        _, manager = await reader.tenant.person(Role.PROGRAM_MANAGER)
        assert (await api.post(f"{path}/offer", key=manager)).status_code == 409
        (variant,) = (await api.get(f"{path}/variants", key=reader.key)).json()["data"]
        assert "why_share_missing" in [one["code"] for one in variant["warnings"]]
        await api.patch(
            f"{path}/variants/{variant['id']}", key=reader.key, etag="*", json={"why_share": "כי זה משנה משהו."}
        )
        assert (await api.post(f"{path}/submit", key=reader.key)).status_code == 200

    async def test_atom_is_read_too_and_no_markup_is_left(self, reader: Reader, site: FeedServer) -> None:
        site.put("/atom", atom("x1", "כותרת &amp; עוד"))
        await reader.add(site.url("/atom"))
        await reader.fetch()
        (item,) = await reader.items()
        assert item.title == "כותרת & עוד"
        (variant,) = await reader.tenant.rows(Variant)
        assert variant.text == "שלום עולם"

    async def test_of_a_new_feed_only_the_newest_become_drafts(self, reader: Reader, site: FeedServer) -> None:
        entries = [(f"n{number}", f"Entry {number}", "words") for number in range(30, 0, -1)]
        site.put("/feed", rss(*entries))
        await reader.add(site.url("/feed"))
        for _ in range(2):
            await reader.fetch()
            await reader.pass_time(hours=1)
        assert [item.title for item in await reader.items()] == [f"Entry {number}" for number in range(21, 31)]

    async def test_what_has_not_changed_is_not_sent_again(self, reader: Reader, site: FeedServer) -> None:
        site.put("/feed", rss(("a", "First", "One")), etag='"v1"', last_modified="Tue, 24 Nov 2026 10:00:00 GMT")
        made = (await reader.add(site.url("/feed"))).json()
        await reader.fetch()
        await reader.pass_time(hours=1)
        await reader.fetch()
        assert [headers.get("if-none-match") for _, headers in site.asked] == [None, '"v1"']
        assert site.asked[1][1]["if-modified-since"] == "Tue, 24 Nov 2026 10:00:00 GMT"
        assert (await reader.source(made["id"]))["problem"] is None
        assert len(await reader.items()) == 1

    async def test_an_entry_without_a_page_of_its_own_makes_no_draft(self, reader: Reader, site: FeedServer) -> None:
        body = rss(("a", "First", "One")).replace(b"https://lumen.example/a", b"javascript:alert(1)")
        site.put("/feed", body)
        await reader.add(site.url("/feed"))
        await reader.fetch()
        assert await reader.items() == []


class TestTrouble:
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"gone", 410, "refused"),
            (b"<html><body>A page</body></html>", 200, "not_a_feed"),
            (b"x" * (1024 * 1024 + 10), 200, "too_large"),
            (
                b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>"
                b"<rss version='2.0'><channel><title>&b;</title></channel></rss>",
                200,
                "entities",
            ),
        ],
    )
    async def test_what_goes_wrong_is_said_on_the_source_and_tried_again_later_and_later(
        self, reader: Reader, site: FeedServer, body: bytes, status: int, code: str
    ) -> None:
        site.put("/feed", body, status=status)
        made = (await reader.add(site.url("/feed"))).json()
        await reader.fetch()
        source = await reader.source(made["id"], headers={"Accept-Language": "he"})
        assert (source["problem"], source["failures"]) == (code, 1)
        assert any("א" <= letter <= "ת" for letter in source["problem_words"])
        asked = len(site.asked)
        await reader.pass_time(minutes=31)
        await reader.fetch()
        assert len(site.asked) == asked
        await reader.pass_time(minutes=31)
        await reader.fetch()
        assert len(site.asked) > asked
        site.put("/feed", rss(("a", "First", "One")))
        await reader.api.post(f"/v1/feed-sources/{made['id']}/fetch", key=reader.key)
        await reader.fetch()
        healed = await reader.source(made["id"])
        assert (healed["problem"], healed["failures"], len(await reader.items())) == (None, 0, 1)

    async def test_every_hop_is_looked_at(self, reader: Reader, site: FeedServer) -> None:
        async with feed_server() as inside:
            inside.put("/secret", rss(("s", "Secret", "Do not tell")))
            site.put("/feed", b"", status=302, location=inside.url("/secret"))
            made = (await reader.add(site.url("/feed"))).json()
            await reader.fetch()
            assert inside.asked == []
        assert (await reader.source(made["id"]))["problem"] == "address_refused"

    async def test_a_few_hops_are_followed_and_a_circle_is_not(self, reader: Reader, site: FeedServer) -> None:
        site.put("/a", b"", status=301, location="/b")
        site.put("/b", rss(("a", "First", "One")))
        site.put("/round", b"", status=302, location="/round")
        await reader.add(site.url("/a"))
        made = (await reader.add(site.url("/round"))).json()
        await reader.fetch()
        assert len(await reader.items()) == 1
        assert (await reader.source(made["id"]))["problem"] == "too_many_redirects"
        assert [path for path, _ in site.asked].count("/round") == 4

    @pytest.mark.parametrize(
        "url",
        [
            "http://lumen.example/feed",
            "https://127.0.0.1/feed",
            "https://user:word@lumen.example/feed",
            "https://lumen.example:22/feed",
            "https://[::ffff:10.0.0.1]/feed",
            "https://169.254.169.254/latest",
            "file:///etc/passwd",
        ],
    )
    async def test_an_address_that_we_do_not_fetch_from_is_refused_at_once(self, reader: Reader, url: str) -> None:
        answer = await reader.add(url)
        assert answer.status_code == 422
        assert [problem["code"] for problem in answer.json()["errors"]] == ["address_refused"]

    async def test_a_paused_source_rests_and_a_deleted_one_leaves_its_drafts(
        self, api: Api, reader: Reader, site: FeedServer
    ) -> None:
        site.put("/feed", rss(("a", "First", "One")))
        made = await reader.add(site.url("/feed"))
        path = f"/v1/feed-sources/{made.json()['id']}"
        paused = await api.patch(path, key=reader.key, etag=made.headers["etag"], json={"is_paused": True})
        await reader.fetch()
        assert site.asked == []
        await api.patch(path, key=reader.key, etag=paused.headers["etag"], json={"is_paused": False})
        await reader.fetch()
        again = await reader.add(site.url("/feed"))
        assert (again.status_code, again.json()["code"]) == (409, "feed_source_exists")
        assert (await api.delete(path, key=reader.key, etag="*")).status_code == 204
        assert len(await reader.items()) == 1
