"""Carrying a program from one platform to another: compare, apply what was seen, and see it through.

The program itself never leaves: items, words, ambassadors and numbers are rows of ours. What moves is where people find
them. Applying is one transaction; what follows is read off the state of the rows, so that whoever dies is taken over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, Rejected
from connectors.sdk.models import Loss
from connectors.sdk.ports import PushesContent, port
from services.core.audit import service as audit
from services.core.content import repository as content
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.errors import DomainError
from services.core.kit.settings import Settings
from services.core.links import repository as link_rows
from services.core.links import service as links
from services.core.moves import repository, rules
from services.core.moves.errors import MoveNotReady, MoveRunning, OtherDifference, SamePlatform
from services.core.moves.models import MoveState, MoveStep, PlatformMove, StepState
from services.core.moves.names import STATE_NAMES
from services.core.moves.rules import Places
from services.core.moves.schemas import MoveCreate
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import access, audiences, pushes
from services.core.platforms import repository as platforms
from services.core.platforms import rules as platform_rules
from services.core.platforms.errors import ContentRefused, ItemNotApproved
from services.core.platforms.models import AudienceSyncState, ContentPush, MemberState, PlatformConnection, PushState
from services.core.platforms.rules import IN_PLATFORM
from services.core.platforms.schemas import AudienceSyncCreate, PushCreate
from services.core.platforms.vendors import find_platform, manifest_of, open_settings, platform_context
from services.core.programs import repository as programs

#: Work on a move now.
MOVE_JOB = "platform_move.work"

#: Whoever compares holds it for so long; afterwards it is looked at this often.
LEASE = timedelta(minutes=2)
LOOK_AGAIN = timedelta(seconds=15)

_SYNC_ENDS = (AudienceSyncState.DONE, AudienceSyncState.FAILED, AudienceSyncState.STOPPED)


async def create(session: AsyncSession, actor: Actor, body: MoveCreate) -> PlatformMove:
    """Begin to compare; a job does it, and changes nothing anywhere. Raises NotFound, NotUsable, MoveRunning."""
    actor.require(Permission.PLATFORMS_MANAGE)
    if body.from_connection_id == body.to_connection_id:
        raise SamePlatform()
    await programs.get_program(session, body.program_id)
    source = await platforms.get_connection(session, body.from_connection_id, lock=True)
    target = await platforms.get_connection(session, body.to_connection_id)
    access.check_usable(target, Capability.PUSH_CONTENT)
    running = await repository.find_open(session, program_id=body.program_id, from_connection_id=source.id)
    if running is not None:
        raise MoveRunning(move_id=running.id, state=STATE_NAMES[running.state])
    move = PlatformMove(
        organization_id=actor.tenant(),
        started_by=actor.name,
        due_at=await db.now(session),
        **{**body.model_dump(), "audience_destination_id": body.audience_destination_id or ""},
    )
    session.add(move)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="platform_move.create", subject=move,
        after={"program_id": move.program_id, "from": source.id, "to": target.id},
    )  # fmt: skip
    await jobs.enqueue(session, MOVE_JOB, subject_id=move.id)
    return move


async def claim(session: AsyncSession, move_id: UUID) -> PlatformMove | None:
    """Take a move that is due; None if somebody has it, or there is nothing to do."""
    move = await repository.get_move(session, move_id, lock=True)
    now = await db.now(session)
    if move.due_at is None or move.due_at > now:
        return None
    move.due_at = now + LEASE
    session.add(move)
    await session.flush()
    return move


async def compare(
    session: AsyncSession, move_id: UUID, *, old: Places, new: Places, settings: Settings
) -> PlatformMove:
    """Work out what goes where and what gets lost. Changes nothing but the move's own rows."""
    move = await repository.get_move(session, move_id, lock=True)
    if move.state is not MoveState.COMPARING:
        return move
    source = await platforms.get_connection(session, move.from_connection_id)
    target = await platforms.get_connection(session, move.to_connection_id)
    able = find_platform(target.connector).manifest.capabilities
    # The old platform's connector may be gone already.
    left = manifest_of(source)
    losses = rules.capability_losses(left.capabilities if left is not None else (), able)
    steps = []
    for push in await platforms.list_program_pushes(session, program_id=move.program_id, connection_id=source.id):
        if push.state in IN_PLATFORM | {PushState.PLANNED, PushState.PUSHING, PushState.UNKNOWN}:
            step = await _plan(session, move, push, target=target, old=old, new=new, settings=settings)
            session.add(step)
            steps.append(step)
            losses += [{"subject": step.title, **loss} for loss in step.losses]
    people = len(await platforms.list_wanted(session, {move.program_id})) if move.moves_people else 0
    if people and Capability.SYNC_AUDIENCE not in able:
        losses.append(
            {
                "subject": "program", "field": "ambassadors", "how": "dropped",
                "detail": "Its people cannot be let in by us: invite them there by hand.",
            }
        )  # fmt: skip
        people = 0
    sums: Counter[str] = Counter()
    for counts in await platforms.newest_counts(session, program_id=move.program_id, connection_id=source.id):
        sums.update(platform_rules.show_counts(counts, {}, k=settings.min_group_size)[0])
    move.losses, move.people, move.history = losses, people, dict(sorted(sums.items()))
    move.diff_hash = _hash(steps, people)
    await _end(session, move, MoveState.PREVIEWED)
    return move


