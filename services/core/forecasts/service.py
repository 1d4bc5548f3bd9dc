"""Making forecasts. Flushes, never commits; a forecast once made is never changed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.conversions import repository as conversions
from services.core.employees import history
from services.core.forecasts import assumptions, errors, repository, rules
from services.core.forecasts.assumptions import Assumption
from services.core.forecasts.models import COSTS, AssumptionOrigin, ContentKind, Forecast, Name, Result
from services.core.forecasts.rules import Interval, Plan, Range
from services.core.forecasts.schemas import ForecastCreate
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.settings import Settings
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs
from services.core.programs.models import Program, ProgramState
from services.core.reports.savings import in_force


async def make_forecast(
    session: AsyncSession, actor: Actor, program_id: UUID, body: ForecastCreate, *, settings: Settings
) -> Forecast:
    """Simulate a plan and keep what came out. Raises NotFound, NotAllowed, ProgramIsClosed and Invalid."""
    program = await programs.get_program(session, program_id)
    actor.require(Permission.REPORTS_READ, program_id=program.id)
    if program.state is ProgramState.CLOSED:
        raise errors.ProgramIsClosed()
    today = await history.today(session)
    networks = body.networks or _evenly(program)
    problems = _problems(body, program, networks, today=today)
    if problems:
        raise Invalid(problems=problems)
    used = await _assume(session, program, body, sorted(networks), today=today, k=settings.min_group_size)
    days = body.weeks * 7
    made = Forecast(
        organization_id=actor.tenant(),
        program_id=program.id,
        seed=body.seed if body.seed is not None else secrets.randbelow(2**rules.SEED_BITS),
        runs=rules.RUNS,
        method=rules.METHOD,
        method_version=rules.VERSION,
        starts_on=body.starts_on,
        ends_on=body.starts_on + timedelta(days=days - 1),
        currency=body.currency or await _currency(session, program.id, used, starts_on=body.starts_on),
        plan={
            "ambassadors": body.ambassadors,
            "shares_per_person_week": body.shares_per_person_week,
            "weeks": body.weeks,
            "networks": dict(sorted(networks.items())),
            "content_mix": {kind.value: body.content_mix[kind] for kind in ContentKind if kind in body.content_mix},
        },
        assumptions=[one.stored() for one in used],
    )
    # Pure work of some tenths of a second; other requests go on meanwhile.
    results = await asyncio.to_thread(simulate, made)
    made.results = {result.value: asdict(interval) for result, interval in results.items()}
    session.add(made)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="forecast.make", subject=made,
        after={"program_id": program.id, "starts_on": made.starts_on, "ends_on": made.ends_on, "seed": made.seed},
    )  # fmt: skip
    return made


def simulate(forecast: Forecast) -> dict[Result, Interval]:
    """The simulation of what a forecast has stored, with its seed: the same every time."""
    plan = forecast.plan
    assumed = {
        (Name(one["name"]), one["network"]): Range(one["low"], one["typical"], one["high"])
        for one in forecast.assumptions
    }
    views = (Name.IMPRESSIONS_PER_SHARE, Name.VIEW_PERCENT)
    return rules.simulate(
        Plan(
            ambassadors=plan["ambassadors"],
            shares_per_person_week=plan["shares_per_person_week"],
            weeks=plan["weeks"],
            networks={network: percent / 100 for network, percent in sorted(plan["networks"].items())},
            content_mix={ContentKind(kind): percent / 100 for kind, percent in plan["content_mix"].items()},
            months=rules.months_of(forecast.starts_on, (forecast.ends_on - forecast.starts_on).days + 1),
            known_views=_known(forecast, views),
            known_clicks=_known(forecast, (Name.CLICK_PERCENT,)),
        ),
        assumed,
        seed=forecast.seed,
        runs=forecast.runs,
    )


def _known(forecast: Forecast, names: Collection[Name]) -> frozenset[str]:
    return frozenset(
        one["network"]
        for one in forecast.assumptions
        if one["name"] in names and one["origin"] != AssumptionOrigin.EXAMPLE
    )


def _evenly(program: Program) -> dict[str, float]:
    networks = sorted(program.networks)
    return dict.fromkeys(networks, 100 / len(networks)) if networks else {}


def _problems(
    body: ForecastCreate, program: Program, networks: Mapping[str, float], *, today: date
) -> list[FieldProblem]:
    found = []
    if body.starts_on < today:
        found.append(FieldProblem("/starts_on", "in_the_past", errors.STARTS_IN_THE_PAST, {"today": today.isoformat()}))
    if not networks:
        found.append(FieldProblem("/networks", "missing", errors.NO_NETWORK))
    if len(networks) > rules.MOST_NETWORKS:
        found.append(FieldProblem("/networks", "too_many", errors.TOO_MANY_NETWORKS, {"most": rules.MOST_NETWORKS}))
    known: dict[str, object] = {"known": ", ".join(program.networks)}
    found += [
        FieldProblem(f"/networks/{network}", "unknown", errors.UNKNOWN_NETWORK, known)
        for network in networks
        if network not in program.networks
    ]
    for name, parts in (("networks", networks.values()), ("content_mix", body.content_mix.values())):
        if parts and not rules.sums_to_hundred(list(parts)):
            values: dict[str, object] = {"sum": rules.rounded(sum(parts), 6)}
            found.append(FieldProblem(f"/{name}", "not_a_whole", errors.NOT_A_WHOLE, values))
    return found + assumptions.problems(body, networks=sorted(networks))


async def _assume(
    session: AsyncSession, program: Program, body: ForecastCreate, networks: list[str], *, today: date, k: int
) -> list[Assumption]:
    zone = (await organizations.get_organization(session)).time_zone
    days = await repository.list_days(session, program.id, zone=zone, k=k)
    return assumptions.assemble(
        body,
        networks=networks,
        measured=assumptions.read_measured(days, today=today, zone=zone, k=k),
        rates=in_force(await conversions.list_rates(session, program.id), body.starts_on),
        today=today,
    )


async def _currency(session: AsyncSession, program_id: UUID, used: list[Assumption], *, starts_on: date) -> str | None:
    if not any(one.name in COSTS for one in used):
        return None
    rates = in_force(await conversions.list_rates(session, program_id), starts_on)
    return rates.currency if rates is not None else None
