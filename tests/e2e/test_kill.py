"""A scheduler is killed (SIGKILL) at each step of the protocol: at most one post, and a known state soon after."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from pgqueuer.domain.settings import db_settings

from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares.models import FINAL_STATES, PublicationState
from tests.factories.publications import approve_post, make_scene, make_sharer, read_publication
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
