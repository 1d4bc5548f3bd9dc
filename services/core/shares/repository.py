"""Every query on shares, consents, publications, attempts and evidence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.content.models import ContentItem, ItemState
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound
from services.core.links.models import Click, ClickKind
from services.core.shares.models import (
    Attempt,
    AttemptState,
    Consent,
    Evidence,
    Publication,
    PublicationState,
    Share,
    ShareState,
)

#: States of a publication of which nothing is on a network, and nothing will be.
NOTHING_OUT = (
    PublicationState.CANCELLED,
    PublicationState.MISSED,
    PublicationState.REJECTED,
    PublicationState.NOT_PUBLISHED,
)


def shares_of(session: AsyncSession, employee_id: UUID) -> SelectOfScalar[Share]:
    """A person's own shares."""
    return select(Share).where(Share.organization_id == organization_of(session), Share.employee_id == employee_id)


async def get_own_share(session: AsyncSession, *, employee_id: UUID, share_id: UUID) -> Share:
    """One share of a person; anybody else's is not found."""
    share = (await session.exec(shares_of(session, employee_id).where(Share.id == share_id))).first()
    if share is None:
        raise NotFound(thing="share")
    return share


async def get_share(session: AsyncSession, share_id: UUID) -> Share:
    """One share, for the product's own work."""
    statement = select(Share).where(Share.organization_id == organization_of(session), Share.id == share_id)
    return (await session.exec(statement)).one()


async def find_open_share(session: AsyncSession, *, employee_id: UUID, offer_id: UUID) -> Share | None:
    """The person's draft or approved share of an offer."""
    statement = shares_of(session, employee_id).where(Share.offer_id == offer_id, Share.state != ShareState.CANCELLED)
    return (await session.exec(statement)).first()


def publications(session: AsyncSession) -> SelectOfScalar[Publication]:
    """All publications of the organization; only for the product's own work."""
    return select(Publication).where(Publication.organization_id == organization_of(session))


def publications_of(session: AsyncSession, employee_id: UUID) -> SelectOfScalar[Publication]:
    """A person's own publications."""
    return publications(session).where(Publication.employee_id == employee_id)


