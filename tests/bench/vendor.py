"""A network that answers at once: it costs as little as one process of ours can, so that it is not what is measured.

Speaks the two calls of the demo connector that a publication needs, each on a connection of its own, and counts posts:
``python -m tests.bench.vendor --port 8391``; ``GET /count`` answers how many there were.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools

import uvloop

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class InstantVendor(asyncio.Protocol):
    """One connection: a request in, its answer out, closed."""

    numbers = itertools.count(1)
    posts = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a TCP server
        """Remember where to answer."""
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer as soon as the whole request is here."""
        self._received += data
        head, end, body = self._received.partition(_END)
        if not end or len(body) < _length_of(head):
            return
        if head.startswith(b"POST /posts"):
            InstantVendor.posts += 1
            post_id = f"bench-{next(self.numbers)}"
            self._answer("201 Created", f'{{"id":"{post_id}","permalink":"http://127.0.0.1/posts/{post_id}"}}', post_id)
        elif head.startswith(b"GET /count "):
            self._answer("200 OK", str(InstantVendor.posts))
        else:
            self._answer("404 Not Found", "{}")

    def _answer(self, status: str, body: str, post_id: str = "") -> None:
        named = f"X-Post-Id: {post_id}\r\n" if post_id else ""
        self._transport.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{named}"
            f"Connection: close\r\n\r\n{body}".encode()
        )
        self._transport.close()


def _length_of(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(InstantVendor, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(parser.parse_args().port))
