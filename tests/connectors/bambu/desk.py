"""A Sprout to try things on: simulator, client and a context that is signed in."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2

from connectors.bambu import connector
from connectors.bambu.simulator import SproutSimulator, create_simulator
from connectors.sdk import Context, Media, MediaKind, Metric, MetricReading, PlatformContent, Pushed, Suggestion
from connectors.sdk import build_client as build_http
from connectors.sdk.testing.simulator import running

STARTED_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
PAGE = "profile:9001:7101:linkedin"
FACEBOOK = "profile:9001:7102:facebook"
URL = "https://go.example/l/Ab3"
IMAGE = Media(MediaKind.IMAGE, "image/png", b"\x89PNG\r\n--\r\n\x00", "מעבדה.png", alt_text="A lab")


def item(**changes: Any) -> PlatformContent:
    given: dict[str, Any] = {
        "key": "item-1",
        "title": "The new lab",
        "why_share": "Only for colleagues",
        "url": URL,
        "suggestions": (Suggestion("linkedin", "he", "המעבדה (החדשה) פתוחה"),),
        "destination_id": PAGE,
        "publish_at": STARTED_AT + timedelta(hours=2),
    }
    return PlatformContent(**{**given, **changes})


@dataclass(frozen=True)
class Desk:
    simulator: SproutSimulator
    urls: Mapping[str, str]
    http: httpx2.AsyncClient
    ctx: Context

    def with_settings(self, **settings: str) -> "Desk":
        return replace(self, ctx=replace(self.ctx, settings={**self.ctx.settings, **settings}))

    async def signed_in(self) -> "Desk":
        return replace(self, ctx=replace(self.ctx, credentials=await connector.authenticate(self.ctx)))

    async def push(self, content: PlatformContent | None = None) -> Pushed:
        return await connector.push_content(self.ctx, content=content or item())

    async def numbers(self, external_id: str, *metrics: Metric) -> MetricReading:
        today = date(2026, 3, 10)
        return await connector.read_content_metrics(
            self.ctx, external_id=external_id, metrics=metrics or list(Metric), since=today, until=today
        )

    def advance(self, **span: float) -> None:
        self.simulator.record({"kind": "clock_advanced", "seconds": timedelta(**span).total_seconds()})

    async def people(self, path: str, **body: object) -> None:
        answer = await self.http.post(f"{self.urls['api']}/_sim/{path}", json=body)
        assert answer.is_success, answer.text

    async def fault(self, operation: str, kind: str, **details: object) -> None:
        await self.people("faults", operation=operation, kind=kind, **details)

    async def raw(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """A call as somebody else's client would make it, with the token."""
        headers = {"Authorization": f"Bearer {self.ctx.require_credentials().access_token.reveal()}"}
        headers |= more.pop("headers", {})
        return await self.http.request(method, self.urls["api"] + path, headers=headers, **more)

    def drafts(self) -> list[dict[str, Any]]:
        found = self.simulator.state()["drafts"]
        assert isinstance(found, list)
        return found


@contextlib.asynccontextmanager
async def open_desk(**options: Any) -> AsyncIterator[Desk]:
    simulator = create_simulator(clock=lambda: STARTED_AT, **options)
    async with running(simulator) as urls, build_http() as http:
        settings = {"customer_id": "410022", "client_id": "demo-client", "client_secret": "demo-secret"}
        settings |= {"api_url": urls["api"], "oauth_url": urls["identity"]}
        yield await Desk(simulator, urls, http, Context(http=http, settings=settings, clock=simulator.now)).signed_in()
