"""A person's decision: draft, look, approve exact bytes and a time; cancel, settle, send again. Nobody else's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from services.core.ambassadors import service as ambassadors
from services.core.connections import repository as connections
from services.core.connections.models import Connection, ConnectionState
from services.core.connections.names import STATE_NAMES as CONNECTION_STATES
from services.core.connections.vendors import can
from services.core.content import repository as content_repository
from services.core.content import service as content
from services.core.content.models import ContentItem, Variant
from services.core.employees import repository as employees
from services.core.employees import sealing
from services.core.events import service as events
from services.core.kit import crypto, db, jobs
from services.core.kit.crash import crash_point
from services.core.kit.errors import FieldProblem, NotFound
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.kit.zones import zone_release
from services.core.links import repository as links_repository
from services.core.links import service as links
from services.core.organizations.rules import Actor
from services.core.policies import service as policies
from services.core.policies.rules import RuleKind
from services.core.programs import repository as programs
from services.core.programs.models import Program, ProgramState
from services.core.programs.names import STATE_NAMES as PROGRAM_STATES
from services.core.shares import media, repository, rules, stops, timing, words
from services.core.shares.calendar import CLOCK_ALLOWANCE
from services.core.shares.errors import (
    AlreadyShared,
    ConnectionNotUsable,
    ContentChanged,
    DisclosureMissing,
    DuplicateContent,
    Embargoed,
    MediaNotPossible,
    MoveRefused,
    NoTimeFits,
    PolicyBroken,
    ProgramNotOpen,
    ReviewNeeded,
    RiskNotAcknowledged,
    SentAgainAlready,
    ShareNotEditable,
    SimilarText,
    SimilarTextReviewed,
    TimeDoesNotFit,
    TimePassed,
)
from services.core.shares.models import (
    Consent,
    Evidence,
    EvidenceKind,
    FirstComment,
    Publication,
    PublicationState,
    Share,
    ShareState,
)
from services.core.shares.names import PUBLICATION_STATE_NAMES
from services.core.training import service as training

FOLLOW_UP_JOB = "publication.follow_up"
#: Tells a person what became of a post whose outcome was not known.
SETTLED_JOB = "publication.settled"

#: The same content through the same account within this time is taken for a mistake.
DUPLICATE_WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class View:
    """A share as its person sees it: the very bytes that would go out, and why to share."""

    share: Share
    text: str
    item: ContentItem
    variant: Variant
    link_url: str
    #: What it shows besides its words, in this order.
    shown: tuple[media.Shown, ...] = ()
    first_comment: str | None = None

    @property
    def document(self) -> dict[str, object]:
        """What ``content_hash`` is the hash of."""
        return {
            "text": self.text,
            "link_url": self.link_url,
            "link_title": self.variant.link_title,
            "link_description": self.variant.link_description,
            **media.extras(
                self.text,
                network=self.variant.network,
                link_url=self.link_url,
                shown=self.shown,
                reshare_of=self.variant.reshare_of,
                first_comment=self.first_comment,
            ),
        }

    @property
    def content_hash(self) -> str:
        """SHA-256 of text, link, files and first comment, in hexadecimal: what the person approves."""
        return rules.content_hash(self.document).hex()


@dataclass(frozen=True)
class Findings:
    """What stands against a share."""

    rule_hits: list[policies.RuleHit]
    disclosure_missing: str | None
    #: The end of the embargo that it may not be out before, of its words or of the item.
    not_before: datetime | None = None

    @property
    def is_ready(self) -> bool:
        """Whether nothing does."""
        return not self.rule_hits and self.disclosure_missing is None and self.not_before is None


async def create(session: AsyncSession, actor: Actor, *, offer_id: UUID, text: str | None, settings: Settings) -> Share:
    """Draft a share of an offer: the person's words, or the proposed ones with the program's disclosure ahead.

    Raises NotFound, OfferClosed, AlreadyShared, ProgramNotOpen, and what ambassadors raise for somebody who is not
    an active one.
    """
    employee_id = actor.person()
    offer, item, variant = await content.get_offer_of(session, employee_id=employee_id, offer_id=offer_id)
    await ambassadors.get_active(session, program_id=offer.program_id, employee_id=employee_id)
    await training.must_be_certified(session, program_id=offer.program_id, employee_id=employee_id)
    program = await _open_program(session, offer.program_id)
    existing = await repository.find_open_share(session, employee_id=employee_id, offer_id=offer_id)
    if existing is not None:
        raise AlreadyShared(share_id=existing.id)
    link = await links.create_link(
        session,
        program_id=program.id,
        item_id=item.id,
        employee_id=employee_id,
        network=variant.network,
        destination_url=item.destination_url,
        campaign=program.name,
        content_slug=item.title,
    )
    words = text if text is not None else proposed_text(variant, program)
    share = Share(
        organization_id=actor.tenant(),
        employee_id=employee_id,
        program_id=program.id,
        item_id=item.id,
        offer_id=offer.id,
        link_id=link.id,
        network=variant.network,
        language=variant.language,
        state=ShareState.DRAFT,
        sealed_text=b"",
    )
    await write_text(session, share, words, variant, settings=settings)
    session.add(share)
    await session.flush()
    return share


async def view(session: AsyncSession, share: Share, *, settings: Settings) -> View:
    """Open a share for its person."""
    item = await content_repository.get_item(session, share.item_id)
    variant = await content_repository.get_variant(
        session, item_id=share.item_id, network=share.network, language=share.language
    )
    link = await links_repository.get_link(session, share.link_id)
    sealer = await sealing.sealer_for(session, share.employee_id, master=crypto.Sealer(settings.master_keys))
    text = sealer.open(share.sealed_text, place=_place(share)).decode()
    comment = variant.first_comment
    if share.sealed_comment is not None:
        comment = sealer.open(share.sealed_comment, place=_comment_place(share)).decode() or None
    shown = await media.shown_by(session, variant) if share.with_media else ()
    return View(share, text, item, variant, links.public_url(link, settings), shown, comment)


async def reword(session: AsyncSession, share: Share, *, text: str, settings: Settings) -> None:
    """Put a draft in other words; raise ShareNotEditable for anything but a draft."""
    if share.state is not ShareState.DRAFT:
        raise ShareNotEditable()
    variant = await content_repository.get_variant(
        session, item_id=share.item_id, network=share.network, language=share.language
    )
    await write_text(session, share, text, variant, settings=settings)
    session.add(share)
    await session.flush()


async def decide_extras(
    session: AsyncSession,
    share: Share,
    *,
    with_media: bool | None = None,
    first_comment: str | None = None,
    settings: Settings,
) -> None:
    """Leave the item's files out or take them back in; word the first comment (empty: none). None leaves as it is.

    Raises ShareNotEditable for anything but a draft.
    """
    if share.state is not ShareState.DRAFT:
        raise ShareNotEditable()
    if with_media is not None:
        share.with_media = with_media
    if first_comment is not None:
        sealer = await sealing.sealer_for(session, share.employee_id, master=crypto.Sealer(settings.master_keys))
        share.sealed_comment = sealer.seal(first_comment.encode(), place=_comment_place(share))
    session.add(share)
    await session.flush()


def rule_hits(
    versions: Iterable[policies.BindingRules],
    text: str,
    first_comment: str | None,
    *,
    at: datetime,
    network: str,
    language: Language | None,
    settings: Settings,
) -> list[policies.RuleHit]:
    """What rules say about a post and the comment under it, which needs no disclosure of its own."""
    known = list(versions)
    hits = policies.find_hits_in(known, text, at=at, network=network, language=language, own_hosts=own_hosts(settings))
    if first_comment:
        found = policies.find_hits_in(
            known, first_comment, at=at, network=network, language=language, own_hosts=own_hosts(settings)
        )
        hits += [hit for hit in found if hit.code != RuleKind.REQUIRED_DISCLOSURE]
    return hits


def _hits(
    versions: Iterable[policies.BindingRules], looked: View, *, at: datetime, settings: Settings
) -> list[policies.RuleHit]:
    return rule_hits(
        versions, looked.text, looked.first_comment, at=at, network=looked.share.network,
        language=looked.share.language, settings=settings,
    )  # fmt: skip


async def inspect(session: AsyncSession, looked: View, *, at: datetime | None = None, settings: Settings) -> Findings:
    """What stands against these very words: rules of the policy, a missing disclosure, an embargo.

    ``at`` is when they would be out, which decides about embargoes; without it, now.
    """
    program = await programs.get_program(session, looked.share.program_id)
    now = await db.now(session)
    at = max(at or now, now)
    hits = _hits(await policies.list_rules(session, program.id), looked, at=at, settings=settings)
    disclosure = program.disclosure.get(looked.share.language.value) or None
    missing = disclosure if disclosure and not rules.has_disclosure(looked.text, disclosure) else None
    ends = [*(hit.until for hit in policies.stops(hits)), looked.item.embargo_until]
    return Findings(hits, missing, max((end for end in ends if end is not None and end > at), default=None))


async def approve(
    session: AsyncSession,
    actor: Actor,
    share: Share,
    *,
    content_hash: str,
    connection_id: UUID,
    by_hand: bool,
    networks: Collection[str],
    local: datetime,
    zone: str,
    allow_duplicate: bool,
    settings: Settings,
    keep_similar: bool = False,
    accept_review: bool = False,
) -> Publication:
    """The person's yes: these bytes, this account, this time. Stores the consent and plans the one publication.

    Raises ShareNotEditable, ContentChanged, ConnectionNotUsable, DisclosureMissing, PolicyBroken, NotInForce,
    TimePassed, TimeDoesNotFit, SimilarText, ReviewNeeded unless ``accept_review``, DuplicateContent, ProgramNotOpen,
    and what ambassadors raise for somebody who may not share (any more).
    """
    employee_id = actor.person()
    if share.state is not ShareState.DRAFT:
        raise ShareNotEditable()
    offer, _, _ = await content.get_offer_of(session, employee_id=employee_id, offer_id=share.offer_id)
    await ambassadors.get_active(session, program_id=share.program_id, employee_id=employee_id)
    await training.must_be_certified(session, program_id=share.program_id, employee_id=employee_id)
    await _open_program(session, share.program_id)
    await policies.must_be_in_force(session, share.program_id)
    looked = await view(session, share, settings=settings)
    if looked.content_hash != content_hash.lower():
        raise ContentChanged()
    await must_be_clean(session, looked, at=rules.resolve_wall_time(local, zone).at, settings=settings)
    connection = await usable_connection(session, employee_id, connection_id, share.network, networks)
    fit = await fit_in(
        session, looked, local=local, zone=zone, keep_similar=keep_similar, accept_review=accept_review,
        settings=settings,
    )  # fmt: skip
    publication = await _plan(
        session,
        looked,
        connection=connection,
        fit=fit,
        by_hand=by_hand,
        allow_duplicate=allow_duplicate,
        occurrence=1 + len(await repository.list_of_share(session, share.id)),
        replaces=None,
        settings=settings,
    )
    share.state = ShareState.APPROVED
    session.add(share)
    await content.mark_shared(session, offer)
    await session.flush()
    crash_point("agree.before_commit")
    return publication


async def cancel(session: AsyncSession, share: Share) -> None:
    """The person takes their yes back: what is not armed yet never goes out; the rest is too late.

    Raises MoveRefused naming the state if something is on its way or out.
    """
    publications = await repository.list_of_share(session, share.id)
    planned = [one for one in publications if one.state in rules.CANCELLABLE]
    for publication in planned:
        await cancel_publication(session, publication.id, reason="cancelled_by_person")
    beyond = [one for one in publications if one.state not in (*rules.CANCELLABLE, *repository.NOTHING_OUT)]
    if beyond and not planned:
        raise MoveRefused(
            current=PUBLICATION_STATE_NAMES[beyond[-1].state],
            wanted=PUBLICATION_STATE_NAMES[PublicationState.CANCELLED],
        )
    if beyond:
        # Something is out or may be: the share stays what it is, but nothing more of it goes out.
        await session.flush()
        return
    share.state = ShareState.CANCELLED
    session.add(share)
    await session.flush()


async def cancel_publication(session: AsyncSession, publication_id: UUID, *, reason: str) -> Publication:
    """Cancel one publication unless it is armed; raise MoveRefused with its state."""
    publication = await repository.get_publication(session, publication_id, lock=True)
    await move(session, publication, PublicationState.CANCELLED, reason=reason)
    consent = await repository.get_consent(session, publication.consent_id)
    consent.withdrawn_at = await db.now(session)
    consent.ended_by = "cancelled"
    session.add(consent)
    await session.flush()
    return publication


async def cancel_planned(
    session: AsyncSession,
    *,
    reason: str,
    connection_id: UUID | None = None,
    program_id: UUID | None = None,
    item_id: UUID | None = None,
    employee_id: UUID | None = None,
) -> int:
    """Cancel what is planned through a connection, for a program or an item, or by a person; answer how many."""
    rows = await repository.list_movable(
        session,
        states=rules.CANCELLABLE,
        connection_id=connection_id,
        program_id=program_id,
        item_id=item_id,
        employee_id=employee_id,
    )
    for publication in rows:
        await move(session, publication, PublicationState.CANCELLED, reason=reason)
        await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
    return len(rows)


async def cancel_for_leavers(session: AsyncSession) -> int:
    """Cancel what people had planned who are not employed any more; answer how many."""
    return sum(
        [
            await cancel_planned(session, employee_id=employee_id, reason=rules.Hold.LEFT)
            for employee_id in await repository.list_leavers(session, states=rules.CANCELLABLE)
        ]
    )


async def cancel_for_closed_items(session: AsyncSession) -> int:
    """Cancel what is planned for items that are over; answer how many."""
    return sum(
        [
            await cancel_planned(session, item_id=item_id, reason=rules.Hold.ITEM_WITHDRAWN)
            for item_id in await repository.list_closed_items(session, states=rules.CANCELLABLE)
        ]
    )


async def release_held(session: AsyncSession, *, connection_id: UUID) -> int:
    """A connection works again: what waited for it is scheduled for the time that was agreed on."""
    released = 0
    for publication in await repository.list_movable(
        session, states=(PublicationState.HELD,), connection_id=connection_id
    ):
        if publication.reason not in (
            rules.Hold.CONNECTION,
            rules.Hold.TOKEN_ENDING,
            "reauth_required",
            "scope_missing",
        ):
            continue
        await schedule_again(session, publication)
        released += 1
    return released


async def schedule_again(session: AsyncSession, publication: Publication) -> None:
    """Put back what was held, for the time agreed on; too late is too late, and is said then."""
    await move(session, publication, PublicationState.SCHEDULED)
    # What was held while zone rules changed has not been worked out anew.
    await timing.recompute(session, publication)
    publication.due_at = publication.scheduled_at
    session.add(publication)
    await session.flush()


async def resolve(session: AsyncSession, publication: Publication, *, is_there: bool) -> Publication:
    """The person looked: it is there, or it is not. Raises MoveRefused unless that is an open question."""
    if publication.state not in (PublicationState.UNKNOWN, PublicationState.HANDED_OVER) or (
        publication.state is PublicationState.HANDED_OVER and not is_there
    ):
        wanted = PublicationState.PUBLISHED if is_there else PublicationState.NOT_PUBLISHED
        raise MoveRefused(current=PUBLICATION_STATE_NAMES[publication.state], wanted=PUBLICATION_STATE_NAMES[wanted])
    add_evidence(session, publication, EvidenceKind.PERSONS_WORD, is_there=is_there)
    if is_there:
        publication.published_at = publication.unknown_at or await db.now(session)
        await move(session, publication, PublicationState.PUBLISHED)
        await stop_successors(session, publication)
    else:
        await move(session, publication, PublicationState.NOT_PUBLISHED)
    await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=publication.id)
    return publication


async def stop_successors(session: AsyncSession, publication: Publication) -> None:
    """It is out after all: what was planned to send it again must not be."""
    for successor in await repository.list_successors(session, publication.id):
        if successor.state in rules.CANCELLABLE:
            await move(session, successor, PublicationState.CANCELLED, reason="first_one_is_out")
            await jobs.enqueue(session, FOLLOW_UP_JOB, subject_id=successor.id)


#: States in which nobody can say that a post is not on the network.
_MAY_BE_OUT = (PublicationState.UNKNOWN, PublicationState.UNKNOWN_CLOSED)


async def resend(
    session: AsyncSession,
    actor: Actor,
    old: Publication,
    *,
    content_hash: str,
    local: datetime,
    zone: str,
    by_hand: bool,
    networks: Collection[str],
    acknowledge_duplicate_risk: bool,
    settings: Settings,
    keep_similar: bool = False,
    accept_review: bool = False,
) -> Publication:
    """The person approves the same bytes anew: a new publication that names the old one.

    Raises MoveRefused, RiskNotAcknowledged, ContentChanged and what ``approve`` raises.
    """
    employee_id = actor.person()
    before = [old, *await repository.list_predecessors(session, old)]
    risky = any(one.state in _MAY_BE_OUT or one.reason == rules.FOUND_LATER for one in before)
    if not risky and old.state not in (PublicationState.NOT_PUBLISHED, PublicationState.MISSED):
        raise MoveRefused(
            current=PUBLICATION_STATE_NAMES[old.state], wanted=PUBLICATION_STATE_NAMES[PublicationState.SCHEDULED]
        )
    for successor in await repository.list_successors(session, old.id):
        if successor.state not in repository.NOTHING_OUT:
            raise SentAgainAlready(successor=successor.id)
    if risky and not acknowledge_duplicate_risk:
        raise RiskNotAcknowledged()
    share = await repository.get_own_share(session, employee_id=employee_id, share_id=old.share_id)
    await ambassadors.get_active(session, program_id=share.program_id, employee_id=employee_id)
    await training.must_be_certified(session, program_id=share.program_id, employee_id=employee_id)
    await _open_program(session, share.program_id)
    looked = await view(session, share, settings=settings)
    if looked.content_hash != content_hash.lower():
        raise ContentChanged()
    await must_be_clean(session, looked, at=rules.resolve_wall_time(local, zone).at, settings=settings)
    connection = await usable_connection(session, employee_id, old.connection_id, share.network, networks)
    fit = await fit_in(
        session, looked, local=local, zone=zone, keep_similar=keep_similar, accept_review=accept_review,
        replaces_id=old.id, settings=settings,
    )  # fmt: skip
    return await _plan(
        session,
        looked,
        connection=connection,
        fit=fit,
        by_hand=by_hand,
        allow_duplicate=True,
        occurrence=1 + len(await repository.list_of_share(session, share.id)),
        replaces=old,
        settings=settings,
    )


async def open_consent(session: AsyncSession, consent: Consent, *, settings: Settings) -> dict[str, Any]:
    """The bytes a person agreed to, for sending them and for nothing else."""
    sealer = await sealing.sealer_for(session, consent.employee_id, master=crypto.Sealer(settings.master_keys))
    return sealing.open_document(
        sealer, consent.sealed_content, place=consent_place(consent.organization_id, consent.id)
    )


async def move(
    session: AsyncSession, publication: Publication, wanted: PublicationState, *, reason: str | None = None
) -> None:
    """Make a move of the table, and say so to the outside; raise MoveRefused for any other."""
    rules.check_move(publication.state, wanted)
    publication.state = wanted
    publication.reason = reason
    if wanted is PublicationState.UNKNOWN:
        publication.unknown_at = await db.now(session)
    if wanted not in (PublicationState.CLAIMED, PublicationState.SENDING):
        publication.lease_until = None
    session.add(publication)
    events.emit(session, f"publication.{wanted.value}", publication_id=publication.id, item_id=publication.item_id)
    await session.flush()


def add_evidence(session: AsyncSession, publication: Publication, kind: EvidenceKind, **detail: Any) -> None:
    """Write down one fact about what happened on the network."""
    session.add(
        Evidence(organization_id=publication.organization_id, publication_id=publication.id, kind=kind, detail=detail)
    )


async def _plan(
    session: AsyncSession,
    looked: View,
    *,
    connection: Connection,
    fit: Fit,
    by_hand: bool,
    allow_duplicate: bool,
    occurrence: int,
    replaces: Publication | None,
    settings: Settings,
) -> Publication:
    share, time = looked.share, fit.time
    agreed = await agree(
        session,
        looked,
        connection=connection,
        time=time,
        for_review=fit.review is not None,
        allow_duplicate=allow_duplicate,
        settings=settings,
    )
    publication = Publication(
        organization_id=share.organization_id,
        share_id=share.id,
        consent_id=agreed.consent.id,
        connection_id=connection.id,
        employee_id=share.employee_id,
        program_id=share.program_id,
        item_id=share.item_id,
        connector=connection.connector,
        network=share.network,
        occurrence=occurrence,
        replaces_id=replaces.id if replaces else None,
        state=PublicationState.APPROVED,
        content_hash=agreed.consent.content_hash,
        fingerprint=agreed.fingerprint,
        words_hash=agreed.words_hash,
        scheduled_local=time.local.isoformat(),
        time_zone=time.zone,
        scheduled_at=time.at,
        zone_data=zone_release(),
        due_at=time.at,
    )
    session.add(publication)
    await session.flush()
    if looked.first_comment and not by_hand and can(connection.connector, Capability.COMMENT_AS_MEMBER):
        session.add(FirstComment(organization_id=share.organization_id, publication_id=publication.id, due_at=time.at))
    if fit.review is not None:
        await move(session, publication, PublicationState.HELD, reason=fit.review)
    else:
        await let_go(session, publication, link_id=share.link_id, by_hand=by_hand)
    return publication


@dataclass(frozen=True)
class Agreement:
    """A consent to exact bytes, and the two hashes by which posts are compared."""

    consent: Consent
    fingerprint: bytes
    words_hash: bytes


async def agree(
    session: AsyncSession,
    looked: View,
    *,
    connection: Connection,
    time: rules.WallTime,
    for_review: bool,
    allow_duplicate: bool,
    settings: Settings,
    exclude_publication_id: UUID | None = None,
) -> Agreement:
    """Store the person's yes to these bytes, this account and this time; raise DuplicateContent.

    ``exclude_publication_id`` is the planned post that is being changed: it is no duplicate of itself.
    """
    share = looked.share
    if looked.shown and not can(connection.connector, Capability.UPLOAD_MEDIA):
        raise MediaNotPossible(connector=connection.connector)
    fingerprint = crypto.keyed_hash(
        settings.key_pepper.get_secret_value(),
        purpose="fingerprint",
        value=f"{rules.visible(looked.text)}|{looked.item.destination_url}",
    )
    if not allow_duplicate and await repository.find_duplicate(
        session,
        connection_id=connection.id,
        fingerprint=fingerprint,
        within=DUPLICATE_WINDOW,
        exclude_publication_id=exclude_publication_id,
    ):
        raise DuplicateContent()
    document = {
        **looked.document,
        "connection_id": str(connection.id),
        "connector": connection.connector,
        "account": connection.account_hash.hex() if connection.account_hash else None,
        "scheduled_local": time.local.isoformat(),
        "time_zone": time.zone,
        "scheduled_at": time.at.isoformat(),
        "editor_reads_first": for_review,
        "language": share.language.value,
    }
    if not can(connection.connector, Capability.COMMENT_AS_MEMBER):
        document.pop("first_comment", None)
    consent = Consent(
        organization_id=share.organization_id,
        share_id=share.id,
        employee_id=share.employee_id,
        purpose="publish",
        network=share.network,
        content_hash=rules.content_hash(document),
        sealed_content=b"",
        policy_version_id=await _policy_version_id(session, share.program_id),
    )
    sealer = await sealing.sealer_for(session, share.employee_id, master=crypto.Sealer(settings.master_keys))
    consent.sealed_content = sealing.seal_document(
        sealer, document, place=consent_place(consent.organization_id, consent.id)
    )
    session.add(consent)
    await session.flush()
    bare = words.bare_words(looked.text, without=await _disclosures(session, share.program_id))
    return Agreement(consent, fingerprint, words.words_hash(bare, pepper=settings.key_pepper.get_secret_value()))


async def let_go(session: AsyncSession, publication: Publication, *, link_id: UUID, by_hand: bool) -> None:
    """Leave a planned publication to the scheduler, or to the person's own hands."""
    if by_hand:
        # From here on the link is out, as soon as the person posts it; nobody else knows when that is.
        await links.mark_published(session, link_id, await db.now(session))
        await move(session, publication, PublicationState.HANDED_OVER)
    else:
        await move(session, publication, PublicationState.SCHEDULED)


