"""What vendors allow, and what is let alone: budgets, slowing down, breakers, failing accounts. Rows, so they last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.core.communication.models import Message
from services.core.connections import budgets
from services.core.connections import repository as connections
from services.core.connections.models import ConnectionState
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import shares as job
from services.scheduler.jobs.connections import tell
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, Sharer, approve_post, make_scene, make_sharer, read_publication
from tests.fixtures.api import Tenant
from tests.fixtures.processes import Simulator


@pytest.fixture
def tools(database: db.Database, linkedin_settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, linkedin_settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item."""
    return await make_scene(tenant)


@pytest.fixture
async def sharer(tenant: Tenant, scene: Scene, linkedin_settings: Settings) -> Sharer:
    """An ambassador with a connected account."""
    return await make_sharer(tenant, scene, connect_to=linkedin_settings)


async def wake(tools: Tools, publication: Publication) -> Publication:
    """Let a worker take what is due, and read what became of this one."""
    await job.publish(tools, publication.organization_id, publication.id)
    async with tools.database.transaction(publication.organization_id) as session:
        row = await session.get(Publication, (publication.organization_id, publication.id))
    assert row is not None
    return row


async def run(tools: Tools, organization_id: UUID, statement: str, **values: object) -> None:
    """One statement."""
    async with tools.database.transaction(organization_id) as session:
        await session.exec(sa.text(statement), params=values)


async def connection_state(tenant: Tenant, connection_id: UUID) -> ConnectionState:
    async with tenant.database.transaction(tenant.id) as session:
        return (await connections.get_connection(session, connection_id)).state


_USED_UP = """
insert into connection_budgets (organization_id, id, connection_id, name, period_starts_at, used)
select :organization, :id, :connection, 'member_day',
       date_trunc('day', advocacy_now() at time zone 'UTC') at time zone 'UTC', 150
"""


class TestBudgets:
    async def test_a_spent_account_waits_for_the_vendors_next_day_and_makes_no_call(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await run(tools, tenant.id, _USED_UP, organization=tenant.id, id=new_id(), connection=sharer.connection.id)
        waiting = await wake(tools, publication)
        assert (waiting.state, waiting.reason) == (PublicationState.WAITING, "budget")
        assert waiting.due_at > datetime.now(UTC)
        assert await simulator.posts() == []

    async def test_a_new_day_gives_a_new_budget(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await run(tools, tenant.id, _USED_UP, organization=tenant.id, id=new_id(), connection=sharer.connection.id)
        await run(
            tools, tenant.id, "update connection_budgets set period_starts_at = period_starts_at - interval '1 day'"
        )
        assert (await wake(tools, publication)).state is PublicationState.PUBLISHED

    async def test_the_applications_budget_is_never_exceeded_by_many_at_once(
        self, tenant: Tenant, scene: Scene, linkedin_settings: Settings, tools: Tools, simulator: Simulator
    ) -> None:
        people = [await make_sharer(tenant, scene, connect_to=linkedin_settings) for _ in range(4)]
        made = [
            await approve_post(tenant, scene, person, text=f"Words of person {number}, and nobody else's {number}")
            for number, person in enumerate(people)
        ]
        await run(
            tools,
            tenant.id,
            "insert into vendor_budgets (connector, name, period_starts_at, used) select 'linkedin', 'application_day',"
            " date_trunc('day', advocacy_now() at time zone 'UTC') at time zone 'UTC', 99998",
        )
        await job.publish(tools, tenant.id)
        states = [(await read_publication(tenant, one.id)).state for one in made]
        assert sorted(states) == ["published", "published", "waiting", "waiting"]
        assert len(await simulator.posts()) == 2


class TestSlowingDown:
    async def test_a_429_keeps_the_whole_account_quiet_and_nobody_elses(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, linkedin_settings: Settings, tools: Tools,
        simulator: Simulator,
    ) -> None:  # fmt: skip
        other = await make_sharer(tenant, scene, connect_to=linkedin_settings)
        again = await make_scene(tenant, title="Another story")
        await run(tools, tenant.id, _JOIN, program=again.program.id, person=sharer.employee.id)
        await simulator.fault(operation="create_post", kind="retry_after", retry_after_seconds=900)
        first = await wake(tools, await approve_post(tenant, scene, sharer))
        assert (first.state, first.reason) == (PublicationState.WAITING, "rate_limited")
        second = await wake(tools, await approve_post(tenant, again, sharer, text="Something else entirely"))
        assert (second.state, second.reason) == (PublicationState.WAITING, "budget")
        assert (await wake(tools, await approve_post(tenant, scene, other, text="Mine, in my words"))).state is (
            PublicationState.PUBLISHED
        )
        assert len(await simulator.posts()) == 1


_JOIN = """
insert into ambassadors (organization_id, id, program_id, employee_id, state, language, joined_at, version)
select organization_id, gen_random_uuid(), :program, employee_id, state, language, joined_at, 1
  from ambassadors where employee_id = :person limit 1
"""


class TestBreaker:
    async def test_a_failing_vendor_is_let_alone_then_tried_once_then_used_again(
        self, tenant: Tenant, scene: Scene, linkedin_settings: Settings, tools: Tools, simulator: Simulator
    ) -> None:
        people = [await make_sharer(tenant, scene, connect_to=linkedin_settings) for _ in range(3)]
        async with tools.database.transaction(tenant.id) as session:
            connection = await db.driver_connection(session)
            await budgets.note_failures(connection, ["linkedin"] * 5, most=5, within=timedelta(seconds=60))
        made = [
            await approve_post(tenant, scene, person, text=f"Words of person {number}, and nobody else's {number}")
            for number, person in enumerate(people)
        ]
        await job.publish(tools, tenant.id)
        assert {(await read_publication(tenant, one.id)).reason for one in made} == {"breaker"}
        assert await simulator.posts() == []

        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=62))
        await job.publish(tools, tenant.id)
        # One went out as the probe, and closed it; the others had been told to wait.
        assert len(await simulator.posts()) == 1
        await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=130))
        await job.publish(tools, tenant.id)
        assert len(await simulator.posts()) == 3

    async def test_failures_far_apart_open_nothing(self, tenant: Tenant, tools: Tools) -> None:
        for step in range(6):
            await db.move_clock(tenant.settings.database_url, by=timedelta(seconds=61 * step))
            async with tools.database.transaction(tenant.id) as session:
                connection = await db.driver_connection(session)
                await budgets.note_failures(connection, ["linkedin"], most=5, within=timedelta(seconds=60))
                assert await budgets.open_breakers(connection, ["linkedin"]) == {}


