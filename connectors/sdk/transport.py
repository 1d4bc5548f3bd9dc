"""One connection per request, by construction: nothing is kept, pooled or used again.

A reused connection may be dead without our knowing, and a request on it is then neither proven sent nor proven not
sent. Built on httpcore's connection over asyncio's own streams: without a pool and without a second concurrency
library between, a call costs two thirds of the processor time (measured with httpcore2 2.16 on CPython 3.11).
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator

import httpcore2
import httpx2


class FreshConnections(httpx2.AsyncBaseTransport):
    """An httpx transport whose every request has a connection of its own, closed with its response."""

    def __init__(self, *, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._backend = _Backend()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Connect, send, and read the headers; raises the errors of httpx."""
        url = request.url
        if url.scheme not in ("http", "https"):
            raise httpx2.UnsupportedProtocol(f"cannot speak {url.scheme!r}", request=request)
        origin = httpcore2.Origin(url.raw_scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80))
        connection = httpcore2.AsyncHTTPConnection(
            origin, ssl_context=self._ssl_context, keepalive_expiry=0, network_backend=self._backend
        )
        sent = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=origin.scheme, host=origin.host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            with _errors_of_httpx(request):
                answer = await connection.handle_async_request(sent)
        except BaseException:
            await connection.aclose()
            raise
        body = _Body(answer, connection, request)
        return httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)


class _Body(httpx2.AsyncByteStream):
    def __init__(
        self, answer: httpcore2.Response, connection: httpcore2.AsyncHTTPConnection, request: httpx2.Request
    ) -> None:
        self._answer = answer
        self._connection = connection
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx(self._request):
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        with _errors_of_httpx(self._request):
            try:
                await self._answer.aclose()
            finally:
                await self._connection.aclose()


@contextlib.contextmanager
def _errors_of_httpx(request: httpx2.Request) -> Iterator[None]:
    """Both libraries name their errors alike."""
    try:
        yield
    except Exception as error:
        same = getattr(httpx2, type(error).__name__, None) if type(error).__module__.startswith("httpcore2") else None
        if same is None:
            raise
        raise same(str(error), request=request) from error


class _Backend(httpcore2.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        with _errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(host, port)
        return _Stream(reader, writer)


class _Stream(httpcore2.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _errors(httpcore2.ReadTimeout, httpcore2.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _errors(httpcore2.WriteTimeout, httpcore2.WriteError):
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        with _errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    async def aclose(self) -> None:
        # Not waited for: a peer that does not answer our goodbye must not hold us. What was not written by now, because
        # we have given up, must not be written later.
        if self._writer.transport.get_write_buffer_size() > 0:
            self._writer.transport.abort()
        else:
            self._writer.close()

    def get_extra_info(self, info: str) -> object:
        return self._writer.get_extra_info(info)


@contextlib.contextmanager
def _errors(timeout: type[Exception], other: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error)) from error
    except (OSError, ssl.SSLError, EOFError) as error:
        raise other(str(error) or type(error).__name__) from error
