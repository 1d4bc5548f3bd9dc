"""Taking a published post back from the network, because its person says so and for no other reason.

Their word is a row before any call is made. Arm (durable) → ask once → record. Where the answer is lost nothing is sent
again by ourselves: the network is asked whether the post is still there, by the rules that unknown posts are settled
by; where it cannot be asked, the person looks, and may say it again. Flushes, never commits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.models import Credentials, PublishRequest
from services.core.connections import repository as connections
from services.core.connections import service as connection_service
from services.core.connections.models import Connection, ConnectionState
from services.core.connections.vendors import can
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.organizations.rules import Actor
from services.core.shares import repository, rules, settling
from services.core.shares.errors import DeleteByHand, NothingToDelete
from services.core.shares.explanations import REASONS, name_of
from services.core.shares.models import DeletionState, PostDeletion, Publication, PublicationState
from services.core.shares.names import PUBLICATION_STATE_NAMES
from services.core.shares.rules import Outcome, OutcomeKind

#: Work on a deletion: arm, ask, look.
DELETE_JOB = "publication.delete_post"
#: What a person said is not carried out any later than this after they said it.
_GOOD_FOR = timedelta(hours=24)
_SOMEBODY_ACTS = timedelta(minutes=15)

_OPEN = frozenset({DeletionState.WANTED, DeletionState.SENDING})
#: Of these the person is told.
TOLD = frozenset({DeletionState.DELETED, DeletionState.REFUSED, DeletionState.UNKNOWN, DeletionState.NOT_DELETED})

_STATES: dict[DeletionState, Text] = {
    DeletionState.WANTED: Text(en="{network} is being asked to delete it.", he="אנו מבקשים מ-{network} למחוק אותו."),
    DeletionState.SENDING: Text(en="{network} is being asked to delete it.", he="אנו מבקשים מ-{network} למחוק אותו."),
    DeletionState.DELETED: Text(
        en="It is gone from {network}. What others copied of it stays with them.",
        he="הוא אינו מופיע עוד ב-{network}. מה שאחרים העתיקו ממנו נשאר אצלם.",
    ),
    DeletionState.REFUSED: Text(en="{network} did not delete it. {by_hand}", he="{network} לא מחקה אותו. {by_hand}"),
    DeletionState.UNKNOWN: Text(
        en="The answer of {network} got lost. Please look whether it is still there; we do not send it again by "
        "ourselves. If it is there, say so again with DELETE /v1/publications/{publication_id}/post. {by_hand}",
        he="התשובה של {network} אבדה. נא לבדוק אם הוא עדיין שם; לא נשלח שוב מעצמנו. אם הוא שם, אפשר לבקש שוב עם "
        "‎DELETE /v1/publications/{publication_id}/post‎. {by_hand}",
    ),
    DeletionState.NOT_DELETED: Text(
        en="It was not deleted. You can ask again with DELETE /v1/publications/{publication_id}/post. {by_hand}",
        he="הוא לא נמחק. אפשר לבקש שוב עם ‎DELETE /v1/publications/{publication_id}/post‎. {by_hand}",
    ),
}
_WE_LOOK = Text(
    en="The answer of {network} got lost, so we ask whether it is still there; we do not send it again by ourselves.",
    he="התשובה של {network} אבדה, ולכן נברר אם הוא עדיין שם; לא נשלח שוב מעצמנו.",
)
_BY_HAND = Text(
    en="To delete it yourself, open {place}, and choose to delete it in the post's own menu.",
    he="כדי למחוק באופן עצמאי יש לפתוח את {place} ולבחור במחיקה בתפריט של הפוסט.",
)
_PROFILE = Text(en="your profile on {network}", he="הפרופיל שלך ב-{network}")


@dataclass(frozen=True)
class ToDelete:
    """An armed deletion: everything that the call needs."""

    deletion_id: UUID
    #: Which try it is; an answer to an older one is not believed.
    number: int
    connection: Connection
    connector: str
    external_id: str
    credentials: Credentials | None = field(repr=False, default=None)


@dataclass(frozen=True)
class Look:
    """What the network is asked after a lost answer."""

    deletion_id: UUID
    look_ups: int
    connection: Connection
    connector: str
    external_id: str
    request: PublishRequest = field(repr=False)
    credentials: Credentials | None = field(repr=False, default=None)


def by_hand(publication: Publication, language: Language) -> str:
    """How a person deletes a post themselves."""
    network = name_of(publication.network)
    place = publication.permalink or _PROFILE.in_language(language, network=network)
    return _BY_HAND.in_language(language, place=place)


def explain(deletion: PostDeletion, publication: Publication, language: Language) -> str:
    """How it stands and what comes next, in words for the person."""
    network = name_of(publication.network)
    said = _STATES[deletion.state]
    if deletion.state is DeletionState.UNKNOWN and deletion.due_at is not None:
        said = _WE_LOOK
    words = said.in_language(
        language, network=network, publication_id=publication.id, by_hand=by_hand(publication, language)
    )
    why = REASONS.get(deletion.reason or "")
    if why is not None and deletion.state is not DeletionState.DELETED:
        words = f"{why.why.in_language(language, network=network)} {words}"
    if deletion.vendor_message and deletion.state is DeletionState.REFUSED:
        words += f" „{deletion.vendor_message}”" if language == Language.HE else f" “{deletion.vendor_message}”"
    return words


async def ask(session: AsyncSession, actor: Actor, publication: Publication) -> PostDeletion:
    """The person wants their post gone; a job asks the network right after. Saying it twice is saying it once.

    Raises NothingToDelete, and DeleteByHand where only the person can do it.
    """
    employee_id = actor.person()
    if publication.state is not PublicationState.PUBLISHED:
        raise NothingToDelete(state=PUBLICATION_STATE_NAMES[publication.state])
    last = await repository.find_deletion(session, publication.id, lock=True)
    if last is not None and (last.state in _OPEN or last.state is DeletionState.DELETED):
        return last
    connection = await connections.get_connection(session, publication.connection_id)
    can_delete = can(publication.connector, Capability.DELETE_POST) and publication.external_id is not None
    if not can_delete or connection.state is not ConnectionState.ACTIVE:
        raise DeleteByHand(how=_how(publication), can_connect=can_delete)
    if last is not None:
        # What was unknown is not looked for any more: the new word counts.
        last.due_at = None
        session.add(last)
    deletion = PostDeletion(
        organization_id=publication.organization_id,
        publication_id=publication.id,
        employee_id=employee_id,
        external_id=publication.external_id or "",
        due_at=await db.now(session),
    )
    session.add(deletion)
    await session.flush()
    events.emit(session, "publication.deletion_wanted", publication_id=publication.id)
    await jobs.enqueue(session, DELETE_JOB, subject_id=deletion.id)
    return deletion


def told_as(deletion: PostDeletion) -> UUID:
    """Names one word to the person: that nobody knows, and later that it is still there, are two."""
    return uuid5(deletion.id, deletion.state.value)


def _how(publication: Publication) -> Text:
    return Text(en=by_hand(publication, Language.EN), he=by_hand(publication, Language.HE))


async def arm(session: AsyncSession, deletion_id: UUID, *, settings: Settings) -> ToDelete | None:
    """Arm a due deletion, durable once the caller commits; None when nothing is to be sent now.

    One that was armed and never recorded may have been carried out: it becomes unknown.
    """
    deletion = await repository.get_deletion(session, deletion_id, lock=True)
    now = await db.now(session)
    if deletion is None or deletion.due_at is None or deletion.due_at > now:
        return None
    publication = await repository.get_publication(session, deletion.publication_id)
    if deletion.state is DeletionState.SENDING:
        await _lose(session, deletion, publication, reason="lease_ran_out")
    if deletion.state is not DeletionState.WANTED:
        return None
    connection = await connections.get_connection(session, publication.connection_id)
    if connection.state is ConnectionState.REVOKED or deletion.created_at + _GOOD_FOR < now:
        await _end(session, deletion, DeletionState.NOT_DELETED, reason=deletion.reason or "not_connected")
        return None
    if connection.state is not ConnectionState.ACTIVE:
        deletion.reason, deletion.due_at = deletion.reason or "reauth_required", now + _SOMEBODY_ACTS
        session.add(deletion)
        return None
    deletion.tries += 1
    deletion.state = DeletionState.SENDING
    deletion.armed_at = now
    deletion.due_at = now + timedelta(seconds=settings.publish_lease_seconds)
    session.add(deletion)
    await session.flush()
    return ToDelete(
        deletion_id=deletion.id,
        number=deletion.tries,
        connection=connection,
        connector=publication.connector,
        external_id=deletion.external_id,
        credentials=await connection_service.open_credentials(session, connection, settings=settings),
    )


async def record(session: AsyncSession, sent: ToDelete, outcome: Outcome | None) -> None:
    """What became of the call; ``None``: the post is gone. A late proof of that is believed, and sends nothing."""
    deletion = await repository.get_deletion(session, sent.deletion_id, lock=True)
    if deletion is None or deletion.tries != sent.number:
        return
    is_current = deletion.state is DeletionState.SENDING
    if not is_current and deletion.state is not DeletionState.UNKNOWN:
        return
    if outcome is None:
        await _end(session, deletion, DeletionState.DELETED)
        return
    deletion.vendor_message = outcome.message
    match outcome.kind:
        case OutcomeKind.REFUSED:
            await _end(session, deletion, DeletionState.REFUSED, reason=outcome.code)
        case OutcomeKind.UNKNOWN | OutcomeKind.PUBLISHED:
            if is_current:
                publication = await repository.get_publication(session, deletion.publication_id)
                await _lose(session, deletion, publication, reason=outcome.code)
        case _ if is_current:
            needs_somebody = outcome.kind in (OutcomeKind.NEEDS_PERSON, OutcomeKind.NEEDS_ADMINISTRATOR)
            wait = _SOMEBODY_ACTS if needs_somebody else rules.retry_delay(deletion.tries)
            deletion.state = DeletionState.WANTED
            deletion.reason = outcome.code
            deletion.due_at = outcome.retry_at or await db.now(session) + wait
            session.add(deletion)
    await session.flush()


async def take_look(session: AsyncSession, deletion_id: UUID, *, settings: Settings) -> Look | None:
    """Take one that is unknown and due to be looked for, so that no other process does; None if there is no need."""
    deletion = await repository.get_deletion(session, deletion_id, lock=True)
    now = await db.now(session)
    is_due = deletion is not None and deletion.due_at is not None and deletion.due_at <= now
    if deletion is None or not is_due or deletion.state is not DeletionState.UNKNOWN:
        return None
    publication = await repository.get_publication(session, deletion.publication_id)
    connection = await connections.get_connection(session, publication.connection_id)
    session.add(deletion)
    if connection.state is not ConnectionState.ACTIVE:
        is_cut = connection.state is ConnectionState.REVOKED
        deletion.due_at = None if is_cut else now + settling.NOT_CONNECTED_WAIT
        return None
    deletion.due_at = now + settling.LOOK_UP_LEASE
    return Look(
        deletion_id=deletion.id,
        look_ups=deletion.look_ups,
        connection=connection,
        connector=publication.connector,
        external_id=deletion.external_id,
        request=await settling.request_of(session, publication, connection, settings=settings),
        credentials=await connection_service.open_credentials(session, connection, settings=settings),
    )


async def record_look(session: AsyncSession, look: Look, *, is_there: bool) -> None:
    """What a look has shown; believed when it was seen often enough, over long enough, since a call can act late."""
    deletion = await repository.get_deletion(session, look.deletion_id, lock=True)
    if deletion is None or deletion.state is not DeletionState.UNKNOWN or deletion.look_ups != look.look_ups:
        return
    now = await db.now(session)
    unknown_at = deletion.unknown_at or now
    deletion.look_ups += 1
    if is_there:
        deletion.misses, deletion.first_miss_at = 0, None
    else:
        deletion.misses += 1
        deletion.first_miss_at = deletion.first_miss_at or now
    session.add(deletion)
    first_miss_at = deletion.first_miss_at or now
    if settling.is_absent(misses=deletion.misses, first_miss_at=first_miss_at, now=now):
        await _end(session, deletion, DeletionState.DELETED)
    elif is_there and settling.is_absent(misses=deletion.look_ups, first_miss_at=unknown_at, now=now):
        await _end(session, deletion, DeletionState.NOT_DELETED, reason="still_there")
    else:
        deletion.due_at = settling.next_look_up(unknown_at, misses=deletion.look_ups, now=now)
        if deletion.due_at is None:
            deletion.due_at = now + settling.LEAST_GAP
        await session.flush()


async def record_look_failed(session: AsyncSession, look: Look, *, retry_at: datetime | None = None) -> None:
    """The network could not be asked: asked again later."""
    deletion = await repository.get_deletion(session, look.deletion_id, lock=True)
    if deletion is not None and deletion.due_at is not None and deletion.unknown_at is not None:
        now = await db.now(session)
        deletion.due_at = settling.failed_look_up(deletion.unknown_at, now=now, retry_at=retry_at)
        session.add(deletion)
        await session.flush()


async def _lose(session: AsyncSession, deletion: PostDeletion, publication: Publication, *, reason: str) -> None:
    """Nobody knows whether the network has done it."""
    now = await db.now(session)
    deletion.unknown_at = now
    deletion.look_ups = deletion.misses = 0
    deletion.first_miss_at = None
    await _end(session, deletion, DeletionState.UNKNOWN, reason=reason)
    deletion.due_at = rules.first_look_up(now, can_find=settling.can_find(publication.connector))
    session.add(deletion)
    await session.flush()


async def _end(
    session: AsyncSession, deletion: PostDeletion, state: DeletionState, *, reason: str | None = None
) -> None:
    deletion.state = state
    deletion.reason = reason
    deletion.due_at = None
    deletion.finished_at = None if state is DeletionState.UNKNOWN else await db.now(session)
    session.add(deletion)
    events.emit(session, f"publication.deletion_{state.value}", publication_id=deletion.publication_id)
    await session.flush()