async def _plan(
    session: AsyncSession,
    move: PlatformMove,
    push: ContentPush,
    *,
    target: PlatformConnection,
    old: Places,
    new: Places,
    settings: Settings,
) -> MoveStep:
    step = MoveStep(
        organization_id=move.organization_id, move_id=move.id, push_id=push.id, item_id=push.item_id,
        title=push.content["title"],
    )  # fmt: skip
    if push.state in (PushState.PUSHING, PushState.UNKNOWN):
        step.state, step.reason = StepState.SKIPPED, "outcome_unknown"
        return step
    place = rules.place_for(
        push.destination_id, said=move.destination_ids, old=old, new=new, default=target.destination_id
    )
    if place is None:
        step.state, step.reason = StepState.SKIPPED, "no_place_there"
        step.losses = [_loss("destination", f"There is no place called “{old.title_of(push.destination_id)}”.")]
        return step
    step.destination_id = place
    step.topic_ids, lost = rules.topics_for(
        push.content["topic_ids"], said=move.topic_ids, old=old, new=new, parent_id=place
    )
    step.losses = [_loss("topics", f"There is no topic called “{title}”.") for title in lost]
    taken = await platforms.find_taken(session, connection_id=target.id, item_id=push.item_id, destination_id=place)
    if taken is not None:
        step.reason, step.target_push_id = "there_already", taken.id
        return step
    url = links.public_url(await link_rows.get_link(session, push.link_id), settings)
    try:
        step.losses += [
            {"field": one.field, "how": one.how, "detail": one.detail}
            for one in await _preview(target, push, place, step.topic_ids, url=url, settings=settings)
        ]
    except Rejected as refused:
        step.state, step.reason = StepState.SKIPPED, refused.code
        step.losses.append(_loss("content", refused.message))
    return step


async def _preview(
    target: PlatformConnection, push: ContentPush, place: str, topic_ids: list[str], *, url: str, settings: Settings
) -> tuple[Loss, ...]:
    # Never added to the session: only to see the same words in another place.
    there = ContentPush(
        **{**push.model_dump(exclude={"id", "created_at", "updated_at", "version"}), "destination_id": place,
           "content": {**push.content, "topic_ids": topic_ids}},
    )  # fmt: skip
    connector = find_platform(target.connector)
    async with platform_context(settings, target.connector, open_settings(target, settings=settings)) as ctx:
        pusher = port(connector, Capability.PUSH_CONTENT, PushesContent)
        return pusher.preview_content(ctx, content=pushes.content_of(there, url=url)).losses


def _loss(field: str, detail: str) -> dict[str, str]:
    return {"field": field, "how": "dropped", "detail": detail}


def _hash(steps: Sequence[MoveStep], people: int) -> str:
    return rules.diff_hash(
        ((str(one.push_id), one.destination_id, one.topic_ids, one.state.value) for one in steps), people
    )


async def apply(
    session: AsyncSession, actor: Actor, move: PlatformMove, *, diff_hash: str, settings: Settings
) -> PlatformMove:
    """Put everything that was seen into the new platform, all of it planned or nothing; the rest follows by a job.

    Raises MoveNotReady, OtherDifference, and what planning a push or a sync refuses as a whole (a spent budget, say).
    """
    actor.require(Permission.PLATFORMS_MANAGE)
    if move.state is not MoveState.PREVIEWED:
        raise MoveNotReady(state=STATE_NAMES[move.state])
    steps = await repository.list_steps(session, move.id)
    if diff_hash != move.diff_hash or diff_hash != _hash(steps, move.people):
        raise OtherDifference()
    # In one order, before any platform is locked: others hold one item while they wait for its platform.
    for item_id in sorted(step.item_id for step in steps):
        await content.get_item(session, item_id, lock=True)
    for step in steps:
        if step.state is StepState.PLANNED:
            await _push(session, actor, move, step, settings=settings)
    if move.people:
        wanted = AudienceSyncCreate(
            program_id=move.program_id, destination_id=move.audience_destination_id or None, validate_only=False
        )
        move.audience_sync_id = (await audiences.start(session, actor, move.to_connection_id, wanted)).id
    move.state = MoveState.MOVING
    move.due_at = await db.now(session)
    session.add(move)
    audit.record(session, actor=actor.name, action="platform_move.apply", subject=move, after={"items": len(steps)})
    events.emit(session, "platform_move.moving", platform_move_id=move.id)
    await jobs.enqueue(session, MOVE_JOB, subject_id=move.id)
    await session.flush()
    return move


