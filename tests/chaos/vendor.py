"""A vendor that misbehaves on purpose, and knows what it really accepted. Run it with ``python -m tests.chaos.vendor``.

It speaks just enough HTTP/1.1, on raw connections, to be both of our networks at once: the demo network (whose
idempotency key it ignores: every accepted POST is one more visible copy) and LinkedIn's posts and token refresh.
A second port is for the test: what was accepted, faults, settling. Nothing there is ever faulty.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.factories.bulk import MARKER

_ID = re.compile(re.escape(MARKER.encode()) + rb"([0-9a-f-]{36})")
_TOKEN = re.compile(r"(access|refresh)-(.+)-(\d+)")
_REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


class Fault(StrEnum):
    """What goes wrong with one call."""

    RESET_AT_CONNECT = "reset_at_connect"
    #: The request is read up to some byte, and then nobody is there any more.
    CUT_REQUEST = "cut_request"
    HANG_BEFORE_COMMIT = "hang_before_commit"
    COMMIT_THEN_HANG = "commit_then_hang"
    #: The call is dropped, and the post appears a second to ten minutes later.
    COMMIT_LATE = "commit_late"
    LOSE_REPLY = "lose_reply"
    #: The answer ends at some byte, status line included.
    CUT_ANSWER = "cut_answer"
    DRIP = "drip"
    ERROR_BEFORE_COMMIT = "error_before_commit"
    ERROR_AFTER_COMMIT = "error_after_commit"
    TOO_MANY = "too_many"
    GARBAGE = "garbage"
    ANSWER_WITHOUT_ID = "answer_without_id"
    #: A client that followed it would post a second time.
    REDIRECT_AFTER_COMMIT = "redirect_after_commit"
    INTERIM_ANSWERS = "interim_answers"


#: What reads and refreshes can meet; the others are about the visible step.
_FOR_ANY_CALL = (
    Fault.RESET_AT_CONNECT,
    Fault.CUT_REQUEST,
    Fault.HANG_BEFORE_COMMIT,
    Fault.COMMIT_THEN_HANG,
    Fault.LOSE_REPLY,
    Fault.CUT_ANSWER,
    Fault.ERROR_BEFORE_COMMIT,
)


@dataclass
class Weather:
    """How often something goes wrong, and how."""

    #: Share of the calls that meet a fault.
    rate: float = 0.0
    #: Share of the time in which the port is closed altogether.
    closed_rate: float = 0.0
    hang_seconds: float = 60.0
    #: The latest that a late commit appears.
    latest_seconds: float = 600.0
    retry_after_seconds: int = 2
    #: Faults of the next calls of the visible step, before chance is asked.
    queued: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Copy:
    """One visible post."""

    post_id: str
    accepted_at: float
    text: str


@dataclass(frozen=True)
class Call:
    """One HTTP request, whole."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_visible_step(self) -> bool:
        """Whether it makes a post."""
        return self.method == "POST" and self.path in ("/posts", "/rest/posts")

    @property
    def publication(self) -> str | None:
        """Whose post it makes: by the key that came along, else by what stands in the text."""
        key = self.headers.get("idempotency-key")
        if key is not None:
            return unquote(key)
        found = _ID.search(self.body)
        return found[1].decode() if found else None


