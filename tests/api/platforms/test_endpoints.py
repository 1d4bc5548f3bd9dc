"""Connecting platforms: tried before anything is stored, sealed, changed the same way, cut for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.core.ambassadors.models import Persona
from services.core.audit.models import AuditEntry
from services.core.events.models import Event
from services.core.goals.models import Goal, Heading
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.organizations.models import Role
from services.core.platforms.models import PlatformConnection, PlatformState
from services.core.policies.models import Policy, PolicyVersion, VersionState
from services.core.programs.models import Function, GoalKind, Responsibility
from services.scheduler.jobs import platforms as jobs
from services.scheduler.worker.tools import Tools
from tests.api.platforms.conftest import NOTICEBOARD
from tests.factories.publications import Scene
from tests.fixtures.api import Api, Tenant
from tests.fixtures.platform import Vendor

PATH = "/v1/platform-connections"


async def stored(tenant: Tenant) -> PlatformConnection:
    """The one platform there is."""
    (row,) = await tenant.rows(PlatformConnection)
    assert isinstance(row, PlatformConnection)
    return row


class TestConnecting:
    async def test_what_works_is_stored_and_no_answer_holds_a_value_of_it(
        self, api: Api, tenant: Tenant, vendor: Vendor
    ) -> None:
        answer = await api.post(PATH, key=tenant.owner_key, json=NOTICEBOARD)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert (body["state"], body["connector"], body["problem"]) == ("active", "noticeboard", None)
        assert {one["name"]: one["is_set"] for one in body["settings"]} == {
            "api_url": False, "client_id": True, "client_secret": True,
        }  # fmt: skip
        again = await api.get(answer.headers["Location"], key=tenant.owner_key)
        assert again.json() == body | {"warnings": []}
        for text in (answer.text, again.text):
            assert "right" not in text
            assert "token-1" not in text
        row = await stored(tenant)
        assert row.sealed_settings is not None
        assert row.sealed_credentials is not None
        assert b"right" not in row.sealed_settings
        assert vendor.simulator.calls == {"token": 1, "me": 1}

    async def test_a_wrong_secret_stores_nothing_and_says_what_the_platform_said(
        self, api: Api, tenant: Tenant
    ) -> None:
        body = NOTICEBOARD | {"settings": {"client_id": "us", "client_secret": "wrong"}}
        answer = await api.post(PATH, key=tenant.owner_key, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "platform_refused")
        assert "Noticeboard does not know this client secret." in answer.json()["detail"]
        assert await tenant.rows(PlatformConnection) == []

    async def test_a_platform_that_does_not_answer_stores_nothing(
        self, api: Api, tenant: Tenant, vendor: Vendor
    ) -> None:
        vendor.simulator.break_next("me", "status", status=503)
        answer = await api.post(PATH, key=tenant.owner_key, json=NOTICEBOARD)
        assert (answer.status_code, answer.json()["code"]) == (409, "platform_not_reached")
        assert await tenant.rows(PlatformConnection) == []

    async def test_settings_are_named_one_by_one_when_they_are_wrong(
        self, api: Api, tenant: Tenant, vendor: Vendor
    ) -> None:
        given = {"client_id": "us", "no_such": "x", "api_url": "http://10.0.0.1/"}
        answer = await api.post(PATH, key=tenant.owner_key, json=NOTICEBOARD | {"settings": given})
        assert (answer.status_code, answer.json()["code"]) == (422, "platform_settings_refused")
        assert {one["pointer"] for one in answer.json()["errors"]} == {
            "/settings/no_such", "/settings/api_url", "/settings/client_secret",
        }  # fmt: skip
        assert not vendor.simulator.calls

    @pytest.mark.parametrize(
        ("connector", "status", "code"),
        [("no_such", 404, "unknown_connector"), ("linkedin", 409, "connector_not_a_platform")],
    )
    async def test_only_platforms_that_are_installed_can_be_connected(
        self, api: Api, tenant: Tenant, connector: str, status: int, code: str
    ) -> None:
        answer = await api.post(PATH, key=tenant.owner_key, json=NOTICEBOARD | {"connector": connector})
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    @pytest.mark.parametrize("language", ["en", "he"])
    async def test_refusals_are_in_the_readers_language(self, api: Api, tenant: Tenant, language: str) -> None:
        answer = await api.post(
            PATH, key=tenant.owner_key, json=NOTICEBOARD | {"settings": {}}, headers={"Accept-Language": language}
        )
        assert ("נדרש" in answer.json()["errors"][0]["message"]) is (language == "he")


class TestWho:
    async def test_owners_and_program_managers_manage_and_nobody_else(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, board: str
    ) -> None:
        for role in (Role.EDITOR, Role.APPROVER, Role.ANALYST, Role.SPONSOR, Role.AMBASSADOR):
            _, key = await tenant.person(role)
            assert (await api.post(PATH, key=key, json=NOTICEBOARD)).status_code == 403
            assert (await api.get(f"{PATH}/{board}", key=key)).status_code == 403
        _, manager = await tenant.person(Role.PROGRAM_MANAGER)
        assert (await api.post(PATH, key=manager, json=NOTICEBOARD)).status_code == 201
        assert (await api.get(f"{PATH}/{board}", key=other_tenant.owner_key)).status_code == 404
        assert (await api.get(f"{PATH}/{board}")).status_code == 401

    async def test_a_manager_of_one_program_reads_but_does_not_change_what_belongs_to_all(
        self, api: Api, tenant: Tenant, scene: Scene, board: str
    ) -> None:
        _, key = await tenant.person(Role.PROGRAM_MANAGER, program_id=scene.program.id)
        assert (await api.get(PATH, key=key)).status_code == 200
        assert (await api.post(PATH, key=key, json=NOTICEBOARD)).status_code == 403


async def lay_foundations(tenant: Tenant, scene: Scene) -> None:
    """Goals that measure themselves, people responsible, a published policy, and whom the program looks for."""
    employee = await tenant.employee()
    common: dict[str, Any] = {"organization_id": tenant.id, "program_id": scene.program.id}
    async with tenant.database.transaction(tenant.id) as session:
        now = await db.now(session)
        for kind in GoalKind:
            session.add(
                Goal(
                    kind=kind, heading=Heading.SALES, kpi="hires", title="Goal", baseline=0, target=1,
                    due_on=now.date(), owner_employee_id=employee.id, **common,
                )
            )  # fmt: skip
        for function in (Function.OWNER, Function.CONTENT, Function.POLICY):
            session.add(Responsibility(function=function, employee_id=employee.id, **common))
        session.add(Persona(description="Likes to write", **common))
        policy = Policy(title="How we speak", **common)
        session.add(policy)
        await session.flush()
        session.add(
            PolicyVersion(
                organization_id=tenant.id, policy_id=policy.id, number=1, written_by=employee.id,
                state=VersionState.PUBLISHED,
            )
        )  # fmt: skip


class TestSetupOrder:
    """The real vendor's address is the default: nothing of this machine stands in for it."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """An installation that reaches the real vendor."""
        return settings.model_copy(update={"connectors": {}})

    async def test_a_platform_before_the_foundations_is_refused_naming_what_is_missing(
        self, api: Api, tenant: Tenant
    ) -> None:
        answer = await api.post(PATH, key=tenant.owner_key, json=NOTICEBOARD)
        assert (answer.status_code, answer.json()["code"]) == (409, "setup_order")
        missing = {"/goals", "/responsibilities", "/policy", "/persona", "/monitoring"}
        assert {one["pointer"] for one in answer.json()["errors"]} == missing

    async def test_with_the_foundations_the_platform_is_tried(self, api: Api, tenant: Tenant, scene: Scene) -> None:
        await lay_foundations(tenant, scene)
        answer = await api.post(PATH, key=tenant.owner_key, json=NOTICEBOARD)
        assert answer.json()["code"] == "platform_not_reached"

    async def test_an_owner_can_have_it_warn_instead(self, api: Api, tenant: Tenant) -> None:
        read = await api.get("/v1/platform-settings", key=tenant.owner_key)
        assert read.json() == {"setup_order": "refuse"}
        _, manager = await tenant.person(Role.PROGRAM_MANAGER)
        body = {"setup_order": "warn"}
        assert (await api.patch("/v1/platform-settings", key=manager, json=body, etag="*")).status_code == 403
        changed = await api.patch("/v1/platform-settings", key=tenant.owner_key, json=body, etag=read.headers["ETag"])
        assert changed.json() == {"setup_order": "warn"}
        answer = await api.post(PATH, key=tenant.owner_key, json=NOTICEBOARD)
        assert answer.json()["code"] == "platform_not_reached"


