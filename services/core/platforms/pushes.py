"""Putting an approved item into a platform: at most once, and always in a known state. Flushes, never commits.

Plan, arm (durable, before the call), call, record. A lost answer is settled by looking, then by a person; nothing that
may have arrived is ever sent again by ourselves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, RateLimited, Rejected
from connectors.sdk.manifest import CostBasis
from connectors.sdk.models import ContentPreview, PlatformContent, Pushed, Suggestion
from connectors.sdk.ports import PushesContent, port
from services.core.audit import service as audit
from services.core.connections.vendors import utc_now
from services.core.content import readiness
from services.core.content import repository as content
from services.core.content import rules as content_rules
from services.core.content.models import ContentItem, Variant
from services.core.content.names import ITEM_STATE_NAMES
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.links import repository as link_rows
from services.core.links import service as links
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import access, costs, removals, repository, rules
from services.core.platforms.errors import (
    AlreadyPushed,
    ContentRefused,
    ItemNotApproved,
    NothingToResolve,
    NothingToWithdraw,
)
from services.core.platforms.models import ContentPush, PlatformConnection, PushState
from services.core.platforms.names import PUSH_STATE_NAMES
from services.core.platforms.push_states import end_taken_back, move
from services.core.platforms.rules import Proof
from services.core.platforms.schemas import PushCreate
from services.core.platforms.vendors import find_platform, open_settings, platform_context
from services.core.programs import repository as programs
from services.core.programs.models import Program, ProgramState
from services.core.shares import stops

#: So often in a row, and so far apart, something is not to be seen before it counts as gone.
_MISSES = 3
_LOOK_AGAIN_AFTER_A_MISS = timedelta(minutes=10)
#: What is due within this is left as it is, so that notices in a row are one look.
_SOON = timedelta(minutes=2)
#: What somebody stopped is looked at again after this.
_HELD_WAIT = timedelta(minutes=1)

_NO_DESTINATION = Text(
    en="Name the place in the platform, or give the platform a default one.",
    he="יש לציין את המקום בפלטפורמה, או להגדיר לה מקום ברירת מחדל.",
)
_IN_THE_PAST = Text(en="Give a time in the future.", he="יש לתת מועד עתידי.")
_NO_WORDS = Text(
    en="The item has no words for people yet: add a variant.", he="לפריט אין עדיין נוסח: יש להוסיף variant."
)


async def plan(
    session: AsyncSession, actor: Actor, item_id: UUID, body: PushCreate, *, settings: Settings
) -> tuple[ContentPush | None, ContentPreview]:
    """Decide what goes where; with ``validate_only`` only say what it would look like.

    Raises ItemNotApproved, FunctionApprovalNeeded, NotUsable, CannotDoThat, AlreadyPushed, ContentRefused,
    MonthlyBudgetReached, Invalid.
    """
    item = await content.get_item(session, item_id, lock=not body.validate_only)
    actor.require(Permission.CONTENT_OFFER, program_id=item.program_id)
    now = await db.now(session)
    if item.state not in content_rules.OFFERABLE or content_rules.has_passed(item.expires_at, now=now):
        raise ItemNotApproved(state=ITEM_STATE_NAMES[item.state])
    connection = await repository.get_connection(session, body.platform_connection_id, lock=not body.validate_only)
    access.check_usable(connection, Capability.PUSH_CONTENT)
    destination_id = body.destination_id or connection.destination_id
    if destination_id is None:
        raise Invalid(problems=[FieldProblem("/destination_id", "missing", _NO_DESTINATION)])
    if body.publish_at is not None and body.publish_at <= now:
        raise Invalid(problems=[FieldProblem("/publish_at", "in_the_past", _IN_THE_PAST)])
    taken = await repository.find_taken(
        session, connection_id=connection.id, item_id=item.id, destination_id=destination_id
    )
    if taken is not None:
        raise AlreadyPushed(push_id=taken.id, state=PUSH_STATE_NAMES[taken.state])
    push = ContentPush(
        organization_id=actor.tenant(),
        platform_connection_id=connection.id,
        program_id=item.program_id,
        item_id=item.id,
        item_version=item.version,
        destination_id=destination_id,
        publish_at=_starts_at(item, body.publish_at, now=now),
        due_at=now,
        link_id=item.id,
    )
    program = await programs.get_program(session, item.program_id)
    variants = await content.list_variants(session, item.id)
    readiness.must_be_offerable(await readiness.look(session, item, program, variants=variants))
    push.content = _words(item, program, variants, body)
    preview = await _preview(connection, push, url=item.destination_url, settings=settings)
    push.losses = [asdict(loss) for loss in preview.losses]
    if body.validate_only:
        return None, preview
    await costs.check_room(session, connection, basis=CostBasis.PER_POST, more=1)
    link = await links.create_link(
        session, program_id=item.program_id, item_id=item.id, employee_id=None, network=connection.connector,
        destination_url=item.destination_url, campaign=program.name, content_slug=item.title,
    )  # fmt: skip
    push.link_id = link.id
    session.add(push)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="content_push.create", subject=push,
        after={"item_id": item.id, "platform_connection_id": connection.id},
    )  # fmt: skip
    events.emit(session, "content_push.planned", push_id=push.id, item_id=item.id)
    # At once; the sweep finds it in any case.
    await jobs.enqueue(session, access.PUSH_JOB, subject_id=push.id)
    return push, preview


def _starts_at(item: ContentItem, wanted: datetime | None, *, now: datetime) -> datetime | None:
    """Nobody sees an item before its embargo is over and its own time has come."""
    later = [at for at in (item.embargo_until, item.available_from) if at is not None and at > now]
    return max([*later, *([wanted] if wanted is not None else [])], default=None)


def _words(item: ContentItem, program: Program, variants: Sequence[Variant], body: PushCreate) -> dict[str, Any]:
    """The words as they were approved, the program's default language first."""
    usable = sorted(variants, key=lambda one: (one.language is not program.default_language, one.id))
    if not usable:
        raise Invalid(problems=[FieldProblem("/item_id", "no_words", _NO_WORDS)])
    disclosures = [program.disclosure.get(one.language.value) for one in usable]
    return {
        "title": item.title,
        "why_share": usable[0].why_share,
        "suggestions": [[one.network, one.language.value, one.text] for one in usable],
        "topic_ids": list(body.topic_ids),
        "disclosure": next((text for text in disclosures if text), None),
        "expires_at": item.expires_at.isoformat() if item.expires_at else None,
    }