@dataclass(frozen=True)
class Fit:
    """A time that fits, and why an editor reads the text before it, if one does (``words.FOR_EDITOR``)."""

    time: rules.WallTime
    review: str | None


async def fit_in(
    session: AsyncSession,
    looked: View,
    *,
    local: datetime,
    zone: str,
    keep_similar: bool,
    accept_review: bool,
    settings: Settings,
    exclude_publication_id: UUID | None = None,
    replaces_id: UUID | None = None,
    reviewed: Collection[str] = (),
) -> Fit:
    """Whether this post may be planned for this time, among the person's own posts and those of colleagues.

    ``exclude_publication_id`` is one that is being moved, ``replaces_id`` one that is sent again. Others who plan the
    same wait until the transaction ends. ``reviewed`` are rules that an editor has read these words for. Raises
    TimePassed, PublishingStopped, Embargoed, TimeDoesNotFit, SimilarText unless ``keep_similar``, and
    ReviewNeeded unless ``accept_review``.
    """
    share = looked.share
    await timing.take_turns(session, employee_id=share.employee_id, item_id=share.item_id, network=share.network)
    time = await _future_time(session, local, zone)
    unread = await _must_be_free(session, looked, at=time.at, reviewed=reviewed, settings=settings)
    checked = await check_time(session, share, local=local, zone=zone, exclude_publication_id=exclude_publication_id)
    if not checked.is_good:
        raise TimeDoesNotFit(checked) if checked.proposal is not None else NoTimeFits(checked)
    similar = await compare(
        session, looked, at=time.at, settings=settings, exclude_publication_id=exclude_publication_id or replaces_id
    )
    is_for_review = similar.outcome is words.Outcome.REVIEW
    if similar.outcome is not words.Outcome.FINE and not keep_similar:
        raise SimilarTextReviewed(similar) if is_for_review else SimilarText(similar)
    if unread and not accept_review:
        raise ReviewNeeded(problems=[policies.as_problem(hit) for hit in unread])
    return Fit(time, words.REVIEW if is_for_review else rules.Hold.POLICY_REVIEW.value if unread else None)


