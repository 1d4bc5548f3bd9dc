"""KPIs of an organization's own (S12): defined, used by goals, formulas and reports, changed in the open."""

from __future__ import annotations

import re
from typing import Any

from services.core.organizations.models import Role
from tests.factories.goals import define_kpi, launch, progress, report, set_goal, start_program, today
from tests.fixtures.api import Api, Tenant

HEBREW = {"Accept-Language": "he"}
_LETTERS = re.compile(r"[א-ת]")


async def listed(api: Api, key: str, **options: Any) -> dict[str, dict[str, Any]]:
    """The KPIs a caller sees."""
    answer = await api.get("/v1/kpis", key=key, **options)
    return {row["slug"]: row for row in answer.json()["data"]}


class TestCatalogue:
    async def test_s02_the_catalogue_has_what_goals_of_a_program_are_set_in(self, api: Api, tenant: Tenant) -> None:
        found = await listed(api, tenant.owner_key, headers=HEBREW)
        assert set(found) >= {
            "company_page_followers", "careers_site_visits", "employer_nps", "sales_opportunities",
            "active_participation", "cost_per_hire_saving", "marketing_value", "attrition_rate", "brand_awareness",
            "talent_pool_size", "content_impressions", "engagements", "hires",
        }  # fmt: skip
        for row in found.values():
            assert _LETTERS.search(row["title"])
            assert _LETTERS.search(row["aggregation_text"])
        assert found["company_page_followers"]["connector_feeds"] == ["page_followers"]
        assert (found["employer_nps"]["aggregation"], found["attrition_rate"]["direction"]) == ("last", "down")