def content_of(push: ContentPush, *, url: str) -> PlatformContent:
    """The exact content of a push; the same each time it is asked for."""
    words = push.content
    expires_at = words["expires_at"]
    return PlatformContent(
        key=str(push.id),
        title=words["title"],
        why_share=words["why_share"],
        url=url,
        suggestions=tuple(Suggestion(*parts) for parts in words["suggestions"]),
        destination_id=push.destination_id,
        topic_ids=tuple(words["topic_ids"]),
        publish_at=push.publish_at,
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        disclosure=words["disclosure"],
    )


async def _preview(
    connection: PlatformConnection, push: ContentPush, *, url: str, settings: Settings
) -> ContentPreview:
    """What people would find; makes no call."""
    connector = find_platform(connection.connector)
    given = open_settings(connection, settings=settings)
    try:
        async with platform_context(settings, connection.connector, given) as ctx:
            pushes = port(connector, Capability.PUSH_CONTENT, PushesContent)
            return pushes.preview_content(ctx, content=content_of(push, url=url))
    except Rejected as refused:
        raise ContentRefused(words=rules.words_of(refused)) from refused
    except ConnectorError as refused:
        raise access.as_refusal(refused, connector=connection.connector) from refused


async def link_url(session: AsyncSession, push: ContentPush, *, settings: Settings) -> str:
    """The tracked link that people share."""
    return links.public_url(await link_rows.get_link(session, push.link_id), settings)


