"""Reminders before the access ends, what happens when it does, and what becomes of the token of who leaves."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from connectors.sdk import registry
from connectors.sdk.errors import VendorUnavailable
from connectors.sdk.testing.simulator import Fault
from connectors.sdk.testing.simulator import running as serving
from services.core.ambassadors.models import Pause, PauseKind, Preferences
from services.core.communication import service as communication
from services.core.communication.models import Message
from services.core.connections import repository, service
from services.core.connections.models import Connection, ConnectionState
from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import connections as job
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, Sharer, approve_post, connect, make_scene, make_sharer
from tests.factories.withdrawing import WithdrawingLinkedIn, install
from tests.fixtures.api import Tenant
from tests.fixtures.processes import Simulator, linkedin_values

ZONE = ZoneInfo("Asia/Jerusalem")


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
    """Somebody in Jerusalem whose account is connected; only they can renew it after 365 days."""
    return await make_sharer(tenant, scene, connect_to=linkedin_settings)


async def read(tenant: Tenant) -> Connection:
    """The one connection there is."""
    (row,) = await tenant.rows(Connection)
    assert isinstance(row, Connection)
    return row


async def mails(tenant: Tenant) -> list[Message]:
    """The mails about connections."""
    return [row for row in await tenant.rows(Message) if row.kind.startswith("connection_")]


async def go_to(tools: Tools, tenant: Tenant, *, days_before: int, hour: int) -> None:
    """Let it be this hour in Jerusalem, on the last day that is at least so many days before the access ends."""
    ends_at = (await read(tenant)).grant_ends_at
    assert ends_at is not None
    local = (ends_at - timedelta(days=days_before)).astimezone(ZONE)
    wanted = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if wanted < local:
        wanted += timedelta(days=1)
    await db.move_clock(tools.settings.database_url, by=wanted.astimezone(UTC) - datetime.now(UTC))


class TestReminders:
    async def test_they_come_at_fourteen_seven_and_one_days_each_once(
        self, tenant: Tenant, sharer: Sharer, tools: Tools
    ) -> None:
        seen = []
        for days in (20, 14, 13, 8, 7, 5, 1):
            await go_to(tools, tenant, days_before=days, hour=11)
            await job.remind(tools)
            await job.remind(tools)
            seen.append((len(await mails(tenant)), (await read(tenant)).reminded_days))
        assert seen == [(0, None), (1, 14), (1, 14), (1, 14), (2, 7), (2, 7), (3, 1)]

    async def test_nobody_is_written_to_at_night(self, tenant: Tenant, sharer: Sharer, tools: Tools) -> None:
        for hour, expected in ((3, 0), (8, 0), (18, 0), (9, 1)):
            await go_to(tools, tenant, days_before=10, hour=hour)
            await job.remind(tools)
            assert len(await mails(tenant)) == expected

    async def test_a_persons_own_hours_come_before_the_usual_ones(
        self, tenant: Tenant, sharer: Sharer, tools: Tools
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Preferences(
                    organization_id=tenant.id,
                    employee_id=sharer.employee.id,
                    windows=[{"days": [1, 2, 3, 4, 5, 6, 7], "from": "20:00", "to": "21:30"}],
                )
            )
        for hour, expected in ((11, 0), (20, 1)):
            await go_to(tools, tenant, days_before=10, hour=hour)
            await job.remind(tools)
            assert len(await mails(tenant)) == expected

    async def test_who_has_no_hour_left_is_reminded_all_the_same_on_the_last_day(
        self, tenant: Tenant, sharer: Sharer, tools: Tools
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            session.add(Preferences(organization_id=tenant.id, employee_id=sharer.employee.id, working_days=[]))
        for days, expected in ((10, 0), (3, 0), (1, 1)):
            await go_to(tools, tenant, days_before=days, hour=11)
            await job.remind(tools)
            assert len(await mails(tenant)) == expected

    async def test_who_pauses_hears_of_it_on_the_last_day_only(
        self, tenant: Tenant, sharer: Sharer, tools: Tools
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Pause(
                    organization_id=tenant.id,
                    employee_id=sharer.employee.id,
                    kind=PauseKind.LEAVE,
                    starts_at=await db.now(session),
                )
            )
        for days, expected in ((10, 0), (3, 0), (1, 1)):
            await go_to(tools, tenant, days_before=days, hour=11)
            await job.remind(tools)
            assert len(await mails(tenant)) == expected

    async def test_none_comes_after_they_have_reconnected(self, tenant: Tenant, sharer: Sharer, tools: Tools) -> None:
        ends_at = (await read(tenant)).grant_ends_at
        assert ends_at is not None
        await go_to(tools, tenant, days_before=10, hour=11)
        await job.remind(tools)
        async with tenant.database.transaction(tenant.id) as session:
            connection = await repository.get_connection(session, sharer.connection.id)
            connection.grant_ends_at, connection.reminded_days = ends_at + timedelta(days=360), None
        for days in (367, 361):
            await go_to(tools, tenant, days_before=days, hour=11)
            await job.remind(tools)
        assert len(await mails(tenant)) == 1

    async def test_the_words_say_until_when_where_to_go_and_what_is_planned_beyond(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        await go_to(tools, tenant, days_before=10, hour=11)
        await approve_post(tenant, scene, sharer, due_in=timedelta(days=20))
        await job.remind(tools)
        (message,) = await mails(tenant)
        async with tenant.database.transaction(tenant.id) as session:
            mail = await communication.render(session, message, sharer.employee, settings=tools.settings)
        words = mail.get_content()
        assert f"{(await read(tenant)).grant_ends_at.astimezone(ZONE):%Y-%m-%d %H:%M}" in words  # type: ignore[union-attr]
        assert "/reconnect/" in words
        assert "planned for after that date: 1." in words


class TestTheEnd:
    async def test_the_connection_needs_its_person_and_the_posts_stay_planned(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        publication = await approve_post(tenant, scene, sharer, due_in=timedelta(days=370))
        await db.move_clock(tools.settings.database_url, by=timedelta(days=364))
        await job.end(tools)
        assert (await read(tenant)).state is ConnectionState.ACTIVE
        await db.move_clock(tools.settings.database_url, by=timedelta(days=365, minutes=5))
        await job.end(tools)
        stored = await read(tenant)
        assert (stored.state, stored.problem) == (ConnectionState.NEEDS_RECONNECT, "access_ended")
        (kept,) = await tenant.rows(Publication)
        assert (kept.id, kept.state) == (publication.id, PublicationState.SCHEDULED)
        await job.tell(tools, tenant.id, sharer.connection.id)
        assert [message.kind for message in await mails(tenant)] == ["connection_needs_reconnect"]


class TestFailures:
    async def test_three_failures_pause_and_are_told_once(self, tenant: Tenant, sharer: Sharer, tools: Tools) -> None:
        for is_news in (True, False):
            async with tenant.database.transaction(tenant.id) as session:
                connection = await repository.get_connection(session, sharer.connection.id)
                told = await service.pause_after_failures(session, connection, problem="rejected")
                assert told is is_news
        for _ in range(2):
            await job.tell(tools, tenant.id, sharer.connection.id)
        assert [message.kind for message in await mails(tenant)] == ["connection_paused"]


async def leave(tenant: Tenant, employee_id: UUID) -> None:
    """The directory says that somebody has left."""
    async with tenant.database.transaction(tenant.id) as session:
        employee = await session.get(Employee, (tenant.id, employee_id))
        assert employee is not None
        employee.status = EmploymentStatus.LEFT


class TestLeavers:
    async def test_what_opened_their_account_is_destroyed_and_nothing_of_theirs_goes_out(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools
    ) -> None:
        await approve_post(tenant, scene, sharer, due_in=timedelta(days=3))
        await job.cut(tools)
        assert (await read(tenant)).state is ConnectionState.ACTIVE
        await leave(tenant, sharer.employee.id)
        await job.cut(tools)
        stored = await read(tenant)
        assert stored.state is ConnectionState.REVOKED
        assert (stored.sealed_credentials, stored.sealed_account, stored.account_hash) == (None, None, None)
        (publication,) = await tenant.rows(Publication)
        assert publication.state is PublicationState.CANCELLED


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[None]:
    """A connector of somebody else's, installed: it can take access back."""
    install(tmp_path / "plugin")
    sys.path.insert(0, str(tmp_path / "plugin"))
    registry.installed.cache_clear()
    yield
    sys.path.remove(str(tmp_path / "plugin"))
    registry.installed.cache_clear()


