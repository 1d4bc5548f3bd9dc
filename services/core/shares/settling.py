"""Finding out what became of a publication whose outcome nobody knows. Nothing here ever sends.

Strongest evidence first: the vendor is asked, the vendor tells us, the network fetches the preview of this very link (a
hint), the person looks (``service.resolve``). Each function runs in a transaction that the caller opens and commits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.models import Credentials, NoticeKind, Published, PublishRequest, VendorNotice
from services.core.connections import notices
from services.core.connections import repository as connections
from services.core.connections import service as connection_service
from services.core.connections.models import Connection, ConnectionState, WebhookReceipt
from services.core.connections.vendors import can
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.settings import Settings
from services.core.links import repository as links
from services.core.shares import media, repository, rules
from services.core.shares.models import AttemptState, EvidenceKind, Publication, PublicationState
from services.core.shares.rules import FOUND_LATER, LOOK_UPS
from services.core.shares.service import (
    FOLLOW_UP_JOB,
    SETTLED_JOB,
    add_evidence,
    move,
    open_consent,
    stop_successors,
)

#: Not there is believed after so many misses, the first and the last of them so far apart.
LEAST_MISSES = 3
LEAST_SPAN = timedelta(minutes=15)
#: A look-up that came late is followed by the next one after this at the soonest, so that misses stay apart.
LEAST_GAP = timedelta(minutes=3)
#: Whoever asks the vendor has so long; then somebody else may. Longer than any call may take.
LOOK_UP_LEASE = timedelta(minutes=2)
#: An account that cannot be used now is tried again after this.
NOT_CONNECTED_WAIT = timedelta(minutes=15)

NOT_FOUND = "not_found_at_vendor"


def next_look_up(unknown_at: datetime, *, misses: int, now: datetime) -> datetime | None:
    """When the vendor is asked again after so many misses; None after the last. A lost POST can commit late."""
    if misses >= len(LOOK_UPS):
        return None
    return max(unknown_at + LOOK_UPS[misses], now + LEAST_GAP)


def is_absent(*, misses: int, first_miss_at: datetime, now: datetime) -> bool:
    """Whether the vendor has said often enough, over long enough, that it is not there."""
    return misses >= LEAST_MISSES and now - first_miss_at >= LEAST_SPAN


def failed_look_up(unknown_at: datetime, *, now: datetime, retry_at: datetime | None = None) -> datetime:
    """When a look-up that failed is repeated: it is no miss, and the longer it goes on the less often we try."""
    wait = min(max((now - unknown_at) / 4, timedelta(seconds=30)), timedelta(minutes=30))
    return max(now + wait, retry_at or now)


def can_find(connector: str) -> bool:
    """Whether this connector's vendor can be asked for a post."""
    return can(connector, Capability.FIND_POST)


@dataclass(frozen=True)
class Question:
    """What the vendor is asked about one publication."""

    publication_id: UUID
    connector: str
    #: Misses counted when it was asked; another one is counted only if this is still so.
    misses: int
    request: PublishRequest = field(repr=False)
    credentials: Credentials | None = field(repr=False)


async def take_look_up(session: AsyncSession, publication_id: UUID, *, settings: Settings) -> Question | None:
    """Take one that is due to be asked about, so that no other process asks meanwhile; None if there is no need."""
    publication = await repository.get_publication(session, publication_id, lock=True)
    now = await db.now(session)
    if publication.look_up_at is None or publication.look_up_at > now:
        return None
    session.add(publication)
    if not _is_open(publication) or not can_find(publication.connector):
        publication.look_up_at = None
        return None
    connection = await connections.get_connection(session, publication.connection_id)
    if connection.state is not ConnectionState.ACTIVE:
        gone = connection.state is ConnectionState.REVOKED
        publication.look_up_at = None if gone else now + NOT_CONNECTED_WAIT
        return None
    publication.look_up_at = now + LOOK_UP_LEASE
    return Question(
        publication_id=publication.id,
        connector=publication.connector,
        misses=publication.look_ups,
        request=await request_of(session, publication, connection, settings=settings),
        credentials=await connection_service.open_credentials(session, connection, settings=settings),
    )


async def record_found(session: AsyncSession, question: Question, found: Published) -> None:
    """The vendor has it."""
    publication = await repository.get_publication(session, question.publication_id, lock=True)
    publication.look_up_at = None
    session.add(publication)
    if publication.state is PublicationState.PUBLISHED and publication.external_id is not None:
        return
    add_evidence(
        session,
        publication,
        EvidenceKind.FOUND_AT_VENDOR,
        external_id=found.external_id,
        permalink=found.permalink,
    )
    await is_out(session, publication, external_id=found.external_id, permalink=found.permalink)


