"""The demo connector takes the exam."""

from collections.abc import Mapping
from typing import ClassVar

from connectors.demo import connector
from connectors.demo.simulator import create_simulator
from connectors.sdk import Capability
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator


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
        return {"api_url": addresses["api"]}
