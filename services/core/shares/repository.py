"""Every query on shares, consents, publications, attempts and evidence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.content.models import ContentItem, ItemState
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
from services.core.links.models import Click, ClickKind
from services.core.shares.models import (
    Attempt,
    AttemptState,
    Consent,
    Evidence,
    EvidenceKind,
    FirstComment,
    MediaUpload,
    PostDeletion,
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
    session: AsyncSession,
    *,
    connection_id: UUID,
    fingerprint: bytes,
    within: timedelta,
    exclude_publication_id: UUID | None = None,
) -> Publication | None:
    """A publication of the same content through the same account that is planned, or was made within a while."""
    statement = publications(session).where(
        Publication.connection_id == connection_id,
        Publication.fingerprint == fingerprint,
        col(Publication.state).not_in(NOTHING_OUT),
        Publication.scheduled_at > advocacy_now() - within,
    )
    if exclude_publication_id is not None:
        statement = statement.where(Publication.id != exclude_publication_id)
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
    """Publications that were made to send this one again, and again, locked for this transaction."""
    found: list[Publication] = []
    front = [publication_id]
    while front:
        statement = publications(session).where(col(Publication.replaces_id).in_(front)).with_for_update()
        rows = list((await session.exec(statement)).all())
        found += rows
        front = [row.id for row in rows]
    return found


async def list_predecessors(session: AsyncSession, publication: Publication) -> list[Publication]:
    """Publications that this one was made to send again, the nearest first."""
    found: list[Publication] = []
    while (publication.replaces_id) is not None:
        publication = await get_publication(session, publication.replaces_id)
        found.append(publication)
    return found


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


async def find_through(session: AsyncSession, publication_id: UUID, *, connection_id: UUID) -> Publication | None:
    """A publication through this very connection, locked for this transaction."""
    statement = publications(session).where(
        Publication.id == publication_id, Publication.connection_id == connection_id
    )
    statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


async def find_by_external_id(session: AsyncSession, *, connection_id: UUID, external_id: str) -> Publication | None:
    """The publication through a connection that has this id at the vendor, locked for this transaction.

    Also one of unknown outcome of which some evidence has named the id.
    """
    named = (
        select(Evidence.publication_id)
        .where(
            Evidence.organization_id == organization_of(session),
            col(Evidence.detail)["external_id"].astext == external_id,
        )
        .scalar_subquery()
    )
    statement = publications(session).where(
        Publication.connection_id == connection_id,
        (col(Publication.external_id) == external_id)
        | ((col(Publication.state) == PublicationState.UNKNOWN) & col(Publication.id).in_(named)),
    )
    statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


async def list_unhinted(session: AsyncSession) -> list[tuple[Publication, UUID]]:
    """Publications of unknown outcome without a preview fetch among their evidence, with the ids of their links."""
    hinted = (
        select(Evidence.id)
        .where(
            Evidence.organization_id == organization_of(session),
            Evidence.publication_id == Publication.id,
            Evidence.kind == EvidenceKind.PREVIEW_FETCHED,
        )
        .exists()
    )
    statement = (
        select(Publication, Share.link_id)
        .join(
            Share,
            (col(Share.organization_id) == Publication.organization_id) & (col(Share.id) == Publication.share_id),
        )
        .where(
            Publication.organization_id == organization_of(session),
            Publication.state == PublicationState.UNKNOWN,
            ~hinted,
        )
        .with_for_update(of=Publication, skip_locked=True)
    )
    return list((await session.exec(statement)).all())


async def list_due_between(
    session: AsyncSession, *, states: Collection[PublicationState], since: datetime, until: datetime
) -> list[Publication]:
    """Publications in ``states`` due then, and whatever is being sent, locked for this transaction."""
    statement = publications(session).where(
        col(Publication.state).in_(states),
        (col(Publication.state) == PublicationState.SENDING)
        | ((col(Publication.due_at) >= since) & (col(Publication.due_at) <= until)),
    )
    return list((await session.exec(statement.order_by(col(Publication.id)).with_for_update())).all())


async def list_unknown_of_connection(session: AsyncSession, connection_id: UUID) -> list[Publication]:
    """Publications through a connection whose outcome nobody knows."""
    statement = publications(session).where(
        Publication.connection_id == connection_id, Publication.state == PublicationState.UNKNOWN
    )
    return list((await session.exec(statement)).all())


async def find_attempt(session: AsyncSession, attempt_id: UUID) -> Attempt | None:
    """One attempt, locked for this transaction."""
    statement = (
        select(Attempt)
        .where(Attempt.organization_id == organization_of(session), Attempt.id == attempt_id)
        .with_for_update()
    )
    return (await session.exec(statement)).first()


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


async def find_other_zone_data(
    connection: asyncpg.Connection[Any], *, release: str, most: int
) -> list[tuple[UUID, UUID]]:
    """Planned publications whose instant was computed with an older release of the zone rules."""
    return await _ids(connection, "select organization_id, id from find_other_zone_data($1, $2)", release, most)


async def find_unknown_organizations(connection: asyncpg.Connection[Any]) -> list[UUID]:
    """Organizations with publications whose outcome nobody knows."""
    return [row["id"] for row in await connection.fetch("select find_unknown_organizations() as id")]


async def find_dead_leases(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Claimed and sending publications whose holder has let its lease run out."""
    return await _ids(connection, "select organization_id, id from find_dead_leases($1)", most)


