"""B13: a stop while real schedulers send a thousand due posts: nothing reaches the network five seconds later."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.core.kit.settings import Settings
from services.core.organizations.models import Role
from services.core.shares.models import Publication, PublicationState
from tests.chaos import ground
from tests.factories import bulk
from tests.fixtures.api import Api, Tenant
from tests.fixtures.processes import environment, running

POSTS = 1_000
#: What the stop button promises.
MOST_SECONDS = 5.0
#: Watched for so much longer than promised.
WATCH_SECONDS = 10.0
_LOOK_EVERY = 0.1
MOVING = {
    PublicationState.SCHEDULED,
    PublicationState.WAITING,
    PublicationState.CLAIMED,
    PublicationState.SENDING,
}


async def test_no_post_reaches_the_network_five_seconds_after_a_stop(
    api: Api, tenant: Tenant, settings: Settings, tmp_path: Path
) -> None:
    async with ground.vendor(tmp_path, seed=1) as vendor:
        settings = settings.model_copy(update={"connectors": {"demo": {"api_url": vendor.url}}})
        seeded = await bulk.seed(
            settings.database_url, settings, connector="demo", people=POSTS, per_person=1, due_in=lambda _: 8.0
        )
        many = Tenant(seeded.organization_id, "", tenant.database, settings)
        _, owner = await many.person(Role.OWNER)
        env = environment(settings)
        command = ("-m", "services.cli", "scheduler")
        with (
            running(*command, env=env, log=tmp_path / "one.log"),
            running(*command, env=env, log=tmp_path / "two.log"),
        ):
            await _until(vendor.arrivals)
            body = {"scope": "network", "network": "demo", "reason": "An accident."}
            answer = await api.post("/v1/stops", key=owner, json=body)
            stopped_at = time.time()
            assert answer.status_code == 201, answer.text

            async def is_over() -> bool:
                return time.time() > stopped_at + WATCH_SECONDS and not MOVING & (await _states(many)).keys()

            await _until(is_over)
            states = await _states(many)
            arrivals = await vendor.arrivals()
    late = [at - stopped_at for times in arrivals.values() for at in times if at > stopped_at + MOST_SECONDS]
    assert late == []
    assert states.keys() <= {PublicationState.PUBLISHED, PublicationState.HELD}
    # What had reached the network is out, once; what had not waits for the release.
    assert states[PublicationState.PUBLISHED] == len(arrivals) == sum(map(len, arrivals.values()))
    assert states[PublicationState.HELD] == POSTS - len(arrivals) > 0


async def _states(many: Tenant) -> Counter[PublicationState]:
    return Counter(row.state for row in await many.rows(Publication))


async def _until(condition: Callable[[], Awaitable[object]]) -> None:
    """Look again and again at processes that tell nobody, for two minutes at the most."""
    async with asyncio.timeout(120):
        while True:
            if await condition():
                return
            await asyncio.sleep(_LOOK_EVERY)
