"""Renewing access over many processes: one call, no lost refresh token, and only a real refusal needs the person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from connectors.linkedin import connector as linkedin
from connectors.linkedin.simulator import consent
from connectors.sdk.models import Credentials, Secret
from connectors.sdk.testing.simulator import running as serving
from services.core.communication.models import Message
from services.core.connections import repository, service, tokens
from services.core.connections.models import Connection, ConnectionState
from services.core.connections.vendors import vendor_context
from services.core.kit import db
from services.core.kit.settings import Settings
from services.scheduler.jobs import connections as job
from services.scheduler.worker.tools import Tools
from tests.factories.publications import REDIRECT, Sharer, connect, make_scene, make_sharer
from tests.factories.rotating import RotatingLinkedIn
from tests.fixtures.api import Tenant
from tests.fixtures.processes import Simulator, environment, linkedin_values, running, until_exit

#: A token of 60 days is renewed when 12 are left.
DUE = timedelta(days=49)
#: A renewal's lease has run out by then.
LEASE = timedelta(seconds=60)


@pytest.fixture
async def sharer(tenant: Tenant, linkedin_settings: Settings) -> Sharer:
    """Somebody whose account is connected, with a refresh token."""
    return await make_sharer(tenant, await make_scene(tenant), connect_to=linkedin_settings)


@pytest.fixture
async def due(sharer: Sharer, linkedin_settings: Settings) -> Connection:
    """Their connection, when its token has come of age."""
    await db.move_clock(linkedin_settings.database_url, by=DUE)
    return sharer.connection


async def read(tenant: Tenant) -> Connection:
    """The one connection there is."""
    (row,) = await tenant.rows(Connection)
    assert isinstance(row, Connection)
    return row


async def open_token(tenant: Tenant) -> Credentials:
    """What is stored for it."""
    async with tenant.database.transaction(tenant.id) as session:
        opened = await service.open_credentials(session, await read(tenant), settings=tenant.settings)
    assert opened is not None
    return opened


async def count_renewals(simulator: Simulator) -> int:
    """Calls of the token endpoint after the one that connected."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        state = (await http.get(f"{simulator.api_url}/_sim/state")).json()
    return int(state["calls"]["access_token"]) - 1


async def answer_once(simulator: Simulator, status: int, **body: object) -> None:
    """What the network says to the next renewal."""
    await simulator.fault(operation="access_token", kind="status", status=status, body=body)


async def count_tell_jobs(tenant: Tenant) -> int:
    """Jobs that will tell a person of an incident."""
    connection = await db.connect(tenant.settings.database_url)
    try:
        statement = "select count(*) from pgqueuer where entrypoint = $1"
        return int(await connection.fetchval(statement, service.TELL_JOB))
    finally:
        await connection.close()


async def count_mails(tenant: Tenant, settings: Settings, connection: Connection) -> int:
    """Mails after the job has told the person, and was repeated."""
    tools = Tools(tenant.database, settings)
    for _ in range(2):
        await job.tell(tools, tenant.id, connection.id)
    return len([row for row in await tenant.rows(Message) if row.kind.startswith("connection_")])


