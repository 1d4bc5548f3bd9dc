"""What a failure proves, tried against raw servers on this machine that misbehave on purpose."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest

from connectors.sdk import (
    ConfigurationInvalid,
    LentTransport,
    OutcomeUnknown,
    ProtocolViolation,
    VendorUnavailable,
    build_client,
    call,
    send_once,
)
from connectors.sdk.http import MAX_BODY_BYTES

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def raw_server(talk: Talk) -> AsyncIterator[str]:
    """A server that does exactly what `talk` does, once per connection."""

    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*talks)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(4)


def answering(data: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(data)
        await writer.drain()

    return talk


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await reader.read()


def holding() -> tuple[asyncio.Event, Talk]:
    """Like `silent`, and tells when the request has arrived."""
    arrived = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        arrived.set()
        await reader.read()

    return arrived, talk


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def silent_after_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: 10\r\n\r\nabc")
    await reader.read()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends a header now and then, so that no timeout between two reads ever strikes."""
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(TimeoutError):
        while not reader.at_eof():
            writer.write(b"X-Drip: 1\r\n")
            await writer.drain()
            async with asyncio.timeout(0.02):
                await reader.read()


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


async def send(url: str, *, deadline_seconds: float = 5.0, **client: float):
    async with build_client(**client) as http:
        return await send_once(
            http, http.build_request("POST", url, content=b"text"), deadline_seconds=deadline_seconds
        )


async def read(url: str, *, deadline_seconds: float = 5.0):
    async with build_client() as http:
        return await call(http, http.build_request("POST", url, content=b"text"), deadline_seconds=deadline_seconds)


class TestSendOnceProvesNonSend:
    async def test_a_refused_connection_was_not_sent(self):
        with pytest.raises(VendorUnavailable):
            await send(unused_address())

    async def test_a_name_that_does_not_resolve_was_not_sent(self):
        with pytest.raises(VendorUnavailable):
            await send("http://name.invalid./")

    @pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example"])
    async def test_a_name_that_can_be_none_was_not_sent(self, name: str):
        with pytest.raises(VendorUnavailable):
            await send(f"http://{name}/")

    async def test_a_failed_tls_handshake_was_not_sent(self):
        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with raw_server(plain) as url:
            with pytest.raises(VendorUnavailable) as caught:
                await send(url.replace("http://", "https://"))
        assert any(isinstance(link, ssl.SSLError) for link in chain(caught.value))

    async def test_a_connection_closed_within_the_handshake_was_not_sent(self):
        async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)

        async with raw_server(close) as url:
            with pytest.raises(VendorUnavailable):
                await send(url.replace("http://", "https://"))

    async def test_a_handshake_that_takes_too_long_was_not_sent(self):
        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            await reader.read()

        async with raw_server(wait) as url:
            with pytest.raises(VendorUnavailable):
                await send(url.replace("http://", "https://"), connect_timeout_seconds=0.1)

    async def test_an_address_without_a_known_scheme_is_a_wrong_setting(self):
        with pytest.raises(ConfigurationInvalid):
            await send("ftp://127.0.0.1/")


class TestSendOnceLeavesTheOutcomeOpen:
    async def test_a_reset_after_the_request(self):
        async with raw_server(resetting) as url:
            with pytest.raises(OutcomeUnknown) as caught:
                await send(url)
        assert isinstance(caught.value.__cause__, httpx2.ReadError)

    async def test_a_close_without_an_answer(self):
        async with raw_server(answering(b"")) as url:
            with pytest.raises(OutcomeUnknown):
                await send(url)

    async def test_an_answer_that_is_not_http(self):
        async with raw_server(answering(b"\x16\x03garbage\r\n\r\n")) as url:
            with pytest.raises(OutcomeUnknown):
                await send(url)

    async def test_an_answer_cut_within_its_headers(self):
        async with raw_server(answering(b"HTTP/1.1 201 Created\r\nX-Id: 7")) as url:
            with pytest.raises(OutcomeUnknown):
                await send(url)

    async def test_no_answer_within_the_read_timeout(self):
        async with raw_server(silent) as url:
            with pytest.raises(OutcomeUnknown):
                await send(url, read_timeout_seconds=0.1)

    async def test_no_answer_within_the_deadline(self):
        async with raw_server(silent) as url:
            with pytest.raises(OutcomeUnknown):
                await send(url, deadline_seconds=0.1)

    async def test_an_answer_that_drips_is_bounded_by_the_deadline(self):
        async with raw_server(dripping) as url:
            with pytest.raises(OutcomeUnknown):
                await send(url, deadline_seconds=0.2)

    async def test_the_callers_own_cancel_stays_a_cancel(self):
        arrived, talk = holding()
        async with raw_server(talk) as url:
            task = asyncio.create_task(send(url))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