async def record_missed(session: AsyncSession, question: Question) -> bool:
    """The vendor does not have it (yet). Answers whether this counted: of two that asked at once, one does."""
    publication = await repository.get_publication(session, question.publication_id, lock=True)
    if publication.look_ups != question.misses or not _is_open(publication) or publication.unknown_at is None:
        return False
    now = await db.now(session)
    publication.look_ups += 1
    add_evidence(session, publication, EvidenceKind.NOT_FOUND_AT_VENDOR, number=publication.look_ups)
    publication.look_up_at = next_look_up(publication.unknown_at, misses=publication.look_ups, now=now)
    session.add(publication)
    await session.flush()
    if publication.state is PublicationState.UNKNOWN:
        first = next(
            fact.created_at
            for fact in await repository.list_evidence(session, publication.id)
            if fact.kind is EvidenceKind.NOT_FOUND_AT_VENDOR
        )
        if is_absent(misses=publication.look_ups, first_miss_at=first, now=now):
            await move(session, publication, PublicationState.NOT_PUBLISHED, reason=NOT_FOUND)
            await jobs.enqueue(session, SETTLED_JOB, subject_id=publication.id)
        elif publication.look_up_at is None:
            # All came late and close together: a little longer, then it can be believed.
            publication.look_up_at = now + LEAST_GAP
    return True


async def record_failed(session: AsyncSession, question: Question, *, retry_at: datetime | None = None) -> None:
    """The vendor could not be asked: no miss, and asked again later."""
    publication = await repository.get_publication(session, question.publication_id, lock=True)
    if publication.look_up_at is None or publication.unknown_at is None:
        return
    now = await db.now(session)
    publication.look_up_at = failed_look_up(publication.unknown_at, now=now, retry_at=retry_at)
    session.add(publication)


async def record_refused(session: AsyncSession, question: Question, *, problem: str) -> None:
    """The account has to be connected again before the vendor can be asked."""
    publication = await repository.get_publication(session, question.publication_id, lock=True)
    connection = await connections.get_connection(session, publication.connection_id)
    await connection_service.mark_needs_reconnect(session, connection, problem=problem)
    if publication.look_up_at is not None:
        publication.look_up_at = await db.now(session) + NOT_CONNECTED_WAIT
        session.add(publication)


async def is_out(
    session: AsyncSession, publication: Publication, *, external_id: str | None, permalink: str | None
) -> None:
    """There is proof that it is out, whatever we thought; the evidence was added by the caller.

    An unknown one becomes published. One that we took for not published keeps its state, as the table of moves has it,
    and says why; the person is told, who may have sent it again. What was planned to send it again is stopped.
    """
    publication.external_id = publication.external_id or external_id
    publication.permalink = publication.permalink or permalink
    session.add(publication)
    match publication.state:
        case PublicationState.UNKNOWN:
            publication.look_up_at = None
            publication.published_at = await _sent_at(session, publication)
            await move(session, publication, PublicationState.PUBLISHED)
            await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
        case PublicationState.NOT_PUBLISHED | PublicationState.UNKNOWN_CLOSED:
            publication.look_up_at = None
            if publication.reason != FOUND_LATER:
                publication.reason = FOUND_LATER
                events.emit(session, "publication.found_later", publication_id=publication.id)
                await jobs.enqueue(session, SETTLED_JOB, subject_id=publication.id)
        case PublicationState.PUBLISHED:
            # Known by the person's word until now: with the vendor's id its numbers can be read.
            await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
    await stop_successors(session, publication)
    await session.flush()


async def settle_receipt(session: AsyncSession, receipt_id: UUID) -> bool:
    """Work on what a vendor told us; answer whether it is done with. One that finds no row waits a day for it."""
    receipt = await notices.get_receipt(session, receipt_id, lock=True)
    if receipt is None or receipt.settled_at is not None:
        return True
    notice = notices.read_notice(receipt)
    publication = await _publication_of(session, receipt, notice)
    now = await db.now(session)
    if publication is None or publication.state in _ON_ITS_WAY:
        if now - receipt.created_at >= notices.WAITS_FOR_ITS_ROW:
            notices.settle(session, receipt, at=now, outcome="given_up")
            return True
        return False
    await _take_notice(session, publication, receipt, notice, now=now)
    notices.settle(session, receipt, at=now, outcome="matched")
    return True


#: The answer is still to come, and says more than a notice.
_ON_ITS_WAY = (PublicationState.CLAIMED, PublicationState.SENDING)


