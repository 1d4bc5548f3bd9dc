"""The publishing protocol, step by step: claim, check, arm, record, sweep. The sending between is the scheduler's.

Each function runs in a transaction that the caller opens and commits, for many publications of one organization
at once; none talks to a vendor. The promise: the network gets a post at most once, and its person always sees what
we know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import StillProcessing
from connectors.sdk.manifest import Budget
from connectors.sdk.models import Credentials, PublishRequest
from services.core.ambassadors.rules import effective_zone
from services.core.connections import budgets
from services.core.connections import repository as connections
from services.core.connections import service as connection_service
from services.core.connections.vendors import can, who_can
from services.core.employees import sealing
from services.core.employees.service import PRESENT
from services.core.events import service as events
from services.core.kit import crypto, db, jobs
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.policies import service as policies
from services.core.policies.service import BindingRules
from services.core.shares import hot, media, repository, rules, service
from services.core.shares.calendar import Hours
from services.core.shares.models import AttemptState, EvidenceKind, Publication, PublicationState
from services.core.shares.rechecking import BY_RULES, TELL_RULE_JOB, find_rules
from services.core.shares.rules import Hold, Outcome, OutcomeKind
from services.core.shares.service import FOLLOW_UP_JOB, add_evidence, move, stop_successors

#: A publication whose connection is sending another one looks again after this.
_BUSY_WAIT = timedelta(seconds=2)
#: So long a publication waits for a token in place of one that was refused, and so often.
_REFUSED_TOKEN_WAIT = timedelta(seconds=15)
_MOST_RENEWALS = 3


@dataclass(frozen=True)
class Claim:
    """A publication that this worker holds until its lease runs out."""

    publication_id: UUID
    fence: int


@dataclass(frozen=True)
class Ready:
    """A checked publication: everything that sending needs, so that nothing is read between arming and sending."""

    claim: Claim
    connection_id: UUID
    connector: str
    request: PublishRequest
    credentials: Credentials | None
    request_hash: bytes
    #: How many wordings of policies had been published when its text was checked.
    rules_published: int
    #: Which token it goes out with, and whether we could get another one by ourselves.
    token_version: int = 0
    is_renewable: bool = False
    #: The one call that tries whether a vendor works again.
    is_probe: bool = False
    #: Files that have to lie with the vendor before anything is armed.
    shown: tuple[media.Shown, ...] = ()


@dataclass(frozen=True)
class Armed:
    """The durable promise to send once."""

    attempt_id: UUID
    publication_id: UUID
    ready: Ready = field(repr=False)


async def claim(
    connection: hot.Connection, organization_id: UUID, *, most: int, settings: Settings, first: UUID | None = None
) -> list[Claim]:
    """Step 2: take due publications of this organization; ``first`` ahead of the others."""
    lease = timedelta(seconds=settings.publish_lease_seconds)
    rows = await hot.claim_one(connection, organization_id, first, lease=lease) if first else []
    rows += await hot.claim(connection, organization_id, most=most, lease=lease)
    return [Claim(publication_id, fence) for publication_id, fence in rows]


@dataclass(frozen=True)
class Looked:
    """One publication as a check finds it."""

    row: asyncpg.Record
    document: dict[str, Any]
    sealer: crypto.Sealer
    facts: rules.Facts
    verdict: rules.Verdict


async def check(session: AsyncSession, claims: Sequence[Claim], *, settings: Settings) -> list[Ready]:
    """Step 3: look at everything while nothing is visible. What may not go out now is moved on, with the reason."""
    fences = {one.publication_id: one.fence for one in claims}
    ready: list[Ready] = []
    busy: list[UUID] = []
    used: set[UUID] = set()
    for looked in await look(session, list(fences), settings=settings, may_probe=True):
        row = looked.row
        if row["state"] != PublicationState.CLAIMED or row["fence"] != fences[row["id"]]:
            continue
        if looked.verdict.state is not None:
            await _turn_away(session, row["id"], fence=row["fence"], verdict=looked.verdict, settings=settings)
        elif row["is_busy"] or row["connection_id"] in used:
            busy.append(row["id"])
        else:
            used.add(row["connection_id"])
            ready.append(make_ready(looked, is_probe=looked.facts.breaker_until is not None))
    if busy:
        connection = await db.driver_connection(session)
        await hot.put_off(
            connection, db.organization_of(session), busy, states=[PublicationState.CLAIMED],
            reason=Hold.CONNECTION_BUSY, until=await db.now(session) + _BUSY_WAIT, grace=_grace(settings),
        )  # fmt: skip
    return ready


def _grace(settings: Settings) -> timedelta:
    """A second after its grace is over, what waits is looked at for the last time."""
    return timedelta(seconds=settings.publish_grace_seconds + 1)


def make_ready(looked: Looked, *, is_probe: bool = False) -> Ready:
    """What sending needs, out of what a check looked at."""
    row, document = looked.row, looked.document
    organization_id = looked.facts.organization_id
    account = connection_service.unseal_account(
        looked.sealer, row["sealed_account"], organization_id=organization_id, connection_id=row["connection_id"]
    )
    return Ready(
        claim=Claim(row["id"], row["fence"]),
        connection_id=row["connection_id"],
        connector=row["connector"],
        request=media.request_of(document, author=account, idempotency_key=str(row["id"])),
        shown=media.read_shown(document),
        credentials=connection_service.unseal_credentials(
            looked.sealer, row["sealed_credentials"], organization_id=organization_id,
            connection_id=row["connection_id"],
        ),
        request_hash=row["content_hash"],
        rules_published=row["rules_published"],
        token_version=row["token_version"],
        is_renewable=row["is_renewable"],
        is_probe=is_probe,
    )  # fmt: skip


async def _turn_away(
    session: AsyncSession, publication_id: UUID, *, fence: int, verdict: rules.Verdict, settings: Settings
) -> None:
    publication = await repository.get_publication(session, publication_id, lock=True)
    if publication.state is not PublicationState.CLAIMED or publication.fence != fence or verdict.state is None:
        return
    if verdict.state is PublicationState.WAITING and verdict.until is not None:
        await _wait(session, publication, until=verdict.until, reason=verdict.reason or "", settings=settings)
        return
    await move(session, publication, verdict.state, reason=verdict.reason)
    if verdict.reason is Hold.TOKEN_ENDING:
        connection = await connections.get_connection(session, publication.connection_id)
        await connection_service.mark_needs_reconnect(session, connection, problem=verdict.reason)
    is_by_rule = verdict.state is PublicationState.HELD and verdict.reason in BY_RULES
    await jobs.enqueue(session, TELL_RULE_JOB if is_by_rule else FOLLOW_UP_JOB, subject_id=publication.id)


#: A file that the vendor works on is looked at after this, and then after twice as long, up to a minute.
_FIRST_LOOK_AT_FILE = timedelta(seconds=5)
_LAST_LOOK_AT_FILE = timedelta(seconds=60)


async def turn_back(session: AsyncSession, ready: Ready, outcome: Outcome, *, settings: Settings) -> None:
    """Its files could not be brought to the vendor (yet). Nothing was armed, so nobody sees anything."""
    publication = await repository.get_publication(session, ready.claim.publication_id, lock=True)
    if publication.state is not PublicationState.CLAIMED or publication.fence != ready.claim.fence:
        return
    match outcome.kind:
        case OutcomeKind.REFUSED:
            publication.vendor_message = outcome.message
            await move(session, publication, PublicationState.CANCELLED, reason=outcome.code)
        case OutcomeKind.NEEDS_PERSON | OutcomeKind.NEEDS_ADMINISTRATOR:
            await _settle(session, publication, outcome, ready=ready, settings=settings)
        case _:
            now = await db.now(session)
            until = outcome.retry_at or now + rules.retry_delay(publication.retries)
            if outcome.code == StillProcessing.family:
                until = now + min(_FIRST_LOOK_AT_FILE * (1 << min(publication.retries, 10)), _LAST_LOOK_AT_FILE)
            publication.retries += 1
            publication.vendor_message = outcome.message
            await _wait(session, publication, until=until, reason=outcome.code, settings=settings)
            if outcome.retry_at is not None:
                await budgets.keep_quiet(
                    await db.driver_connection(session), db.organization_of(session), ready.connection_id,
                    until=outcome.retry_at,
                )  # fmt: skip
            return
    await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)


async def keep_claim(connection: hot.Connection, organization_id: UUID, claim: Claim, *, settings: Settings) -> bool:
    """Hold a claim for another lease while its files are on their way; answer whether it still is ours."""
    lease = timedelta(seconds=settings.publish_lease_seconds)
    return await hot.keep_claim(connection, organization_id, claim.publication_id, claim.fence, lease=lease)


async def recheck_held(
    session: AsyncSession, publication_id: UUID, *, settings: Settings, read_at: datetime | None = None
) -> bool:
    """What a publication was held for may be over: a resumed program, a changed rule. Then it is scheduled again.

    ``read_at``: when this process read its settings; what an older setting has held is tried with these at once.
    Answers whether it is.
    """
    publication = await repository.get_publication(session, publication_id, lock=True)
    if publication.state is not PublicationState.HELD or publication.reason not in OVER_BY_ITSELF:
        return False
    again_at = rules.tried_again_at(publication)
    is_mended = read_at is not None and publication.updated_at < read_at
    if again_at is not None and again_at > await db.now(session) and not is_mended:
        return False
    for looked in await look(session, [publication_id], settings=settings):
        if looked.verdict.state in (None, PublicationState.WAITING, PublicationState.MISSED):
            await service.schedule_again(session, publication)
            return True
        if looked.verdict.state is PublicationState.HELD and looked.verdict.reason != publication.reason:
            publication.reason = looked.verdict.reason
            session.add(publication)
    return False


#: Holds that end without the person doing anything here.
OVER_BY_ITSELF = (
    Hold.PROGRAM_PAUSED,
    Hold.POLICY_RULE,
    Hold.STOPPED,
    Hold.PAUSED,
    Hold.TRAINING,
    Hold.EMBARGO,
    "configuration_invalid",
    "connector_not_installed",
)


async def look(
    session: AsyncSession, publication_ids: Sequence[UUID], *, settings: Settings, may_probe: bool = False
) -> list[Looked]:
    """Everything a check looks at, read in this transaction: the agreed documents, and what stands against each.

    With ``may_probe`` one publication of a vendor whose breaker is due for a try may pass.
    """
    connection = await db.driver_connection(session)
    organization_id = db.organization_of(session)
    rows = await hot.look(connection, organization_id, publication_ids)
    breakers = await budgets.open_breakers(connection, {row["connector"] for row in rows}) if rows else {}
    master = crypto.Sealer(settings.master_keys)
    versions: dict[UUID, list[BindingRules]] = {}
    found = []
    for row in rows:
        program_id = row["program_id"]
        if program_id not in versions:
            versions[program_id] = await policies.list_rules(session, program_id)
        sealer = sealing.open_key(
            row["key_wrapped"], row_id=row["key_id"], organization_id=organization_id, master=master
        )
        document = sealing.open_document(
            sealer, row["sealed_content"], place=service.consent_place(organization_id, row["consent_id"])
        )
        facts = _facts(organization_id, row, document, versions[program_id], settings)
        verdict = _judge(facts, settings)
        breaker = breakers.get(row["connector"])
        if verdict.state is None and breaker is not None:
            every = timedelta(seconds=settings.breaker_seconds)
            if not (may_probe and await budgets.take_probe(connection, row["connector"], every=every)):
                until = max(breaker.probe_at, row["now"] + timedelta(seconds=1))
                verdict = rules.Verdict(PublicationState.WAITING, Hold.BREAKER, until)
            facts = rules.with_breaker(facts, breaker.probe_at)
        found.append(Looked(row, document, sealer, facts, verdict))
    return found


def _judge(facts: rules.Facts, settings: Settings) -> rules.Verdict:
    return rules.check(
        facts,
        grace=timedelta(seconds=settings.publish_grace_seconds),
        token_min=timedelta(seconds=settings.token_min_seconds),
    )


def _facts(
    organization_id: UUID,
    row: asyncpg.Record,
    document: dict[str, Any],
    versions: Sequence[BindingRules],
    settings: Settings,
) -> rules.Facts:
    account = row["account_hash"].hex() if row["account_hash"] else None
    # What is looked at ahead of its time is judged by the time that was agreed on.
    out_at = max(row["now"], row["scheduled_at"])
    found = find_rules(
        versions,
        document,
        network=row["network"],
        at=out_at,
        reviewed=hot.document_of(row["reviewed_rules"]),
        settings=settings,
    )
    return rules.Facts(
        organization_id=organization_id,
        now=row["now"],
        scheduled_at=row["scheduled_at"],
        has_consent=row["withdrawn_at"] is None,
        is_ambassador=row["ambassador_state"] == "active",
        is_employed=row["employee_status"] in PRESENT,
        is_same_content=rules.content_hash(document) == row["agreed_hash"] == row["content_hash"],
        is_item_open=row["item_state"] == "offered"
        and (row["item_expires_at"] is None or row["item_expires_at"] > row["now"]),
        program_state=row["program_state"],
        has_rule_hit=found.has_rule_hit,
        needs_review=found.needs_review,
        is_same_account=account == document["account"],
        connection_state=row["connection_state"],
        token_expires_at=row["token_expires_at"],
        is_renewable=row["is_renewable"],
        is_stopped=row["is_stopped"],
        is_paused=row["is_paused"],
        is_certified=row["is_certified"],
        is_embargoed=found.is_embargoed or (row["embargo_until"] is not None and row["embargo_until"] > out_at),
        quiet_until=_quiet_until(row),
        not_before=row["not_before"],
    )


def _quiet_until(row: asyncpg.Record) -> datetime | None:
    """When it may appear, if the person's own hours or the program's windows say: not now."""
    program_windows = hot.document_of(row["program_windows"]) or []
    zone, _ = effective_zone(
        own=row["preferred_zone"], directory=row["employee_zone"], organization=row["organization_zone"]
    )
    if row["preferences_id"] is None:
        if not program_windows:
            return None
        return Hours.read(zone=zone, program_windows=program_windows).next_allowed(row["now"])
    hours = Hours.read(
        zone=zone,
        country=row["preferred_country"] or row["employee_country"],
        subdivision=row["subdivision"],
        observes_holidays=row["observes_holidays"],
        working_days=hot.document_of(row["working_days"]),
        quiet_from=row["quiet_from"],
        quiet_to=row["quiet_to"],
        own_windows=hot.document_of(row["own_windows"]) or [],
        program_windows=program_windows,
    )
    return hours.next_allowed(row["now"])


async def arm(
    connection: hot.Connection, organization_id: UUID, ready: Sequence[Ready], *, settings: Settings
) -> list[Armed]:
    """Step 4: the point of no return, durable. Answers those that may be sent now.

    The others have lost their claim, or something changed since the check and they are looked at again, or their
    vendor's budget for the day is spent, or their connection is sending another one: these last two wait.
    """
    allowed = await _spend(connection, organization_id, ready)
    spent_out = [one.claim.publication_id for one in ready if one.connection_id not in allowed]
    if spent_out:
        await hot.put_off(
            connection, organization_id, spent_out, states=[PublicationState.CLAIMED], reason=Hold.BUDGET,
            until=await _next_period(connection, ready), grace=_grace(settings),
        )  # fmt: skip
    wanted = {
        one.claim.publication_id: Armed(new_id(), one.claim.publication_id, one)
        for one in ready
        if one.connection_id in allowed
    }
    armed, busy = await hot.arm(
        connection,
        organization_id,
        [
            hot.ToArm(
                one.publication_id,
                one.ready.claim.fence,
                one.attempt_id,
                one.ready.request_hash,
                one.ready.rules_published,
            )
            for one in wanted.values()
        ],
        lease=timedelta(seconds=settings.publish_lease_seconds),
    )
    if busy:
        # Nothing was sent and nothing will be: the attempt that is open belongs to another publication.
        await hot.put_off(
            connection, organization_id, busy, states=[PublicationState.SENDING], reason=Hold.CONNECTION_BUSY,
            until=await hot.now(connection) + _BUSY_WAIT, grace=_grace(settings),
        )  # fmt: skip
    # Whatever changed since the check, the next one finds it.
    changed = [
        (one.publication_id, one.ready.claim.fence)
        for one in wanted.values()
        if one.publication_id not in armed and one.publication_id not in busy
    ]
    if changed:
        await hot.release(connection, organization_id, changed)
    return [one for one in wanted.values() if one.publication_id in armed]


async def _spend(connection: asyncpg.Connection[Any], organization_id: UUID, ready: Sequence[Ready]) -> set[UUID]:
    allowed: set[UUID] = set()
    for connector in sorted({one.connector for one in ready}):
        own = [one.connection_id for one in ready if one.connector == connector]
        allowed |= await budgets.spend(
            connection, organization_id, connector=connector, budgets=_budgets_of(connector), connection_ids=own,
            capability=Capability.PUBLISH_AS_MEMBER,
        )  # fmt: skip
    return allowed


async def _next_period(connection: asyncpg.Connection[Any], ready: Sequence[Ready]) -> datetime:
    limits = [budget for connector in {one.connector for one in ready} for budget in _budgets_of(connector)]
    return await budgets.next_period(connection, limits, Capability.PUBLISH_AS_MEMBER)


def _budgets_of(connector: str) -> tuple[Budget, ...]:
    try:
        return registry.get_connector(connector).manifest.budgets
    except registry.ConnectorNotFound:
        return ()


async def give_back(connection: hot.Connection, organization_id: UUID, claims: Sequence[Claim]) -> None:
    """Let others take what was claimed and not acted on."""
    await hot.release(connection, organization_id, [(one.publication_id, one.fence) for one in claims])


async def record_published(
    connection: hot.Connection, organization_id: UUID, answers: Sequence[tuple[Armed, Outcome]]
) -> set[UUID]:
    """Step 7 for those that are out, many at once; answer the attempts found as expected. ``record`` does the rest."""
    done = await hot.record_published(
        connection,
        organization_id,
        [
            hot.PublishedAttempt(armed.attempt_id, armed.publication_id, outcome.external_id, outcome.permalink)
            for armed, outcome in answers
            if outcome.kind is OutcomeKind.PUBLISHED and outcome.external_id
        ],
    )
    await jobs.enqueue_each(connection, organization_id, FOLLOW_UP_JOB, [one for _, one in done])
    recorded = {attempt_id for attempt_id, _ in done}
    for connector in {a.ready.connector for a, _ in answers if a.ready.is_probe and a.attempt_id in recorded}:
        await budgets.note_success(connection, connector)
    return recorded


async def record(session: AsyncSession, armed: Armed, outcome: Outcome, *, settings: Settings) -> None:
    """Step 7: what happened, by attempt. Also takes an answer that comes after the sweeper gave up on it.

    Nothing that can fail stands here but the database: the person is told by a follow-up job.
    """
    # The publication first, as the sweeper does: two that lock in turn never wait for each other.
    publication = await repository.get_publication(session, armed.publication_id, lock=True)
    attempt = await repository.find_attempt(session, armed.attempt_id)
    if attempt is None:
        # Whether it was armed was not known, and it was not: nothing was sent.
        return
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
        await _settle(session, publication, outcome, ready=armed.ready, settings=settings)
    elif is_late:
        await _settle_late(session, publication, outcome)
    if is_current or is_late:
        await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
    if outcome.kind is OutcomeKind.PUBLISHED:
        await stop_successors(session, publication)
        if is_own and publication.state in (PublicationState.NOT_PUBLISHED, PublicationState.UNKNOWN_CLOSED):
            # Somebody said, or we concluded, that it is not there. It stays said; the person hears what we know now.
            publication.reason = rules.FOUND_LATER
            publication.external_id, publication.permalink = outcome.external_id, outcome.permalink
            session.add(publication)
            await jobs.enqueue(session, service.SETTLED_JOB, subject_id=publication.id)
    await session.flush()
    await _note_vendor(session, armed, outcome, settings=settings)


async def _note_vendor(session: AsyncSession, armed: Armed, outcome: Outcome, *, settings: Settings) -> None:
    """What the outcome says about the vendor: it slows us down, it fails, or it works again."""
    connection = await db.driver_connection(session)
    connector = armed.ready.connector
    if outcome.retry_at is not None:
        await budgets.keep_quiet(
            connection, db.organization_of(session), armed.ready.connection_id, until=outcome.retry_at
        )
    if outcome.is_vendor_failure:
        await budgets.note_failures(
            connection, [connector], most=settings.breaker_failures, within=timedelta(seconds=settings.breaker_seconds)
        )
    elif armed.ready.is_probe and outcome.code != "started_too_late":
        await budgets.note_success(connection, connector)


async def sweep(
    connection: hot.Connection, organization_id: UUID, publication_ids: Sequence[UUID], *, settings: Settings
) -> list[tuple[UUID, PublicationState]]:
    """Leases have run out: ``claimed`` goes back to ``scheduled``, ``sending`` becomes ``unknown``. Never posts.

    One statement for many: what a killed worker left behind may be hundreds, and each is known within 90 s.
    """
    swept = [
        (publication_id, PublicationState(state))
        for publication_id, state in await hot.sweep(
            connection,
            organization_id,
            publication_ids,
            can_ask=who_can(Capability.FIND_POST),
            first_look_up=rules.LOOK_UPS[0],
            grace=timedelta(seconds=settings.publish_grace_seconds),
            # A check that breaks each time must not go round for ever.
            too_late=Hold.TOO_LATE,
        )
    ]
    told = [publication_id for publication_id, state in swept if state is not PublicationState.SCHEDULED]
    await jobs.enqueue_each(connection, organization_id, FOLLOW_UP_JOB, told)
    return swept


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


async def _settle(
    session: AsyncSession, publication: Publication, outcome: Outcome, *, ready: Ready, settings: Settings
) -> None:
    publication.vendor_message = outcome.message
    match outcome.kind:
        case OutcomeKind.PUBLISHED:
            await _publish(session, publication, outcome)
        case OutcomeKind.REFUSED:
            await move(session, publication, PublicationState.REJECTED, reason=outcome.code)
            await _hint(session, publication, outcome)
            await _count_failure(session, publication, problem=outcome.code)
        case OutcomeKind.UNKNOWN:
            await become_unknown(session, publication, reason=outcome.code)
            await _count_failure(session, publication, problem=outcome.code)
        case OutcomeKind.NOT_SENT:
            until = outcome.retry_at or await db.now(session) + rules.retry_delay(publication.retries)
            publication.retries += 1
            await _wait(session, publication, until=until, reason=outcome.code, settings=settings)
        case OutcomeKind.NEEDS_PERSON if _may_be_renewed(publication, outcome, ready):
            # The token is no good, but the grant may be: it is renewed first, and only then the person is asked.
            connection = await connections.get_connection(session, publication.connection_id)
            if connection.token_version == ready.token_version:
                connection.renew_at = await db.now(session)
                session.add(connection)
            publication.retries += 1
            until = await db.now(session) + _REFUSED_TOKEN_WAIT
            await _wait(session, publication, until=until, reason=Hold.TOKEN_ENDING, settings=settings)
        case OutcomeKind.NEEDS_PERSON | OutcomeKind.NEEDS_ADMINISTRATOR:
            # The vendor documents that a refusal like this made nothing, so it may wait, and is then held.
            await move(session, publication, PublicationState.WAITING, reason=outcome.code)
            await move(session, publication, PublicationState.HELD, reason=outcome.code)
            if outcome.kind is OutcomeKind.NEEDS_PERSON:
                connection = await connections.get_connection(session, publication.connection_id)
                await connection_service.mark_needs_reconnect(session, connection, problem=outcome.code)


def _may_be_renewed(publication: Publication, outcome: Outcome, ready: Ready) -> bool:
    return outcome.code == "reauth_required" and ready.is_renewable and publication.retries < _MOST_RENEWALS


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


async def _publish(session: AsyncSession, publication: Publication, outcome: Outcome) -> None:
    publication.external_id = outcome.external_id
    publication.permalink = outcome.permalink
    publication.published_at = await db.now(session)
    await move(session, publication, PublicationState.PUBLISHED)
    connection = await connections.get_connection(session, publication.connection_id)
    connection.failures_in_row = 0
    session.add(connection)


async def _wait(
    session: AsyncSession, publication: Publication, *, until: datetime, reason: str, settings: Settings
) -> None:
    """Look again later; but not later than its grace ends, so that a miss is said when it is one."""
    await move(session, publication, PublicationState.WAITING, reason=reason)
    last = publication.scheduled_at + _grace(settings)
    publication.due_at = max(min(until, last), await db.now(session))
    session.add(publication)
    await session.flush()


async def become_unknown(session: AsyncSession, publication: Publication, *, reason: str) -> None:
    """Nobody can tell whether it is out; where the vendor can be asked, it will be."""
    await move(session, publication, PublicationState.UNKNOWN, reason=reason)
    publication.look_ups = 0
    publication.look_up_at = rules.first_look_up(
        publication.unknown_at or await db.now(session), can_find=can(publication.connector, Capability.FIND_POST)
    )
    session.add(publication)


#: So many failures in a row pause a connection.
MOST_FAILURES = 3


async def _count_failure(session: AsyncSession, publication: Publication, *, problem: str) -> None:
    connection = await connections.get_connection(session, publication.connection_id)
    connection.failures_in_row += 1
    session.add(connection)
    if connection.failures_in_row >= MOST_FAILURES:
        await connection_service.pause_after_failures(session, connection, problem=problem)


async def _hint(session: AsyncSession, publication: Publication, outcome: Outcome) -> None:
    """A duplicate refusal named an older post: a hint for the person about what is still unknown, no proof."""
    if outcome.hint_external_id is None:
        return
    add_evidence(session, publication, EvidenceKind.DUPLICATE_HINT, external_id=outcome.hint_external_id)
    for other in await repository.list_unknown_of_connection(session, publication.connection_id):
        if other.fingerprint == publication.fingerprint:
            add_evidence(session, other, EvidenceKind.DUPLICATE_HINT, external_id=outcome.hint_external_id)
            events.emit(session, "publication.hinted", publication_id=other.id)
