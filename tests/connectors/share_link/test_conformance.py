"""The share link takes the exam; it calls nobody, so most questions don't apply."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.demo.simulator import create_simulator
from connectors.sdk import ConfigurationInvalid, Context, Rejected, build_client
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator
from connectors.share_link import connector


class TestShareLink(ConnectorConformance):
    connector = connector
    package = "connectors.share_link"

    def make_simulator(self) -> Simulator:
        return create_simulator(clock=lambda: self.started_at)

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {}

    def _ctx(self, **settings: str) -> Context:
        return Context(http=build_client(), settings=settings, clock=lambda: self.started_at)

    def test_the_dialog_gets_the_tracked_link_whole_and_nothing_else(self) -> None:
        url = "https://go.example/l/a%20b?utm_source=x&y=ש#part"
        shared = connector.share_link(self._ctx(), text="טקסט", url=url)
        parts = urlsplit(shared.url)
        assert (parts.netloc, parts.path) == ("www.linkedin.com", "/sharing/share-offsite/")
        assert parse_qs(parts.query) == {"url": [url]}

    def test_the_instructions_speak_of_pasting_only_when_there_is_a_text(self) -> None:
        assert "Paste" in connector.share_link(self._ctx(), text="x", url="https://a.example").instructions["en"]
        assert "Paste" not in connector.share_link(self._ctx(), text=" ", url="https://a.example").instructions["en"]

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "/relative", "https://", "https://a b.example", ""])
    def test_what_is_no_web_address_is_refused(self, url: str) -> None:
        with pytest.raises(Rejected) as caught:
            connector.share_link(self._ctx(), text="x", url=url)
        assert caught.value.code == "link_not_sendable"

    def test_a_dialog_address_without_https_is_the_administrators_to_fix(self) -> None:
        with pytest.raises(ConfigurationInvalid):
            connector.share_link(self._ctx(dialog_url="http://evil.example/"), text="x", url="https://a.example")