async def _take_notice(
    session: AsyncSession, publication: Publication, receipt: WebhookReceipt, notice: VendorNotice, *, now: datetime
) -> None:
    if not notice.is_signed:
        # Anybody could have sent it: a reason to look at once, and no more.
        if publication.state is PublicationState.UNKNOWN and can_find(publication.connector):
            publication.look_up_at = min(publication.look_up_at or now, now)
            session.add(publication)
        return
    add_evidence(
        session,
        publication,
        EvidenceKind.VENDOR_NOTICE,
        notice=notice.kind.value,
        external_id=notice.external_id,
        permalink=notice.permalink,
        happened_at=notice.happened_at.isoformat() if notice.happened_at else None,
    )
    if notice.kind is NoticeKind.POST_CREATED:
        await is_out(session, publication, external_id=notice.external_id, permalink=notice.permalink)


async def _publication_of(session: AsyncSession, receipt: WebhookReceipt, notice: VendorNotice) -> Publication | None:
    """The publication that a notice is about: by our key, by the vendor's id, or by an id that evidence has named."""
    if notice.idempotency_key is not None:
        try:
            wanted = UUID(notice.idempotency_key)
        except ValueError:
            wanted = None
        if wanted is not None:
            return await repository.find_through(session, wanted, connection_id=receipt.connection_id)
    if notice.external_id is None:
        return None
    return await repository.find_by_external_id(
        session, connection_id=receipt.connection_id, external_id=notice.external_id
    )


async def note_previews(session: AsyncSession) -> int:
    """The network fetched the preview of an unknown publication's own link after it was sent: a hint that it is out.

    Never for the contrary, and no proof: the robot's name can be borrowed. Answers how many were hinted at.
    """
    hinted = 0
    for publication, link_id in await repository.list_unhinted(session):
        attempts = await repository.list_attempts(session, publication.id)
        sent_at = attempts[-1].armed_at if attempts else publication.scheduled_at
        fetched_at = await links.find_preview(session, link_id, network=publication.network, since=sent_at)
        if fetched_at is None:
            continue
        add_evidence(
            session,
            publication,
            EvidenceKind.PREVIEW_FETCHED,
            network=publication.network,
            fetched_at=fetched_at.isoformat(),
        )
        events.emit(session, "publication.hinted", publication_id=publication.id)
        hinted += 1
    await session.flush()
    return hinted


async def doubt_after_restore(session: AsyncSession, *, backup_taken_at: datetime, settings: Settings) -> list[UUID]:
    """A backup was restored: what was being sent, or was due since, may have gone out. Answers what is unknown now.

    Also what was due a little before the backup was taken, for it may have gone out late, and what was held, for it may
    have been released.
    """
    now = await db.now(session)
    since = backup_taken_at - timedelta(seconds=settings.publish_grace_seconds)
    doubtful = await repository.list_due_between(session, states=rules.DOUBTFUL_AFTER_RESTORE, since=since, until=now)
    for publication in doubtful:
        attempt = await repository.find_open_attempt(session, publication.id)
        if attempt is not None:
            attempt.state = AttemptState.UNKNOWN
            attempt.outcome = "backup_restored"
            attempt.finished_at = now
            session.add(attempt)
        add_evidence(
            session,
            publication,
            EvidenceKind.BACKUP_RESTORED,
            was=publication.state.value,
            backup_taken_at=backup_taken_at.isoformat(),
        )
        # Whoever held it before the restore holds it no more.
        publication.fence += 1
        await move(session, publication, PublicationState.UNKNOWN, reason="backup_restored")
        publication.look_ups = 0
        publication.look_up_at = rules.first_look_up(now, can_find=can_find(publication.connector))
        session.add(publication)
        await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
    await session.flush()
    return [publication.id for publication in doubtful]


def _is_open(publication: Publication) -> bool:
    """Whether it is worth asking the vendor: nobody knows, or what we know is not the vendor's word."""
    if publication.state is PublicationState.PUBLISHED:
        return publication.external_id is None
    return publication.reason != FOUND_LATER and publication.state in (
        PublicationState.UNKNOWN,
        PublicationState.NOT_PUBLISHED,
    )


async def _sent_at(session: AsyncSession, publication: Publication) -> datetime:
    """The moment nearest to when people could see it first: when it was last armed."""
    attempts = await repository.list_attempts(session, publication.id)
    if attempts:
        return attempts[-1].armed_at
    return publication.unknown_at or await db.now(session)


async def request_of(
    session: AsyncSession, publication: Publication, connection: Connection, *, settings: Settings
) -> PublishRequest:
    """The request as it was sent, from the bytes that were agreed on."""
    consent = await repository.get_consent(session, publication.consent_id)
    document: dict[str, Any] = await open_consent(session, consent, settings=settings)
    account = await connection_service.open_account(session, connection, settings=settings)
    return media.request_of(document, author=account, idempotency_key=str(publication.id))