@pytest.fixture
async def network() -> WithdrawingLinkedIn:
    """The network of that connector."""
    return WithdrawingLinkedIn()


@pytest.fixture
async def withdrawing(
    plugin: None, network: WithdrawingLinkedIn, settings: Settings, database: db.Database
) -> AsyncIterator[Tools]:
    """An installation that is connected to it."""
    async with serving(network) as addresses:
        values = linkedin_values(Simulator(addresses["api"], addresses["oauth"]))
        yield Tools(database, settings.model_copy(update={"connectors": {"withdrawing": values, "linkedin": values}}))


@pytest.fixture
async def leaver(tenant: Tenant, scene: Scene, withdrawing: Tools) -> Sharer:
    """Somebody who is connected through it, and has just left."""
    sharer = await make_sharer(tenant, scene, connect_to=withdrawing.settings)
    async with tenant.database.transaction(tenant.id) as session:
        connection = await repository.get_connection(session, sharer.connection.id)
        connection.connector = "withdrawing"
    await leave(tenant, sharer.employee.id)
    return sharer


class TestWithdrawal:
    async def test_the_network_takes_the_access_back_and_the_token_is_destroyed(
        self, tenant: Tenant, leaver: Sharer, withdrawing: Tools, network: WithdrawingLinkedIn
    ) -> None:
        await job.cut(withdrawing)
        cut = await read(tenant)
        assert cut.state is ConnectionState.REVOKED
        assert cut.sealed_credentials is not None
        await job.withdraw(withdrawing, tenant.id, leaver.connection.id)
        gone = await read(tenant)
        assert (gone.sealed_credentials, gone.revoke_until) == (None, None)
        assert gone.withdrawn_at is not None
        assert all(token.is_revoked for token in network.store.tokens.values())

    async def test_a_network_that_is_down_is_asked_again_and_after_an_hour_the_token_is_destroyed_in_any_case(
        self, tenant: Tenant, leaver: Sharer, withdrawing: Tools, network: WithdrawingLinkedIn
    ) -> None:
        network.faults.add(Fault.parse({"operation": "revoke", "kind": "status", "status": 503, "times": 99}))
        await job.cut(withdrawing)
        with pytest.raises(VendorUnavailable):
            await job.withdraw(withdrawing, tenant.id, leaver.connection.id)
        await db.move_clock(withdrawing.settings.database_url, by=timedelta(minutes=59))
        await job.cut(withdrawing)
        assert (await read(tenant)).sealed_credentials is not None
        await db.move_clock(withdrawing.settings.database_url, by=timedelta(minutes=61))
        await job.cut(withdrawing)
        gone = await read(tenant)
        assert (gone.sealed_credentials, gone.revoke_until, gone.withdrawn_at) == (None, None, None)

    async def test_a_token_that_is_dead_already_is_as_good_as_taken_back(
        self, tenant: Tenant, leaver: Sharer, withdrawing: Tools, network: WithdrawingLinkedIn
    ) -> None:
        await job.cut(withdrawing)
        for _ in range(2):
            await job.withdraw(withdrawing, tenant.id, leaver.connection.id)
        assert network.calls["revoke"] == 1
        assert (await read(tenant)).withdrawn_at is not None


async def test_connecting_again_after_the_end_keeps_the_connection(
    tenant: Tenant, sharer: Sharer, tools: Tools
) -> None:
    await db.move_clock(tools.settings.database_url, by=timedelta(days=366))
    await job.end(tools)
    again = await connect(tenant, sharer.actor, sharer.employee, tools.settings)
    assert again.id == sharer.connection.id
    assert (await read(tenant)).state is ConnectionState.ACTIVE
