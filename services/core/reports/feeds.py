"""Goals that measure themselves: their feeds, computed from what happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import history as headcounts
from services.core.goals import computing, rules
from services.core.goals import repository as goals
from services.core.goals import service as goal_service
from services.core.goals.kpis import Feed, Kpi
from services.core.goals.models import Goal
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import DEFAULT_LANGUAGE, Language
from services.core.organizations import repository as organizations
from services.core.programs import repository as programs
from services.core.reports import attrition, formulas, outcomes, savings, totals
from services.core.reports.numbers import Formula, Number, Numbers
from services.core.reports.periods import Period

#: What each feed measures.
FORMULAS: dict[Feed, Formula] = {
    Feed.HUMAN_CLICKS: formulas.HUMAN_CLICKS,
    Feed.IMPRESSIONS: formulas.IMPRESSIONS,
    Feed.ENGAGEMENTS: formulas.ENGAGEMENTS,
    Feed.ACTIVE_SHARERS_PERCENT: formulas.ACTIVE_SHARERS,
    Feed.SALES_OPPORTUNITIES: formulas.OPPORTUNITIES,
    Feed.HIRES: formulas.HIRES,
    Feed.TALENT_POOL: formulas.CANDIDATES,
    Feed.COST_PER_HIRE_SAVING: formulas.COST_PER_HIRE_SAVING,
    Feed.EARNED_MEDIA_VALUE: formulas.EARNED_MEDIA,
    Feed.AMBASSADOR_ATTRITION_GAP: formulas.ATTRITION_DIFFERENCE,
}
_OUTCOMES = frozenset({Feed.SALES_OPPORTUNITIES, Feed.HIRES, Feed.TALENT_POOL})
_SAVINGS = frozenset({Feed.COST_PER_HIRE_SAVING, Feed.EARNED_MEDIA_VALUE})

#: No organization may show numbers of fewer people; stricter ones hide more when they show.
FEWEST_PEOPLE: int = Settings.model_fields["min_group_size"].default


def feed_of(goal: Goal, kpis: Mapping[str, Kpi]) -> Feed | None:
    """What measures a goal by itself."""
    kpi = kpis.get(goal.kpi)
    return kpi.feed if kpi is not None else None


def source_of(feed: Feed) -> str:
    """How measurements name a feed."""
    return f"feed:{feed.value}"


def value_of(feed: Feed, made: Mapping[str, Number]) -> Number:
    """A feed's number among a program's totals."""
    return made[FORMULAS[feed].name]


async def live_numbers(
    session: AsyncSession, program_id: UUID, feeds: Collection[Feed], *, k: int, language: Language
) -> dict[Feed, Number]:
    """What feeds measure of a program at this moment, as far as it may be shown."""
    if not feeds:
        return {}
    numbers = Numbers(language=language, today=(await db.now(session)).date(), k=k)
    made = totals.make_totals(await totals.gather(session, program_id), numbers)
    made |= await make_outside(session, program_id, feeds, numbers)
    return {feed: value_of(feed, made) for feed in feeds}


async def make_outside(
    session: AsyncSession, program_id: UUID, feeds: Collection[Feed], numbers: Numbers
) -> dict[str, Number]:
    """What these feeds measure that comes from elsewhere, by name of formula: of conversions, rates and the directory.

    Only what is asked for is worked out.
    """
    wanted = frozenset(feeds)
    made: dict[str, Number] = {}
    if not wanted & (_OUTCOMES | _SAVINGS | {Feed.AMBASSADOR_ATTRITION_GAP}):
        return made
    program = await programs.get_program(session, program_id)
    zone = (await organizations.get_organization(session)).time_zone
    to_on = await headcounts.today(session)
    whole = Period(min(program.created_at.astimezone(ZoneInfo(zone)).date(), to_on), to_on, zone)
    if wanted & (_OUTCOMES | _SAVINGS):
        came = await outcomes.make_outcomes(session, program_id, period=None, numbers=numbers)
        made |= {one.formula.name: one.attributed for one in came}
    if wanted & _SAVINGS:
        saved = await savings.make_savings(
            session, program_id, period=whole, hires=made[formulas.HIRES.name], numbers=numbers
        )
        made[formulas.COST_PER_HIRE_SAVING.name] = saved.saving_per_hire
        made[formulas.EARNED_MEDIA.name] = saved.earned_media_value
    if Feed.AMBASSADOR_ATTRITION_GAP in wanted:
        year = whole.part(to_on - timedelta(days=365), to_on)
        left = await attrition.make_attrition(session, program_id, period=year, numbers=numbers)
        made[formulas.ATTRITION_DIFFERENCE.name] = left.difference
    return made


async def refresh_program(session: AsyncSession, program_id: UUID, *, k: int = FEWEST_PEOPLE) -> int:
    """Bring a program's goals that measure themselves up to date; answer how many have a value of today.

    Employer roles read these values, so one with fewer than ``k`` people behind it is not stored at all:
    that day is a gap, also for a formula over it. Said again, it replaces the value of the day.
    """
    known = await goals.all_kpis(session)
    fed = [
        (goal, kpi)
        for goal in await goals.list_goals(session, program_id)
        if (kpi := known.get(goal.kpi)) is not None and kpi.is_computed
    ]
    if not fed:
        return 0
    today = (await db.now(session)).date()
    feeds = frozenset[Feed]().union(*(rules.feeds_behind(kpi, known) for _, kpi in fed))
    made = await live_numbers(session, program_id, feeds, k=k, language=DEFAULT_LANGUAGE)
    stored = 0
    for goal, kpi in fed:
        number = made[kpi.feed] if kpi.feed is not None else None
        if kpi.feed is None or number is None or number.value is None:
            continue
        await goal_service.record_measurement(
            session,
            goal=goal,
            value=number.value,
            measured_on=today,
            method=number.method,
            source=source_of(kpi.feed),
            formula_version=number.formula_version,
        )
        stored += 1
    live = {
        kpi.slug: computing.Operand(number.value, number.method)
        for kpi in known.values()
        if kpi.feed is not None and (number := made.get(kpi.feed)) is not None and number.value is not None
    }
    stored += await computing.recompute(session, program_id, on=[today], today=today, live=live)
    await goals.note_refreshed(session, program_id)
    return stored