async def arm(session: AsyncSession, push_id: UUID, *, settings: Settings) -> ContentPush | None:
    """The point of no return, durable before the call; None if it must not be sent now (any more)."""
    push = await repository.get_push(session, push_id, lock=True)
    now = await db.now(session)
    if push.state is not PushState.PLANNED or push.due_at is None or push.due_at > now:
        return None
    item = await content.get_item(session, push.item_id)
    connection = await repository.get_connection(session, push.platform_connection_id)
    access.check_usable(connection, Capability.PUSH_CONTENT)
    if item.state not in content_rules.OFFERABLE or content_rules.has_passed(item.expires_at, now=now):
        await move(session, push, PushState.WITHDRAWN, reason="item_not_open")
        return None
    held_by = await _why_held(session, push, connection)
    if held_by is not None:
        push.due_at, push.reason = now + _HELD_WAIT, held_by
        session.add(push)
        return None
    push.fence += 1
    push.armed_at = now
    push.due_at = now + timedelta(seconds=settings.publish_deadline_seconds * 2 + 15)
    await move(session, push, PushState.PUSHING, keep_due=True)
    return push


async def _why_held(session: AsyncSession, push: ContentPush, connection: PlatformConnection) -> str | None:
    """Why nothing of the program goes out now: somebody stopped it, or it pauses."""
    stop = await stops.find_stop(
        session, program_id=push.program_id, item_id=push.item_id, network=connection.connector
    )
    program = await programs.get_program(session, push.program_id)
    if stop is not None:
        return "stopped"
    return "program_paused" if program.state in (ProgramState.PAUSED, ProgramState.CLOSED) else None


async def record_pushed(session: AsyncSession, push_id: UUID, *, fence: int, pushed: Pushed) -> None:
    """The vendor has it; also believed when it comes after we had given up on the answer."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.fence != fence or push.state not in (PushState.PUSHING, PushState.UNKNOWN):
        return
    await _is_there(session, push, pushed)


async def record_failed(session: AsyncSession, push_id: UUID, *, fence: int, error: BaseException) -> None:
    """What went wrong, and what that proves."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.fence != fence or push.state not in (PushState.PUSHING, PushState.UNKNOWN):
        return
    now = await db.now(session)
    code = error.code if isinstance(error, ConnectorError) else type(error).__name__
    proof = rules.proof_of(error)
    push.words = rules.words_of(error)
    is_current = push.state is PushState.PUSHING
    if proof is Proof.NOTHING:
        if is_current:
            await make_unknown(session, push, reason=code)
    elif proof is Proof.REFUSED or not is_current or push.tries + 1 >= rules.MOST_TRIES:
        # A late answer may say that it is not there, but never lets it be sent again.
        await move(session, push, PushState.FAILED, reason=code)
    else:
        wait = rules.try_again_in(push.tries)
        if isinstance(error, RateLimited):
            wait = max(wait, error.retry_at - utc_now())
        push.tries += 1
        push.due_at = now + wait
        await move(session, push, PushState.PLANNED, reason=code, keep_due=True)


async def put_off(session: AsyncSession, push_id: UUID, *, until: datetime, reason: str) -> None:
    """Nothing was sent, and nothing may be before ``until``: an allowance is spent, an account has to be put right."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.due_at is None:
        return
    push.due_at = until
    if push.state is PushState.PLANNED:
        push.reason = reason
    session.add(push)
    await session.flush()


async def put_off_broken(session: AsyncSession, push_id: UUID, *, until: datetime, reason: str) -> None:
    """``put_off`` after something that nobody foresaw. What was armed stays with its lease: it may have been sent."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.state is not PushState.PUSHING:
        await put_off(session, push_id, until=until, reason=reason)


