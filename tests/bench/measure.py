"""One measurement: publications that fall due while real worker processes, or the bare loop, are ready for them.

Rates are those of the middle: from the tenth to the ninetieth percentile of the attempts recorded, on the database's
clock, so that neither the first wake-up nor a process that runs dry before the others is in them.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from services.cli.processes import free_port
from services.core.kit.settings import Settings
from tests.bench.bare import Shape
from tests.factories import bulk
from tests.fixtures.processes import environment, running

CONNECTOR = "demo"
_READY_SECONDS = 60.0
_DRAIN_SECONDS = 30.0
_POLL_SECONDS = 0.2
#: A worker that has everything recorded may still have mails to write; that is not waited for.
_GRACE_SECONDS = 1.0
_EXIT_SECONDS = 40.0
#: A worker looks for newly planned posts at least this often.
_NOTICE_SECONDS = 2.0
_TRIES = 4
#: With fewer there is no rate.
_FEWEST = 20

_IS_DONE = "select count(*) >= $1 from attempts where organization_id = $2 and state = 'published'"
_JOBS_LEFT = "select count(*) from pgqueuer where execute_after <= now()"
_CANCEL_REST = """
update publications set state = 'cancelled', lease_until = null
 where organization_id = $1 and state in ('scheduled', 'waiting', 'claimed')
