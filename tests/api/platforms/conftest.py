"""An installation whose platforms are those of a small vendor."""

from __future__ import annotations

import pytest

from services.core.kit.settings import Settings
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, make_scene
from tests.fixtures.api import Api, Tenant
from tests.fixtures.platform import Vendor


@pytest.fixture
def settings(settings: Settings, vendor: Vendor) -> Settings:
    """Settings that lead to the vendor."""
    return vendor.reached_by(settings)


@pytest.fixture
def tools(tenant: Tenant, settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(tenant.database, settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item."""
    return await make_scene(tenant)


NOTICEBOARD = {
    "connector": "noticeboard",
    "title": "Our board",
    "settings": {"client_id": "us", "client_secret": "right"},
    "destination_id": "b1",
}


@pytest.fixture
async def board(api: Api, tenant: Tenant) -> str:
    """The id of a platform that works."""
    answer = await api.post("/v1/platform-connections", key=tenant.owner_key, json=NOTICEBOARD)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