async def check_time(
    session: AsyncSession,
    share: Share,
    *,
    local: datetime | None,
    zone: str | None,
    exclude_publication_id: UUID | None = None,
) -> timing.TimeCheck:
    """Judge a time for a share and propose the next that fits; without ``zone`` in the person's own zone."""
    employee = await employees.find_employee(session, share.employee_id)
    if employee is None:
        raise NotFound(thing="employee")
    return await timing.check_time(
        session,
        employee=employee,
        program_id=share.program_id,
        item_id=share.item_id,
        network=share.network,
        local=local,
        zone=zone or await timing.own_zone(session, employee),
        exclude_publication_id=exclude_publication_id,
    )


async def compare(
    session: AsyncSession,
    looked: View,
    *,
    at: datetime,
    settings: Settings,
    exclude_publication_id: UUID | None = None,
) -> words.Similar:
    """How a share's text compares with those of colleagues around an instant."""
    share = looked.share

    async def open_text(consent: Consent) -> str:
        return str((await open_consent(session, consent, settings=settings))["text"])

    return await words.compare(
        session,
        text=looked.text,
        program_id=share.program_id,
        item_id=share.item_id,
        network=share.network,
        at=at,
        disclosures=await _disclosures(session, share.program_id),
        open_text=open_text,
        settings=settings,
        exclude_publication_id=exclude_publication_id,
    )


