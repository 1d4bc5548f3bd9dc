"""A LinkedIn to try things on: simulator, client and a member who is signed in."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx2

from connectors.linkedin import connector
from connectors.linkedin.simulator import LinkedInSimulator, Profile, consent, create_simulator
from connectors.sdk import Account, Context, Credentials, LinkCard, Published, PublishRequest, build_client
from connectors.sdk.testing.simulator import running

STARTED_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
REDIRECT_URI = "http://127.0.0.1:1/callback"
BASIC = "openid profile w_member_social"
WITH_NUMBERS = BASIC + " r_member_postAnalytics"


@dataclass(frozen=True)
class Desk:
    simulator: LinkedInSimulator
    urls: Mapping[str, str]
    http: httpx2.AsyncClient
    ctx: Context

    async def code(self, name: str, *, scopes: str = "") -> str:
        url = connector.authorization_url(self.ctx, state="a state", redirect_uri=REDIRECT_URI, scopes=scopes.split())
        back = await consent(self.http, url, member_name=name)
        query = parse_qs(urlsplit(back).query)
        assert query["state"] == ["a state"]
        return query["code"][0]

    async def sign_in(self, name: str, *, scopes: str = "") -> tuple["Desk", Account]:
        code = await self.code(name, scopes=scopes)
        credentials = await connector.exchange_code(self.ctx, code=code, redirect_uri=REDIRECT_URI)
        desk = self.with_credentials(credentials)
        return desk, await connector.get_account(desk.ctx)

    def with_credentials(self, credentials: Credentials | None) -> "Desk":
        return replace(self, ctx=replace(self.ctx, credentials=credentials))

    def with_settings(self, **settings: str) -> "Desk":
        return replace(self, ctx=replace(self.ctx, settings={**self.ctx.settings, **settings}))

    async def publish(self, author: Account, text: str, *, link: LinkCard | None = None) -> Published:
        request = PublishRequest(text=text, author=author, idempotency_key="key", link=link)
        return await connector.publish_as_member(self.ctx, request=request)

    async def fault(self, operation: str, kind: str, **details: object) -> None:
        url = f"{self.urls['api']}/_sim/faults"
        answer = await self.http.post(url, json={"operation": operation, "kind": kind, **details})
        assert answer.status_code == 200

    def advance(self, seconds: float) -> None:
        self.simulator.record({"kind": "clock_advanced", "seconds": seconds})

    async def posts(self) -> list[dict]:
        return (await self.http.get(f"{self.urls['api']}/_sim/state")).json()["posts"]


@contextlib.asynccontextmanager
async def open_desk(*, profile: Profile = Profile.SELF_SERVE, scopes: str = BASIC) -> AsyncIterator[Desk]:
    simulator = create_simulator(clock=lambda: STARTED_AT, profile=profile)
    async with running(simulator) as urls, build_client() as http:
        settings = {
            "client_id": "demo-client",
            "client_secret": "demo-secret",
            "scopes": scopes,
            "api_url": urls["api"],
            "oauth_url": urls["oauth"],
        }
        yield Desk(simulator, urls, http, Context(http=http, settings=settings, clock=simulator.now))
