"""The way to a vendor: one client with the rules built in, and two ways to call that say what a failure proves."""

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

import httpx2

from connectors.sdk.errors import (
    ConfigurationInvalid,
    OutcomeUnknown,
    ProtocolViolation,
    StartedTooLate,
    VendorUnavailable,
)
from connectors.sdk.outbound import Guard
from connectors.sdk.transport import FreshConnections

MAX_BODY_BYTES = 1024 * 1024
USER_AGENT = "advocacy"

#: Raised before the first byte of a request leaves: name not found, refused, no route, TLS failed, connect timeout.
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Reading the certificates we trust takes longer than many a call, so it is done once."""
    return httpx2.create_ssl_context(trust_env=False)


def build_client(
    *,
    verify: ssl.SSLContext | None = None,
    guard: Guard | None = None,
    connect_timeout_seconds: float = 5.0,
    read_timeout_seconds: float = 20.0,
) -> httpx2.AsyncClient:
    """The client for vendor calls: no proxy or netrc from the environment, no redirect, a fresh connection each time.

    A reused connection may be dead without our knowing, which would turn an ordinary send into an unknown outcome.
    A ``guard`` looks at where each request would connect to; without one all addresses are reached. Whoever builds the
    client closes it.
    """
    return httpx2.AsyncClient(
        transport=FreshConnections(ssl_context=verify or _trusted(), guard=guard),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(read_timeout_seconds, connect=connect_timeout_seconds),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the headers for certain, the body as far as it arrived."""

    status: int
    #: Case-insensitive.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    #: False when the connection broke, the deadline passed or the limit was reached while the body was read.
    body_complete: bool = True

    @property
    def is_success(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """The body as JSON; raises ProtocolViolation (without the body) when it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise ProtocolViolation(
                f"status {self.status} with a body that is not JSON ({len(self.body)} bytes)"
            ) from None

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object; raises ProtocolViolation otherwise."""
        value = self.json()
        if not isinstance(value, dict):
            raise ProtocolViolation(f"status {self.status} with JSON that is not an object")
        return value


def build_request(
    http: httpx2.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> httpx2.Request:
    """Makes a request; raises ConfigurationInvalid when the address, which comes from settings, is none."""
    return http.build_request(method, _read_address(url), headers=headers, content=content)


@lru_cache(maxsize=256)
def _read_address(url: str) -> httpx2.URL:
    """The same few addresses are called over and over, and taking one apart costs as much as opening a connection."""
    try:
        return httpx2.URL(require_address(url))
    except httpx2.InvalidURL as error:
        raise ConfigurationInvalid("the address of the vendor can't be read") from error


def require_address(url: str) -> str:
    """The address itself; raises ConfigurationInvalid unless it is a complete http or https one."""
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete:
        raise ConfigurationInvalid("the address of the vendor must be a complete http or https address")
    return url


_starts_before: ContextVar[float | None] = ContextVar("starts_before", default=None)


def steady() -> float:
    """Seconds of a clock that nobody sets, and that also runs while the machine sleeps where the system has one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@contextmanager
def starting_before(moment: float) -> Iterator[None]:
    """Within the block `send_once` begins before `moment` (of `steady()`) or not at all.

    It looks once more when the connection stands, right before the first byte: a process that was frozen, or a slow
    handshake, must not post late.
    """
    token = _starts_before.set(moment)
    try:
        yield
    finally:
        _starts_before.reset(token)


_before_each: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("before_each", default=None)


@contextmanager
def before_each_call(ask: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Within the block each request waits for ``ask`` first; what it raises says that this request was not sent.

    So whoever lends a client counts what really goes out, however many requests an operation makes.
    """
    token = _before_each.set(ask)
    try:
        yield
    finally:
        _before_each.reset(token)


async def ask_first() -> None:
    """Wait for whoever lends the client; for the few places that send by themselves."""
    ask = _before_each.get()
    if ask is not None:
        await ask()


async def _look_at_the_clock(event: str, info: Mapping[str, object]) -> None:
    moment = _starts_before.get()
    if event.endswith("send_request_headers.started") and moment is not None and steady() > moment:
        raise StartedTooLate("not sent: the moment to begin has passed")


async def send_once(http: httpx2.AsyncClient, request: httpx2.Request, *, deadline_seconds: float) -> Answer:
    """Makes the one visible step, at most once, and tells apart what is proven from what is not.

    Once the headers are here an Answer is returned, whatever happens to the body afterwards: the vendor's id is often
    among them. Without headers: VendorUnavailable when it is proven that nothing was sent, else OutcomeUnknown.
    """
    await ask_first()
    if _starts_before.get() is not None:
        request.extensions = {**request.extensions, "trace": _look_at_the_clock}
    try:
        return await _exchange(http, request, deadline_seconds=deadline_seconds)
    except httpx2.UnsupportedProtocol as error:
        raise ConfigurationInvalid("the address has no scheme that we can speak") from error
    # What the guard does not allow has no connection to be sent on.
    except (StartedTooLate, ConfigurationInvalid):
        raise
    except _NOT_SENT as error:
        raise VendorUnavailable(f"not sent: {type(error).__name__}") from error
    # The edge of the visible step: whatever is not proof of non-send leaves the outcome open, library bugs included.
    except Exception as error:
        raise OutcomeUnknown(f"sent, answer lost: {type(error).__name__}") from error


async def call(http: httpx2.AsyncClient, request: httpx2.Request, *, deadline_seconds: float = 30.0) -> Answer:
    """Makes a call that may be repeated (a read, an idempotent delete): any network trouble is VendorUnavailable."""
    await ask_first()
    try:
        answer = await _exchange(http, request, deadline_seconds=deadline_seconds)
    except httpx2.UnsupportedProtocol as error:
        raise ConfigurationInvalid("the address has no scheme that we can speak") from error
    except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
        raise VendorUnavailable(f"no answer: {type(error).__name__}") from error
    if not answer.body_complete:
        if len(answer.body) >= MAX_BODY_BYTES:
            raise ProtocolViolation(f"the answer is larger than {MAX_BODY_BYTES} bytes")
        raise VendorUnavailable("the answer broke off")
    return answer


async def _exchange(http: httpx2.AsyncClient, request: httpx2.Request, *, deadline_seconds: float) -> Answer:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + deadline_seconds
    async with asyncio.timeout_at(ends_at):
        response = await http.send(request, stream=True, follow_redirects=False)
    chunks: list[bytes] = []
    complete = False
    try:
        async with asyncio.timeout_at(ends_at):
            complete = await _read_body(response, chunks)
    # The headers are proof enough; how the body ended can't take that back.
    except Exception:
        complete = False
    finally:
        await _close(response)
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=b"".join(chunks)[:MAX_BODY_BYTES],
        body_complete=complete,
    )


async def _read_body(response: httpx2.Response, chunks: list[bytes]) -> bool:
    size = 0
    # We ask for no compression; a vendor that compresses all the same is read the longer way.
    is_plain = "content-encoding" not in response.headers
    async for chunk in cast(httpx2.AsyncByteStream, response.stream) if is_plain else response.aiter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return False
    return True


async def _close(response: httpx2.Response) -> None:
    try:
        await response.aclose()
    except (httpx2.HTTPError, httpx2.StreamError, OSError):
        return


class LentTransport(httpx2.AsyncBaseTransport):
    """Lets a library that insists on its own client (Authlib) speak through the given one, and leaves that open."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._http.send(request, stream=True, follow_redirects=False)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=response.stream, extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Leaves the given client as it is: its owner closes it."""
