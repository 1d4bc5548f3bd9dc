"""Sprout Social with Employee Advocacy takes the exam."""

from collections.abc import Mapping
from typing import ClassVar

from connectors.bambu import connector
from connectors.bambu.manifest import READER_REPORT, STORY_REPORT
from connectors.bambu.simulator import create_simulator
from connectors.sdk import Capability
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator


class TestBambu(ConnectorConformance):
    connector = connector
    package = "connectors.bambu"
    missing_external_id = "1"
    operations: ClassVar = {
        Capability.CHECK: "customers",
        Capability.LIST_DESTINATIONS: "groups",
        Capability.UPLOAD_MEDIA: "upload_media",
        Capability.PUSH_CONTENT: "create_draft",
        Capability.READ_CONTENT_METRICS: "post_analytics",
        Capability.READ_GOAL_FEED: "profile_analytics",
    }

    def make_simulator(self) -> Simulator:
        # The exam's clock stands still, so its whole hour falls into one minute.
        return create_simulator(
            clock=lambda: self.started_at, client_secret="canary-client-secret", calls_per_minute=10_000
        )

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        settings = {"customer_id": "410022", "client_id": "demo-client", "client_secret": "canary-client-secret"}
        if addresses:
            settings |= {"api_url": addresses["api"], "oauth_url": addresses["identity"]}
        return settings

    def feed_subject(self, feed: str) -> str:
        return "7101"

    def sample_report(self, name: str) -> bytes:
        return {
            STORY_REPORT: '\ufeffStory,Shares,Clicks\r\nמשרה חדשה,3,"1,204"\r\n'.encode(),
            READER_REPORT: b"Email;Shares\nnoa@example.com;2\n",
        }[name]
