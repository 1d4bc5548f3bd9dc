"""Goals that measure themselves."""

from __future__ import annotations

from decimal import Decimal

from services.core.goals.models import Heading, Measurement, Method
from services.core.kit import db
from services.core.programs import repository as programs
from services.core.programs.models import Program, ProgramState
from services.core.reports import feeds
from tests.factories.publications import Scene, make_scene
from tests.factories.reports import Member, add_goal, add_members, add_post
from tests.fixtures.api import Tenant

COUNTS = {"impressions": 100, "reactions": 7, "comments": 2, "reshares": 1}


async def _refresh(tenant: Tenant, **options: int) -> int:
    async with tenant.database.transaction(tenant.id) as session:
        return sum(
            [await feeds.refresh_program(session, one.id, **options) for one in await programs.list_running(session)]
        )


async def _goals(tenant: Tenant, scene: Scene, member: Member) -> dict[str, str]:
    """A goal for each feed and one without; answers the KPI of each goal's id."""
    kpis = ("careers_site_visits", "content_impressions", "engagements", "active_participation", "hires")
    made = [
        await add_goal(
            tenant, scene, member.employee.id,
            kpi=kpi, title=kpi, heading=Heading.EMPLOYER_BRAND, baseline=0, target=100,
        )
        for kpi in kpis
    ]  # fmt: skip
    return {str(goal.id): goal.kpi for goal in made}


class TestRefresh:
    async def test_each_feed_measures_its_goals_of_today_by_formula(self, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 12}))["Engineering"]
        for member in members[:6]:
            await add_post(tenant, scene.item, member, people=3, machines=2, own=1, readings=[({}, {}), (COUNTS, {})])
        kpi_of = await _goals(tenant, scene, members[0])
        assert await _refresh(tenant) == 4
        found = {kpi_of[str(row.goal_id)]: row for row in await tenant.rows(Measurement)}
        assert {kpi: row.value for kpi, row in found.items()} == {
            "careers_site_visits": 18,
            "content_impressions": 600,
            "engagements": 60,
            "active_participation": 50,
        }
        async with tenant.database.transaction(tenant.id) as session:
            today = (await db.now(session)).date()
        assert {(row.measured_on, row.method) for row in found.values()} == {(today, Method.MEASURED)}
        assert {kpi: row.formula_version for kpi, row in found.items()} == {
            "careers_site_visits": "1", "content_impressions": "1", "engagements": "1", "active_participation": "2",
        }  # fmt: skip
        assert found["engagements"].source == "feed:engagements"

    async def test_said_again_it_replaces_the_value_of_the_day(self, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 10}))["Engineering"]
        for member in members[:5]:
            await add_post(tenant, scene.item, member, people=1)
        await _goals(tenant, scene, members[0])
        assert await _refresh(tenant) == await _refresh(tenant) == 2
        assert sorted(row.value for row in await tenant.rows(Measurement)) == [5, 50]
        for member in members[5:]:
            await add_post(tenant, scene.item, member, people=1)
        await _refresh(tenant)
        assert sorted(row.value for row in await tenant.rows(Measurement)) == [10, 100]

    async def test_what_few_people_have_done_is_not_stored(self, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 10}))["Engineering"]
        await _goals(tenant, scene, members[0])
        for member in members[:4]:
            await add_post(tenant, scene.item, member, people=9, readings=[(COUNTS, {})])
        await _refresh(tenant)
        assert await tenant.rows(Measurement) == []

    async def test_what_all_but_few_have_done_is_not_stored_as_a_share(self, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 8}))["Engineering"]
        kpi_of = await _goals(tenant, scene, members[0])
        for member in members[:7]:
            await add_post(tenant, scene.item, member, people=1)
        await _refresh(tenant)
        found = {kpi_of[str(row.goal_id)]: row.value for row in await tenant.rows(Measurement)}
        assert found == {"careers_site_visits": Decimal(7)}

    async def test_a_stricter_organization_stores_less(self, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 9}))["Engineering"]
        for member in members:
            await add_post(tenant, scene.item, member, people=1)
        await _goals(tenant, scene, members[0])
        assert await _refresh(tenant, k=10) == 0
        assert await tenant.rows(Measurement) == []

    async def test_only_launched_programs_are_measured(self, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        for member in members:
            await add_post(tenant, scene.item, member, people=1)
        await _goals(tenant, scene, members[0])
        async with tenant.database.transaction(tenant.id) as session:
            program = await session.get(Program, (tenant.id, scene.program.id))
            assert program is not None
            program.state = ProgramState.PAUSED
            session.add(program)
        assert await _refresh(tenant) == 0
