"""Every query on items, variants, reviews and offers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.content.models import (
    ContentItem,
    Decision,
    ItemState,
    Offer,
    OfferState,
    Review,
    ReviewRule,
    Topic,
    Variant,
)
from services.core.employees.models import Employee
from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
from services.core.kit.texts import Language
from services.core.programs.models import Function


def items(session: AsyncSession) -> SelectOfScalar[ContentItem]:
    """All items of the organization."""
    return select(ContentItem).where(ContentItem.organization_id == organization_of(session))


async def get_item(session: AsyncSession, item_id: UUID, *, lock: bool = False) -> ContentItem:
    """One item, for this transaction alone if ``lock``; raise NotFound."""
    statement = items(session).where(ContentItem.id == item_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    item = (await session.exec(statement)).first()
    if item is None:
        raise NotFound(thing="content item")
    return item


def variants(session: AsyncSession, item_id: UUID) -> SelectOfScalar[Variant]:
    """All variants of an item."""
    return select(Variant).where(Variant.organization_id == organization_of(session), Variant.item_id == item_id)


async def list_variants(session: AsyncSession, item_id: UUID) -> list[Variant]:
    """All variants of an item, oldest first."""
    return list((await session.exec(variants(session, item_id).order_by(col(Variant.id)))).all())


async def get_variant(session: AsyncSession, *, item_id: UUID, network: str, language: Language) -> Variant:
    """An item's variant for a network in a language; raise NotFound."""
    statement = variants(session, item_id).where(Variant.network == network, Variant.language == language)
    variant = (await session.exec(statement)).first()
    if variant is None:
        raise NotFound(thing="variant")
    return variant


async def get_variant_by_id(session: AsyncSession, item_id: UUID, variant_id: UUID) -> Variant:
    """One variant of an item; raise NotFound."""
    variant = (await session.exec(variants(session, item_id).where(Variant.id == variant_id))).first()
    if variant is None:
        raise NotFound(thing="variant")
    return variant


async def has_variant(session: AsyncSession, item_id: UUID, *, language: Language, network: str | None = None) -> bool:
    """Whether an item has a variant in ``language``, for ``network`` or for any."""
    statement = variants(session, item_id).where(Variant.language == language)
    if network is not None:
        statement = statement.where(Variant.network == network)
    return (await session.exec(statement.limit(1))).first() is not None


def reviews(session: AsyncSession, item_id: UUID) -> SelectOfScalar[Review]:
    """All reviews of an item."""
    return select(Review).where(Review.organization_id == organization_of(session), Review.item_id == item_id)


async def list_approved_functions(session: AsyncSession, item: ContentItem) -> set[str]:
    """The functions whose holders have approved what was last sent to review."""
    statement = select(Review.functions).where(
        Review.organization_id == organization_of(session),
        Review.item_id == item.id,
        Review.decision == Decision.APPROVED,
        Review.item_version >= (item.submitted_version or 0),
    )
    return {function for functions in (await session.exec(statement)).all() for function in functions}


def review_rules(session: AsyncSession, program_id: UUID) -> SelectOfScalar[ReviewRule]:
    """All review rules of a program."""
    return select(ReviewRule).where(
        ReviewRule.organization_id == organization_of(session), ReviewRule.program_id == program_id
    )


async def list_review_rules(session: AsyncSession, program_id: UUID) -> list[ReviewRule]:
    """All review rules of a program, by topic."""
    statement = review_rules(session, program_id).order_by(col(ReviewRule.topic), col(ReviewRule.function))
    return list((await session.exec(statement)).all())


async def list_required_functions(session: AsyncSession, item: ContentItem) -> list[Function]:
    """The functions whose approval an item's topics need; no query without topics."""
    if not item.topics:
        return []
    statement = review_rules(session, item.program_id).where(col(ReviewRule.topic).in_(item.topics))
    return sorted({rule.function for rule in (await session.exec(statement)).all()})


async def delete_review_rules(session: AsyncSession, program_id: UUID) -> None:
    """End all review rules of a program."""
    statement = sa.delete(ReviewRule).where(
        col(ReviewRule.organization_id) == organization_of(session), col(ReviewRule.program_id) == program_id
    )
    await (await session.connection()).execute(statement)


async def count_approvers(session: AsyncSession, item: ContentItem) -> int:
    """How many different reviewers have approved what was last sent to review."""
    reviewer = sa.func.coalesce(col(Review.reviewer_employee_id), col(Review.reviewer_key_id))
    statement = select(sa.func.count(sa.distinct(reviewer))).where(
        Review.organization_id == organization_of(session),
        Review.item_id == item.id,
        Review.decision == Decision.APPROVED,
        Review.item_version >= (item.submitted_version or 0),
    )
    return int((await session.exec(statement)).one())


def topics(session: AsyncSession) -> SelectOfScalar[Topic]:
    """All topics of the organization, merged ones too."""
    return select(Topic).where(Topic.organization_id == organization_of(session))


async def list_topics(session: AsyncSession) -> list[Topic]:
    """All topics of the organization, merged ones too."""
    return list((await session.exec(topics(session).order_by(col(Topic.slug)))).all())


