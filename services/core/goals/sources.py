"""Pages and accounts at vendors whose daily numbers are read into goals. The calls are made by the edge."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.manifest import GoalFeed
from connectors.sdk.models import FeedReading
from services.core.audit import service as audit
from services.core.goals import computing, repository, rules, values
from services.core.goals.errors import AlreadyRead, FeedNotForKpi, MeasuredByFormula
from services.core.goals.models import FeedSource, Goal, Measurement, Method
from services.core.goals.schemas import SourceCreate
from services.core.kit import db
from services.core.kit.errors import Invalid
from services.core.organizations.rules import Actor, Permission

#: A reading that is under way holds its source for so long; longer than its call takes.
_LEASE = timedelta(minutes=10)
NO_DATA = "no_data"


def channel_of(connector: str) -> str:
    """How measurements name a connector."""
    return f"connector:{connector}"


async def add_source(
    session: AsyncSession, actor: Actor, goal: Goal, body: SourceCreate, *, connector: str, feed: GoalFeed
) -> FeedSource:
    """Read a page into a goal from now on. Raises FeedNotForKpi, MeasuredByFormula and AlreadyRead.

    That the account is there, usable and the caller's to lend was made sure of by the edge.
    """
    actor.require(Permission.MEASUREMENTS_WRITE, program_id=goal.program_id)
    await repository.get_goal(session, goal.id, lock=True)
    kpi = await repository.find_kpi(session, goal.kpi)
    if kpi is None or (kpi.connector_feeds is not None and feed.name not in kpi.connector_feeds):
        takes = sorted(kpi.connector_feeds or ()) if kpi is not None else []
        raise FeedNotForKpi(kpi=goal.kpi, feeds=", ".join(takes) or "-")
    if kpi.formula is not None:
        raise MeasuredByFormula(kpi=kpi.slug, needed=kpi.formula)
    for one in await repository.list_sources(session, goal.id):
        if one.ended_on is None and (one.connector, one.feed, one.subject) == (connector, feed.name, body.subject):
            raise AlreadyRead(feed=feed.name, subject=body.subject)
    source = FeedSource(
        organization_id=actor.tenant(),
        goal_id=goal.id,
        connector=connector,
        measures=feed.measures,
        created_by=actor.name,
        due_at=await db.now(session),
        **body.model_dump(),
    )
    session.add(source)
    audit.record(
        session, actor=actor.name, action="goal_feed.create", subject=source,
        after={
            "goal_id": goal.id, "connector": connector, "feed": feed.name, "is_lent": body.connection_id is not None,
        },
    )  # fmt: skip
    await session.flush()
    return source


async def end_source(session: AsyncSession, actor: Actor, source: FeedSource) -> None:
    """Read a page no more: from today on it is no part of the whole. What was read stays."""
    if source.ended_on is not None:
        return
    source.ended_on = (await db.now(session)).date()
    source.due_at = None
    session.add(source)
    audit.record(session, actor=actor.name, action="goal_feed.end", subject=source, before={"goal_id": source.goal_id})
    await session.flush()


async def claim(session: AsyncSession, source_id: UUID) -> tuple[FeedSource, date, date] | None:
    """Take a reading that is due, for this worker alone; answer the days to ask for, or None when there is nothing."""
    source = await repository.take_source(session, source_id)
    now = await db.now(session)
    if source is None or source.ended_on is not None or source.due_at is None or source.due_at > now:
        return None
    source.due_at = now + _LEASE
    session.add(source)
    since, until = rules.days_to_read(measures=source.measures, last_day_on=source.last_day_on, today=now.date())
    return source, since, until


async def record(session: AsyncSession, source_id: UUID, reading: FeedReading, *, since: date, until: date) -> int:
    """Keep what was read; days without a number stay gaps. Answer how many days have a value."""
    source = await repository.get_source(session, source_id, lock=True)
    if source.ended_on is not None:
        return 0
    goal = await repository.get_goal(session, source.goal_id)
    kpi = await repository.find_kpi(session, goal.kpi)
    now = await db.now(session)
    channel = channel_of(source.connector)
    name = values.source_of(channel, source.series)
    found = {day: count for day, count in sorted(reading.values.items()) if since <= day <= until}
    there = await repository.find_measurements(session, goal.id, sources=[name], days=list(found))
    for day, count in found.items():
        measurement = Measurement(
            organization_id=goal.organization_id, goal_id=goal.id, value=Decimal(count), measured_on=day,
            method=Method.MEASURED, source=name, series=source.series,
            formula_version=str(kpi.formula_version) if kpi is not None else "1",
        )  # fmt: skip
        await values.write(session, measurement, earlier=there.get((day, name)), by=channel, today=now.date())
    source.read_at = now
    if found:
        source.last_day_on = max(found) if source.last_day_on is None else max(*found, source.last_day_on)
    source.problem = None if found else NO_DATA
    source.problem_words = None if found else ", ".join(sorted(set(reading.missing.values()))) or None
    source.due_at = rules.next_reading(source.id, now=now)
    session.add(source)
    await session.flush()
    await computing.recompute(session, goal.program_id, on=list(found), today=now.date())
    return len(found)


async def fail(
    session: AsyncSession, source_id: UUID, *, problem: str, words: str | None, again_at: datetime | None
) -> None:
    """A reading did not succeed: nothing is stored, the reason is shown, and it is tried again."""
    source = await repository.get_source(session, source_id, lock=True)
    if source.ended_on is not None:
        return
    source.problem = problem
    source.problem_words = words.replace("\0", "")[:500] if words else None
    source.due_at = again_at
    session.add(source)
    await session.flush()


def check_body(body: SourceCreate) -> None:
    """Make sure that one account is named, not two or none; raise Invalid."""
    if (body.platform_connection_id is None) == (body.connection_id is None):
        raise Invalid(problems=rules.one_account_problems())
