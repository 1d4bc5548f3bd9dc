"""Fetching a feed: only from where we may, no more than we need, and every hop looked at. No database here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx2

from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, VendorUnavailable
from connectors.sdk.http import Answer, build_client, build_request, call
from connectors.sdk.transport import CONNECT_TO
from services.core.feeds.errors import FeedTrouble
from services.core.kit.addresses import is_public

_DEADLINE_SECONDS = 10.0
_MOST_HOPS = 3
_PORTS = (443, 8443)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Fetched:
    """What the server gave; no body: nothing has changed."""

    body: bytes | None
    url: str
    content_type: str
    etag: str | None
    last_modified: str | None


async def fetch(
    url: str,
    *,
    etag: str | None,
    last_modified: str | None,
    allow: Collection[str],
    http: httpx2.AsyncClient | None = None,
) -> Fetched:
    """Get a feed if it has changed; raise FeedTrouble. ``allow`` names ``host:port`` pairs that need not be public."""
    headers = {"Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    client = http or build_client()
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            answer, at = await _follow(client, url, headers, allow)
    except TimeoutError:
        raise FeedTrouble("unreachable", "no answer in time") from None
    finally:
        if http is None:
            await client.aclose()
    return _read(answer, at)


async def _follow(
    client: httpx2.AsyncClient, url: str, headers: dict[str, str], allow: Collection[str]
) -> tuple[Answer, str]:
    for _ in range(_MOST_HOPS + 1):
        address = await find_allowed(url, allow=allow)
        try:
            request = build_request(client, "GET", url, headers=headers)
            if address is not None:
                # The name may mean another place by the time it is asked about again.
                request.extensions = {**request.extensions, CONNECT_TO: address}
            answer = await call(client, request, deadline_seconds=_DEADLINE_SECONDS)
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


async def find_allowed(url: str, *, allow: Collection[str]) -> str | None:
    """The very IP address to connect to: https, public, and nothing else; None for a host that is allowed by name.

    Raises FeedTrouble for an address that we do not fetch from.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise FeedTrouble("address_refused", "not an address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise FeedTrouble("address_refused", "not an https address")
    port = port if port is not None else (443 if parts.scheme == "https" else 80)
    if parts.username is not None or parts.password is not None:
        raise FeedTrouble("address_refused", "a user name in the address")
    if f"{host}:{port}" in allow:
        return None
    if parts.scheme != "https" or port not in _PORTS:
        raise FeedTrouble("address_refused", "not https on port 443 or 8443")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FeedTrouble("unreachable", "no such host") from None
    for *_, address in found:
        if not is_public(str(address[0])):
            raise FeedTrouble("address_refused", "a host that is not public")
    return str(found[0][4][0])
