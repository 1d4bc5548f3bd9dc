"""Visits that came through ambassadors' links, by item, by when the ambassador joined, by department and by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.links import repository as links
from services.core.reports import formulas, repository, rules
from services.core.reports.numbers import Number, Numbers
from services.core.reports.periods import Day, Run, make_runs
from services.core.reports.repository import Clicked, VisitsOfDay

K = TypeVar("K")


@dataclass(frozen=True)
class Visits:
    """Each table sums to the total, and shows no cell of few people, nor one that the others would give away."""

    total: Number
    items: Mapping[UUID, Number]
    cohorts: Mapping[str | None, Number]
    departments: Mapping[str | None, Number]
    days: Sequence[tuple[date, date, Number]]


async def make_visits(session: AsyncSession, program_id: UUID, *, zone: str, numbers: Numbers) -> Visits:
    """Visits of people so far. Robots, and the owners' own visits, are not among them."""
    days = await repository.list_visits_by_day(session, program_id, zone=zone, k=numbers.k)
    people = frozenset[UUID]().union(*(day.people for day in days))
    by_item = {
        item_id: Clicked(counts.unique, counts.people_behind)
        for item_id, counts in (await links.clicks_by_item(session, program_id)).items()
        if counts.unique
    }
    cohorts = await repository.count_visits_by_cohort(session, program_id, zone=zone)
    departments = await repository.count_clicks_by_department(session, program_id)
    everybodys = sum(day.visits for day in days) - sum(one.unique for one in departments.values())
    if everybodys:
        # Links that are of nobody alone: what people share out of a platform.
        departments = {**departments, None: _add(departments.get(None, Clicked()), everybodys)}
    sizes = {row.department: row.joined for row in await repository.count_members(session, program_id)}
    return Visits(
        total=numbers.behind(formulas.HUMAN_CLICKS, sum(day.visits for day in days), people=len(people)),
        items=_cells(by_item, numbers, disjoint=False),
        cohorts=_cells(cohorts, numbers, disjoint=True),
        departments=_cells(departments, numbers, disjoint=True, sizes=sizes),
        days=_by_runs(days, numbers),
    )


def _add(before: Clicked, more: int) -> Clicked:
    return Clicked(before.unique + more, before.people_behind)


def _cells(
    cells: Mapping[K, Clicked], numbers: Numbers, *, disjoint: bool, sizes: Mapping[K, int] | None = None
) -> dict[K, Number]:
    behind = {cell: found.people_behind for cell, found in cells.items()}
    small = [
        cell
        for cell in cells
        if rules.is_small(behind[cell], numbers.k) or rules.is_small((sizes or {}).get(cell, 0), numbers.k)
    ]
    hidden = rules.hide_complements(behind, small, k=numbers.k, disjoint=disjoint)
    return {
        cell: numbers.hidden(formulas.HUMAN_CLICKS)
        if cell in hidden
        else numbers.shown(formulas.HUMAN_CLICKS, found.unique)
        for cell, found in cells.items()
    }


def _by_runs(days: Sequence[VisitsOfDay], numbers: Numbers) -> list[tuple[date, date, Number]]:
    """Days on which enough people's links were followed; others together with those before or after them."""
    runs = make_runs([Day(day.day_on, (day.people,)) for day in days], k=numbers.k)
    nobodys = [Run(day.day_on, day.day_on, is_large=True) for day in days if not day.people]
    rows = []
    for run in sorted([*runs, *nobodys], key=lambda one: one.first_on):
        if run in nobodys and any(one.first_on < run.first_on < one.last_on for one in runs):
            continue
        visits = sum(day.visits for day in days if run.first_on <= day.day_on <= run.last_on)
        number = numbers.shown(formulas.HUMAN_CLICKS, visits) if run.is_large else numbers.hidden(formulas.HUMAN_CLICKS)
        rows.append((run.first_on, run.last_on, numbers.over(number, run.first_on, run.last_on)))
    return rows
