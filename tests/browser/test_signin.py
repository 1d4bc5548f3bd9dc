"""Signing in with a real provider in a real browser, from the invitation on: its cookies are kept and sent as meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from services.cli.processes import free_port
from services.core.kit.settings import Settings
from services.core.organizations import service as organizations
from services.core.organizations.models import Identity, TokenPurpose
from tests.browser.conftest import Window
from tests.fixtures.api import Api, Tenant
from tests.fixtures.oidc import SECRET, Provider
from tests.fixtures.processes import environment, running


@pytest.fixture
def settings(settings: Settings, oidc: Provider) -> Settings:
    """An installation that may reach the provider of this test."""
    port = free_port()
    return settings.model_copy(
        update={
            "public_url": f"http://127.0.0.1:{port}",
            "outbound_allow": (oidc.issuer.removeprefix("http://"),),
        }
    )


@pytest.fixture
async def served(settings: Settings, tmp_path: Path) -> AsyncIterator[str]:
    """The API as a process of its own; answers its address."""
    url = settings.public_url
    env = environment(settings, PUBLIC_URL=url, OUTBOUND_ALLOW=",".join(settings.outbound_allow))
    with running("-m", "services.cli", "api", "--port", url.rpartition(":")[2], env=env, log=tmp_path / "api.log"):
        async with httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(retries=60), trust_env=False) as http:
            await http.get(f"{url}/livez")
        yield url


async def test_an_invitation_leads_through_the_provider_to_a_session(
    window: Window, served: str, api: Api, tenant: Tenant, oidc: Provider
) -> None:
    await oidc.sends_back_to(f"{served}/v1/auth/callback")
    body = {"title": "Lumen SSO", "issuer": oidc.issuer, "client_id": "advocacy", "client_secret": SECRET}
    assert (await api.post("/v1/identity-providers", key=tenant.owner_key, json=body)).status_code == 201
    dana = await tenant.employee(work_email="dana@lumen.example")
    oidc.knows("sub-dana", email="dana@lumen.example")
    async with tenant.database.transaction(tenant.id) as session:
        token = await organizations.issue_token(
            session, employee_id=dana.id, purpose=TokenPurpose.INVITATION, settings=tenant.settings
        )
    page = window.page
    await page.goto(f"{served}/join/{token}")
    await page.click("a.sign-in")
    await page.fill("input[name=login]", "sub-dana")
    await page.fill("input[name=password]", "any")
    await page.click("button[type=submit]")
    await page.wait_for_selector("text=Authorize")
    await page.click("button[type=submit]")
    await page.wait_for_url(f"{served}/v1/auth/callback*")
    assert "You are signed in" in await page.inner_text("body")
    assert [row.employee_id for row in await tenant.rows(Identity)] == [dana.id]
    # Both are on this machine, so the provider's cookies are there too.
    ours = [cookie for cookie in await page.context.cookies(served) if cookie["name"].startswith("__Host-")]
    (cookie,) = ours
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        "__Host-advocacy", True, True, "Lax",
    )  # fmt: skip
    await page.goto(f"{served}/v1/auth/session")
    assert str(dana.id) in await page.inner_text("body")
    assert window.errors == []