class TestSendOnceKeepsWhatArrived:
    async def test_a_whole_answer(self):
        data = b'HTTP/1.1 201 Created\r\nX-ID: 7\r\nContent-Length: 8\r\n\r\n{"a": 1}'
        async with raw_server(answering(data)) as url:
            answer = await send(url)
        assert (answer.status, answer.headers["x-id"], answer.body_complete) == (201, "7", True)
        assert answer.json_object() == {"a": 1}

    async def test_headers_with_a_body_that_breaks(self):
        data = b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: 10\r\n\r\nabc"
        async with raw_server(answering(data)) as url:
            answer = await send(url)
        assert (answer.status, answer.headers["x-id"], answer.body_complete) == (201, "7", False)

    async def test_headers_with_a_body_that_never_ends(self):
        async with raw_server(silent_after_headers) as url:
            answer = await send(url, deadline_seconds=0.2)
        assert (answer.status, answer.headers["x-id"], answer.body_complete) == (201, "7", False)

    async def test_headers_with_a_body_in_a_broken_encoding(self):
        data = b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"
        async with raw_server(answering(data)) as url:
            answer = await send(url)
        assert (answer.headers["x-id"], answer.body_complete) == ("7", False)

    async def test_a_body_is_read_up_to_one_mebibyte(self):
        size = 3 * MAX_BODY_BYTES
        data = b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: %d\r\n\r\n" % size + b"a" * size
        async with raw_server(answering(data)) as url:
            answer = await send(url)
        assert (answer.headers["x-id"], len(answer.body), answer.body_complete) == ("7", MAX_BODY_BYTES, False)

    async def test_a_redirect_is_given_as_it_is(self):
        data = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        async with raw_server(answering(data)) as url:
            assert (await send(url)).status == 307


class TestCall:
    @pytest.mark.parametrize(
        "talk", [resetting, silent, silent_after_headers, answering(b""), answering(b"nonsense\r\n\r\n")]
    )
    async def test_any_network_trouble_may_be_repeated(self, talk: Talk):
        async with raw_server(talk) as url:
            with pytest.raises(VendorUnavailable):
                await read(url, deadline_seconds=0.2)

    async def test_a_refused_connection_may_be_repeated(self):
        with pytest.raises(VendorUnavailable):
            await read(unused_address())

    async def test_an_answer_that_is_too_large_is_ours_to_look_at(self):
        size = MAX_BODY_BYTES + 1
        data = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"a" * size
        async with raw_server(answering(data)) as url:
            with pytest.raises(ProtocolViolation):
                await read(url)

    async def test_a_body_that_is_not_json_is_not_quoted_in_the_error(self):
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"
        async with raw_server(answering(data)) as url:
            answer = await read(url)
        with pytest.raises(ProtocolViolation) as caught:
            answer.json()
        assert "secret" not in str(caught.value) + repr(caught.value) + repr(answer)


class TestBuildClient:
    async def test_each_request_gets_a_fresh_connection(self):
        opened = 0

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal opened
            opened += 1
            while True:
                await read_request(reader)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        async with raw_server(talk) as url, build_client() as http:
            for _ in range(2):
                await send_once(http, http.build_request("POST", url, content=b"text"), deadline_seconds=2.0)
        assert opened == 2

    async def test_neither_proxy_nor_redirect_is_taken(self):
        async with build_client() as http:
            assert http.trust_env is False
            assert http.follow_redirects is False

    async def test_a_lent_client_stays_open(self):
        async with build_client() as http:
            await LentTransport(http).aclose()
            assert not http.is_closed


def chain(error: BaseException | None) -> list[BaseException]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
