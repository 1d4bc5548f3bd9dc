"""HR systems that are asked: a dry run first, then changes by themselves, and a stop where somebody must look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from connectors import bamboohr, hibob, personio, workday
from connectors.bamboohr.simulator import create_simulator
from connectors.hibob.simulator import create_simulator as create_hibob
from connectors.personio.simulator import create_simulator as create_personio
from connectors.sdk.testing.simulator import Fault, FaultKind, running
from connectors.workday.simulator import create_simulator as create_workday
from services.core.employees import directory
from services.core.employees.models import (
    DirectorySource,
    DirectorySync,
    Employee,
    EmploymentStatus,
    SyncMode,
    SyncState,
)
from services.core.employees.repository import sources
from services.core.kit.db import move_clock
from services.core.kit.settings import Settings
from services.scheduler.jobs import directories
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Api, Tenant

BAMBOO = {"subdomain": "lumen", "api_key": "demo-secret"}


async def make(api: Api, tenant: Tenant, source: str, given: dict[str, str], **body: Any) -> str:
    made = await api.post(
        "/v1/directory-sources", key=tenant.owner_key, json={"source": source, "settings": given, **body}
    )
    assert made.status_code == 201, made.text
    assert "demo-secret" not in made.text
    return f"/v1/directory-sources/{made.json()['id']}"


async def newest(tenant: Tenant) -> DirectorySync:
    return max(await tenant.rows(DirectorySync), key=lambda run: run.id)


def pointed(settings: Settings, slug: str, name: str, address: str) -> Settings:
    """An operator who says where the vendor is."""
    return settings.model_copy(update={"connectors": {slug: {name: address}}})


async def test_a_source_is_read_dry_first_and_its_cursor_moves_only_when_a_run_is_applied(
    api: Api, tenant: Tenant, settings: Settings
) -> None:
    ahead = 0

    async def turn(hours: int = 2) -> DirectorySource:
        nonlocal ahead
        ahead += hours
        await move_clock(settings.database_url, by=timedelta(hours=ahead))
        await directories.read_due(tools)
        (source,) = await tenant.rows(DirectorySource)
        return source

    sim = create_simulator(clock=lambda: datetime.now(UTC) + timedelta(hours=ahead))
    async with running(sim) as addresses:
        tools = Tools(tenant.database, pointed(settings, "bamboohr", "api_url", addresses["api"]))
        path = await make(api, tenant, "bamboohr", BAMBOO, is_watched=True)
        first = await turn()
        run = await newest(tenant)
        assert (run.state, run.mode, run.counts["create"], first.cursor) == ("ready", "full", 3, None)
        assert await tenant.rows(Employee) == []
        await turn()  # A run waits for a yes: nothing more is read.
        assert sim.calls["custom_report"] == 1
        await api.post(f"/v1/directory-syncs/{run.id}/apply", key=tenant.owner_key)
        answer = await api.patch(path, key=tenant.owner_key, etag="*", json={"is_automatic": True})
        assert answer.status_code == 200

        # By itself from here: only who changed, unless a new day asks for everybody.
        sim.put("102", jobTitle="CTO")
        after = await turn()
        people = {row.source_id: row for row in await tenant.rows(Employee)}
        assert (people["102"].title, people["103"].status) == ("CTO", EmploymentStatus.LEFT)
        assert after.cursor is not None
        assert after.cursor != first.cursor
        sim.remove("102")
        await turn(26)
        people = {row.source_id: row for row in await tenant.rows(Employee)}
        assert people["102"].status is EmploymentStatus.LEFT
        assert ((await newest(tenant)).mode, people["101"].title) == ("full", "Engineer")

        # An answer that broke off, too many calls, an expired key: said on the source, and nobody leaves.
        before = len(await tenant.rows(DirectorySync))
        sim.put("101", jobTitle="Lead")
        for fault, code in (
            (Fault("*", FaultKind.BREAK_BODY, times=2), "vendor_unavailable"),
            (Fault("*", FaultKind.RETRY_AFTER), "rate_limited"),
            (Fault("*", FaultKind.STATUS, status=401), "configuration_invalid"),
        ):
            sim.faults.clear()
            sim.faults.add(fault)
            assert (await turn(5)).problem == code
        assert (await turn()).next_read_at is None
        assert len(await tenant.rows(DirectorySync)) == before
        sim.faults.clear()
        assert (await api.post(f"{path}/read", key=tenant.owner_key)).status_code == 202
        assert (await turn()).problem is None
        assert {row.source_id: row.title for row in await tenant.rows(Employee)}["101"] == "Lead"


async def test_changes_that_concern_nobody_move_the_cursor_and_who_is_deleted_keeps_what_is_known_of_them(
    api: Api, tenant: Tenant, settings: Settings
) -> None:
    sim = create_simulator()
    async with running(sim) as addresses:
        tools = Tools(tenant.database, pointed(settings, "bamboohr", "api_url", addresses["api"]))

        async def turn() -> DirectorySource:
            async with tenant.database.transaction(tenant.id) as session:
                (source,) = (await session.exec(sources(session))).all()
                source.next_read_at = source.created_at
            await directories.read_due(tools)
            (source,) = await tenant.rows(DirectorySource)
            return source

        path = await make(api, tenant, "bamboohr", BAMBOO, is_watched=True)
        await turn()
        await api.post(f"/v1/directory-syncs/{(await newest(tenant)).id}/apply", key=tenant.owner_key)
        await api.patch(path, key=tenant.owner_key, etag="*", json={"is_automatic": True})
        sim.put("101", jobTitle="Lead")
        sim.remove("102")
        assert (await turn()).problem is None
        assert (await newest(tenant)).mode == "delta"
        people = {row.source_id: row for row in await tenant.rows(Employee)}
        assert (people["101"].title, people["102"].status) == ("Lead", EmploymentStatus.LEFT)
        assert (people["102"].title, people["102"].department) == ("Head of R&D", "R&D")

        # The same deletion is told once more, as the reads overlap, and nothing else.
        runs = len(await tenant.rows(DirectorySync))
        sim.changed.pop("101")
        assert (await turn()).problem is None
        assert len(await tenant.rows(DirectorySync)) == runs


async def test_a_run_whose_worker_died_before_it_was_applied_is_read_again(
    api: Api, tenant: Tenant, settings: Settings
) -> None:
    sim = create_simulator()
    async with running(sim) as addresses:
        tools = Tools(tenant.database, pointed(settings, "bamboohr", "api_url", addresses["api"]))
        path = await make(api, tenant, "bamboohr", BAMBOO, is_watched=True)
        await directories.read_due(tools)
        first = await newest(tenant)
        await api.post(f"/v1/directory-syncs/{first.id}/apply", key=tenant.owner_key)
        sim.put("101", jobTitle="Lead")
        await api.patch(path, key=tenant.owner_key, etag="*", json={"every_minutes": 30})
        await directories.read_due(tools)
        left_over = await newest(tenant)
        assert (left_over.id != first.id, left_over.state) == (True, SyncState.READY)
        await api.patch(path, key=tenant.owner_key, etag="*", json={"is_automatic": True})
        await directories.read_due(tools)
        states = {run.id: run.state for run in await tenant.rows(DirectorySync)}
        assert (states[left_over.id], (await newest(tenant)).state) == (SyncState.SUPERSEDED, SyncState.APPLIED)
        assert {row.source_id: row.title for row in await tenant.rows(Employee)}["101"] == "Lead"


async def test_a_long_list_may_be_read_longer_than_a_session_may_idle(tenant: Tenant, settings: Settings) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        await session.exec(text("set local idle_in_transaction_session_timeout = '1s'"))  # type: ignore[call-overload]
        content = b"employee_id,email,first_name,last_name\nE1,maya@lumen.example,Maya,Cohen\n"
        await directory.compare_file(session, content=content, mode=SyncMode.DELTA, settings=settings, by="test")
        shown = await session.exec(text("show idle_in_transaction_session_timeout"))  # type: ignore[call-overload]
        assert shown.scalar_one() == "15min"


async def test_a_read_that_would_let_many_leave_waits_for_somebody(
    api: Api, tenant: Tenant, settings: Settings
) -> None:
    sim = create_hibob()
    for number in range(20):
        name = {"root.email": f"p{number}@lumen.example", "root.firstName": "P", "root.surname": str(number)}
        sim.put(f"9{number}", **name, **{"internal.status": "Active"})
    async with running(sim) as addresses:
        tools = Tools(tenant.database, pointed(settings, "hibob", "api_url", addresses["api"]))
        given = {"service_user_id": "SERVICE-1", "token": "demo-secret"}
        path = await make(api, tenant, "hibob", given, is_watched=True)
        await directories.read_due(tools)
        await api.post(f"/v1/directory-syncs/{(await newest(tenant)).id}/apply", key=tenant.owner_key)
        await api.patch(path, key=tenant.owner_key, etag="*", json={"is_automatic": True})
        for number in range(10):
            sim.remove(f"9{number}")
        await api.post(f"{path}/read", key=tenant.owner_key)
        await directories.read_due(tools)
        held = await newest(tenant)
        assert (held.state, held.counts["leaving"]) == ("held", 10)
        left = [row for row in await tenant.rows(Employee) if row.status is EmploymentStatus.LEFT]
        assert [row.source_id for row in left] == ["3003"]


@pytest.mark.parametrize("slug", ["personio", "workday"])
async def test_each_system_brings_its_people_and_nothing_that_we_do_not_keep(
    api: Api, tenant: Tenant, settings: Settings, slug: str
) -> None:
    workdays = {"tenant": "lumen", "owner": "ISU_Advocacy", "report": "People list", "user": "ISU_Advocacy"}
    workdays["column_manager_ref"] = "Manager_group"
    given, create, address = {
        "personio": ({"client_id": "papi", "client_secret": "demo-secret"}, create_personio, "api_url"),
        "workday": ({**workdays, "password": "demo-secret"}, create_workday, "host_url"),
    }[slug]
    assert {one.connector.manifest.slug for one in (bamboohr, hibob, personio, workday)} >= {slug}
    async with running(create()) as addresses:
        sent = {**given, address: addresses["api"]}
        host = addresses["api"].removeprefix("http://")
        tools = Tools(tenant.database, settings.model_copy(update={"outbound_allow": (host,)}))
        path = await make(api, tenant, slug, sent, is_watched=False)
        await api.post(f"{path}/read", key=tenant.owner_key)
        await directories.read_due(tools)
    (source,) = await tenant.rows(DirectorySource)
    assert (source.problem, source.next_read_at) == ("fields_not_shown", None)
    run = await newest(tenant)
    await api.post(f"/v1/directory-syncs/{run.id}/apply", key=tenant.owner_key)
    people = sorted(await tenant.rows(Employee), key=lambda row: row.source_id)
    assert [row.status == "left" for row in people] == [False, False, True]
    assert people[0].manager_ref == people[1].source_id
