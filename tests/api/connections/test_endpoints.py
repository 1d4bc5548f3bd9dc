"""Connecting an account over HTTP: by the code flow, confirmed by its person, and cut by them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import pytest

from connectors.linkedin.simulator import consent
from services.api.app import create_app
from services.core.connections.models import Connection
from services.core.kit.settings import Settings
from tests.fixtures.api import Api, Tenant


@pytest.fixture
async def linked_api(linkedin_settings: Settings) -> AsyncIterator[Api]:
    """The application with the simulated LinkedIn behind it."""
    app = create_app(linkedin_settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield Api(client, app)


async def go_to_network(api: Api, key: str, name: str, *, decision: str = "allow") -> tuple[str, httpx2.Response]:
    """Start connecting, sign in at the network, and come back; answers the connection and the page."""
    started = await api.post("/v1/me/connections", key=key, json={"connector": "linkedin"})
    assert started.status_code == 201, started.text
    async with httpx2.AsyncClient(trust_env=False) as browser:
        back = await consent(browser, started.json()["authorization_url"], member_name=name, decision=decision)
    parts = urlsplit(back)
    return started.json()["id"], await api.get(f"{parts.path}?{parts.query}")


def code_on(page: httpx2.Response) -> dict[str, str]:
    """The body of a confirmation, with the code that the page shows."""
    shown = re.search(r'<output id="code"[^>]*>(\d+)</output>', page.text)
    assert shown is not None, page.text
    return {"code": shown.group(1)}


class TestConnect:
    async def test_the_account_is_shown_and_used_only_after_its_person_confirms(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        _, key = await tenant.person()
        connection_id, page = await go_to_network(linked_api, key, "נועה לוי")
        assert page.status_code == 200
        assert "נועה לוי" in page.text
        path = f"/v1/me/connections/{connection_id}"
        waiting = (await linked_api.get(path, key=key)).json()
        assert (waiting["state"], waiting["account"]["display_name"]) == ("awaiting_confirmation", "נועה לוי")
        confirmed = (await linked_api.post(f"{path}/confirm", key=key, json=code_on(page))).json()
        assert confirmed["state"] == "active"
        assert "token" not in {name for name in confirmed if name != "token_expires_at"}

    async def test_an_account_that_a_colleague_allowed_cannot_be_taken_without_their_code(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        """Somebody sends their own address to a colleague, who allows it: the code is in the colleague's browser."""
        _, key = await tenant.person()
        connection_id, page = await go_to_network(linked_api, key, "A Colleague")
        path, right = f"/v1/me/connections/{connection_id}", code_on(page)
        wrong = {"code": "000000" if right["code"] != "000000" else "111111"}
        for _ in range(5):
            refused = await linked_api.post(f"{path}/confirm", key=key, json=wrong)
            assert (refused.status_code, refused.json()["code"]) == (409, "confirmation_code_refused")
        late = await linked_api.post(f"{path}/confirm", key=key, json=right)
        assert (late.status_code, late.json()["code"]) == (409, "nothing_to_confirm")
        (row,) = await tenant.rows(Connection)
        assert row.sealed_credentials is None

    async def test_the_way_back_works_once(self, linked_api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        started = await linked_api.post("/v1/me/connections", key=key, json={"connector": "linkedin"})
        async with httpx2.AsyncClient(trust_env=False) as browser:
            back = urlsplit(await consent(browser, started.json()["authorization_url"], member_name="Noa"))
        assert (await linked_api.get(f"{back.path}?{back.query}")).status_code == 200
        assert (await linked_api.get(f"{back.path}?{back.query}")).status_code == 400

    async def test_a_made_up_state_is_refused(self, linked_api: Api) -> None:
        page = await linked_api.get("/v1/connections/callback/linkedin?state=made-up&code=x")
        assert page.status_code == 400

    async def test_somebody_who_says_no_at_the_network_is_not_connected(self, linked_api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        connection_id, page = await go_to_network(linked_api, key, "Noa", decision="cancel")
        assert page.status_code == 200
        assert (await linked_api.get(f"/v1/me/connections/{connection_id}", key=key)).json()["state"] == "pending"

    async def test_an_account_of_somebody_else_is_refused(self, linked_api: Api, tenant: Tenant) -> None:
        _, first = await tenant.person()
        _, second = await tenant.person()
        mine, page = await go_to_network(linked_api, first, "Noa")
        await linked_api.post(f"/v1/me/connections/{mine}/confirm", key=first, json=code_on(page))
        theirs, page = await go_to_network(linked_api, second, "Noa")
        refused = await linked_api.post(f"/v1/me/connections/{theirs}/confirm", key=second, json=code_on(page))
        assert (refused.status_code, refused.json()["code"]) == (409, "account_linked_to_another_person")

    async def test_no_token_and_no_name_is_in_the_database_in_clear(self, linked_api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        await go_to_network(linked_api, key, "Canary Name")
        (row,) = await tenant.rows(Connection)
        stored = repr(row.model_dump())
        assert "Canary Name" not in stored
        assert row.sealed_credentials is not None
        assert b"access_token" not in row.sealed_credentials

    async def test_disconnecting_destroys_what_opens_the_account(self, linked_api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        connection_id, page = await go_to_network(linked_api, key, "Noa")
        path = f"/v1/me/connections/{connection_id}"
        confirmed = await linked_api.post(f"{path}/confirm", key=key, json=code_on(page))
        gone = await linked_api.delete(path, key=key, etag=confirmed.headers["etag"])
        assert gone.status_code == 204
        (row,) = await tenant.rows(Connection)
        assert (row.sealed_credentials, row.sealed_account, row.account_hash) == (None, None, None)


class TestConnectors:
    async def test_a_connector_that_is_not_set_up_says_what_is_missing(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        answer = await api.post("/v1/me/connections", key=key, json={"connector": "linkedin"})
        assert (answer.status_code, answer.json()["code"]) == (503, "connector_not_configured")
        assert "ADVOCACY_CONNECTORS__LINKEDIN__CLIENT_ID" in answer.json()["detail"]

    async def test_an_unknown_connector_is_not_found(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        answer = await api.post("/v1/me/connections", key=key, json={"connector": "myspace"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_connector")

    async def test_each_is_listed_with_slug_title_and_capabilities(self, api: Api, tenant: Tenant) -> None:
        listed = (await api.get("/v1/connectors", key=tenant.owner_key)).json()["data"]
        assert {one["slug"] for one in listed} >= {"linkedin", "share_link"}
        assert all(one["title"] and one["capabilities"] for one in listed)
