"""A small web server with feeds on it, over real sockets of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class FeedServer:
    """What it answers, and what it was asked."""

    port: int = 0
    #: Status, headers and body by path.
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    #: Path and headers of each request.
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """As ``ADVOCACY_OUTBOUND_ALLOW`` names it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"http://{self.place}{path}"

    def put(self, path: str, body: bytes, *, status: int = 200, **headers: str) -> None:
        """Answer a path so from now on."""
        self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer; a page with an ETag is not sent to who has it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        self.asked.append((path, headers))
        status, more, body = self.pages.get(path, (404, {}, b"nothing here"))
        if "etag" in more and headers.get("if-none-match") == more["etag"]:
            status, body = 304, b""
        lines = [f"HTTP/1.1 {status} So", "Connection: close", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def feed_server() -> AsyncIterator[FeedServer]:
    """One that runs within the block."""
    made = FeedServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


def rss(*entries: tuple[str, str, str], title: str = "Newsroom") -> bytes:
    """An RSS feed of guids, titles and descriptions (as HTML), the newest first."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{name}</title>"
        f"<link>https://lumen.example/{guid}</link><description><![CDATA[{words}]]></description></item>"
        for guid, name, words in entries
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>".encode()


def atom(guid: str, title: str) -> bytes:
    """An Atom feed of one entry."""
    return (
        "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'><title>חדשות</title>"
        f"<entry><id>{guid}</id><title>{title}</title><link href='https://lumen.example/{guid}'/>"
        "<summary type='html'>&lt;p&gt;שלום &lt;b&gt;עולם&lt;/b&gt;&lt;/p&gt;</summary></entry></feed>"
    ).encode()
