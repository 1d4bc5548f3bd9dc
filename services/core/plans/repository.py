"""Every query on content plans, and on what came of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors.models import Ambassador
from services.core.ambassadors.rules import MEMBER
from services.core.content import repository as content
from services.core.content.models import ContentItem, Variant
from services.core.kit.db import advocacy_now, organization_of
from services.core.plans import rules
from services.core.plans.models import ContentPlan, PeriodKind, PlanAlert, PlannedPeriod
from services.core.plans.rules import OfferedItem, SharedPosts, Span
from services.core.programs.models import Program, ProgramState
from services.core.shares.models import Publication, PublicationState, Share
from services.core.training.models import Certificate


async def find_plan(session: AsyncSession, program_id: UUID) -> ContentPlan | None:
    """A program's content plan."""
    statement = select(ContentPlan).where(
        ContentPlan.organization_id == organization_of(session), ContentPlan.program_id == program_id
    )
    return (await session.exec(statement)).first()


async def list_themes(session: AsyncSession, plan: ContentPlan) -> list[dict[str, Any]]:
    """A plan's themes with the topics of now, those that were merged followed."""
    topics = await content.list_topics(session)
    return rules.follow_merged(
        plan.themes, {topic.slug: topic.merged_into for topic in topics if topic.merged_into is not None}
    )


async def list_running_plans(session: AsyncSession) -> list[tuple[ContentPlan, Program]]:
    """The plans of programs that are launched, quietly or loudly."""
    statement = (
        select(ContentPlan, Program)
        .join(
            Program,
            sa.and_(
                col(Program.organization_id) == ContentPlan.organization_id, col(Program.id) == ContentPlan.program_id
            ),
        )
        .where(
            ContentPlan.organization_id == organization_of(session),
            col(Program.state).in_((ProgramState.QUIET, ProgramState.LOUD)),
        )
    )
    return list((await session.exec(statement)).all())


async def find_organizations(connection: asyncpg.Connection[Any]) -> list[UUID]:
    """The organizations that plan content."""
    return [row["organization_id"] for row in await connection.fetch("select * from find_organizations_with_plans()")]


def periods(session: AsyncSession, program_id: UUID) -> SelectOfScalar[PlannedPeriod]:
    """What a program has planned."""
    return select(PlannedPeriod).where(
        PlannedPeriod.organization_id == organization_of(session), PlannedPeriod.program_id == program_id
    )


async def find_period(session: AsyncSession, program_id: UUID, span: Span) -> PlannedPeriod | None:
    """The plan of one week or month."""
    statement = periods(session, program_id).where(
        PlannedPeriod.kind == span.kind, PlannedPeriod.starts_on == span.starts_on
    )
    return (await session.exec(statement)).first()


async def list_periods(session: AsyncSession, program_id: UUID, *, from_on: date) -> list[PlannedPeriod]:
    """What a program has planned from a day on."""
    statement = periods(session, program_id).where(col(PlannedPeriod.starts_on) >= from_on)
    return list((await session.exec(statement)).all())


async def list_alerts(session: AsyncSession, program_id: UUID, *, only_open: bool = False) -> list[PlanAlert]:
    """Plans that were not there in time."""
    statement = select(PlanAlert).where(
        PlanAlert.organization_id == organization_of(session), PlanAlert.program_id == program_id
    )
    if only_open:
        statement = statement.where(col(PlanAlert.closed_at).is_(None))
    return list((await session.exec(statement.order_by(col(PlanAlert.id)))).all())


async def list_open_alerts(session: AsyncSession) -> list[PlanAlert]:
    """Plans of the organization that are missing still, as far as anybody knows."""
    statement = select(PlanAlert).where(
        PlanAlert.organization_id == organization_of(session), col(PlanAlert.closed_at).is_(None)
    )
    return list((await session.exec(statement)).all())


async def list_offered(
    session: AsyncSession, plan: ContentPlan, *, zone: str, from_on: date, to_on: date
) -> list[OfferedItem]:
    """The items that a program first offered between two days, both included, where the organization is."""
    day = sa.cast(sa.func.timezone(zone, col(ContentItem.offered_at)), sa.Date)
    statement = sa.select(col(ContentItem.id), day, col(ContentItem.topics)).where(
        col(ContentItem.organization_id) == organization_of(session),
        col(ContentItem.program_id) == plan.program_id,
        day.between(from_on, to_on),
    )
    connection = await session.connection()
    items = (await connection.execute(statement)).all()
    variants = await connection.execute(
        sa.select(col(Variant.item_id), col(Variant.language), col(Variant.network)).where(
            col(Variant.organization_id) == organization_of(session),
            col(Variant.item_id).in_([item_id for item_id, *_ in items]),
        )
    )
    languages: dict[UUID, set[str]] = defaultdict(set)
    networks: dict[UUID, set[str]] = defaultdict(set)
    for item_id, language, network in variants:
        languages[item_id].add(str(language))
        networks[item_id].add(network)
    themes = await list_themes(session, plan)
    return [
        OfferedItem(item_id, on, rules.themes_of(topics, themes), languages[item_id], networks[item_id])
        for item_id, on, topics in items
    ]


