"""Liveness and readiness, with how late publications are."""

from __future__ import annotations

from datetime import timedelta

from connectors.linkedin import connector as linkedin
from services.core.kit import db
from services.core.shares.models import PublicationState
from tests.factories.demo_network import approve_demo_post, make_demo_scene, make_demo_sharer
from tests.fixtures.api import Api, Tenant


class TestReady:
    async def test_an_empty_installation_has_nothing_late(self, api: Api) -> None:
        answer = await api.get("/readyz")
        assert answer.status_code == 200
        told = answer.json()
        assert (told["oldest_due_seconds"], told["unknown_publications"]) == (0, 0)
        assert told["checks"]["publications"] == "ok"

    async def test_it_says_how_long_the_oldest_due_one_waits_and_how_many_are_unknown(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_demo_scene(tenant)
        sharer = await make_demo_sharer(tenant, scene)
        await approve_demo_post(tenant, scene, sharer, due_in=timedelta(hours=1))
        assert (await api.get("/readyz")).json()["oldest_due_seconds"] == 0
        await db.move_clock(tenant.settings.database_url, by=timedelta(hours=1, minutes=3))
        told = (await api.get("/readyz")).json()
        assert 175 < told["oldest_due_seconds"] < 240
        assert told["checks"]["publications"].startswith("one is due for")
        assert told["status"] == "ok"

    async def test_connectors_whose_version_ends_within_45_days_are_listed_and_do_not_stop_it(
        self, api: Api, tenant: Tenant
    ) -> None:
        ends_on = linkedin.manifest.api_version_sunset_on
        assert ends_on is not None
        told = (await api.get("/readyz")).json()
        assert "linkedin" not in [one["connector"] for one in told["connector_versions"]]
        async with tenant.database.transaction(None) as session:
            today = (await db.now(session)).date()
        await db.move_clock(tenant.settings.database_url, by=ends_on - today - timedelta(days=45))
        answer = await api.get("/readyz")
        assert answer.status_code == 200
        assert {"connector": "linkedin", "ends_on": ends_on.isoformat(), "days_left": 45} in answer.json()[
            "connector_versions"
        ]

    async def test_unknown_ones_of_all_organizations_are_counted(self, api: Api, tenant: Tenant) -> None:
        scene = await make_demo_scene(tenant)
        publication = await approve_demo_post(tenant, scene, await make_demo_sharer(tenant, scene))
        async with tenant.database.transaction(tenant.id) as session:
            session.add(publication)
            publication.state = PublicationState.UNKNOWN
            publication.unknown_at = await db.now(session)
        assert (await api.get("/readyz")).json()["unknown_publications"] == 1