async def _disclosures(session: AsyncSession, program_id: UUID) -> list[str]:
    program = await programs.get_program(session, program_id)
    return [text for text in program.disclosure.values() if text]


async def _policy_version_id(session: AsyncSession, program_id: UUID) -> UUID | None:
    versions = await policies.list_current_versions(session, program_id)
    return versions[-1].id if versions else None


async def must_be_clean(session: AsyncSession, looked: View, *, at: datetime, settings: Settings) -> None:
    """Raise DisclosureMissing or PolicyBroken if something stands against these words when they would be out."""
    found = await inspect(session, looked, at=at, settings=settings)
    if found.disclosure_missing is not None:
        raise DisclosureMissing(
            disclosure=found.disclosure_missing,
            problems=[
                FieldProblem(
                    "/text", "disclosure_missing", DisclosureMissing.detail, {"disclosure": found.disclosure_missing}
                )
            ],
        )
    # An embargo depends on the time, which is looked at with it.
    _must_not_stop(found.rule_hits)


def _must_not_stop(hits: list[policies.RuleHit]) -> None:
    forbidden = [hit for hit in policies.stops(hits) if hit.until is None]
    if forbidden:
        raise PolicyBroken(problems=[policies.as_problem(hit) for hit in forbidden])


async def _must_be_free(
    session: AsyncSession, looked: View, *, at: datetime, reviewed: Collection[str], settings: Settings
) -> list[policies.RuleHit]:
    """What an editor has to look at before that time.

    Raises PublishingStopped or Embargoed for what may not go out at all now, or not at that time.
    """
    share = looked.share
    await stops.must_not_be_stopped(session, program_id=share.program_id, item_id=share.item_id, network=share.network)
    # The item's own embargo is one of the times that do not fit, answered with one that does.
    versions = await policies.list_rules(session, share.program_id)
    out_at = max(at, await db.now(session))
    hits = _hits(versions, looked, at=out_at, settings=settings)
    embargoes = [(hit.until, hit) for hit in policies.stops(hits) if hit.until is not None]
    if embargoes:
        raise Embargoed(
            until=max(until for until, _ in embargoes).strftime("%Y-%m-%d %H:%M UTC"),
            problems=[policies.as_problem(hit) for _, hit in embargoes],
        )
    return policies.unread(versions, hits, reviewed)


