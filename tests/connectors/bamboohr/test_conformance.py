"""BambooHR takes the exam."""

from collections.abc import Mapping
from typing import ClassVar

from connectors.bamboohr import connector
from connectors.bamboohr.simulator import create_simulator
from connectors.sdk import Capability
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator


class TestBambooHR(ConnectorConformance):
    connector = connector
    package = "connectors.bamboohr"
    operations: ClassVar = {Capability.CHECK: "fields", Capability.LIST_DIRECTORY: "custom_report"}

    def make_simulator(self) -> Simulator:
        return create_simulator(clock=lambda: self.started_at, secret="canary-key")

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {"subdomain": "lumen", "api_key": "canary-key", **({"api_url": addresses["api"]} if addresses else {})}
