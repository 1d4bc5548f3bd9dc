"""The connector takes the exam twice: once as Firstup, once as VoiceStorm."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from connectors.sdk import Capability, CapabilityMissing, ConfigurationInvalid, ReauthRequired, WebhookRefused, port
from connectors.sdk.testing.conformance import PORTS, SILENT, ConnectorConformance, Desk
from connectors.sdk.testing.simulator import Simulator
from connectors.voicestorm import connector
from connectors.voicestorm.manifest import OFFERS, Generation
from connectors.voicestorm.simulator import FirstupSimulator, create_firstup, create_voicestorm

from .desk import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    HOOK_SECRET,
    SCIM_TOKEN,
    TOKEN_SECRET,
    content,
    firstup_settings,
    voicestorm_settings,
)

REPORT = (
    "Member report, 2026-02-01 to 2026-02-28\r\n"
    "Member Name,Member URL,UserId,Post Views,Shares,Clicks\r\n"
    'נועה לוי,https://demo.voicestorm.com/user/u-3101,u-3101,"1,204",3,17\r\n'
).encode("utf-8-sig")


class _OneGeneration(ConnectorConformance):
    """One manifest declares what either generation offers; each is asked what it offers, and refuses the rest."""

    connector = connector
    package = "connectors.voicestorm"
    generation: ClassVar[Generation]

    def _declares(self, *capabilities: Capability) -> bool:
        return set(capabilities) <= OFFERS[self.generation]

    def test_operations_are_named_for_everything_that_calls_the_vendor(self) -> None:
        assert set(self.operations) == OFFERS[self.generation] - SILENT

    def test_each_undeclared_capability_refuses_before_any_call(self) -> None:
        # What only the other generation offers is declared, and refuses by the setting: test_generations.py.
        for capability, port_type in PORTS.items():
            if capability not in connector.manifest.capabilities:
                with pytest.raises(CapabilityMissing):
                    port(connector, capability, port_type)


class TestFirstup(_OneGeneration):
    generation = Generation.FIRSTUP
    missing_external_id = "1"
    operations: ClassVar = {
        Capability.CHECK: "list_channels",
        Capability.LIST_DESTINATIONS: "list_channels",
        Capability.PUSH_CONTENT: "publish_content",
        Capability.FIND_CONTENT: "list_content",
        Capability.WITHDRAW_CONTENT: "draft_content",
        Capability.SYNC_AUDIENCE: "scim_list_users",
    }

    def make_simulator(self) -> Simulator:
        return create_firstup(clock=lambda: self.started_at, client_secret=CLIENT_SECRET)

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return firstup_settings(addresses)

    def seen_text(self, desk: Desk, external_id: str) -> str:
        # The body is HTML: people see what a browser shows of it.
        return html.unescape(json.dumps(desk.simulator.state(), ensure_ascii=False))

    def make_webhook(self, desk: Desk, external_id: str) -> tuple[Mapping[str, str], bytes]:
        assert isinstance(desk.simulator, FirstupSimulator)
        return desk.simulator.notification(external_id, authorization=HOOK_SECRET)

    async def test_a_forged_or_malformed_notification_is_refused(self) -> None:
        """Firstup signs nothing, so an altered body or delivery id cannot be told; what the header protects holds."""
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            without = {name: value for name, value in headers.items() if name != "x-socialchorus-delivery"}
            forged = [(headers, b""), (headers, b"\xff\xfe"), (headers, b"[]"), ({}, body), (without, body)]
            for value in ("", "x", "v1", "Bearer", HOOK_SECRET.lower(), HOOK_SECRET + " ", "\u05d0", "9" * 40):
                forged.append(({**headers, "authorization": value}, body))
            for value in ("", "\u05d0", "9" * 101):
                forged.append(({**headers, "x-socialchorus-delivery": value}, body))
            for wrong_headers, wrong_body in forged:
                with pytest.raises(WebhookRefused):
                    await self._receive(desk, wrong_headers, wrong_body)
            (notice,) = await self._receive(desk, {name.title(): value for name, value in headers.items()}, body)
            assert not notice.is_signed

    @pytest.mark.parametrize("minutes", [-6, 6])
    async def test_an_old_notification_and_one_of_the_future_are_refused(self, minutes: int) -> None:
        """The time in the body is not protected, and retries are not documented: the age of a hint is not judged."""
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            event = json.loads(body)
            event["timestamp"] = f"2026-03-10T09:{30 + minutes}:00Z"
            (notice,) = await self._receive(desk, headers, json.dumps(event).encode())
            assert notice.happened_at is not None
            assert (notice.happened_at - desk.ctx.now()).total_seconds() == minutes * 60
            assert not notice.is_signed

    async def test_without_a_webhook_secret_the_administrator_is_asked_for_one(self) -> None:
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            settings = {**desk.ctx.settings, "webhook_authorization": ""}
            with pytest.raises(ConfigurationInvalid):
                await self._receive(replace(desk, ctx=replace(desk.ctx, settings=settings)), headers, body)


class TestVoiceStorm(_OneGeneration):
    generation = Generation.VOICESTORM
    operations: ClassVar = {Capability.CHECK: "groups", Capability.SYNC_AUDIENCE: "scim_users"}

    def make_simulator(self) -> Simulator:
        return create_voicestorm(
            clock=lambda: self.started_at,
            access_token=ACCESS_TOKEN,
            token_secret=TOKEN_SECRET,
            scim_token=SCIM_TOKEN,
        )

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return voicestorm_settings(addresses)

    def sample_report(self, name: str) -> bytes:
        return REPORT

    def _needing_a_token(self) -> list[Capability]:
        # People are reached by SCIM, whose token is a setting: a wrong one is ConfigurationInvalid (test_quirks.py).
        return [Capability.CHECK]

    async def test_an_expired_token_must_be_renewed(self) -> None:
        """VoiceStorm does not say how long a token lives: it is used until the vendor refuses it."""
        async with self.open_desk() as desk:
            assert desk.ctx.require_credentials().expires_at is None
            desk.simulator.record({"kind": "tokens_revoked"})
            with pytest.raises(ReauthRequired):
                await connector.check(desk.ctx)

    async def test_an_unreadable_success_never_counts_as_done_or_as_refused(self) -> None:
        """Nothing of VoiceStorm is a visible step: how a post is made is not documented."""
        await self._refuses_to_push()

    async def test_a_redirect_is_not_followed(self) -> None:
        """The same: there is no visible step that a redirect could repeat."""
        await self._refuses_to_push()

    async def _refuses_to_push(self) -> None:
        async with self.open_desk() as desk:
            before = dict(desk.simulator.calls)
            with pytest.raises(CapabilityMissing):
                await connector.push_content(desk.ctx, content=content())
            assert dict(desk.simulator.calls) == before

    @pytest.mark.parametrize("address", ["ftp://127.0.0.1", "127.0.0.1", "http://[", "http://127.0.0.1:x"])
    async def test_an_address_that_is_none_is_the_administrators_to_fix(self, address: str) -> None:
        """As the exam asks it, for the address of SCIM too, which has a path."""
        async with self.open_desk() as desk:
            settings = {**desk.ctx.settings, "community_url": address, "scim_url": address}
            desk = replace(desk, ctx=replace(desk.ctx, settings=settings))
            for capability in self._calling():
                with pytest.raises(ConfigurationInvalid):
                    await self._use(capability, desk)
