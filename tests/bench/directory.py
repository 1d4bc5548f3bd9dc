"""``python -m tests.bench.directory [--people N]``: how fast a directory is brought up to date, in how much memory.

The bare limit beside it is the least that any product would do with the same rows: parsed by ``csv``, ``COPY`` into a
temporary table, and one ``insert … on conflict do update`` into a second organization's employees. It checks no
value, keeps no diff, knows no leavers and no safety stop. Figures are printed as ``name value unit``; the exit code is
0 unless one could not be had.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import csv
import io
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from services.core.employees import directory
from services.core.employees.models import SyncMode
from services.core.kit.db import Database
from services.core.kit.ids import new_id
from services.core.kit.logging import configure_logging
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.models import Organization
from tests.bench.server import fresh_database, server

PEOPLE = 400_000
FIRST_LOAD_MARK_SECONDS = 600.0
CHANGE_MARK_SECONDS = 60.0
MEMORY_MARK_MEGABYTES = 500.0
RATIO_MARK = 0.5
CHANGED_SHARE = 0.01

COLUMNS = (
    "employee_id", "email", "first_name", "last_name", "display_name", "job_title", "department", "location",
    "country", "manager_employee_id", "employment_type", "start_date",
)  # fmt: skip
_OURS = (
    "source_id", "work_email", "first_name", "last_name", "display_name", "title", "department", "location", "country",
    "manager_ref", "employment_type", "started_on",
)  # fmt: skip
_FIRST = ("נועה", "Dan", "Jürgen", "Maya", "יונתן", "Zoë", "Amir", "תמר")
_LAST = ("כהן", "Levi", "Großmann", "Katz", "אברהם", "Núñez")


def make_file(people: int, *, changed: float = 0.0) -> bytes:
    """A file of everybody; ``changed`` is the share of those who have another title than before."""
    rng = random.Random(7)
    found = io.BytesIO()
    out = io.TextIOWrapper(found, encoding="utf-8", newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    every = round(1 / changed) if changed else 0
    for number in range(people):
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        title = f"Role {number % 300}" + (" II" if every and number % every == 0 else "")
        writer.writerow(
            (
                f"E{number:07}", f"p{number}@lumen.example", first, last, f"{first} {last}", title,
                f"Department {number % 120}", f"City {number % 40}", "IL" if number % 3 else "DE",
                f"E{number // 12:07}", "full_time", f"20{10 + number % 15}-03-01",
            )
        )  # fmt: skip
    out.flush()
    return found.getvalue()


async def bring(database: Database, organization_id: UUID, content: bytes, settings: Settings) -> float:
    """Compare and apply, as two requests do; answers seconds."""
    began = time.monotonic()
    async with database.transaction(organization_id) as session:
        sync, _ = await directory.compare_file(
            session, content=content, mode=SyncMode.FULL, settings=settings, by="bench"
        )
    async with database.transaction(organization_id) as session:
        await directory.apply_run(session, sync.id, by="bench")
    return time.monotonic() - began


async def bare(database: Database, organization_id: UUID, content: bytes) -> float:
    """COPY and merge; answers seconds."""
    names = ", ".join(_OURS)
    typed = ", ".join("started_on::date" if name == "started_on" else name for name in _OURS)
    fresh = ", ".join(f"{name} = excluded.{name}" for name in _OURS[1:])
    began = time.monotonic()
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    next(rows)
    async with database.hot(organization_id) as connection, connection.transaction():
        await connection.execute(f"create temp table bare ({', '.join(f'{name} text' for name in _OURS)}, id uuid)")
        await connection.copy_records_to_table("bare", records=[(*row, new_id()) for row in rows])
        await connection.execute(
            f"insert into employees (organization_id, id, source, version, status, {names})"
            f" select $1, id, 'csv', 1, 'active', {typed} from bare"
            f" on conflict (organization_id, source, source_id) do update set {fresh}",
            organization_id,
        )
        await connection.execute("drop table bare")
    return time.monotonic() - began


async def measure(people: int, settings: Settings) -> int:
    """Print all figures."""
    database = Database(settings.database_url, pool_size=2)
    await database.open()
    try:
        ids = [await _organization(database, name) for name in ("ours", "bare")]
        content = make_file(people)
        first = await bring(database, ids[0], content, settings)
        after_load = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        content = make_file(people, changed=CHANGED_SHARE)
        change = await bring(database, ids[0], content, settings)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bare_first = await bare(database, ids[1], content)
    finally:
        await database.close()
    for name, value, unit, mark in (
        ("people", people, "", ""),
        ("first_load", first, "s", f"<= {FIRST_LOAD_MARK_SECONDS:.0f}"),
        ("first_load_bare", bare_first, "s", "COPY and merge of the same rows"),
        ("first_load_ratio", bare_first / first, "", f">= {RATIO_MARK}"),
        ("change_1_percent", change, "s", f"<= {CHANGE_MARK_SECONDS:.0f}"),
        ("memory_first_load", after_load, "MB", ""),
        ("memory_most", memory, "MB", f"<= {MEMORY_MARK_MEGABYTES:.0f}"),
    ):
        sys.stdout.write(f"{name} {value:.2f} {unit} {mark}".rstrip() + "\n")
    return 0


async def _organization(database: Database, name: str) -> UUID:
    organization = Organization(name=name, time_zone="Asia/Jerusalem", default_language=Language.EN)
    async with database.transaction(organization.id) as session:
        session.add(organization)
    return organization.id


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.directory", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (url, _):
        return asyncio.run(_run(url, given.people, Path(folder)))


async def _run(url: str, people: int, folder: Path) -> int:
    async with fresh_database(url) as database_url:
        settings = Settings(
            database_url=database_url,
            master_key="k1:" + base64.b64encode(b"m" * 32).decode(),
            key_pepper="pepper-for-the-bench-0123456789abcdef",
            operator_key="operator-key-for-the-bench-0123456789",
            data_dir=folder,
            log_level="warning",
        )
        configure_logging(settings)
        return await measure(people, settings)


if __name__ == "__main__":
    sys.exit(main())