class Vendor:
    """What the vendor knows: posts by publication, token families, faults to come."""

    def __init__(self, *, seed: int) -> None:
        self.chance = random.Random(seed)
        self.weather = Weather()
        #: Copies by the id in the post's text.
        self.copies: dict[str, list[Copy]] = {}
        #: When each POST of a publication arrived, accepted or not.
        self.arrivals: dict[str, list[float]] = {}
        self.faults: dict[str, int] = {}
        #: Current number of each token family; None once it was killed.
        self.families: dict[str, int | None] = {}
        self.refreshes = 0
        self._late: dict[asyncio.TimerHandle, Callable[[], object]] = {}
        self._count = 0

    def accept(self, call: Call) -> str:
        """Make a post visible; answers its id."""
        self._count += 1
        post_id = f"urn:li:share:{self._count}"
        name = call.publication or "unmarked"
        try:
            document = json.loads(call.body)
            text = str(document.get("text", document.get("commentary", "")))
        except (ValueError, AttributeError):
            text = ""
        self.copies.setdefault(name, []).append(Copy(post_id, time.time(), text))
        return post_id

    def note_arrival(self, call: Call) -> None:
        """A POST of the visible step has come in whole."""
        if call.publication is not None:
            self.arrivals.setdefault(call.publication, []).append(time.time())

    def accept_late(self, call: Call) -> None:
        """Make it visible a while later: mostly seconds, at times minutes."""
        latest = self.weather.latest_seconds
        delay = min(latest, 1.0 + self.chance.expovariate(1 / 8) if self.chance.random() < 0.9 else latest)
        handle: asyncio.TimerHandle

        def commit() -> None:
            self._late.pop(handle, None)
            self.accept(call)

        handle = asyncio.get_running_loop().call_later(delay, commit)
        self._late[handle] = commit

    def settle(self) -> int:
        """Commit now what was to appear later; answers how many posts that were."""
        pending = list(self._late.items())
        for handle, commit in pending:
            handle.cancel()
            commit()
        return len(pending)

    def next_fault(self, *, visible: bool) -> Fault | None:
        """The fault of a call that comes in now."""
        if visible and self.weather.queued:
            return self._noted(self.weather.queued.pop(0))
        if not self.weather.rate or self.chance.random() >= self.weather.rate:
            return None
        return self._noted(self.chance.choice(tuple(Fault) if visible else _FOR_ANY_CALL))

    def _noted(self, fault: Fault) -> Fault:
        self.faults[fault] = self.faults.get(fault, 0) + 1
        return fault

    def refresh(self, token: str) -> tuple[int, dict[str, Any]]:
        """The rotating refresh: a new pair each time, and the whole family dies when an old one is shown again."""
        found = _TOKEN.fullmatch(token)
        if found is None or found[1] != "refresh":
            return 400, {"error": "invalid_grant"}
        name, number = found[2], int(found[3])
        if self.families.setdefault(name, 1) != number:
            self.families[name] = None
            return 400, {"error": "invalid_grant"}
        self.refreshes += 1
        self.families[name] = number + 1
        return 200, {
            "access_token": f"access-{name}-{number + 1}",
            "expires_in": 5_184_000,
            "refresh_token": f"refresh-{name}-{number + 1}",
            "refresh_token_expires_in": 31_536_000,
            "scope": "openid profile w_member_social",
        }

    def is_dead(self, authorization: str) -> bool:
        """Whether this access token belongs to a family that was killed."""
        found = _TOKEN.fullmatch(authorization.removeprefix("Bearer "))
        return found is not None and self.families.get(found[2], 1) is None

    def state(self) -> dict[str, Any]:
        """What was accepted, and what went wrong, in numbers."""
        return {
            "publications": len(self.copies),
            "copies": sum(map(len, self.copies.values())),
            "arrivals": sum(map(len, self.arrivals.values())),
            "late": len(self._late),
            "faults": self.faults,
            "refreshes": self.refreshes,
            "dead_families": sum(number is None for number in self.families.values()),
        }


