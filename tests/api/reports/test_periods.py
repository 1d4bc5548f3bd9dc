"""Reports of a period: the same numbers as a recomputation from what happened, and never what few people did."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from services.core.ambassadors.models import Invitation, InvitationState, Pause, PauseKind
from services.core.goals.models import FeedSource, Heading, Measurement, Method
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.links.models import Click, ClickKind
from services.core.measurement.models import MetricSnapshot
from services.core.organizations.models import Role
from services.core.shares.models import Publication
from tests.factories.conversions import add_click, integration_key, tell
from tests.factories.publications import Scene, make_scene
from tests.factories.reports import Post, add_goal, add_members, add_post
from tests.fixtures.api import Api, Tenant

DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Jerusalem")
NINETY = 90


async def _now(tenant: Tenant) -> datetime:
    async with tenant.database.transaction(tenant.id) as session:
        return await db.now(session)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


async def _today(tenant: Tenant) -> date:
    return (await _now(tenant)).astimezone(ZONE).date()


async def _get(api: Api, tenant: Tenant, path: str, **params: Any) -> Any:
    answer = await api.get(path, key=tenant.owner_key, params={k: str(v) for k, v in params.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _report(api: Api, tenant: Tenant, scene: Scene, first: date, last: date) -> Any:
    return await _get(
        api, tenant, f"/v1/programs/{scene.program.id}/report", **{"format": "json", "from": first, "to": last}
    )


class TestNinetyDays:
    async def test_b01_totals_of_ninety_days_equal_a_recomputation_to_the_cent(self, api: Api, tenant: Tenant) -> None:
        key = await integration_key(api, tenant)
        scene = await make_scene(tenant)
        today = await _today(tenant)
        first = today - (NINETY - 1) * DAY
        members = (await add_members(tenant, scene, {"Engineering": 7}, joined_at=_noon(first - 9 * DAY)))[
            "Engineering"
        ]
        path = f"/v1/programs/{scene.program.id}"
        changes_on = first + 40 * DAY
        for valid_from, cost, cpm in ((first - 100 * DAY, "3000.10", "25.5"), (changes_on, "4100.35", "31.25")):
            put = await api.request(
                "PUT", f"{path}/rates", key=tenant.owner_key,
                json={
                    "valid_from": valid_from.isoformat(), "currency": "ILS", "source": "Controlling",
                    "baseline_cost_per_hire": "21000.75", "program_cost_per_month": cost,
                    "earned_media": [{"network": "linkedin", "cpm": cpm, "cpc": "7.35", "source": "Ads manager"}],
                },
            )  # fmt: skip
            assert put.status_code == 200, put.text
        posts: list[Post] = []
        for step in range(0, NINETY, 10):
            at = _noon(first + step * DAY)
            for number, member in enumerate(members):
                reading = {"impressions": 100 + 7 * step + number, "reactions": number, "comments": 2, "reshares": 1}
                posts.append(
                    await add_post(
                        tenant, scene.item, member, people=1 + number % 3, machines=1, own=1,
                        readings=[({"impressions": 1}, {}), (reading, {})], at=at,
                    )
                )  # fmt: skip
        for number, post in enumerate(posts):
            name = await add_click(tenant, post, at=_noon(first + 10 * (number // 7) * DAY) + DAY)
            at = _noon(first + 10 * (number // 7) * DAY) + 2 * DAY
            if at <= await _now(tenant):
                await tell(
                    api, key, kind="deal", external_id=f"D-{number}", at=at, clicks=[name],
                    amount=f"{100 + number}.33", currency="ILS",
                )  # fmt: skip
                await tell(api, key, kind="hire", external_id=f"H-{number}", at=at, clicks=[name])

        for first_on, last_on in ((first, today), (first + 10 * DAY, first + 69 * DAY)):
            report = await _report(api, tenant, scene, first_on, last_on)
            assert report["period"] == {
                "from_on": first_on.isoformat(), "to_on": last_on.isoformat(), "time_zone": "Asia/Jerusalem",
            }  # fmt: skip
            expected = await self._recompute(tenant, first_on, last_on)
            totals = {name: number["value"] for name, number in report["totals"].items()}
            assert totals == {name: expected[name] for name in totals}
            for number in report["totals"].values():
                assert (number["from_on"], number["to_on"]) == (first_on.isoformat(), last_on.isoformat())
            saved = report["savings"]
            told = [n for n in range(len(posts)) if first_on <= first + (10 * (n // 7) + 2) * DAY <= last_on]
            assert saved["hires"]["value"] == len(told)
            cost = sum(
                (
                    Decimal("3000.10" if day < changes_on else "4100.35") / calendar.monthrange(day.year, day.month)[1]
                    for day in (first_on + n * DAY for n in range((last_on - first_on).days + 1))
                ),
                Decimal(0),
            )
            assert saved["program_cost"]["value"] == float(round(cost, 2))
            assert saved["saving"]["value"] == float(round(Decimal("21000.75") * len(told) - cost, 2))
            assert saved["earned_media_value"]["value"] == float(
                round(await self._media(tenant, first_on, last_on, changes_on), 2)
            )
            deals = next(one for one in report["outcomes"] if one["name"] == "deals")
            amount = sum((Decimal(f"{100 + n}.33") for n in told), Decimal(0))
            assert deals["attributed"]["value"] == len(told)
            for one in deals["amounts"][0]["by_rule"]:
                assert (one["number"]["value"], one["number"]["unit"]) == (float(amount), "ILS")

    async def _recompute(self, tenant: Tenant, first: date, last: date) -> dict[str, Any]:
        published = [
            row
            for row in await tenant.rows(Publication)
            if row.published_at and first <= row.published_at.astimezone(ZONE).date() <= last
        ]
        latest: dict[Any, MetricSnapshot] = {}
        for row in sorted(await tenant.rows(MetricSnapshot), key=lambda row: row.taken_at):
            latest[row.publication_id] = row
        clicks = [c for c in await tenant.rows(Click) if first <= c.clicked_at.astimezone(ZONE).date() <= last]
        machines = sum(click.kind is ClickKind.MACHINE for click in clicks)
        humans = [click for click in clicks if click.kind is ClickKind.HUMAN]
        sums = {
            name: sum(latest[row.id].counts[name] for row in published)
            for name in ("impressions", "reactions", "comments", "reshares")
        }
        engagements = sums["reactions"] + sums["comments"] + sums["reshares"]
        return {
            **sums,
            "published_shares": len(published),
            "active_sharers_percent": 100,
            "human_clicks": len({(c.link_id, c.clicked_at.date(), c.visitor_hash) for c in humans}),
            "suspected_machines": machines,
            "raw_hits": machines + len(humans),
            "engagements": engagements,
            "engagement_rate": float(round(Decimal(engagements) * 100 / sums["impressions"], 1)),
        }

    async def _media(self, tenant: Tenant, first: date, last: date, changes_on: date) -> Decimal:
        latest: dict[Any, MetricSnapshot] = {}
        for row in sorted(await tenant.rows(MetricSnapshot), key=lambda row: row.taken_at):
            latest[row.publication_id] = row
        total = Decimal(0)
        for row in await tenant.rows(Publication):
            day = row.published_at.astimezone(ZONE).date()
            if first <= day <= last:
                rate = Decimal("25.5" if day < changes_on else "31.25")
                total += latest[row.id].counts["impressions"] * rate / 1000
        visitors = {
            (c.link_id, c.clicked_at.date(), c.visitor_hash)
            for c in await tenant.rows(Click)
            if c.kind is ClickKind.HUMAN and first <= c.clicked_at.astimezone(ZONE).date() <= last
        }
        return total + len(visitors) * Decimal("7.35")


class TestParticipation:
    async def test_s01_both_shares_recompute_from_what_happened_in_any_period(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        today = await _today(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 20}, joined_at=_noon(today - 30 * DAY)))[
            "Engineering"
        ]
        for _ in range(20):
            await tenant.employee()
        counts = {"impressions": 10, "reactions": 3, "comments": 1, "reshares": 1}
        for member in members[:6]:
            await add_post(tenant, scene.item, member, readings=[(counts, {})], at=_noon(today - 10 * DAY))
        for member in members[:12]:
            await add_post(tenant, scene.item, member, readings=[(counts, {})], at=_noon(today - 5 * DAY))
        first = await _report(api, tenant, scene, today - 12 * DAY, today)
        assert first["participation"]["employees_who_shared"]["value"] == 30
        assert first["participation"]["active_sharers_percent"]["value"] == 60
        share = first["participation"]["engagement_share"]
        assert (share["value"], share["reason"]) == (None, "brand_page_not_connected")
        goal = await add_goal(
            tenant, scene, members[0].employee.id,
            kpi="page", title="Page", heading=Heading.EMPLOYER_BRAND, baseline=0, target=9,
        )  # fmt: skip
        async with tenant.database.transaction(tenant.id) as session:
            for place, feed in enumerate(("page_post_reactions", "page_post_comments", "page_post_reshares")):
                session.add(
                    FeedSource(
                        organization_id=tenant.id, goal_id=goal.id, connector="linkedin", feed=feed, measures="added",
                        subject="urn:li:organization:1", title=feed, created_by="key:x",
                    )
                )  # fmt: skip
                for day in range(13):
                    session.add(
                        Measurement(
                            organization_id=tenant.id, goal_id=goal.id, value=Decimal(10),
                            measured_on=today - day * DAY, method=Method.MEASURED,
                            source=f"connector:linkedin:{place}/urn:li:organization:1",
                            series="urn:li:organization:1", formula_version="1",
                        )
                    )  # fmt: skip
        again = await _report(api, tenant, scene, today - 12 * DAY, today)
        number = again["participation"]["engagement_share"]
        ours, page = 18 * 5, 3 * 13 * 10
        assert (number["value"], number["coverage_percent"]) == (
            float(round(Decimal(ours * 100) / (ours + page), 1)),
            100,
        )

    async def test_s07_the_funnel_of_a_period_stands_on_the_people_of_its_last_day(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        today = await _today(tenant)
        old = (await add_members(tenant, scene, {"Engineering": 12}, joined_at=_noon(today - 30 * DAY)))["Engineering"]
        new = (await add_members(tenant, scene, {"Sales": 8}, joined_at=_noon(today - 3 * DAY)))["Sales"]
        async with tenant.database.transaction(tenant.id) as session:
            for member in [*old, *new]:
                session.add(
                    Invitation(
                        organization_id=tenant.id, program_id=scene.program.id, employee_id=member.employee.id,
                        state=InvitationState.ACCEPTED, language=Language.EN, expires_at=_noon(today),
                        created_at=_noon(today - (31 if member in old else 4) * DAY),
                    )
                )  # fmt: skip
        for member in old[:6]:
            await add_post(tenant, scene.item, member, at=_noon(today - 20 * DAY))
        for member in [*old[:6], *new]:
            await add_post(tenant, scene.item, member, at=_noon(today - 2 * DAY))
        early = (await _report(api, tenant, scene, today - 29 * DAY, today - 10 * DAY))["funnel"]
        late = (await _report(api, tenant, scene, today - 9 * DAY, today))["funnel"]
        assert [early[name]["value"] for name in ("invited", "joined", "shared")] == [12, 12, 6]
        assert [late[name]["value"] for name in ("invited", "joined", "connected", "shared")] == [20, 20, 20, 14]
        assert (late["eligible"]["value"], late["employees"]["value"]) == (20, 20)
        assert (early["employees"]["value"], early["employees"]["reason"]) == (None, "not_recorded")
        assert early["joined"]["to_on"] == (today - 10 * DAY).isoformat()

    async def test_s07_people_on_a_pause_leave_the_denominator_for_those_days(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        today = await _today(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 18}, joined_at=_noon(today - 30 * DAY)))[
            "Engineering"
        ]
        for member in members[:6]:
            await add_post(tenant, scene.item, member, at=_noon(today - 2 * DAY))
        first, last = today - 9 * DAY, today
        before = await _report(api, tenant, scene, first, last)
        assert before["participation"]["active_sharers_percent"]["value"] == 33.3
        async with tenant.database.transaction(tenant.id) as session:
            for member in members[6:12]:
                # Five of the ten days.
                session.add(
                    Pause(
                        organization_id=tenant.id, employee_id=member.employee.id, kind=PauseKind.LEAVE,
                        starts_at=_noon(first), ends_at=_noon(first + 4 * DAY),
                    )
                )  # fmt: skip
        after = await _report(api, tenant, scene, first, last)
        assert after["participation"]["active_sharers_percent"]["value"] == 40

    async def test_b33_last_years_denominator_stays_when_people_are_added_today(
        self, api: Api, tenant: Tenant, database_url: str
    ) -> None:
        def people(count: int) -> str:
            rows = [f"E{n},p{n}@lumen.example,Person{n},Example,Engineering,IL" for n in range(count)]
            return "\n".join(["employee_id,email,first_name,last_name,department,country", *rows]) + "\n"

        async def sync(count: int) -> None:
            sent = await api.post(
                "/v1/directory-syncs", key=tenant.owner_key, params={"mode": "full"}, content=people(count),
                headers={"Content-Type": "text/csv"},
            )  # fmt: skip
            assert sent.status_code == 201, sent.text
            applied = await api.post(
                f"/v1/directory-syncs/{sent.json()['id']}/apply", key=tenant.owner_key,
                headers={"If-Match": sent.headers["etag"]}, json={},
            )  # fmt: skip
            assert applied.status_code == 200, applied.text

        scene = await make_scene(tenant)
        await sync(40)
        last_year = await _today(tenant)
        await db.move_clock(database_url, by=timedelta(days=365))
        # Keys run out within a year: another owner, whom the file does not know, has one of today.
        _, tenant.owner_key = await tenant.person(Role.OWNER)
        before = await _report(api, tenant, scene, last_year, last_year + 30 * DAY)
        assert before["funnel"]["employees"]["value"] == 40
        await sync(90)
        after = await _report(api, tenant, scene, last_year, last_year + 30 * DAY)
        assert after["funnel"] == before["funnel"]
        now = (await _get(api, tenant, "/v1/headcount"))["people"]["value"]
        then = await _get(api, tenant, "/v1/headcount", on=last_year + 200 * DAY)
        assert (now, then["people"]["value"], then["recorded_on"]) == (91, 40, last_year.isoformat())
        assert [(p["value"], p["people"]["value"]) for p in then["by_department"]] == [("Engineering", 40)]
        never = await _get(api, tenant, "/v1/headcount", on=last_year - DAY)
        assert (never["people"]["value"], never["people"]["reason"]) == (None, "not_recorded")
        future = await api.get("/v1/headcount", key=tenant.owner_key, params={"on": "2999-01-01"})
        assert future.status_code == 400


class TestPeriods:
    async def test_a_period_that_is_none_is_refused_with_words(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        path = f"/v1/programs/{scene.program.id}/report"
        for params, pointer in (
            ({"from": "2026-02-01", "to": "2026-01-01"}, "/from"),
            ({"to": "2999-01-01"}, "/to"),
            ({"from": "2001-01-01"}, "/from"),
            ({"from": "yesterday"}, "/from"),
        ):
            answer = await api.get(path, key=tenant.owner_key, params=params)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)

    async def test_s70_outcomes_stand_under_four_headings_with_trend_and_target_of_the_period(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        today = await _today(tenant)
        owner = await tenant.employee()
        made = await api.post(
            "/v1/kpis", key=tenant.owner_key,
            json={
                "slug": "open_days", "title": {"en": "Open days", "he": "ימים פתוחים"},
                "description": {"en": "Guests.", "he": "אורחים."}, "unit": "guests", "direction": "up",
                "kind": "business", "heading": "sales",
            },
        )  # fmt: skip
        assert made.status_code == 201, made.text
        goals = {
            heading: await add_goal(
                tenant, scene, owner.id, kpi=kpi, title=kpi, heading=heading, baseline=0, target=100
            )
            for heading, kpi in zip(
                Heading, ("brand_awareness", "attrition_rate", "open_days", "cost_per_hire_saving"), strict=True
            )
        }
        async with tenant.database.transaction(tenant.id) as session:
            for goal in goals.values():
                for days, value in ((40, 10), (20, 20), (5, 30)):
                    session.add(
                        Measurement(
                            organization_id=tenant.id, goal_id=goal.id, value=value, method=Method.IMPORTED,
                            measured_on=today - days * DAY, source="manual", formula_version="1",
                        )
                    )  # fmt: skip
        report = await _report(api, tenant, scene, today - 30 * DAY, today - 10 * DAY)
        assert [(one["heading"], one["goal_ids"]) for one in report["headings"]] == [
            (heading.value, [str(goal.id)]) for heading, goal in goals.items()
        ]
        for goal in report["goals"]:
            assert (goal["actual"]["value"], goal["target"], goal["progress"]["value"]) == (20, 100, 20)
            assert [point["number"]["value"] for point in goal["trend"]] == [20]
        for language, words in (("he", "תקופה"), ("en", "Period")):
            page = await api.get(
                f"/v1/programs/{scene.program.id}/report", key=tenant.owner_key,
                params={
                    "format": "html", "language": language, "from": str(today - 30 * DAY), "to": str(today - 10 * DAY),
                },
            )  # fmt: skip
            assert page.status_code == 200
            assert words in page.text
            assert "open_days" in page.text

    async def test_attack_no_two_periods_tell_what_few_people_did(self, api: Api, tenant: Tenant) -> None:
        """Six share and are clicked on at first; then one alone, day by day. No difference shows that one."""
        scene = await make_scene(tenant)
        today = await _today(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 12}, joined_at=_noon(today - 30 * DAY)))[
            "Engineering"
        ]
        counts = {"impressions": 10, "reactions": 1, "comments": 1, "reshares": 1}
        for member in members[:6]:
            await add_post(tenant, scene.item, member, people=1, readings=[(counts, {})], at=_noon(today - 9 * DAY))
        for days in (7, 5, 3):
            await add_post(
                tenant, scene.item, members[6], people=3, readings=[(counts, {})], at=_noon(today - days * DAY)
            )
        alone = {(today - days * DAY).isoformat() for days in (7, 5, 3)}
        seen: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
        for first in range(10, -1, -2):
            for last in range(first, -1, -1):
                answer = await _get(
                    api, tenant, "/v1/metrics", program_id=scene.program.id,
                    **{"from": today - first * DAY, "to": today - last * DAY},
                )  # fmt: skip
                for name, number in answer["totals"].items():
                    if number["value"] is not None:
                        seen[name][(number["from_on"], number["to_on"])] = number["value"]
        assert seen["published_shares"][((today - 10 * DAY).isoformat(), today.isoformat())] == 9
        for name in ("published_shares", "human_clicks", "impressions", "raw_hits"):
            assert set(seen[name].values()) <= {0, {"raw_hits": 30, "impressions": 90, "human_clicks": 15}.get(name, 9)}
            for one, other in combinations(seen[name], 2):
                days = {day for day in alone if (one[0] <= day <= one[1]) != (other[0] <= day <= other[1])}
                assert not days or days == alone