async def list_shared(session: AsyncSession, plan: ContentPlan, *, zone: str) -> list[SharedPosts]:
    """Every published post of a program so far, by day and person, for who decides what of it may be shown."""
    day = sa.cast(sa.func.timezone(zone, col(Publication.published_at)), sa.Date)
    keys = (day, col(Publication.employee_id), col(ContentItem.topics), col(Share.language), col(Publication.network))
    statement = (
        sa.select(*keys, sa.func.count())
        .select_from(Publication)
        .join(
            Share,
            sa.and_(col(Share.organization_id) == Publication.organization_id, col(Share.id) == Publication.share_id),
        )
        .join(
            ContentItem,
            sa.and_(
                col(ContentItem.organization_id) == Publication.organization_id,
                col(ContentItem.id) == Publication.item_id,
            ),
        )
        .where(
            col(Publication.organization_id) == organization_of(session),
            col(Publication.program_id) == plan.program_id,
            col(Publication.state) == PublicationState.PUBLISHED,
            col(Publication.published_at).is_not(None),
        )
        .group_by(*keys)
        .order_by(day)
    )
    rows = (await (await session.connection()).execute(statement)).all()
    themes = await list_themes(session, plan)
    return [
        SharedPosts(on, employee_id, rules.themes_of(topics, themes), str(language), network, count)
        for on, employee_id, topics, language, network, count in rows
    ]


async def list_memberships(
    session: AsyncSession, *, program_id: UUID | None = None, employee_id: UUID | None = None
) -> list[Ambassador]:
    """Members of a program, or what one person is a member of."""
    statement = select(Ambassador).where(
        Ambassador.organization_id == organization_of(session), col(Ambassador.state).in_(MEMBER)
    )
    if program_id is not None:
        statement = statement.where(Ambassador.program_id == program_id)
    if employee_id is not None:
        statement = statement.where(Ambassador.employee_id == employee_id)
    return list((await session.exec(statement.order_by(col(Ambassador.id)))).all())


async def count_published(
    session: AsyncSession, program_ids: Collection[UUID], *, days: int, employee_id: UUID | None = None
) -> dict[tuple[UUID, UUID], int]:
    """Published posts of the last so many days, by program and person; of one person if named."""
    since = advocacy_now() - timedelta(days=days)
    statement = (
        sa.select(col(Publication.program_id), col(Publication.employee_id), sa.func.count())
        .where(
            col(Publication.organization_id) == organization_of(session),
            col(Publication.program_id).in_(program_ids),
            col(Publication.state) == PublicationState.PUBLISHED,
            col(Publication.published_at) > since,
        )
        .group_by(col(Publication.program_id), col(Publication.employee_id))
    )
    if employee_id is not None:
        statement = statement.where(col(Publication.employee_id) == employee_id)
    rows = (await (await session.connection()).execute(statement)).all()
    return {(program_id, person_id): count for program_id, person_id, count in rows}


async def map_certificates(
    session: AsyncSession, module_ids: Collection[UUID], *, at: datetime, employee_id: UUID | None = None
) -> dict[UUID, set[UUID]]:
    """By person, the modules of which they hold a valid certificate; of one person if named."""
    if not module_ids:
        return {}
    statement = select(Certificate.employee_id, Certificate.module_id).where(
        Certificate.organization_id == organization_of(session),
        col(Certificate.module_id).in_(module_ids),
        col(Certificate.revoked_at).is_(None),
        sa.or_(col(Certificate.expires_at).is_(None), col(Certificate.expires_at) > at),
    )
    if employee_id is not None:
        statement = statement.where(Certificate.employee_id == employee_id)
    held: dict[UUID, set[UUID]] = defaultdict(set)
    for person_id, module_id in (await session.exec(statement)).all():
        held[person_id].add(module_id)
    return held


def span_of_row(row: PlannedPeriod | PlanAlert) -> Span:
    """The week or month that a row is about."""
    return Span(PeriodKind(row.kind), row.starts_on)