async def get_publication(session: AsyncSession, publication_id: UUID, *, lock: bool = False) -> Publication:
    """One publication; raise NotFound. ``lock`` keeps others from moving it until the transaction ends."""
    statement = publications(session).where(Publication.id == publication_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    publication = (await session.exec(statement)).first()
    if publication is None:
        raise NotFound(thing="publication")
    return publication


async def get_own_publication(
    session: AsyncSession, *, employee_id: UUID, publication_id: UUID, lock: bool = False
) -> Publication:
    """One publication of a person; anybody else's is not found."""
    statement = publications_of(session, employee_id).where(Publication.id == publication_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    publication = (await session.exec(statement)).first()
    if publication is None:
        raise NotFound(thing="publication")
    return publication


async def list_of_share(session: AsyncSession, share_id: UUID) -> list[Publication]:
    """The publications of a share, oldest first."""
    statement = publications(session).where(Publication.share_id == share_id).order_by(col(Publication.id))
    return list((await session.exec(statement)).all())


async def list_movable(
    session: AsyncSession,
    *,
    states: Collection[PublicationState],
    connection_id: UUID | None = None,
    program_id: UUID | None = None,
    item_id: UUID | None = None,
    employee_id: UUID | None = None,
) -> list[Publication]:
    """Publications in ``states`` that match what is given, locked for this transaction."""
    statement = publications(session).where(col(Publication.state).in_(states))
    for column, value in (
        (Publication.connection_id, connection_id),
        (Publication.program_id, program_id),
        (Publication.item_id, item_id),
        (Publication.employee_id, employee_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return list((await session.exec(statement.order_by(col(Publication.id)).with_for_update())).all())


async def find_duplicate(
    session: AsyncSession, *, connection_id: UUID, fingerprint: bytes, within: timedelta
) -> Publication | None:
    """A publication of the same content through the same account that is planned, or was made within a while."""
    statement = publications(session).where(
        Publication.connection_id == connection_id,
        Publication.fingerprint == fingerprint,
        col(Publication.state).not_in(NOTHING_OUT),
        Publication.scheduled_at > advocacy_now() - within,
    )
    return (await session.exec(statement)).first()


async def list_followed_hand_overs(session: AsyncSession) -> list[UUID]:
    """Publications posted by hand whose link somebody else has followed since."""
    statement = (
        select(Publication.id)
        .join(
            Share,
            (col(Share.organization_id) == Publication.organization_id) & (col(Share.id) == Publication.share_id),
        )
        .join(Click, (col(Click.organization_id) == Share.organization_id) & (col(Click.link_id) == Share.link_id))
        .where(
            Publication.organization_id == organization_of(session),
            Publication.state == PublicationState.HANDED_OVER,
            Click.kind == ClickKind.HUMAN,
            Click.clicked_at >= Publication.scheduled_at,
        )
        .distinct()
    )
    return list((await session.exec(statement)).all())


async def list_successors(session: AsyncSession, publication_id: UUID) -> list[Publication]:
    """Publications that were made to send this one again, locked for this transaction."""
    statement = publications(session).where(Publication.replaces_id == publication_id).with_for_update()
    return list((await session.exec(statement)).all())


async def list_leavers(session: AsyncSession, *, states: Collection[PublicationState]) -> list[UUID]:
    """People who are not employed any more and have publications in ``states``."""
    statement = (
        select(Publication.employee_id)
        .join(
            Employee,
            (col(Employee.organization_id) == Publication.organization_id)
            & (col(Employee.id) == Publication.employee_id),
        )
        .where(
            Publication.organization_id == organization_of(session),
            col(Publication.state).in_(states),
            col(Employee.status).not_in(PRESENT),
        )
        .distinct()
    )
    return list((await session.exec(statement)).all())


async def list_closed_items(session: AsyncSession, *, states: Collection[PublicationState]) -> list[UUID]:
    """Items that are not offered any more and have publications in ``states``."""
    statement = (
        select(Publication.item_id)
        .join(
            ContentItem,
            (col(ContentItem.organization_id) == Publication.organization_id)
            & (col(ContentItem.id) == Publication.item_id),
        )
        .where(
            Publication.organization_id == organization_of(session),
            col(Publication.state).in_(states),
            ContentItem.state != ItemState.OFFERED,
        )
        .distinct()
    )
    return list((await session.exec(statement)).all())


async def list_held(session: AsyncSession) -> list[UUID]:
    """Publications of the organization that wait for something to change."""
    statement = select(Publication.id).where(
        Publication.organization_id == organization_of(session), Publication.state == PublicationState.HELD
    )
    return list((await session.exec(statement)).all())


async def get_consent(session: AsyncSession, consent_id: UUID) -> Consent:
    """One consent."""
    statement = select(Consent).where(Consent.organization_id == organization_of(session), Consent.id == consent_id)
    return (await session.exec(statement)).one()


async def list_attempts(session: AsyncSession, publication_id: UUID) -> list[Attempt]:
    """The armed tries of a publication, oldest first."""
    statement = (
        select(Attempt)
        .where(Attempt.organization_id == organization_of(session), Attempt.publication_id == publication_id)
        .order_by(col(Attempt.id))
    )
    return list((await session.exec(statement)).all())


async def list_evidence(session: AsyncSession, publication_id: UUID) -> list[Evidence]:
    """What is known about a publication, oldest first."""
    statement = (
        select(Evidence)
        .where(Evidence.organization_id == organization_of(session), Evidence.publication_id == publication_id)
        .order_by(col(Evidence.created_at), col(Evidence.id))
    )
    return list((await session.exec(statement)).all())


async def list_unknown_of_connection(session: AsyncSession, connection_id: UUID) -> list[Publication]:
    """Publications through a connection whose outcome nobody knows."""
    statement = publications(session).where(
        Publication.connection_id == connection_id, Publication.state == PublicationState.UNKNOWN
    )
    return list((await session.exec(statement)).all())


# The steps of the protocol. Each is one statement that finds its row only in the state and with the fence it expects,
# so that of two that meet exactly one wins. ``version`` moves along, as for every change.

_CLAIM = """
with due as (
  select organization_id, id from publications
   where organization_id = :organization_id and state in ('scheduled', 'waiting') and due_at <= advocacy_now()
   order by (id = :first) desc, due_at
   limit :most
   for update skip locked)
update publications p
   set state = 'claimed', fence = fence + 1, lease_until = advocacy_now() + make_interval(secs => :lease),
       reason = null, version = version + 1, updated_at = advocacy_now()
  from due
 where p.organization_id = due.organization_id and p.id = due.id
returning p.id, p.fence
"""


async def claim(session: AsyncSession, *, first: UUID | None, most: int, lease: timedelta) -> list[tuple[UUID, int]]:
    """Take due publications of the organization, ``first`` ahead of the others; answer ids and fences.

    A waiting one that is due again is scheduled and claimed in one step.
    """
    rows = await session.exec(
        sa.text(_CLAIM),  # type: ignore[call-overload]  # plain SQL
        params={
            "organization_id": organization_of(session),
            "first": first,
            "most": most,
            "lease": lease.total_seconds(),
        },
    )
    return [(row.id, row.fence) for row in rows]


# Consent, pause and stops are read again here, in the transaction that arms.
_ARM = """
update publications p
   set state = 'sending', lease_until = advocacy_now() + make_interval(secs => :lease),
       version = version + 1, updated_at = advocacy_now()
 where p.organization_id = :organization_id and p.id = :id and p.fence = :fence
   and p.state = 'claimed' and p.lease_until > advocacy_now()
   and exists (select 1 from consents c
                where c.organization_id = p.organization_id and c.id = p.consent_id and c.withdrawn_at is null)
   and exists (select 1 from employees e
                where e.organization_id = p.organization_id and e.id = p.employee_id
                  and e.status in ('active', 'on_leave', 'pending'))
   and exists (select 1 from ambassadors a
                where a.organization_id = p.organization_id and a.program_id = p.program_id
                  and a.employee_id = p.employee_id and a.state = 'active')
   and exists (select 1 from connections n
                where n.organization_id = p.organization_id and n.id = p.connection_id and n.state = 'active')
   and exists (select 1 from content_items i
                where i.organization_id = p.organization_id and i.id = p.item_id and i.state = 'offered'
                  and (i.expires_at is null or i.expires_at > advocacy_now()))
   and exists (select 1 from programs g
                where g.organization_id = p.organization_id and g.id = p.program_id and g.state in ('quiet', 'loud'))
returning p.connection_id
"""


async def arm(session: AsyncSession, *, publication_id: UUID, fence: int, lease: timedelta) -> UUID | None:
    """Move a claimed publication to ``sending`` if its claim still holds; answer its connection, or None."""
    await session.exec(sa.text("set local synchronous_commit = on"))  # type: ignore[call-overload]  # plain SQL
    row = (
        await session.exec(
            sa.text(_ARM),  # type: ignore[call-overload]  # plain SQL
            params={
                "organization_id": organization_of(session),
                "id": publication_id,
                "fence": fence,
                "lease": lease.total_seconds(),
            },
        )
    ).first()
    return row.connection_id if row else None


async def open_attempt(
    session: AsyncSession, *, publication_id: UUID, connection_id: UUID, fence: int, request_hash: bytes
) -> Attempt | None:
    """Insert the armed attempt; None if the publication or its connection has one open already."""
    attempt = Attempt(
        organization_id=organization_of(session),
        publication_id=publication_id,
        connection_id=connection_id,
        fence=fence,
        request_hash=request_hash,
        state=AttemptState.OPEN,
    )
    statement = (
        sa.dialects.postgresql.insert(Attempt)
        .values(
            organization_id=attempt.organization_id,
            id=attempt.id,
            publication_id=publication_id,
            connection_id=connection_id,
            fence=fence,
            request_hash=request_hash,
            state=AttemptState.OPEN,
            armed_at=advocacy_now(),
        )
        .on_conflict_do_nothing()
    )
    inserted = await session.exec(statement)
    return attempt if inserted.rowcount == 1 else None


async def get_attempt(session: AsyncSession, attempt_id: UUID) -> Attempt:
    """One attempt, locked for this transaction."""
    statement = (
        select(Attempt)
        .where(Attempt.organization_id == organization_of(session), Attempt.id == attempt_id)
        .with_for_update()
    )
    return (await session.exec(statement)).one()


async def find_open_attempt(session: AsyncSession, publication_id: UUID) -> Attempt | None:
    """The attempt of a publication that has not been recorded."""
    statement = (
        select(Attempt)
        .where(
            Attempt.organization_id == organization_of(session),
            Attempt.publication_id == publication_id,
            Attempt.state == AttemptState.OPEN,
        )
        .with_for_update()
    )
    return (await session.exec(statement)).first()


async def _ids(connection: asyncpg.Connection[Any], statement: str, *values: object) -> list[tuple[UUID, UUID]]:
    return [(row["organization_id"], row["id"]) for row in await connection.fetch(statement, *values)]


async def find_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Due publications of every organization, the longest due first: organization and id."""
    return await _ids(connection, "select organization_id, id from find_due_publications($1)", most)


async def find_dead_leases(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Claimed and sending publications whose holder has let its lease run out."""
    return await _ids(connection, "select organization_id, id from find_dead_leases($1)", most)


async def find_unsettled(
    connection: asyncpg.Connection[Any],
    *,
    unknown_for: timedelta,
    handed_over_for: timedelta,
    held_for: timedelta,
    most: int,
) -> list[tuple[UUID, UUID]]:
    """Publications that have been unknown, handed over or held for too long to stay so."""
    return await _ids(
        connection,
        "select organization_id, id from find_unsettled_publications($1, $2, $3, $4)",
        unknown_for,
        handed_over_for,
        held_for,
        most,
    )
