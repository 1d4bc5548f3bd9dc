"""The LinkedIn connector takes the exam, with an app that has every product."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from connectors.linkedin import connector
from connectors.linkedin.simulator import Profile, consent, create_simulator
from connectors.sdk import Capability, Context, Credentials, Media, MediaKind
from connectors.sdk.testing.conformance import ConnectorConformance
from connectors.sdk.testing.simulator import Simulator

from .desk import FILES, VETTED

REDIRECT_URI = "http://127.0.0.1:1/callback"


class TestLinkedIn(ConnectorConformance):
    connector = connector
    package = "connectors.linkedin"
    id_header = "x-restli-id"
    missing_external_id = "urn:li:share:1"
    operations: ClassVar = {
        Capability.AUTHORIZE: "userinfo",
        Capability.CHECK: "userinfo",
        Capability.UPLOAD_MEDIA: "initialize_image",
        Capability.PUBLISH_AS_MEMBER: "create_post",
        Capability.COMMENT_AS_MEMBER: "create_comment",
        Capability.READ_METRICS: "analytics",
        Capability.READ_GOAL_FEED: "network_size",
        Capability.DELETE_POST: "delete_post",
    }

    def make_simulator(self) -> Simulator:
        return create_simulator(
            clock=lambda: self.started_at, profile=Profile.PARTNER, client_secret="canary-client-secret"
        )

    def settings(self, addresses: Mapping[str, str]) -> Mapping[str, str]:
        return {
            "client_id": "demo-client",
            "client_secret": "canary-client-secret",
            "scopes": VETTED,
            "api_url": addresses["api"],
            "oauth_url": addresses["oauth"],
        }

    async def sign_in(self, ctx: Context) -> Credentials | None:
        url = connector.authorization_url(ctx, state="s", redirect_uri=REDIRECT_URI)
        back = await consent(ctx.http, url, member_name="Noa Levi")
        code = parse_qs(urlsplit(back).query)["code"][0]
        return await connector.exchange_code(ctx, code=code, redirect_uri=REDIRECT_URI)

    def feed_subject(self, feed: str) -> str:
        return "urn:li:organization:99"

    def _media(self, kind: MediaKind) -> Media:
        # LinkedIn reads what it is given: no video has fifteen bytes.
        return replace(super()._media(kind), data=FILES[kind])
