"""Personio takes the exam."""

from collections.abc import Mapping
from typing import ClassVar

from connectors.personio import connector
from connectors.personio.simulator import create_simulator
from connectors.sdk import Capability
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator


class TestPersonio(ConnectorConformance):
    connector = connector
    package = "connectors.personio"
    operations: ClassVar = {Capability.CHECK: "persons", Capability.LIST_DIRECTORY: "persons"}

    def make_simulator(self) -> Simulator:
        return create_simulator(clock=lambda: self.started_at, secret="canary-key")

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {
            "client_id": "papi",
            "client_secret": "canary-key",
            **({"api_url": addresses["api"]} if addresses else {}),
        }
