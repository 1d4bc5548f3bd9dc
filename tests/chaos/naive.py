"""The control run: the rule that everybody writes first, under the same vendor and the same kills, doubles posts.

Claim, send, mark as done; try again after an error, and when a claim is old. ``python -m tests.chaos.naive`` prints how
many duplicates that makes. If it made none, the campaign would prove nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx2

from services.core.kit.embedded import EmbeddedPostgres
from services.core.kit.ids import new_id
from services.core.kit.settings import load_settings
from tests.chaos.ground import ROOT, Nursery, VendorHandle, settings_for, vendor, worker_env
from tests.factories.bulk import MARKER

_TABLE = "create table posts (id uuid primary key, state text not null default 'due', claimed_at timestamptz)"
_CLAIM = """
update posts set state = 'claimed', claimed_at = now()
 where id = (select id from posts where state = 'due' or (state = 'claimed' and claimed_at < now() - interval '3 s')
              limit 1 for update skip locked)
returning id
"""


def main() -> int:
    """One naive worker, until it is killed."""
    asyncio.run(_work())
    return 0


async def _work() -> None:
    settings = load_settings()
    connection = await asyncpg.connect(settings.database_url)
    url = settings.connectors["demo"]["api_url"] + "/posts"
    async with httpx2.AsyncClient(trust_env=False, timeout=3) as http:
        while True:
            post_id = await connection.fetchval(_CLAIM)
            if post_id is None:
                await asyncio.sleep(0.1)
                continue
            try:
                answer = await http.post(url, json={"text": f"{MARKER}{post_id}"})
                done = answer.status_code < 300
            except httpx2.HTTPError:
                done = False
            await connection.execute("update posts set state = $2 where id = $1", post_id, "done" if done else "due")


@dataclass(frozen=True)
class NaiveReport:
    """What the control run did."""

    publications: int
    kills: int
    duplicates: int

    def lines(self) -> list[str]:
        """One ``name value`` a line."""
        return [
            f"naive_publications {self.publications}",
            f"naive_kills {self.kills}",
            f"naive_duplicates {self.duplicates}",
        ]


def run(folder: Path, *, publications: int = 300, kills: int = 20, faults: float = 0.3, seed: int = 1) -> NaiveReport:
    """The control run in a folder of its own; call it from the main thread."""
    with EmbeddedPostgres(folder / "postgres") as embedded:
        embedded.ensure_database("naive")
        return asyncio.run(_run(folder, embedded.dsn("naive"), publications, kills, faults, seed))


async def _run(folder: Path, url: str, publications: int, kills: int, faults: float, seed: int) -> NaiveReport:
    ids = [new_id() for _ in range(publications)]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_TABLE)
        await connection.copy_records_to_table("posts", records=[(one,) for one in ids], columns=["id"])
        async with vendor(folder, seed=seed, faults=faults, hang_seconds=10, latest_seconds=5) as fake:
            killed = await _kill_workers(folder, url, fake, connection, kills, random.Random(seed))
            await fake.settle()
            copies = await fake.copies()
    finally:
        await connection.close()
    return NaiveReport(publications, killed, _count_duplicates(ids, copies))


async def _kill_workers(
    folder: Path,
    url: str,
    fake: VendorHandle,
    connection: asyncpg.Connection[asyncpg.Record],
    kills: int,
    chance: random.Random,
) -> int:
    """Two workers at a time, killed and replaced until everything is done and they were killed often enough."""
    nursery = Nursery(ROOT, folder)
    await nursery.open()
    killed = 0
    env = worker_env(settings_for(url, folder, fake.url))
    deadline = time.monotonic() + 120

    is_busy = True

    async def seat() -> None:
        nonlocal killed
        while is_busy:
            worker = await nursery.start(env, log=folder / "naive.log", module="tests.chaos.naive")
            await asyncio.sleep(chance.uniform(0.5, 2.0))
            await worker.end()
            killed += 1

    seats = [asyncio.create_task(seat()) for _ in range(2)]
    try:
        while is_busy and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
            is_busy = killed < kills or await connection.fetchval(
                "select exists (select from posts where state <> 'done')"
            )
        is_busy = False
        await asyncio.gather(*seats)
    finally:
        await nursery.close()
    return killed


def _count_duplicates(ids: Sequence[UUID], copies: dict[str, list[tuple[str, float, str]]]) -> int:
    return sum(max(0, len(copies.get(str(one), ())) - 1) for one in ids)


def command(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code is 1 if nothing was doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.naive", description=__doc__)
    parser.add_argument("--publications", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="advocacy-naive-")))
        folder.chmod(0o755)  # as root, PostgreSQL is another user, who has to pass
        report = run(folder, publications=given.publications, kills=given.kills, seed=given.seed)
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0 if report.duplicates else 1


if __name__ == "__main__":
    raise SystemExit(command())
