"""Workday takes the exam."""

from collections.abc import Mapping
from typing import ClassVar

from connectors.sdk import Capability
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator
from connectors.workday import connector
from connectors.workday.simulator import create_simulator


class TestWorkday(ConnectorConformance):
    connector = connector
    package = "connectors.workday"
    operations: ClassVar = {Capability.LIST_DIRECTORY: "report"}

    def make_simulator(self) -> Simulator:
        return create_simulator(clock=lambda: self.started_at, secret="canary-key")

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {
            "tenant": "lumen",
            "owner": "ISU_Advocacy",
            "report": "People list",
            "user": "ISU_Advocacy",
            "password": "canary-key",
            "patience_seconds": "0.3",
            "column_manager_ref": "Manager_group",
            **({"host_url": addresses["api"]} if addresses else {}),
        }
