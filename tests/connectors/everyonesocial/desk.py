"""An EveryoneSocial to try things on: simulator, client and a context with both tokens."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2

from connectors.everyonesocial import connector
from connectors.everyonesocial.simulator import EveryoneSocialSimulator, create_simulator
from connectors.sdk import Context, PlatformContent, Pushed, Suggestion, build_client
from connectors.sdk.testing.simulator import Fault, running

STARTED_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
TOKENS = {"api_token": "demo-api-token", "scim_token": "demo-scim-token"}


@dataclass(frozen=True)
class Desk:
    simulator: EveryoneSocialSimulator
    urls: Mapping[str, str]
    http: httpx2.AsyncClient
    ctx: Context

    def with_settings(self, **settings: str) -> "Desk":
        return replace(self, ctx=replace(self.ctx, settings={**self.ctx.settings, **settings}))

    def without(self, *names: str) -> Context:
        settings = {name: value for name, value in self.ctx.settings.items() if name not in names}
        return replace(self.ctx, settings=settings)

    def group(self, name: str = "All colleagues") -> str:
        return next(group.id for group in self.simulator.store.groups.values() if group.name == name)

    def content(self, *, group: str = "All colleagues", **changes: Any) -> PlatformContent:
        made = PlatformContent(
            key="k-1",
            title="Our new lab is open",
            why_share="Short intro for colleagues",
            url="https://go.example/l/Ab3",
            suggestions=(Suggestion("linkedin", "en", "Proud of the team behind this."),),
            destination_id=self.group(group),
        )
        return replace(made, **changes)

    async def push(self, content: PlatformContent | None = None) -> Pushed:
        return await connector.push_content(self.ctx, content=content or self.content())

    async def api(self, method: str, path: str, *, token: str = TOKENS["api_token"], **more: Any) -> httpx2.Response:
        headers = {"Authorization": token, **more.pop("headers", {})}
        return await self.http.request(method, f"{self.urls['api']}/v1{path}", headers=headers, **more)

    async def scim(self, method: str, path: str, *, token: str = f"Bearer {TOKENS['scim_token']}", **more: Any):
        return await self.http.request(method, self.urls["scim"] + path, headers={"Authorization": token}, **more)

    async def people(self, path: str, **asked: Any) -> dict[str, Any]:
        """What only people do at the vendor."""
        answer = await self.http.post(f"{self.urls['api']}/_sim/{path}", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, status: str, *, group: str = "All colleagues") -> list[str]:
        answer = await self.api("GET", f"/group/{self.group(group)}/content", params={"approval_status": status})
        return [item["content_data"]["title"] for item in answer.json()["content_list"]]

    def sent(self) -> list[dict[str, Any]]:
        """Bodies of the items that were created, as they came."""
        return [content.data for content in self.simulator.store.contents.values()]

    def fault(self, operation: str, kind: str, **details: Any) -> None:
        self.simulator.faults.add(Fault.parse({"operation": operation, "kind": kind, **details}))

    def advance(self, seconds: float) -> None:
        self.simulator.record({"kind": "clock_advanced", "seconds": seconds})


@contextlib.asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    simulator = create_simulator(clock=lambda: STARTED_AT)
    async with running(simulator) as urls, build_client() as http:
        simulator.configure(upload_url=urls["uploads"])
        settings = {**TOKENS, "api_url": urls["api"], "scim_url": urls["scim"]}
        yield Desk(simulator, urls, http, Context(http=http, settings=settings, clock=simulator.now))
