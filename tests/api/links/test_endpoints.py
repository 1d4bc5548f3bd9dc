"""Following tracked links, and what is counted of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from fastapi import Request

from services.api.links.visitors import visitor_of
from services.core.kit.db import Database, move_clock
from services.core.kit.settings import Settings
from services.core.links import hot, repository, service
from services.core.links.models import Click, DailySalt, TrackedLink
from services.core.links.repository import ClickCounts
from tests.fixtures.api import Api, Tenant

BROWSER = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Safari/605.1.15"
)
OTHER_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
PREVIEW = "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)"


async def _follow(api: Api, link: TrackedLink, *, agent: str = BROWSER, method: str = "GET") -> httpx2.Response:
    return await api.client.request(method, f"/l/{link.code}", headers={"User-Agent": agent})


async def _counts(tenant: Tenant, **filters: Any) -> ClickCounts:
    async with tenant.database.transaction(tenant.id) as session:
        return await repository.click_counts(session, **filters)


class TestFollow:
    async def test_it_leads_to_the_tagged_destination(self, api: Api, sharing: Any) -> None:
        link = await sharing.link()
        answer = await _follow(api, link)
        assert answer.status_code == 302
        assert answer.headers["location"] == (
            "https://lumen.example/stories?ref=a&utm_source=linkedin&utm_medium=employee_advocacy"
            f"&utm_campaign=lumen-voices&utm_content=solar-school&utm_id={link.code}#top"
        )
        assert str(link.employee_id) not in answer.headers["location"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in answer.headers

    async def test_the_click_is_stored_when_the_answer_arrives(self, api: Api, sharing: Any, tenant: Tenant) -> None:
        link = await sharing.link()
        for number in range(1, 4):
            assert (await _follow(api, link)).status_code == 302
            assert len(await tenant.rows(Click)) == number

    async def test_no_redirect_without_a_stored_click(self, api: Api, sharing: Any, database_url: str) -> None:
        link = await sharing.link()
        await _execute(
            database_url, "alter table clicks add constraint refuse check (device_class <> 'desktop') not valid"
        )
        answer = await _follow(api, link)
        assert answer.status_code == 500
        assert "location" not in answer.headers

    async def test_parameters_that_networks_add_do_no_harm(self, api: Api, sharing: Any) -> None:
        link = await sharing.link()
        assert (await api.client.get(f"/l/{link.code}?fbclid=abc&trk=x")).status_code == 302

    @pytest.mark.parametrize("code", ["AAAAAAAAAAAA", "a-b", "%00", "x" * 500, "קישור"])
    async def test_an_unknown_code_is_plainly_not_found(self, api: Api, sharing: Any, code: str) -> None:
        answer = await api.client.get(f"/l/{code}")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text == "There is no such link. Check the address."
        assert await sharing.tenant.rows(Click) == []

    async def test_a_code_cannot_be_guessed(self, sharing: Any, settings: Settings) -> None:
        codes = {(await sharing.link()).code for _ in range(20)}
        assert len(codes) == 20
        assert all(len(code) >= 11 and code.isalnum() and code.isascii() for code in codes)
        link = await sharing.link()
        assert service.public_url(link, settings) == f"http://127.0.0.1:8000/l/{link.code}"

    async def test_the_document_names_it(self, api: Api) -> None:
        document = (await api.client.get("/openapi.json")).json()
        operation = document["paths"]["/l/{code}"]["get"]
        assert operation["operationId"] == "links_follow"
        assert {"302", "404"} <= set(operation["responses"])


class TestMachines:
    async def test_recorded_crawlers_count_as_no_people(self, api: Api, sharing: Any, tenant: Tenant) -> None:
        link = await sharing.link()
        recorded = [entry["instances"][0] for entry in CRAWLER_USER_AGENTS_DATA if entry["instances"]]
        chosen = [PREVIEW, *(agent for agent in recorded[::12] if agent.isascii() and agent == agent.strip())]
        assert len(chosen) > 50
        for agent in chosen:
            assert (await _follow(api, link, agent=agent)).status_code == 302
        counts = await _counts(tenant)
        assert (counts.raw, counts.machine, counts.human, counts.unique) == (len(chosen), len(chosen), 0, 0)

    async def test_head_counts_as_a_machine_and_answers_the_same(self, api: Api, sharing: Any, tenant: Tenant) -> None:
        link = await sharing.link()
        answer = await _follow(api, link, method="HEAD")
        assert answer.status_code == 302
        assert answer.headers["location"] == (await _follow(api, link)).headers["location"]
        counts = await _counts(tenant)
        assert (counts.raw, counts.machine, counts.human) == (2, 1, 1)

    @pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose", "X-Moz"])
    async def test_a_page_loaded_ahead_counts_as_a_machine(
        self, api: Api, sharing: Any, tenant: Tenant, header: str
    ) -> None:
        link = await sharing.link()
        headers = {"User-Agent": BROWSER, header: "prefetch;anonymous-client-ip"}
        await api.client.get(f"/l/{link.code}", headers=headers)
        assert (await _counts(tenant)).machine == 1

    async def test_an_empty_agent_counts_as_a_machine(self, api: Api, sharing: Any, tenant: Tenant) -> None:
        await _follow(api, await sharing.link(), agent="")
        assert (await _counts(tenant)).machine == 1

    async def test_clicks_before_and_right_after_the_post_are_suspected(
        self, api: Api, sharing: Any, tenant: Tenant, database_url: str
    ) -> None:
        unpublished = await sharing.link(published_ago=None)
        fresh = await sharing.link(published_ago=timedelta(0))
        await _follow(api, unpublished)
        await _follow(api, fresh)
        assert (await _counts(tenant)).machine == 2
        await move_clock(database_url, by=timedelta(seconds=11))
        await _follow(api, unpublished)
        await _follow(api, fresh)
        counts = await _counts(tenant)
        assert (counts.machine, counts.human) == (3, 1)


class TestOwnClicks:
    async def test_the_owners_own_are_in_none_of_the_three(
        self, api: Api, sharing: Any, tenant: Tenant, database: Database
    ) -> None:
        link = await sharing.link()
        visitor = await hot.identify(database, hot.Visit(address="127.0.0.1", agent=BROWSER))
        async with database.transaction(tenant.id) as session:
            row = await repository.get_link(session, link.id)
            await service.remember_owner(session, row, visitor.hash, visitor.day_on)
        for _ in range(100):
            await _follow(api, link)
        counts = await _counts(tenant)
        assert (counts.raw, counts.machine, counts.human, counts.unique, counts.people_behind) == (0, 0, 0, 0, 0)
        assert counts.own == 100
        await _follow(api, link, agent=OTHER_BROWSER)
        counts = await _counts(tenant)
        assert (counts.raw, counts.human, counts.unique, counts.people_behind) == (1, 1, 1, 1)

    async def test_the_hash_of_a_request_is_the_hash_of_its_click(
        self, api: Api, sharing: Any, tenant: Tenant, database: Database
    ) -> None:
        await _follow(api, await sharing.link())
        scope = {
            "type": "http", "method": "POST", "path": "/", "query_string": b"", "client": ("127.0.0.1", 1),
            "headers": [(b"user-agent", BROWSER.encode())],
        }  # fmt: skip
        visitor_hash, day_on = await visitor_of(Request(scope), database)
        (click,) = await tenant.rows(Click)
        assert click.visitor_hash == visitor_hash
        assert click.clicked_at.date() == day_on


class TestPreviewers:
    @pytest.mark.parametrize(
        ("agent", "network"),
        [
            (PREVIEW, "linkedin"),
            ("Twitterbot/1.0", "x"),
            ("TelegramBot (like TwitterBot)", None),
            ("facebookexternalhit/1.1", "facebook"),
            (BROWSER, None),
            ("", None),
        ],
    )
    async def test_a_networks_own_robot_is_noted_and_counts_as_a_machine(
        self, api: Api, sharing: Any, tenant: Tenant, agent: str, network: str | None
    ) -> None:
        await _follow(api, await sharing.link(), agent=agent)
        (click,) = await tenant.rows(Click)
        assert click.previewer == network
        assert (click.kind.value == "human") == (agent == BROWSER)


class TestSalts:
    async def test_one_is_made_a_day_and_destroyed_after_it(
        self, api: Api, sharing: Any, tenant: Tenant, database: Database, database_url: str
    ) -> None:
        link = await sharing.link()
        await _follow(api, link)
        await _follow(api, link)
        await move_clock(database_url, by=timedelta(days=1))
        await _follow(api, link)
        hashes = [click.visitor_hash for click in sorted(await tenant.rows(Click), key=lambda row: row.clicked_at)]
        assert hashes[0] == hashes[1] != hashes[2]
        assert await _salt_days(database) == 2
        async with database.hot(None) as connection:
            assert await hot.purge_salts(connection) == 1
        assert await _salt_days(database) == 1
        counts = await _counts(tenant)
        assert (counts.human, counts.unique) == (3, 2)

    async def test_no_address_is_stored(self, api: Api, sharing: Any, tenant: Tenant) -> None:
        await _follow(api, await sharing.link())
        (click,) = await tenant.rows(Click)
        assert "127.0.0.1" not in repr(click)
        assert set(Click.model_fields) == {
            "organization_id", "clicked_at", "id", "link_id", "kind", "device_class", "visitor_hash", "previewer",
        }  # fmt: skip
        assert click.device_class == "desktop"


class TestCounts:
    async def test_unique_means_per_link_and_people_behind_are_the_sharers(
        self, api: Api, sharing: Any, tenant: Tenant
    ) -> None:
        first, second = await sharing.link(), await sharing.link()
        for link in (first, first, second):
            await _follow(api, link)
        await _follow(api, first, agent=OTHER_BROWSER)
        await _follow(api, second, agent=PREVIEW)
        assert await _counts(tenant) == ClickCounts(
            raw=5, machine=1, human=4, unique=3, own=0, raw_people_behind=2, machine_people_behind=1, people_behind=2
        )

    async def test_they_are_limited_to_item_program_time_and_organization(
        self, api: Api, sharing: Any, make_sharing: Any, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        elsewhere, foreign = await make_sharing(tenant), await make_sharing(other_tenant)
        for place in (sharing, elsewhere, foreign):
            await _follow(api, await place.link())
        assert (await _counts(tenant)).human == 2
        assert (await _counts(tenant, item_id=sharing.item_id)).human == 1
        assert (await _counts(tenant, program_id=elsewhere.program_id)).human == 1
        assert (await _counts(tenant, program_id=foreign.program_id)).raw == 0
        at = max(click.clicked_at for click in await tenant.rows(Click))
        assert (await _counts(tenant, since=at)).human == 1
        assert (await _counts(tenant, until=at)).human == 1
        async with tenant.database.transaction(tenant.id) as session:
            by_item = await repository.clicks_by_item(session, sharing.program_id)
        assert by_item == {sharing.item_id: ClickCounts(raw=1, human=1, unique=1, raw_people_behind=1, people_behind=1)}


async def _salt_days(database: Database) -> int:
    async with database.hot(None) as connection:
        return int(await connection.fetchval(f"select count(*) from {DailySalt.__tablename__}"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