class TestChanging:
    async def test_new_settings_are_tried_before_they_replace_the_old_ones(
        self, api: Api, tenant: Tenant, board: str, vendor: Vendor
    ) -> None:
        before = await stored(tenant)
        wrong = {"settings": {"client_secret": "wrong"}}
        answer = await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json=wrong, etag="*")
        assert (answer.status_code, answer.json()["code"]) == (422, "platform_refused")
        assert (await stored(tenant)).sealed_settings == before.sealed_settings
        vendor.simulator.secret = "newer"
        right = {"settings": {"client_secret": "newer"}, "terms": {"unit_price": 2.5, "currency": "EUR"}}
        answer = await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json=right, etag="*")
        assert answer.status_code == 200, answer.text
        assert answer.json()["terms"] == {"unit_price": 2.5, "currency": "EUR", "monthly_budget": None}
        assert (await stored(tenant)).sealed_settings != before.sealed_settings

    async def test_a_stored_secret_is_not_sent_to_an_address_that_is_given_later(
        self, api: Api, tenant: Tenant, board: str, vendor: Vendor
    ) -> None:
        calls = dict(vendor.simulator.calls)
        given = {"settings": {"api_url": "https://elsewhere.noticeboard.example"}}
        answer = await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json=given, etag="*")
        assert (answer.status_code, answer.json()["code"]) == (422, "platform_settings_refused")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/settings/client_secret"]
        assert dict(vendor.simulator.calls) == calls

    async def test_a_required_setting_cannot_be_removed(self, api: Api, tenant: Tenant, board: str) -> None:
        body = {"settings": {"client_secret": None}}
        answer = await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json=body, etag="*")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/settings/client_secret"]

    async def test_a_simulator_does_not_turn_into_the_real_thing_before_the_foundations(
        self, api: Api, tenant: Tenant, board: str
    ) -> None:
        body = {"settings": {"api_url": "https://api.noticeboard.example", "client_secret": "right"}}
        answer = await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json=body, etag="*")
        assert (answer.status_code, answer.json()["code"]) == (409, "setup_order")

    async def test_a_stale_version_is_refused(self, api: Api, tenant: Tenant, board: str) -> None:
        answer = await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json={"title": "x"}, etag='"99"')
        assert answer.status_code == 412
        answer = await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json={"title": "x"})
        assert answer.status_code == 428

    async def test_every_change_is_audited_without_a_value(self, api: Api, tenant: Tenant, board: str) -> None:
        await api.patch(f"{PATH}/{board}", key=tenant.owner_key, json={"title": "Another"}, etag="*")
        await api.delete(f"{PATH}/{board}", key=tenant.owner_key, etag="*")
        entries = [row for row in await tenant.rows(AuditEntry) if row.object_type == "platform_connections"]
        assert [row.action.partition(".")[2] for row in entries] == ["create", "update", "revoke"]
        assert entries[0].after == {"connector": "noticeboard", "settings": ["client_id", "client_secret"]}


