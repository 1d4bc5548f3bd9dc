"""A stop while a thousand due posts are being sent by real schedulers: nothing reaches the network five seconds later."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
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
_LOOK_EVERY = 0.05


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
            async with asyncio.timeout(120):
                while not await vendor.arrivals():
                    await asyncio.sleep(_LOOK_EVERY)
            body = {"scope": "network", "network": "demo", "reason": "An accident."}
            answer = await api.post("/v1/stops", key=owner, json=body)
            stopped_at = time.time()
            assert answer.status_code == 201, answer.text
            async with asyncio.timeout(120):
                while time.time() < stopped_at + WATCH_SECONDS or _is_moving(states := await _states(many)):
                    await asyncio.sleep(_LOOK_EVERY)
            arrivals = await vendor.arrivals()
    late = [at - stopped_at for times in arrivals.values() for at in times if at > stopped_at + MOST_SECONDS]
    assert late == []
    assert states.keys() <= {PublicationState.PUBLISHED, PublicationState.HELD}
    # What had reached the network is out, once; what had not waits for the release.
    assert states[PublicationState.PUBLISHED] == len(arrivals) == sum(map(len, arrivals.values()))
    assert states[PublicationState.HELD] == POSTS - len(arrivals) > 0


async def _states(many: Tenant) -> Counter[PublicationState]:
    return Counter(row.state for row in await many.rows(Publication))


def _is_moving(states: Counter[PublicationState]) -> bool:
    return any(
        state in states
        for state in (
            PublicationState.SCHEDULED,
            PublicationState.WAITING,
            PublicationState.CLAIMED,
            PublicationState.SENDING,
        )
    )
