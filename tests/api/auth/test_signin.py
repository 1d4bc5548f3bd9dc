"""Signing in with a real OpenID provider, and what an attacker tries on the way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import RSAKey
from sqlmodel import select

from services.api.auth.callers import CSRF_HEADER, SESSION_COOKIE, SIGN_IN_COOKIE
from services.api.openapi import all_routes
from services.core.audit.models import AuditEntry
from services.core.communication.models import Message
from services.core.employees import lifecycle
from services.core.employees.models import Employee
from services.core.kit import crypto, db
from services.core.kit.settings import Settings
from services.core.organizations import identity
from services.core.organizations import service as organizations
from services.core.organizations.identity_errors import ProviderNotTrusted
from services.core.organizations.identity_tokens import Issuers
from services.core.organizations.models import (
    BrowserSession,
    Identity,
    IdentityProvider,
    Role,
    RoleGrant,
    TokenPurpose,
)
from tests.fixtures.api import Api, Tenant
from tests.fixtures.oidc import AUDIENCE, OURS, SECRET, Browsers, Provider


@pytest.fixture
def settings(settings: Settings, oidc: Provider) -> Settings:
    """An installation behind https that may reach the provider of this test."""
    return settings.model_copy(
        update={
            "public_url": OURS,
            "outbound_allow": (oidc.issuer.removeprefix("http://"),),
            "cors_origins": ("https://frontend.example",),
        }
    )


async def _provider(api: Api, tenant: Tenant, oidc: Provider, **rules: Any) -> dict[str, Any]:
    body = {"title": "SSO", "issuer": oidc.issuer, "client_id": "advocacy", "client_secret": SECRET, **rules}
    answer = await api.post("/v1/identity-providers", key=tenant.owner_key, json=body)
    assert answer.status_code == 201, answer.text
    assert SECRET not in answer.text
    return {**answer.json(), "etag": answer.headers["etag"]}


async def _invitation(tenant: Tenant, employee: Employee) -> str:
    async with tenant.database.transaction(tenant.id) as session:
        return await organizations.issue_token(
            session, employee_id=employee.id, purpose=TokenPurpose.INVITATION, settings=tenant.settings
        )


def _is_out(answer: httpx2.Response, status: int, words: str) -> bool:
    given = answer.headers.get("set-cookie", "")
    return answer.status_code == status and words in answer.text and f"{SESSION_COOKIE}=" not in given


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _hmac(key: bytes, signed: str) -> str:
    return _b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())


class TestSigningIn:
    async def test_an_invited_person_signs_in_acts_with_csrf_protection_and_signs_out(
        self, api: Api, tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        await _provider(api, tenant, oidc)
        dana = await tenant.employee(work_email="dana@lumen.example")
        oidc.knows("sub-dana", email="dana@lumen.example")
        browser = browsers.new()
        # A verified address alone is nobody here, as long as the organization has not said so.
        assert _is_out(await browser.sign_in(tenant.id, "sub-dana"), 403, "We do not know this account")
        invitation = await _invitation(tenant, dana)
        page = await browser.ours.get(f"/join/{invitation}")
        assert f"organization={tenant.id}&amp;invitation={invitation}" in page.text
        assert "Sign in with SSO" in page.text
        back = await browsers.new().sign_in(tenant.id, "sub-dana", invitation=invitation, return_to="/docs?a=1")
        assert (back.status_code, back.headers["location"]) == (303, "/docs?a=1")
        cookie = next(c for c in back.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE + "="))
        assert cookie.split("=")[0].startswith("__Host-")
        for needed in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert needed in cookie
        assert "Domain" not in cookie
        # From now on the account itself is known.
        done = await browser.sign_in(tenant.id, "sub-dana")
        assert (done.status_code, "You are signed in" in done.text) == (200, True)
        me = await browser.ours.get("/v1/auth/session")
        assert me.json()["employee_id"] == str(dana.id)
        assert len(await tenant.rows(Identity)) == 1
        # When somebody was here is no business of whoever runs the organization.
        entries = (await api.get("/v1/audit-entries?limit=100", key=tenant.owner_key)).json()["data"]
        assert "session.open" in {row.action for row in await tenant.rows(AuditEntry)}
        assert "session.open" not in {one["action"] for one in entries}
        out = await browser.ours.post("/v1/auth/logout", headers=await browser.csrf())
        assert out.status_code == 204
        assert SESSION_COOKIE not in browser.ours.cookies
        assert (await browser.ours.get("/v1/auth/session")).status_code == 401

    async def test_accounts_are_linked_as_the_organization_says_and_never_for_strangers(
        self, api: Api, tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        made = await _provider(
            api,
            tenant,
            oidc,
            links_verified_email=True,
            links_directory_id=True,
            allowed_domains=["lumen.example"],
            audience=AUDIENCE,
        )
        uninvited = await tenant.employee(work_email="uri@lumen.example")
        invited, _ = await tenant.person(work_email="noa@lumen.example")
        numbered, _ = await tenant.person(work_email="gil@lumen.example", source_id="HR-7")
        oidc.knows("s1", email="uri@lumen.example")
        oidc.knows("s2", email="Noa@lumen.example")
        oidc.knows("s3", email="noa@lumen.example", email_verified=False)
        oidc.knows("s4", email="noa@elsewhere.example")
        oidc.knows("HR-7", email="g@lumen.example")
        oidc.knows("s5", email="nobody@lumen.example")
        sign_in = lambda account, **query: browsers.new().sign_in(tenant.id, account, **query)  # noqa: E731
        assert _is_out(await sign_in("s1"), 403, "By invitation")
        assert _is_out(await sign_in("s3"), 403, "Use your work account")
        assert _is_out(await sign_in("s4"), 403, "Use your work account")
        assert _is_out(await sign_in("s5"), 403, "We do not know this account")
        # An invitation given on to a colleague does not make their account one's own.
        token = await _invitation(tenant, uninvited)
        assert _is_out(await sign_in("s5", invitation=token), 403, "somebody else")
        assert (await sign_in("s2")).status_code == 200
        # A frontend's token follows the same rules, at once from several requests too.
        told = {"email": "g@lumen.example", "email_verified": True}
        at_once = await asyncio.gather(*(api.get("/v1/auth/session", key=oidc.mint("HR-7", **told)) for _ in range(4)))
        assert {answer.json().get("employee_id") for answer in at_once} == {str(numbered.id)}
        assert (await api.get("/v1/auth/session", key=oidc.mint("s1", **told))).status_code == 401
        assert (await sign_in("HR-7")).status_code == 200
        assert {row.employee_id for row in await tenant.rows(Identity)} == {invited.id, numbered.id}
        path = f"/v1/identity-providers/{made['id']}"
        opened = await api.patch(path, key=tenant.owner_key, etag=made["etag"], json={"is_invitation_only": False})
        assert opened.status_code == 200, opened.text
        plain = await tenant.employee(work_email="ron@lumen.example")
        oidc.knows("s6", email="ron@lumen.example")
        assert (await sign_in("s6")).status_code == 200
        assert plain.id in {row.employee_id for row in await tenant.rows(Identity)}

    async def test_groups_give_roles_until_they_are_gone_and_leave_those_given_by_hand(
        self, api: Api, tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        roles = [{"group": "editors", "role": "editor"}, {"group": "staff", "role": "analyst"}]
        made = await _provider(api, tenant, oidc, links_verified_email=True, group_roles=roles)
        dana, _ = await tenant.person(Role.ANALYST, work_email="dana@lumen.example")

        async def held(*groups: str) -> set[Role]:
            oidc.knows("d", email="dana@lumen.example", groups=list(groups))
            assert (await browsers.new().sign_in(tenant.id, "d")).status_code == 200
            return {row.role for row in await tenant.rows(RoleGrant) if row.employee_id == dana.id}

        assert await held("editors", "staff", "owners") == {Role.EDITOR, Role.ANALYST}
        assert await held("staff") == {Role.ANALYST}
        assert await held() == {Role.ANALYST}
        assert await held("editors") == {Role.ANALYST, Role.EDITOR}
        path = f"/v1/identity-providers/{made['id']}"
        owners = {"group_roles": [{"group": "x", "role": "owner"}]}
        assert (await api.patch(path, key=tenant.owner_key, etag="*", json=owners)).status_code == 422
        assert (await api.patch(path, key=tenant.owner_key, etag="*", json={"group_roles": []})).status_code == 200
        assert {r.role for r in await tenant.rows(RoleGrant) if r.employee_id == dana.id} == {Role.ANALYST}
        assert await held("editors") == {Role.ANALYST}
        assert (await api.delete(path, key=tenant.owner_key, etag="*")).status_code == 204
        assert await tenant.rows(BrowserSession) == await tenant.rows(Identity) == []
        assert (await browsers.new().login(tenant.id)).status_code == 404


class TestAttacks:
    async def test_a_sign_in_is_good_once_in_the_browser_that_began_it_and_from_its_own_issuer(
        self, api: Api, tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        await _provider(api, tenant, oidc, links_verified_email=True)
        await tenant.person(work_email="dana@lumen.example")
        oidc.knows("d", email="dana@lumen.example")
        victim, attacker = browsers.new(), browsers.new()
        begun = await victim.login(tenant.id)
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"] == [f"{OURS}/v1/auth/callback"]
        assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
        address = await victim.at_provider(begun.headers["location"], "d")
        # Another browser's state, and one that nobody made.
        assert _is_out(await attacker.ours.get(address), 401, "Please sign in again")
        await attacker.login(tenant.id)
        assert _is_out(await attacker.ours.get(address), 401, "Please sign in again")
        strange = httpx2.URL(address).copy_set_param("state", "A" * 43)
        assert _is_out(await victim.ours.get(str(strange)), 401, "Please sign in again")
        # An answer of another issuer uses the sign-in up and gives its code to nobody.
        mixed = httpx2.URL(address).copy_set_param("iss", "https://evil.example")
        assert _is_out(await victim.ours.get(str(mixed)), 401, "make sure who you are")
        assert _is_out(await victim.ours.get(address), 401, "Please sign in again")
        silent = await victim.login(tenant.id)
        address = await victim.at_provider(silent.headers["location"], "d")
        assert _is_out(
            await victim.ours.get(str(httpx2.URL(address).copy_remove_param("iss"))), 401, "make sure who you are"
        )
        # A code of another sign-in: its verifier and nonce are others.
        first, second = await victim.login(tenant.id), await attacker.login(tenant.id)
        stolen = parse_qs(urlsplit(await victim.at_provider(first.headers["location"], "d")).query)["code"][0]
        address = await attacker.at_provider(second.headers["location"], "other")
        swapped = httpx2.URL(address).copy_set_param("code", stolen)
        assert _is_out(await attacker.ours.get(str(swapped)), 401, "make sure who you are")
        # The whole way back a second time.
        begun = await victim.login(tenant.id)
        address = await victim.at_provider(begun.headers["location"], "d")
        cookies = dict(victim.ours.cookies)
        assert (await victim.ours.get(address)).status_code == 200
        victim.ours.cookies.set(SIGN_IN_COOKIE, cookies[SIGN_IN_COOKIE], domain="advocacy.example")
        assert _is_out(await victim.ours.get(address), 401, "Please sign in again")
        # Too late, and refused at the provider.
        late = await attacker.login(tenant.id)
        address = await attacker.at_provider(late.headers["location"], "d")
        await db.move_clock(tenant.settings.database_url, by=timedelta(minutes=11))
        assert _is_out(await attacker.ours.get(address), 401, "Please sign in again")
        await db.move_clock(tenant.settings.database_url, by=timedelta(0))
        begun = await attacker.login(tenant.id)
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        denied = await attacker.ours.get(
            "/v1/auth/callback", params={"state": state, "error": "access_denied", "iss": oidc.issuer}
        )
        assert _is_out(denied, 401, "Not signed in")

    async def test_nobody_is_led_elsewhere_and_no_session_is_fixed_before_sign_in(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        await _provider(api, tenant, oidc, links_verified_email=True)
        await tenant.person(work_email="dana@lumen.example")
        oidc.knows("d", email="dana@lumen.example")
        browser = browsers.new()
        for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            assert (await browser.login(tenant.id, return_to=elsewhere)).status_code == 400, elsewhere
        for nobody in (other_tenant.id, uuid4(), "x"):
            assert (await browser.login(nobody)).status_code == 404
        fixed = "F" * 43
        browser.ours.cookies.set(SESSION_COOKIE, fixed, domain="advocacy.example")
        away = await browser.sign_in(tenant.id, "d", return_to="https://frontend.example/home")
        assert away.headers["location"] == "https://frontend.example/home"
        first = dict(browser.ours.cookies)[SESSION_COOKIE]
        assert first != fixed
        again = browsers.new()
        again.ours.cookies.set(SESSION_COOKIE, first, domain="advocacy.example")
        assert (await again.ours.get("/v1/auth/session")).status_code == 200
        # Signing in once more in the same browser gives another secret, and the one before is over.
        await browser.sign_in(tenant.id, "d")
        assert dict(browser.ours.cookies)[SESSION_COOKIE] != first
        assert (await again.ours.get("/v1/auth/session")).status_code == 401

    async def test_every_change_by_cookie_needs_the_sessions_own_csrf_token_and_origin(
        self, api: Api, tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        await _provider(api, tenant, oidc, links_verified_email=True)
        await tenant.person(Role.OWNER, work_email="dana@lumen.example")
        await tenant.person(Role.OWNER, work_email="noa@lumen.example")
        oidc.knows("d", email="dana@lumen.example")
        oidc.knows("n", email="noa@lumen.example")
        browser, other = browsers.new(), browsers.new()
        await browser.sign_in(tenant.id, "d")
        await other.sign_in(tenant.id, "n")
        own, foreign = await browser.csrf(), await other.csrf()
        tried = 0
        for route in all_routes(api.app):
            if route.gate.opens_for.value == "anybody":
                continue
            for method in sorted((route.methods or set()) - {"GET", "HEAD"}):
                path = route.path_format.format_map(dict.fromkeys(route.param_convertors, str(uuid4())))
                for headers in ({}, foreign, {**own, "Origin": "https://evil.example"}, {**own, "Origin": "null"}):
                    sent = {"Idempotency-Key": uuid4().hex, "If-Match": "*", **headers}
                    answer = await browser.ours.request(method, path, headers=sent, json={})
                    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_refused"), (method, path)
                tried += 1
        assert tried > 100
        made = {"Idempotency-Key": "k", **own, "Origin": OURS}
        answer = await browser.ours.post("/v1/api-keys", headers=made, json={"name": "Job", "role": "analyst"})
        assert answer.status_code == 201, answer.text

    async def test_a_frontend_of_the_installation_may_use_the_session_and_another_page_may_not(self, api: Api) -> None:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": CSRF_HEADER}
        for origin, is_ours in (("https://frontend.example", True), ("https://evil.example", False)):
            answer = await api.client.options("/v1/api-keys", headers={"Origin": origin, **asks})
            assert answer.is_success == is_ours
            assert (answer.headers.get("access-control-allow-origin") == origin) == is_ours
        answer = await api.client.get("/v1/auth/session", headers={"Origin": "https://frontend.example"})
        assert answer.headers["access-control-allow-credentials"] == "true"


class TestEnding:
    async def test_sessions_end_by_idleness_by_age_and_with_their_person(
        self, api: Api, tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        await _provider(api, tenant, oidc, links_verified_email=True)
        dana, _ = await tenant.person(work_email="dana@lumen.example")
        oidc.knows("d", email="dana@lumen.example")
        browser = browsers.new()

        async def after(minutes: int) -> int:
            await db.move_clock(tenant.settings.database_url, by=timedelta(minutes=minutes))
            return (await browser.ours.get("/v1/auth/session")).status_code

        async def change(what: Callable[..., Awaitable[Any]], **options: Any) -> None:
            async with tenant.database.transaction(tenant.id) as session:
                row = (await session.exec(select(Employee).where(Employee.id == dana.id))).one()
                await what(session, row, source="hr", actor="system", **options)

        await browser.sign_in(tenant.id, "d")
        assert [await after(50), await after(100)] == [200, 200]
        assert [await after(170), await after(101)] == [401, 401]
        await after(0)
        await browser.sign_in(tenant.id, "d")
        assert [await after(m) for m in range(55, 720, 55)] == [200] * 13
        assert await after(721) == 401
        await after(0)
        await browser.sign_in(tenant.id, "d")
        await change(lifecycle.suspend)
        await change(lifecycle.bring_back)
        assert await after(0) == 401, "not even if nobody looked meanwhile"
        for end in (lifecycle.suspend, lifecycle.let_go):
            await browser.sign_in(tenant.id, "d")
            assert await after(0) == 200
            await change(end)
            assert await after(0) == 401
            await change(lifecycle.bring_back)
            assert await after(0) == 401, "a session does not come back with its person"
        assert _is_out(await browser.sign_in(tenant.id, "d"), 403, "We do not know this account")


class TestBearer:
    async def test_tokens_of_the_issuer_open_the_api_for_their_person_and_forgeries_do_not(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, oidc: Provider, browsers: Browsers
    ) -> None:
        made = await _provider(api, tenant, oidc, links_verified_email=True, audience=AUDIENCE)
        dana, _ = await tenant.person(Role.ANALYST, work_email="dana@lumen.example")
        # Somebody who registers the same issuer and audience gets in nobody's way.
        await _provider(api, other_tenant, oidc, audience=AUDIENCE)
        same = {"audience": "advocacy"}
        path = f"/v1/identity-providers/{made['id']}"
        assert (await api.patch(path, key=tenant.owner_key, etag="*", json=same)).status_code == 422
        oidc.knows("d", email="dana@lumen.example")
        browser = browsers.new()
        real = await browser.api_token(oidc, "d")
        assert (await api.get("/v1/me", key=real)).status_code == 401, "the account is nobody's yet"
        assert (await browser.sign_in(tenant.id, "d")).status_code == 200
        told = await api.get("/v1/me", key=real)
        assert (told.status_code, told.json()["employee_id"]) == (200, str(dana.id))
        assert told.json()["roles"] == ["analyst"]
        assert (await api.get("/v1/auth/session", key=real)).json()["csrf_token"] is None
        strange = RSAKey.generate_key(2048, {"kid": oidc.keys[0].kid}, auto_kid=False)
        nothing = oidc.mint("d").split(".")
        unsigned = _b64(b'{"alg": "none"}')
        confused = f"{_b64(json.dumps({'alg': 'HS256', 'kid': oidc.keys[0].kid}).encode())}.{nothing[1]}"
        forged = {
            "another audience": oidc.mint("d", aud="advocacy"),
            "expired": oidc.mint("d", exp=1_700_000_000),
            "no expiry": oidc.mint("d", exp=None),
            "not yet": oidc.mint("d", nbf=4_000_000_000),
            "another issuer": oidc.mint("d", iss="https://evil.example"),
            "another key": oidc.mint("d", key=strange),
            "the public key as a secret": f"{confused}.{_hmac(oidc.keys[0].as_pem(private=False), confused)}",
            "no signature": f"{unsigned}.{nothing[1]}.",
            "a cut signature": f"{nothing[0]}.{nothing[1]}.AA",
            "somebody unknown": oidc.mint("x"),
        }
        for what, token in forged.items():
            assert (await api.get("/v1/me", key=token)).status_code == 401, what
        assert (await api.get("/v1/me", key=oidc.mint("d", aud=["x", AUDIENCE]))).status_code == 200
        async with tenant.database.transaction(tenant.id) as session:
            (await session.exec(select(Employee).where(Employee.id == dana.id))).one().status = "suspended"  # type: ignore[assignment]
        assert (await api.get("/v1/me", key=real)).status_code == 401

    async def test_a_rotated_key_is_found_and_an_unknown_one_asked_for_once_a_minute(
        self, settings: Settings, oidc: Provider
    ) -> None:
        elapsed = 0.0
        issuers = Issuers(settings, clock=lambda: elapsed)

        async def takes(token: str) -> bool:
            try:
                await issuers.bearer(token, oidc.issuer, AUDIENCE, now=datetime.now(UTC))
            except ProviderNotTrusted:
                return False
            return True

        before = oidc.mint("d")
        assert await takes(before)
        await oidc.rotate()
        after = oidc.mint("d")
        assert not await takes(after), "asked a moment ago"
        elapsed = 61.0
        assert await asyncio.gather(takes(after), takes(after)) == [True, True]
        assert not await takes(before), "a key that is published no more"
        await oidc.rotate()
        assert await takes(after), "what is known is not asked for again"
        elapsed = 61.0 + 601
        assert not await takes(after)

    async def test_an_id_token_proves_one_sign_in_of_ours_and_no_other(
        self, settings: Settings, oidc: Provider
    ) -> None:
        issuers = Issuers(settings)

        async def proves(**claims: Any) -> bool:
            token = oidc.mint("d", **{"aud": "advocacy", "nonce": "n-1", **claims})
            try:
                await issuers.id_token(
                    token, oidc.issuer, "advocacy", nonce="n-1", access_token="a", now=datetime.now(UTC)
                )
            except ProviderNotTrusted:
                return False
            return True

        assert await proves()
        assert await proves(aud=["advocacy", "x"], azp="advocacy")
        for wrong in (
            {"nonce": "n-2"},
            {"nonce": None},
            {"aud": "x"},
            {"aud": ["advocacy", "x"], "azp": "x"},
            {"azp": "x"},
            {"iss": oidc.issuer + "/"},
            {"sub": ""},
            {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
            {"exp": 1_700_000_000},
            {"iat": 4_000_000_000},
        ):
            assert not await proves(**wrong), wrong


class TestLinks:
    async def test_links_are_mailed_alike_for_known_and_unknown_and_open_a_session_once(
        self, api: Api, tenant: Tenant, oidc: Provider, browsers: Browsers, settings: Settings
    ) -> None:
        dana = await tenant.employee(work_email="dana@lumen.example")

        async def ask(mail: str, organization_id: object = tenant.id) -> httpx2.Response:
            body = {"organization_id": str(organization_id), "email": mail}
            return await api.client.post("/v1/auth/sign-in-links", json=body)

        known, unknown, nowhere = (
            await ask("Dana@lumen.example"), await ask("nobody@lumen.example"), await ask("dana@x.example", uuid4())
        )  # fmt: skip
        assert {(answer.status_code, answer.text) for answer in (known, unknown, nowhere)} == {(202, known.text)}
        assert [row.employee_id for row in await tenant.rows(Message)] == [dana.id]
        for mail in ("dana@lumen.example", "nobody@lumen.example"):
            answers = [await ask(mail) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [202, 202, 429]
            assert int(answers[2].headers["retry-after"]) > 0
        token = await _invitation(tenant, dana)
        browser = browsers.new()
        evil = {"Origin": "https://evil.example"}
        assert (await browser.ours.post("/v1/auth/session", json={"token": token}, headers=evil)).status_code == 403
        opened = await browser.ours.post("/v1/auth/session", json={"token": token})
        assert opened.status_code == 200, opened.text
        assert opened.json()["csrf_token"] == (await browser.csrf())["X-CSRF-Token"]
        assert (await browsers.new().ours.post("/v1/auth/session", json={"token": token})).status_code == 401
        await _provider(api, tenant, oidc)
        mails = len(await tenant.rows(Message))
        await db.move_clock(settings.database_url, by=timedelta(hours=2))
        assert (await ask("dana@lumen.example")).text == known.text
        assert len(await tenant.rows(Message)) == mails, "where there is a provider, it is the way in"

    async def test_a_provider_that_is_none_is_refused_with_what_to_do(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, oidc: Provider
    ) -> None:
        for issuer in (oidc.issuer + "/", "http://169.254.169.254", "https://127.0.0.1", "nonsense"):
            body = {"title": "SSO", "issuer": issuer, "client_id": "advocacy"}
            answer = await api.post("/v1/identity-providers", key=tenant.owner_key, json=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "issuer_unusable"), answer.text
        made = await _provider(api, tenant, oidc)
        body = {"title": "SSO", "issuer": oidc.issuer, "client_id": "advocacy"}
        assert (await api.post("/v1/identity-providers", key=tenant.owner_key, json=body)).status_code == 409
        (row,) = await tenant.rows(IdentityProvider)
        assert SECRET.encode() not in row.sealed_client_secret
        newer = crypto.Sealer({"next": b"n" * 32, **tenant.settings.master_keys})
        async with tenant.database.transaction(tenant.id) as session:
            assert await identity.seal_anew(session, master=newer) == (1, [])
        (row,) = await tenant.rows(IdentityProvider)
        assert row.sealed_client_secret.startswith(newer.prefix)
        path = f"/v1/identity-providers/{made['id']}"
        assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404
        listed = await api.get("/v1/identity-providers", key=tenant.owner_key)
        assert [line["id"] for line in listed.json()["data"]] == [made["id"]]
        assert "secret" not in listed.text.replace("has_client_secret", "")