class TestHealth:
    async def test_a_refused_token_is_replaced_by_itself_once(
        self, api: Api, tenant: Tenant, board: str, vendor: Vendor
    ) -> None:
        vendor.simulator.tokens.clear()
        answer = await api.post(f"{PATH}/{board}/check", key=tenant.owner_key)
        assert (answer.status_code, answer.json()["state"]) == (200, "active")
        assert vendor.simulator.calls["token"] == 2

    async def test_a_secret_that_is_over_needs_its_owners_who_are_told_once_and_heals_by_a_new_one(
        self, api: Api, tenant: Tenant, board: str, vendor: Vendor
    ) -> None:
        vendor.simulator.tokens.clear()
        vendor.simulator.secret = "newer"
        for _ in range(2):
            answer = await api.post(f"{PATH}/{board}/check", key=tenant.owner_key)
            body = answer.json()
            assert (answer.status_code, body["state"]) == (200, "needs_attention")
            assert body["problem_words"] == "Noticeboard does not know this client secret."
        events = [row.type for row in await tenant.rows(Event)]
        assert events.count("platform_connection.needs_attention") == 1
        healed = await api.patch(
            f"{PATH}/{board}", key=tenant.owner_key, json={"settings": {"client_secret": "newer"}}, etag="*"
        )
        assert (healed.json()["state"], healed.json()["problem"]) == ("active", None)

    async def test_a_platform_that_is_down_changes_nothing(
        self, api: Api, tenant: Tenant, board: str, vendor: Vendor
    ) -> None:
        vendor.simulator.break_next("me", "status", status=503)
        answer = await api.post(f"{PATH}/{board}/check", key=tenant.owner_key)
        assert (answer.status_code, answer.json()["code"]) == (409, "platform_not_reached")
        assert (await stored(tenant)).state is PlatformState.ACTIVE


