"""Fetching a feed: only from where we may, no more than we need, and every hop looked at. No database here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2

from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, VendorUnavailable
from connectors.sdk.http import Answer, build_request, call
from services.core.feeds.errors import FeedTrouble
from services.core.kit.outbound import check_address
from services.core.kit.settings import Settings

_DEADLINE_SECONDS = 10.0
_MOST_HOPS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Fetched:
    """What the server gave; no body: nothing has changed."""

    body: bytes | None
    url: str
    content_type: str
    etag: str | None
    last_modified: str | None


async def fetch(url: str, *, etag: str | None, last_modified: str | None, http: httpx2.AsyncClient) -> Fetched:
    """Get a feed if it has changed; raise FeedTrouble. ``http`` is an ``outbound_client``: each hop is looked at."""
    headers = {"Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            answer, at = await _follow(http, url, headers)
    except TimeoutError:
        raise FeedTrouble("unreachable", "no answer in time") from None
    return _read(answer, at)


async def _follow(http: httpx2.AsyncClient, url: str, headers: dict[str, str]) -> tuple[Answer, str]:
    for _ in range(_MOST_HOPS + 1):
        try:
            request = build_request(http, "GET", url, headers=headers)
            answer = await call(http, request, deadline_seconds=_DEADLINE_SECONDS)
        except VendorUnavailable as error:
            raise FeedTrouble("unreachable", error.detail) from error
        except ProtocolViolation as error:
            raise FeedTrouble("too_large", error.detail) from error
        except ConfigurationInvalid as error:
            raise FeedTrouble("address_refused", error.detail) from error
        if answer.status not in _REDIRECTS:
            return answer, url
        target = answer.headers.get("location")
        if not target:
            raise FeedTrouble("refused", f"{answer.status} without a place to go")
        url = urljoin(url, target)
    raise FeedTrouble("too_many_redirects")


def _read(answer: Answer, url: str) -> Fetched:
    kept = {"etag": answer.headers.get("etag"), "last_modified": answer.headers.get("last-modified")}
    content_type = answer.headers.get("content-type", "")
    if answer.status == 304:
        return Fetched(None, url, content_type, **kept)
    if not answer.is_success:
        after = answer.headers.get("retry-after", "")
        seconds = int(after) if after.isdecimal() and len(after) < 7 else None
        raise FeedTrouble("refused", f"HTTP {answer.status}", retry_after_seconds=seconds)
    return Fetched(answer.body, url, content_type, **kept)


async def check(url: str, *, settings: Settings) -> None:
    """Make sure that an address is one that we fetch from, as far as can be told now; raise FeedTrouble."""
    try:
        await check_address(url, settings=settings)
    except ConfigurationInvalid as error:
        raise FeedTrouble("address_refused", error.detail) from error
    except VendorUnavailable as error:
        raise FeedTrouble("unreachable", error.detail) from error