async def find_look_ups_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Publications that the vendor is to be asked about now, the longest due first: organization and id."""
    return await _ids(connection, "select organization_id, id from find_look_ups_due($1)", most)


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


async def find_held(connection: asyncpg.Connection[Any], *, after: UUID, most: int) -> list[tuple[UUID, UUID]]:
    """Publications of every organization that are held, by id from ``after`` on."""
    return await _ids(connection, "select organization_id, id from find_held_publications($1, $2)", after, most)


async def find_comment(session: AsyncSession, publication_id: UUID) -> FirstComment | None:
    """The first comment of a post, if one was agreed on."""
    statement = select(FirstComment).where(
        FirstComment.organization_id == organization_of(session), FirstComment.publication_id == publication_id
    )
    return (await session.exec(statement)).first()


async def find_deletion(session: AsyncSession, publication_id: UUID, *, lock: bool = False) -> PostDeletion | None:
    """The last word of a person that this post of theirs shall go, if there is one."""
    statement = (
        select(PostDeletion)
        .where(PostDeletion.organization_id == organization_of(session), PostDeletion.publication_id == publication_id)
        .order_by(col(PostDeletion.id).desc())
        .limit(1)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


async def get_deletion(session: AsyncSession, deletion_id: UUID, *, lock: bool = False) -> PostDeletion | None:
    """One of them."""
    statement = select(PostDeletion).where(
        PostDeletion.organization_id == organization_of(session), PostDeletion.id == deletion_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


async def find_deletions_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Deletions to work on, of every organization: organization and id."""
    return await _ids(connection, "select organization_id, id from find_post_deletions_due($1)", most)


async def find_comments_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """First comments to look at, of every organization: organization and id."""
    return await _ids(connection, "select organization_id, id from find_first_comments_due($1)", most)


async def get_comment(
    session: AsyncSession, comment_id: UUID, *, lock: bool = False, waits: bool = False
) -> FirstComment | None:
    """One first comment, for this transaction alone if ``lock``; None also when another has it, unless it ``waits``."""
    statement = select(FirstComment).where(
        FirstComment.organization_id == organization_of(session), FirstComment.id == comment_id
    )
    if lock:
        statement = statement.with_for_update(skip_locked=not waits).execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


async def list_uploads(session: AsyncSession, publication_id: UUID, *, connection_id: UUID) -> dict[str, MediaUpload]:
    """What of a post lies with the vendor already, by hash."""
    statement = select(MediaUpload).where(
        MediaUpload.organization_id == organization_of(session),
        MediaUpload.publication_id == publication_id,
        MediaUpload.connection_id == connection_id,
    )
    return {one.sha256: one for one in (await session.exec(statement)).all()}


async def note_upload(
    session: AsyncSession, publication_id: UUID, *, connection_id: UUID, sha256: str, external_id: str, is_ready: bool
) -> None:
    """Remember where a file lies, so that the next try need not send it again."""
    statement = insert(MediaUpload).values(
        organization_id=organization_of(session),
        id=new_id(),
        publication_id=publication_id,
        connection_id=connection_id,
        sha256=sha256,
        external_id=external_id,
        is_ready=is_ready,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["organization_id", "publication_id", "connection_id", "sha256"],
        set_={"external_id": external_id, "is_ready": is_ready},
    )
    await (await session.connection()).execute(statement)