def own_hosts(settings: Settings) -> frozenset[str]:
    """Where our own short links live: a post may always link there."""
    return _host(str(settings.public_url))


@cache
def _host(url: str) -> frozenset[str]:
    host = urlsplit(url).hostname
    return frozenset({host} if host else ())


async def _open_program(session: AsyncSession, program_id: UUID) -> Program:
    program = await programs.get_program(session, program_id)
    if program.state not in (ProgramState.QUIET, ProgramState.LOUD):
        raise ProgramNotOpen(state=PROGRAM_STATES[program.state])
    return program


async def usable_connection(
    session: AsyncSession, employee_id: UUID, connection_id: UUID, network: str, networks: Collection[str]
) -> Connection:
    """The person's own connection, if it can post there; raise NotFound or ConnectionNotUsable."""
    connection = await connections.get_own(session, employee_id=employee_id, connection_id=connection_id)
    if connection.state is not ConnectionState.ACTIVE or network not in networks:
        raise ConnectionNotUsable(state=CONNECTION_STATES[connection.state], network=network)
    return connection


async def _future_time(session: AsyncSession, local: datetime, zone: str) -> rules.WallTime:
    time = rules.resolve_wall_time(local, zone)
    if time.at < await db.now(session) - CLOCK_ALLOWANCE:
        values: dict[str, object] = {"local": local.isoformat(), "zone": zone, "at": time.at.isoformat()}
        raise TimePassed(
            **values, problems=[FieldProblem("/scheduled_local", "time_in_the_past", TimePassed.detail, values)]
        )
    return time


async def write_text(session: AsyncSession, share: Share, text: str, variant: Variant, *, settings: Settings) -> None:
    """Seal new words into a share."""
    sealer = await sealing.sealer_for(session, share.employee_id, master=crypto.Sealer(settings.master_keys))
    share.sealed_text = sealer.seal(text.encode(), place=_place(share))
    share.edited_ratio = rules.edited_ratio(text, variant.text)


def proposed_text(variant: Variant, program: Program) -> str:
    """What a person is shown first: the variant, with the program's disclosure ahead where one is asked for."""
    disclosure = program.disclosure.get(variant.language.value)
    if disclosure and not rules.has_disclosure(variant.text, disclosure):
        return f"{disclosure}\n\n{variant.text}"
    return variant.text


def _comment_place(share: Share) -> crypto.Place:
    return crypto.Place(share.organization_id, share.id, "shares.sealed_comment")


def _place(share: Share) -> crypto.Place:
    return crypto.Place(share.organization_id, share.id, "shares.sealed_text")


def consent_place(organization_id: UUID, consent_id: UUID) -> crypto.Place:
    """Where the bytes of a consent are sealed."""
    return crypto.Place(organization_id, consent_id, "consents.sealed_content")
