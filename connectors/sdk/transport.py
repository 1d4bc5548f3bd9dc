"""One connection per request, by construction: nothing is kept, pooled or used again.

A reused connection may be dead without our knowing, and a request on it is then neither proven sent nor proven not
sent. HTTP/1.1 is h11's, which does no input or output of its own, over asyncio's streams: without a connection pool
and its locks between, a call costs half of the processor time (measured against httpcore2 2.16 on CPython 3.11).
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import h11
import httpx2

from connectors.sdk.outbound import Guard

_READ_BYTES = 65_536
#: More than any vendor sends in its headers.
_HEADER_BYTES = 65_536
#: So long each address of several is tried, before the next one's turn; the last has what is left.
_TRY_SECONDS = 1.0


class FreshConnections(httpx2.AsyncBaseTransport):
    """An httpx transport whose every request has a connection of its own, closed with its response."""

    def __init__(self, *, ssl_context: ssl.SSLContext, guard: Guard | None = None) -> None:
        self._ssl_context = ssl_context
        self._guard = guard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Connect, send, and read the headers.

        Raises the errors of httpx, and before anything is sent ConfigurationInvalid for what the guard does not allow.
        """
        if request.url.scheme not in ("http", "https"):
            raise httpx2.UnsupportedProtocol(f"cannot speak {request.url.scheme!r}", request=request)
        timeouts: Mapping[str, float | None] = request.extensions.get("timeout", {})
        connection = _Connection(request, timeouts)
        try:
            await connection.open(self._ssl_context, self._guard)
            await connection.send()
            answer = await connection.read_headers()
        except BaseException:
            connection.abort()
            raise
        return httpx2.Response(answer.status_code, headers=answer.headers.raw_items(), stream=_Body(connection))


class _Connection:
    def __init__(self, request: httpx2.Request, timeouts: Mapping[str, float | None]) -> None:
        self._request = request
        self._timeouts = timeouts
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADER_BYTES)
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None

    async def open(self, ssl_context: ssl.SSLContext, guard: Guard | None) -> None:
        url = self._request.url
        is_safe = url.scheme == "https"
        host = url.raw_host.decode("ascii")
        port = url.port or (443 if is_safe else 80)
        tls: dict[str, Any] = {"ssl": ssl_context, "server_hostname": host} if is_safe else {}
        with self._errors(httpx2.ConnectTimeout, httpx2.ConnectError):
            async with asyncio.timeout(self._timeouts.get("connect")):
                if guard is None or guard.trusts(url):
                    self._reader, self._writer = await asyncio.open_connection(host, port, **tls)
                else:
                    # The name may mean another place by the time it is asked about again: it is asked about once.
                    made = await _connect(await guard.addresses(url), port)
                    self._reader, self._writer = await asyncio.open_connection(sock=made, **tls)

    async def send(self) -> None:
        assert self._writer is not None  # noqa: S101  # opened before
        request = self._request
        with self._errors(httpx2.WriteTimeout, httpx2.WriteError):
            parts = [
                self._http.send(
                    h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
                )
            ]
            # Read before anything is sent: what cannot be read to its end must not go out in part.
            async for part in request.stream:  # type: ignore[union-attr]  # an AsyncClient's request streams so
                parts.append(self._http.send(h11.Data(data=part)))
            parts.append(self._http.send(h11.EndOfMessage()))
            trace: Callable[[str, Mapping[str, object]], Awaitable[None]] | None = request.extensions.get("trace")
            if trace is not None:
                await trace("http11.send_request_headers.started", {})
            async with asyncio.timeout(self._timeouts.get("write")):
                self._writer.writelines(part for part in parts if part)
                # A vendor may refuse before it has read everything: its answer counts, if there is one.
                with contextlib.suppress(ConnectionError):
                    await self._writer.drain()

    async def read_headers(self) -> h11.Response:
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise httpx2.RemoteProtocolError("the answer does not begin with a status", request=self._request)

    async def read_body(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._next_event(), h11.Data):
            yield bytes(event.data)

    async def _next_event(self) -> Any:
        with self._errors(httpx2.ReadTimeout, httpx2.ReadError):
            while (event := self._http.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(self._timeouts.get("read")):
                    self._http.receive_data(await self._reader.read(_READ_BYTES))
        return event

    def close(self) -> None:
        # Not waited for: a peer that does not answer our goodbye must not hold us.
        if self._http.their_state is h11.DONE and self._writer is not None:
            self._writer.close()
        else:
            self.abort()

    def abort(self) -> None:
        # What was not written by now, because we have given up, must not be written later.
        if self._writer is not None:
            self._writer.transport.abort()

    @contextlib.contextmanager
    def _errors(self, timeout: type[httpx2.TransportError], other: type[httpx2.TransportError]) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise timeout(str(error), request=self._request) from error
        # A name that cannot be one (an empty or a too long part) fails when it is encoded.
        except (OSError, EOFError, UnicodeError) as error:
            raise other(str(error) or type(error).__name__, request=self._request) from error
        except h11.LocalProtocolError as error:
            raise httpx2.LocalProtocolError(str(error), request=self._request) from error
        except h11.RemoteProtocolError as error:
            raise httpx2.RemoteProtocolError(str(error), request=self._request) from error


async def _connect(addresses: Sequence[str], port: int) -> socket.socket:
    """A connection to the first of these that takes one; raises OSError or TimeoutError of the last."""
    *others, last = addresses
    for address in others:
        with contextlib.suppress(OSError):
            async with asyncio.timeout(_TRY_SECONDS):
                return await _connect_to(address, port)
    return await _connect_to(last, port)


async def _connect_to(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made


class _Body(httpx2.AsyncByteStream):
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._connection.read_body():
            yield part

    async def aclose(self) -> None:
        self._connection.close()
