"""A Hootsuite to try things on: simulator, client and a member who is signed in."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from connectors.hootsuite import connector
from connectors.hootsuite.simulator import HootsuiteSimulator, consent, create_simulator
from connectors.sdk import Context, Credentials, Media, MediaKind, PlatformContent, Pushed, Suggestion, build_client
from connectors.sdk.testing.simulator import running

STARTED_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
REDIRECT_URI = "http://localhost:1/callback"
STATE = "a long state"
JSON = "application/json;charset=utf-8"

ANA = "profile:LINKEDIN:115185509"
PAGE = "profile:FACEBOOKPAGE:115185511"
X_COMPANY = "profile:TWITTER:115185512"
VIDEO_CHANNEL = "profile:YOUTUBECHANNEL:115185514"
HIRING = "topic:Hiring"
PNG = Media(MediaKind.IMAGE, "image/png", b"\x89PNG not really", "a.png", alt_text="A picture")
URL = "https://go.example/l/Ab3"


def content(
    destination: str = ANA, *, text: str = "We hire", network: str = "linkedin", **more: Any
) -> PlatformContent:
    given: dict[str, Any] = {
        "key": "key-1",
        "title": "The title",
        "why_share": "An internal reason",
        "url": URL,
        "suggestions": (Suggestion(network, "en", text),),
        "destination_id": destination,
    }
    return PlatformContent(**{**given, **more})


@dataclass(frozen=True)
class Desk:
    simulator: HootsuiteSimulator
    url: str
    http: httpx2.AsyncClient
    ctx: Context

    async def code(self, name: str = "Ana Ruiz", *, scopes: str = "") -> str:
        url = connector.authorization_url(self.ctx, state=STATE, redirect_uri=REDIRECT_URI, scopes=scopes.split())
        query = parse_qs(urlsplit(await consent(self.http, url, member_name=name)).query)
        assert query["state"] == [STATE]
        return query["code"][0]

    async def sign_in(self, name: str = "Ana Ruiz", *, scopes: str = "") -> "Desk":
        code = await self.code(name, scopes=scopes)
        return self.with_credentials(await connector.exchange_code(self.ctx, code=code, redirect_uri=REDIRECT_URI))

    def with_credentials(self, credentials: Credentials | None) -> "Desk":
        return replace(self, ctx=replace(self.ctx, credentials=credentials))

    def with_settings(self, **settings: str) -> "Desk":
        return replace(self, ctx=replace(self.ctx, settings={**self.ctx.settings, **settings}))

    async def push(self, given: PlatformContent) -> Pushed:
        return await connector.push_content(self.ctx, content=given)

    async def raw(self, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        """A call that is not the connector's."""
        token = self.ctx.require_credentials().access_token.reveal()
        given = {"Authorization": f"Bearer {token}", **({"Content-Type": JSON} if body is not None else {}), **headers}
        extra = {} if body is None else {"json": body}
        return await self.http.request(method, self.url + path, headers=given, **extra)

    async def change(self, path: str, **changes: object) -> None:
        """What only people do at the vendor."""
        assert (await self.http.post(f"{self.url}/_sim/{path}", json=changes)).status_code == 200

    async def fault(self, operation: str, kind: str, **details: object) -> None:
        await self.change("faults", operation=operation, kind=kind, **details)

    def advance(self, seconds: float) -> None:
        self.simulator.record({"kind": "clock_advanced", "seconds": seconds})

    def messages(self) -> list[dict[str, Any]]:
        self.simulator.messages.tick()
        return self.simulator.rows("messages")

    def posts(self) -> list[dict[str, Any]]:
        return self.simulator.rows("posts")


def settings_for(url: str) -> Mapping[str, str]:
    return {
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "scopes": "offline analytics:read",
        "api_url": url,
    }


@contextlib.asynccontextmanager
async def open_desk(
    *, name: str = "Ana Ruiz", clock: Callable[[], datetime] = lambda: STARTED_AT, **options: Any
) -> AsyncIterator[Desk]:
    simulator = create_simulator(clock=clock, **{"calls_per_second": 10_000, **options})
    async with running(simulator) as urls, build_client() as http:
        settings = {**settings_for(urls["api"]), "client_secret": simulator.options.client_secret}
        ctx = Context(http=http, settings=settings, clock=simulator.now)
        yield await Desk(simulator, urls["api"], http, ctx).sign_in(name)
