"""An editor reads a text first, as many colleagues use it or a rule asks for it: what waits, and the answer.

Never whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.audit import service as audit
from services.core.content import repository as content
from services.core.content.models import ContentItem
from services.core.kit import db
from services.core.kit.errors import NotFound
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor, Permission
from services.core.policies import service as policies
from services.core.programs import repository as programs
from services.core.shares import repository, service, words
from services.core.shares.errors import ContentChanged, NotForReview, OwnTextReview, PolicyBroken
from services.core.shares.models import Publication, PublicationState, Share, ShareState
from services.core.shares.rules import Hold


@dataclass(frozen=True)
class TextToRead:
    """What an editor sees."""

    publication: Publication
    share: Share
    item: ContentItem
    text: str
    first_comment: str | None
    #: What rules say about it, at the time it would be out.
    hits: tuple[policies.RuleHit, ...]
    versions: Sequence[policies.BindingRules]


async def waiting(session: AsyncSession, actor: Actor, *, program_id: UUID) -> SelectOfScalar[Publication]:
    """The publications of a program whose texts wait for somebody to read them, the caller's own left out.

    Raises NotFound for a program that is not there, NotAllowed without the permission to review its content.
    """
    await programs.get_program(session, program_id)
    actor.require(Permission.CONTENT_REVIEW, program_id=program_id)
    statement = repository.publications(session).where(
        Publication.program_id == program_id,
        Publication.state == PublicationState.HELD,
        col(Publication.reason).in_(words.FOR_EDITOR),
    )
    return statement.where(col(Publication.employee_id) != actor.employee_id) if actor.employee_id else statement


async def read(session: AsyncSession, publication: Publication, *, settings: Settings) -> TextToRead:
    """Open a text that waits. Its person agreed to being read by an editor when they kept it."""
    consent = await repository.get_consent(session, publication.consent_id)
    document = await service.open_consent(session, consent, settings=settings)
    share = await repository.get_share(session, publication.share_id)
    versions = await policies.list_rules(session, publication.program_id)
    comment = document.get("first_comment")
    hits = service.rule_hits(
        versions,
        str(document["text"]),
        comment,
        at=max(publication.scheduled_at, await db.now(session)),
        network=publication.network,
        language=share.language,
        settings=settings,
    )
    item = await content.get_item(session, publication.item_id)
    return TextToRead(publication, share, item, str(document["text"]), comment, tuple(hits), versions)


async def answer(
    session: AsyncSession,
    actor: Actor,
    publication_id: UUID,
    *,
    is_approved: bool,
    content_hash: str,
    by_hand: bool,
    settings: Settings,
) -> Publication:
    """Let a text out as it was planned, or give it back to its person as a draft.

    Raises NotFound (also without permission for its program), OwnTextReview, NotForReview once it is answered,
    ContentChanged if its person has changed it since it was read, and PolicyBroken for letting out what a rule stops.
    """
    publication = await get(session, actor, publication_id, lock=True)
    if publication.employee_id == actor.employee_id:
        raise OwnTextReview()
    if not words.waits_for_editor(publication):
        raise NotForReview()
    if publication.content_hash.hex() != content_hash.lower():
        raise ContentChanged()
    share = await repository.get_share(session, publication.share_id)
    if is_approved:
        found = await read(session, publication, settings=settings)
        forbidden = [hit for hit in policies.stops(found.hits) if hit.until is None]
        if forbidden:
            raise PolicyBroken(problems=[policies.as_problem(hit) for hit in forbidden])
        publication.reviewed_rules = policies.rule_keys(found.versions, policies.reviews(found.hits)) or None
        await service.let_go(session, publication, link_id=share.link_id, by_hand=by_hand)
    else:
        await _give_back(session, publication, share)
    audit.record(
        session,
        actor=actor.name,
        action="publication.text_reviewed",
        subject=publication,
        after={"decision": "approve" if is_approved else "decline"},
    )
    await session.flush()
    return publication


async def get(session: AsyncSession, actor: Actor, publication_id: UUID, *, lock: bool = False) -> Publication:
    """A publication whose program's content the caller may review; any other is not found."""
    publication = await repository.get_publication(session, publication_id, lock=lock)
    if not actor.may(Permission.CONTENT_REVIEW, program_id=publication.program_id):
        raise NotFound(thing="publication")
    return publication


async def _give_back(session: AsyncSession, publication: Publication, share: Share) -> None:
    by_rule = publication.reason == Hold.POLICY_REVIEW
    reason = words.DECLINED_BY_RULE if by_rule else words.DECLINED
    await service.move(session, publication, PublicationState.CANCELLED, reason=reason)
    consent = await repository.get_consent(session, publication.consent_id)
    consent.withdrawn_at = await db.now(session)
    consent.ended_by = "declined"
    session.add(consent)
    others = await repository.list_of_share(session, share.id)
    if share.state is ShareState.APPROVED and all(one.state in repository.NOTHING_OUT for one in others):
        share.state = ShareState.DRAFT
        session.add(share)