class _Connection(asyncio.Protocol):
    """One connection with one call: read whole, answered, closed."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._received = bytearray()
        self._is_done = False
        self._cut_at: int | None = None
        self._fault: Fault | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._is_done:
            return
        is_first = not self._received
        self._received += data
        if is_first:
            is_post = self._received.startswith((b"POST /posts", b"POST /rest/posts"))
            self._fault = self._vendor.next_fault(visible=is_post)
            if self._fault is Fault.RESET_AT_CONNECT:
                self._reset()
                return
            if self._fault is Fault.CUT_REQUEST:
                self._cut_at = self._vendor.chance.randrange(1, 1400)
        call, size = _parse(self._received)
        if self._cut_at is not None and len(self._received) >= min(self._cut_at, size - 1):
            # The last byte is never read, so this was no whole request, whatever the other side has sent.
            self._leave()
        elif call is not None:
            self._is_done = True
            self._serve(call)

    def _serve(self, call: Call) -> None:
        vendor = self._vendor
        if call.is_visible_step:
            vendor.note_arrival(call)
            if call.path == "/rest/posts" and vendor.is_dead(call.headers.get("authorization", "")):
                self._send(_answer(401, {"code": "REVOKED_ACCESS_TOKEN", "message": "revoked"}))
                return
        if self._fault is None:
            self._send(_work(vendor, call))
        else:
            self._go_wrong(call, self._fault)

    def _go_wrong(self, call: Call, fault: Fault) -> None:
        vendor, chance = self._vendor, self._vendor.chance
        match fault:
            case Fault.HANG_BEFORE_COMMIT:
                self._hang()
            case Fault.COMMIT_THEN_HANG:
                _work(vendor, call)
                self._hang()
            case Fault.COMMIT_LATE:
                vendor.accept_late(call)
                self._hang() if chance.random() < 0.5 else self._leave()
            case Fault.LOSE_REPLY:
                _work(vendor, call)
                self._leave()
            case Fault.CUT_ANSWER:
                answer = _work(vendor, call)
                self._transport.write(answer[: chance.randrange(0, len(answer))])
                self._leave()
            case Fault.DRIP:
                self._drip(_work(vendor, call))
            case Fault.ERROR_BEFORE_COMMIT:
                self._send(_answer(chance.choice((408, 500, 502, 503, 504)), {"message": "try later"}))
            case Fault.ERROR_AFTER_COMMIT:
                _work(vendor, call)
                self._send(_answer(chance.choice((408, 409, 500, 502, 503, 504)), {"message": "try later"}))
            case Fault.TOO_MANY:
                retry = {"Retry-After": str(vendor.weather.retry_after_seconds)}
                self._send(_answer(429, {"message": "too many"}, retry))
            case Fault.GARBAGE:
                _work(vendor, call)
                self._send(chance.randbytes(chance.randrange(1, 400)))
            case Fault.ANSWER_WITHOUT_ID:
                _work(vendor, call)
                self._send(_answer(chance.choice((200, 201, 202)), {}))
            case Fault.REDIRECT_AFTER_COMMIT:
                _work(vendor, call)
                where = f"http://{call.headers.get('host', '')}{call.path}"
                self._send(_answer(chance.choice((301, 302, 307, 308)), {}, {"Location": where}))
            case Fault.INTERIM_ANSWERS:
                interim = b"HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preload\r\n\r\n" * 3
                self._send(interim + _work(vendor, call))

    def _send(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._transport.close()

    def _drip(self, answer: bytes) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(answer[:7])
        if len(answer) > 7:
            asyncio.get_running_loop().call_later(0.02, self._drip, answer[7:])
        else:
            self._transport.close()

    def _hang(self) -> None:
        asyncio.get_running_loop().call_later(self._vendor.weather.hang_seconds, self._reset)

    def _leave(self) -> None:
        """Close in order, or not."""
        self._is_done = True
        if self._vendor.chance.random() < 0.5:
            self._transport.close()
        else:
            self._reset()

    def _reset(self) -> None:
        self._is_done = True
        found: socket.socket | None = self._transport.get_extra_info("socket")
        if found is not None and not self._transport.is_closing():
            # Closed with this, TCP sends a reset and forgets what was not sent yet.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


def _parse(received: bytearray) -> tuple[Call | None, int]:
    """The call, once it is whole, and its size as far as that is known."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None, sys.maxsize
    lines = received[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    size = end + 4 + int(headers.get("content-length", 0))
    if len(received) < size:
        return None, size
    method, target, _ = lines[0].split(" ", 2)
    return Call(method, target, headers, bytes(received[end + 4 : size])), size


def _work(vendor: Vendor, call: Call) -> bytes:
    """Do what was asked, and the answer to it."""
    address = urlsplit(call.path)
    match call.method, address.path:
        case "POST", "/posts":
            post_id = vendor.accept(call)
            return _answer(201, {"id": post_id, "permalink": f"https://demo.example/{post_id}"}, {"X-Post-Id": post_id})
        case "POST", "/rest/posts":
            return _answer(201, None, {"x-restli-id": vendor.accept(call)})
        case "GET", "/posts":
            # The key is the publication's id; it is quoted twice on its way.
            key = unquote(parse_qs(address.query).get("idempotency_key", [""])[0])
            found = vendor.copies.get(key)
            if not found:
                return _answer(404, {"code": "not_found"})
            return _answer(200, {"id": found[0].post_id, "permalink": f"https://demo.example/{found[0].post_id}"})
        case "POST", "/oauth/v2/accessToken":
            return _answer(*vendor.refresh(parse_qs(call.body.decode()).get("refresh_token", [""])[0]))
        case "POST", "/oauth/v2/revoke":
            return _answer(200, {})
        case "GET", "/health":
            return _answer(200, {"status": "ok"})
        case "GET", "/v2/userinfo":
            return _answer(200, {"sub": "load", "name": "Load"})
        case "GET", path if path.endswith("/counts"):
            return _answer(200, {"impressions": 0, "reactions": 0, "comments": 0, "reshares": 0})
        case "DELETE", _:
            return _answer(204, None)
    return _answer(404, {"code": "not_found"})


def _answer(status: int, document: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None) -> bytes:
    body = b"" if document is None else json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


class _Control(asyncio.Protocol):
    """The test's own way in."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._received = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        call, _ = _parse(self._received)
        if call is not None:
            self._transport.write(self._answer(call))
            self._transport.close()

    def _answer(self, call: Call) -> bytes:
        vendor = self._vendor
        match call.method, call.path:
            case "GET", "/state":
                return _answer(200, vendor.state())
            case "GET", "/copies":
                return _answer(
                    200,
                    {name: [[c.post_id, c.accepted_at, c.text] for c in all_] for name, all_ in vendor.copies.items()},
                )
            case "GET", "/arrivals":
                return _answer(200, vendor.arrivals)
            case "POST", "/weather":
                for name, value in json.loads(call.body).items():
                    setattr(vendor.weather, name, [Fault(one) for one in value] if name == "queued" else value)
                return _answer(204, None)
            case "POST", "/settle":
                return _answer(200, {"committed": vendor.settle()})
            case "POST", "/forget":
                vendor.copies.clear()
                vendor.arrivals.clear()
                return _answer(204, None)
        return _answer(404, {})


async def serve(*, port: int, control_port: int, seed: int, weather: Weather) -> None:
    """Serve until cancelled; says ``ready`` on standard output once both ports are open."""
    vendor = Vendor(seed=seed)
    vendor.weather = weather
    loop = asyncio.get_running_loop()

    async def open_port() -> asyncio.Server:
        return await loop.create_server(lambda: _Connection(vendor), "127.0.0.1", port, backlog=4096)

    server = await open_port()
    control = await loop.create_server(lambda: _Control(vendor), "127.0.0.1", control_port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        while True:
            await asyncio.sleep(vendor.chance.uniform(1, 3))
            if vendor.chance.random() < vendor.weather.closed_rate:
                # Connections that are open live on; new ones are refused.
                server.close()
                vendor.faults["closed_port"] = vendor.faults.get("closed_port", 0) + 1
                await asyncio.sleep(vendor.chance.uniform(0.1, 1.5))
                server = await open_port()
    finally:
        server.close()
        control.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.vendor", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=float, default=0.0, help="share of calls that meet a fault; 0 = instant")
    parser.add_argument(
        "--closed", type=float, default=0.0, help="share of looks at which the port closes for a moment"
    )
    parser.add_argument("--hang-seconds", type=float, default=60.0)
    parser.add_argument("--latest-seconds", type=float, default=600.0, help="the latest that a late commit appears")
    given = parser.parse_args(arguments)
    weather = Weather(
        rate=given.faults,
        closed_rate=given.closed,
        hang_seconds=given.hang_seconds,
        latest_seconds=given.latest_seconds,
    )
    asyncio.run(serve(port=given.port, control_port=given.control_port, seed=given.seed, weather=weather))


if __name__ == "__main__":
    main()
