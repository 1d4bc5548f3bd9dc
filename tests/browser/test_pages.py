"""The pages that people see, in a real browser: they work, and load nothing from elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from services.cli.processes import free_port
from services.core.ambassadors.models import Ambassador
from services.core.kit.settings import Settings
from services.core.organizations import service as organizations
from services.core.organizations.models import TokenPurpose
from services.scheduler.jobs import shares as job
from services.scheduler.worker.tools import Tools
from tests.browser.conftest import Window
from tests.factories.publications import approve_post, make_scene, make_sharer
from tests.fixtures.api import Tenant
from tests.fixtures.processes import Simulator, environment, running


@pytest.fixture
async def served(settings: Settings, tmp_path: Path) -> AsyncIterator[str]:
    """The API as a process of its own; answers its address."""
    port = free_port()
    env = environment(settings, PUBLIC_URL=f"http://127.0.0.1:{port}")
    with running("-m", "services.cli", "api", "--port", str(port), env=env, log=tmp_path / "api.log"):
        async with httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(retries=60), trust_env=False) as http:
            await http.get(f"http://127.0.0.1:{port}/livez")
        yield f"http://127.0.0.1:{port}"


class TestDocumentation:
    async def test_it_shows_every_call_and_loads_nothing_from_elsewhere(self, window: Window, served: str) -> None:
        await window.page.goto(f"{served}/docs")
        await window.page.wait_for_selector(".opblock")
        assert await window.page.locator(".opblock").count() > 60
        assert (window.strange, window.errors) == ([], [])


class TestJoin:
    async def test_opening_the_link_changes_nothing_and_one_click_gives_the_key(
        self, window: Window, served: str, tenant: Tenant
    ) -> None:
        employee = await tenant.employee(locale="he")
        async with tenant.database.transaction(tenant.id) as session:
            token = await organizations.issue_token(
                session, employee_id=employee.id, purpose=TokenPurpose.SIGN_IN, settings=tenant.settings
            )
        await window.page.goto(f"{served}/join/{token}")
        await window.page.goto(f"{served}/join/{token}")
        await window.page.click("button[type=submit]")
        await window.page.wait_for_selector("text=/adv_live_[A-Za-z0-9_]+/")
        assert (window.strange, window.errors) == ([], [])
        await window.page.goto(f"{served}/join/{token}")
        assert await window.page.locator("button[type=submit]").count() == 0
        assert await tenant.rows(Ambassador) == []


class TestNetwork:
    async def test_the_simulated_feed_shows_the_post_as_people_would_see_it(
        self, window: Window, tenant: Tenant, simulator: Simulator, linkedin_settings: Settings
    ) -> None:
        scene = await make_scene(tenant)
        sharer = await make_sharer(tenant, scene, connect_to=linkedin_settings)
        publication = await approve_post(tenant, scene, sharer, text="שלום (לכולם) from Tel Aviv #jobs")
        await job.publish(Tools(tenant.database, linkedin_settings), tenant.id, publication.id)
        await window.page.goto(simulator.api_url)
        assert "שלום (לכולם) from Tel Aviv #jobs" in await window.page.inner_text("body")
        assert (window.strange, window.errors) == ([], [])
