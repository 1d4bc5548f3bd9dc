"""Forecasts over HTTP: before a launch from examples, later from what was measured, and against what happened."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from services.core.audit.models import AuditEntry
from services.core.forecasts import service
from services.core.forecasts.models import Forecast
from services.core.kit import db
from services.core.organizations.models import Role
from services.core.programs.models import Program, ProgramState
from tests.factories.publications import Scene, make_scene
from tests.factories.reports import Member, add_members, add_post
from tests.fixtures.api import Api, Tenant

DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Jerusalem")
QUARTER = 91


async def _today(tenant: Tenant) -> date:
    async with tenant.database.transaction(tenant.id) as session:
        return (await db.now(session)).astimezone(ZONE).date()


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


def _path(scene: Scene) -> str:
    return f"/v1/programs/{scene.program.id}/forecasts"


async def _plan(tenant: Tenant, **fields: Any) -> dict[str, Any]:
    start = (await _today(tenant)) + DAY
    return {
        "starts_on": start.isoformat(), "weeks": 13, "ambassadors": 10, "shares_per_person_week": 1, "seed": 7,
        **fields,
    }  # fmt: skip


async def _make(api: Api, tenant: Tenant, scene: Scene, *, language: str = "en", **fields: Any) -> Any:
    answer = await api.post(
        _path(scene), key=tenant.owner_key, headers={"Accept-Language": language}, json=await _plan(tenant, **fields)
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def _intervals(forecast: Any) -> dict[str, Any]:
    return {one["name"]: one["interval"] for one in forecast["results"]}


def _assumed(forecast: Any) -> dict[str, Any]:
    return {one["name"]: one for one in forecast["assumptions"]}


async def _put_rates(api: Api, tenant: Tenant, scene: Scene, *, valid_from: date) -> None:
    answer = await api.request(
        "PUT", f"/v1/programs/{scene.program.id}/rates", key=tenant.owner_key,
        json={
            "valid_from": valid_from.isoformat(), "currency": "ILS", "source": "Controlling",
            "program_cost_per_month": "3000",
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


async def _share(
    tenant: Tenant, scene: Scene, members: list[Member], days: list[date], *, impressions: int, people: int
) -> None:
    for day in days:
        for number, member in enumerate(members):
            seen = {"impressions": impressions + 10 * number}
            await add_post(tenant, scene.item, member, people=people, readings=[(seen, {})], at=_noon(day))


class TestBeforeALaunch:
    async def test_a_plan_without_any_data_is_forecast_from_examples_that_say_so(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        made = await _make(api, tenant, scene)
        assert {one["origin"] for one in made["assumptions"]} == {"example"}
        for one in made["assumptions"]:
            assert 0 <= one["low"] <= one["typical"] <= one["high"]
            assert one["as_of"] == "2026-11-25"
            assert "example" in one["source"]
            assert one["as_of"] in one["source"]
        assert [one["network"] for one in made["assumptions"] if one["name"] == "audience_size"] == ["linkedin"]
        found = _intervals(made)
        for name in ("shares", "reach", "impressions", "clicks", "hours"):
            assert 0 <= found[name]["low"] < found[name]["median"] < found[name]["high"]
        assert found["reach"]["median"] < found["impressions"]["median"]
        # 130 posts are planned, and more than those that are planned do not go out on the average.
        assert 60 <= found["shares"]["median"] <= 100
        (cost,) = [one for one in made["results"] if one["name"] == "cost"]
        assert (cost["interval"], cost["reason"]) == (None, "no_rates")
        assert "rates" in cost["reason_text"]
        assert made["notes"][0].startswith("7 of 7 assumptions")
        assert (made["confidence_percent"], made["method"], made["seed"]) == (80, "seeded_monte_carlo", 7)

        hebrew = await api.get(f"{_path(scene)}/{made['id']}", key=tenant.owner_key, headers={"Accept-Language": "he"})
        assert hebrew.headers["Content-Language"] == "he"
        read = hebrew.json()
        assert _intervals(read) == found
        assert read["results"][1]["title"] == "אנשים שנחשפו"
        assert all("ערך לדוגמה" in one["source"] for one in read["assumptions"])
        words = [read["method_text"], *read["notes"], *(one["title"] for one in read["assumptions"])]
        assert all(any("א" <= letter <= "ת" for letter in text) for text in words)

    async def test_it_is_stored_once_and_repeats_by_its_seed(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        await _put_rates(api, tenant, scene, valid_from=await _today(tenant))
        mix = {"link": 60, "media": 40}
        own = [
            {
                "name": "audience_size",
                "network": "linkedin",
                "typical": 900,
                "low": 500,
                "high": 1500,
                "source": "Poll",
            },
            {"name": "minutes_per_share", "typical": 4},
        ]
        made = await _make(api, tenant, scene, content_mix=mix, assumptions=own)
        again = await _make(api, tenant, scene, content_mix=mix, assumptions=own)
        other = await _make(api, tenant, scene, content_mix=mix, assumptions=own, seed=8)
        assert made["id"] != again["id"]
        assert _intervals(made) == _intervals(again)
        assert _intervals(made) != _intervals(other)
        assumed = _assumed(made)
        assert assumed["audience_size"]["source"] == "Poll"
        assert (assumed["audience_size"]["origin"], assumed["minutes_per_share"]["origin"]) == ("given", "given")
        cost = assumed["cost_per_month"]
        assert (cost["origin"], cost["unit"], cost["typical"]) == ("rates", "ILS", 3000)
        assert "Controlling" in cost["source"]
        assert "media_view_factor" in assumed
        twice = await _make(api, tenant, scene, content_mix=mix, assumptions=own, ambassadors=20)
        for name, interval in _intervals(twice).items():
            assert interval["median"] >= _intervals(made)[name]["median"]

        # Out of what is stored alone the same comes again, and nobody can change it, nor take it away.
        stored = {str(row.id): row for row in await tenant.rows(Forecast)}
        for told in (made, other):
            row = stored[told["id"]]
            once_more = service.simulate(row)
            assert {name.value: interval.median for name, interval in once_more.items()} == {
                name: interval["median"] for name, interval in row.results.items()
            }
        for statement in ("update forecasts set seed = 1", "delete from forecasts"):
            async with tenant.database.hot(tenant.id) as connection:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)

        listed = (await api.get(_path(scene), key=tenant.owner_key, params={"limit": 3})).json()
        assert [one["id"] for one in listed["data"]] == [twice["id"], other["id"], again["id"]]
        rest = await api.get(_path(scene), key=tenant.owner_key, params={"limit": 3, "cursor": listed["next_cursor"]})
        assert rest.json()["data"] == [made]
        deeds = [row for row in await tenant.rows(AuditEntry) if row.action == "forecast.make"]
        assert len(deeds) == 4

    async def test_costs_are_of_what_is_given_and_else_of_the_rates(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        await _put_rates(api, tenant, scene, valid_from=await _today(tenant))
        own = [
            {"name": "cost_per_ambassador_month", "typical": 12, "low": 10, "high": 15},
            {"name": "cost_per_share", "typical": 2},
        ]
        made = await _make(api, tenant, scene, assumptions=own, currency="EUR")
        assert made["currency"] == "EUR"
        assert "cost_per_month" not in _assumed(made)
        cost = _intervals(made)["cost"]
        # Three months of ten people at about 12, and about 78 posts at 2.
        assert 450 <= cost["median"] <= 570
        assert cost["low"] < cost["median"] < cost["high"]

    async def test_what_cannot_be_simulated_says_what_to_do_in_both_languages(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        today = await _today(tenant)
        wrong = await _plan(
            tenant,
            starts_on=(today - DAY).isoformat(),
            networks={"linkedin": 50, "mastodon": 30},
            content_mix={"link": 99},
            assumptions=[
                {"name": "audience_size", "typical": 0, "network": "nowhere"},
                {"name": "click_percent", "network": "linkedin", "typical": 5, "low": 6, "high": 300},
                {"name": "overlap_percent", "typical": 1, "network": "linkedin"},
                {"name": "overlap_percent", "typical": 1, "network": "linkedin"},
                {"name": "view_percent", "typical": 1, "network": "linkedin"},
                {"name": "impressions_per_share", "typical": 1, "network": "linkedin"},
                {"name": "cost_per_share", "typical": 1},
            ],
        )
        for language, word in (("en", "Say in which currency"), ("he", "באיזה מטבע")):
            answer = await api.post(
                _path(scene), key=tenant.owner_key, headers={"Accept-Language": language}, json=wrong
            )
            assert answer.status_code == 422, answer.text
            found = {(one["pointer"], one["code"]) for one in answer.json()["errors"]}
            assert found == {
                ("/starts_on", "in_the_past"), ("/networks/mastodon", "unknown"), ("/networks", "not_a_whole"),
                ("/content_mix", "not_a_whole"), ("/assumptions/0/network", "unknown"),
                ("/assumptions/0/typical", "not_zero"), ("/assumptions/1/typical", "wrong_order"),
                ("/assumptions/1/high", "over_hundred"), ("/assumptions/2/network", "of_the_plan"),
                ("/assumptions/3/network", "of_the_plan"), ("/assumptions/3/name", "twice"),
                ("/assumptions", "one_of_both"), ("/currency", "missing"),
            }  # fmt: skip
            assert any(word in one["message"] for one in answer.json()["errors"])
        too_large = await api.post(_path(scene), key=tenant.owner_key, json=await _plan(tenant, ambassadors=100_001))
        assert too_large.status_code == 422
        async with tenant.database.transaction(tenant.id) as session:
            program = await session.get(Program, (tenant.id, scene.program.id))
            assert program is not None
            program.state = ProgramState.CLOSED
        closed = await api.post(_path(scene), key=tenant.owner_key, json=await _plan(tenant))
        assert (closed.status_code, closed.json()["code"]) == (409, "forecast_of_closed_program")
        assert await tenant.rows(Forecast) == []

    async def test_only_readers_of_reports_of_the_very_program_forecast(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        scene, elsewhere = await make_scene(tenant), await make_scene(tenant)
        made = await _make(api, tenant, scene)
        _, analyst = await tenant.person(Role.ANALYST, program_id=scene.program.id)
        _, editor = await tenant.person(Role.EDITOR)
        plan = await _plan(tenant)
        assert (await api.post(_path(scene), key=analyst, json=plan)).status_code == 201
        for path in (_path(scene), f"{_path(scene)}/{made['id']}", f"{_path(scene)}/{made['id']}/outcome"):
            assert (await api.get(path)).status_code == 401
            assert (await api.get(path, key=analyst)).status_code == 200
            assert (await api.get(path, key=editor)).status_code == 403
            assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404
        assert (await api.post(_path(elsewhere), key=analyst, json=plan)).status_code == 403
        wrong_program = await api.get(f"{_path(elsewhere)}/{made['id']}", key=tenant.owner_key)
        assert wrong_program.status_code == 404


class TestMeasuredHere:
    async def test_enough_people_and_posts_take_the_place_of_examples(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        today = await _today(tenant)
        members = (await add_members(tenant, scene, {"Sales": 5}, joined_at=_noon(today - 99 * DAY)))["Sales"]
        early = [today - 60 * DAY, today - 50 * DAY, today - 40 * DAY]
        await _share(tenant, scene, members[:4], early, impressions=200, people=2)
        before = await _make(api, tenant, scene)
        assert {one["origin"] for one in before["assumptions"]} == {"example"}, "four people are too few"

        await _share(tenant, scene, members[4:], early, impressions=200, people=2)
        before = await _make(api, tenant, scene)
        assert {one["origin"] for one in before["assumptions"]} == {"example"}, "fifteen posts are too few"

        await _share(tenant, scene, members, [today - 30 * DAY, today - 20 * DAY], impressions=200, people=2)
        # What one person did alone since does not show, and what is not a week old neither.
        await _share(tenant, scene, members[:1], [today - 15 * DAY], impressions=90_000, people=9)
        await _share(tenant, scene, members, [today - 3 * DAY], impressions=50_000, people=1)
        made = await _make(api, tenant, scene)
        assumed = _assumed(made)
        measured = {name for name, one in assumed.items() if one["origin"] == "measured"}
        assert measured == {"impressions_per_share", "spread_percent", "click_percent"}
        assert "view_percent" not in assumed
        views = assumed["impressions_per_share"]
        # 25 posts with 5,380 impressions and fifty visitors.
        assert (views["low"], views["typical"], views["high"]) == (200, 220, 240)
        assert assumed["click_percent"]["typical"] == 0.93
        assert views["from_on"] is not None
        assert views["to_on"] == (today - 16 * DAY).isoformat()
        assert views["to_on"] in views["source"]
        found, posts = _intervals(made), _intervals(made)["shares"]["median"]
        assert found["impressions"]["median"] == pytest.approx(220 * posts, rel=0.05)
        hebrew = await api.get(f"{_path(scene)}/{made['id']}", key=tenant.owner_key, headers={"Accept-Language": "he"})
        assert "נמדד בתוכנית זו" in _assumed(hebrew.json())["impressions_per_share"]["source"]
        # What somebody gives goes before it.
        own = [{"name": "impressions_per_share", "network": "linkedin", "typical": 1000}]
        given = _assumed(await _make(api, tenant, scene, assumptions=own))
        assert given["impressions_per_share"]["origin"] == "given"
        assert given["click_percent"]["origin"] == "measured"


class TestAfterAQuarter:
    async def test_the_forecast_is_held_against_what_happened(
        self, api: Api, tenant: Tenant, database_url: str
    ) -> None:
        scene = await make_scene(tenant)
        today = await _today(tenant)
        start = today + DAY
        await _put_rates(api, tenant, scene, valid_from=start)
        members = (await add_members(tenant, scene, {"Sales": 6}, joined_at=_noon(start)))["Sales"]
        sure = [
            {"name": "followed_percent", "typical": 50, "low": 40, "high": 60},
            {"name": "impressions_per_share", "network": "linkedin", "typical": 100, "low": 90, "high": 110},
            {"name": "spread_percent", "network": "linkedin", "typical": 10},
            {"name": "click_percent", "network": "linkedin", "typical": 1, "low": 0.9, "high": 1.1},
        ]
        made = await _make(api, tenant, scene, ambassadors=6, assumptions=sure)
        path = f"{_path(scene)}/{made['id']}/outcome"
        not_yet = (await api.get(path, key=tenant.owner_key)).json()
        assert (not_yet["progress"], not_yet["days_over"], not_yet["intervals_judged"]) == ("not_started", 0, 0)
        assert {one["verdict"] for one in not_yet["comparisons"]} == {None}
        assert {one["reason"] for one in not_yet["comparisons"]} == {"not_started", "not_measurable"}

        # About 39 posts were forecast: 36 go out, each with about 105 impressions and three visitors.
        await db.move_clock(database_url, by=46 * DAY)
        await _share(tenant, scene, members, [start + n * DAY for n in (7, 20, 33)], impressions=80, people=3)
        running = (await api.get(path, key=tenant.owner_key)).json()
        assert (running["progress"], running["days_over"], running["days"]) == ("running", 45, QUARTER)
        found = {one["name"]: one for one in running["comparisons"]}
        assert (found["shares"]["actual"]["value"], found["shares"]["reason"]) == (18, "not_over")
        half = found["shares"]["whole"]["median"] * 45 / QUARTER
        assert found["shares"]["same_days"]["median"] == pytest.approx(half, rel=0.01)

        await db.move_clock(database_url, by=(QUARTER + 9) * DAY)
        await _share(tenant, scene, members, [start + n * DAY for n in (47, 60, 90)], impressions=80, people=3)
        for language in ("en", "he"):
            answer = await api.get(path, key=tenant.owner_key, headers={"Accept-Language": language})
            assert answer.status_code == 200, answer.text
            over = answer.json()
            assert (over["progress"], over["ambassadors_planned"], over["ambassadors"]["value"]) == ("over", 6, 6)
            found = {one["name"]: one for one in over["comparisons"]}
            assert {name: one["actual"]["value"] for name, one in found.items()} == {
                "shares": 36, "reach": None, "impressions": 36 * 105, "clicks": 108, "hours": None,
                "cost": pytest.approx(3000 * 3, rel=0.01),
            }  # fmt: skip
            assert {name: one["verdict"] for name, one in found.items()} == {
                "shares": "within", "reach": None, "impressions": "within", "clicks": "above", "hours": None,
                "cost": "within",
            }  # fmt: skip
            assert found["reach"]["reason"] == "not_measurable"
            assert (over["intervals_held"], over["intervals_judged"]) == (3, 4)
            assert found["clicks"]["same_days"] == found["clicks"]["whole"]
        assert "רשתות אינן מוסרות" in found["reach"]["reason_text"]
        # The forecast is what it was.
        kept = await api.get(f"{_path(scene)}/{made['id']}", key=tenant.owner_key)
        assert kept.json() == made

    async def test_what_few_people_did_stays_hidden_and_is_not_judged(
        self, api: Api, tenant: Tenant, database_url: str
    ) -> None:
        scene = await make_scene(tenant)
        start = (await _today(tenant)) + DAY
        members = (await add_members(tenant, scene, {"Sales": 6}, joined_at=_noon(start)))["Sales"]
        made = await _make(api, tenant, scene, weeks=2)
        await db.move_clock(database_url, by=30 * DAY)
        await _share(tenant, scene, members[:4], [start + 2 * DAY], impressions=80, people=3)
        path = f"{_path(scene)}/{made['id']}/outcome"
        over = (await api.get(path, key=tenant.owner_key)).json()
        found = {one["name"]: one for one in over["comparisons"]}
        for name in ("shares", "impressions", "clicks"):
            assert found[name]["actual"]["suppressed"], name
            assert (found[name]["actual"]["value"], found[name]["verdict"]) == (None, None)
            assert found[name]["reason"] == "group_too_small"
        assert (found["cost"]["whole"], found["cost"]["reason"]) == (None, "no_program_cost")
        assert over["intervals_judged"] == 0
        # With two more people the first ten days may be told of, and are held against their part.
        await _share(tenant, scene, members, [start + 4 * DAY], impressions=80, people=3)
        await _share(tenant, scene, members[:2], [start + 13 * DAY, start + 15 * DAY], impressions=80, people=3)
        await _share(tenant, scene, members, [start + 16 * DAY], impressions=80, people=3)
        over = (await api.get(path, key=tenant.owner_key)).json()
        shares = next(one for one in over["comparisons"] if one["name"] == "shares")
        assert (shares["actual"]["value"], shares["actual"]["to_on"]) == (10, (start + 12 * DAY).isoformat())
        assert shares["same_days"]["high"] == pytest.approx(shares["whole"]["high"] * 13 / 14, rel=0.01)
        assert shares["verdict"] is not None
