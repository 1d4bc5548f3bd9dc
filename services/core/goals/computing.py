"""Values of goals whose KPI is a formula: computed again whenever a day of what they are made of is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.goals import days, formula, repository, rules, values
from services.core.goals.kpis import Kpi
from services.core.goals.models import Goal, Measurement, Method

FORMULA = "formula:"


@dataclass(frozen=True)
class Operand:
    """What a KPI of a formula is worth on a day, and how that was obtained."""

    value: Decimal
    method: Method


async def recompute(
    session: AsyncSession,
    program_id: UUID,
    *,
    on: Collection[date] | None = None,
    today: date,
    live: Mapping[str, Operand] | None = None,
) -> int:
    """Bring the formula goals of a program up to date for some days, or all; answer how many values they have there.

    ``live`` is what KPIs are worth today of which the program has no goal. A day on which the formula has no value has
    none afterwards: a gap.
    """
    goals = await repository.list_goals(session, program_id)
    known = await repository.all_kpis(session)
    computed = [(goal, kpi) for goal in goals if (kpi := known.get(goal.kpi)) is not None and kpi.formula is not None]
    if not computed:
        return 0
    table = await operands(session, [goal for goal in goals if goal.id not in {one.id for one, _ in computed}], known)
    if live and (on is None or today in on):
        table[today] = {**live, **table.get(today, {})}
    wanted = sorted(table if on is None else on)
    stored = 0
    for goal, kpi in computed:
        source = FORMULA + kpi.slug
        there = await repository.find_measurements(session, goal.id, sources=[source], days=wanted)
        for day in wanted:
            try:
                made = value_on(kpi, known, table.get(day, {}))
            except formula.NoValue:
                if (row := there.get((day, source))) is not None:
                    await values.drop(session, row, by=source)
                continue
            await values.write(
                session,
                Measurement(
                    organization_id=goal.organization_id, goal_id=goal.id, value=made.value, measured_on=day,
                    method=made.method, source=source, formula_version=str(kpi.formula_version),
                ),
                earlier=there.get((day, source)), by=source, today=today,
            )  # fmt: skip
            stored += 1
    await session.flush()
    return stored


async def operands(
    session: AsyncSession, goals: Collection[Goal], known: Mapping[str, Kpi]
) -> dict[date, dict[str, Operand]]:
    """What each KPI of a program is worth by day; of several goals in one KPI, by the oldest that has a value."""
    rows: dict[UUID, list[Measurement]] = defaultdict(list)
    for row in await repository.list_measurements(session, [goal.id for goal in goals]):
        rows[row.goal_id].append(row)
    ended = await repository.ended_series(session, [goal.id for goal in goals])
    table: dict[date, dict[str, Operand]] = defaultdict(dict)
    for goal in goals:
        for day in days.of_goal(known.get(goal.kpi), rows[goal.id], ended=ended.get(goal.id)):
            assert day.value is not None  # noqa: S101  # what of_goal promises
            table[day.measured_on].setdefault(goal.kpi, Operand(day.value, day.method))
    return dict(table)


def value_on(kpi: Kpi, known: Mapping[str, Kpi], operands: Mapping[str, Operand]) -> Operand:
    """A formula's value out of those of a day; raise NoValue. It is as sure as the least sure of them."""
    formulas = rules.formulas_of(known)
    found = dict(operands)
    try:
        for slug in formula.needs(kpi.slug, formulas):
            parsed = formula.parse(formulas[slug])
            value = formula.evaluate(parsed, {name: one.value for name, one in found.items()})
            method = days.least_sure(found[name].method for name in formula.names(parsed))
            found[slug] = Operand(value, method)
    except (formula.Cycle, formula.NotAFormula):
        raise formula.NoValue(formula.Gap.OPERAND_MISSING, kpi.slug) from None
    return found[kpi.slug]
