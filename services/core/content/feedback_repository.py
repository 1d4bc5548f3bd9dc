"""Every query on what people want to speak about, and on what they think of what they are offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import Ambassador
from services.core.content.models import ContentItem, Interests, ItemFeedback, Offer
from services.core.kit.db import organization_of
from services.core.kit.ids import new_id


async def find_interests(session: AsyncSession, employee_id: UUID) -> Interests | None:
    """What a person wants to speak about; None for somebody who has not said."""
    statement = select(Interests).where(
        Interests.organization_id == organization_of(session), Interests.employee_id == employee_id
    )
    return (await session.exec(statement)).first()


async def add_interests(
    session: AsyncSession, employee_id: UUID, *, goals: list[dict[str, str]], audience: list[str]
) -> bool:
    """Store a person's first interests; whether there were none before."""
    statement = insert(Interests).values(
        organization_id=organization_of(session),
        id=new_id(),
        version=1,
        employee_id=employee_id,
        goals=goals,
        audience=audience,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["organization_id", "employee_id"])
    made = await (await session.connection()).execute(statement.returning(col(Interests.id)))
    return made.first() is not None


async def list_goals(session: AsyncSession, program_id: UUID) -> dict[UUID, list[str]]:
    """The topics that people of a program want to speak about; who has named none is not listed."""
    statement = (
        select(Interests.employee_id, Interests.goals)
        .join(
            Ambassador,
            (col(Ambassador.organization_id) == Interests.organization_id)
            & (col(Ambassador.employee_id) == Interests.employee_id),
        )
        .where(
            Interests.organization_id == organization_of(session),
            Ambassador.program_id == program_id,
            sa.func.jsonb_array_length(col(Interests.goals)) > 0,
        )
    )
    return {
        employee_id: [goal["topic"] for goal in goals] for employee_id, goals in (await session.exec(statement)).all()
    }


async def find_item_feedback(session: AsyncSession, item_id: UUID, *, lock: bool = False) -> ItemFeedback | None:
    """What people think of an item, as last counted. A lock that somebody else holds is waited for."""
    statement = select(ItemFeedback).where(
        ItemFeedback.organization_id == organization_of(session), ItemFeedback.item_id == item_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


async def list_item_feedback(session: AsyncSession, program_id: UUID) -> list[ItemFeedback]:
    """What people think of each item of a program, as last counted."""
    statement = (
        select(ItemFeedback)
        .join(
            ContentItem,
            (col(ContentItem.organization_id) == ItemFeedback.organization_id)
            & (col(ContentItem.id) == ItemFeedback.item_id),
        )
        .where(ItemFeedback.organization_id == organization_of(session), ContentItem.program_id == program_id)
    )
    return list((await session.exec(statement)).all())


async def count_answers_since(
    session: AsyncSession, item_id: UUID, since: datetime | None, *, offers_too: bool = False
) -> int:
    """How many people have answered an item after an instant, or ever; with ``offers_too`` also how many got it."""
    statement = select(sa.func.count()).where(
        Offer.organization_id == organization_of(session), Offer.item_id == item_id
    )
    answered = col(Offer.answered_at) > since if since is not None else col(Offer.answered_at).is_not(None)
    if offers_too:
        answered = answered | (col(Offer.created_at) > since if since is not None else sa.true())
    return int((await session.exec(statement.where(answered))).one())


_ANSWERS = """
select o.rating, o.state = 'dismissed' as is_passed, o.dismiss_reason, e.department, e.country, g.topics,
       count(*) as people
  from offers o
  join employees e on e.organization_id = o.organization_id and e.id = o.employee_id
  left join interests n on n.organization_id = o.organization_id and n.employee_id = o.employee_id
  cross join lateral (
       select coalesce(array_agg(t order by t), '{}') as topics from unnest(cast(:topics as text[])) t
        where n.goals @> jsonb_build_array(jsonb_build_object('topic', t))) g
 where o.organization_id = :organization and o.item_id = :item and o.answered_at is not null
 group by 1, 2, 3, 4, 5, 6
"""


@dataclass(frozen=True)
class Answers:
    """How many people with the same department, country and goals answered the same about an item."""

    rating: str | None
    is_passed: bool
    reason: str | None
    department: str | None
    country: str | None
    #: The item's topics that are goals of theirs.
    goals: tuple[str, ...]
    people: int


async def list_answers(session: AsyncSession, item: ContentItem) -> list[Answers]:
    """What people have answered about an item."""
    values = {"organization": organization_of(session), "item": item.id, "topics": list(item.topics)}
    rows = (await (await session.connection()).execute(sa.text(_ANSWERS), values)).all()
    return [
        Answers(
            row.rating, row.is_passed, row.dismiss_reason, row.department, row.country, tuple(row.topics), row.people
        )
        for row in rows
    ]


async def count_offers(session: AsyncSession, item_id: UUID) -> tuple[int, int, int]:
    """To how many an item was offered, how many of them had named goals, and for how many of those it matches none."""
    matched = col(Offer.goal_matched)
    statement = select(sa.func.count(), sa.func.count(matched), sa.func.count().filter(matched.is_(False))).where(
        Offer.organization_id == organization_of(session), Offer.item_id == item_id
    )
    offered, with_goals, unmatched = (await session.exec(statement)).one()
    return offered, with_goals, unmatched


async def save_item_feedback(session: AsyncSession, made: ItemFeedback) -> None:
    """Keep a count. Of two first ones made at the same time, the one kept first stays."""
    if sa.inspect(made).persistent:
        session.add(made)
        await session.flush()
        return
    statement = insert(ItemFeedback).values(**made.model_dump(exclude={"created_at"}))
    statement = statement.on_conflict_do_nothing(index_elements=["organization_id", "item_id"])
    await (await session.connection()).execute(statement)
