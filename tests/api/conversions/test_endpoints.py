"""Conversions over HTTP: taken by id, counted once, attributed by rule, and explained without naming anybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from services.core.conversions.models import Conversion, ConversionCredit, CreditRule
from services.core.kit import db
from services.core.links import service as links
from services.core.links.models import Click, ClickKind, TrackedLink
from services.core.organizations.models import Role
from tests.factories.conversions import add_click, integration_key, tell
from tests.factories.publications import Scene, make_scene
from tests.factories.reports import Post, add_item, add_members, add_post
from tests.fixtures.api import Api, Tenant

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
DAY = timedelta(days=1)


async def _now(tenant: Tenant) -> datetime:
    async with tenant.database.transaction(tenant.id) as session:
        return await db.now(session)


async def _posts(tenant: Tenant, *, people: int = 6) -> tuple[Scene, list[Post]]:
    scene = await make_scene(tenant)
    members = (await add_members(tenant, scene, {"Engineering": people}))["Engineering"]
    return scene, [await add_post(tenant, scene.item, member) for member in members]


async def _explain(api: Api, tenant: Tenant, conversion_id: str, **headers: str) -> Any:
    answer = await api.get(f"/v1/conversions/{conversion_id}/attribution", key=tenant.owner_key, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _weights(explained: Any) -> dict[str, list[float]]:
    return {rule["rule"]: [credit["weight"] for credit in rule["credits"]] for rule in explained["rules"]}


class TestClickIds:
    async def test_a_click_id_goes_along_only_when_the_organization_says_so(self, api: Api, tenant: Tenant) -> None:
        _, posts = await _posts(tenant, people=1)
        link = f"/l/{posts[0].link.code}"
        plain = await api.get(link, headers={"User-Agent": BROWSER})
        assert plain.headers["location"] == posts[0].link.destination_url
        before = await api.get("/v1/attribution-settings", key=tenant.owner_key)
        assert before.json() == {"window_days": 30, "passes_click_id": False}
        put = await api.request(
            "PUT", "/v1/attribution-settings", key=tenant.owner_key,
            headers={"If-Match": before.headers["etag"]}, json={"window_days": 60, "passes_click_id": True},
        )  # fmt: skip
        assert put.json() == {"window_days": 60, "passes_click_id": True}
        stale = await api.request(
            "PUT", "/v1/attribution-settings", key=tenant.owner_key,
            headers={"If-Match": before.headers["etag"]}, json={"window_days": 1, "passes_click_id": False},
        )  # fmt: skip
        assert stale.status_code == 412
        followed = await api.get(link, headers={"User-Agent": BROWSER})
        (name,) = parse_qs(urlsplit(followed.headers["location"]).query)["adv_click"]
        newest = max(await tenant.rows(Click), key=lambda click: click.clicked_at)
        assert name == f"{posts[0].link.code}-{newest.id.hex}"

    async def test_a_click_that_was_really_followed_gets_the_credit(self, api: Api, tenant: Tenant) -> None:
        """The whole way: a link is followed, the site keeps `adv_click`, the CRM tells it."""
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        await api.request(
            "PUT", "/v1/attribution-settings", key=tenant.owner_key,
            headers={"If-Match": "*"}, json={"window_days": 30, "passes_click_id": True},
        )  # fmt: skip
        async with tenant.database.transaction(tenant.id) as session:
            link = await session.get_one(TrackedLink, (tenant.id, posts[0].link.id))
            link.published_at = await db.now(session) - DAY
            session.add(link)
        followed = await api.get(f"/l/{link.code}", headers={"User-Agent": BROWSER})
        (name,) = parse_qs(urlsplit(followed.headers["location"]).query)["adv_click"]
        told = await tell(api, key, kind="lead", external_id="L-1", at=await _now(tenant), clicks=[name])
        assert (told.status_code, told.json()["is_attributed"]) == (201, True)

    async def test_what_attribution_needs_outlives_the_rows_of_clicks(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)
        await api.request(
            "PUT", "/v1/attribution-settings", key=tenant.owner_key,
            headers={"If-Match": "*"}, json={"window_days": 90, "passes_click_id": True},
        )  # fmt: skip
        name = await add_click(tenant, posts[0], at=now - 40 * DAY)
        gone = await add_click(tenant, posts[0], at=now - 100 * DAY)
        async with tenant.database.transaction(tenant.id) as session:
            await links.keep_clicks(session)
        async with tenant.database.hot(tenant.id) as connection:
            await connection.execute("delete from clicks")
        told = await tell(api, key, kind="lead", external_id="L-1", at=now, clicks=[name, gone])
        assert (told.json()["is_attributed"], told.json()["unknown_clicks"]) == (True, 1)


class TestTaking:
    async def test_s06_an_opportunity_with_a_click_id_is_attributed_and_explained(
        self, api: Api, tenant: Tenant
    ) -> None:
        key = await integration_key(api, tenant)
        scene, posts = await _posts(tenant)
        now = await _now(tenant)
        name = await add_click(tenant, posts[0], at=now - 3 * DAY)
        told = await tell(
            api, key, kind="opportunity", external_id="OPP-1", at=now, clicks=[name], amount=12000, currency="ILS"
        )
        assert told.status_code == 201, told.text
        explained = await _explain(api, tenant, told.json()["id"])
        assert (explained["window_days"], explained["method"]) == (30, "measured")
        assert [(r["rule"], r["rule_version"]) for r in explained["rules"]] == [
            ("first_touch", "1"), ("last_touch", "1"), ("linear", "1"),
        ]  # fmt: skip
        for rule in explained["rules"]:
            (credit,) = rule["credits"]
            assert credit["item_id"] == str(scene.item.id)
            assert credit["touched_on"] == (now - 3 * DAY).date().isoformat()
            assert (credit["weight"], credit["named_by"]) == (1, "opportunity")
            assert rule["explanation"]
        assert explained["left_out"] == []

    async def test_s06_an_opportunity_of_a_lead_has_the_leads_clicks(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)
        name = await add_click(tenant, posts[0], at=now - 70 * DAY)
        await tell(api, key, kind="lead", external_id="L-1", at=now - 60 * DAY, clicks=[name])
        told = await tell(api, key, kind="opportunity", external_id="O-1", at=now, lead_id="L-1")
        assert told.json()["is_attributed"]
        explained = await _explain(api, tenant, told.json()["id"])
        assert explained["came_out_of"] == ["lead"]
        assert _weights(explained)["linear"] == [1]

    async def test_s38_one_share_is_traced_to_lead_deal_and_hire_and_nothing_counts_twice(
        self, api: Api, tenant: Tenant
    ) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant, people=6)
        now = await _now(tenant)
        # Six people behind the numbers, so that they may be shown: each share brings one lead.
        for number, post in enumerate(posts):
            name = await add_click(tenant, post, at=now - 5 * DAY)
            first = await tell(api, key, kind="lead", external_id=f"L-{number}", at=now - 4 * DAY, clicks=[name])
            again = await tell(api, key, kind="lead", external_id=f"L-{number}", at=now - 3 * DAY, clicks=[name])
            assert (first.status_code, again.status_code) == (201, 200)
            assert (again.json()["id"], again.json()["is_new"]) == (first.json()["id"], False)
            deal = await tell(
                api, key, kind="deal", external_id=f"D-{number}", at=now - 2 * DAY, lead_id=f"L-{number}",
                clicks=[name], amount=100, currency="EUR",
            )  # fmt: skip
            hire = await tell(api, key, kind="hire", external_id=f"H-{number}", at=now - DAY, clicks=[name])
        shares = {
            c["share"]
            for one in (first, deal)
            for rule in (await _explain(api, tenant, one.json()["id"]))["rules"]
            for c in rule["credits"]
        }
        assert len(shares) == 1
        assert (await _explain(api, tenant, hire.json()["id"]))["rules"][0]["credits"][0]["weight"] == 1
        assert len(await tenant.rows(Conversion)) == 18
        assert sum(c.weight for c in await tenant.rows(ConversionCredit) if c.rule is CreditRule.LINEAR) == 18

    async def test_s11_a_candidate_is_there_once_however_often_told(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)
        name = await add_click(tenant, posts[0], at=now - DAY)
        first = await tell(api, key, kind="candidate", external_id="C-9", at=now, clicks=[])
        second = await tell(api, key, kind="candidate", external_id="C-9", at=now, clicks=[name])
        assert [first.json()["is_attributed"], second.json()["is_attributed"]] == [False, True]
        assert (first.json()["candidate_id"], second.status_code) == ("C-9", 200)
        assert len(await tenant.rows(Conversion)) == 1

    async def test_b31_three_paths_give_the_documented_attribution_under_each_model(
        self, api: Api, tenant: Tenant
    ) -> None:
        """A hire after three clicks over two stages, one after two of which one is too old, one after none."""
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)

        def by_share(explained: Any) -> dict[str, list[float]]:
            return _weights(explained)

        a1 = await add_click(tenant, posts[0], at=now - 20 * DAY)
        a2 = await add_click(tenant, posts[1], at=now - 12 * DAY)
        a3 = await add_click(tenant, posts[2], at=now - 6 * DAY)
        await tell(
            api, key, kind="application", external_id="A-1", at=now - 10 * DAY, candidate_id="C-1", clicks=[a2, a1]
        )
        path_a = await tell(api, key, kind="hire", external_id="H-1", at=now, candidate_id="C-1", clicks=[a3, a1])
        explained = await _explain(api, tenant, path_a.json()["id"])
        weights = by_share(explained)
        assert weights == {"first_touch": [1], "last_touch": [1], "linear": [0.333333, 0.333333, 0.333334]}
        assert explained["came_out_of"] == ["application"]
        linear = explained["rules"][2]["credits"]
        assert [c["touched_on"] for c in linear] == [(now - days * DAY).date().isoformat() for days in (20, 12, 6)]
        assert explained["rules"][0]["credits"][0]["share"] == linear[0]["share"]
        assert explained["rules"][1]["credits"][0]["share"] == linear[2]["share"]
        assert [c["named_by"] for c in linear] == ["application", "application", "hire"]

        old = await add_click(tenant, posts[0], at=now - 31 * DAY)
        fresh = await add_click(tenant, posts[1], at=now - 29 * DAY)
        path_b = await tell(api, key, kind="hire", external_id="H-2", at=now, clicks=[old, fresh])
        explained = await _explain(api, tenant, path_b.json()["id"])
        assert by_share(explained) == {"first_touch": [1], "last_touch": [1], "linear": [1]}
        assert [(one["reason"], one["clicks"]) for one in explained["left_out"]] == [("outside_window", 1)]

        path_c = await tell(api, key, kind="hire", external_id="H-3", at=now)
        explained = await _explain(api, tenant, path_c.json()["id"])
        assert by_share(explained) == {"first_touch": [], "last_touch": [], "linear": []}
        assert [one["reason"] for one in explained["left_out"]] == ["nothing_named"]

    async def test_a_stage_that_is_told_late_gives_its_clicks_to_those_after_it(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)
        name = await add_click(tenant, posts[0], at=now - 9 * DAY)
        hire = await tell(api, key, kind="hire", external_id="H-1", at=now, candidate_id="C-1")
        deal = await tell(api, key, kind="deal", external_id="D-1", at=now, lead_id="L-1")
        assert [hire.json()["is_attributed"], deal.json()["is_attributed"]] == [False, False]
        await tell(api, key, kind="application", external_id="A-1", at=now - 8 * DAY, candidate_id="C-1", clicks=[name])
        lead = await tell(api, key, kind="lead", external_id="L-1", at=now - 8 * DAY, clicks=[name])
        for one in (hire, deal):
            read = await api.get(f"/v1/conversions/{one.json()['id']}", key=tenant.owner_key)
            assert read.json()["is_attributed"]
        dropped = await api.delete(f"/v1/conversions/{lead.json()['id']}", key=key, etag=lead.headers["etag"])
        assert dropped.status_code == 204
        read = await api.get(f"/v1/conversions/{deal.json()['id']}", key=tenant.owner_key)
        assert not read.json()["is_attributed"]

    async def test_only_peoples_clicks_before_it_count(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)
        clicks = [
            await add_click(tenant, posts[0], at=now - DAY, kind=ClickKind.MACHINE),
            await add_click(tenant, posts[0], at=now - DAY, kind=ClickKind.OWN),
            await add_click(tenant, posts[0], at=now),
            "nosuchcode",
        ]
        told = await tell(api, key, kind="lead", external_id="L-1", at=now - timedelta(hours=2), clicks=clicks)
        assert (told.json()["is_attributed"], told.json()["unknown_clicks"]) == (False, 1)
        explained = await _explain(api, tenant, told.json()["id"], **{"Accept-Language": "he"})
        assert {one["reason"] for one in explained["left_out"]} == {"machine", "own", "afterwards", "unknown_click"}
        assert all("\u05d0" <= one["explanation"][0] <= "\u05ea" for one in explained["left_out"])

    async def test_a_link_alone_means_its_last_click_by_a_person(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)
        await add_click(tenant, posts[0], at=now - 3 * DAY)
        told = await tell(api, key, kind="lead", external_id="L-1", at=now, clicks=[posts[0].link.code])
        assert told.json()["is_attributed"]
        untouched = await tell(api, key, kind="lead", external_id="L-2", at=now, clicks=[posts[1].link.code])
        explained = await _explain(api, tenant, untouched.json()["id"])
        assert [one["reason"] for one in explained["left_out"]] == ["no_click"]


class TestRefusals:
    async def test_nothing_of_the_person_outside_is_taken(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        now = await _now(tenant)
        for more in ({"name": "Dana Levi"}, {"email": "dana@example.org"}, {"phone": "+972500000000"}):
            answer = await tell(api, key, kind="lead", external_id="L-1", at=now, **more)
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "extra_forbidden")
        for wrong in ("dana@example.org", "Dana Levi"):
            answer = await tell(api, key, kind="lead", external_id=wrong, at=now)
            assert answer.json()["errors"][0]["pointer"] == "/external_id"

    async def test_what_makes_no_sense_is_refused_with_words(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        now = await _now(tenant)
        for more, pointer in (
            ({"at": now + DAY}, "/occurred_at"),
            ({"lead_id": "X-1"}, "/lead_id"),
            ({"candidate_id": "C-1"}, "/candidate_id"),
            ({"kind": "candidate", "candidate_id": "C-1"}, "/candidate_id"),
            ({"amount": 5}, "/"),
        ):
            answer = await tell(api, key, **{"kind": "lead", "external_id": "X-1", "at": now, **more})
            assert answer.status_code == 422, answer.text
            assert answer.json()["errors"][0]["pointer"] == pointer

    async def test_an_amount_in_another_currency_is_refused(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        now = await _now(tenant)
        await tell(api, key, kind="deal", external_id="D-1", at=now, amount=5, currency="ILS")
        other = await tell(api, key, kind="deal", external_id="D-1", at=now, amount=5, currency="EUR")
        assert (other.status_code, other.json()["code"]) == (409, "other_currency")
        more = await tell(api, key, kind="deal", external_id="D-1", at=now, amount=7, currency="ILS")
        assert (more.status_code, more.json()["amount"]) == (200, 7)

    async def test_in_a_batch_each_is_taken_or_refused_by_itself(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        now = (await _now(tenant)).isoformat()
        good = {"kind": "lead", "source": "crm", "external_id": "L-1", "occurred_at": now}
        answer = await api.post(
            "/v1/conversions/batch", key=key,
            json={"conversions": [good, {**good, "name": "Dana"}, good, {**good, "kind": "x"}]},
        )  # fmt: skip
        assert answer.status_code == 207, answer.text
        results = answer.json()["results"]
        assert [one["status"] for one in results] == [201, 422, 200, 422]
        assert results[1]["problem"]["errors"][0]["pointer"] == "/name"
        assert len(await tenant.rows(Conversion)) == 1

    async def test_only_other_systems_and_owners_tell_and_only_readers_of_reports_read(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        key = await integration_key(api, tenant)
        scene, posts = await _posts(tenant)
        now = await _now(tenant)
        name = await add_click(tenant, posts[0], at=now - DAY)
        told = await tell(api, key, kind="lead", external_id="L-1", at=now, clicks=[name])
        loose = await tell(api, key, kind="lead", external_id="L-2", at=now)
        _, analyst = await tenant.person(Role.ANALYST)
        assert (await tell(api, analyst, kind="lead", external_id="L-3", at=now)).status_code == 403
        path = f"/v1/conversions/{told.json()['id']}"
        assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404
        assert (await api.get(path, key=key)).status_code == 403
        assert (await api.get(path, key=analyst)).status_code == 200
        listed = await api.get("/v1/conversions", key=analyst, params={"kind": "lead"})
        assert {row["external_id"]: row["is_attributed"] for row in listed.json()["data"]} == {
            "L-1": True, "L-2": False,
        }  # fmt: skip
        other = await make_scene(tenant, title="Other")
        _, theirs = await tenant.person(Role.ANALYST, program_id=scene.program.id)
        _, elsewhere = await tenant.person(Role.ANALYST, program_id=other.program.id)
        assert (await api.get(f"{path}/attribution", key=theirs)).status_code == 200
        assert (await api.get(f"{path}/attribution", key=elsewhere)).status_code == 404
        assert (await api.get(f"/v1/conversions/{loose.json()['id']}", key=theirs)).status_code == 404
        assert (await api.get("/v1/conversions", key=theirs)).status_code == 403


class TestNaming:
    async def test_a_shares_name_leads_to_nobody(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        _, posts = await _posts(tenant)
        now = await _now(tenant)
        told = []
        for number in range(2):
            name = await add_click(tenant, posts[0], at=now - DAY)
            told.append(await tell(api, key, kind="lead", external_id=f"L-{number}", at=now, clicks=[name]))
        explained = [await _explain(api, tenant, one.json()["id"]) for one in told]
        names = {one["rules"][0]["credits"][0]["share"] for one in explained}
        # The same share has another name elsewhere, so that a click made on purpose does not unmask the others.
        assert len(names) == 2
        post = posts[0]
        for known in (
            post.link.id, post.link.code, post.publication.id, post.publication.share_id, post.publication.employee_id,
        ):  # fmt: skip
            assert str(known) not in str(explained)

    async def test_an_item_that_few_have_shared_is_not_said(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        scene, _ = await _posts(tenant)
        members = (await add_members(tenant, scene, {"Sales": 4}))["Sales"]
        rare = await add_item(tenant, scene, "Rare")
        posts = [await add_post(tenant, rare, member) for member in members]
        now = await _now(tenant)
        name = await add_click(tenant, posts[0], at=now - DAY)
        told = await tell(api, key, kind="lead", external_id="L-1", at=now, clicks=[name])
        credit = (await _explain(api, tenant, told.json()["id"]))["rules"][0]["credits"][0]
        assert (credit["item_id"], credit["item_title"], credit["item_reason"]) == (None, None, "group_too_small")


class TestRates:
    async def test_s08_rates_carry_source_currency_and_the_day_from_which_they_hold(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        path = f"/v1/programs/{scene.program.id}/rates"
        body = {
            "valid_from": "2026-01-01", "currency": "ILS", "source": "Controlling", "baseline_cost_per_hire": 30000,
            "earned_media": [{"network": "linkedin", "cpm": 25.5, "source": "Ads manager, May"}],
        }  # fmt: skip
        first = await api.request("PUT", path, key=tenant.owner_key, json=body)
        assert first.status_code == 200, first.text
        assert first.json()["earned_media"] == [
            {"network": "linkedin", "cpm": 25.5, "cpc": None, "cpe": None, "source": "Ads manager, May"}
        ]
        assert (await api.request("PUT", path, key=tenant.owner_key, json=body)).status_code == 428
        changed = await api.request(
            "PUT", path, key=tenant.owner_key, json={**body, "currency": "EUR"},
            headers={"If-Match": first.headers["etag"]},
        )  # fmt: skip
        assert (changed.json()["currency"], changed.json()["version"]) == ("EUR", 2)
        await api.request("PUT", path, key=tenant.owner_key, json={**body, "valid_from": "2026-07-01"})
        listed = (await api.get(path, key=tenant.owner_key)).json()["data"]
        assert [(row["valid_from"], row["currency"]) for row in listed] == [
            ("2026-01-01", "EUR"), ("2026-07-01", "ILS"),
        ]  # fmt: skip
        twice = {**body, "earned_media": [{"network": "x", "source": "a"}, {"network": "x", "source": "b"}]}
        assert (await api.request("PUT", path, key=tenant.owner_key, json=twice)).status_code == 422
