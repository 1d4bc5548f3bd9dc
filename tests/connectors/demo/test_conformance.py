"""The demo connector takes the exam."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from connectors.demo import connector
from connectors.demo.simulator import DemoSimulator, create_simulator
from connectors.sdk import Capability, ConfigurationInvalid, NoticeKind, WebhookRefused, sign_standard
from connectors.sdk.testing.conformance import ConnectorConformance, Desk
from connectors.sdk.testing.simulator import Simulator

SECRET = "whsec_" + base64.b64encode(b"a secret of the demo network, 32").decode()


class TestDemo(ConnectorConformance):
    connector = connector
    package = "connectors.demo"
    id_header = "x-post-id"
    operations: ClassVar = {
        Capability.CHECK: "health",
        Capability.PUBLISH_AS_MEMBER: "create_post",
        Capability.FIND_POST: "find_post",
        Capability.READ_METRICS: "counts",
        Capability.DELETE_POST: "delete_post",
    }

    def make_simulator(self) -> Simulator:
        return create_simulator(clock=lambda: self.started_at)

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {"api_url": addresses["api"], "webhook_secret": SECRET}

    def make_webhook(self, desk: Desk, external_id: str) -> tuple[Mapping[str, str], bytes]:
        assert isinstance(desk.simulator, DemoSimulator)
        return desk.simulator.notification(external_id, secret=SECRET)

    async def test_a_kind_that_is_not_known_is_unknown(self) -> None:
        async with self.open_desk() as desk:
            assert isinstance(desk.simulator, DemoSimulator)
            post_id = await self._prepared(desk)
            headers, body = desk.simulator.notification(post_id, secret=SECRET, kind="post.boosted")
            (notice,) = await self._receive(desk, headers, body)
            assert notice.kind is NoticeKind.UNKNOWN

    @pytest.mark.parametrize("body", [b"[]", b"nothing", b'{"type": "post.created"}', b'{"data": 5}'])
    async def test_a_signed_body_that_says_nothing_is_refused(self, body: bytes) -> None:
        async with self.open_desk() as desk:
            headers = sign_standard(SECRET, event_id="evt_1", body=body, at=desk.ctx.now())
            with pytest.raises(WebhookRefused):
                await self._receive(desk, headers, body)

    async def test_any_of_several_signatures_may_fit(self) -> None:
        async with self.open_desk() as desk:
            assert isinstance(desk.simulator, DemoSimulator)
            headers, body = desk.simulator.notification(await self._prepared(desk), secret=SECRET)
            both = {**headers, "webhook-signature": "v1,b2xk " + headers["webhook-signature"]}
            assert await self._receive(desk, both, body)

    async def test_without_a_secret_the_administrator_is_asked_for_one(self) -> None:
        async with self.open_desk() as desk:
            headers, body = self.make_webhook(desk, await self._prepared(desk))
            for secret in ("", "whsec_*"):
                settings = {**desk.ctx.settings, "webhook_secret": secret}
                with pytest.raises(ConfigurationInvalid):
                    await self._receive(replace(desk, ctx=replace(desk.ctx, settings=settings)), headers, body)
