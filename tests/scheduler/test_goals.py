"""Goals that measure themselves, and pages read into goals once a day, against the simulated vendors (S03, S12)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from connectors.bambu.simulator import create_simulator as create_sprout
from connectors.everyonesocial.simulator import create_simulator as create_everyonesocial
from connectors.sdk.testing.simulator import running
from services.core.goals import repository
from services.core.goals.models import FeedSource, Goal, Measurement
from services.core.kit import db
from services.core.organizations.models import Role, RoleGrant
from services.scheduler.jobs import goals
from services.scheduler.worker.tools import Tools
from tests.factories.goals import define_kpi, launch, progress, report, set_goal, start_program, today
from tests.factories.publications import connect, make_scene, make_sharer
from tests.factories.reports import add_members, add_post
from tests.fixtures.api import Api, Tenant
from tests.fixtures.processes import Simulator, linkedin_values

PAGE = "urn:li:organization:2414183"
HEBREW = {"Accept-Language": "he"}


async def move(tools: Tools, **ahead: float) -> None:
    """The product's clock stands so far ahead of the real one."""
    await db.move_clock(tools.settings.database_url, by=timedelta(**ahead))


async def read_source(api: Api, tenant: Tenant, goal: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The one page that a goal is read from."""
    answer = await api.get(f"/v1/goals/{goal['id']}/feeds", key=tenant.owner_key, **options)
    (row,) = answer.json()["data"]
    return dict(row)


class TestLinkedIn:
    """A page read through an account that its administrator lends."""

    @dataclass
    class Lent:
        """A goal, and the person whose account it is read through."""

        tools: Tools
        simulator: Simulator
        goal: dict[str, Any]
        key: str
        connection_id: UUID

        def body(self, **changes: Any) -> dict[str, Any]:
            """A page to be read."""
            return {
                "connection_id": str(self.connection_id), "feed": "page_followers", "subject": PAGE,
                "title": "Our LinkedIn page", **changes,
            }  # fmt: skip

    @pytest.fixture
    async def lent(self, api: Api, tenant: Tenant, database: db.Database, simulator: Simulator) -> Lent:
        """Somebody who administers the page has connected, and may report values."""
        values = linkedin_values(simulator)
        values["scopes"] += " rw_organization_admin"
        settings = tenant.settings.model_copy(update={"connectors": {"linkedin": values}})
        sharer = await make_sharer(tenant, await make_scene(tenant), connect_to=None)
        connection = await connect(tenant, sharer.actor, sharer.employee, settings)
        await simulator.control(
            "pages", organization=PAGE, administrators=[sharer.employee.display_name], followers=1234
        )
        program = await start_program(api, tenant)
        await launch(tenant, program, days_ago=3)
        await _grant(tenant, sharer.employee.id)
        key = await tenant.key_of(sharer.employee)
        goal = await set_goal(api, tenant, program)
        return self.Lent(Tools(database, settings), simulator, goal, key, connection.id)

    async def test_s03_followers_are_read_once_a_day_and_a_day_that_could_not_be_read_is_a_gap(
        self, api: Api, tenant: Tenant, lent: Lent
    ) -> None:
        path = f"/v1/goals/{lent.goal['id']}/feeds"
        made = await api.post(path, key=lent.key, json=lent.body())
        assert (made.status_code, made.json()["state"], made.json()["is_lent"]) == (201, "waiting", True)
        await goals.read_feeds(lent.tools)
        await goals.read_feeds(lent.tools)
        (row,) = await tenant.rows(Measurement)
        assert (row.value, row.channel, row.series) == (1234, "connector:linkedin", PAGE)
        source = await read_source(api, tenant, lent.goal)
        assert (source["state"], source["problem"]) == ("reading", None)
        # Whose account it is, nobody is told.
        assert "connection_id" not in source
        stands = await progress(api, tenant, lent.goal)
        assert (stands["now"]["value"], stands["now"]["source"]) == (1234, "connector:linkedin")

        # The next day the network is down all day: a gap, and said on the goal.
        await _be_at_noon(lent.tools, days=1)
        await lent.simulator.fault(operation="network_size", kind="status", status=503)
        await goals.read_feeds(lent.tools)
        assert len(await tenant.rows(Measurement)) == 1
        source = await read_source(api, tenant, lent.goal, headers=HEBREW)
        assert (source["state"], source["problem"]) == ("failing", "vendor_unavailable")
        assert source["what_to_do"].startswith("אין צורך לעשות דבר")
        await goals.read_feeds(lent.tools)
        assert len(await tenant.rows(Measurement)) == 1

    async def test_a_page_that_is_not_ours_to_read_says_who_has_to_act(
        self, api: Api, tenant: Tenant, lent: Lent
    ) -> None:
        await lent.simulator.control("pages", organization=PAGE, administrators=["Somebody Else"], days={})
        await define_kpi(api, tenant, slug="page_views", direction="up", unit="views")
        goal = await set_goal(api, tenant, lent.goal["program_id"], kpi="page_views")
        body = lent.body(feed="page_views")
        assert (await api.post(f"/v1/goals/{goal['id']}/feeds", key=lent.key, json=body)).status_code == 201
        await goals.read_feeds(lent.tools)
        source = await read_source(api, tenant, goal, headers=HEBREW)
        assert (source["state"], source["problem"], source["read_at"]) == ("failing", "scope_missing", None)
        assert "לחבר אותו מחדש" in source["what_to_do"]
        assert await tenant.rows(Measurement) == []

    async def test_what_a_page_added_is_read_for_days_that_are_over_and_late_counts_are_corrections(
        self, api: Api, tenant: Tenant, lent: Lent
    ) -> None:
        day = await today(tenant)
        days = {(day - timedelta(days=ago)).isoformat(): {"page_views": 100 + ago} for ago in (1, 2, 4)}
        days[(day - timedelta(days=3)).isoformat()] = None  # type: ignore[assignment]
        days[day.isoformat()] = {"page_views": 7}
        await lent.simulator.control("pages", organization=PAGE, days=days)
        await define_kpi(api, tenant, slug="page_views", direction="up", unit="views")
        goal = await set_goal(api, tenant, lent.goal["program_id"], kpi="page_views", baseline=0, target=500)
        await api.post(f"/v1/goals/{goal['id']}/feeds", key=lent.key, json=lent.body(feed="page_views"))
        await goals.read_feeds(lent.tools)
        found = {(day - row.measured_on).days: row.value for row in await tenant.rows(Measurement)}
        assert {ago: value for ago, value in found.items() if ago < 5} == {1: 101, 2: 102, 4: 104}
        late = {**days, (day - timedelta(days=1)).isoformat(): {"page_views": 150}}
        await lent.simulator.control("pages", organization=PAGE, days=late)
        await _be_at_noon(lent.tools, days=1)
        await goals.read_feeds(lent.tools)
        (row,) = [row for row in await tenant.rows(Measurement) if (day - row.measured_on).days == 1]
        assert row.value == 150
        path = f"/v1/goals/{goal['id']}/measurements/{row.id}/corrections"
        (before,) = (await api.get(path, key=tenant.owner_key)).json()["data"]
        assert (before["value"], before["replaced_by"]) == (101, "connector:linkedin")

    async def test_only_its_person_lends_an_account(self, api: Api, tenant: Tenant, lent: Lent) -> None:
        path = f"/v1/goals/{lent.goal['id']}/feeds"
        assert (await api.post(path, key=tenant.owner_key, json=lent.body())).status_code == 403
        other = await tenant.employee()
        await _grant(tenant, other.id)
        stranger = await api.post(path, key=await tenant.key_of(other), json=lent.body())
        assert stranger.status_code == 404
        neither = await api.post(path, key=lent.key, json=lent.body(connection_id=None))
        assert (neither.status_code, neither.json()["errors"][0]["code"]) == (422, "one_account")
        unknown = await api.post(path, key=lent.key, json=lent.body(feed="page_likes"))
        assert (unknown.status_code, unknown.json()["code"]) == (409, "feed_not_offered")
        wrong = await api.post(path, key=lent.key, json=lent.body(feed="page_views"))
        assert (wrong.status_code, wrong.json()["code"]) == (409, "feed_not_for_kpi")
        assert (await api.post(path, key=lent.key, json=lent.body())).status_code == 201
        again = await api.post(path, key=lent.key, json=lent.body())
        assert (again.status_code, again.json()["code"]) == (409, "already_read")

    async def test_a_page_that_was_removed_is_read_no_more_and_no_longer_waited_for(
        self, api: Api, tenant: Tenant, lent: Lent
    ) -> None:
        path = f"/v1/goals/{lent.goal['id']}/feeds"
        made = (await api.post(path, key=lent.key, json=lent.body())).json()
        await goals.read_feeds(lent.tools)
        await _be_at_noon(lent.tools, days=1)
        await report(api, tenant, lent.goal, 50, series="facebook/lumen")
        assert (await progress(api, tenant, lent.goal))["now"]["value"] == 1234
        assert (await api.delete(f"{path}/{made['id']}", key=tenant.owner_key)).status_code == 428
        gone = await api.delete(f"{path}/{made['id']}", key=tenant.owner_key, etag="*")
        assert gone.status_code == 204
        await goals.read_feeds(lent.tools)
        assert (await read_source(api, tenant, lent.goal))["state"] == "ended"
        assert (await progress(api, tenant, lent.goal))["now"]["value"] == 50

    async def test_its_calls_are_counted_in_the_allowance_of_the_account(
        self, api: Api, tenant: Tenant, lent: Lent
    ) -> None:
        await api.post(f"/v1/goals/{lent.goal['id']}/feeds", key=lent.key, json=lent.body())
        async with tenant.database.hot(tenant.id) as connection:
            await connection.execute(
                "insert into connection_budgets (organization_id, id, connection_id, name, period_starts_at, used)"
                " values ($1, gen_random_uuid(), $2, 'member_day',"
                " date_trunc('day', advocacy_now() at time zone 'UTC') at time zone 'UTC', 150)",
                tenant.id, lent.connection_id,
            )  # fmt: skip
        await goals.read_feeds(lent.tools)
        source = await read_source(api, tenant, lent.goal)
        assert (source["problem"], await tenant.rows(Measurement)) == ("rate_limited", [])
        midnight = datetime.fromisoformat(source["next_at"])
        assert (midnight.hour, midnight.minute, midnight > datetime.now(UTC)) == (0, 0, True)


class TestPlatforms:
    """Pages read through the organization's account at a platform."""

    @pytest.fixture
    async def sprout(self) -> AsyncIterator[str]:
        """Sprout Social, whose connector reads pages."""
        async with running(create_sprout()) as addresses:
            yield f"{addresses['api']} {addresses['identity']}"

    @pytest.fixture
    async def everyonesocial(self) -> AsyncIterator[str]:
        """EveryoneSocial, whose connector does not."""
        async with running(create_everyonesocial()) as addresses:
            yield addresses["api"]

    async def test_s03_a_page_is_read_through_a_platform_as_a_series_of_its_own(
        self, api: Api, tenant: Tenant, database: db.Database, sprout: str
    ) -> None:
        api_url, identity = sprout.split()
        given = {"customer_id": "410022", "client_id": "demo-client", "client_secret": "demo-secret"}
        settings = tenant.settings.model_copy(
            update={"connectors": {"bambu": {"api_url": api_url, "oauth_url": identity}}}
        )
        api.app.state.settings = settings
        tools = Tools(database, settings)
        body = {"connector": "bambu", "title": "Sprout", "settings": given}
        made = await api.post("/v1/platform-connections", key=tenant.owner_key, json=body)
        assert made.status_code == 201, made.text
        program = await start_program(api, tenant)
        goal = await set_goal(api, tenant, program)
        for subject in ("7101", "7102"):
            body = {
                "platform_connection_id": made.json()["id"], "feed": "page_followers", "subject": subject,
                "title": f"Page {subject}",
            }  # fmt: skip
            answer = await api.post(f"/v1/goals/{goal['id']}/feeds", key=tenant.owner_key, json=body)
            assert answer.status_code == 201, answer.text
        await goals.read_feeds(tools)
        rows = await tenant.rows(Measurement)
        assert {row.series for row in rows} == {"7101", "7102"}
        assert {row.channel for row in rows} == {"connector:bambu"}
        stands = await progress(api, tenant, goal)
        last = max(row.measured_on for row in rows)
        assert stands["now"]["value"] == sum(row.value for row in rows if row.measured_on == last)
        assert [source["state"] for source in stands["sources"]] == ["reading", "reading"]

        gone = await api.delete(
            f"/v1/platform-connections/{body['platform_connection_id']}", key=tenant.owner_key, etag="*"
        )
        assert gone.status_code in (200, 204), gone.text
        await _be_at_noon(tools, days=1)
        await goals.read_feeds(tools)
        stands = await progress(api, tenant, goal)
        assert {source["problem"] for source in stands["sources"]} == {"not_connected"}
        assert {source["next_at"] for source in stands["sources"]} == {None}
        assert len(await tenant.rows(Measurement)) == len(rows)

    async def test_a_platform_whose_connector_reads_no_pages_is_refused_before_any_call(
        self, api: Api, tenant: Tenant, everyonesocial: str
    ) -> None:
        api.app.state.settings = tenant.settings.model_copy(
            update={"connectors": {"everyonesocial": {"api_url": everyonesocial}}}
        )
        given = {"api_token": "demo-api-token"}
        body: dict[str, Any] = {"connector": "everyonesocial", "title": "EveryoneSocial", "settings": given}
        made = await api.post("/v1/platform-connections", key=tenant.owner_key, json=body)
        assert made.status_code == 201, made.text
        goal = await set_goal(api, tenant, await start_program(api, tenant))
        body = {
            "platform_connection_id": made.json()["id"], "feed": "page_followers", "subject": "7101", "title": "Page",
        }  # fmt: skip
        refused = await api.post(f"/v1/goals/{goal['id']}/feeds", key=tenant.owner_key, json=body, headers=HEBREW)
        assert (refused.status_code, refused.json()["code"]) == (409, "capability_missing")
        assert "EveryoneSocial" in refused.json()["detail"]
        assert await tenant.rows(FeedSource) == []


class TestRefresh:
    async def test_only_launched_programs_with_such_goals_are_asked_and_not_more_often_than_needed(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, database: db.Database
    ) -> None:
        tools = Tools(database, tenant.settings)

        async def due() -> list[UUID]:
            async with database.hot(None) as connection:
                found = await repository.find_programs_to_measure(connection, apart=goals.REFRESH_APART, most=9)
            return [program_id for _, program_id in found]

        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 10}))["Engineering"]
        for member in members[:6]:
            await add_post(tenant, scene.item, member, people=2)
        await start_program(api, other_tenant)
        await set_goal(api, tenant, str(scene.program.id), kpi="employer_nps", baseline=0, target=5)
        assert await due() == []
        await set_goal(api, tenant, str(scene.program.id), kpi="careers_site_visits", baseline=0, target=100)
        assert await due() == [scene.program.id]
        await goals.refresh(tools)
        assert [row.value for row in await tenant.rows(Measurement)] == [12]
        assert await due() == []
        await move(tools, minutes=6)
        assert await due() == [scene.program.id]
        versions = {row.version for row in await tenant.rows(Goal)}
        assert versions == {1}

    async def test_s12_a_formula_over_feeds_needs_no_goal_for_each_of_them(
        self, api: Api, tenant: Tenant, database: db.Database
    ) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 10}))["Engineering"]
        reading = {"impressions": 1000, "reactions": 40, "comments": 5, "reshares": 5}
        for member in members[:6]:
            await add_post(tenant, scene.item, member, people=2, readings=[(reading, {})])
        await define_kpi(
            api, tenant, slug="clicks_per_thousand", unit="clicks", direction="up",
            formula="careers_site_visits / content_impressions * 1000",
        )  # fmt: skip
        await set_goal(api, tenant, str(scene.program.id), kpi="clicks_per_thousand", baseline=0, target=10)
        await goals.refresh(Tools(database, tenant.settings))
        (row,) = await tenant.rows(Measurement)
        assert (row.value, row.source, row.formula_version) == (2, "formula:clicks_per_thousand", "1")


async def _be_at_noon(tools: Tools, *, days: int) -> None:
    """It is the evening of a later day, when every page of that day is due."""
    wanted = datetime.now(UTC).replace(hour=21, minute=0, second=0, microsecond=0) + timedelta(days=days)
    await db.move_clock(tools.settings.database_url, by=wanted - datetime.now(UTC))


async def _grant(tenant: Tenant, employee_id: UUID) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        session.add(RoleGrant(organization_id=tenant.id, employee_id=employee_id, role=Role.ANALYST))
