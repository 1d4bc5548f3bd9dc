"""What a program has brought about, gathered once and turned into numbers that may be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.links import repository as links
from services.core.links.repository import ClickCounts
from services.core.reports import formulas, repository, rules
from services.core.reports.numbers import Formula, Number, Numbers, Reason, percent
from services.core.reports.periods import Day, Period, cover, make_runs
from services.core.reports.repository import Clicked, Members, Reported, Shares

K = TypeVar("K")


@dataclass(frozen=True)
class Figures:
    """What happened, before anybody decides what of it may be shown."""

    members: list[Members]
    shares: Mapping[UUID | None, Shares]
    clicks: ClickCounts
    reported: Mapping[tuple[UUID | None, str], Reported]

    @property
    def joined(self) -> int:
        """Members today."""
        return sum(row.joined for row in self.members)

    @property
    def connected(self) -> int:
        """Members who can share."""
        return sum(row.connected for row in self.members)

    @property
    def shared(self) -> int:
        """Members who have shared."""
        return sum(row.shared for row in self.members)

    @property
    def paused(self) -> int:
        """Members who have not shared and pause now."""
        return sum(row.paused for row in self.members)


async def gather(session: AsyncSession, program_id: UUID) -> Figures:
    """Read a program's figures."""
    return Figures(
        members=await repository.count_members(session, program_id),
        shares=await repository.count_shares(session, program_id),
        clicks=await links.click_counts(session, program_id=program_id),
        reported=await repository.sum_reported(session, program_id),
    )


def make_totals(figures: Figures, numbers: Numbers) -> dict[str, Number]:
    """The program's totals by name of formula."""
    sharers = figures.shares.get(None, Shares())
    made = {
        formulas.PUBLISHED_SHARES.name: numbers.behind(formulas.PUBLISHED_SHARES, sharers.count, people=sharers.people),
        formulas.ACTIVE_SHARERS.name: active_sharers(figures, numbers),
        **_clicks(numbers, figures.clicks, population=sharers.people),
        formulas.ENGAGEMENT_RATE.name: _rate(figures.reported, numbers),
    }
    for formula in (*formulas.NETWORK, formulas.ENGAGEMENTS):
        made[formula.name] = _reported(numbers, formula, figures.reported.get((None, formula.name)))
    return made


async def make_period_totals(
    session: AsyncSession, program_id: UUID, *, period: Period, spans: Mapping[str, Period | None], numbers: Numbers
) -> dict[str, Number]:
    """The program's totals over a period, each over the days of it that may be told of (``find_spans``)."""
    shares: dict[Period, Shares] = {}
    reported: dict[Period, Mapping[tuple[UUID | None, str], Reported]] = {}
    clicked: dict[Period, ClickCounts] = {}
    for name, span in spans.items():
        if span is None:
            continue
        if name == "shares":
            shares[span] = (await repository.count_shares(session, program_id, period=span)).get(None, Shares())
        elif name in repository.SHARING:
            reported.setdefault(span, {})
        else:
            clicked.setdefault(span, ClickCounts())
    for span in reported:
        reported[span] = await repository.sum_reported(session, program_id, period=span)
    for span in clicked:
        clicked[span] = await links.click_counts(session, program_id=program_id, since=span.since, until=span.until)
    # Whoever could have been clicked on: as far as anybody may know of them at all.
    everybody = (await repository.count_shares(session, program_id)).get(None, Shares()).people
    made: dict[str, Number] = {}
    for formula in (
        formulas.PUBLISHED_SHARES, *formulas.NETWORK, formulas.ENGAGEMENTS, formulas.ENGAGEMENT_RATE,
        formulas.HUMAN_CLICKS, formulas.SUSPECTED_MACHINES, formulas.RAW_HITS,
    ):  # fmt: skip
        name = "shares" if formula is formulas.PUBLISHED_SHARES else formula.name
        span = spans[name]
        if span is None:
            made[formula.name] = numbers.over(numbers.hidden(formula), period.from_on, period.to_on)
            continue
        if formula is formulas.PUBLISHED_SHARES:
            number = numbers.behind(formula, shares[span].count, people=shares[span].people)
        elif formula is formulas.ENGAGEMENT_RATE:
            number = _rate(reported[span], numbers)
        elif name in repository.SHARING:
            number = _reported(numbers, formula, reported[span].get((None, formula.name)))
        else:
            number = _clicks(numbers, clicked[span], population=everybody)[formula.name]
        made[formula.name] = numbers.over(number, span.from_on, span.to_on)
    return made