class TestFailingAccounts:
    async def test_three_failures_in_a_row_pause_the_connection_and_tell_its_owner_once(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        for number in range(3):
            own = await make_scene(tenant, title=f"Story {number}")
            await run(tools, tenant.id, _JOIN, program=own.program.id, person=sharer.employee.id)
            await simulator.fault(operation="create_post", kind="status", status=422)
            assert await connection_state(tenant, sharer.connection.id) is ConnectionState.ACTIVE
            done = await wake(tools, await approve_post(tenant, own, sharer, text=f"Text {number} of its own kind"))
            assert done.state is PublicationState.REJECTED
        assert await connection_state(tenant, sharer.connection.id) is ConnectionState.PAUSED
        for _ in range(2):
            await tell(tools, tenant.id, sharer.connection.id)
        kinds = [message.kind for message in await tenant.rows(Message)]
        assert kinds.count("connection_paused") == 1

    async def test_a_success_between_starts_the_count_anew(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        for number in range(4):
            own = await make_scene(tenant, title=f"Story {number}")
            await run(tools, tenant.id, _JOIN, program=own.program.id, person=sharer.employee.id)
            if number != 1:
                await simulator.fault(operation="create_post", kind="status", status=422)
            await wake(tools, await approve_post(tenant, own, sharer, text=f"Text {number} of its own kind"))
        assert await connection_state(tenant, sharer.connection.id) is ConnectionState.ACTIVE


class TestTogether:
    async def test_one_that_cannot_be_checked_does_not_take_the_others_along(
        self, tenant: Tenant, scene: Scene, linkedin_settings: Settings, tools: Tools, simulator: Simulator
    ) -> None:
        people = [await make_sharer(tenant, scene, connect_to=linkedin_settings) for _ in range(3)]
        made = [
            await approve_post(tenant, scene, person, text=f"Words of person {number}, and nobody else's {number}")
            for number, person in enumerate(people)
        ]
        await run(
            tools, tenant.id, "update consents set sealed_content = '\\x00' where id = :id", id=made[1].consent_id
        )
        await job.publish(tools, tenant.id)
        states = [(await read_publication(tenant, one.id)).state for one in made]
        assert states == [PublicationState.PUBLISHED, PublicationState.CLAIMED, PublicationState.PUBLISHED]