async def _push(session: AsyncSession, actor: Actor, move: PlatformMove, step: MoveStep, *, settings: Settings) -> None:
    if step.target_push_id is None:
        source = await platforms.get_push(session, step.push_id)
        is_ahead = source.publish_at is not None and source.publish_at > await db.now(session)
        wanted = PushCreate(
            platform_connection_id=move.to_connection_id,
            destination_id=step.destination_id,
            topic_ids=step.topic_ids,
            publish_at=source.publish_at if is_ahead else None,
        )
        try:
            async with session.begin_nested():
                made, _ = await pushes.plan(session, actor, step.item_id, wanted, settings=settings)
        except ContentRefused as refused:
            step.state, step.reason = StepState.FAILED, refused.code
            session.add(step)
            return
        except ItemNotApproved:
            # Withdrawn or over since the comparison: it leaves the old platform by itself.
            step.state, step.reason = StepState.SKIPPED, "item_not_open"
            session.add(step)
            return
        step.target_push_id = made.id if made is not None else None
    step.state = StepState.PUSHED
    session.add(step)


async def follow(session: AsyncSession, move_id: UUID) -> PlatformMove:
    """Look how far the new platform is; what is there is taken out of the old one. Sets when to look again."""
    move = await repository.get_move(session, move_id, lock=True)
    if move.state is not MoveState.MOVING:
        return move
    steps = await repository.list_steps(session, move.id)
    for step in steps:
        if step.state is StepState.PUSHED and step.target_push_id is not None:
            await _follow_step(session, move, step)
    is_open = any(step.state is StepState.PUSHED for step in steps)
    if move.audience_sync_id is not None:
        sync = await platforms.get_sync(session, move.audience_sync_id)
        is_open = is_open or sync.state not in _SYNC_ENDS
        if sync.state is AudienceSyncState.DONE and not move.keeps_source:
            refused = await platforms.list_members(
                session,
                connection_id=move.to_connection_id,
                destination_id=move.audience_destination_id,
                states=(MemberState.ADDING, MemberState.FAILED),
            )
            people = await platforms.list_wanted(session, {move.program_id}) - {one.employee_id for one in refused}
            await audiences.want_out(session, move.from_connection_id, program_id=move.program_id, people=people)
        elif sync.state in _SYNC_ENDS and sync.state is not AudienceSyncState.DONE:
            move.problem, move.words = sync.problem, sync.words
    if is_open:
        move.due_at = await db.now(session) + LOOK_AGAIN
        session.add(move)
        await session.flush()
    else:
        await _end(session, move, MoveState.DONE)
    return move


async def _follow_step(session: AsyncSession, move: PlatformMove, step: MoveStep) -> None:
    assert step.target_push_id is not None  # noqa: S101  # looked at by the caller
    there = await platforms.get_push(session, step.target_push_id)
    if there.state in IN_PLATFORM:
        step.state, step.reason = StepState.DONE, None
        if not move.keeps_source:
            here = await platforms.get_push(session, step.push_id, lock=True)
            if here.state in IN_PLATFORM | {PushState.PLANNED}:
                await pushes.want_back(session, here)
    elif there.state in (PushState.FAILED, PushState.WITHDRAWN, PushState.EXPIRED):
        # It stays in the old platform.
        step.state, step.reason = StepState.FAILED, there.reason
    session.add(step)


async def cancel(session: AsyncSession, actor: Actor, move: PlatformMove) -> None:
    """Forget a move that has not begun; raise MoveNotReady."""
    actor.require(Permission.PLATFORMS_MANAGE)
    if move.state not in (MoveState.COMPARING, MoveState.PREVIEWED):
        raise MoveNotReady(state=STATE_NAMES[move.state])
    audit.record(session, actor=actor.name, action="platform_move.cancel", subject=move)
    await _end(session, move, MoveState.CANCELLED)


async def fail(session: AsyncSession, move_id: UUID, error: ConnectorError | DomainError) -> None:
    """The platforms could not be compared; nothing has changed anywhere."""
    move = await repository.get_move(session, move_id, lock=True)
    if move.state is MoveState.COMPARING:
        move.problem = error.code
        move.words = error.message if isinstance(error, ConnectorError) else str(error)
        await _end(session, move, MoveState.FAILED)


async def put_off(session: AsyncSession, move_id: UUID) -> None:
    """A platform does not answer just now: compare again in a while."""
    move = await repository.get_move(session, move_id, lock=True)
    if move.due_at is not None:
        move.due_at = await db.now(session) + LEASE
        session.add(move)
        await session.flush()


async def _end(session: AsyncSession, move: PlatformMove, state: MoveState) -> None:
    move.state = state
    move.due_at = None
    if state is not MoveState.PREVIEWED:
        move.finished_at = await db.now(session)
    session.add(move)
    events.emit(session, f"platform_move.{state.value}", platform_move_id=move.id)
    await session.flush()
