"""HiBob takes the exam."""

from collections.abc import Mapping
from typing import ClassVar

from connectors.hibob import connector
from connectors.hibob.simulator import create_simulator
from connectors.sdk import Capability
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator


class TestHiBob(ConnectorConformance):
    connector = connector
    package = "connectors.hibob"
    operations: ClassVar = {Capability.CHECK: "search", Capability.LIST_DIRECTORY: "search"}

    def make_simulator(self) -> Simulator:
        return create_simulator(clock=lambda: self.started_at, secret="canary-key")

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {
            "service_user_id": "SERVICE-1",
            "token": "canary-key",
            **({"api_url": addresses["api"]} if addresses else {}),
        }
