"""The publishing protocol, step by step: claim, check, arm, record, sweep. The sending between is the scheduler's.

Each function here runs in a transaction of its own that the caller opens and commits; none talks to a vendor. The
promise: the network gets a post at most once, and its person always sees what we know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.models import Account, Credentials, LinkCard, PublishRequest
from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.models import AmbassadorState
from services.core.connections import repository as connections
from services.core.connections import service as connection_service
from services.core.content import repository as content
from services.core.content.models import ItemState
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.settings import Settings
from services.core.policies import service as policies
from services.core.programs import repository as programs
from services.core.shares import repository, rules, service
from services.core.shares.models import AttemptState, EvidenceKind, Publication, PublicationState
from services.core.shares.rules import Outcome, OutcomeKind
from services.core.shares.service import FOLLOW_UP_JOB, PUBLISH_JOB, add_evidence, move


@dataclass(frozen=True)
class Claim:
    """A publication that this worker holds until its lease runs out."""

    publication_id: UUID
    fence: int


@dataclass(frozen=True)
class Ready:
    """A checked publication: everything that sending needs, so that nothing is read between arming and sending."""

    claim: Claim
    connector: str
    request: PublishRequest
    credentials: Credentials | None
    request_hash: bytes


@dataclass(frozen=True)
class Armed:
    """The durable promise to send once."""

    attempt_id: UUID
    publication_id: UUID


async def claim(session: AsyncSession, *, first: UUID | None, settings: Settings) -> list[Claim]:
    """Step 2: take due publications of this organization, the one the alarm named ahead of the others."""
    rows = await repository.claim(
        session,
        first=first,
        most=settings.publish_batch,
        lease=timedelta(seconds=settings.publish_lease_seconds),
    )
    return [Claim(publication_id, fence) for publication_id, fence in rows]


async def check(session: AsyncSession, claimed: Claim, *, settings: Settings) -> Ready | None:
    """Step 3: look at everything while nothing is visible; None if it may not go out now, and says why."""
    publication = await repository.get_publication(session, claimed.publication_id, lock=True)
    if publication.state is not PublicationState.CLAIMED or publication.fence != claimed.fence:
        return None
    document, verdict = await _look(session, publication, settings=settings)
    connection = await connections.get_connection(session, publication.connection_id)
    if verdict.state is not None:
        await move(session, publication, verdict.state, reason=verdict.reason)
        if verdict.reason is rules.Hold.TOKEN_ENDING:
            await connection_service.mark_needs_reconnect(session, connection, problem=verdict.reason)
        await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
        return None
    account = await connection_service.open_account(session, connection, settings=settings)
    description = document["link_description"]
    return Ready(
        claim=claimed,
        connector=publication.connector,
        request=PublishRequest(
            text=str(document["text"]),
            author=account or Account(external_id="", display_name=""),
            idempotency_key=str(publication.id),
            link=LinkCard(
                url=str(document["link_url"]),
                title=str(document["link_title"]),
                description=str(description) if description else None,
            ),
        ),
        credentials=await connection_service.open_credentials(session, connection, settings=settings),
        request_hash=publication.content_hash,
    )


async def recheck_held(session: AsyncSession, publication_id: UUID, *, settings: Settings) -> None:
    """What a publication was held for may be over: a resumed program, a changed rule. Then it is scheduled again."""
    publication = await repository.get_publication(session, publication_id, lock=True)
    if publication.state is not PublicationState.HELD or publication.reason not in _OVER_BY_ITSELF:
        return
    _, verdict = await _look(session, publication, settings=settings)
    if verdict.state is None:
        await move(session, publication, PublicationState.SCHEDULED)
        publication.due_at = publication.scheduled_at
        session.add(publication)
        await jobs.enqueue(session, PUBLISH_JOB, subject_id=publication.id, at=publication.due_at)


#: Holds that end without the person doing anything here.
_OVER_BY_ITSELF = (rules.Hold.PROGRAM_PAUSED, rules.Hold.POLICY_RULE)


async def _look(
    session: AsyncSession, publication: Publication, *, settings: Settings
) -> tuple[dict[str, Any], rules.Verdict]:
    """Everything a check looks at, read in this transaction: the agreed document, and what stands against it."""
    consent = await repository.get_consent(session, publication.consent_id)
    document = await service.open_consent(session, consent, settings=settings)
    connection = await connections.get_connection(session, publication.connection_id)
    employee = await employees.find_employee(session, publication.employee_id)
    membership = await ambassadors.find_ambassador(
        session, program_id=publication.program_id, employee_id=publication.employee_id
    )
    item = await content.get_item(session, publication.item_id)
    program = await programs.get_program(session, publication.program_id)
    hits = await policies.check_text(session, program_id=program.id, text=str(document["text"]))
    now = await db.now(session)
    account = connection.account_hash.hex() if connection.account_hash else None
    facts = rules.Facts(
        now=now,
        scheduled_at=publication.scheduled_at,
        has_consent=consent.withdrawn_at is None,
        is_ambassador=membership is not None and membership.state is AmbassadorState.ACTIVE,
        is_employed=employee is not None and employee.status in PRESENT,
        is_same_content=rules.content_hash(document) == consent.content_hash == publication.content_hash,
        is_item_open=item.state is ItemState.OFFERED and (item.expires_at is None or item.expires_at > now),
        program_state=program.state.value,
        has_rule_hit=bool(hits),
        is_same_account=account == document["account"],
        connection_state=connection.state.value,
        token_expires_at=connection.token_expires_at,
    )
    verdict = rules.check(
        facts,
        grace=timedelta(seconds=settings.publish_grace_seconds),
        token_min=timedelta(seconds=settings.token_min_seconds),
    )
    return document, verdict


async def arm(session: AsyncSession, ready: Ready, *, settings: Settings) -> Armed | None:
    """Step 4: the point of no return, durable. None if the claim is lost, or something changed since the check.

    A connection has one armed attempt at a time: a second publication through it waits a moment.
    """
    publication_id = ready.claim.publication_id
    connection_id = await repository.arm(
        session,
        publication_id=publication_id,
        fence=ready.claim.fence,
        lease=timedelta(seconds=settings.publish_lease_seconds),
    )
    if connection_id is None:
        return None
    attempt = await repository.open_attempt(
        session,
        publication_id=publication_id,
        connection_id=connection_id,
        fence=ready.claim.fence,
        request_hash=ready.request_hash,
    )
    if attempt is None:
        publication = await repository.get_publication(session, publication_id)
        await session.refresh(publication)
        # Nothing was sent and nothing will be: the attempt that is open belongs to another publication.
        await _wait(session, publication, delay=timedelta(seconds=2), reason=rules.Hold.CONNECTION_BUSY)
        return None
    return Armed(attempt.id, publication_id)


async def record(session: AsyncSession, armed: Armed, outcome: Outcome) -> None:
    """Step 7: what happened, by attempt. Also takes an answer that comes after the sweeper gave up on it.

    Nothing that can fail stands here but the database: the person is told by a follow-up job.
    """
    # The publication first, as the sweeper does: two that lock in turn never wait for each other.
    publication = await repository.get_publication(session, armed.publication_id, lock=True)
    attempt = await repository.get_attempt(session, armed.attempt_id)
    attempt.state = _ATTEMPT_STATES[outcome.kind]
    attempt.outcome = outcome.code
    attempt.finished_at = await db.now(session)
    session.add(attempt)
    is_own = publication.fence == attempt.fence
    is_current = is_own and publication.state is PublicationState.SENDING
    is_late = is_own and publication.state is PublicationState.UNKNOWN
    add_evidence(
        session,
        publication,
        EvidenceKind.VENDOR_ANSWER if is_current else EvidenceKind.LATE_ANSWER,
        outcome=outcome.kind.value,
        code=outcome.code,
        external_id=outcome.external_id,
    )
    if is_current:
        await _settle(session, publication, outcome)
    elif is_late:
        await _settle_late(session, publication, outcome)
    if is_current or is_late:
        await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
    if outcome.kind is OutcomeKind.PUBLISHED:
        await _stop_successors(session, publication)
    await session.flush()


async def sweep(session: AsyncSession, publication_id: UUID, *, settings: Settings) -> PublicationState | None:
    """A lease has run out: ``claimed`` goes back to ``scheduled``, ``sending`` becomes ``unknown``. Never posts."""
    publication = await repository.get_publication(session, publication_id, lock=True)
    if publication.lease_until is None or publication.lease_until > await db.now(session):
        return None
    if publication.state is PublicationState.CLAIMED:
        if publication.scheduled_at + timedelta(seconds=settings.publish_grace_seconds) < await db.now(session):
            # A check that breaks each time must not go round for ever.
            await move(session, publication, PublicationState.MISSED, reason=rules.Hold.TOO_LATE)
            await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
            return publication.state
        await move(session, publication, PublicationState.SCHEDULED)
        await jobs.enqueue(session, PUBLISH_JOB, subject_id=publication.id)
        return publication.state
    if publication.state is PublicationState.SENDING:
        attempt = await repository.find_open_attempt(session, publication.id)
        if attempt is not None:
            attempt.state = AttemptState.UNKNOWN
            attempt.outcome = "lease_ran_out"
            attempt.finished_at = await db.now(session)
            session.add(attempt)
        add_evidence(session, publication, EvidenceKind.LEASE_RAN_OUT)
        await move(session, publication, PublicationState.UNKNOWN, reason="lease_ran_out")
        await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
        return publication.state
    return None


async def close_unsettled(session: AsyncSession, publication_id: UUID, *, settings: Settings) -> None:
    """Nothing stays open for ever: unknown is closed, a hand-over without proof and a hold too long are missed."""
    publication = await repository.get_publication(session, publication_id, lock=True)
    now = await db.now(session)
    old_unknown = now - timedelta(hours=settings.unknown_close_hours)
    old_handover = now - timedelta(hours=settings.handover_close_hours)
    old_hold = now - timedelta(seconds=settings.publish_grace_seconds)
    match publication.state:
        case PublicationState.UNKNOWN if publication.unknown_at and publication.unknown_at <= old_unknown:
            await move(session, publication, PublicationState.UNKNOWN_CLOSED)
        case PublicationState.HANDED_OVER if publication.scheduled_at <= old_handover:
            await move(session, publication, PublicationState.MISSED, reason="no_proof")
        case PublicationState.HELD if publication.scheduled_at <= old_hold:
            await move(session, publication, PublicationState.MISSED, reason=rules.Hold.TOO_LATE)
        case _:
            return
    await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)


async def prove_by_click(session: AsyncSession, publication_id: UUID) -> None:
    """Somebody other than the person followed the link of a hand-over: it is out."""
    publication = await repository.get_publication(session, publication_id, lock=True)
    if publication.state is not PublicationState.HANDED_OVER:
        return
    add_evidence(session, publication, EvidenceKind.LINK_FOLLOWED)
    publication.published_at = await db.now(session)
    await move(session, publication, PublicationState.PUBLISHED)
    await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)


_ATTEMPT_STATES = {
    OutcomeKind.PUBLISHED: AttemptState.PUBLISHED,
    OutcomeKind.REFUSED: AttemptState.REJECTED,
    OutcomeKind.NOT_SENT: AttemptState.NOT_SENT,
    OutcomeKind.NEEDS_PERSON: AttemptState.NOT_SENT,
    OutcomeKind.NEEDS_ADMINISTRATOR: AttemptState.NOT_SENT,
    OutcomeKind.UNKNOWN: AttemptState.UNKNOWN,
}


async def _settle(session: AsyncSession, publication: Publication, outcome: Outcome) -> None:
    publication.vendor_message = outcome.message
    match outcome.kind:
        case OutcomeKind.PUBLISHED:
            await _publish(session, publication, outcome)
        case OutcomeKind.REFUSED:
            await move(session, publication, PublicationState.REJECTED, reason=outcome.code)
            await _hint(session, publication, outcome)
        case OutcomeKind.UNKNOWN:
            await move(session, publication, PublicationState.UNKNOWN, reason=outcome.code)
        case OutcomeKind.NOT_SENT:
            now = await db.now(session)
            delay = (
                max(outcome.retry_at - now, timedelta(0))
                if outcome.retry_at
                else rules.retry_delay(publication.retries)
            )
            publication.retries += 1
            await _wait(session, publication, delay=delay, reason=outcome.code)
        case OutcomeKind.NEEDS_PERSON | OutcomeKind.NEEDS_ADMINISTRATOR:
            # The vendor documents that a refusal like this made nothing, so it may wait, and is then held.
            await move(session, publication, PublicationState.WAITING, reason=outcome.code)
            await move(session, publication, PublicationState.HELD, reason=outcome.code)
            if outcome.kind is OutcomeKind.NEEDS_PERSON:
                connection = await connections.get_connection(session, publication.connection_id)
                await connection_service.mark_needs_reconnect(session, connection, problem=outcome.code)


async def _settle_late(session: AsyncSession, publication: Publication, outcome: Outcome) -> None:
    """The best evidence there is, though it came late. It never leads to a state that sends."""
    publication.vendor_message = outcome.message
    match outcome.kind:
        case OutcomeKind.PUBLISHED:
            await _publish(session, publication, outcome)
        case OutcomeKind.REFUSED:
            await move(session, publication, PublicationState.REJECTED, reason=outcome.code)
            await _hint(session, publication, outcome)
        case OutcomeKind.NOT_SENT | OutcomeKind.NEEDS_PERSON | OutcomeKind.NEEDS_ADMINISTRATOR:
            await move(session, publication, PublicationState.NOT_PUBLISHED, reason=outcome.code)
        case OutcomeKind.UNKNOWN:
            return


async def _stop_successors(session: AsyncSession, publication: Publication) -> None:
    """It is out after all: what was planned to send it again must not be."""
    for successor in await repository.list_successors(session, publication.id):
        if successor.state in rules.CANCELLABLE:
            await move(session, successor, PublicationState.CANCELLED, reason="first_one_is_out")
            await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=successor.id)


async def _publish(session: AsyncSession, publication: Publication, outcome: Outcome) -> None:
    publication.external_id = outcome.external_id
    publication.permalink = outcome.permalink
    publication.published_at = await db.now(session)
    await move(session, publication, PublicationState.PUBLISHED)


async def _wait(session: AsyncSession, publication: Publication, *, delay: timedelta, reason: str) -> None:
    await move(session, publication, PublicationState.WAITING, reason=reason)
    publication.due_at = await db.now(session) + delay
    session.add(publication)
    await jobs.enqueue(session, PUBLISH_JOB, subject_id=publication.id, at=publication.due_at)


async def _hint(session: AsyncSession, publication: Publication, outcome: Outcome) -> None:
    """A duplicate refusal named an older post: a hint for the person about what is still unknown, no proof."""
    if outcome.hint_external_id is None:
        return
    add_evidence(session, publication, EvidenceKind.DUPLICATE_HINT, external_id=outcome.hint_external_id)
    for other in await repository.list_unknown_of_connection(session, publication.connection_id):
        if other.fingerprint == publication.fingerprint:
            add_evidence(session, other, EvidenceKind.DUPLICATE_HINT, external_id=outcome.hint_external_id)
            events.emit(session, "publication.hinted", publication_id=other.id)