class TestOwn:
    async def test_s12_a_kpi_by_formula_appears_in_goals_reports_and_exports_without_a_code_change(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start_program(api, tenant)
        await launch(tenant, program, days_ago=10)
        await define_kpi(api, tenant, slug="campaign_cost", unit="ILS")
        await define_kpi(api, tenant, slug="landing_visits", unit="visits", direction="up")
        made = await define_kpi(api, tenant, formula="campaign_cost / landing_visits")
        assert (made["source"], made["formula_version"], made["is_own"]) == ("formula", 1, True)
        assert (await listed(api, tenant.owner_key, headers=HEBREW))["cost_per_visit"]["title"] == "עלות לביקור"

        cost = await set_goal(api, tenant, program, kpi="campaign_cost", baseline=0, target=0)
        visits = await set_goal(api, tenant, program, kpi="landing_visits", baseline=0, target=500)
        await report(api, tenant, cost, 1200, days_ago=1)
        await report(api, tenant, visits, 480, days_ago=1, method="estimated")
        goal = await set_goal(
            api, tenant, program, kpi="cost_per_visit", kind="business", heading="cost", baseline=5, target=2
        )
        stands = await progress(api, tenant, goal)
        assert (stands["now"]["value"], stands["now"]["source"]) == (2.5, "formula:cost_per_visit")
        # As sure as the least sure of what it is made of.
        assert stands["now"]["method"] == "estimated"

        await report(api, tenant, cost, 900)
        await report(api, tenant, visits, 450)
        shown = (await api.get(f"/v1/programs/{program}/report", key=tenant.owner_key)).json()
        (found,) = [row for row in shown["goals"] if row["id"] == goal["id"]]
        assert (found["unit"], found["actual"]["value"], found["heading"]) == ("ILS", 2, "cost")
        assert found["actual"]["formula"] == "campaign_cost / landing_visits"
        assert [point["number"]["value"] for point in found["trend"]] == [2.5, 2]
        file = await api.get(f"/v1/goals/{goal['id']}/series?format=csv", key=tenant.owner_key)
        assert file.headers["content-type"].startswith("text/csv")
        before, now = (line.split(",") for line in file.text.splitlines()[-2:])
        assert (before[1:3], now[1:5]) == (["2.5", "ILS"], ["2", "ILS", "measured", "formula:cost_per_visit"])
        assert file.text.splitlines()[1].split(",")[1::6] == ["", "not_measured"]
        page = await api.get(
            f"/v1/programs/{program}/report", key=tenant.owner_key, headers={**HEBREW, "Accept": "text/html"}
        )
        assert goal["title"] in page.text

    async def test_a_correction_is_followed_and_what_cannot_be_computed_is_a_gap_with_its_reason(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start_program(api, tenant)
        for slug in ("campaign_cost", "landing_visits"):
            await define_kpi(api, tenant, slug=slug, direction="up")
        await define_kpi(api, tenant, formula="campaign_cost / landing_visits")
        cost = await set_goal(api, tenant, program, kpi="campaign_cost")
        visits = await set_goal(api, tenant, program, kpi="landing_visits")
        goal = await set_goal(api, tenant, program, kpi="cost_per_visit", baseline=5, target=2)
        for days_ago, (spent, came) in enumerate([(100, 50), (100, 0), (100, None)]):
            await report(api, tenant, cost, spent, days_ago=days_ago)
            if came is not None:
                await report(api, tenant, visits, came, days_ago=days_ago)
        series = (await api.get(f"/v1/goals/{goal['id']}/series", key=tenant.owner_key)).json()
        last = [(point["number"]["value"], point["number"]["reason"]) for point in series["points"][-4:]]
        assert last == [
            (None, "not_measured"), (None, "operand_not_measured"), (None, "division_by_zero"), (2, None)
        ]  # fmt: skip
        body = {"value": 25, "measured_on": (await today(tenant)).isoformat(), "method": "measured"}
        path = f"/v1/goals/{visits['id']}/measurements?replace=true"
        assert (await api.post(path, key=tenant.owner_key, json=body)).status_code == 201
        assert (await progress(api, tenant, goal))["now"]["value"] == 4

        path = f"/v1/goals/{goal['id']}/measurements"
        by_hand = await api.post(path, key=tenant.owner_key, json=body)
        assert (by_hand.status_code, by_hand.json()["code"]) == (409, "measured_by_formula")
        assert "campaign_cost, landing_visits" in by_hand.json()["detail"]

    async def test_a_formula_that_cannot_be_computed_is_refused_with_what_to_do(self, api: Api, tenant: Tenant) -> None:
        await define_kpi(api, tenant, slug="one", formula="hires * 2")
        await define_kpi(api, tenant, slug="two", formula="one + hires")
        for formula, code in (
            ("hires +", "not_readable"), ("hires ** 2", "not_allowed"), ("happiness * 2", "unknown_kpi"),
            ("__import__('os')", "not_allowed"), ("1 + 1", "no_kpi"), ("three + 1", "cycle"),
        ):  # fmt: skip
            body = {
                "slug": "three", "title": {"he": "שלוש"}, "description": {"he": "תיאור"}, "unit": "x",
                "direction": "up", "kind": "business", "heading": "cost", "formula": formula,
            }  # fmt: skip
            answer = await api.post("/v1/kpis", key=tenant.owner_key, json=body, headers=HEBREW)
            (problem,) = answer.json()["errors"]
            assert (answer.status_code, problem["pointer"], problem["code"]) == (422, "/formula", code)
            assert _LETTERS.search(problem["message"])
        changed = await api.patch(
            "/v1/kpis/one", key=tenant.owner_key, etag="*", json={"formula": "two * 2", "note": "Why not"}
        )
        assert (changed.status_code, changed.json()["errors"][0]["code"]) == (422, "cycle")

    async def test_a_kpi_in_use_is_not_deleted_and_its_meaning_changes_only_with_a_note(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start_program(api, tenant)
        await define_kpi(api, tenant, slug="mentions", unit="mentions", direction="up")
        goal = await set_goal(api, tenant, program, kpi="mentions")
        await report(api, tenant, goal, 1500, days_ago=1)
        path, key = "/v1/kpis/mentions", tenant.owner_key
        kept = await api.delete(path, key=key, etag="*")
        assert (kept.status_code, kept.json()["code"]) == (409, "kpi_in_use")
        quiet = await api.patch(path, key=key, etag="*", json={"unit": "articles"})
        assert (quiet.status_code, quiet.json()["code"]) == (409, "kpi_meaning_in_use")
        words = await api.patch(path, key=key, etag="*", json={"title": {"he": "אזכורים"}})
        assert (words.status_code, words.json()["formula_version"]) == (200, 1)
        body = {"unit": "articles", "note": "Only articles are counted now"}
        told = await api.patch(path, key=key, etag=words.headers["etag"], json=body)
        assert (told.status_code, told.json()["formula_version"]) == (200, 2)
        (before,) = told.json()["versions"]
        assert (before["number"], before["unit"], before["note"]) == (1, "mentions", "Only articles are counted now")
        made = await report(api, tenant, goal, 400)
        assert made["formula_version"] == "2"
        await launch(tenant, program, days_ago=5)
        since = (await progress(api, tenant, goal))["since_start"]
        assert (since["value"], since["reason"]) == (None, "other_formula_version")

        await define_kpi(api, tenant, slug="spare", formula="hires + mentions")
        assert (await api.delete("/v1/kpis/spare", key=key, etag="*")).status_code == 204
        assert (await api.get("/v1/kpis/spare", key=key)).status_code == 404

    async def test_the_catalogue_is_the_same_for_everybody(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        await define_kpi(api, tenant)
        built_in = await api.patch("/v1/kpis/hires", key=tenant.owner_key, etag="*", json={"unit": "x"})
        assert (built_in.status_code, built_in.json()["code"]) == (409, "kpi_built_in")
        for slug in ("hires", "cost_per_visit"):
            body = {
                "slug": slug, "title": {"en": "x"}, "description": {"en": "x"}, "unit": "x", "direction": "up",
                "kind": "business", "heading": "cost",
            }  # fmt: skip
            taken = await api.post("/v1/kpis", key=tenant.owner_key, json=body)
            assert (taken.status_code, taken.json()["code"]) == (409, "kpi_taken")
        assert "cost_per_visit" not in await listed(api, other_tenant.owner_key)
        assert (await api.get("/v1/kpis/cost_per_visit", key=other_tenant.owner_key)).status_code == 404
        assert (await define_kpi(api, other_tenant))["slug"] == "cost_per_visit"

    async def test_managers_of_the_organization_define_and_those_of_one_program_do_not(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start_program(api, tenant)
        _, everywhere = await tenant.person(Role.PROGRAM_MANAGER)
        _, here = await tenant.person(Role.PROGRAM_MANAGER, program_id=program)  # type: ignore[arg-type]
        body = {
            "slug": "words", "title": {"en": "x"}, "description": {"en": "x"}, "unit": "x", "direction": "up",
            "kind": "business", "heading": "cost",
        }  # fmt: skip
        assert (await api.post("/v1/kpis", key=here, json=body)).status_code == 403
        assert (await api.post("/v1/kpis", key=everywhere, json=body)).status_code == 201
