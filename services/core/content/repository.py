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
from services.core.content.models import ContentItem, Decision, ItemState, Offer, OfferState, Review, Variant
from services.core.employees.models import Employee
from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
from services.core.kit.texts import Language


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
