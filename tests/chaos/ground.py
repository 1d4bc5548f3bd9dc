"""What a campaign stands on: a database that can be restarted, the vendor, and schedulers that can be killed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import asyncpg
import httpx2

from connectors.linkedin.mapping import escape_commentary
from services.cli.processes import free_port
from services.core.employees import sealing
from services.core.kit import crypto, db
from services.core.kit.embedded import EmbeddedPostgres
from services.core.kit.settings import PREFIX, Settings
from services.core.migrations import runner
from services.core.shares import service as shares
from services.core.shares.rules import MOVES
from tests.factories import bulk
from tests.fixtures.processes import environment

ROOT = Path(__file__).resolve().parents[2]
_POINT = re.compile(r"crash_point\(\s*\"([a-z_.]+)\"")

#: Names of the processes' environment, without the prefix.
Times = Mapping[str, str]

#: Everything that waits, shortened together, so that a campaign lives through many of them.
SHORT: Times = {
    "PUBLISH_LEASE_SECONDS": "6",
    "PUBLISH_DEADLINE_SECONDS": "3",
    "PUBLISH_START_SECONDS": "2",
    "SCAN_SECONDS": "1",
    "SWEEP_SECONDS": "1",
}
#: The same for what earlier versions do not know.
SHORT_NEW: Times = {"BREAKER_SECONDS": "2", "BREAKER_FAILURES": "50"}


#: Of putting content and people into platforms, and of files and first comments, which posts of this campaign do not
#: have: each has a test of its own that kills a process there.
_ELSEWHERE = ("audience.", "comment.", "content_push.", "erasure.", "platform_token.", "publish.after_upload")


def crash_points() -> list[str]:
    """Every place on the way of a person's post where a process can be told to die."""
    found: set[str] = set()
    for path in (ROOT / "services").rglob("*.py"):
        found.update(_POINT.findall(path.read_text(encoding="utf-8")))
    return sorted(point for point in found if not point.startswith(_ELSEWHERE))


@dataclass
class Worker:
    """One process started by a nursery."""

    pid: int
    ended: asyncio.Future[int]

    @property
    def is_alive(self) -> bool:
        """Whether it still runs, frozen or not."""
        return not self.ended.done()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def end(self, number: signal.Signals = signal.SIGKILL, *, seconds: float = 30) -> int:
        """End it, and wait for that; answers how it ended (-9: killed)."""
        self.send(number)
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self.ended), seconds)
        self.send(signal.SIGKILL)
        return await self.ended


class Nursery:
    """Starts schedulers of the code in ``root``."""

    def __init__(self, root: Path, logs: Path) -> None:
        self._root = root
        self._logs = logs
        self._process: asyncio.subprocess.Process
        self._listening: asyncio.Task[None]
        self._waiting: dict[int, asyncio.Future[Worker]] = {}
        self._workers: dict[int, Worker] = {}
        self._count = 0

    async def open(self) -> None:
        """Start, and import everything once; raise RuntimeError if that fails."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        log = self._logs / f"nursery-{self._root.name}.log"
        with log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                str(Path(__file__).with_name("nursery.py")),
                cwd=self._root,
                env={**env, "PYTHONPATH": str(self._root)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        assert self._process.stdout is not None
        if not await self._process.stdout.readline():
            raise RuntimeError(f"the version in {self._root} cannot be started: read {log}")
        self._listening = asyncio.create_task(self._listen(self._process.stdout))

    async def _listen(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            said = json.loads(line)
            if "number" in said:
                worker = Worker(said["pid"], asyncio.get_running_loop().create_future())
                self._workers[worker.pid] = worker
                self._waiting.pop(said["number"]).set_result(worker)
            else:
                self._workers.pop(said["pid"]).ended.set_result(said["exit"])

    async def start(self, env: Mapping[str, str], *, log: Path, module: str | None = None) -> Worker:
        """A new process with this environment; a scheduler, unless a module is named."""
        self._count += 1
        wanted: dict[str, Any] = {"number": self._count, "env": dict(env), "log": str(log)}
        if module is not None:
            wanted["module"] = module
        told: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting[self._count] = told
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        await self._process.stdin.drain()
        return await told  # not by its pid: it may have ended by now, and be forgotten

    async def close(self) -> None:
        """End it and all that it started."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._listening


