"""The Hootsuite connector takes the exam, with content for a social profile, which can be found again."""

import json
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.hootsuite import connector
from connectors.hootsuite.simulator import HootsuiteSimulator, consent, create_simulator
from connectors.sdk import Capability, Context, Credentials, NoticeKind, WebhookRefused
from connectors.sdk.testing.conformance import ConnectorConformance, Desk
from connectors.sdk.testing.simulator import Simulator

REDIRECT_URI = "http://localhost:1/callback"
HOOK = "https://advocacy.example/webhooks/hootsuite/1"


class TestHootsuite(ConnectorConformance):
    connector = connector
    package = "connectors.hootsuite"
    missing_external_id = "message:1"
    operations: ClassVar = {
        Capability.AUTHORIZE: "me",
        Capability.CHECK: "me",
        Capability.LIST_DESTINATIONS: "social_profiles",
        Capability.PUSH_CONTENT: "create_message",
        Capability.FIND_CONTENT: "list_messages",
        Capability.WITHDRAW_CONTENT: "delete_message",
        Capability.READ_CONTENT_METRICS: "get_message",
        Capability.SYNC_AUDIENCE: "scim_list_users",
    }

    def make_simulator(self) -> Simulator:
        # The exam's clock stands still, so that a burst of one second would never end.
        return create_simulator(
            clock=lambda: self.started_at, client_secret="canary-client-secret", calls_per_second=10_000
        )

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {
            "client_id": "demo-client",
            "client_secret": "canary-client-secret",
            "scopes": "offline analytics:read",
            "webhook_url": HOOK,
            "api_url": addresses["api"],
        }

    async def sign_in(self, ctx: Context) -> Credentials | None:
        url = connector.authorization_url(ctx, state="a long state", redirect_uri=REDIRECT_URI)
        back = await consent(ctx.http, url)
        code = parse_qs(urlsplit(back).query)["code"][0]
        return await connector.exchange_code(ctx, code=code, redirect_uri=REDIRECT_URI)

    async def destination(self, ctx: Context) -> str:
        listed = await connector.list_destinations(ctx)
        return next(one.external_id for one in listed if one.external_id.startswith("profile:LINKEDIN:"))

    def make_webhook(self, desk: Desk, external_id: str) -> tuple[Mapping[str, str], bytes]:
        assert isinstance(desk.simulator, HootsuiteSimulator)
        queue = desk.simulator.table("hooks")[HOOK]["queue"]
        envelope = next(one for one in queue if f"message:{one['data']['message']['id']}" == external_id)
        return {"content-type": "application/json"}, json.dumps(envelope).encode()

    async def test_a_forged_or_malformed_notification_is_refused(self) -> None:
        """Nothing is signed, so a forged one is a hint like a genuine one; malformed ones are refused."""
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            for malformed in (b"", b"\xff\xfe", b"5", b"{}", b'{"type": 5}', b"[" * 100_000, body[:-1]):
                with pytest.raises(WebhookRefused):
                    await self._receive(desk, headers, malformed)
            (genuine,) = await self._receive(desk, headers, body)
            (forged,) = await self._receive(desk, {}, body.replace(b"SCHEDULED", b"SENT"))
            assert not genuine.is_signed
            assert not forged.is_signed
            assert forged.event_id != genuine.event_id
            assert {genuine.kind, forged.kind} == {NoticeKind.CONTENT_CHANGED}

    @pytest.mark.parametrize("minutes", [-6, 6])
    async def test_an_old_notification_and_one_of_the_future_are_refused(self, minutes: int) -> None:
        """Age proves nothing where nothing is signed: both are taken as the hints that they are."""
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            envelope = json.loads(body)
            stamp = desk.ctx.now().replace(minute=30 + minutes)
            envelope["data"]["timestamp"] = stamp.isoformat().replace("+00:00", "Z")
            (notice,) = await self._receive(desk, headers, json.dumps(envelope).encode())
            assert not notice.is_signed
            assert notice.happened_at == stamp
