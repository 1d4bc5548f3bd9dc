"""The EveryoneSocial connector takes the exam."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from connectors.everyonesocial import connector
from connectors.everyonesocial.simulator import create_simulator
from connectors.everyonesocial.simulator.files import user_report
from connectors.sdk import Capability, ConfigurationInvalid
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator


class TestEveryoneSocial(ConnectorConformance):
    connector = connector
    package = "connectors.everyonesocial"
    missing_external_id = "6c0f0c5e-2c1f-4d0e-9a53-0b7f6a1d9e10/b7d4f7b2-8a55-4f7e-8f0a-0a3fd1b0c2aa"
    operations: ClassVar = {
        Capability.CHECK: "list_groups",
        Capability.LIST_DESTINATIONS: "list_groups",
        Capability.PUSH_CONTENT: "publish_content",
        Capability.FIND_CONTENT: "list_content",
        Capability.WITHDRAW_CONTENT: "delete_content",
        Capability.READ_CONTENT_METRICS: "share_stat",
        Capability.SYNC_AUDIENCE: "scim_list_users",
    }

    def make_simulator(self) -> Simulator:
        return create_simulator(
            clock=lambda: self.started_at, api_token="canary-api-token", scim_token="canary-scim-token"
        )

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {
            "api_token": "canary-api-token",
            "api_url": addresses.get("api", ""),
            "scim_token": "canary-scim-token",
            "scim_url": addresses.get("scim", ""),
        }

    def sample_report(self, name: str) -> bytes:
        numbers = {"reach": 1200, "posts": 1, "shares": 4, "clicks": 31, "engagement": 9}
        return user_report([{"name": "נועה לוי", "date": "2026-03-09", "numbers": numbers}])

    # The exam changes the first secret alone; here each door has its own.
    async def test_a_wrong_key_or_client_secret_is_the_administrators_to_fix(self) -> None:
        async with self.open_desk() as desk:
            external_id = await self._prepared(desk)
            for capability in self._calling():
                name = "scim_token" if capability is Capability.SYNC_AUDIENCE else "api_token"
                wrong = replace(desk.ctx, settings={**desk.ctx.settings, name: "canary-of-nobody"})
                with pytest.raises(ConfigurationInvalid) as caught:
                    await self._use(capability, replace(desk, ctx=wrong), external_id=external_id)
                assert name in caught.value.message