"""


class BenchFailed(Exception):
    """Something did not go as it must; a figure would be worthless. The message says what and where to look."""


@dataclass(frozen=True)
class Drained:
    """What became of the due publications of one measurement."""

    rows: int
    #: Recorded per second, in the middle of the run.
    per_second: float
    #: Seconds from the agreed time to arming, smallest first.
    start_seconds: list[float]
    #: Attempts that were armed and then not begun in time: the worker was too busy with other things.
    not_sent: int
    #: Jobs of all kinds that still waited in the queue when the last publication was recorded.
    jobs_left: int
    #: Whether all workers ran, and had time to see what was planned, before it was due.
    was_ready: bool

    @property
    def early(self) -> int:
        """How many started before their time."""
        return sum(seconds < 0 for seconds in self.start_seconds)

    @property
    def p99_start_seconds(self) -> float:
        """The time to arming that 99 of 100 keep."""
        return self.start_seconds[min(len(self.start_seconds) - 1, int(len(self.start_seconds) * 0.99))]


@dataclass(frozen=True)
class BareOptions:
    """How the bare loop is run."""

    shape: Shape
    connections: int


@dataclass
class Bench:
    """A vendor, a folder for logs, and the settings of the installation that is measured."""

    settings: Settings
    vendor_port: int
    logs: Path
    #: Rows that are seeded in a second here, as far as seen.
    _seeded_per_second: float = field(default=1500.0)
    _count: int = field(default=0)

    async def ours(self, url: str, *, workers: int, rows: int, must_be_ready: bool = False) -> Drained:
        """Real scheduler processes. ``must_be_ready``: all of them run, and have time to see what is planned, before.

        What a slow server has not started in a while is cancelled; the rate is that of the rest.
        """
        for _ in range(_TRIES):
            drained = await self._try_ours(url, workers=workers, rows=rows)
            if drained.was_ready or not must_be_ready:
                return drained
            self._seeded_per_second /= 2
        raise BenchFailed("the machine is too busy: what was due could not be written before its time")

    async def _try_ours(self, url: str, *, workers: int, rows: int) -> Drained:
        env = environment(self.settings.model_copy(update={"database_url": url}))
        log = self.logs / "scheduler.log"
        posts_before = await posts(self.vendor_port)
        with ExitStack() as processes:
            async with _looking(url) as connection:
                await connection.execute("delete from pgqueuer")
                await connection.execute("delete from workers")
                started = [
                    processes.enter_context(running("-m", "services.cli", "scheduler", env=env, log=log))
                    for _ in range(workers)
                ]
                is_ready = await _until(
                    connection, "select count(*) >= $1 from workers", workers, seconds=_READY_SECONDS
                )
                if not is_ready:
                    raise BenchFailed(f"the schedulers do not start: see {log}")
            due = await self._make_due(url, rows=rows, start_up_seconds=_NOTICE_SECONDS + 1)
            async with _looking(url, due.organization_id) as connection:
                was_ready = await connection.fetchval(
                    "select advocacy_now() < min(due_at) - $2::interval from publications where organization_id = $1",
                    due.organization_id,
                    timedelta(seconds=_NOTICE_SECONDS),
                )
                is_done = await _until(connection, _IS_DONE, rows, due.organization_id, seconds=_DRAIN_SECONDS)
                jobs_left = await connection.fetchval(_JOBS_LEFT)
                await _end(started, seconds=_GRACE_SECONDS if is_done else _EXIT_SECONDS)
                if not is_done:
                    await connection.execute(_CANCEL_REST, due.organization_id)
        return await self._drained(
            url, due, posts_before=posts_before, jobs_left=jobs_left, was_ready=was_ready, log=log
        )

    async def bare(self, url: str, *, workers: int, rows: int, options: BareOptions) -> Drained:
        """The same number of processes of the bare loop."""
        log = self.logs / "bare.log"
        posts_before = await posts(self.vendor_port)
        due = await self._make_due(url, rows=rows, start_up_seconds=2 + workers / 2)
        start_at = await _due_at(url, due.organization_id)
        command = (
            *("-m", "tests.bench.bare", "--url", url, "--organization", str(due.organization_id)),
            *("--port", str(self.vendor_port), "--connections", str(options.connections)),
            *("--shape", options.shape.value, "--start-at", start_at.isoformat()),
        )
        with ExitStack() as processes:
            started = [processes.enter_context(running(*command, log=log)) for _ in range(workers)]
            for process in started:
                if await asyncio.wait_for(asyncio.to_thread(process.wait), _DRAIN_SECONDS) != 0:
                    raise BenchFailed(f"the bare loop failed: see {log}")
        return await self._drained(url, due, posts_before=posts_before, jobs_left=0, was_ready=True, log=log)

    async def _make_due(self, url: str, *, rows: int, start_up_seconds: float) -> bulk.Seeded:
        """People with one post each, all due at the same moment, when everything has started."""
        lead = rows / self._seeded_per_second * 1.3 + start_up_seconds
        loop = asyncio.get_running_loop()
        self._count += 1
        began = loop.time()
        seeded = await bulk.seed(
            url,
            self.settings,
            connector=CONNECTOR,
            people=rows,
            per_person=1,
            due_in=lambda _: lead,
            organization_name=f"Bench {self._count}",
        )
        self._seeded_per_second = 0.5 * self._seeded_per_second + 0.5 * rows / (loop.time() - began)
        return seeded

    async def _drained(
        self, url: str, due: bulk.Seeded, *, posts_before: int, jobs_left: int, was_ready: bool, log: Path
    ) -> Drained:
        async with _looking(url, due.organization_id) as connection:
            attempts = await connection.fetch(
                "select a.armed_at, a.finished_at, a.state as attempt_state, p.scheduled_at, p.state from attempts a"
                " join publications p on p.organization_id = a.organization_id and p.id = a.publication_id"
                " where a.organization_id = $1 order by a.finished_at",
                due.organization_id,
            )
        made = await posts(self.vendor_port) - posts_before
        recorded = [row for row in attempts if row["attempt_state"] == "published" == row["state"]]
        not_sent = sum(row["attempt_state"] == "not_sent" for row in attempts)
        rows = len(recorded)
        if not rows == made == len(attempts) - not_sent:
            raise BenchFailed(
                f"of {len(attempts)} tries {not_sent} were not sent, {made} reached the vendor, {rows} are published:"
                f" see {log}"
            )
        if rows < _FEWEST:
            raise BenchFailed(f"only {rows} went out in {_DRAIN_SECONDS:.0f} s: see {log}")
        first, last = int(rows * 0.1), int(rows * 0.9)
        seconds = (recorded[last]["finished_at"] - recorded[first]["finished_at"]).total_seconds()
        return Drained(
            rows=rows,
            per_second=(last - first) / seconds,
            start_seconds=sorted((row["armed_at"] - row["scheduled_at"]).total_seconds() for row in recorded),
            not_sent=not_sent,
            jobs_left=jobs_left,
            was_ready=was_ready,
        )


@asynccontextmanager
async def vendor(logs: Path) -> AsyncIterator[int]:
    """The instant vendor as a process; its port."""
    port = free_port()
    log = logs / "vendor.log"
    with running("-m", "tests.bench.vendor", "--port", str(port), log=log):
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while True:
                    try:
                        await posts(port)
                        break
                    except OSError:
                        await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise BenchFailed(f"the vendor does not start: see {log}") from None
        yield port


async def posts(port: int) -> int:
    """How many posts the vendor has accepted."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /count HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    answer = await reader.read(-1)
    writer.close()
    return int(answer.rpartition(b"\r\n\r\n")[2])


@asynccontextmanager
async def _looking(url: str, organization_id: UUID | None = None) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(
        url, server_settings={"timezone": "UTC", "app.organization_id": str(organization_id or "")}
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _due_at(url: str, organization_id: UUID) -> datetime:
    async with _looking(url, organization_id) as connection:
        at: datetime = await connection.fetchval(
            "select min(due_at) from publications where organization_id = $1", organization_id
        )
        return at


async def _until(connection: asyncpg.Connection[Any], question: str, *values: object, seconds: float) -> bool:
    """Ask until the answer is yes; False if it is not in time."""
    try:
        async with asyncio.timeout(seconds):
            while not await connection.fetchval(question, *values):  # noqa: ASYNC110  # the answer is a database's
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        return False
    return True


async def _end(processes: Sequence[subprocess.Popen[bytes]], *, seconds: float) -> None:
    """Ask to stop, wait a little, and end by force: all that is measured is written down."""
    for process in processes:
        process.terminate()
    ends_at = asyncio.get_running_loop().time() + seconds
    for process in processes:
        try:
            left = max(ends_at - asyncio.get_running_loop().time(), 0.01)
            await asyncio.to_thread(process.wait, left)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
