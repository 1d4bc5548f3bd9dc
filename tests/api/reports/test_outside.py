"""What came of shares elsewhere, what it saved, who stayed, and who came to the careers site: never of few people."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from services.core.ambassadors.models import Ambassador
from services.core.employees.models import Employee, EmploymentStatus
from services.core.goals.models import Heading, Measurement
from services.core.kit import db
from services.core.links.models import Click, ClickKind, TrackedLink
from services.core.reports import feeds
from services.core.reports.models import EligibleCount
from services.scheduler.jobs import history
from services.scheduler.worker.tools import Tools
from tests.factories.conversions import add_click, integration_key, tell
from tests.factories.publications import make_scene
from tests.factories.reports import add_goal, add_item, add_members, add_post
from tests.fixtures.api import Api, Tenant

DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Jerusalem")


async def _now(tenant: Tenant) -> datetime:
    async with tenant.database.transaction(tenant.id) as session:
        return await db.now(session)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


async def _get(api: Api, tenant: Tenant, path: str, **params: Any) -> Any:
    answer = await api.get(path, key=tenant.owner_key, params={k: str(v) for k, v in params.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _values(number: Any) -> tuple[Any, Any]:
    return number["value"], number["reason"]


class TestOutcomes:
    async def test_s38_leads_deals_and_hires_are_counted_once_under_each_rule(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        other = await make_scene(tenant, title="Other")
        second = [await add_post(tenant, other.item, member) for member in members]
        posts = [await add_post(tenant, scene.item, member) for member in members]
        now = await _now(tenant)
        for number, (one, two) in enumerate(zip(posts, second, strict=True)):
            first = await add_click(tenant, one, at=now - 3 * DAY)
            last = await add_click(tenant, two, at=now - 2 * DAY)
            for _ in range(2):
                await tell(
                    api, key, kind="deal", external_id=f"D-{number}", at=now, clicks=[first, last, first],
                    amount=100, currency="EUR",
                )  # fmt: skip
        await tell(api, key, kind="deal", external_id="D-9", at=now, amount=9000, currency="EUR")
        found = {}
        for program in (scene.program, other.program):
            outcomes = (await _get(api, tenant, f"/v1/programs/{program.id}/outcomes"))["outcomes"]
            (found[program.id],) = [one for one in outcomes if one["name"] == "deals"]
            leads = next(one for one in outcomes if one["name"] == "leads")
            assert _values(leads["attributed"]) == (None, "no_conversions")
        ours, theirs = found[scene.program.id], found[other.program.id]
        assert [one["number"]["value"] for one in ours["by_rule"]] == [6, 0, 3]
        assert [one["number"]["value"] for one in theirs["by_rule"]] == [0, 6, 3]
        assert [one["number"]["value"] for one in ours["amounts"][0]["by_rule"]] == [600, 0, 300]
        assert ours["attributed"]["value"] == 6

    async def test_s11_the_talent_pool_grows_by_referred_candidates_each_once(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        posts = [await add_post(tenant, scene.item, member) for member in members]
        now = await _now(tenant)
        for number, post in enumerate(posts):
            name = await add_click(tenant, post, at=now - DAY)
            for _ in range(2):
                await tell(api, key, kind="candidate", external_id=f"C-{number}", at=now, clicks=[name])
            for place in range(2):
                await tell(
                    api, key, kind="application", external_id=f"A-{number}-{place}", at=now,
                    candidate_id=f"C-{number}", clicks=[name],
                )  # fmt: skip
        await tell(api, key, kind="candidate", external_id="C-unreferred", at=now)
        outcomes = (await _get(api, tenant, f"/v1/programs/{scene.program.id}/outcomes"))["outcomes"]
        found = {one["name"]: one["attributed"]["value"] for one in outcomes}
        assert (found["candidates"], found["applications"]) == (6, 6)

    async def test_what_few_peoples_shares_brought_is_hidden(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        post = [await add_post(tenant, scene.item, member) for member in members]
        now = await _now(tenant)
        for number in range(9):
            name = await add_click(tenant, post[number % 4], at=now - DAY)
            await tell(
                api, key, kind="lead", external_id=f"L-{number}", at=now, clicks=[name], amount=5, currency="ILS"
            )
        for params in ({}, {"from": now.date() - 9 * DAY, "to": now.astimezone(ZONE).date()}):
            outcomes = (await _get(api, tenant, f"/v1/programs/{scene.program.id}/outcomes", **params))["outcomes"]
            leads = next(one for one in outcomes if one["name"] == "leads")
            for number in (leads["attributed"], *(one["number"] for one in leads["by_rule"])):
                assert _values(number) == (None, "group_too_small")
            assert leads["amounts"] == []

    async def test_goals_measure_what_other_systems_tell(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        posts = [await add_post(tenant, scene.item, member) for member in members]
        now = await _now(tenant)
        for number, post in enumerate(posts):
            name = await add_click(tenant, post, at=now - DAY)
            await tell(api, key, kind="hire", external_id=f"H-{number}", at=now, clicks=[name])
        for kpi in ("hires", "talent_pool_size", "cost_per_hire_saving"):
            await add_goal(
                tenant, scene, members[0].employee.id,
                kpi=kpi, title=kpi, heading=Heading.HIRING_RETENTION, baseline=0, target=12,
            )  # fmt: skip
        await api.request(
            "PUT", f"/v1/programs/{scene.program.id}/rates", key=tenant.owner_key,
            json={
                "valid_from": now.astimezone(ZONE).date().replace(day=1).isoformat(), "currency": "ILS",
                "source": "HR", "baseline_cost_per_hire": 30000, "program_cost_per_month": 3000,
            },
        )  # fmt: skip
        async with tenant.database.transaction(tenant.id) as session:
            assert await feeds.refresh_program(session, scene.program.id) == 2
        values = {row.source: row.value for row in await tenant.rows(Measurement)}
        assert values["feed:hires"] == 6
        assert 29000 < values["feed:cost_per_hire_saving"] < 30000


class TestSavings:
    async def test_s08_the_saving_shows_every_input_and_media_stand_apart(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        scene = await make_scene(tenant)
        today = (await _now(tenant)).astimezone(ZONE).date()
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        reading = ({"impressions": 1000, "reactions": 5, "comments": 1, "reshares": 0}, {})
        posts = [
            await add_post(tenant, scene.item, member, people=2, readings=[reading], at=_noon(today - 20 * DAY))
            for member in members
        ]
        path = f"/v1/programs/{scene.program.id}"
        span = {"from": today - 29 * DAY, "to": today}
        bare = await _get(api, tenant, f"{path}/savings", **span)
        for name in ("saving", "program_cost", "baseline_cost_per_hire", "earned_media_value"):
            assert _values(bare[name]) == (None, "no_rates")
        await api.request(
            "PUT", f"{path}/rates", key=tenant.owner_key,
            json={
                "valid_from": (today - 200 * DAY).isoformat(), "currency": "EUR", "source": "Budget 2026",
                "baseline_cost_per_hire": 5000, "program_cost_per_month": 900,
                "earned_media": [{"network": "linkedin", "cpm": 20, "cpc": 3, "source": "Ads manager"}],
            },
        )  # fmt: skip
        none = await _get(api, tenant, f"{path}/savings", **span)
        assert _values(none["saving"]) == (None, "no_conversions")
        for number, post in enumerate(posts):
            name = await add_click(tenant, post, at=_noon(today - 10 * DAY))
            await tell(api, key, kind="hire", external_id=f"H-{number}", at=_noon(today - 5 * DAY), clicks=[name])
        read = await _get(api, tenant, f"{path}/savings", **span)
        cost = Decimal(str(read["program_cost"]["value"]))
        assert 850 < cost < 950
        assert (read["hires"]["value"], read["baseline_cost_per_hire"]["value"]) == (6, 5000)
        assert read["program_cost_per_hire"]["value"] == float(round(cost / 6, 2))
        assert read["saving"]["value"] == float(5000 * 6 - cost)
        assert read["program_cost"]["coverage_percent"] == 100
        # 6,000 impressions at 20 a thousand, and 18 visitors at 3.
        assert (read["earned_media_value"]["value"], read["earned_media_value"]["method"]) == (174, "estimated")
        (linkedin,) = read["networks"]
        assert [linkedin[n]["value"] for n in ("impressions", "clicks", "engagements", "value")] == [6000, 18, 36, 174]
        assert {number["unit"] for number in (read["saving"], read["earned_media_value"])} == {"EUR"}
        (rate,) = read["rates"]
        assert (rate["source"], rate["earned_media"][0]["source"]) == ("Budget 2026", "Ads manager")
        await api.request(
            "PUT", f"{path}/rates", key=tenant.owner_key,
            json={"valid_from": (today - 3 * DAY).isoformat(), "currency": "ILS", "source": "Budget 2027"},
        )  # fmt: skip
        mixed = await _get(api, tenant, f"{path}/savings", **span)
        assert _values(mixed["saving"]) == (None, "other_currency")
        page = await api.get(
            f"{path}/report", key=tenant.owner_key,
            params={"format": "html", "language": "he", "from": str(span["from"]), "to": str(today - 4 * DAY)},
        )  # fmt: skip
        assert "עלות וחיסכון" in page.text
        assert "5,000 EUR" in page.text


class TestAttrition:
    async def _people(self, tenant: Tenant, count: int, left: int, *, on: date, **fields: Any) -> list[Employee]:
        return [
            await tenant.employee(
                started_on=date(2020, 1, 1),
                status=EmploymentStatus.LEFT if number < left else EmploymentStatus.ACTIVE,
                ended_on=on if number < left else None,
                **fields,
            )
            for number in range(count)
        ]

    async def test_s09_ambassadors_against_matched_colleagues(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        today = (await _now(tenant)).astimezone(ZONE).date()
        first, middle = today - 200 * DAY, today - 100 * DAY
        ambassadors = []
        for department, (ours, ours_left), (others, others_left) in (
            ("Engineering", (10, 1), (20, 8)),
            ("Sales", (5, 0), (10, 1)),
        ):
            ambassadors += await self._people(tenant, ours, ours_left, on=middle, department=department)
            await self._people(tenant, others, others_left, on=middle, department=department)
        # Nobody of another department is like them.
        await self._people(tenant, 30, 30, on=middle, department="Warehouse")
        async with tenant.database.transaction(tenant.id) as session:
            for employee in ambassadors:
                session.add(
                    Ambassador(
                        organization_id=tenant.id, program_id=scene.program.id, employee_id=employee.id,
                        state="left" if employee.ended_on else "active", language="en", joined_at=_noon(first - DAY),
                        left_at=_noon(middle) if employee.ended_on else None,
                    )
                )  # fmt: skip
        read = await _get(api, tenant, f"/v1/programs/{scene.program.id}/attrition", **{"from": first, "to": today})
        assert (read["method"], read["method_version"]) == ("matched_groups_direct_standardization", "1")
        # (40 % × 10 + 10 % × 5) ÷ 15.
        assert [read[name]["value"] for name in ("ambassadors", "matched", "difference")] == [6.7, 30, -23.3]
        assert read["matched"]["coverage_percent"] == 100

    async def test_s09_few_people_on_either_side_are_not_compared(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        today = (await _now(tenant)).astimezone(ZONE).date()
        first = today - 50 * DAY
        path = f"/v1/programs/{scene.program.id}/attrition"
        nobody = await _get(api, tenant, path, **{"from": first, "to": today})
        assert _values(nobody["ambassadors"]) == (None, "nobody_to_compare")
        await add_members(tenant, scene, {"Engineering": 4}, joined_at=_noon(first - DAY))
        await self._people(tenant, 20, 2, on=today - DAY, department="Engineering")
        few = await _get(api, tenant, path, **{"from": first, "to": today})
        await add_members(tenant, scene, {"Legal": 9}, joined_at=_noon(first - DAY))
        await self._people(tenant, 4, 1, on=today - DAY, department="Legal")
        lonely = await _get(api, tenant, path, **{"from": first, "to": today})
        for read in (few, lonely):
            for name in ("ambassadors", "matched", "difference"):
                assert _values(read[name]) == (None, "group_too_small")
        text = str(lonely)
        for employee in await tenant.rows(Employee):
            assert str(employee.id) not in text


class TestVisits:
    async def test_s04_visits_are_counted_per_item_cohort_and_day_apart_from_others(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        today = (await _now(tenant)).astimezone(ZONE).date()
        september, october = datetime(2026, 9, 10, tzinfo=ZONE), datetime(2026, 10, 10, tzinfo=ZONE)
        old = (await add_members(tenant, scene, {"Engineering": 6}, joined_at=september))["Engineering"]
        new = (await add_members(tenant, scene, {"Sales": 5}, joined_at=october))["Sales"]
        second = await add_item(tenant, scene, "Second")
        for member in old:
            await add_post(tenant, scene.item, member, people=2, machines=3, own=4, at=_noon(today - 3 * DAY))
        for member in [*old, *new]:
            await add_post(tenant, second, member, people=1, at=_noon(today - DAY))
        read = await _get(api, tenant, f"/v1/programs/{scene.program.id}/visits")
        assert read["total"]["value"] == 23
        assert {one["title"]: one["visits"]["value"] for one in read["items"]} == {"Second": 11, scene.item.title: 12}
        assert {one["joined_month"]: one["visits"]["value"] for one in read["cohorts"]} == {
            "2026-09": 18, "2026-10": 5,
        }  # fmt: skip
        assert {one["department"]: one["visits"]["value"] for one in read["departments"]} == {
            "Engineering": 18, "Sales": 5,
        }  # fmt: skip
        assert [(one["from_on"], one["visits"]["value"]) for one in read["days"]] == [
            ((today - 3 * DAY).isoformat(), 12), ((today - DAY).isoformat(), 11),
        ]  # fmt: skip
        assert _values(read["told_by_site"]) == (None, "no_conversions")

    async def test_attack_the_tables_of_visits_give_no_small_group_away(self, api: Api, tenant: Tenant) -> None:
        """One in a cohort, department, item and day of their own: what is shown never sums to all but them."""
        scene = await make_scene(tenant)
        today = (await _now(tenant)).astimezone(ZONE).date()
        joined = datetime(2026, 9, 10, tzinfo=ZONE)
        many = await add_members(tenant, scene, {"Engineering": 7, "Sales": 9}, joined_at=joined)
        one = (await add_members(tenant, scene, {"Legal": 1}, joined_at=datetime(2026, 10, 10, tzinfo=ZONE)))["Legal"]
        rare = await add_item(tenant, scene, "Rare")
        for member in [*many["Engineering"], *many["Sales"]]:
            await add_post(tenant, scene.item, member, people=2, at=_noon(today - 9 * DAY))
        await add_post(tenant, rare, one[0], people=5, at=_noon(today - 2 * DAY))
        read = await _get(api, tenant, f"/v1/programs/{scene.program.id}/visits")
        total = read["total"]["value"]
        assert total == 37
        for table in ("items", "cohorts", "departments", "days"):
            shown = [row["visits"]["value"] for row in read[table] if row["visits"]["value"] is not None]
            rest = total - sum(shown)
            assert 5 not in shown, table
            assert rest != 5, table
            # Whoever is left over is a group.
            assert rest in (0, 37, 5 + 14), table

    async def test_links_of_nobody_alone_stand_apart(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        now = await _now(tenant)
        link = TrackedLink(
            organization_id=tenant.id, program_id=scene.program.id, item_id=scene.item.id, code="platformlink",
            destination_url="https://lumen.example/", network="linkedin", published_at=now,
        )  # fmt: skip
        async with tenant.database.transaction(tenant.id) as session:
            session.add(link)
            await session.flush()
            session.add(
                Click(
                    organization_id=tenant.id, clicked_at=now, link_id=link.id, kind=ClickKind.HUMAN,
                    device_class="desktop", visitor_hash=b"x",
                )
            )  # fmt: skip
        read = await _get(api, tenant, f"/v1/programs/{scene.program.id}/visits")
        assert (read["total"]["value"], read["cohorts"][0]["joined_month"]) == (1, None)
        assert read["days"][0]["visits"]["value"] == 1


class TestHistory:
    async def test_b33_every_hour_writes_down_whom_a_program_was_meant_for(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        for _ in range(7):
            await tenant.employee()
        for _ in range(2):
            await history.record(Tools(tenant.database, tenant.settings))
        (row,) = await tenant.rows(EligibleCount)
        today = (await _now(tenant)).astimezone(ZONE).date()
        assert (row.people, row.day_on, row.program_id) == (7, today, scene.program.id)
        await tenant.employee()
        await history.record(Tools(tenant.database, tenant.settings))
        (row,) = await tenant.rows(EligibleCount)
        assert row.people == 8
