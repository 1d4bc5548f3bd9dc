"""How goals stand (S02, S03, B01): the value now, how far it has come, gaps, forecast; nothing of small groups."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.core.goals.models import Heading
from services.core.reports import feeds
from tests.factories.goals import launch, progress, report, set_goal, start_program, today
from tests.factories.publications import make_scene
from tests.factories.reports import add_goal, add_members, add_post
from tests.fixtures.api import Api, Tenant

HEBREW = {"Accept-Language": "he"}


async def fill(api: Api, tenant: Tenant, goal: dict[str, Any], values: list[float | None], **changes: Any) -> None:
    """A value a day, up to today; None is a day without."""
    start = await today(tenant) - timedelta(days=len(values) - 1)
    items = [
        {"value": value, "measured_on": (start + timedelta(days=day)).isoformat(), "method": "measured", **changes}
        for day, value in enumerate(values)
        if value is not None
    ]
    path = f"/v1/goals/{goal['id']}/measurements/batch"
    answer = await api.post(path, key=tenant.owner_key, json={"measurements": items})
    assert answer.json()["refused"] == 0, answer.text


class TestProgress:
    async def test_s03_followers_per_page_with_delta_since_the_start_and_gaps_that_are_not_zero(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start_program(api, tenant)
        await launch(tenant, program, days_ago=19)
        goal = await set_goal(api, tenant, program)
        await fill(api, tenant, goal, [1000 + 10.0 * day for day in range(20)], series="linkedin/lumen")
        await fill(api, tenant, goal, [None if day in (5, 6) else 200.0 for day in range(20)], series="x/lumen")
        stands = await progress(api, tenant, goal)
        assert (stands["now"]["value"], stands["now"]["coverage_percent"]) == (1390, 100)
        start = (await today(tenant) - timedelta(days=19)).isoformat()
        since = stands["since_start"]
        assert (since["value"], since["since_on"], since["since_value"]) == (190, start, 1200)
        assert stands["since_baseline"]["value"] == 390
        assert (stands["share_of_way"]["value"], stands["is_reached"]) == (39, False)
        gap_on = (await today(tenant) - timedelta(days=14)).isoformat()
        (gap,) = stands["gaps"]
        assert (gap["from_on"], gap["days"], gap["reason"]) == (gap_on, 2, "series_missing")

        series = (await api.get(f"/v1/goals/{goal['id']}/series?from={start}", key=tenant.owner_key)).json()
        assert (len(series["points"]), series["days_without_value"]) == (20, 2)
        hole = series["points"][5]
        assert (hole["day_on"], hole["number"]["value"], hole["missing_series"]) == (gap_on, None, ["x/lumen"])
        assert {part["series"]: part["value"] for part in series["points"][0]["parts"]} == {
            "linkedin/lumen": 1000, "x/lumen": 200,
        }  # fmt: skip
        assert {part["source"] for part in hole["parts"]} == {"manual"}

    async def test_days_without_any_row_are_gaps_with_words_in_the_readers_language(
        self, api: Api, tenant: Tenant
    ) -> None:
        goal = await set_goal(api, tenant, await start_program(api, tenant))
        for days_ago in (0, 3):
            await report(api, tenant, goal, 0, days_ago=days_ago)
        stands = await progress(api, tenant, goal, headers=HEBREW)
        (gap,) = stands["gaps"]
        assert (gap["days"], gap["reason"], gap["reason_text"]) == (2, "not_measured", "לא בוצעה מדידה.")
        # A reported zero is a value.
        assert (stands["now"]["value"], stands["days_without_value"]) == (0, 2)
        assert stands["since_start"]["reason"] == "not_launched"

    async def test_nothing_measured_is_no_number_anywhere(self, api: Api, tenant: Tenant) -> None:
        goal = await set_goal(api, tenant, await start_program(api, tenant))
        stands = await progress(api, tenant, goal)
        assert (stands["now"]["value"], stands["now"]["reason"]) == (None, "not_measured")
        for name in ("since_start", "since_baseline", "share_of_way", "forecast"):
            assert stands[name]["value"] is None
            assert stands[name]["reason"] is not None
        assert stands["is_reached"] is None

    async def test_less_is_better_where_the_kpi_says_so(self, api: Api, tenant: Tenant) -> None:
        program = await start_program(api, tenant)
        wrong = {"kpi": "attrition_rate", "baseline": 10, "target": 20}
        owner = await tenant.employee()
        body = {
            "title": "Stay", "kind": "business", "heading": "hiring_retention", "due_on": "2027-06-30",
            "owner_employee_id": str(owner.id), **wrong,
        }  # fmt: skip
        refused = await api.post(f"/v1/programs/{program}/goals", key=tenant.owner_key, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "wrong_direction")
        goal = await set_goal(api, tenant, program, **{**wrong, "baseline": 20, "target": 10})
        await fill(api, tenant, goal, [20 - 0.5 * day for day in range(15)])
        stands = await progress(api, tenant, goal)
        assert (stands["share_of_way"]["value"], stands["is_reached"]) == (70, False)
        assert (stands["forecast"]["reaches_target"], stands["forecast"]["value"]) == ("likely", 0)

    async def test_ranges_that_are_none_are_refused(self, api: Api, tenant: Tenant) -> None:
        goal = await set_goal(api, tenant, await start_program(api, tenant))
        for query in ("?from=2026-02-01&to=2026-01-01", "?from=2020-01-01&to=2026-01-01", "?from=yesterday"):
            for what in ("series", "progress"):
                answer = await api.get(f"/v1/goals/{goal['id']}/{what}{query}", key=tenant.owner_key)
                assert answer.status_code == 400, query


class TestForecast:
    async def test_it_names_its_method_its_interval_and_what_it_rests_on(self, api: Api, tenant: Tenant) -> None:
        goal = await set_goal(api, tenant, await start_program(api, tenant))
        await fill(api, tenant, goal, [1000 + 10 * day + (day * 37 % 11) for day in range(30)])
        made = (await progress(api, tenant, goal, headers=HEBREW))["forecast"]
        assert (made["method"], made["method_version"], made["confidence_percent"]) == ("linear_trend", "1", 80)
        assert (made["days"], made["due_on"], made["reason"]) == (30, goal["due_on"], None)
        assert made["low"] < made["value"] < made["high"]
        assert 1850 < made["value"] < 1950
        assert made["reaches_target"] == "unlikely"
        assert "הריבועים הפחותים" in made["method_text"]

    async def test_too_few_days_are_refused_with_their_number(self, api: Api, tenant: Tenant) -> None:
        goal = await set_goal(api, tenant, await start_program(api, tenant))
        await fill(api, tenant, goal, [1000.0, *[None] * 20, 1100.0])
        made = (await progress(api, tenant, goal))["forecast"]
        assert (made["value"], made["low"], made["reason"]) == (None, None, "too_few_days")
        assert "there are 2" in made["reason_text"]


class TestSmallGroups:
    async def test_b01_a_goal_of_a_feed_shows_what_it_says_now_and_nothing_of_few_people(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        await launch(tenant, str(scene.program.id), days_ago=3)
        members = (await add_members(tenant, scene, {"Engineering": 12}))["Engineering"]
        made = await add_goal(
            tenant, scene, members[0].employee.id,
            kpi="careers_site_visits", title="Visits", heading=Heading.HIRING_RETENTION, baseline=0, target=100,
        )  # fmt: skip
        goal = {"id": str(made.id)}
        await tenant.employee()
        for member in members[:4]:
            await add_post(tenant, scene.item, member, people=3)
        hidden = await progress(api, tenant, goal)
        assert (hidden["now"]["value"], hidden["now"]["suppressed"]) == (None, True)
        assert hidden["now"]["reason"] == "group_too_small"
        assert (hidden["forecast"]["value"], hidden["share_of_way"]["value"]) == (None, None)
        await add_post(tenant, scene.item, members[4], people=3)
        shown = await progress(api, tenant, goal)
        assert (shown["now"]["value"], shown["now"]["source"]) == (15, "feed:human_clicks")
        assert (shown["share_of_way"]["value"], shown["now"]["method"]) == (15, "measured")

    async def test_a_formula_over_a_hidden_number_is_hidden_too(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        await launch(tenant, str(scene.program.id), days_ago=3)
        members = (await add_members(tenant, scene, {"Engineering": 12}))["Engineering"]
        body = {
            "slug": "tenfold", "title": {"en": "x"}, "description": {"en": "x"}, "unit": "visits", "direction": "up",
            "kind": "marketing", "heading": "employer_brand", "formula": "careers_site_visits * 10",
        }  # fmt: skip
        assert (await api.post("/v1/kpis", key=tenant.owner_key, json=body)).status_code == 201
        goal = await set_goal(api, tenant, str(scene.program.id), kpi="tenfold", baseline=0, target=100)
        for member in members[:5]:
            await add_post(tenant, scene.item, member, people=2)
        async with tenant.database.transaction(tenant.id) as session:
            assert await feeds.refresh_program(session, scene.program.id) == 1
        assert (await progress(api, tenant, goal))["now"]["value"] == 100
        # A stricter rule from one moment to the next: what is stored is not shown either.
        api.app.state.settings = tenant.settings.model_copy(update={"min_group_size": 6})
        hidden = await progress(api, tenant, goal)
        assert (hidden["now"]["value"], hidden["now"]["suppressed"]) == (None, True)
        rows = (await api.get(f"/v1/goals/{goal['id']}/measurements", key=tenant.owner_key)).json()["data"]
        assert [(row["value"], row["reason"]) for row in rows] == [(None, "group_too_small")]
        series = (await api.get(f"/v1/goals/{goal['id']}/series", key=tenant.owner_key)).json()
        assert all(point["number"]["value"] is None and not point["parts"] for point in series["points"])


class TestFoundations:
    async def test_s02_a_program_is_not_designed_without_a_marketing_and_a_business_goal_each_complete(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start_program(api, tenant)
        path = f"/v1/programs/{program}/transitions"
        await set_goal(api, tenant, program)
        refused = await api.post(path, key=tenant.owner_key, json={"to": "designed"}, headers=HEBREW)
        assert refused.status_code == 422
        assert [one["pointer"] for one in refused.json()["errors"]].count("/goals") == 1
        empty = await api.post(f"/v1/programs/{program}/goals", key=tenant.owner_key, json={"kind": "business"})
        missing = {one["pointer"] for one in empty.json()["errors"]}
        assert (empty.status_code, missing >= {"/kpi", "/baseline", "/target", "/due_on", "/owner_employee_id"}) == (
            422, True,
        )  # fmt: skip
