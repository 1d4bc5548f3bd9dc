"""``python -m tests.bench [--quick]``: publications started per second, beside the bare limit of the same server.

Prints ``name value unit`` a line, then what it is judged by. A ratio is ours to the bare loop's (``bare.py`` says what
that does and does not do) with as many processes, as many waiting rows, in the same run: the two take turns, and the
medians are compared. The server is that of ``ADVOCACY_DATABASE_URL``, or an embedded one. The exit code is 0 unless a
figure could not be had.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from services.core.kit.logging import configure_logging
from services.core.kit.settings import Settings
from tests.bench import offers
from tests.bench.bare import Shape
from tests.bench.measure import CONNECTOR, BareOptions, Bench, BenchFailed, Drained, vendor
from tests.bench.policies import measure_policies
from tests.bench.server import fill, fresh_database, server

RATIO_MARK = 0.6
FALL_MARK = 0.10
P99_MARK_SECONDS = 10.0


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    waiting: tuple[int, ...]
    workers: tuple[int, ...]
    rounds: int
    #: How long one measurement is meant to take, and the bounds of its rows.
    seconds: float
    least_rows: int
    most_rows: int
    #: Connections of the bare loop that are tried, and with how many rows.
    connections: tuple[int, ...]
    tuning_rows: int
    burst_rows: int
    bursts: int
    #: No further round is begun that would not end by then.
    budget_seconds: float


FULL = Plan((10_000, 1_000_000), (1, 2, 4), 3, 5.0, 800, 5_000, (8, 16, 32), 1_000, 1_000, 3, 840)
QUICK = Plan((1_000, 50_000), (1, 2), 1, 2.5, 400, 1_200, (16,), 400, 1_000, 1, 90)


class Run:
    """One run over all worker counts and numbers of waiting rows."""

    def __init__(self, plan: Plan, bench: Bench, urls: dict[int, str]) -> None:
        self._plan = plan
        self._bench = bench
        self._urls = urls
        self._began = time.monotonic()
        self._options: dict[int, BareOptions] = {}
        self._ours: dict[tuple[int, int], list[Drained]] = defaultdict(list)
        self._bare: dict[tuple[int, int], list[Drained]] = defaultdict(list)
        self._expected: dict[tuple[str, int], float] = {}

    async def everything(self) -> None:
        """Fill, tune, measure, print."""
        for waiting, url in self._urls.items():
            note(f"writing {waiting} waiting rows")
            await fill(url, self._bench.settings, connector=CONNECTOR, waiting=waiting)
        await self._tune()
        rounds = 0
        longest = 0.0
        for number in range(self._plan.rounds):
            began = time.monotonic()
            if began - self._began + longest > self._plan.budget_seconds:
                note(f"no time for round {number + 1}")
                break
            for workers in self._plan.workers:
                for waiting in self._plan.waiting:
                    await self._pair(workers, waiting)
            longest = max(longest, time.monotonic() - began)
            rounds += 1
        say("rounds", rounds, "count")
        self._say_rates()
        await self._burst()
        say("run_seconds", round(time.monotonic() - self._began), "seconds")

    async def _tune(self) -> None:
        """Find the bare loop's best shape and number of connections, so that the limit is one."""
        url = self._urls[self._plan.waiting[0]]
        shapes = list(Shape)
        for workers in self._plan.workers:
            found: dict[BareOptions, float] = {}
            for shape in shapes:
                for connections in self._plan.connections:
                    options = BareOptions(shape, connections)
                    rows = self._plan.tuning_rows * (2 if workers > 1 else 1)
                    drained = await self._bench.bare(url, workers=workers, rows=rows, options=options)
                    found[options] = drained.per_second
                    note(f"bare, {workers} workers, {shape}, {connections} connections: {drained.per_second:.0f}/s")
            best = max(found, key=lambda one: found[one])
            self._options[workers] = best
            self._expected["bare", workers] = found[best]
            # Which shape is faster does not depend on the number of processes; how many connections are does.
            shapes = [best.shape]

    async def _pair(self, workers: int, waiting: int) -> None:
        url, key = self._urls[waiting], (workers, waiting)
        ours = await self._bench.ours(url, workers=workers, rows=self._rows("ours", workers))
        self._ours[key].append(ours)
        self._expected["ours", workers] = ours.per_second
        options = self._options[workers]
        bare = await self._bench.bare(url, workers=workers, rows=self._rows("bare", workers), options=options)
        self._bare[key].append(bare)
        self._expected["bare", workers] = bare.per_second
        note(
            f"{workers} workers, {waiting} waiting: ours {ours.per_second:.0f}/s (of {ours.rows}, {ours.jobs_left} jobs"
            f" left), bare {bare.per_second:.0f}/s (of {bare.rows})"
        )

    def _rows(self, which: str, workers: int) -> int:
        expected = self._expected.get((which, workers), self._expected["bare", workers] / 2)
        return int(min(max(expected * self._plan.seconds, self._plan.least_rows), self._plan.most_rows))

    def _say_rates(self) -> None:
        for key in self._ours:
            workers, waiting = key
            ours, bare = _rate(self._ours[key]), _rate(self._bare[key])
            names = f"{workers}_workers_{waiting}_waiting"
            ratio = ours / bare
            say(f"publications_started_{names}", round(ours), "per_second", f"{ratio:.2f}", _at_least(ratio))
            say(f"bare_started_{names}", round(bare), "per_second")
            left = statistics.median(one.jobs_left / one.rows for one in self._ours[key])
            say(f"jobs_left_when_all_are_out_{names}", f"{left:.2f}", "per_publication")
            say(f"armed_and_not_sent_{names}", sum(one.not_sent for one in self._ours[key]), "count")
        for workers, options in self._options.items():
            say(f"bare_connections_{workers}_workers_{options.shape}", options.connections, "per_process")
        few, many = self._plan.waiting[0], self._plan.waiting[-1]
        falls = {}
        for workers in self._plan.workers:
            falls[workers] = 1 - _rate(self._ours[workers, many]) / _rate(self._ours[workers, few])
            bare = 1 - _rate(self._bare[workers, many]) / _rate(self._bare[workers, few])
            names = f"{short(few)}_to_{short(many)}_{workers}_workers"
            say(f"publications_fall_{names}", f"{falls[workers]:.2f}", "share")
            say(f"bare_fall_{names}", f"{bare:.2f}", "share")
        fall = statistics.median(falls.values())
        say(f"publications_fall_{short(few)}_to_{short(many)}", f"{fall:.2f}", "share", _at_most(fall, FALL_MARK))

    async def _burst(self) -> None:
        """Many due at the very same moment: how long until the last ones start, and whether any starts too soon."""
        rows = self._plan.burst_rows
        url = self._urls[self._plan.waiting[-1]]
        bursts = [
            await self._bench.ours(url, workers=2, rows=rows, must_be_ready=True) for _ in range(self._plan.bursts)
        ]
        p99 = statistics.median(one.p99_start_seconds for one in bursts)
        early = sum(one.early for one in bursts)
        say(f"burst_{rows}_p99_start_seconds", f"{p99:.1f}", "seconds", _at_most(p99, P99_MARK_SECONDS))
        say(f"burst_{rows}_early", early, "count", _at_most(early, 0))


