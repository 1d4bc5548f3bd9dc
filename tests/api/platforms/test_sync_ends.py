"""A comparison that gets nowhere comes to an end, and whoever began it can end it before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.communication.models import Message
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.platforms.models import AudienceMember, AudienceSync, MemberState
from services.scheduler.jobs import platforms as jobs
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene
from tests.fixtures.api import Api, Tenant
from tests.fixtures.platform import Vendor


async def join(tenant: Tenant, scene: Scene, count: int) -> None:
    """Active ambassadors of the program."""
    for _ in range(count):
        employee = await tenant.employee()
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Ambassador(
                    organization_id=tenant.id, program_id=scene.program.id, employee_id=employee.id,
                    state=AmbassadorState.ACTIVE, language=Language.EN, joined_at=await db.now(session),
                )
            )  # fmt: skip


async def begin(api: Api, tenant: Tenant, board: str, scene: Scene) -> str:
    """Begin a comparison; answer its path."""
    made = await api.post(
        f"/v1/platform-connections/{board}/audience-syncs",
        key=tenant.owner_key,
        json={"program_id": str(scene.program.id)},
    )
    return str(made.headers["Location"])


async def run_until_it_ends(api: Api, tenant: Tenant, tools: Tools, path: str) -> tuple[int, dict[str, Any]]:
    """Let it be tried at each of its times; answer how often that was, and how it ended."""
    for number in range(1, 20):
        await jobs.work_syncs(tools)
        shown: dict[str, Any] = (await api.get(path, key=tenant.owner_key)).json()
        if shown["next_try_at"] is None:
            return number, shown
        (row,) = [one for one in await tenant.rows(AudienceSync) if str(one.id) in path]
        assert row.due_at is not None
        async with tools.database.transaction(None) as session:
            offset = await db.now(session)
        # To its time exactly: the clock's offset counts from the real moment.
        await db.move_clock(tools.settings.database_url, by=timedelta(0))
        async with tools.database.transaction(None) as session:
            real = await db.now(session)
        await db.move_clock(tools.settings.database_url, by=max(row.due_at, offset) - real + timedelta(seconds=1))
    raise AssertionError("it never ends")


async def test_one_that_gets_nowhere_fails_after_a_few_tries_and_its_owners_are_told_once(
    api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools, vendor: Vendor
) -> None:
    owner, _ = await tenant.person(Role.OWNER)
    path = await begin(api, tenant, board, scene)
    # An answer that no connector reads: something that nobody foresaw.
    vendor.simulator.break_next("list_people", "status", times=99, status=200, body={"people": 3})
    await jobs.work_syncs(tools)
    waiting = (await api.get(path, key=tenant.owner_key)).json()
    assert (waiting["state"], waiting["problem"]) == ("comparing", "unexpected_error")
    assert waiting["next_try_at"][:16].replace("T", " ") in waiting["next_step"]
    tries, ended = await run_until_it_ends(api, tenant, tools, path)
    assert (ended["state"], ended["problem"]) == ("failed", "unexpected_error")
    assert tries <= 9
    assert vendor.simulator.calls["list_people"] == 8
    assert "Begin it again" in ended["next_step"]
    for _ in range(2):
        await jobs.tell_failed_sync(tools, tenant.id, UUID(ended["id"]))
    letters = [one for one in await tenant.rows(Message) if one.kind == "audience_sync_failed"]
    assert [one.employee_id for one in letters] == [owner.id]
    # The way is free for another one.
    assert await begin(api, tenant, board, scene) != path


async def test_a_platform_that_is_down_for_hours_ends_it_too_and_one_try_that_works_goes_through(
    api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools, vendor: Vendor
) -> None:
    await join(tenant, scene, 2)
    path = await begin(api, tenant, board, scene)
    vendor.simulator.break_next("list_people", "status", times=99, status=503)
    _, ended = await run_until_it_ends(api, tenant, tools, path)
    assert (ended["state"], ended["problem"]) == ("failed", "vendor_unavailable")
    vendor.simulator.faults.clear()
    path = await begin(api, tenant, board, scene)
    vendor.simulator.break_next("list_people", "status", times=3, status=503)
    tries, ended = await run_until_it_ends(api, tenant, tools, path)
    assert (tries, ended["state"], ended["problem"]) == (4, "done", None)


async def test_it_can_be_cancelled_while_it_runs_and_only_then(
    api: Api, tenant: Tenant, other_tenant: Tenant, scene: Scene, board: str, tools: Tools, vendor: Vendor
) -> None:
    await join(tenant, scene, 4)
    path = await begin(api, tenant, board, scene)
    _, analyst = await tenant.person(Role.ANALYST)
    assert (await api.post(f"{path}/cancel", key=analyst)).status_code == 403
    assert (await api.post(f"{path}/cancel", key=other_tenant.owner_key)).status_code == 404
    vendor.simulator.break_next("add", "hang", after_work=True)
    working = asyncio.create_task(jobs.work_syncs(tools))
    async with asyncio.timeout(20):
        await vendor.simulator.added.wait()
    cancelled = await api.post(f"{path}/cancel", key=tenant.owner_key)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert cancelled.json()["next_try_at"] is None
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await db.move_clock(tools.settings.database_url, by=timedelta(minutes=10))
    await jobs.work_syncs(tools)
    assert vendor.simulator.calls["add"] == 1
    states = sorted(one.state for one in await tenant.rows(AudienceMember))
    # The one that was being let in may be in: the next comparison finds out.
    assert states == sorted([MemberState.ADDING, *[MemberState.REMOVED] * 3])
    again = await api.post(f"{path}/cancel", key=tenant.owner_key)
    assert (again.status_code, again.json()["code"]) == (409, "audience_sync_over")
    _, ended = await run_until_it_ends(api, tenant, tools, await begin(api, tenant, board, scene))
    assert (ended["state"], len(vendor.simulator.active)) == ("done", 4)
