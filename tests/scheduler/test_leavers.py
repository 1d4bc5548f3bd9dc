"""Somebody leaves: within a quarter of an hour their access is gone everywhere, and the numbers are what they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sdk import registry
from connectors.sdk.testing.simulator import running as serving
from services.core.connections import repository
from services.core.connections.models import Connection, ConnectionState
from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.privacy.models import PrivacyRequest, RequestState
from services.core.programs.models import Function, Responsibility
from services.core.shares.models import Publication, PublicationState
from services.scheduler import periodic
from services.scheduler.jobs import connections, privacy, programs, recruitment
from services.scheduler.worker.tools import Tools
from tests.factories.publications import approve_post, make_scene, make_sharer
from tests.factories.withdrawing import WithdrawingLinkedIn, install
from tests.fixtures.api import Api, Tenant
from tests.fixtures.processes import Simulator, linkedin_values


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[None]:
    """A connector whose network takes its access back."""
    install(tmp_path / "plugin")
    sys.path.insert(0, str(tmp_path / "plugin"))
    registry.installed.cache_clear()
    yield
    sys.path.remove(str(tmp_path / "plugin"))
    registry.installed.cache_clear()


async def upload(api: Api, tenant: Tenant, rows: str) -> None:
    """Read a whole file of the HR system, and apply it."""
    sync = await api.post(
        "/v1/directory-syncs?mode=full", key=tenant.owner_key, headers={"Content-Type": "text/csv"},
        content="employee_id,email,first_name,last_name,department\n" + rows,
    )  # fmt: skip
    assert sync.status_code == 201, sync.text
    path = f"/v1/directory-syncs/{sync.json()['id']}/apply"
    applied = await api.post(path, key=tenant.owner_key, json={"confirm_mass_change": True})
    assert applied.status_code == 200, applied.text


async def test_whoever_is_not_in_the_hr_file_any_more_is_out_everywhere_and_later_nobody(
    api: Api, tenant: Tenant, settings: Settings, database: db.Database, plugin: None
) -> None:
    network = WithdrawingLinkedIn()
    async with serving(network) as addresses:
        values = linkedin_values(Simulator(addresses["api"], addresses["oauth"]))
        tools = Tools(database, settings.model_copy(update={"connectors": {"withdrawing": values, "linkedin": values}}))
        scene = await make_scene(tenant)
        sharer = await make_sharer(tenant, scene, connect_to=tools.settings)
        colleagues = [await tenant.employee() for _ in range(9)]
        async with tenant.database.transaction(tenant.id) as session:
            for employee in (sharer.employee, *colleagues):
                one = await session.get_one(Employee, (tenant.id, employee.id))
                one.source = "csv"
            (await repository.get_connection(session, sharer.connection.id)).connector = "withdrawing"
            session.add(
                Responsibility(
                    organization_id=tenant.id, program_id=scene.program.id, function=Function.OWNER,
                    employee_id=sharer.employee.id,
                )
            )  # fmt: skip
        await approve_post(tenant, scene, sharer, due_in=timedelta(hours=9))
        key = await tenant.key_of(sharer.employee)
        assert (await api.get("/v1/me/consents", key=key)).status_code == 200

        left = [f"{one.source_id},{one.work_email},{one.first_name},{one.last_name},Marketing\n" for one in colleagues]
        await upload(api, tenant, "".join(left))
        # What the file says ends their access here at once.
        assert (await api.get("/v1/me/consents", key=key)).status_code == 401
        # The rest is done by jobs of which each comes within the quarter of an hour.
        for work in (connections.cut, recruitment.end_for_leavers, programs.follow_holders):
            await work(tools)
        await connections.withdraw(tools, tenant.id, sharer.connection.id)
        crons = {one.name: one.cron for one in periodic.table(settings)}
        assert crons["connections.cut"].startswith("*/5 ")
        assert (crons["ambassadors.end_for_leavers"], crons["responsibilities.follow"]) == ("* * * * *", "* * * * *")

    (connection,) = await tenant.rows(Connection)
    assert (connection.state, connection.sealed_credentials) == (ConnectionState.REVOKED, None)
    assert connection.withdrawn_at is not None
    assert network.calls["revoke"] == 1
    assert all(token.is_revoked for token in network.store.tokens.values())
    (publication,) = await tenant.rows(Publication)
    assert publication.state is PublicationState.CANCELLED
    orphans = await api.get(f"/v1/programs/{scene.program.id}/orphans", key=tenant.owner_key)
    assert str(sharer.employee.id) in orphans.text
    (responsibility,) = await tenant.rows(Responsibility)
    assert responsibility.orphaned_at is not None

    # Thirty days later the record is nobody's, and the rows that are counted are there.
    async with tenant.database.transaction(tenant.id) as session:
        gone = await session.get_one(Employee, (tenant.id, sharer.employee.id))
        assert gone.status is EmploymentStatus.LEFT
        gone.ended_on = gone.ended_on or (await db.now(session)).date()
    await db.move_clock(settings.database_url, by=timedelta(days=32))
    await privacy.daily(tools)
    await privacy.work(tools)
    (request,) = await tenant.rows(PrivacyRequest)
    assert request.state is RequestState.DONE
    gone = next(row for row in await tenant.rows(Employee) if row.id == sharer.employee.id)
    assert (gone.display_name, gone.source) == ("Former employee", "erased")
    assert len(await tenant.rows(Publication)) == 1
