"""The fault campaign: thousands of publications while everything that can break does, and then the questions.

``python -m tests.chaos.campaign --publications 10000 --kills 1000`` runs the long one and prints one ``name value`` a
line; the exit code is 1 if an invariant was broken. Everything random follows from ``--seed``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from services.core.kit import db
from tests.chaos import people
from tests.chaos.ground import (
    SHORT,
    SHORT_NEW,
    DatabaseServer,
    Findings,
    Nursery,
    VendorHandle,
    Worker,
    crash_points,
    examine,
    export_version,
    leaks,
    patiently,
    settings_for,
    vendor,
    worker_env,
)
from tests.factories import bulk

#: The release before this one: its schedulers run beside ours, on the schema of ours.
OLDER_VERSION = "c51b511"
#: How long the last ones may take to settle once nothing breaks any more.
SETTLE_SECONDS = 600
#: How long an armed crash point is waited for before the process is killed anyway.
_POINT_SECONDS = 10.0
_KILLED = -int(signal.SIGKILL)
#: The last look at a vendor comes a day after the first.
_A_DAY = timedelta(hours=26)
#: Crash points (by the word before the dot) on the way of what people do, by the name it has in ``people``.
_BY_PEOPLE = ("agree", "refresh", "look_up", "notice")


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    publications: int = 10_000
    kills: int = 1_000
    #: The publications fall due over this time.
    seconds: float = 1_200
    seed: int = 1
    #: Schedulers that run, and die, at the same time.
    seats: int = 3
    #: Share of the vendor's calls that meet a fault.
    faults: float = 0.3
    #: Seconds between restarts of the database; none at all with None.
    restart_every: tuple[float, float] | None = (5.0, 40.0)
    #: The longest that a process is frozen; 0 for no freezes.
    freeze_seconds: float = 70.0
    #: The product's clock jumps by something between these seconds; None for no jumps.
    clock_jumps: tuple[float, float] | None = (-5.0, 10.0)
    #: Every crash point has to be reached, and killed, so often before it ends.
    each: int = 0
    #: The longest that it waits for that.
    patience_seconds: float = 0.0
    #: Somebody cancels this often; 0 for nobody.
    people_every: float = 0.2
    #: The latest that the vendor commits a post that it dropped.
    latest_seconds: float = 600.0
    #: Whether the product has the time, in the end, to ask the vendor for what is unknown.
    settles_unknown: bool = True
    older: str | None = OLDER_VERSION
    #: Publications that fall due in one second at the end, without faults.
    burst: int = 1_000
    times: dict[str, str] = field(default_factory=lambda: {**SHORT, **SHORT_NEW})


@dataclass
class Counts:
    """What was done to it."""

    kills: int = 0
    restarts: int = 0
    freezes: int = 0
    clock_jumps: int = 0
    older_schedulers: int = 0
    #: How often each crash point was reached, and killed.
    points: Counter[str] = field(default_factory=Counter)
    #: What people did to publications meanwhile.
    people: Counter[str] = field(default_factory=Counter)
    #: Processes of people that ended by themselves, of an error that is no refusal.
    broken_people: int = 0


@dataclass(frozen=True)
class Report:
    """What comes out."""

    counts: Counts
    findings: Findings
    vendor: dict[str, object]
    lateness: list[float]
    leaks: list[str]
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether every invariant holds."""
        return (
            self.findings.is_clean
            and not self.leaks
            and not self.counts.broken_people
            and min(self.lateness, default=0.0) >= 0
        )

    def lines(self) -> list[str]:
        """One ``name value`` a line."""
        counts, found = self.counts, self.findings
        values: dict[str, object] = {
            "publications": found.publications,
            "kills": counts.kills,
            "crash_points_reached": len(counts.points),
            "database_restarts": counts.restarts,
            "freezes": counts.freezes,
            "clock_jumps": counts.clock_jumps,
            "older_schedulers": counts.older_schedulers,
            "vendor_faults": sum(self.vendor["faults"].values()),  # type: ignore[attr-defined]
            "duplicates": found.duplicates,
            "lost": found.lost,
            "published": found.published,
            "unknown": found.unknown,
            "seconds_to_known_state": f"{found.seconds_to_known_state:.1f}",
            "published_without_id": found.published_without_id,
            "moved_backward": found.moved_backward,
            "open_attempts": found.open_attempts,
            "other_words": found.wrong_text,
            "without_event": found.without_event,
            "leaks": len(self.leaks),
            "broken_people": counts.broken_people,
            "burst": len(self.lateness),
            "lateness_p99_seconds": f"{percentile(self.lateness, 0.99):.2f}",
            "lateness_least_seconds": f"{min(self.lateness, default=0.0):.3f}",
            "seconds": f"{self.seconds:.0f}",
        }
        lines = [f"{name} {value}" for name, value in values.items()]
        lines += [f"state_{name} {count}" for name, count in sorted(found.states.items())]
        lines += [f"people_{name} {count}" for name, count in sorted(counts.people.items())]
        lines += [f"killed_at_{name} {count}" for name, count in sorted(counts.points.items())]
        return lines


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Campaign:
    """One run: everything is started, broken, left alone, and examined."""

    def __init__(self, plan: Plan, server: DatabaseServer, url: str, folder: Path, vendor: VendorHandle) -> None:
        self.plan = plan
        self.counts = Counts()
        self._server = server
        self._url = url
        self._logs = folder
        self._vendor = vendor
        self._settings = settings_for(url, folder, vendor.url)
        self._chance = random.Random(plan.seed)
        self._points = crash_points()
        self._tried: Counter[str] = Counter()
        self._nursery = Nursery(Path(__file__).resolve().parents[2], folder)
        self._older: Nursery | None = None
        self._is_over = asyncio.Event()
        self._ahead = timedelta(0)
        #: Held while we write ourselves: a restart in the middle of that would prove nothing.
        self._writing = asyncio.Lock()

    async def run(self) -> Report:
        """The whole campaign."""
        began = time.monotonic()
        await self._nursery.open()
        try:
            await self._open_older()
            await self._seed(self.plan.publications, seconds=self.plan.seconds)
            await self._break_things()
            lateness = await self._settle()
        finally:
            await self._nursery.close()
            if self._older is not None:
                await self._older.close()
        found = await examine(self._url, self._settings, await self._vendor.copies())
        self.counts.people = (
            Counter(
                line.split()[1]
                for line in (self._logs / "people.log").read_text(encoding="utf-8").splitlines()
                if line.startswith("did ")
            )
            if (self._logs / "people.log").exists()
            else Counter()
        )
        return Report(
            self.counts, found, await self._vendor.state(), lateness, leaks(self._logs), time.monotonic() - began
        )

    async def _open_older(self) -> None:
        root = export_version(self.plan.older, self._logs) if self.plan.older else None
        if root is not None:
            self._older = Nursery(root, self._logs)
            await self._older.open()

    async def _seed(self, publications: int, *, seconds: float) -> None:
        for connector, count in (("demo", publications // 2), ("linkedin", publications - publications // 2)):
            # Two posts of one LinkedIn account wait for each other at times.
            each = 2 if connector == "linkedin" else 1
            people_count = max(1, count // each)
            spread = seconds / max(1, count)
            order = list(range(people_count * each))
            self._chance.shuffle(order)
            await bulk.seed(
                self._url,
                self._settings,
                connector=connector,
                people=people_count,
                per_person=each,
                due_in=lambda number, order=order, spread=spread: 2 + order[number] * spread,  # type: ignore[misc]
                organization_name=connector.title(),
            )

    async def _break_things(self) -> None:
        plan = self.plan
        jobs = [self._seat(number) for number in range(plan.seats)]
        if plan.restart_every is not None:
            jobs.append(self._restart_now_and_then(plan.restart_every))
        if plan.freeze_seconds:
            jobs.append(self._freeze_now_and_then())
        if plan.clock_jumps is not None:
            jobs.append(self._move_clock_now_and_then(plan.clock_jumps))
        jobs.append(self._make_tokens_old())
        jobs.append(self._keep_busy())
        if plan.people_every:
            jobs.append(self._keep_people())
        ends_at = time.monotonic() + plan.seconds + 2
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            while time.monotonic() < ends_at or not self._was_enough(ends_at + plan.patience_seconds):
                await asyncio.sleep(0.5)
                for task in tasks:
                    if task.done():
                        task.result()
        finally:
            self._is_over.set()
            await asyncio.gather(*tasks)

    def _was_enough(self, patience_ends_at: float) -> bool:
        if self.counts.kills < self.plan.kills:
            return False
        return time.monotonic() > patience_ends_at or not self.missing()

    def missing(self) -> list[str]:
        """Crash points that were not reached often enough."""
        return [point for point in self._points if self.counts.points[point] < self.plan.each]

    async def _pause(self, seconds: float) -> bool:
        """Wait; answers whether the campaign still goes on."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), seconds)
        return not self._is_over.is_set()

    async def _seat(self, number: int) -> None:
        """One scheduler after the other, each ended in its own way."""
        chance = random.Random(f"{self.plan.seed} {number}")
        log = self._logs / f"scheduler-{number}.log"
        while not self._is_over.is_set():
            how = chance.random()
            if self._older is not None and how < 0.15:
                self.counts.older_schedulers += 1
                worker = await self._older.start(worker_env(self._settings, **SHORT), log=log)
                await self._live_and_die(worker, chance.uniform(1.0, 6.0))
            elif how < 0.7:
                point = self._choose_point(chance)
                passes = 1 + int(chance.expovariate(0.8)) if point.startswith("publish.") else 1
                env = worker_env(self._settings, crash_point=f"{point}:{passes}", **self.plan.times)
                act = point.split(".")[0]
                if act in _BY_PEOPLE:
                    worker = await self._start_people(env | {people.ONLY: act}, chance, every=0.1)
                else:
                    worker = await self._nursery.start(env, log=log)
                if await self._live_and_die(worker, _POINT_SECONDS):
                    self.counts.points[point] += 1
            else:
                worker = await self._nursery.start(worker_env(self._settings, **self.plan.times), log=log)
                await self._live_and_die(worker, chance.uniform(0.3, 6.0), gently=chance.random() < 0.1)

    def _choose_point(self, chance: random.Random) -> str:
        """Mostly one that was reached seldom; one that was never reached in many tries, seldom."""

        def weight(point: str) -> float:
            reached = self.counts.points[point]
            return 0.1 if self._tried[point] > 5 and not reached else 1 / (1 + reached)

        point = chance.choices(self.missing() or self._points, [weight(one) for one in self.missing() or self._points])[
            0
        ]
        self._tried[point] += 1
        return point

    async def _live_and_die(self, worker: Worker, seconds: float, *, gently: bool = False) -> bool:
        """Let it work for a while, then end it; answers whether it killed itself before."""
        over = asyncio.create_task(self._is_over.wait())
        either: set[asyncio.Future[Any]] = {worker.ended, over}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        killed_itself = worker.ended.done() and worker.ended.result() == _KILLED
        if not killed_itself:
            await worker.end(signal.SIGTERM if gently else signal.SIGKILL, seconds=10)
        if worker.ended.result() == _KILLED:
            self.counts.kills += 1
        return killed_itself

    async def _freeze_now_and_then(self) -> None:
        """A scheduler stands still, for longer than its leases at times, and then goes on as if nothing had been."""
        chance = random.Random(f"{self.plan.seed} freeze")
        log = self._logs / "scheduler-frozen.log"
        while await self._pause(chance.uniform(0.5, 3.0)):
            worker = await self._nursery.start(worker_env(self._settings, **self.plan.times), log=log)
            await self._pause(chance.uniform(0.8, 4.0))
            worker.send(signal.SIGSTOP)
            self.counts.freezes += worker.is_alive
            await self._pause(min(self.plan.freeze_seconds, 2 + chance.expovariate(1 / 15)))
            worker.send(signal.SIGCONT)
            await self._live_and_die(worker, chance.uniform(0.5, 4.0))

    async def _restart_now_and_then(self, every: tuple[float, float]) -> None:
        chance = random.Random(f"{self.plan.seed} restart")
        while await self._pause(chance.uniform(*every)):
            async with self._writing:
                self._server.restart(immediate=chance.random() < 0.6)
            self.counts.restarts += 1

    async def _move_clock_now_and_then(self, by: tuple[float, float]) -> None:
        chance = random.Random(f"{self.plan.seed} clock")
        while await self._pause(chance.uniform(4.0, 12.0)):
            self._ahead += timedelta(seconds=chance.uniform(*by))
            await self._set_clock(self._ahead)
            self.counts.clock_jumps += 1

    async def _make_tokens_old(self) -> None:
        """Now and then a few tokens have come of age, and are renewed."""

        async def age(connection: asyncpg.Connection[asyncpg.Record]) -> None:
            await connection.execute(
                "update connections set renew_at = advocacy_now() where id in (select id from connections"
                " where connector = 'linkedin' and state = 'active' order by random() limit 3)"
            )

        while await self._pause(5.0):
            await patiently(self._url, age)

    async def _keep_busy(self) -> None:
        """When everything is done before everything was broken often enough, there is more to do."""
        await self._pause(self.plan.seconds)
        while await self._pause(8.0):
            async with self._writing:
                await self._seed(60, seconds=8.0)

    async def _set_clock(self, ahead: timedelta) -> None:
        async def move(_: asyncpg.Connection[asyncpg.Record]) -> None:
            await db.move_clock(self._url, by=ahead)

        await patiently(self._url, move)

    async def _keep_people(self) -> None:
        chance = random.Random(f"{self.plan.seed} people")
        while not self._is_over.is_set():
            worker = await self._start_people(worker_env(self._settings), chance, every=self.plan.people_every)
            await self._live_and_die(worker, chance.uniform(3.0, 20.0))
            # They put up with everything that we do to them, so that any other end is a mistake.
            self.counts.broken_people += worker.ended.result() != _KILLED

    async def _start_people(self, env: dict[str, str], chance: random.Random, *, every: float) -> Worker:
        own = {people.EVERY: str(every), people.SEED: str(chance.randrange(1 << 30))}
        return await self._nursery.start(env | own, log=self._logs / "people.log", module="tests.chaos.people")

    async def _settle(self) -> list[float]:
        """Nothing breaks any more: everything due comes to rest. Then many at once, in time."""
        await self._vendor.weather(rate=0.0, closed_rate=0.0)
        await self._vendor.settle()
        env = worker_env(self._settings, **self.plan.times)
        workers = [await self._nursery.start(env, log=self._logs / "scheduler-last.log") for _ in range(2)]
        ahead = self._ahead
        try:
            deadline = time.monotonic() + SETTLE_SECONDS
            while time.monotonic() < deadline:
                busy, waiting = await self._unsettled()
                if not busy and not waiting:
                    break
                if not busy:
                    # Only patience is left: what waits for a later try, or a later look, gets it now.
                    ahead = min(ahead + max(timedelta(minutes=2), (ahead - self._ahead) / 8), self._ahead + _A_DAY)
                    await self._set_clock(ahead)
                await asyncio.sleep(0.5)
            await self._set_clock(self._ahead)
            return await self._burst() if self.plan.burst else []
        finally:
            for worker in workers:
                await worker.end(signal.SIGTERM)

    async def _unsettled(self) -> tuple[int, int]:
        async def count(connection: asyncpg.Connection[asyncpg.Record]) -> tuple[int, int]:
            row = await connection.fetchrow(
                "select count(*) filter (where state in ('claimed', 'sending')"
                " or (state in ('scheduled', 'waiting') and due_at <= advocacy_now())),"
                " count(*) from publications where state in ('scheduled', 'waiting', 'claimed', 'sending')"
                " or (state = 'unknown' and look_up_at is not null and $1)",
                self.plan.settles_unknown,
            )
            return row[0], row[1] - row[0]

        return tuple(await patiently(self._url, count))

    async def _burst(self) -> list[float]:
        """How late each of many that are due at the same second reaches the vendor."""
        now = time.time()
        seeded = await bulk.seed(
            self._url,
            self._settings,
            connector="demo",
            people=self.plan.burst,
            per_person=1,
            due_in=lambda _: 8.0,
            organization_name="Burst",
        )

        async def due(connection: asyncpg.Connection[asyncpg.Record]) -> float:
            found = await connection.fetchval(
                "select extract(epoch from due_at)::float8 from publications where id = $1", seeded.publication_ids[0]
            )
            return float(found)

        due_at = await patiently(self._url, due) - self._ahead.total_seconds()
        await asyncio.sleep(max(0.0, due_at - now))
        deadline = time.monotonic() + 60
        names = {str(one) for one in seeded.publication_ids}
        while time.monotonic() < deadline:
            arrivals = await self._vendor.arrivals()
            if names <= arrivals.keys() and await self._unsettled() == (0, 0):
                break
            await asyncio.sleep(0.5)
        return [arrivals[name][0] - due_at for name in names & arrivals.keys()]


def run(plan: Plan, folder: Path) -> Report:
    """One campaign in a folder of its own; call it from the main thread."""
    database = folder / "postgres"
    with DatabaseServer(database) as server:
        url = server.make("campaign")

        async def everything() -> Report:
            async with vendor(
                folder,
                seed=plan.seed,
                faults=plan.faults,
                closed=plan.faults / 3,
                hang_seconds=10,
                latest_seconds=plan.latest_seconds,
            ) as fake:
                return await Campaign(plan, server, url, folder, fake).run()

        return asyncio.run(everything())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    default = Plan()
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.campaign", description=__doc__)
    parser.add_argument("--publications", type=int, default=default.publications)
    parser.add_argument("--kills", type=int, default=default.kills)
    parser.add_argument("--seconds", type=float, default=default.seconds, help="the posts fall due over this time")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--seats", type=int, default=default.seats, help="schedulers at the same time")
    parser.add_argument("--faults", type=float, default=default.faults, help="share of calls that meet a fault")
    parser.add_argument("--burst", type=int, default=default.burst, help="posts due in one second, at the end")
    parser.add_argument("--older", default=default.older, help="commit whose schedulers run along; empty for none")
    parser.add_argument("--folder", type=Path, help="keep database and logs here")
    given = parser.parse_args(arguments)
    plan = Plan(
        publications=given.publications,
        kills=given.kills,
        seconds=given.seconds,
        seed=given.seed,
        seats=given.seats,
        faults=given.faults,
        burst=given.burst,
        older=given.older or None,
    )
    with contextlib.ExitStack() as stack:
        folder = given.folder
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="advocacy-chaos-")))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # as root, PostgreSQL is another user, who has to pass
        report = run(plan, folder)
    sys.stdout.write("\n".join(report.lines()) + "\n")
    for line in [*report.findings.wrong[:20], *(f"{name} holds what no log may" for name in report.leaks)]:
        sys.stderr.write(line + "\n")
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
