"""The Oktopost connector takes the exam."""

from collections.abc import Mapping
from typing import ClassVar

from connectors.oktopost import connector
from connectors.oktopost.simulator import OktopostSimulator, Options, create_simulator
from connectors.oktopost.simulator.store import PROFILE
from connectors.sdk import Capability
from connectors.sdk.testing.conformance import ConnectorConformance, Desk
from connectors.sdk.testing.simulator import Simulator

from .desk import KEY, SECRET, settings

_STORIES = "Date,StoryId,ShareCount,BoardClicks\n2026-03-09,0AS000000000001,4,12\n"
_ADVOCATES = "Email,ShareCount\nnoa.levi@example.com,3\n"


class TestOktopost(ConnectorConformance):
    connector = connector
    package = "connectors.oktopost"
    missing_external_id = "0AS000000009999"
    operations: ClassVar = {
        Capability.CHECK: "me",
        Capability.LIST_DESTINATIONS: "list_boards",
        Capability.PUSH_CONTENT: "create_story",
        Capability.FIND_CONTENT: "list_stories",
        Capability.WITHDRAW_CONTENT: "delete_story",
        Capability.READ_CONTENT_METRICS: "get_story",
        Capability.READ_GOAL_FEED: "followers",
        Capability.SYNC_AUDIENCE: "list_advocates",
    }

    def make_simulator(self) -> Simulator:
        # The exam's clock stands still, so that all its calls fall into one minute.
        options = Options(api_key=KEY, calls_per_minute=10_000, calls_per_five_seconds=10_000)
        return create_simulator(options, clock=lambda: self.started_at)

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return settings(addresses)

    def feed_subject(self, feed: str) -> str:
        return PROFILE

    def sample_report(self, name: str) -> bytes:
        return (_STORIES if name == "stories" else _ADVOCATES).encode("utf-8-sig")

    def make_webhook(self, desk: Desk, external_id: str) -> tuple[Mapping[str, str], bytes]:
        assert isinstance(desk.simulator, OktopostSimulator)
        story = desk.simulator.store.things["story"][external_id]
        headers, body = desk.simulator.notification("newAdvocacyStory", story, secret=SECRET)
        # One header holds the signature; which of the two names it has, the quirks ask.
        return {name: headers[name] for name in ("content-type", "x-oktopost-signature")}, body
