"""The person's first comment under their own post: a second visible step, sent at most once, after the post is out.

It has a row and a life of its own, so that a plain post costs nothing more, and nothing that happens to it touches the
publication. Look and arm (durable) → send → record; what may have arrived is told and never sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.models import Account, Credentials
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.policies import service as policies
from services.core.shares import publishing, repository
from services.core.shares.explanations import REASONS
from services.core.shares.models import (
    FINAL_STATES,
    CommentState,
    FirstComment,
    Publication,
    PublicationState,
)
from services.core.shares.rules import Outcome, OutcomeKind
from services.core.shares.service import own_hosts

#: What is not out yet is looked at again after this, and what waits for a person or a stop too.
_LATER = timedelta(seconds=60)
_SOON = timedelta(seconds=10)
_RETRY = timedelta(seconds=30)

_STATES: dict[CommentState, Text] = {
    CommentState.PLANNED: Text(en="It is written right after your post is out.", he="תיכתב מיד לאחר שהפוסט יפורסם."),
    CommentState.SENDING: Text(en="It is being written right now.", he="נכתבת ברגע זה."),
    CommentState.PUBLISHED: Text(en="It is under your post.", he="התגובה מופיעה מתחת לפוסט שלך."),
    CommentState.REFUSED: Text(
        en="{network} did not take it; your post is not touched. You can write it yourself.",
        he="{network} לא קיבלה אותה; הפוסט עצמו לא הושפע. אפשר לכתוב אותה באופן עצמאי.",
    ),
    CommentState.UNKNOWN: Text(
        en="We can't tell whether it is there. Please look under your post; we do not write it again.",
        he="איננו יודעים אם היא שם. נא לבדוק מתחת לפוסט; לא נכתוב אותה שוב.",
    ),
    CommentState.MISSED: Text(
        en="It could not be written soon after your post, so it was left. You can write it yourself.",
        he="לא ניתן היה לכתוב אותה סמוך לפוסט, ולכן ויתרנו עליה. אפשר לכתוב אותה באופן עצמאי.",
    ),
    CommentState.CANCELLED: Text(en="It was not written, and will not be.", he="היא לא נכתבה ולא תיכתב."),
}

#: Of these the person is told.
TOLD = frozenset({CommentState.REFUSED, CommentState.UNKNOWN, CommentState.MISSED})


@dataclass(frozen=True)
class ToSend:
    """An armed comment: everything that sending needs."""

    comment_id: UUID
    #: Which try it is; an answer to an older one is not believed.
    number: int
    connection_id: UUID
    connector: str
    external_id: str
    author: Account
    text: str
    credentials: Credentials | None = field(repr=False, default=None)


def explain(comment: FirstComment, language: Language, *, network: str) -> str:
    """How it stands, in words."""
    said = _STATES[comment.state].in_language(language, network=network)
    why = REASONS.get(comment.reason or "")
    if why is not None and comment.state is not CommentState.PUBLISHED:
        said += " " + why.why.in_language(language, network=network)
    if comment.vendor_message and comment.state is CommentState.REFUSED:
        said += f" „{comment.vendor_message}”" if language == Language.HE else f" “{comment.vendor_message}”"
    return said


async def arm(session: AsyncSession, comment_id: UUID, *, settings: Settings) -> ToSend | None:
    """Look at a due comment and arm it, durable once the caller commits; None when it is not to be sent now.

    One that was armed and never recorded may be there: it becomes unknown.
    """
    comment = await repository.get_comment(session, comment_id, lock=True)
    now = await db.now(session)
    if comment is None or comment.due_at is None or comment.due_at > now:
        return None
    if comment.state is CommentState.SENDING:
        _end(session, comment, CommentState.UNKNOWN, reason="lease_ran_out")
        return None
    publication = await repository.get_publication(session, comment.publication_id)
    if publication.state is not PublicationState.PUBLISHED or publication.external_id is None:
        if publication.state in FINAL_STATES:
            # It is not out, or only its person knows where.
            _end(session, comment, CommentState.CANCELLED)
        else:
            comment.due_at = max(publication.due_at, now + _SOON)
            session.add(comment)
        return None
    grace = timedelta(seconds=settings.publish_grace_seconds)
    if publication.published_at is not None and publication.published_at + grace < now:
        _end(session, comment, CommentState.MISSED, reason=comment.reason)
        return None
    return await _arm(session, comment, publication, settings=settings)


async def _arm(
    session: AsyncSession, comment: FirstComment, publication: Publication, *, settings: Settings
) -> ToSend | None:
    now = await db.now(session)
    (looked,) = await publishing.look(session, [publication.id], settings=settings)
    facts = looked.facts
    text = looked.document.get("first_comment")
    is_off = not (
        facts.has_consent and facts.is_employed and facts.is_ambassador and facts.is_same_content
        and facts.is_same_account and text
    )  # fmt: skip
    if is_off or facts.connection_state == "revoked":
        _end(session, comment, CommentState.CANCELLED)
        return None
    hits = await policies.check_text(
        session,
        program_id=publication.program_id,
        text=str(text),
        at=now,
        network=publication.network,
        language=Language(looked.document["language"]) if "language" in looked.document else None,
        own_hosts=own_hosts(settings),
    )
    if policies.stops(hits):
        _end(session, comment, CommentState.CANCELLED, reason="policy_rule")
        return None
    may_wait = facts.is_stopped or facts.is_paused or facts.program_state not in ("quiet", "loud")
    if may_wait or facts.connection_state != "active" or facts.breaker_until is not None or facts.not_before:
        comment.due_at = now + _LATER
        session.add(comment)
        return None
    ready = publishing.make_ready(looked)
    comment.tries += 1
    comment.state = CommentState.SENDING
    comment.armed_at = now
    comment.due_at = now + timedelta(seconds=settings.publish_lease_seconds)
    session.add(comment)
    await session.flush()
    return ToSend(
        comment_id=comment.id,
        number=comment.tries,
        connection_id=publication.connection_id,
        connector=publication.connector,
        external_id=publication.external_id or "",
        author=ready.request.author,
        text=str(text),
        credentials=ready.credentials,
    )


async def record(session: AsyncSession, sent: ToSend, outcome: Outcome) -> None:
    """What became of one try. A late proof that it is there is believed; nothing late lets it be sent again."""
    comment = await repository.get_comment(session, sent.comment_id, lock=True, waits=True)
    if comment is None or comment.tries != sent.number:
        return
    is_current = comment.state is CommentState.SENDING
    if not is_current and comment.state is not CommentState.UNKNOWN:
        return
    comment.vendor_message = outcome.message
    match outcome.kind:
        case OutcomeKind.PUBLISHED:
            comment.external_id = outcome.external_id
            _end(session, comment, CommentState.PUBLISHED)
        case OutcomeKind.UNKNOWN:
            if is_current:
                _end(session, comment, CommentState.UNKNOWN, reason=outcome.code)
        case OutcomeKind.NOT_SENT if is_current:
            comment.state = CommentState.PLANNED
            comment.reason = outcome.code
            comment.due_at = outcome.retry_at or await db.now(session) + _RETRY * comment.tries
            session.add(comment)
        case _:
            _end(session, comment, CommentState.REFUSED, reason=outcome.code)
    await session.flush()


def _end(session: AsyncSession, comment: FirstComment, state: CommentState, *, reason: str | None = None) -> None:
    comment.state = state
    comment.reason = reason
    comment.due_at = None
    session.add(comment)
    events.emit(session, f"first_comment.{state.value}", publication_id=comment.publication_id)
