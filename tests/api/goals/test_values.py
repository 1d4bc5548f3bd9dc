"""Values of goals: by hand, many at once and by file; replaced in the open; days without one are gaps (S03, S10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.core.goals.models import Measurement
from tests.factories.goals import report, set_goal, start_program, today
from tests.fixtures.api import Api, Tenant

HEBREW = {"Accept-Language": "he"}


async def goal_of(api: Api, tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """A goal of a fresh program."""
    return await set_goal(api, tenant, await start_program(api, tenant), **changes)


async def send(api: Api, tenant: Tenant, goal: dict[str, Any], text: str, query: str = "", **options: Any) -> Any:
    """A file of values."""
    headers = {"Content-Type": "text/csv", **options.pop("headers", {})}
    path = f"/v1/goals/{goal['id']}/measurements/csv{query}"
    return await api.post(path, key=tenant.owner_key, content=text.encode(), headers=headers)


class TestCorrections:
    async def test_a_value_is_replaced_only_when_said_and_the_earlier_one_stays_readable(
        self, api: Api, tenant: Tenant
    ) -> None:
        goal = await goal_of(api, tenant)
        made = await report(api, tenant, goal, 1200)
        path = f"/v1/goals/{goal['id']}/measurements"
        body = {"value": 1250, "measured_on": made["measured_on"], "method": "estimated"}
        refused = await api.post(path, key=tenant.owner_key, json=body, headers=HEBREW)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_measured")
        assert "replace=true" in refused.json()["detail"]
        replaced = await api.post(f"{path}?replace=true", key=tenant.owner_key, json=body)
        assert (replaced.status_code, replaced.json()["id"], replaced.json()["value"]) == (201, made["id"], 1250)
        (before,) = (await api.get(f"{path}/{made['id']}/corrections", key=tenant.owner_key)).json()["data"]
        assert (before["value"], before["method"]) == (1200, "measured")
        assert before["reported_by"] == before["replaced_by"] == made["reported_by"]
        assert before["reported_at"] <= before["replaced_at"]
        # The very same again is no correction.
        await api.post(f"{path}?replace=true", key=tenant.owner_key, json=body)
        assert len((await api.get(f"{path}/{made['id']}/corrections", key=tenant.owner_key)).json()["data"]) == 1

    async def test_the_audit_of_values_is_of_the_goal_they_belong_to(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        first, second = await goal_of(api, tenant), await goal_of(api, tenant)
        made = await report(api, tenant, first, 1)
        path = f"/v1/goals/{second['id']}/measurements/{made['id']}/corrections"
        assert (await api.get(path, key=tenant.owner_key)).status_code == 404
        path = f"/v1/goals/{first['id']}/measurements/{made['id']}/corrections"
        assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404


class TestBatch:
    async def test_each_item_is_taken_or_refused_by_itself(self, api: Api, tenant: Tenant) -> None:
        goal = await goal_of(api, tenant)
        day = (await today(tenant)).isoformat()
        good = {"value": 1, "measured_on": day, "method": "measured"}
        items = [
            good, good, {**good, "value": "many", "series": "a"}, {"value": 3},
            {**good, "measured_on": "2999-01-01"}, {**good, "series": "page"},
        ]  # fmt: skip
        path = f"/v1/goals/{goal['id']}/measurements/batch"
        answer = await api.post(path, key=tenant.owner_key, json={"measurements": items}, headers=HEBREW)
        assert answer.status_code == 207
        read = answer.json()
        assert [item["status"] for item in read["items"]] == [201, 409, 422, 422, 422, 201]
        assert (read["created"], read["refused"]) == (2, 4)
        assert read["items"][1]["code"] == "already_measured"
        assert {one["pointer"] for one in read["items"][3]["errors"]} == {"/measured_on", "/method"}
        assert len(await tenant.rows(Measurement)) == 2

    async def test_more_than_a_hundred_are_refused(self, api: Api, tenant: Tenant) -> None:
        goal = await goal_of(api, tenant)
        path = f"/v1/goals/{goal['id']}/measurements/batch"
        for count in (0, 101):
            answer = await api.post(path, key=tenant.owner_key, json={"measurements": [{}] * count})
            assert answer.status_code == 422


class TestFile:
    async def test_s10_an_awareness_series_is_imported_dated_and_measures_a_goal_like_any_other(
        self, api: Api, tenant: Tenant
    ) -> None:
        goal = await goal_of(api, tenant, kpi="brand_awareness", baseline=20, target=40)
        start = await today(tenant) - timedelta(days=70)
        lines = [f"{start + timedelta(days=7 * week)},{20 + week},survey,estimated" for week in range(10)]
        sent = await send(api, tenant, goal, "date,value,series,method\n" + "\n".join(lines) + "\n")
        assert (sent.status_code, sent.json()["created"], sent.json()["from_on"]) == (201, 10, start.isoformat())
        stands = (await api.get(f"/v1/goals/{goal['id']}/progress", key=tenant.owner_key)).json()
        assert (stands["now"]["value"], stands["now"]["method"], stands["now"]["source"]) == (29, "estimated", "csv")
        assert stands["share_of_way"]["value"] == 45
        assert stands["forecast"]["value"] > 36

    async def test_a_file_with_one_wrong_line_leaves_nothing_behind(self, api: Api, tenant: Tenant) -> None:
        goal = await goal_of(api, tenant)
        refused = await send(
            api, tenant, goal, 'date,value\n2026-01-01,10\n2026-01-02,"1,000"\n32/1/26,1\n', headers=HEBREW
        )
        assert refused.status_code == 422
        found = {problem["pointer"]: problem["message"] for problem in refused.json()["errors"]}
        assert set(found) == {"/lines/3/value", "/lines/4/date"}
        assert found["/lines/3/value"].startswith("שורה 3, עמודה value")
        assert await tenant.rows(Measurement) == []

    async def test_days_of_another_file_are_refused_or_replaced_and_stay_readable(
        self, api: Api, tenant: Tenant
    ) -> None:
        goal = await goal_of(api, tenant)
        await send(api, tenant, goal, "date,value\n2026-01-01,10\n2026-01-02,20\n")
        again = "date,value\n2026-01-02,21\n2026-01-03,30\n2026-01-01,10\n"
        refused = await send(api, tenant, goal, again)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_measured")
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/lines/2/date", "/lines/4/date"]
        assert len(await tenant.rows(Measurement)) == 2
        sent = await send(api, tenant, goal, again, "?replace=true")
        counts = {name: sent.json()[name] for name in ("created", "replaced", "unchanged")}
        assert counts == {"created": 1, "replaced": 1, "unchanged": 1}
        (row,) = [row for row in await tenant.rows(Measurement) if row.value == 21]
        path = f"/v1/goals/{goal['id']}/measurements/{row.id}/corrections"
        assert [one["value"] for one in (await api.get(path, key=tenant.owner_key)).json()["data"]] == [20]

    async def test_only_csv_is_read(self, api: Api, tenant: Tenant) -> None:
        goal = await goal_of(api, tenant)
        answer = await send(api, tenant, goal, "date,value\n2026-01-01,1\n", headers={"Content-Type": "text/plain"})
        assert answer.status_code == 415