class TestCutting:
    async def test_what_opened_it_is_destroyed(self, api: Api, tenant: Tenant, board: str) -> None:
        assert (await api.delete(f"{PATH}/{board}", key=tenant.owner_key)).status_code == 428
        assert (await api.delete(f"{PATH}/{board}", key=tenant.owner_key, etag="*")).status_code == 204
        row = await stored(tenant)
        assert (row.state, row.sealed_settings, row.sealed_credentials) == (PlatformState.REVOKED, None, None)
        for answer in (
            await api.delete(f"{PATH}/{board}", key=tenant.owner_key, etag="*"),
            await api.post(f"{PATH}/{board}/check", key=tenant.owner_key),
            await api.get(f"{PATH}/{board}/destinations", key=tenant.owner_key),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "platform_not_usable")


class TestDestinations:
    async def test_they_are_those_of_the_platform(self, api: Api, tenant: Tenant, board: str) -> None:
        answer = await api.get(f"{PATH}/{board}/destinations", key=tenant.owner_key)
        assert [(one["external_id"], one["title"]) for one in answer.json()["data"]] == [("b1", "News"), ("b2", "Jobs")]


class TestSigningIn:
    @pytest.fixture
    async def sign(self, api: Api, tenant: Tenant) -> str:
        """A platform that waits for somebody to sign in."""
        body = {"connector": "signboard", "title": "Ours"}
        answer = await api.post(PATH, key=tenant.owner_key, json=body)
        assert (answer.status_code, answer.json()["state"]) == (201, "awaiting_authorization"), answer.text
        return str(answer.json()["id"])

    async def come_back(
        self, api: Api, tenant: Tenant, sign: str, *, code: str = "good", proof: str | None = None
    ) -> tuple[str, str]:
        """Go to the platform and back; the state that was used, and the page."""
        started = await api.post(f"{PATH}/{sign}/authorize", key=tenant.owner_key)
        assert started.status_code == 200, started.text
        query = parse_qs(urlsplit(started.json()["authorization_url"]).query)
        assert query["redirect_uri"] == ["http://127.0.0.1:8000/v1/connections/callback/signboard"]
        state = query["state"][0]
        assert query["code_challenge_method"] == ["S256"]
        # The vendor's codes remember the proof that was announced for them.
        code = f"{code}.{proof or query['code_challenge'][0]}"
        page = await api.get(f"/v1/connections/callback/signboard?state={state}&code={code}")
        return state, page.text

    @staticmethod
    def code_of(page: str) -> str:
        """The six digits on the page."""
        return next(
            word for word in page.replace("<", " ").replace(">", " ").split() if word.isdigit() and len(word) == 6
        )

    async def test_who_started_confirms_with_the_code_and_only_then_it_is_in_use(
        self, api: Api, tenant: Tenant, sign: str
    ) -> None:
        _, page = await self.come_back(api, tenant, sign)
        row = await stored(tenant)
        assert (row.state, row.sealed_credentials) == (PlatformState.AWAITING_CONFIRMATION, None)
        body = {"code": self.code_of(page)}
        _, colleague = await tenant.person(Role.PROGRAM_MANAGER)
        assert (await api.post(f"{PATH}/{sign}/confirm", key=colleague, json=body)).status_code == 409
        answer = await api.post(f"{PATH}/{sign}/confirm", key=tenant.owner_key, json=body)
        assert (answer.status_code, answer.json()["state"]) == (200, "active"), answer.text
        assert (await api.post(f"{PATH}/{sign}/check", key=tenant.owner_key)).status_code == 200

    async def test_a_state_works_once_and_for_ten_minutes(
        self, api: Api, tenant: Tenant, sign: str, settings: Settings
    ) -> None:
        state, _ = await self.come_back(api, tenant, sign)
        again = await api.get(f"/v1/connections/callback/signboard?state={state}&code=good")
        assert again.status_code == 400
        started = await api.post(f"{PATH}/{sign}/authorize", key=tenant.owner_key)
        late = parse_qs(urlsplit(started.json()["authorization_url"]).query)["state"][0]
        await db.move_clock(settings.database_url, by=timedelta(minutes=11))
        assert (await api.get(f"/v1/connections/callback/signboard?state={late}&code=good")).status_code == 400

    async def test_a_code_that_the_platform_refuses_stores_nothing(self, api: Api, tenant: Tenant, sign: str) -> None:
        await self.come_back(api, tenant, sign, code="bad")
        row = await stored(tenant)
        assert (row.state, row.sealed_grant) == (PlatformState.AWAITING_AUTHORIZATION, None)

    async def test_a_code_of_another_sign_in_is_worth_nothing(self, api: Api, tenant: Tenant, sign: str) -> None:
        await self.come_back(api, tenant, sign, proof="n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg")
        row = await stored(tenant)
        assert (row.state, row.sealed_grant) == (PlatformState.AWAITING_AUTHORIZATION, None)

    async def test_five_wrong_codes_destroy_the_grant(self, api: Api, tenant: Tenant, sign: str) -> None:
        _, page = await self.come_back(api, tenant, sign)
        for _ in range(5):
            answer = await api.post(f"{PATH}/{sign}/confirm", key=tenant.owner_key, json={"code": "000000x"})
            assert answer.json()["code"] == "confirmation_code_refused"
        answer = await api.post(f"{PATH}/{sign}/confirm", key=tenant.owner_key, json={"code": self.code_of(page)})
        assert answer.json()["code"] == "nothing_to_confirm"

    async def test_the_vendor_is_asked_to_forget_it_when_it_is_cut(
        self, api: Api, tenant: Tenant, sign: str, vendor: Vendor, tools: Tools
    ) -> None:
        _, page = await self.come_back(api, tenant, sign)
        await api.post(f"{PATH}/{sign}/confirm", key=tenant.owner_key, json={"code": self.code_of(page)})
        await api.delete(f"{PATH}/{sign}", key=tenant.owner_key, etag="*")
        row = await stored(tenant)
        assert row.sealed_credentials is not None
        await jobs.revoke(tools, tenant.id, row.id)
        row = await stored(tenant)
        assert (row.sealed_credentials, row.sealed_settings, row.revoke_until) == (None, None, None)
        assert row.withdrawn_at is not None
        assert not vendor.simulator.tokens

    async def test_there_is_nothing_to_sign_in_to_where_settings_open_it(
        self, api: Api, tenant: Tenant, board: str
    ) -> None:
        answer = await api.post(f"{PATH}/{board}/authorize", key=tenant.owner_key)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_authorize")
