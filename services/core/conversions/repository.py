"""Every query on conversions and rates."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.content.models import ContentItem
from services.core.conversions.models import (
    Conversion,
    ConversionCredit,
    ConversionKind,
    ConversionTouch,
    CreditRule,
    ProgramRates,
    TouchState,
)
from services.core.conversions.rules import LEADS, OF_CANDIDATES
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.links.models import TrackedLink
from services.core.shares.models import Publication, PublicationState


def conversions(session: AsyncSession) -> SelectOfScalar[Conversion]:
    """All conversions of the organization."""
    return select(Conversion).where(Conversion.organization_id == organization_of(session))


async def lock_source(session: AsyncSession, source: str) -> None:
    """Take conversions of one source one after the other, until the transaction ends: stages find each other so."""
    name = f"{organization_of(session)}|{source}".encode()
    key = int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
    await session.exec(select(sa.func.pg_advisory_xact_lock(key)))


async def get_conversion(session: AsyncSession, conversion_id: UUID) -> Conversion:
    """One conversion; raise NotFound."""
    found = (await session.exec(conversions(session).where(Conversion.id == conversion_id))).first()
    if found is None:
        raise NotFound(thing="conversion")
    return found


async def find_same(session: AsyncSession, *, source: str, kind: ConversionKind, external_id: str) -> Conversion | None:
    """The conversion that was told by this id already."""
    statement = conversions(session).where(
        Conversion.source == source, Conversion.kind == kind, Conversion.external_id == external_id
    )
    return (await session.exec(statement)).first()


async def list_earlier_stages(session: AsyncSession, conversion: Conversion) -> list[Conversion]:
    """What one candidate's conversion comes after, oldest first."""
    if conversion.candidate_id is None:
        return []
    statement = conversions(session).where(
        Conversion.source == conversion.source,
        Conversion.candidate_id == conversion.candidate_id,
        col(Conversion.kind).in_(OF_CANDIDATES),
        Conversion.id != conversion.id,
        col(Conversion.occurred_at) <= conversion.occurred_at,
    )
    return list((await session.exec(statement.order_by(col(Conversion.occurred_at), col(Conversion.id)))).all())


async def find_lead(session: AsyncSession, conversion: Conversion) -> Conversion | None:
    """What a conversion says it came out of, if it is known."""
    if conversion.lead_id is None:
        return None
    statement = conversions(session).where(
        Conversion.source == conversion.source,
        Conversion.external_id == conversion.lead_id,
        col(Conversion.kind).in_(LEADS),
        Conversion.id != conversion.id,
    )
    found = list((await session.exec(statement)).all())
    return min(found, key=lambda row: LEADS.index(row.kind), default=None)


async def list_followers(session: AsyncSession, conversion: Conversion) -> list[Conversion]:
    """Conversions that came out of one, as far as they say so."""
    theirs = col(Conversion.lead_id) == conversion.external_id
    if conversion.candidate_id is not None:
        theirs = theirs | (col(Conversion.candidate_id) == conversion.candidate_id)
    statement = conversions(session).where(
        Conversion.source == conversion.source, theirs, Conversion.id != conversion.id
    )
    return list((await session.exec(statement.order_by(col(Conversion.occurred_at), col(Conversion.id)))).all())


async def list_touches(session: AsyncSession, conversion_ids: Collection[UUID]) -> list[ConversionTouch]:
    """The clicks that conversions named."""
    statement = select(ConversionTouch).where(
        ConversionTouch.organization_id == organization_of(session),
        col(ConversionTouch.conversion_id).in_(conversion_ids),
    )
    return list((await session.exec(statement.order_by(col(ConversionTouch.place)))).all())


async def delete_touches(session: AsyncSession, conversion_id: UUID) -> None:
    """Forget which clicks a conversion named, and all credit of those."""
    await session.exec(
        sa.delete(ConversionTouch).where(
            col(ConversionTouch.organization_id) == organization_of(session),
            col(ConversionTouch.conversion_id) == conversion_id,
        )
    )


async def list_credits(session: AsyncSession, conversion_id: UUID) -> list[ConversionCredit]:
    """The credits of a conversion."""
    statement = select(ConversionCredit).where(
        ConversionCredit.organization_id == organization_of(session), ConversionCredit.conversion_id == conversion_id
    )
    return list((await session.exec(statement.order_by(col(ConversionCredit.id)))).all())


async def delete_credits(session: AsyncSession, conversion_id: UUID) -> None:
    """Take the credits of a conversion away."""
    await session.exec(
        sa.delete(ConversionCredit).where(
            col(ConversionCredit.organization_id) == organization_of(session),
            col(ConversionCredit.conversion_id) == conversion_id,
        )
    )


