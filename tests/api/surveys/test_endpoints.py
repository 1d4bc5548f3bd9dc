"""Surveys over HTTP: rounds without anybody's name, shown apart only when nobody can be told from them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.core.goals.models import Heading, Measurement
from services.core.kit import db
from services.core.organizations.models import Role
from services.core.surveys.models import SurveyCount, SurveyRound
from services.scheduler.jobs import history
from services.scheduler.worker.tools import Tools
from tests.factories.conversions import integration_key
from tests.factories.publications import make_scene
from tests.factories.reports import add_goal
from tests.fixtures.api import Api, Tenant


async def _today(tenant: Tenant) -> date:
    async with tenant.database.transaction(tenant.id) as session:
        return (await db.now(session)).date()


async def _import(api: Api, key: str, on: date, **more: Any) -> Any:
    body = {
        "kind": "employer_nps", "title": "Pulse", "asked_on": on.isoformat(), "source": "pulse", "external_id": "r1",
        **more,
    }  # fmt: skip
    return await api.post("/v1/survey-rounds", key=key, json=body)


def _groups(ambassadors: list[int], others: list[int]) -> list[dict[str, Any]]:
    return [
        {"respondents": "ambassador", "scores": ambassadors},
        {"respondents": "other", "scores": others},
    ]


class TestEmployerNps:
    async def test_s05_promoters_minus_detractors_in_all_and_of_each_group(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        today = await _today(tenant)
        made = await _import(api, key, today, groups=_groups([10, 9, 9, 8, 3], [10, 7, 6, 5, 0, 9]))
        assert made.status_code == 201, made.text
        read = (await api.get(f"/v1/survey-rounds/{made.json()['id']}", key=tenant.owner_key)).json()
        # Five promoters and four detractors of eleven; three and one of five; two and three of six.
        assert read["result"]["value"] == 9.1
        assert {one["respondents"]: one["result"]["value"] for one in read["groups"]} == {
            "ambassador": 40, "other": -16.7,
        }  # fmt: skip
        for number in (read["result"], *(one["result"] for one in read["groups"])):
            assert (number["method"], number["unit"], number["formula_version"]) == ("imported", "points", "1")
            assert number["as_of"] == today.isoformat()

    @pytest.mark.parametrize(("ambassadors", "others"), [(4, 20), (20, 4), (0, 20)])
    async def test_s05_groups_are_apart_only_when_each_has_enough_answers(
        self, api: Api, tenant: Tenant, ambassadors: int, others: int
    ) -> None:
        key = await integration_key(api, tenant)
        made = await _import(api, key, await _today(tenant), groups=_groups([10] * ambassadors, [5] * others))
        read = (await api.get(f"/v1/survey-rounds/{made.json()['id']}", key=tenant.owner_key)).json()
        assert read["result"]["value"] is not None
        for group in read["groups"]:
            for number in (group["result"], group["answers"]):
                assert (number["value"], number["suppressed"], number["reason"]) == (None, True, "group_too_small")

    async def test_one_group_alone_is_not_shown_apart_and_few_answers_not_at_all(
        self, api: Api, tenant: Tenant
    ) -> None:
        key = await integration_key(api, tenant)
        today = await _today(tenant)
        counts = {"promoters": 30, "passives": 10, "detractors": 10}
        await _import(api, key, today, groups=[{"respondents": "other", "counts": counts}])
        few = {"promoters": 2, "passives": 1, "detractors": 1}
        await _import(api, key, today, external_id="r2", groups=[{"respondents": "other", "counts": few}])
        rounds = (await api.get("/v1/survey-rounds", key=tenant.owner_key)).json()["data"]
        assert [(one["result"]["value"], one["groups"][0]["result"]["suppressed"]) for one in rounds] == [
            (None, True), (40, True),
        ]  # fmt: skip

    async def test_only_counts_are_kept_and_nothing_of_a_person_is_taken(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        today = await _today(tenant)
        await _import(api, key, today, groups=_groups([10, 10], [0]))
        assert {(r.promoters, r.passives, r.detractors) for r in await tenant.rows(SurveyCount)} == {
            (2, 0, 0),
            (0, 0, 1),
        }
        for groups in (
            [{"respondents": "other", "scores": [{"employee_id": "E1", "score": 3}]}],
            [{"respondents": "other", "scores": [1], "employee_ids": ["E1"]}],
            [{"respondents": "other", "scores": [11]}],
            [{"respondents": "other"}],
            [],
        ):
            assert (await _import(api, key, today, external_id="x", groups=groups)).status_code == 422
        ahead = await _import(api, key, today + timedelta(days=3), external_id="x", groups=_groups([1], [1]))
        assert ahead.json()["errors"][0]["pointer"] == "/asked_on"

    async def test_a_round_is_there_once_and_can_be_taken_back(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        today = await _today(tenant)
        scene, owner = await make_scene(tenant), await tenant.employee()
        await add_goal(
            tenant, scene, owner.id,
            kpi="employer_nps", title="eNPS", heading=Heading.EMPLOYER_BRAND, baseline=0, target=50,
        )  # fmt: skip
        made = await _import(api, key, today, groups=_groups([10] * 5, [9] * 5))
        again = await _import(api, key, today, groups=_groups([1] * 5, [1] * 5))
        assert (again.status_code, again.json()["code"]) == (409, "survey_round_exists")
        (value,) = await tenant.rows(Measurement)
        assert (value.value, value.source) == (100, "survey:pulse:r1")
        gone = await api.delete(f"/v1/survey-rounds/{made.json()['id']}", key=key, etag=made.headers["etag"])
        assert gone.status_code == 204
        assert (await tenant.rows(Measurement), await tenant.rows(SurveyRound)) == ([], [])

    async def test_who_may(self, api: Api, tenant: Tenant, other_tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        made = await _import(api, key, await _today(tenant), groups=_groups([1] * 5, [1] * 5))
        path = f"/v1/survey-rounds/{made.json()['id']}"
        _, sponsor = await tenant.person(Role.SPONSOR)
        assert (await api.get(path, key=sponsor)).status_code == 200
        assert (await _import(api, sponsor, await _today(tenant))).status_code == 403
        assert (await api.get(path, key=key)).status_code == 403
        assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404


class TestSeries:
    async def test_s10_a_dated_series_is_the_kpi_of_a_goal_like_any_other(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        today = await _today(tenant)
        scene, owner = await make_scene(tenant), await tenant.employee()
        goals = {
            kpi: await add_goal(
                tenant, scene, owner.id, kpi=kpi, title=kpi, heading=Heading.EMPLOYER_BRAND, baseline=10, target=30
            )
            for kpi in ("brand_awareness", "share_of_voice")
        }
        for number, (kind, days, value) in enumerate(
            (("brand_awareness", 60, 12), ("brand_awareness", 1, 15.5), ("share_of_voice", 30, 20))
        ):
            more = {"answers": 400} if kind == "brand_awareness" else {}
            made = await _import(
                api, key, today - timedelta(days=days), kind=kind, external_id=f"s{number}", value=value, **more
            )
            assert made.status_code == 201, made.text
        report = (
            await api.get(f"/v1/programs/{scene.program.id}/report", key=tenant.owner_key, params={"format": "json"})
        ).json()
        found = {goal["kpi"]: goal for goal in report["goals"]}
        awareness = found["brand_awareness"]
        assert (awareness["actual"]["value"], awareness["actual"]["method"]) == (15.5, "imported")
        assert awareness["actual"]["as_of"] == (today - timedelta(days=1)).isoformat()
        assert awareness["progress"]["value"] == 27.5
        assert found["share_of_voice"]["actual"]["value"] == 20
        assert {one["kind"]: one["result"]["value"] for one in report["surveys"]} == {
            "brand_awareness": 15.5, "share_of_voice": 20,
        }  # fmt: skip
        progress = await api.get(f"/v1/goals/{goals['brand_awareness'].id}/progress", key=tenant.owner_key)
        assert progress.status_code == 200, progress.text

    async def test_a_goal_that_comes_later_has_the_values_too(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        today = await _today(tenant)
        await _import(api, key, today, kind="share_of_voice", value=31)
        scene, owner = await make_scene(tenant), await tenant.employee()
        await add_goal(
            tenant, scene, owner.id,
            kpi="share_of_voice", title="SoV", heading=Heading.EMPLOYER_BRAND, baseline=0, target=50,
        )  # fmt: skip
        for _ in range(2):
            await history.record(Tools(tenant.database, tenant.settings))
        (value,) = await tenant.rows(Measurement)
        assert (value.value, value.measured_on) == (31, today)
