"""A post that waits for an operator's setting says when it is tried next, and goes as soon as the setting is mended."""

from __future__ import annotations

from dataclasses import replace

from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares.models import PublicationState
from services.scheduler.jobs import holds
from services.scheduler.jobs import shares as sending
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import approve_demo_post, make_demo_scene, make_demo_sharer, open_demo_network, read
from tests.fixtures.api import Api, Tenant


async def test_it_is_tried_at_once_by_a_process_that_has_read_the_mended_setting(
    api: Api, tenant: Tenant, database: db.Database, settings: Settings
) -> None:
    async with open_demo_network(settings) as network:
        wrong = settings.model_copy(update={"connectors": {"demo": {"api_url": "not an address"}}})
        async with database.transaction(None) as session:
            older = Tools(database, wrong, started_at=await db.now(session))
        scene = await make_demo_scene(tenant)
        sharer = await make_demo_sharer(tenant, scene)
        publication = await approve_demo_post(tenant, scene, sharer)
        await sending.publish(older, tenant.id, publication.id)
        held = await read(older, publication)
        assert (held.state, held.reason) == (PublicationState.HELD, "configuration_invalid")
        path, key = f"/v1/publications/{publication.id}", await tenant.key_of(sharer.employee)
        shown = (await api.get(path, key=key)).json()
        assert shown["next_try_at"] is not None
        assert "the setting is mended" in shown["next_step"]
        # Whoever still has the wrong setting waits; whoever has read the new one does not.
        await holds.recheck_held(older)
        assert (await read(older, publication)).state is PublicationState.HELD
        async with database.transaction(None) as session:
            newer = replace(older, settings=network.settings, started_at=await db.now(session))
        await holds.recheck_held(newer)
        await sending.publish(newer, tenant.id, publication.id)
        assert (await read(newer, publication)).state is PublicationState.PUBLISHED
        assert len(network.posts) == 1
