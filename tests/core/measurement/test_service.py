"""Keeping what networks report."""

from __future__ import annotations

from services.core.measurement import service
from services.core.measurement.models import MetricSnapshot
from tests.factories.publications import make_scene
from tests.factories.reports import add_members, add_post
from tests.fixtures.api import Tenant


class TestRecordSnapshot:
    async def test_a_missing_number_keeps_its_reason_and_is_no_zero(self, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        (member,) = (await add_members(tenant, scene, {"Engineering": 1}))["Engineering"]
        post = await add_post(tenant, scene.item, member)
        async with tenant.database.transaction(tenant.id) as session:
            await service.record_snapshot(
                session, post.publication.id, counts={"reactions": 0}, missing={"impressions": "scope_missing"}
            )
        (stored,) = await tenant.rows(MetricSnapshot)
        assert stored.counts == {"reactions": 0}
        assert stored.missing == {"impressions": "scope_missing"}