async def find_attributed(session: AsyncSession, conversion_ids: Collection[UUID]) -> set[UUID]:
    """Which of these have credit given for them."""
    statement = (
        select(ConversionCredit.conversion_id)
        .where(
            ConversionCredit.organization_id == organization_of(session),
            col(ConversionCredit.conversion_id).in_(conversion_ids),
        )
        .distinct()
    )
    return set((await session.exec(statement)).all())


async def count_sharers(session: AsyncSession, item_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many people have published each of these items."""
    statement = (
        select(Publication.item_id, sa.func.count(sa.distinct(col(Publication.employee_id))))
        .where(
            Publication.organization_id == organization_of(session),
            col(Publication.item_id).in_(item_ids),
            Publication.state == PublicationState.PUBLISHED,
        )
        .group_by(col(Publication.item_id))
    )
    return dict((await session.exec(statement)).all())


async def name_items(session: AsyncSession, item_ids: Collection[UUID]) -> dict[UUID, str]:
    """The titles of these items."""
    statement = select(ContentItem.id, ContentItem.title).where(
        ContentItem.organization_id == organization_of(session), col(ContentItem.id).in_(item_ids)
    )
    return dict((await session.exec(statement)).all())


async def list_kinds(session: AsyncSession) -> set[ConversionKind]:
    """The kinds of which anything was ever told."""
    statement = select(Conversion.kind).where(Conversion.organization_id == organization_of(session)).distinct()
    return {ConversionKind(kind) for kind in (await session.exec(statement)).all()}


@dataclass(frozen=True)
class Credited:
    """One conversion as far as one program has credit for it."""

    kind: ConversionKind
    #: What is counted once: the candidate where there is one, else the conversion.
    key: str
    occurred_at: datetime
    amount: Decimal | None
    currency: str | None
    #: By rule, this program's part of it.
    weights: dict[CreditRule, Decimal]
    #: Whose links have credit; None for links of everybody.
    people: frozenset[UUID | None]


async def list_credited(
    session: AsyncSession, program_id: UUID, *, since: datetime | None = None, until: datetime | None = None
) -> list[Credited]:
    """Conversions from ``since`` until before ``until`` for which a program has credit, oldest first."""
    organization_id = organization_of(session)
    statement = (
        sa.select(
            col(Conversion.id),
            col(Conversion.kind),
            col(Conversion.source),
            col(Conversion.external_id),
            col(Conversion.candidate_id),
            col(Conversion.occurred_at),
            col(Conversion.amount),
            col(Conversion.currency),
            col(ConversionCredit.rule),
            col(ConversionCredit.weight),
            col(TrackedLink.employee_id),
        )
        .select_from(ConversionCredit)
        .join(
            Conversion,
            sa.and_(
                col(Conversion.organization_id) == col(ConversionCredit.organization_id),
                col(Conversion.id) == col(ConversionCredit.conversion_id),
            ),
        )
        .join(
            TrackedLink,
            sa.and_(
                col(TrackedLink.organization_id) == col(ConversionCredit.organization_id),
                col(TrackedLink.id) == col(ConversionCredit.link_id),
            ),
        )
        .where(col(ConversionCredit.organization_id) == organization_id, col(ConversionCredit.program_id) == program_id)
    )
    if since is not None:
        statement = statement.where(col(Conversion.occurred_at) >= since)
    if until is not None:
        statement = statement.where(col(Conversion.occurred_at) < until)
    rows = (await (await session.connection()).execute(statement)).all()
    found: dict[UUID, Credited] = {}
    for row in rows:
        before = found.get(row.id)
        weights = dict(before.weights) if before else {}
        weights[row.rule] = weights.get(row.rule, Decimal(0)) + row.weight
        found[row.id] = Credited(
            kind=row.kind,
            key=f"{row.source}|{row.candidate_id or row.external_id}",
            occurred_at=row.occurred_at,
            amount=row.amount,
            currency=row.currency,
            weights=weights,
            people=(before.people if before else frozenset()) | {row.employee_id},
        )
    return sorted(found.values(), key=lambda one: (one.occurred_at, one.key))


def credited_touches(touches: Sequence[ConversionTouch]) -> list[ConversionTouch]:
    """Those that may have credit."""
    return [touch for touch in touches if touch.state is TouchState.CREDITED]


# Rates.


def rates(session: AsyncSession, program_id: UUID) -> SelectOfScalar[ProgramRates]:
    """All rates of a program."""
    return select(ProgramRates).where(
        ProgramRates.organization_id == organization_of(session), ProgramRates.program_id == program_id
    )


async def find_rates(session: AsyncSession, program_id: UUID, *, valid_from: date) -> ProgramRates | None:
    """The rates that begin on a day."""
    return (await session.exec(rates(session, program_id).where(ProgramRates.valid_from == valid_from))).first()


async def list_rates(session: AsyncSession, program_id: UUID) -> list[ProgramRates]:
    """All rates of a program, in the order in which they come into force."""
    return list((await session.exec(rates(session, program_id).order_by(col(ProgramRates.valid_from)))).all())
