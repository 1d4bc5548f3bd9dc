"""Connecting an account over HTTP: by the code flow, confirmed by its person, and cut by them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest

from connectors.linkedin.simulator import consent
from services.api.app import create_app
from services.core.connections import mail_links, service
from services.core.connections.models import Connection
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.shares import service as shares
from services.core.shares.models import PublicationState
from tests.factories.publications import approve_post, make_scene, make_sharer, read_publication
from tests.fixtures.api import Api, Tenant
from tests.fixtures.processes import Simulator


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


async def connected(api: Api, tenant: Tenant, *, name: str = "Noa") -> tuple[str, str, str]:
    """Somebody with a connected account: their key, the address of the connection, and its person's id."""
    employee, key = await tenant.person()
    connection_id, page = await go_to_network(api, key, name)
    path = f"/v1/me/connections/{connection_id}"
    assert (await api.post(f"{path}/confirm", key=key, json=code_on(page))).json()["state"] == "active"
    return key, path, str(employee.id)


async def sign_in_again(api: Api, key: str, path: str, name: str, *, decision: str = "allow") -> httpx2.Response:
    """Renew the access: over the network, and back."""
    started = await api.post(f"{path}/reconnect", key=key, json={})
    assert started.status_code == 200, started.text
    async with httpx2.AsyncClient(trust_env=False) as browser:
        back = urlsplit(
            await consent(browser, started.json()["authorization_url"], member_name=name, decision=decision)
        )
    return await api.get(f"{back.path}?{back.query}")


async def stored(tenant: Tenant) -> Connection:
    """The one connection there is."""
    (row,) = await tenant.rows(Connection)
    assert isinstance(row, Connection)
    return row