class VendorHandle:
    """The vendor process, from the test's side."""

    def __init__(self, port: int, control_port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{control_port}", trust_env=False, timeout=60)

    async def state(self) -> dict[str, Any]:
        """Numbers."""
        return dict((await self._http.get("/state")).json())

    async def copies(self) -> dict[str, list[tuple[str, float, str]]]:
        """What is visible: id, time and text of each copy, by publication."""
        return dict((await self._http.get("/copies")).json())

    async def arrivals(self) -> dict[str, list[float]]:
        """When POSTs came in, by publication."""
        return dict((await self._http.get("/arrivals")).json())

    async def weather(self, **values: object) -> None:
        """Change the faults to come."""
        (await self._http.post("/weather", json=values)).raise_for_status()

    async def settle(self) -> None:
        """Commit at once what was to appear later."""
        (await self._http.post("/settle")).raise_for_status()

    async def close(self) -> None:
        """Close the client."""
        await self._http.aclose()


@contextlib.asynccontextmanager
async def vendor(folder: Path, *, seed: int, **options: float) -> AsyncIterator[VendorHandle]:
    """The vendor as a process; ``options`` are those of its command line."""
    port, control_port = free_port(), free_port()
    command = ["-m", "tests.chaos.vendor", "--port", str(port), "--control-port", str(control_port)]
    command += ["--seed", str(seed)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    with (folder / "vendor.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output
        )
    handle = VendorHandle(port, control_port)
    try:
        assert process.stdout is not None
        if not await process.stdout.readline():
            raise RuntimeError(f"the vendor did not start: read {folder / 'vendor.log'}")
        yield handle
    finally:
        await handle.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


# Every change of state, with the real time: what the product says of itself is not asked.
_MOVES = """
create table chaos_moves (
  seq bigint generated always as identity, at timestamptz not null default clock_timestamp(),
  publication_id uuid not null, fence int not null, before text not null, after text not null);
create function chaos_note() returns trigger language plpgsql security definer as $$
begin
  insert into chaos_moves (publication_id, fence, before, after) values (new.id, new.fence, old.state, new.state);
  return null;
end $$;
create trigger chaos_note after update of state on publications for each row
  when (old.state is distinct from new.state) execute function chaos_note();
"""


class DatabaseServer:
    """A PostgreSQL of our own that can be restarted under everybody's feet. Made and used on the main thread."""

    def __init__(self, folder: Path) -> None:
        self._embedded = EmbeddedPostgres(folder, max_connections=200)
        self._folder = folder
        self.restarts = 0

    def __enter__(self) -> Self:
        self._embedded.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._embedded.stop()

    def make(self, name: str) -> str:
        """A migrated database that notes every change of state; answers its URL."""
        self._embedded.ensure_database(name)
        url = self._embedded.dsn(name)
        asyncio.run(_prepare(url))
        return url

    def restart(self, *, immediate: bool) -> None:
        """Stop (closing connections in order, or as in a crash) and start again. Blocks until it serves."""
        if immediate:
            pid = int((self._folder / "data" / "postmaster.pid").read_text().split("\n")[0])
            os.kill(pid, signal.SIGQUIT)
            while self._embedded.is_running():
                time.sleep(0.005)
        self._embedded.stop()
        self._embedded.start()
        self.restarts += 1


async def _prepare(url: str) -> None:
    await runner.migrate(url)
    connection = await db.connect(url, role=None)
    try:
        await connection.execute(_MOVES)
    finally:
        await connection.close()


def settings_for(url: str, folder: Path, vendor_url: str) -> Settings:
    """The settings of an installation over this database whose networks are the vendor."""
    return Settings(
        database_url=url,
        master_key="k1:" + base64.b64encode(b"m" * 32).decode(),
        key_pepper="pepper-of-the-campaign-0123456789abcdef0123",
        operator_key="operator-key-of-the-campaign-0123456789ab",
        data_dir=folder / "data",
        database_pool_size=4,
        connectors={
            "demo": {"api_url": vendor_url},
            "linkedin": {
                "client_id": "load",
                "client_secret": "load-secret",
                "api_url": vendor_url,
                "oauth_url": vendor_url,
            },
        },
    )


def worker_env(settings: Settings, *, crash_point: str | None = None, **times: str) -> dict[str, str]:
    """The environment of a process of this installation."""
    changes = {"DATABASE_POOL_SIZE": str(settings.database_pool_size), **times}
    if crash_point is not None:
        changes["CRASH_POINT"] = crash_point
    return environment(settings, **changes)


def export_version(commit: str, folder: Path) -> Path | None:
    """The project as it was at ``commit``; None where the history is not at hand."""
    done = subprocess.run(
        ["git", "archive", "--format=tar", commit, "services", "connectors"], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode != 0:
        return None
    root = folder / f"version-{commit}"
    root.mkdir()
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(root, filter="data")
    return root


async def patiently(url: str, work: Callable[[asyncpg.Connection[asyncpg.Record]], Any], *, tries: int = 60) -> Any:
    """Do something on a fresh superuser connection, again while the database is restarting."""
    for attempt in range(tries):
        try:
            connection = await db.connect(url, role=None)
            try:
                return await work(connection)
            finally:
                connection.terminate()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            if attempt == tries - 1:
                raise
            await asyncio.sleep(0.25)
    return None


@dataclass
class Findings:
    """What the rows, the moves and the vendor say in the end. Everything from ``duplicates`` on has to be zero."""

    publications: int = 0
    published: int = 0
    unknown: int = 0
    states: dict[str, int] = field(default_factory=dict)
    seconds_to_known_state: float = 0.0
    duplicates: int = 0
    lost: int = 0
    published_without_id: int = 0
    moved_backward: int = 0
    open_attempts: int = 0
    without_event: int = 0
    wrong_text: int = 0
    #: The first few of what is wrong, in words.
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether every invariant holds."""
        return not (
            self.duplicates
            or self.lost
            or self.published_without_id
            or self.moved_backward
            or self.open_attempts
            or self.without_event
            or self.wrong_text
        )


#: States of which nothing may be at the vendor.
_NOTHING_THERE = frozenset(
    {"approved", "scheduled", "claimed", "waiting", "held", "missed", "cancelled", "rejected", "not_published"}
)
#: States that a due publication may rest in.
_SETTLED = frozenset(
    {"published", "rejected", "unknown", "not_published", "unknown_closed", "held", "missed", "cancelled"}
)


async def examine(url: str, settings: Settings, copies: Mapping[str, Sequence[tuple[str, float, str]]]) -> Findings:
    """Compare what the product says of every publication with what the vendor has."""
    allowed = {(before.value, after.value) for before, targets in MOVES.items() for after in targets}
    # Waiting goes back to scheduled and is claimed in the same statement.
    allowed.add(("waiting", "claimed"))
    master = crypto.Sealer(settings.master_keys)

    async def read(connection: asyncpg.Connection[asyncpg.Record]) -> Findings:
        rows = await connection.fetch(_ROWS)
        moves = await connection.fetch(
            "select publication_id, before, after, at from chaos_moves order by publication_id, seq"
        )
        open_attempts = await connection.fetchval("select count(*) from attempts where state = 'open'")
        told = await connection.fetch(
            "select distinct data ->> 'publication_id' as id, type from events where type like 'publication.%'"
        )
        found = Findings(publications=len(rows), open_attempts=open_attempts)
        events = {(row["id"], row["type"]) for row in told}
        for row in rows:
            own = copies.get(str(row["id"]), ())
            _examine_row(found, row, own, events)
            _examine_text(found, row, own, master)
        unmarked = len(copies.keys() - {str(row["id"]) for row in rows})
        if unmarked:
            found.lost += unmarked
            found.wrong.append(f"the vendor has {unmarked} posts of no publication")
        _examine_moves(found, moves, allowed)
        return found

    return await patiently(url, read)  # type: ignore[no-any-return]


_ROWS = """
select p.id, p.organization_id, p.connector, p.state, p.external_id, p.reason,
       c.id as consent_id, c.sealed_content, k.id as key_id, k.wrapped
  from publications p
  join consents c on c.organization_id = p.organization_id and c.id = p.consent_id
  join data_keys k on k.organization_id = p.organization_id and k.employee_id = p.employee_id
"""


def _examine_text(
    found: Findings, row: asyncpg.Record, copies: Sequence[tuple[str, float, str]], master: crypto.Sealer
) -> None:
    """What is out is what its person agreed to last."""
    if not copies:
        return
    organization_id = row["organization_id"]
    sealer = sealing.open_key(row["wrapped"], row_id=row["key_id"], organization_id=organization_id, master=master)
    agreed = sealing.open_document(
        sealer, row["sealed_content"], place=shares.consent_place(organization_id, row["consent_id"])
    )["text"]
    if row["connector"] == "linkedin":
        agreed = escape_commentary(agreed)
    if any(text != agreed for _, _, text in copies):
        found.wrong_text += 1
        found.wrong.append(f"{row['id']} {row['state']}: other words than agreed")


def _examine_row(
    found: Findings,
    row: asyncpg.Record,
    copies: Sequence[tuple[str, float, str]],
    events: set[tuple[str, str]],
) -> None:
    state, name = row["state"], str(row["id"])
    found.states[state] = found.states.get(state, 0) + 1
    found.published += state == "published"
    found.unknown += state == "unknown"
    found.duplicates += max(0, len(copies) - 1)
    wrong = []
    if len(copies) > 1:
        wrong.append(f"{len(copies)} copies")
    if state not in _SETTLED:
        found.lost += 1
        wrong.append("in no known state")
    elif state == "published" and not copies:
        found.lost += 1
        wrong.append("the vendor has nothing")
    elif state == "published" and row["external_id"] is None:
        found.published_without_id += 1
        wrong.append("no id")
    elif state == "published" and row["external_id"] not in {copy[0] for copy in copies}:
        found.lost += 1
        wrong.append("another post's id")
    elif state in _NOTHING_THERE and copies:
        found.lost += 1
        wrong.append("the vendor has it")
    if state in _SETTLED and (name, f"publication.{state}") not in events:
        found.without_event += 1
        wrong.append("nobody was told")
    if wrong:
        found.wrong.append(f"{name} {state} ({row['reason']}): {', '.join(wrong)}")


def _examine_moves(found: Findings, moves: Sequence[asyncpg.Record], allowed: set[tuple[str, str]]) -> None:
    began: dict[UUID, Any] = {}
    for move in moves:
        name, before, after, at = move["publication_id"], move["before"], move["after"], move["at"]
        if (before, after) not in allowed:
            found.moved_backward += 1
            found.wrong.append(f"{name} moved from {before} to {after}")
        if before in ("sending", "claimed") and name in began:
            seconds = (at - began[name]).total_seconds()
            if before == "sending":
                found.seconds_to_known_state = max(found.seconds_to_known_state, seconds)
        began[name] = at


def leaks(logs: Path) -> list[str]:
    """Log files that hold a person's words or something that opens their account."""
    secrets = (bulk.MARKER.encode(), b"access-", b"refresh-")
    return [path.name for path in logs.glob("*.log") if any(secret in path.read_bytes() for secret in secrets)]