async def find_spans(session: AsyncSession, program_id: UUID, *, period: Period, k: int) -> dict[str, Period | None]:
    """For each number the days of a period that may be told of; None where none may be."""
    days = await repository.list_active_days(session, program_id, zone=period.zone, k=k)
    spans = {name: cover(make_runs(found, k=k), period) for name, found in days.items()}
    # Raw hits less one part are the other, so that both have to be of enough people.
    parts: dict[date, dict[str, frozenset[UUID]]] = {}
    for name in repository.CLICKING:
        for day in days[name]:
            parts.setdefault(day.day_on, {})[name] = day.people[0]
    both = [
        Day(day_on, tuple(found.get(name, frozenset()) for name in repository.CLICKING))
        for day_on, found in sorted(parts.items())
    ]
    spans[formulas.RAW_HITS.name] = cover(make_runs(both, k=k), period)
    return spans


def active_sharers(figures: Figures, numbers: Numbers) -> Number:
    """Members who have shared, in percent of the members who are not on a pause of their own."""
    return _rate_of_people(figures, formulas.ACTIVE_SHARERS, numbers, of=figures.joined)


def employees_who_shared(figures: Figures, numbers: Numbers, *, employees: int) -> Number:
    """Members who have shared, in percent of all employees but the members who pause."""
    return _rate_of_people(figures, formulas.EMPLOYEES_WHO_SHARED, numbers, of=employees)


def _rate_of_people(figures: Figures, formula: Formula, numbers: Numbers, *, of: int) -> Number:
    known = (figures.joined, of)
    whole = of - rules.leave_out(figures.paused, did=figures.shared, of=known, k=numbers.k)
    if whole <= 0:
        return numbers.missing(formula, Reason.NOTHING_TO_DIVIDE)
    if rules.tells_on_somebody(figures.shared, of=known, k=numbers.k):
        return numbers.hidden(formula)
    return numbers.shown(formula, percent(figures.shared, whole))


def make_item_rows(
    figures: Figures, clicks: Mapping[UUID, ClickCounts], item_ids: list[UUID], numbers: Numbers
) -> dict[UUID, dict[str, Number]]:
    """Each item's numbers by name of formula. Of every column enough cells are hidden that totals give none away."""
    shares = {item_id: figures.shares.get(item_id, Shares()) for item_id in item_ids}
    counts = {item_id: clicks.get(item_id, ClickCounts()) for item_id in item_ids}
    rows: dict[UUID, dict[str, Number]] = {item_id: {} for item_id in item_ids}

    def fill(formula: Formula, cells: Mapping[UUID, Number], people: Callable[[UUID], int]) -> None:
        small = [item_id for item_id, cell in cells.items() if cell.suppressed]
        behind = {item_id: people(item_id) for item_id in item_ids}
        hidden = rules.hide_complements(behind, small, k=numbers.k, disjoint=False)
        for item_id in item_ids:
            rows[item_id][formula.name] = numbers.hidden(formula) if item_id in hidden else cells[item_id]

    fill(
        formulas.PUBLISHED_SHARES,
        {i: numbers.behind(formulas.PUBLISHED_SHARES, shares[i].count, people=shares[i].people) for i in item_ids},
        lambda i: shares[i].people,
    )
    made = {i: _clicks(numbers, counts[i], population=shares[i].people) for i in item_ids}
    for formula, people in (
        (formulas.HUMAN_CLICKS, lambda i: counts[i].people_behind),
        (formulas.SUSPECTED_MACHINES, lambda i: counts[i].machine_people_behind),
        (formulas.RAW_HITS, lambda i: counts[i].raw_people_behind),
    ):
        fill(formula, {i: made[i][formula.name] for i in item_ids}, people)
    for row in rows.values():
        _hide_raw(row, numbers)
    for formula in (*formulas.NETWORK, formulas.ENGAGEMENTS):
        found = {i: figures.reported.get((i, formula.name)) for i in item_ids}
        fill(
            formula,
            {i: _reported(numbers, formula, found[i]) for i in item_ids},
            lambda i, found=found: one.people_behind if (one := found[i]) else 0,  # type: ignore[misc]
        )
    return rows


