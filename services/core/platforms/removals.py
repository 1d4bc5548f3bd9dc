"""What people have to remove in a platform that takes nothing back: a task, told a few times, done by their word.

Flushes, never commits.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.audit import service as audit
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import NotAllowed
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import repository, rules
from services.core.platforms.errors import NothingToRemove
from services.core.platforms.models import ContentPush
from services.core.platforms.names import PUSH_STATE_NAMES
from services.core.platforms.push_states import end_taken_back
from services.core.platforms.rules import WITHDRAW_BY_HAND
from services.core.platforms.vendors import title_of
from services.core.programs import service as program_service
from services.core.programs.models import Function

REMOVED = "removed_by_hand"
#: Whose task it is: whoever answers for content, else for the program.
_RESPONSIBLE = (Function.CONTENT, Function.OWNER)


@dataclass(frozen=True)
class Task:
    """One thing that somebody has to remove, and where."""

    push_id: UUID
    program_id: UUID
    title: str
    platform: str
    #: What the organization calls its account there.
    account: str
    destination_id: str
    #: The vendor's id of it, and where an administrator looks at it, as far as they are known.
    external_id: str | None
    url: str | None
    #: The platform's words on why it takes it back for nobody.
    words: str
    #: How often it was told, this time included.
    number: int


async def ask(session: AsyncSession, push: ContentPush, *, words: str | None = None) -> None:
    """People have to remove it: asked once, whatever else is tried later."""
    push.due_at = None
    push.reason = WITHDRAW_BY_HAND
    push.words = words if words is not None else push.words
    if push.removal_asked_at is None:
        push.removal_asked_at = push.removal_remind_at = await db.now(session)
        events.emit(session, "content_push.needs_person", push_id=push.id, item_id=push.item_id)
    session.add(push)
    await session.flush()


def is_open(push: ContentPush) -> bool:
    """Whether somebody still has to remove it."""
    return push.removal_asked_at is not None and push.reason == WITHDRAW_BY_HAND and push.state in rules.IN_PLATFORM


async def take_reminder(session: AsyncSession, push_id: UUID) -> Task | None:
    """The task whose people are to be told now; the next time is planned, after the last there is none."""
    push = await repository.get_push(session, push_id, lock=True)
    now = await db.now(session)
    if push.removal_remind_at is None or push.removal_remind_at > now:
        return None
    push.removal_remind_at = None
    session.add(push)
    if not is_open(push):
        return None
    wait = rules.remind_again_in(push.removal_reminders)
    push.removal_remind_at = now + wait if wait is not None else None
    push.removal_reminders += 1
    await session.flush()
    connection = await repository.get_connection(session, push.platform_connection_id)
    return Task(
        push_id=push.id,
        program_id=push.program_id,
        title=push.content["title"],
        platform=title_of(connection.connector),
        account=connection.title,
        destination_id=push.destination_id,
        external_id=push.external_id,
        url=push.url,
        words=push.words or "",
        number=push.removal_reminders,
    )


async def list_responsible(session: AsyncSession, program_id: UUID) -> list[UUID]:
    """Whose task removals of a program are; empty if nobody who is employed answers for it."""
    for function in _RESPONSIBLE:
        found = await program_service.find_present_holders(session, program_id, function)
        if found:
            return found
    return []


async def responsible_for(session: AsyncSession, program_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """``list_responsible`` of each of these programs."""
    return {program_id: await list_responsible(session, program_id) for program_id in program_ids}


async def open_tasks(session: AsyncSession, actor: Actor) -> SelectOfScalar[ContentPush]:
    """What is to be removed by hand, as far as it is the caller's to do."""
    statement = repository.removals(session)
    allowed = actor.programs_for(Permission.CONTENT_OFFER)
    if allowed is None:
        return statement
    own = set(allowed)
    if actor.employee_id is not None:
        for program_id, people in (
            await responsible_for(session, await repository.list_programs_of_removals(session))
        ).items():
            if actor.employee_id in people:
                own.add(program_id)
    return statement.where(col(ContentPush.program_id).in_(own))


async def done(session: AsyncSession, actor: Actor, push: ContentPush) -> ContentPush:
    """Somebody has removed it in the platform, and says so. Raise NothingToRemove, NotAllowed."""
    is_theirs = actor.employee_id is not None and actor.employee_id in await list_responsible(session, push.program_id)
    if not is_theirs and not actor.may(Permission.CONTENT_OFFER, program_id=push.program_id):
        raise NotAllowed(permission=Permission.CONTENT_OFFER.value)
    if not is_open(push):
        raise NothingToRemove(state=PUSH_STATE_NAMES[push.state])
    push.removed_by, push.removed_at = actor.name, await db.now(session)
    audit.record(session, actor=actor.name, action="content_push.removed", subject=push)
    await end_taken_back(session, push, reason=REMOVED)
    return push