def _rate(runs: list[Drained]) -> float:
    return statistics.median(one.per_second for one in runs)


def _at_least(value: float) -> str:
    return f"mark >={RATIO_MARK} {'ok' if value >= RATIO_MARK else 'missed'}"


def _at_most(value: float, mark: float) -> str:
    return f"mark <={mark:g} {'ok' if value <= mark else 'missed'}"


def short(number: int) -> str:
    """10k, 1m."""
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if number >= size:
            return f"{number // size}{letter}"
    return str(number)


def say(name: str, value: object, unit: str, *more: str) -> None:
    """A figure, on standard output."""
    sys.stdout.write(" ".join((name, str(value), unit, *more)) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """How far it is, on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _settings(folder: Path, vendor_port: int) -> Settings:
    return Settings(
        database_url="postgresql://unused",
        master_key="k1:" + base64.b64encode(os.urandom(32)).decode(),
        key_pepper=base64.b64encode(os.urandom(32)).decode(),
        operator_key=base64.b64encode(os.urandom(32)).decode(),
        data_dir=folder / "data",
        connectors={CONNECTOR: {"api_url": f"http://127.0.0.1:{vendor_port}"}},
    )


async def measure(plan: Plan, *, admin_url: str, folder: Path) -> None:
    """Everything, with databases and processes of its own."""
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(vendor(folder))
        settings = _settings(folder, port)
        # Standard output is for figures alone.
        configure_logging(settings)
        crowd = await stack.enter_async_context(fresh_database(admin_url))
        size = offers.QUICK if plan is QUICK else offers.FULL
        await offers.measure_offers(say, note, url=crowd, settings=settings, folder=folder, size=size)
        urls = {waiting: await stack.enter_async_context(fresh_database(admin_url)) for waiting in plan.waiting}
        await Run(plan, Bench(settings, port, folder), urls).everything()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small version that takes about a minute")
    told = parser.parse_args()
    measure_policies(say)
    folder = Path(tempfile.mkdtemp(prefix="advocacy-bench-"))
    try:
        with server(folder / "postgres") as (admin_url, kind):
            say("server_is_embedded", int(kind == "embedded"), "yes_or_no")
            asyncio.run(measure(QUICK if told.quick else FULL, admin_url=admin_url, folder=folder))
    except BenchFailed as failed:
        sys.exit(f"bench: {failed}")
    finally:
        shutil.rmtree(folder / "postgres", ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
