"""A LinkedIn to try things on: simulator, client and a member who is signed in."""

import contextlib
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import httpx2

from connectors.linkedin import connector
from connectors.linkedin.simulator import LinkedInSimulator, Profile, consent, create_simulator
from connectors.sdk import (
    Account,
    Context,
    Credentials,
    FeedReading,
    LinkCard,
    Media,
    MediaKind,
    Published,
    PublishRequest,
    UploadedMedia,
    build_client,
)
from connectors.sdk.testing.simulator import running

STARTED_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
REDIRECT_URI = "http://127.0.0.1:1/callback"
BASIC = "openid profile w_member_social"
WITH_NUMBERS = BASIC + " r_member_postAnalytics"
VETTED = BASIC + " w_member_social_feed r_member_postAnalytics rw_organization_admin"
PAGE = "urn:li:organization:99"

#: As small as LinkedIn takes them.
FILES = {
    MediaKind.IMAGE: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 40, 30) + b"\x08\x06\0\0\0",
    MediaKind.VIDEO: b"\0\0\0\x18ftypmp42".ljust(75_000, b"\x01"),
    MediaKind.DOCUMENT: b"%PDF-1.7\n",
}
TYPES = {MediaKind.IMAGE: "image/png", MediaKind.VIDEO: "video/mp4", MediaKind.DOCUMENT: "application/pdf"}


def file(kind: MediaKind, data: bytes | None = None, **changes) -> Media:
    """A file that LinkedIn takes, but for what is changed."""
    given = {"alt_text": "תרשים (chart)", "title": "מצגת [deck]", **changes}
    return Media(kind, given.pop("content_type", TYPES[kind]), data or FILES[kind], f"x.{kind}", **given)


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

    async def publish(self, author: Account, text: str, *, link: LinkCard | None = None, **more) -> Published:
        request = PublishRequest(text=text, author=author, idempotency_key="key", link=link, **more)
        return await connector.publish_as_member(self.ctx, request=request)

    async def upload(self, author: Account, kind: MediaKind, data: bytes | None = None, **changes) -> UploadedMedia:
        return await connector.upload_media(self.ctx, author=author, media=file(kind, data, **changes))

    async def comment(self, author: Account, external_id: str, text: str) -> Published:
        return await connector.comment_as_member(self.ctx, external_id=external_id, author=author, text=text)

    async def numbers(
        self, feed: str, *, subject: str = PAGE, since: date = date(2026, 3, 1), until: date = date(2026, 3, 10)
    ) -> FeedReading:
        return await connector.read_goal_feed(self.ctx, feed=feed, subject=subject, since=since, until=until)

    async def control(self, what: str, **body: object) -> dict:
        answer = await self.http.post(f"{self.urls['api']}/_sim/{what}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    async def raw(self, method: str, path: str, **more) -> httpx2.Response:
        """A call that is not our connector's, with the headers that LinkedIn wants unless others are given."""
        headers = {
            "Authorization": f"Bearer {self.ctx.require_credentials().access_token.reveal()}",
            "LinkedIn-Version": "202609",
            "X-Restli-Protocol-Version": "2.0.0",
            **more.pop("headers", {}),
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        return await self.http.request(method, f"{self.urls['api']}{path}", headers=headers, **more)

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
