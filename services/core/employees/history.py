"""How many people there were on a day: written down while it lasts, so that a later change does not change it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees.models import Employee, EmploymentStatus, Headcount
from services.core.employees.service import PRESENT
from services.core.kit import db
from services.core.kit.db import organization_of
from services.core.kit.ids import new_id
from services.core.organizations import repository as organizations

Cell = tuple[EmploymentStatus, str | None, str | None]

#: In PostgreSQL as in Python: a department of spaces alone is none.
_DEPARTMENT = sa.func.nullif(sa.func.trim(col(Employee.department)), "")


@dataclass(frozen=True)
class Snapshot:
    """Everybody of one day, by status, department and country."""

    day_on: date
    cells: Mapping[Cell, int]

    def people(self, statuses: Collection[EmploymentStatus] = PRESENT) -> int:
        """How many people of these statuses there were."""
        return sum(count for (status, _, _), count in self.cells.items() if status in statuses)


async def today(session: AsyncSession) -> date:
    """The date where the organization is."""
    zone = ZoneInfo((await organizations.get_organization(session)).time_zone)
    return (await db.now(session)).astimezone(zone).date()


async def count_now(session: AsyncSession) -> Snapshot:
    """Everybody as they are at this moment."""
    statement = (
        sa.select(col(Employee.status), _DEPARTMENT, col(Employee.country), sa.func.count())
        .where(col(Employee.organization_id) == organization_of(session))
        .group_by(col(Employee.status), _DEPARTMENT, col(Employee.country))
    )
    rows = (await (await session.connection()).execute(statement)).all()
    return Snapshot(await today(session), {(status, department, country): n for status, department, country, n in rows})


async def record(session: AsyncSession) -> None:
    """Write down today's people, over what was written down of today before. Nothing is written where nothing changed.

    For the transaction that changes the directory, and for a job of every hour.
    """
    now = await count_now(session)
    before = await find_snapshot(session, now.day_on)
    if before is not None and before.cells == now.cells:
        return
    organization_id = organization_of(session)
    await session.exec(
        sa.delete(Headcount).where(
            col(Headcount.organization_id) == organization_id, col(Headcount.day_on) == now.day_on
        )
    )
    # A day with nobody is a day all the same.
    cells = dict(now.cells) or {(EmploymentStatus.ACTIVE, None, None): 0}
    await (await session.connection()).execute(
        sa.insert(Headcount),
        [
            {
                "organization_id": organization_id,
                "id": new_id(),
                "day_on": now.day_on,
                "status": status,
                "department": department,
                "country": country,
                "people": people,
            }
            for (status, department, country), people in cells.items()
        ],
    )


async def find_snapshot(session: AsyncSession, day_on: date) -> Snapshot | None:
    """Everybody as of a day: as written down that day or last before; None for a day before anything was."""
    (found,) = await list_snapshots(session, [day_on])
    return found


async def list_snapshots(session: AsyncSession, days: Collection[date]) -> list[Snapshot | None]:
    """The same for many days, in the order in which they are given."""
    if not days:
        return []
    organization_id = organization_of(session)
    rows = (
        await session.exec(
            select(Headcount).where(
                Headcount.organization_id == organization_id,
                col(Headcount.day_on) <= max(days),
                col(Headcount.day_on)
                >= sa.func.coalesce(
                    select(sa.func.max(col(Headcount.day_on)))
                    .where(Headcount.organization_id == organization_id, col(Headcount.day_on) <= min(days))
                    .scalar_subquery(),
                    min(days),
                ),
            )
        )
    ).all()
    by_day: dict[date, dict[Cell, int]] = {}
    for row in rows:
        by_day.setdefault(row.day_on, {})[(row.status, row.department, row.country)] = row.people
    written = sorted(by_day)
    found: list[Snapshot | None] = []
    for day in days:
        last = max((one for one in written if one <= day), default=None)
        cells = by_day[last] if last is not None else {}
        found.append(Snapshot(last, {c: n for c, n in cells.items() if n}) if last is not None else None)
    return found


async def as_of(session: AsyncSession, day_on: date) -> Snapshot | None:
    """Everybody as of a day; of today as they are now. None where it was never written down: nobody can know it."""
    now = await count_now(session)
    return now if day_on >= now.day_on else await find_snapshot(session, day_on)