@dataclass(frozen=True)
class DepartmentNumbers:
    """One department's numbers."""

    department: str | None
    joined: Number
    shared: Number
    human_clicks: Number


def make_department_rows(
    figures: Figures, clicks: Mapping[str | None, Clicked], numbers: Numbers
) -> list[DepartmentNumbers]:
    """Members, sharers and clicks by department; nobody is in two, so hidden ones add up."""
    groups = {row.department: (row.shared, row.joined) for row in figures.members}
    hidden = rules.hide_shares_of_groups(groups, k=numbers.k)
    names = sorted({*groups, *clicks}, key=lambda name: (name is None, name or ""))
    behind = {name: clicks.get(name, Clicked()).people_behind for name in names}
    small = [
        name
        for name in names
        if rules.is_small(behind[name], numbers.k) or rules.is_small(groups.get(name, (0, 0))[1], numbers.k)
    ]
    silent = rules.hide_complements(behind, small, k=numbers.k, disjoint=True)
    rows = []
    for name in names:
        shared, joined = groups.get(name, (0, 0))
        unique = clicks.get(name, Clicked()).unique
        rows.append(
            DepartmentNumbers(
                department=name,
                joined=_unless(name in hidden, numbers, formulas.JOINED, joined),
                shared=_unless(name in hidden, numbers, formulas.SHARED, shared),
                human_clicks=_unless(name in silent, numbers, formulas.HUMAN_CLICKS, unique),
            )
        )
    return rows


def _unless(is_hidden: bool, numbers: Numbers, formula: Formula, value: int) -> Number:
    return numbers.hidden(formula) if is_hidden else numbers.shown(formula, value)


def _clicks(numbers: Numbers, counts: ClickCounts, *, population: int) -> dict[str, Number]:
    row = {
        formula.name: numbers.behind(formula, value, people=people, population=population)
        for formula, value, people in (
            (formulas.HUMAN_CLICKS, counts.unique, counts.people_behind),
            (formulas.RAW_HITS, counts.raw, counts.raw_people_behind),
            (formulas.SUSPECTED_MACHINES, counts.machine, counts.machine_people_behind),
        )
    }
    _hide_raw(row, numbers)
    return row


def _hide_raw(row: dict[str, Number], numbers: Numbers) -> None:
    """Raw hits less one part are the other part, so they are shown only beside both."""
    if row[formulas.HUMAN_CLICKS.name].suppressed or row[formulas.SUSPECTED_MACHINES.name].suppressed:
        row[formulas.RAW_HITS.name] = numbers.hidden(formulas.RAW_HITS)


def _reported(numbers: Numbers, formula: Formula, found: Reported | None) -> Number:
    if found is None or found.shares == 0:
        return numbers.missing(formula, Reason.NO_SHARES)
    if rules.is_small(found.people, numbers.k) or rules.is_small(found.people_behind, numbers.k):
        return numbers.hidden(formula)
    if found.value is None or found.read_at is None:
        return numbers.missing(formula, found.reason or Reason.NOT_READ_YET)
    return numbers.shown(
        formula,
        found.value,
        as_of=found.read_at.date(),
        coverage_percent=int(percent(found.with_data, found.shares)),
    )


def _rate(reported: Mapping[tuple[UUID | None, str], Reported], numbers: Numbers) -> Number:
    formula = formulas.ENGAGEMENT_RATE
    part, whole = (reported.get((None, name)) for name in ("rate_part", "rate_whole"))
    looked = _reported(numbers, formula, whole)
    if looked.value is None or part is None or part.value is None:
        return looked
    if looked.value == 0:
        return numbers.missing(formula, Reason.NOTHING_TO_DIVIDE)
    return numbers.shown(
        formula, percent(part.value, looked.value), as_of=looked.as_of, coverage_percent=looked.coverage_percent
    )
