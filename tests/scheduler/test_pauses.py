"""What a person's own pause does to what they have planned: held, then out at the agreed time or missed, never late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.core.ambassadors.models import Pause, PauseKind, Preferences
from services.core.communication.models import Message
from services.core.connections import repository as connections
from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares.models import PublicationState
from services.scheduler.jobs import connections as job_of_connections
from services.scheduler.jobs import holds
from services.scheduler.jobs import shares as job
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, Sharer, approve_post, make_scene, make_sharer, read_publication
from tests.fixtures.api import Api, Tenant
from tests.fixtures.processes import Simulator

MINUTE = timedelta(minutes=1)


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


async def _set_status(tenant: Tenant, sharer: Sharer, status: EmploymentStatus) -> None:
    """What HR says of a person."""
    async with tenant.database.transaction(tenant.id) as session:
        employee = await session.get(Employee, (tenant.id, sharer.employee.id))
        assert employee is not None
        employee.status = status
        session.add(employee)


async def _pass(tenant: Tenant, tools: Tools, *, by: timedelta) -> None:
    """Let time pass, and the product do what it does from time to time."""
    await db.move_clock(tenant.settings.database_url, by=by)
    await job.close_unsettled(tools)
    await holds.recheck_held(tools)
    await job.publish(tools, tenant.id)


class TestPause:
    """B19: a pause costs nothing but the posts that are due in it."""

    async def test_a_post_waits_for_the_end_of_a_pause_and_goes_out_within_its_grace(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=10 * MINUTE)
        key = await tenant.key_of(sharer.employee)
        pause = await api.post("/v1/me/pauses", key=key, json={"kind": "break"})
        assert pause.json()["planned_posts"] == 1
        await _pass(tenant, tools, by=11 * MINUTE)
        held = await read_publication(tenant, publication.id)
        assert (held.state, held.reason) == (PublicationState.HELD, "paused")
        await _pass(tenant, tools, by=30 * MINUTE)
        assert await simulator.posts() == []
        await api.delete(pause.headers["location"], key=key, etag=pause.headers["etag"])
        await _pass(tenant, tools, by=31 * MINUTE)
        done = await read_publication(tenant, publication.id)
        assert (done.state, done.scheduled_at) == (PublicationState.PUBLISHED, publication.scheduled_at)
        assert len(await simulator.posts()) == 1

    async def test_after_its_grace_it_is_missed_and_never_posted_late(
        self, api: Api, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=10 * MINUTE)
        key = await tenant.key_of(sharer.employee)
        ends_at = publication.scheduled_at + 90 * MINUTE
        made = await api.post("/v1/me/pauses", key=key, json={"kind": "leave", "ends_at": ends_at.isoformat()})
        assert made.status_code == 201
        await _pass(tenant, tools, by=11 * MINUTE)
        await _pass(tenant, tools, by=101 * MINUTE)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.MISSED
        assert await simulator.posts() == []

    async def test_a_post_after_the_pause_is_not_touched_by_it(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=30 * MINUTE)
        async with tenant.database.transaction(tenant.id) as session:
            now = await db.now(session)
            session.add(
                Pause(
                    organization_id=tenant.id, employee_id=sharer.employee.id, kind=PauseKind.HOLIDAY,
                    starts_at=now, ends_at=now + 20 * MINUTE,
                )
            )  # fmt: skip
        await _pass(tenant, tools, by=10 * MINUTE)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.SCHEDULED
        await _pass(tenant, tools, by=31 * MINUTE)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.PUBLISHED

    async def test_leave_that_hr_knows_of_does_not_stop_what_the_person_approved(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, simulator: Simulator
    ) -> None:
        publication = await approve_post(tenant, scene, sharer)
        await _set_status(tenant, sharer, EmploymentStatus.ON_LEAVE)
        await _pass(tenant, tools, by=MINUTE)
        assert (await read_publication(tenant, publication.id)).state is PublicationState.PUBLISHED


class TestReminders:
    async def test_nobody_is_reminded_while_they_pause_or_are_on_leave(
        self, api: Api, tenant: Tenant, sharer: Sharer, tools: Tools
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            connection = await connections.get_connection(session, sharer.connection.id)
            connection.grant_ends_at = await db.now(session) + timedelta(days=13)
            session.add(connection)
            any_day = {"days": [1, 2, 3, 4, 5, 6, 7]}
            session.add(
                Preferences(
                    organization_id=tenant.id, employee_id=sharer.employee.id,
                    windows=[{**any_day, "from": "00:00", "to": "12:00"}, {**any_day, "from": "12:00", "to": "00:00"}],
                )
            )  # fmt: skip
        key = await tenant.key_of(sharer.employee)
        pause = await api.post("/v1/me/pauses", key=key, json={"kind": "holiday"})
        await job_of_connections.remind(tools)
        await api.delete(pause.headers["location"], key=key, etag=pause.headers["etag"])
        await _set_status(tenant, sharer, EmploymentStatus.ON_LEAVE)
        await job_of_connections.remind(tools)
        assert await tenant.rows(Message) == []
        await _set_status(tenant, sharer, EmploymentStatus.ACTIVE)
        await job_of_connections.remind(tools)
        assert [message.kind for message in await tenant.rows(Message)] == ["connection_ending"]
