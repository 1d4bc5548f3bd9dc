"""A scheduler is killed (SIGKILL) at each step of the protocol: at most one post, and a known state soon after."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from pgqueuer.domain.settings import db_settings

from services.cli.processes import free_port
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares.models import FINAL_STATES, Publication, PublicationState
from tests.factories.publications import approve_post, draft, make_scene, make_sharer, read_publication
from tests.fixtures.api import Tenant
from tests.fixtures.processes import Simulator, environment, running, until_exit

#: Lease, scan and sweep are shortened together; the last case of the file has the real ones.
SHORT = {"PUBLISH_LEASE_SECONDS": "4", "SCAN_SECONDS": "1", "SWEEP_SECONDS": "1"}
KNOWN_WITHIN_SECONDS = 90
CHANNEL = db_settings().channel
SETTLED = FINAL_STATES | {PublicationState.UNKNOWN}

#: Where it dies, how many posts the network has then, and what the person is told.
CRASHES = [
    ("publish.after_claim", 1, PublicationState.PUBLISHED),
    ("publish.after_check", 1, PublicationState.PUBLISHED),
    ("publish.after_arm", 0, PublicationState.UNKNOWN),
    ("publish.before_send", 0, PublicationState.UNKNOWN),
    ("publish.before_classify", 1, PublicationState.UNKNOWN),
    ("publish.after_send", 1, PublicationState.UNKNOWN),
    ("publish.before_record_commit", 1, PublicationState.UNKNOWN),
    ("publish.after_record", 1, PublicationState.PUBLISHED),
    ("publish.follow_up", 1, PublicationState.PUBLISHED),
]


async def settle(tenant: Tenant, publication_id: UUID) -> PublicationState:
    """The state once it is a known one: looked at whenever the queue moves, for as long as we promise at the most."""
    moved = asyncio.Event()
    listener = await db.connect(tenant.settings.database_url)
    await listener.add_listener(CHANNEL, lambda *_: moved.set())
    try:
        async with asyncio.timeout(KNOWN_WITHIN_SECONDS):
            while (state := (await read_publication(tenant, publication_id)).state) not in SETTLED:
                await moved.wait()
                moved.clear()
            return state
    finally:
        await listener.close()


async def crash_and_recover(
    tenant: Tenant, simulator: Simulator, settings: Settings, tmp_path: Path, point: str, **changes: str
) -> tuple[PublicationState, int]:
    """Kill one scheduler at ``point``, let another one take over; answer the state and the number of posts."""
    scene = await make_scene(tenant)
    sharer = await make_sharer(tenant, scene, connect_to=settings)
    publication = await approve_post(tenant, scene, sharer)
    doomed = environment(settings, CRASH_POINT=point, **changes)
    with running("-m", "services.cli", "scheduler", env=doomed, log=tmp_path / "doomed.log") as process:
        assert await until_exit(process, seconds=60) == -9
    healthy = environment(settings, **changes)
    with running("-m", "services.cli", "scheduler", env=healthy, log=tmp_path / "healthy.log"):
        state = await settle(tenant, publication.id)
    return state, len(await simulator.posts())


@pytest.mark.parametrize(("point", "posts", "state"), CRASHES)
async def test_a_killed_scheduler_never_doubles_and_never_goes_silent(
    tenant: Tenant,
    simulator: Simulator,
    linkedin_settings: Settings,
    tmp_path: Path,
    point: str,
    posts: int,
    state: PublicationState,
) -> None:
    seen = await crash_and_recover(tenant, simulator, linkedin_settings, tmp_path, point, **SHORT)
    assert seen == (state, posts)


async def test_with_the_real_lease_the_state_is_known_within_ninety_seconds(
    tenant: Tenant, simulator: Simulator, linkedin_settings: Settings, tmp_path: Path
) -> None:
    seen = await crash_and_recover(tenant, simulator, linkedin_settings, tmp_path, "publish.after_send")
    assert seen == (PublicationState.UNKNOWN, 1)


async def test_an_api_killed_while_a_person_approves_plans_one_post_or_none(
    tenant: Tenant, simulator: Simulator, linkedin_settings: Settings, tmp_path: Path
) -> None:
    scene = await make_scene(tenant)
    sharer = await make_sharer(tenant, scene, connect_to=linkedin_settings)
    share, body = await draft(tenant, scene, sharer)
    key = await tenant.key_of(sharer.employee)
    port = free_port()
    command = ("-m", "services.cli", "api", "--port", str(port))
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "once"}
    url = f"http://127.0.0.1:{port}/v1/me/shares/{share}/approve"
    transport = httpx2.AsyncHTTPTransport(retries=60)
    async with httpx2.AsyncClient(transport=transport, trust_env=False, timeout=30) as http:
        doomed = environment(linkedin_settings, CRASH_POINT="agree.before_commit")
        with running(*command, env=doomed, log=tmp_path / "doomed.log") as process:
            with pytest.raises(httpx2.TransportError):
                await http.post(url, headers=headers, json=body)
            assert await until_exit(process, seconds=60) == -9
        assert await tenant.rows(Publication) == []
        with running(*command, env=environment(linkedin_settings), log=tmp_path / "healthy.log"):
            waiting = await http.post(url, headers=headers, json=body)
            assert (waiting.status_code, waiting.json()["code"]) == (409, "request_in_progress")
            # The dead process held the key; its lease runs out.
            await db.move_clock(linkedin_settings.database_url, by=timedelta(seconds=61))
            done = await http.post(url, headers=headers, json=body)
            assert done.status_code == 201, done.text
            again = await http.post(url, headers=headers, json=body)
            assert again.json() == done.json()
    assert len(await tenant.rows(Publication)) == 1
