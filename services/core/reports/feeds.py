"""Goals that measure themselves: their feeds, computed from what happened."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.goals import repository as goals
from services.core.goals import service as goal_service
from services.core.goals.kpis import CATALOGUE, Feed
from services.core.goals.models import Goal
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import DEFAULT_LANGUAGE
from services.core.programs import repository as programs
from services.core.reports import formulas, totals
from services.core.reports.numbers import Formula, Number, Numbers

#: What each feed measures.
FORMULAS: dict[Feed, Formula] = {
    Feed.HUMAN_CLICKS: formulas.HUMAN_CLICKS,
    Feed.IMPRESSIONS: formulas.IMPRESSIONS,
    Feed.ENGAGEMENTS: formulas.ENGAGEMENTS,
    Feed.ACTIVE_SHARERS_PERCENT: formulas.ACTIVE_SHARERS,
}

#: No organization may show numbers of fewer people; stricter ones hide more when they show.
FEWEST_PEOPLE: int = Settings.model_fields["min_group_size"].default


def feed_of(goal: Goal) -> Feed | None:
    """What measures a goal by itself."""
    kpi = CATALOGUE.get(goal.kpi)
    return kpi.feed if kpi is not None else None


def source_of(feed: Feed) -> str:
    """How measurements name a feed."""
    return f"feed:{feed.value}"


def value_of(feed: Feed, made: dict[str, Number]) -> Number:
    """A feed's number among a program's totals."""
    return made[FORMULAS[feed].name]


async def refresh_goals(session: AsyncSession, *, k: int = FEWEST_PEOPLE) -> int:
    """Bring the goals that measure themselves up to date; answer how many have a value of today.

    Employer roles read these values, so one with fewer than ``k`` people behind it is not stored at all:
    that day is a gap. Said again, it replaces the value of the day.
    """
    today = (await db.now(session)).date()
    numbers = Numbers(language=DEFAULT_LANGUAGE, today=today, k=k)
    stored = 0
    for program in await programs.list_running(session):
        measured = [(goal, feed) for goal in await goals.list_goals(session, program.id) if (feed := feed_of(goal))]
        if not measured:
            continue
        made = totals.make_totals(await totals.gather(session, program.id), numbers)
        for goal, feed in measured:
            number = value_of(feed, made)
            if number.value is None:
                continue
            await goal_service.record_measurement(
                session,
                goal=goal,
                value=number.value,
                measured_on=today,
                method=number.method,
                source=source_of(feed),
                formula_version=number.formula_version,
            )
            stored += 1
    return stored