async def release(session: AsyncSession, push_id: UUID, *, fence: int, until: datetime, reason: str) -> None:
    """It was armed, and then it was clear before the call that it cannot be made now."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.fence == fence and push.state is PushState.PUSHING:
        push.due_at = until
        await move(session, push, PushState.PLANNED, reason=reason, keep_due=True)


async def give_up(session: AsyncSession, push_id: UUID, *, reason: str) -> None:
    """A push that is only planned can never be made: its platform was disconnected."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.state is PushState.PLANNED:
        await move(session, push, PushState.FAILED, reason=reason)
    else:
        push.due_at = None
        session.add(push)
        if push.withdraw_since is not None and push.state in rules.IN_PLATFORM:
            await removals.ask(session, push)
    await session.flush()


async def make_unknown(session: AsyncSession, push: ContentPush, *, reason: str) -> None:
    """Nobody knows whether it arrived: the platform is asked, and then a person."""
    now = await db.now(session)
    push.unknown_at = now
    push.look_ups = 0
    connection = await repository.get_connection(session, push.platform_connection_id)
    can_find = Capability.FIND_CONTENT in find_platform(connection.connector).manifest.capabilities
    push.due_at = rules.next_look_up(now, look_ups=0) if can_find else None
    await move(session, push, PushState.UNKNOWN, reason=reason, keep_due=True)


async def sweep_dead(session: AsyncSession, push_id: UUID) -> None:
    """Whoever was pushing has died, or lost its answer: what may have been sent is unknown."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.state is PushState.PUSHING and push.due_at is not None and push.due_at <= await db.now(session):
        await make_unknown(session, push, reason="interrupted")


async def record_found(session: AsyncSession, push_id: UUID, *, seen: int, found: Pushed | None) -> None:
    """What a look has shown. Not to be seen is no proof for what is unknown: after the last look a person says."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.version != seen or push.state not in rules.IN_PLATFORM | {PushState.UNKNOWN}:
        return
    if found is not None:
        await _is_there(session, push, found)
    elif push.state is PushState.UNKNOWN:
        push.look_ups += 1
        push.due_at = rules.next_look_up(push.unknown_at or await db.now(session), look_ups=push.look_ups)
        if push.due_at is None:
            events.emit(session, "content_push.needs_person", push_id=push.id, item_id=push.item_id)
        session.add(push)
    elif push.look_ups + 1 < _MISSES:
        # A platform's lists lag behind, so one miss is no proof.
        push.look_ups += 1
        push.due_at = await db.now(session) + _LOOK_AGAIN_AFTER_A_MISS
        session.add(push)
    else:
        await move(session, push, PushState.WITHDRAWN, reason="gone_at_platform")
    await session.flush()


async def cannot_tell(session: AsyncSession, push_id: UUID) -> None:
    """The platform cannot be asked about this one: what is known stays, and what is unknown is a person's to say."""
    push = await repository.get_push(session, push_id, lock=True)
    push.due_at = None
    session.add(push)
    if push.state is PushState.UNKNOWN:
        events.emit(session, "content_push.needs_person", push_id=push.id, item_id=push.item_id)
    await session.flush()


async def look_soon(session: AsyncSession, connection_id: UUID, external_ids: Collection[str]) -> int:
    """A vendor says that something about these items changed: they are looked at anew, and nothing is believed.

    One that we do not know may be one whose answer was lost, so those are looked for too, unless their looks are over
    and a person is asked. Answers how many.
    """
    now = await db.now(session)
    found = {push.id: push for push in await repository.list_pushes_named(session, connection_id, external_ids)}
    if set(external_ids) - {push.external_id for push in found.values()}:
        lost = await repository.list_unknown(session, connection_id)
        found |= {push.id: push for push in lost if push.due_at is not None}
    asked = 0
    for push in found.values():
        # One that is being looked at, or was just now, is due soon enough.
        if push.state in rules.IN_PLATFORM | {PushState.UNKNOWN} and (push.due_at is None or push.due_at > now + _SOON):
            push.due_at = now
            session.add(push)
            asked += 1
    await session.flush()
    return asked


