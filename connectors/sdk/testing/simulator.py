"""What every vendor simulator shares: faults on demand, a journal that survives a kill, a clock, and being served.

A simulator is a set of small ASGI apps, one per host of the vendor. It runs in-process behind `httpx2.ASGITransport`,
in a test's own loop (`running`) or as a process of its own (`run`); the code is the same. The first app also answers:

* `GET /_sim/state`: what the simulator knows, without secrets
* `GET | POST | DELETE /_sim/faults`: the queue of faults; POST takes one fault or `{"faults": [...]}`
* `POST /_sim/clock` with `{"advance_seconds": n}`: moves the simulator's own clock

State changes are events: each is written to the journal first and applied then, so a killed simulator that starts
again on the same file knows all it ever answered for.
"""

import asyncio
import contextlib
import json
import signal
import socket
import struct
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO, TypeAlias

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

Event: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

#: Where the server leaves the way to cut the connection (a key of `scope["extensions"]`).
_CUT = "advocacy.cut_connection"


class FaultKind(StrEnum):
    """What goes wrong, once, at the next call of an operation."""

    STATUS = "status"  #: answers `status` with `body` and `headers`; the work is done before only with `after_work`
    RETRY_AFTER = "retry_after"  #: 429 with a Retry-After of `retry_after_seconds`
    LOSE_ANSWER = "lose_answer"  #: does the work, then cuts the connection without a byte of answer
    LOSE_REQUEST = "lose_request"  #: cuts the connection without doing the work
    DROP_HEADER = "drop_header"  #: does the work, and answers without the header named `header`
    BREAK_BODY = "break_body"  #: does the work, sends status and headers, and cuts inside the body
    GARBAGE = "garbage"  #: answers 200 with text that is no JSON; the work is not done
    HANG = "hang"  #: never answers; the work is done before only with `after_work`


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the fault queue."""

    #: Name of the operation that fails, or `*` for any.
    operation: str
    kind: FaultKind
    status: int = 500
    body: object = None
    headers: Mapping[str, str] | None = None
    header: str = ""
    retry_after_seconds: int = 60
    after_work: bool = False
    #: How many calls fail.
    times: int = 1

    @classmethod
    def parse(cls, raw: object) -> "Fault":
        """Reads a fault as a test sends it; raises ValueError that names what is wrong."""
        if not isinstance(raw, dict):
            raise ValueError("a fault is an object with operation and kind")
        known = set(cls.__dataclass_fields__)
        if unknown := raw.keys() - known:
            raise ValueError(f"unknown fields {sorted(unknown)}; known are {sorted(known)}")
        try:
            fault = cls(**{**raw, "kind": FaultKind(raw["kind"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"a fault needs operation and kind: {error}") from error
        if fault.times < 1:
            raise ValueError("times must be at least 1")
        return fault


class FaultQueue:
    """Faults in the order in which they were asked for."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Puts a fault at the end."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forgets all faults."""
        self._faults.clear()

    def list(self) -> Sequence[Fault]:
        """Those still to come."""
        return tuple(self._faults)

    def take(self, operation: str) -> Fault | None:
        """The next fault for this operation, used up by one."""
        for index, fault in enumerate(self._faults):
            if fault.operation in {operation, "*"}:
                if fault.times > 1:
                    self._faults[index] = replace(fault, times=fault.times - 1)
                else:
                    del self._faults[index]
                return fault
        return None


class ConnectionCut(httpx2.ReadError):
    """The simulator dropped the connection; in-process there is none to drop, so the client sees this error."""


class Journal:
    """An append-only file of events, one JSON object a line; without a path it only lives in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None

    def read(self) -> list[Event]:
        """All whole lines; a torn last line, left by a kill in the middle of a write, is cut off."""
        if self._path is None or not self._path.exists():
            return []
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            self._path.write_bytes(whole)
        return [json.loads(line) for line in whole.splitlines()]

    def append(self, event: Event) -> None:
        """Hands the line to the operating system before it returns: it survives a kill of this process."""
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
        self._file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file; a later append opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Simulator(ABC):
    """Base of a vendor simulator: a subclass says which hosts there are, what they answer, and how events change it."""

    def __init__(self, *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._clock_offset = timedelta()
        self._journal = Journal(journal_path)
        self.faults = FaultQueue()
        #: Calls received since the start, by operation.
        self.calls: Counter[str] = Counter()
        self.reset()
        for event in self._journal.read():
            self._apply_any(event)
        self.apps: dict[str, ASGIApp] = {
            host: Starlette(routes=[*self.routes(host), *(self._control_routes() if first else ())])
            for first, host in ((index == 0, host) for index, host in enumerate(self.hosts()))
        }

    @abstractmethod
    def hosts(self) -> tuple[str, ...]:
        """Short names of the vendor's hosts; the first one also serves the control endpoints."""

    @abstractmethod
    def routes(self, host: str) -> Sequence[BaseRoute]:
        """What a host answers; build entries with `operation()`."""

    @abstractmethod
    def reset(self) -> None:
        """Sets the empty state, before the journal is read."""

    @abstractmethod
    def apply(self, event: Event) -> None:
        """Changes the state by one event; must depend on nothing but state and event."""

    @abstractmethod
    def state(self) -> dict[str, object]:
        """What a test may want to look at, as JSON, without tokens."""

    def control_routes(self) -> Sequence[BaseRoute]:
        """More `/_sim/...` endpoints of this vendor."""
        return ()

    def now(self) -> datetime:
        """The simulator's own time (aware, UTC)."""
        return self._clock().astimezone(UTC) + self._clock_offset

    def record(self, event: Event) -> None:
        """Writes an event down, then lets it happen."""
        self._journal.append(event)
        self._apply_any(event)

    def close(self) -> None:
        """Closes the journal."""
        self._journal.close()

    def operation(self, path: str, handler: Handler, *, name: str, methods: Sequence[str]) -> Route:
        """A route whose handler can be made to fail under the operation's name."""
        return Route(path, _Operation(self, handler, name), methods=list(methods), name=name)

    def _apply_any(self, event: Event) -> None:
        if event["kind"] == "clock_advanced":
            self._clock_offset += timedelta(seconds=event["seconds"])
        else:
            self.apply(event)

    def _control_routes(self) -> list[BaseRoute]:
        return [
            Route("/_sim/state", self._get_state, methods=["GET"]),
            Route("/_sim/faults", self._handle_faults, methods=["GET", "POST", "DELETE"]),
            Route("/_sim/clock", self._advance_clock, methods=["POST"]),
            *self.control_routes(),
        ]

    async def _get_state(self, request: Request) -> Response:
        now = self.now().isoformat()
        return JSONResponse({"now": now, "calls": dict(self.calls), **self.state()})

    async def _handle_faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        if request.method == "POST":
            try:
                raw = await request.json()
                items = raw["faults"] if isinstance(raw, dict) and "faults" in raw else [raw]
                faults = [Fault.parse(item) for item in items]
            except ValueError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            for fault in faults:
                self.faults.add(fault)
        return JSONResponse({"faults": [asdict(fault) for fault in self.faults.list()]})

    async def _advance_clock(self, request: Request) -> Response:
        raw = await request.json()
        seconds = raw.get("advance_seconds") if isinstance(raw, dict) else None
        if not isinstance(seconds, int | float) or seconds < 0:
            return JSONResponse({"error": "advance_seconds must be a number of at least 0"}, status_code=400)
        self.record({"kind": "clock_advanced", "seconds": seconds})
        return JSONResponse({"now": self.now().isoformat()})


class _Operation:
    """An ASGI endpoint that looks into the fault queue before it answers."""

    def __init__(self, simulator: Simulator, handler: Handler, name: str) -> None:
        self._simulator = simulator
        self._handler = handler
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._simulator.calls[self._name] += 1
        fault = self._simulator.faults.take(self._name)
        request = Request(scope, receive)
        if fault is None:
            response = await self._handler(request)
            await response(scope, receive, send)
            return
        # The whole request is read first: a vendor that refuses early would reset the connection while we still send.
        await request.body()
        await self._fail(fault, request, send)

    async def _fail(self, fault: Fault, request: Request, send: Send) -> None:
        scope, receive = request.scope, request.receive
        match fault.kind:
            case FaultKind.STATUS:
                if fault.after_work:
                    await self._handler(request)
                await _status_response(fault)(scope, receive, send)
            case FaultKind.RETRY_AFTER:
                headers = {"Retry-After": str(fault.retry_after_seconds)}
                await JSONResponse({"status": 429}, status_code=429, headers=headers)(scope, receive, send)
            case FaultKind.LOSE_ANSWER:
                await self._handler(request)
                await _cut(scope, receive, abort=True)
            case FaultKind.LOSE_REQUEST:
                await _cut(scope, receive, abort=True)
            case FaultKind.DROP_HEADER:
                response = await self._handler(request)
                response.raw_headers = [
                    (name, value)
                    for name, value in response.raw_headers
                    if name.decode("latin-1").lower() != fault.header.lower()
                ]
                await response(scope, receive, send)
            case FaultKind.BREAK_BODY:
                await _send_half(await self._handler(request), send)
                await _cut(scope, receive, abort=False)
            case FaultKind.GARBAGE:
                await PlainTextResponse("<html>\x00 upstream said something else")(scope, receive, send)
            case FaultKind.HANG:
                if fault.after_work:
                    await self._handler(request)
                await _until_disconnected(receive)


def _status_response(fault: Fault) -> Response:
    body = {"status": fault.status, "message": "simulated"} if fault.body is None else fault.body
    if isinstance(body, str):
        return PlainTextResponse(body, status_code=fault.status, headers=fault.headers)
    return JSONResponse(body, status_code=fault.status, headers=fault.headers)


async def _send_half(response: Response, send: Send) -> None:
    headers = MutableHeaders(raw=list(response.raw_headers))
    body = bytes(response.body)
    headers["content-length"] = str(len(body) + 64)
    start: Message = {"type": "http.response.start", "status": response.status_code, "headers": headers.raw}
    await send(start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _cut(scope: Scope, receive: Receive, *, abort: bool) -> None:
    cut: Callable[[bool], None] | None = scope.get("extensions", {}).get(_CUT)
    if cut is None:
        raise ConnectionCut("the simulator cut the connection")
    cut(abort)
    await _until_disconnected(receive)


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _CuttableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, plus a way for the app to cut its own connection, which ASGI does not have."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        def cut(abort: bool) -> None:
            if abort:
                # Without lingering the close is a reset, as when a machine on the way drops the connection.
                raw = transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                transport.abort()
            else:
                transport.close()

        async def with_cut(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[_CUT] = cut
            await app(scope, receive, send)

        self.app = with_cut


@contextlib.asynccontextmanager
async def running(
    simulator: Simulator, *, ports: Mapping[str, int] | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[dict[str, str]]:
    """Serves a simulator over real HTTP in this loop and gives the base address of each of its hosts."""
    addresses: dict[str, str] = {}
    serving: list[tuple[uvicorn.Server, socket.socket]] = []
    try:
        for name, app in simulator.apps.items():
            listener = socket.create_server((host, (ports or {}).get(name, 0)))
            addresses[name] = f"http://{host}:{listener.getsockname()[1]}"
            serving.append((await _serve(app, listener), listener))
        yield addresses
    finally:
        await asyncio.gather(*(server.shutdown(sockets=[listener]) for server, listener in serving))
        simulator.close()


async def _serve(app: ASGIApp, listener: socket.socket) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=_CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    return server


def run(simulator: Simulator, *, ports: Mapping[str, int], host: str = "127.0.0.1", announce: bool = True) -> None:
    """Serves a simulator as this process until SIGTERM or SIGINT; prints its addresses as one line of JSON."""
    asyncio.run(_run(simulator, ports=ports, host=host, announce=announce))


async def _run(simulator: Simulator, *, ports: Mapping[str, int], host: str, announce: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(simulator, ports=ports, host=host) as addresses:
        if announce:
            print(json.dumps(addresses), flush=True)
        await stop.wait()
