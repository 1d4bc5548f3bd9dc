"""A Firstup and a VoiceStorm to try things on: simulator, client and a context that is signed in."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2

from connectors.sdk import Context, PlatformContent, Suggestion, build_client
from connectors.sdk.testing.simulator import Fault, running
from connectors.voicestorm import connector
from connectors.voicestorm.simulator import FirstupSimulator, LegacySimulator, create_firstup, create_voicestorm

STARTED_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
CLIENT_SECRET = "canary-client-secret"
HOOK_SECRET = "Bearer canary-hook-secret"
SCIM_TOKEN = "canary-scim-token"
#: What URL-encoding changes, and Base64 alone does not.
ACCESS_TOKEN, TOKEN_SECRET = "canary/token+1", "canary/secret+1="


def firstup_settings(addresses: Mapping[str, str], *, region: str = "us1") -> dict[str, str]:
    suffix = "" if region == "us1" else f"_{region}"
    return {
        "generation": "firstup",
        "client_id": "demo-client",
        "client_secret": CLIENT_SECRET,
        "region": region,
        "api_url": addresses.get(f"api{suffix}", "http://127.0.0.1:1"),
        "auth_url": addresses.get(f"auth{suffix}", "http://127.0.0.1:1"),
        "webhook_authorization": HOOK_SECRET,
    }


def voicestorm_settings(addresses: Mapping[str, str], *, with_scim: bool = True) -> dict[str, str]:
    address = addresses.get("api", "http://127.0.0.1:1")
    scim = {"scim_url": f"{address}/scim/v2", "scim_token": SCIM_TOKEN} if with_scim else {}
    return {
        "generation": "voicestorm",
        "client_id": ACCESS_TOKEN,
        "client_secret": TOKEN_SECRET,
        "community_url": address,
        **scim,
    }


@dataclass(frozen=True)
class Desk:
    simulator: Any
    urls: Mapping[str, str]
    http: httpx2.AsyncClient
    ctx: Context

    async def sign_in(self) -> "Desk":
        credentials = await connector.authenticate(self.ctx)
        return replace(self, ctx=replace(self.ctx, credentials=credentials))

    def with_settings(self, **settings: str) -> "Desk":
        return replace(self, ctx=replace(self.ctx, settings={**self.ctx.settings, **settings}))

    def fault(self, operation: str, kind: str, **details: object) -> None:
        self.simulator.faults.add(Fault.parse({"operation": operation, "kind": kind, **details}))

    def advance(self, seconds: float) -> None:
        self.simulator.record({"kind": "clock_advanced", "seconds": seconds})

    async def ask(
        self, method: str, path: str, *, host: str = "api", token: str | None = None, **more: Any
    ) -> httpx2.Response:
        """A call as a client that is not ours would make it."""
        given = token if token is not None else self.ctx.require_credentials().access_token.reveal()
        headers = {**({"Authorization": f"Bearer {given}"} if given else {}), **more.pop("headers", {})}
        return await self.http.request(method, self.urls[host] + path, headers=headers, **more)

    async def control(self, path: str, **body: object) -> httpx2.Response:
        """What people do at the vendor."""
        answer = await self.http.post(f"{self.urls['api']}/_sim/{path}", json=body)
        assert answer.is_success, answer.text
        return answer

    def seen(self, region: str = "us1") -> dict[str, Any]:
        return self.simulator.state()[region]


def content(key: str = "item-1", text: str = "Come and see", **more: Any) -> PlatformContent:
    given: dict[str, Any] = {
        "key": key,
        "title": "Our new lab is open",
        "why_share": "We are proud of it",
        "url": "https://go.example/l/Ab3?x=1&y=2",
        "suggestions": (Suggestion(network="linkedin", language="en", text=text),),
        "destination_id": "4411",
    }
    return PlatformContent(**{**given, **more})


@contextlib.asynccontextmanager
async def open_firstup(*, region: str = "us1", **options: object) -> AsyncIterator[Desk]:
    simulator: FirstupSimulator = create_firstup(clock=lambda: STARTED_AT, client_secret=CLIENT_SECRET)
    simulator.configure(**options)
    async with running(simulator) as urls, build_client() as http:
        ctx = Context(http=http, settings=firstup_settings(urls, region=region), clock=simulator.now)
        yield await Desk(simulator, urls, http, ctx).sign_in()


@contextlib.asynccontextmanager
async def open_voicestorm(*, with_scim: bool = True, **options: object) -> AsyncIterator[Desk]:
    simulator: LegacySimulator = create_voicestorm(
        clock=lambda: STARTED_AT, access_token=ACCESS_TOKEN, token_secret=TOKEN_SECRET, scim_token=SCIM_TOKEN
    )
    simulator.configure(**options)
    async with running(simulator) as urls, build_client() as http:
        ctx = Context(http=http, settings=voicestorm_settings(urls, with_scim=with_scim), clock=simulator.now)
        yield await Desk(simulator, urls, http, ctx).sign_in()