async def _is_there(session: AsyncSession, push: ContentPush, pushed: Pushed) -> None:
    now = await db.now(session)
    push.external_id = pushed.external_id.replace("\0", "")
    push.url = pushed.url or push.url
    push.words = None
    push.look_ups = 0
    if push.pushed_at is None:
        push.pushed_at = push.armed_at or now
        push.metrics_at = now + timedelta(hours=1)
    state = rules.STATE_OF[pushed.state]
    look_again = rules.look_again_in(state)
    push.due_at = now + look_again if look_again is not None else None
    if state is PushState.LIVE:
        await links.mark_published(session, push.link_id, push.pushed_at)
    await move(session, push, state, keep_due=True)
    if push.withdraw_since is not None and state in rules.IN_PLATFORM:
        # It was to be taken back before we knew that it had arrived.
        push.due_at = now
    await session.flush()


async def resolve(
    session: AsyncSession, actor: Actor, push: ContentPush, *, is_there: bool, external_id: str | None
) -> ContentPush:
    """A person has looked. Nothing is sent by this: what is not there can be pushed anew. Raise NothingToResolve."""
    actor.require(Permission.CONTENT_OFFER, program_id=push.program_id)
    if push.state is not PushState.UNKNOWN:
        raise NothingToResolve(state=PUSH_STATE_NAMES[push.state])
    audit.record(session, actor=actor.name, action="content_push.resolve", subject=push, after={"is_there": is_there})
    if not is_there:
        await move(session, push, PushState.FAILED, reason="not_there")
        return push
    now = await db.now(session)
    push.external_id = external_id
    push.pushed_at = push.armed_at
    push.metrics_at = now + timedelta(hours=1) if external_id else None
    push.due_at = now if external_id or push.withdraw_since is not None else None
    await links.mark_published(session, push.link_id, push.armed_at or now)
    await move(session, push, PushState.LIVE, reason="seen_by_person", keep_due=True)
    return push


async def withdraw(session: AsyncSession, actor: Actor, push: ContentPush) -> ContentPush:
    """Take a push back: at once if it is not sent yet, else by a job. Raise NothingToWithdraw."""
    actor.require(Permission.CONTENT_OFFER, program_id=push.program_id)
    if push.state not in rules.IN_PLATFORM | {PushState.PLANNED}:
        raise NothingToWithdraw(state=PUSH_STATE_NAMES[push.state])
    audit.record(session, actor=actor.name, action="content_push.withdraw", subject=push)
    await want_back(session, push)
    return push


async def want_back(session: AsyncSession, push: ContentPush) -> None:
    """It shall not be there (any more)."""
    now = await db.now(session)
    if push.state is PushState.PLANNED:
        await move(session, push, PushState.WITHDRAWN, reason="before_sending")
        return
    push.withdraw_since = push.withdraw_since or now
    push.due_at = now
    session.add(push)
    await session.flush()


async def want_back_closed(session: AsyncSession) -> list[UUID]:
    """Everything of items that are withdrawn or over shall not be there; answer what is to be taken back."""
    found = await repository.list_of_closed_items(session)
    for push in found:
        await want_back(session, push)
    return [push.id for push in found]


async def record_withdrawn(session: AsyncSession, push_id: UUID) -> None:
    """Nobody can share it from the platform any more."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.state in rules.IN_PLATFORM:
        await end_taken_back(session, push)


async def cannot_withdraw(session: AsyncSession, push_id: UUID, *, words: str) -> None:
    """The platform does not let us take it back: people have to, and they are told so."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.state in rules.IN_PLATFORM:
        await removals.ask(session, push, words=words)
