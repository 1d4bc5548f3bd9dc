"""An Oktopost to try things on: simulator, client and settings that fit."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2

from connectors.oktopost import connector
from connectors.oktopost.simulator import OktopostSimulator, Options, create_simulator
from connectors.oktopost.simulator.store import CAMPAIGN, STORY_BOARD
from connectors.sdk import AudienceMember, AudiencePerson, Context, PlatformContent, Pushed, Suggestion, build_client
from connectors.sdk.testing.simulator import running

STARTED_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
KEY = "canary-api-key"
SECRET = "canary-webhook-secret"
URL = "https://go.example/l/Ab3"


def settings(addresses: Mapping[str, str], *, host: str = "api") -> dict[str, str]:
    return {
        "account_id": "001000000000001",
        "api_key": KEY,
        "campaign_id": CAMPAIGN,
        "webhook_secret": SECRET,
        "api_url": addresses.get(host, "http://127.0.0.1:1"),
    }


def content(**changes: Any) -> PlatformContent:
    given = PlatformContent(
        key="item-1",
        title="We opened a lab",
        why_share="It is ours",
        url=URL,
        suggestions=(Suggestion("linkedin", "en", "Look at our lab"),),
        destination_id=STORY_BOARD,
    )
    return replace(given, **changes)


def person(name: str = "noa") -> AudiencePerson:
    return AudiencePerson(f"ref-{name}", f"{name}@example.com", name.capitalize(), "Levi")


@dataclass(frozen=True)
class Desk:
    simulator: OktopostSimulator
    urls: Mapping[str, str]
    http: httpx2.AsyncClient
    ctx: Context

    def with_settings(self, **changes: str) -> "Desk":
        return replace(self, ctx=replace(self.ctx, settings={**self.ctx.settings, **changes}))

    def advance(self, seconds: float) -> None:
        self.simulator.record({"kind": "clock_advanced", "seconds": seconds})

    def things(self, kind: str) -> list[dict[str, Any]]:
        return list(self.simulator.store.things[kind].values())

    async def fault(self, operation: str, kind: str, **details: object) -> None:
        answer = await self.control("faults", operation=operation, kind=kind, **details)
        assert answer.status_code == 200

    async def control(self, path: str, **body: object) -> httpx2.Response:
        return await self.http.post(f"{self.urls['api']}/_sim/{path}", json=body)

    async def push(self, **changes: Any) -> Pushed:
        return await connector.push_content(self.ctx, content=content(**changes))

    async def let_in(self, name: str = "noa", *, board_id: str = STORY_BOARD) -> AudienceMember:
        return await connector.add_member(self.ctx, person=person(name), destination_id=board_id)

    async def get(self, path: str, *, host: str = "api", **query: object) -> httpx2.Response:
        # An empty query would cut off the one of the path.
        params = {name: str(value) for name, value in query.items()} or None
        return await self._raw("GET", path, host=host, params=params)

    async def post(self, path: str, *, host: str = "api", **form: object) -> httpx2.Response:
        return await self._raw("POST", path, host=host, data={name: str(value) for name, value in form.items()})

    async def delete(self, path: str, **form: object) -> httpx2.Response:
        return await self._raw("DELETE", path, host="api", data={name: str(value) for name, value in form.items()})

    async def _raw(self, method: str, path: str, *, host: str, **more: Any) -> httpx2.Response:
        auth = (self.ctx.settings["account_id"], self.ctx.settings["api_key"])
        return await self.http.request(method, f"{self.urls[host]}/v2{path}", auth=auth, **more)


@contextlib.asynccontextmanager
async def open_desk(**options: Any) -> AsyncIterator[Desk]:
    simulator = create_simulator(Options(api_key=KEY, **options), clock=lambda: STARTED_AT)
    async with running(simulator) as urls, build_client() as http:
        host = "eu_api" if options.get("data_centre") == "eu" else "api"
        ctx = Context(http=http, settings=settings(urls, host=host), clock=simulator.now, deadline_seconds=5.0)
        yield Desk(simulator, urls, http, ctx)