class TestOneCall:
    async def test_twenty_renewals_in_two_processes_make_one_call(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings, simulator: Simulator, tmp_path: Path
    ) -> None:
        command = ("-m", "tests.factories.renewing", str(tenant.id), str(due.id), "10")
        env = environment(linkedin_settings)
        with (
            running(*command, env=env, log=tmp_path / "one.log") as one,
            running(*command, env=env, log=tmp_path / "two.log") as two,
        ):
            ended = await asyncio.gather(until_exit(one, seconds=60), until_exit(two, seconds=60))
        assert list(ended) == [0, 0], (tmp_path / "one.log").read_text()
        assert await count_renewals(simulator) == 1
        assert (await read(tenant)).token_version == due.token_version + 1

    async def test_a_token_whose_time_has_not_come_is_left_alone(
        self, tenant: Tenant, sharer: Sharer, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        assert await tokens.renew(tenant.database, linkedin_settings, tenant.id, sharer.connection.id)
        assert await count_renewals(simulator) == 0

    async def test_a_token_that_was_just_refused_is_renewed_before_its_time(
        self, tenant: Tenant, sharer: Sharer, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        renewed = await tokens.renew(
            tenant.database,
            linkedin_settings,
            tenant.id,
            sharer.connection.id,
            refused_version=sharer.connection.token_version,
        )
        assert renewed
        assert await count_renewals(simulator) == 1

    async def test_the_job_renews_what_is_due_and_nothing_twice(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        tools = Tools(tenant.database, linkedin_settings)
        await job.renew(tools)
        await job.renew(tools)
        assert await count_renewals(simulator) == 1
        stored = await read(tenant)
        assert stored.token_version == due.token_version + 1
        assert stored.version == due.version + 1
        assert stored.refresh_lease_until is None

    async def test_a_token_that_an_older_version_stored_is_looked_into_once(
        self, tenant: Tenant, sharer: Sharer, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        before = await read(tenant)
        async with tenant.database.transaction(tenant.id) as session:
            connection = await repository.get_connection(session, sharer.connection.id)
            connection.is_renewable, connection.grant_ends_at = False, None
            connection.renew_at = await db.now(session)
        await job.renew(Tools(tenant.database, linkedin_settings))
        after = await read(tenant)
        assert (after.is_renewable, after.grant_ends_at) == (True, before.grant_ends_at)
        assert after.renew_at is not None
        assert abs(after.renew_at - (before.renew_at or after.renew_at)) < timedelta(minutes=1)
        assert await count_renewals(simulator) == 0


class TestAnswers:
    @pytest.mark.parametrize("given", [{}, {"refresh_token": ""}, {"refresh_token": None}])
    async def test_an_answer_without_a_refresh_token_keeps_the_stored_one(
        self,
        tenant: Tenant,
        due: Connection,
        linkedin_settings: Settings,
        simulator: Simulator,
        given: dict[str, object],
    ) -> None:
        before = await open_token(tenant)
        await answer_once(simulator, 200, access_token="fresh", expires_in=5184000, **given)
        assert await tokens.renew(tenant.database, linkedin_settings, tenant.id, due.id)
        after = await open_token(tenant)
        assert after.access_token == Secret("fresh")
        assert after.refresh_token == before.refresh_token
        assert (await read(tenant)).is_renewable

    @pytest.mark.parametrize("life", [1_000_000_000, 400 * 86400 + 60, 0, -1])
    async def test_an_end_that_cannot_be_right_changes_nothing(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings, simulator: Simulator, life: int
    ) -> None:
        before = await open_token(tenant)
        await answer_once(simulator, 200, access_token="fresh", expires_in=life)
        assert await tokens.renew(tenant.database, linkedin_settings, tenant.id, due.id)
        assert await open_token(tenant) == before
        assert (await read(tenant)).state is ConnectionState.ACTIVE

    async def test_an_end_in_2058_is_refused_whatever_a_connector_lets_through(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings
    ) -> None:
        before = await open_token(tenant)
        async with tenant.database.transaction(tenant.id) as session:
            step = await tokens._take_turn(
                session, due.id, settings=linkedin_settings, refused_version=None, waited_for=None
            )
        assert isinstance(step, tokens._Turn)
        absurd = Credentials(Secret("fresh"), expires_at=datetime(2058, 1, 1, tzinfo=UTC))
        with pytest.raises(tokens.ProtocolViolation):
            await tokens._save(tenant.database, linkedin_settings, step, absurd)
        assert await open_token(tenant) == before


class TestTrouble:
    @pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
    async def test_a_network_that_is_down_or_busy_disconnects_nobody(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings, simulator: Simulator, status: int
    ) -> None:
        before = await open_token(tenant)
        await answer_once(simulator, status)
        assert await tokens.renew(tenant.database, linkedin_settings, tenant.id, due.id)
        stored = await read(tenant)
        assert (stored.state, stored.problem, stored.refresh_lease_until) == (ConnectionState.ACTIVE, None, None)
        assert await open_token(tenant) == before
        # It is not asked again and again, but it is asked again.
        await job.renew(Tools(tenant.database, linkedin_settings))
        assert await count_renewals(simulator) == 1
        await db.move_clock(linkedin_settings.database_url, by=DUE + timedelta(days=2))
        await job.renew(Tools(tenant.database, linkedin_settings))
        assert await count_renewals(simulator) == 2
        assert (await read(tenant)).token_version == due.token_version + 1

    async def test_an_answer_that_was_lost_on_the_wire_is_asked_for_again(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        await simulator.fault(operation="access_token", kind="lose_answer")
        assert await tokens.renew(tenant.database, linkedin_settings, tenant.id, due.id)
        assert (await read(tenant)).state is ConnectionState.ACTIVE
        await db.move_clock(linkedin_settings.database_url, by=DUE + timedelta(days=2))
        await job.renew(Tools(tenant.database, linkedin_settings))
        assert (await read(tenant)).token_version == due.token_version + 1

    async def test_a_wrong_client_secret_is_not_the_persons_fault(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings
    ) -> None:
        values = {**linkedin_settings.connectors["linkedin"], "client_secret": "mistyped"}
        wrong = linkedin_settings.model_copy(update={"connectors": {"linkedin": values}})
        assert await tokens.renew(tenant.database, wrong, tenant.id, due.id)
        assert (await read(tenant)).state is ConnectionState.ACTIVE

    async def test_those_who_wait_for_one_that_gets_nothing_do_not_ask_in_turn(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        # Without a token that does, each of them would have a reason to.
        await db.move_clock(linkedin_settings.database_url, by=timedelta(days=61))
        await simulator.fault(operation="access_token", kind="status", status=503, times=50)
        results = await asyncio.gather(
            *(tokens.renew(tenant.database, linkedin_settings, tenant.id, due.id) for _ in range(10))
        )
        assert results == [False] * 10
        assert await count_renewals(simulator) == 1
        assert (await read(tenant)).state is ConnectionState.ACTIVE

    async def test_a_dead_refresh_token_needs_the_person_who_is_told_once(
        self, tenant: Tenant, due: Connection, linkedin_settings: Settings, simulator: Simulator
    ) -> None:
        await simulator.control("tokens/revoke", member_name="Person1 Example")
        results = await asyncio.gather(
            *(tokens.renew(tenant.database, linkedin_settings, tenant.id, due.id) for _ in range(5))
        )
        assert results == [False] * 5
        stored = await read(tenant)
        assert (stored.state, stored.problem) == (ConnectionState.NEEDS_RECONNECT, "reauth_required")
        assert await count_renewals(simulator) == 1
        assert await count_tell_jobs(tenant) == 1
        assert await count_mails(tenant, linkedin_settings, due) == 1

    async def test_a_later_incident_is_told_again(
        self, tenant: Tenant, sharer: Sharer, linkedin_settings: Settings
    ) -> None:
        for expected in (1, 2):
            async with tenant.database.transaction(tenant.id) as session:
                connection = await repository.get_connection(session, sharer.connection.id)
                assert await service.mark_needs_reconnect(session, connection, problem="reauth_required")
                assert not await service.mark_needs_reconnect(session, connection, problem="reauth_required")
            assert await count_mails(tenant, linkedin_settings, sharer.connection) == expected
            await connect(tenant, sharer.actor, sharer.employee, linkedin_settings)
        assert (await read(tenant)).state is ConnectionState.ACTIVE

    async def test_nobody_is_told_of_what_is_over_by_then(
        self, tenant: Tenant, sharer: Sharer, linkedin_settings: Settings
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            connection = await repository.get_connection(session, sharer.connection.id)
            await service.mark_needs_reconnect(session, connection, problem="reauth_required")
        await connect(tenant, sharer.actor, sharer.employee, linkedin_settings)
        assert await count_mails(tenant, linkedin_settings, sharer.connection) == 0


@pytest.fixture
async def rotating() -> RotatingLinkedIn:
    """A network that gives a new refresh token each time."""
    return RotatingLinkedIn()


@pytest.fixture
async def rotating_settings(rotating: RotatingLinkedIn, settings: Settings) -> AsyncIterator[Settings]:
    """An installation that is connected to it."""
    async with serving(rotating) as addresses:
        values = linkedin_values(Simulator(addresses["api"], addresses["oauth"]))
        yield settings.model_copy(update={"connectors": {"linkedin": values}})


@pytest.fixture
async def rotating_sharer(tenant: Tenant, rotating_settings: Settings) -> Sharer:
    """Somebody whose account there is connected, and whose token has come of age."""
    sharer = await make_sharer(tenant, await make_scene(tenant), connect_to=rotating_settings)
    await db.move_clock(rotating_settings.database_url, by=DUE)
    return sharer


class TestRotation:
    async def test_the_new_refresh_token_is_the_one_used_next(
        self, tenant: Tenant, rotating: RotatingLinkedIn, rotating_settings: Settings, rotating_sharer: Sharer
    ) -> None:
        connection_id = rotating_sharer.connection.id
        for version in (2, 3):
            stored = await read(tenant)
            assert await tokens.renew(
                tenant.database,
                rotating_settings,
                tenant.id,
                connection_id,
                refused_version=stored.token_version,
            )
            assert (await read(tenant)).token_version == version
        assert len(rotating.used) == 2
        assert (await read(tenant)).state is ConnectionState.ACTIVE

    async def test_ten_at_once_use_the_refresh_token_once(
        self, tenant: Tenant, rotating: RotatingLinkedIn, rotating_settings: Settings, rotating_sharer: Sharer
    ) -> None:
        rotating.gate.clear()
        asked = [
            asyncio.create_task(
                tokens.renew(tenant.database, rotating_settings, tenant.id, rotating_sharer.connection.id)
            )
            for _ in range(10)
        ]
        await rotating.holding.wait()
        rotating.gate.set()
        assert await asyncio.gather(*asked) == [True] * 10
        assert len(rotating.used) == 1

    async def test_an_answer_that_comes_after_the_person_has_reconnected_overwrites_nothing(
        self, tenant: Tenant, rotating: RotatingLinkedIn, rotating_settings: Settings, rotating_sharer: Sharer
    ) -> None:
        rotating.gate.clear()
        late = asyncio.create_task(
            tokens.renew(tenant.database, rotating_settings, tenant.id, rotating_sharer.connection.id)
        )
        await rotating.holding.wait()
        await connect_again(tenant, rotating_sharer, rotating_settings)
        theirs = await open_token(tenant)
        rotating.gate.set()
        assert await late
        assert await open_token(tenant) == theirs

    async def test_a_refusal_of_a_token_that_was_replaced_meanwhile_costs_nobody_their_connection(
        self, tenant: Tenant, rotating: RotatingLinkedIn, rotating_settings: Settings, rotating_sharer: Sharer
    ) -> None:
        old = (await open_token(tenant)).refresh_token
        assert old is not None
        rotating.used.add(old.reveal())
        rotating.gate.clear()
        late = asyncio.create_task(
            tokens.renew(tenant.database, rotating_settings, tenant.id, rotating_sharer.connection.id)
        )
        await rotating.holding.wait()
        await connect_again(tenant, rotating_sharer, rotating_settings)
        rotating.gate.set()
        assert await late
        assert (await read(tenant)).state is ConnectionState.ACTIVE
        assert await count_tell_jobs(tenant) == 0

    async def test_an_answer_that_comes_after_the_cut_is_not_stored(
        self, tenant: Tenant, rotating: RotatingLinkedIn, rotating_settings: Settings, rotating_sharer: Sharer
    ) -> None:
        rotating.gate.clear()
        late = asyncio.create_task(
            tokens.renew(tenant.database, rotating_settings, tenant.id, rotating_sharer.connection.id)
        )
        await rotating.holding.wait()
        async with tenant.database.transaction(tenant.id) as session:
            connection = await repository.get_connection(session, rotating_sharer.connection.id)
            await service.disconnect(session, rotating_sharer.actor, connection)
        rotating.gate.set()
        assert not await late
        stored = await read(tenant)
        assert (stored.state, stored.sealed_credentials) == (ConnectionState.REVOKED, None)


async def connect_again(tenant: Tenant, sharer: Sharer, settings: Settings) -> None:
    """The person signs in at the network once more, with the same account."""
    async with vendor_context(settings, "linkedin") as ctx:
        url = linkedin.authorization_url(ctx, state="s", redirect_uri=REDIRECT)
        back = await consent(ctx.http, url, member_name=sharer.employee.display_name)
        code = dict(part.split("=", 1) for part in back.split("?", 1)[1].split("&"))["code"]
        credentials = await linkedin.exchange_code(ctx, code=code, redirect_uri=REDIRECT)
    async with vendor_context(settings, "linkedin", credentials=credentials) as ctx:
        account = await linkedin.get_account(ctx)
    async with tenant.database.transaction(tenant.id) as session:
        connection = await repository.get_connection(session, sharer.connection.id, lock=True)
        code_shown = await service.store_grant(
            session, connection, account=account, credentials=credentials, settings=settings
        )
    assert code_shown is None


#: Where a process dies, and whether the network has given out a new refresh token by then that nobody stored.
CRASHES = [
    ("refresh.before_call", False),
    ("refresh.after_call", True),
    ("refresh.before_save_commit", True),
    ("refresh.after_save", False),
]


class TestCrashes:
    async def crash(self, tenant: Tenant, settings: Settings, connection: Connection, point: str, log: Path) -> None:
        """A process dies while it renews; its lease runs out."""
        command = ("-m", "tests.factories.renewing", str(tenant.id), str(connection.id), "1")
        with running(*command, env=environment(settings, CRASH_POINT=point), log=log) as process:
            assert await until_exit(process, seconds=60) == -9, log.read_text()
        await db.move_clock(settings.database_url, by=DUE + LEASE)

    @pytest.mark.parametrize(("point", "is_lost"), CRASHES)
    async def test_a_network_with_grace_takes_the_old_token_once_more(
        self,
        tenant: Tenant,
        rotating: RotatingLinkedIn,
        rotating_settings: Settings,
        rotating_sharer: Sharer,
        tmp_path: Path,
        point: str,
        is_lost: bool,
    ) -> None:
        rotating.has_grace = True
        connection = rotating_sharer.connection
        await self.crash(tenant, rotating_settings, connection, point, tmp_path / "doomed.log")
        assert await tokens.renew(tenant.database, rotating_settings, tenant.id, connection.id)
        stored = await read(tenant)
        assert (stored.state, stored.token_version) == (ConnectionState.ACTIVE, connection.token_version + 1)
        assert rotating.calls["access_token"] == (3 if is_lost else 2)

    @pytest.mark.parametrize(("point", "is_lost"), CRASHES)
    async def test_a_network_that_ends_the_grant_for_it_needs_the_person_who_is_told_once(
        self,
        tenant: Tenant,
        rotating: RotatingLinkedIn,
        rotating_settings: Settings,
        rotating_sharer: Sharer,
        tmp_path: Path,
        point: str,
        is_lost: bool,
    ) -> None:
        connection = rotating_sharer.connection
        await self.crash(tenant, rotating_settings, connection, point, tmp_path / "doomed.log")
        usable = await tokens.renew(tenant.database, rotating_settings, tenant.id, connection.id)
        stored = await read(tenant)
        seen: tuple[Any, ...] = (usable, stored.state, stored.problem)
        if is_lost:
            assert seen == (False, ConnectionState.NEEDS_RECONNECT, "renewal_interrupted")
            assert await count_mails(tenant, rotating_settings, connection) == 1
        else:
            assert seen == (True, ConnectionState.ACTIVE, None)
            assert await count_mails(tenant, rotating_settings, connection) == 0