async def get_topic(session: AsyncSession, topic_id: UUID, *, lock: bool = False) -> Topic:
    """One topic; raise NotFound."""
    statement = topics(session).where(Topic.id == topic_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    topic = (await session.exec(statement)).first()
    if topic is None:
        raise NotFound(thing="topic")
    return topic


_REPLACE_TOPIC = """
update content_items i
   set version = version + 1, updated_at = advocacy_now(),
       topics = (select jsonb_agg(name order by place)
                   from (select case when t.name = :old then :new else t.name end as name, min(t.place) as place
                           from jsonb_array_elements_text(i.topics) with ordinality as t(name, place)
                          group by 1) named)
 where i.organization_id = :organization and i.topics @> jsonb_build_array(cast(:old as text))
"""

_REPLACE_RULE = """
insert into review_rules (organization_id, id, program_id, topic, function)
select organization_id, gen_random_uuid(), program_id, :new, function from review_rules
 where organization_id = :organization and topic = :old
on conflict do nothing
"""


_REPLACE_GOAL = """
update interests n
   set version = version + 1, updated_at = advocacy_now(),
       goals = (select jsonb_agg(jsonb_build_object('topic', g.topic, 'kind', g.kind) order by g.place)
                  from (select distinct on (name) name as topic, kind, place
                          from (select value ->> 'kind' as kind, place,
                                       case when value ->> 'topic' = :old then :new else value ->> 'topic' end as name
                                  from jsonb_array_elements(n.goals) with ordinality as e(value, place)) every
                         order by name, place) g)
 where n.organization_id = :organization
   and n.goals @> jsonb_build_array(jsonb_build_object('topic', cast(:old as text)))
"""


async def replace_topic(session: AsyncSession, *, old: str, new: str) -> None:
    """Let everything of the organization that names ``old`` name ``new``."""
    connection = await session.connection()
    values = {"organization": organization_of(session), "old": old, "new": new}
    await connection.execute(sa.text(_REPLACE_TOPIC), values)
    await connection.execute(sa.text(_REPLACE_RULE), values)
    await connection.execute(sa.text(_REPLACE_GOAL), values)
    await connection.execute(
        sa.delete(ReviewRule).where(
            col(ReviewRule.organization_id) == organization_of(session), col(ReviewRule.topic) == old
        )
    )
    session.expire_all()


async def list_users_of_asset(
    session: AsyncSession, asset_id: UUID, *, beyond_draft: bool = False
) -> list[ContentItem]:
    """The items whose variants show a file, with ``beyond_draft`` only those that are not drafts."""
    shows = sa.exists().where(
        col(Variant.organization_id) == ContentItem.organization_id,
        col(Variant.item_id) == ContentItem.id,
        col(Variant.asset_ids).contains([str(asset_id)]),
    )
    statement = items(session).where(shows)
    if beyond_draft:
        statement = statement.where(ContentItem.state != ItemState.DRAFT)
    return list((await session.exec(statement.limit(20))).all())


def offers(session: AsyncSession) -> SelectOfScalar[Offer]:
    """All offers of the organization."""
    return select(Offer).where(Offer.organization_id == organization_of(session))


async def find_own_offer(session: AsyncSession, *, employee_id: UUID, offer_id: UUID) -> Offer | None:
    """One offer, if it was made to this person."""
    statement = offers(session).where(Offer.id == offer_id, Offer.employee_id == employee_id)
    return (await session.exec(statement)).first()


async def list_active(session: AsyncSession, program_id: UUID) -> list[tuple[Ambassador, Employee]]:
    """The active ambassadors of a program, with what the directory says of them."""
    organization_id = organization_of(session)
    statement = (
        select(Ambassador, Employee)
        .join(
            Employee,
            sa.and_(
                col(Employee.organization_id) == Ambassador.organization_id, col(Employee.id) == Ambassador.employee_id
            ),
        )
        .where(
            Ambassador.organization_id == organization_id,
            Ambassador.program_id == program_id,
            Ambassador.state == AmbassadorState.ACTIVE,
        )
    )
    return list((await session.exec(statement)).all())


async def list_offered_people(session: AsyncSession, item_id: UUID) -> set[UUID]:
    """Whom an item was offered to already."""
    statement = select(Offer.employee_id).where(
        Offer.organization_id == organization_of(session), Offer.item_id == item_id
    )
    return set((await session.exec(statement)).all())


async def add_offers(session: AsyncSession, made: Sequence[Offer]) -> None:
    """Insert many offers at once. The caller holds the item's lock, so nobody is offered it twice."""
    if not made:
        return
    rows = [
        {
            "organization_id": organization_of(session),
            "id": new_id(),
            "version": 1,
            "program_id": offer.program_id,
            "item_id": offer.item_id,
            "employee_id": offer.employee_id,
            "language": offer.language,
            "state": OfferState.OFFERED,
            "reasons": offer.reasons,
            "goal_matched": offer.goal_matched,
        }
        for offer in made
    ]
    await (await session.connection()).execute(insert(Offer), rows)


async def close_offers(session: AsyncSession, item_id: UUID, *, state: OfferState) -> None:
    """Close those offers of an item that nobody has answered."""
    statement = (
        sa.update(Offer)
        .where(
            col(Offer.organization_id) == organization_of(session),
            col(Offer.item_id) == item_id,
            col(Offer.state) == OfferState.OFFERED,
        )
        .values(state=state, version=col(Offer.version) + 1)
        .execution_options(synchronize_session=False)
    )
    await (await session.connection()).execute(statement)


async def list_expired(session: AsyncSession) -> list[ContentItem]:
    """Offered items whose time is over, each locked, those being worked on left out."""
    statement = (
        items(session)
        .where(ContentItem.state == ItemState.OFFERED, col(ContentItem.expires_at) <= advocacy_now())
        .with_for_update(skip_locked=True)
    )
    return list((await session.exec(statement)).all())