class TestReconnect:
    async def test_the_same_account_is_connected_again_in_one_go_and_keeps_its_connection(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        before = await stored(tenant)
        page = await sign_in_again(linked_api, key, path, "Noa")
        assert page.status_code == 200
        assert 'id="code"' not in page.text
        after = await stored(tenant)
        assert (after.id, after.state.value, after.token_version) == (before.id, "active", before.token_version + 1)
        assert after.sealed_credentials != before.sealed_credentials

    async def test_a_renewal_that_is_broken_off_costs_nothing_of_what_is_there(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        before = await stored(tenant)
        await linked_api.post(f"{path}/reconnect", key=key, json={})
        await sign_in_again(linked_api, key, path, "Noa", decision="cancel")
        after = await stored(tenant)
        assert (after.state, after.sealed_credentials) == (before.state, before.sealed_credentials)
        assert (await linked_api.post(f"{path}/check", key=key, json={})).json()["result"] == "works"

    async def test_another_account_waits_beside_the_old_one_until_it_is_confirmed(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        page = await sign_in_again(linked_api, key, path, "Somebody Else")
        seen = (await linked_api.get(path, key=key)).json()
        assert (seen["state"], seen["account"]["display_name"]) == ("active", "Noa")
        assert seen["new_account"]["display_name"] == "Somebody Else"
        assert (await linked_api.post(f"{path}/check", key=key, json={})).json()["result"] == "works"
        confirmed = (await linked_api.post(f"{path}/confirm", key=key, json=code_on(page))).json()
        assert (confirmed["state"], confirmed["account"]["display_name"]) == ("active", "Somebody Else")
        assert confirmed["new_account"] is None
        assert (await linked_api.post(f"{path}/check", key=key, json={})).json()["result"] == "works"

    async def test_wrong_codes_destroy_the_new_account_and_leave_the_old_one(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        right = code_on(await sign_in_again(linked_api, key, path, "Somebody Else"))
        wrong = {"code": "000000" if right["code"] != "000000" else "111111"}
        for _ in range(5):
            await linked_api.post(f"{path}/confirm", key=key, json=wrong)
        late = await linked_api.post(f"{path}/confirm", key=key, json=right)
        assert (late.status_code, late.json()["code"]) == (409, "nothing_to_confirm")
        seen = (await linked_api.get(path, key=key)).json()
        assert (seen["state"], seen["account"]["display_name"], seen["new_account"]) == ("active", "Noa", None)

    async def test_an_account_of_somebody_else_is_refused_and_the_own_one_stays(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        await connected(linked_api, tenant, name="A Colleague")
        key, path, _ = await connected(linked_api, tenant, name="Noa")
        page = await sign_in_again(linked_api, key, path, "A Colleague")
        refused = await linked_api.post(f"{path}/confirm", key=key, json=code_on(page))
        assert (refused.status_code, refused.json()["code"]) == (409, "account_linked_to_another_person")
        assert (await linked_api.get(path, key=key)).json()["account"]["display_name"] == "Noa"

    async def test_the_link_of_a_mail_leads_to_the_network_with_one_press(
        self, linked_api: Api, tenant: Tenant, linkedin_settings: Settings
    ) -> None:
        await connected(linked_api, tenant)
        before = await stored(tenant)
        async with tenant.database.transaction(tenant.id) as session:
            url = mail_links.reconnect_url(before, now=await db.now(session), settings=linkedin_settings)
        address = urlsplit(url).path
        for _ in range(2):
            page = await linked_api.get(address)
            assert (page.status_code, "<button>" in page.text) == (200, True)
        pressed = await linked_api.client.post(address)
        assert pressed.status_code == 303
        async with httpx2.AsyncClient(trust_env=False) as browser:
            back = urlsplit(await consent(browser, pressed.headers["location"], member_name="Noa"))
        assert (await linked_api.get(f"{back.path}?{back.query}")).status_code == 200
        assert (await stored(tenant)).token_version == before.token_version + 1

    @pytest.mark.parametrize("change", ["cut off", "forged", "too late", "disconnected"])
    async def test_a_link_that_is_not_good_any_more_leads_nowhere(
        self, linked_api: Api, tenant: Tenant, linkedin_settings: Settings, change: str
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        connection = await stored(tenant)
        async with tenant.database.transaction(tenant.id) as session:
            url = mail_links.reconnect_url(connection, now=await db.now(session), settings=linkedin_settings)
        address = urlsplit(url).path
        if change == "cut off":
            address = address[:-4]
        if change == "forged":
            address = address[:20] + ("B" if address[20] == "A" else "A") + address[21:]
        if change == "too late":
            await db.move_clock(linkedin_settings.database_url, by=timedelta(days=31))
        if change == "disconnected":
            etag = (await linked_api.get(path, key=key)).headers["etag"]
            assert (await linked_api.delete(path, key=key, etag=etag)).status_code == 204
        assert (await linked_api.get(address)).status_code == 410
        assert (await linked_api.client.post(address)).status_code == 410

    async def test_what_is_cut_or_has_no_account_cannot_be_reconnected(self, linked_api: Api, tenant: Tenant) -> None:
        key, path, _ = await connected(linked_api, tenant)
        etag = (await linked_api.get(path, key=key)).headers["etag"]
        await linked_api.delete(path, key=key, etag=etag)
        by_hand = await linked_api.post("/v1/me/connections", key=key, json={"connector": "share_link"})
        for address in (path, by_hand.headers["Location"]):
            answer = await linked_api.post(f"{address}/reconnect", key=key, json={})
            assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_reconnect")


class TestHealth:
    @pytest.mark.parametrize("language", ["en", "he"])
    async def test_it_says_how_it_stands_whose_move_it_is_and_until_when(
        self, linked_api: Api, tenant: Tenant, language: str
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        seen = (await linked_api.get(path, key=key, headers={"Accept-Language": language})).json()
        assert (seen["state"], seen["problem"], seen["whose_move"]) == ("active", None, "nobody")
        assert seen["is_renewable"] is True
        assert seen["token_expires_at"] < seen["grant_ends_at"]
        assert seen["grant_ends_at"][:10] in seen["next_step"]
        assert any("א" <= letter <= "ת" for letter in seen["next_step"]) is (language == "he")

    async def test_after_the_cut_it_says_that_the_grant_at_the_network_stays(
        self, linked_api: Api, tenant: Tenant
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        etag = (await linked_api.get(path, key=key)).headers["etag"]
        await linked_api.delete(path, key=key, etag=etag)
        seen = (await linked_api.get(path, key=key)).json()
        assert (seen["state"], seen["whose_move"]) == ("revoked", "nobody")
        assert "no way to take the access back" in seen["next_step"]


class TestCheck:
    async def test_a_working_account_works(self, linked_api: Api, tenant: Tenant) -> None:
        key, path, _ = await connected(linked_api, tenant)
        answer = await linked_api.post(f"{path}/check", key=key, json={})
        assert (answer.status_code, answer.json()["result"], answer.json()["result_code"]) == (200, "works", None)

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 503},
            {"kind": "status", "status": 429},
            {"kind": "lose_answer"},
            {"kind": "garbage"},
        ],
    )
    async def test_a_network_in_trouble_disconnects_nobody(
        self, linked_api: Api, tenant: Tenant, simulator: Simulator, fault: dict[str, object]
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        await simulator.fault(operation="userinfo", **fault)
        answer = (await linked_api.post(f"{path}/check", key=key, json={})).json()
        assert (answer["state"], answer["result"]) == ("active", "unreachable")
        assert "cannot be reached" in answer["next_step"]

    async def test_a_setting_that_the_network_does_not_take_is_the_administrators_to_correct(
        self, linked_api: Api, tenant: Tenant, simulator: Simulator
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        body = {"status": 426, "code": "NONEXISTENT_VERSION", "message": "gone"}
        await simulator.fault(operation="userinfo", kind="status", status=426, body=body)
        answer = (await linked_api.post(f"{path}/check", key=key, json={})).json()
        assert (answer["state"], answer["result"], answer["whose_move"]) == ("active", "wrongly_set", "administrator")
        assert "An administrator has to correct it" in answer["next_step"]

    async def test_a_refused_token_is_renewed_before_the_person_is_asked(
        self, linked_api: Api, tenant: Tenant, simulator: Simulator
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        body = {"status": 401, "code": "EXPIRED_ACCESS_TOKEN", "message": "expired"}
        await simulator.fault(operation="userinfo", kind="status", status=401, body=body)
        answer = (await linked_api.post(f"{path}/check", key=key, json={})).json()
        assert (answer["state"], answer["result"]) == ("active", "works")
        assert (await stored(tenant)).token_version == 2

    async def test_a_grant_that_the_person_has_taken_back_needs_them(
        self, linked_api: Api, tenant: Tenant, simulator: Simulator
    ) -> None:
        key, path, _ = await connected(linked_api, tenant)
        await simulator.control("tokens/revoke", member_name="Noa")
        answer = (await linked_api.post(f"{path}/check", key=key, json={})).json()
        assert (answer["state"], answer["result"], answer["result_code"]) == (
            "needs_reconnect",
            "refused",
            "reauth_required",
        )
        assert (answer["problem"], answer["whose_move"]) == ("reauth_required", "person")
        again = await linked_api.post(f"{path}/check", key=key, json={})
        assert (again.status_code, again.json()["code"]) == (409, "nothing_to_check")
        await sign_in_again(linked_api, key, path, "Noa")
        assert (await linked_api.get(path, key=key)).json()["state"] == "active"

    async def test_a_connection_without_an_account_has_nothing_to_try(self, api: Api, tenant: Tenant) -> None:
        _, key = await tenant.person()
        started = await api.post("/v1/me/connections", key=key, json={"connector": "share_link"})
        answer = await api.post(f"{started.headers['Location']}/check", key=key, json={})
        assert (answer.status_code, answer.json()["result"]) == (200, "not_supported")


class TestResume:
    async def test_a_paused_connection_goes_on_at_its_persons_word(self, linked_api: Api, tenant: Tenant) -> None:
        key, path, _ = await connected(linked_api, tenant)
        early = await linked_api.post(f"{path}/resume", key=key, json={})
        assert (early.status_code, early.json()["code"]) == (409, "nothing_to_resume")
        async with tenant.database.transaction(tenant.id) as session:
            await service.pause_after_failures(session, await stored(tenant), problem="rejected")
        paused = (await linked_api.get(path, key=key)).json()
        assert (paused["state"], paused["problem"], paused["whose_move"]) == ("paused", "rejected", "person")
        resumed = await linked_api.post(f"{path}/resume", key=key, json={})
        assert (resumed.json()["state"], resumed.json()["problem"]) == ("active", None)


class TestHeldPosts:
    async def test_reconnecting_and_resuming_put_back_what_waited_for_it(
        self, linked_api: Api, tenant: Tenant, linkedin_settings: Settings
    ) -> None:
        scene = await make_scene(tenant)
        sharer = await make_sharer(tenant, scene, connect_to=linkedin_settings)
        key, path = await tenant.key_of(sharer.employee), f"/v1/me/connections/{sharer.connection.id}"
        publication = await approve_post(tenant, scene, sharer, due_in=timedelta(hours=2))

        async def hold() -> None:
            async with tenant.database.transaction(tenant.id) as session:
                row = await shares.repository.get_publication(session, publication.id, lock=True)
                await shares.move(session, row, PublicationState.HELD, reason="connection_not_usable")

        async with tenant.database.transaction(tenant.id) as session:
            await service.pause_after_failures(session, await stored(tenant), problem="rejected")
        await hold()
        await linked_api.post(f"{path}/resume", key=key, json={})
        assert (await read_publication(tenant, publication.id)).state is PublicationState.SCHEDULED
        async with tenant.database.transaction(tenant.id) as session:
            await service.mark_needs_reconnect(session, await stored(tenant), problem="reauth_required")
        await hold()
        await sign_in_again(linked_api, key, path, sharer.employee.display_name)
        kept = await read_publication(tenant, publication.id)
        assert (kept.state, kept.connection_id) == (PublicationState.SCHEDULED, sharer.connection.id)
