"""Changing the state of a push, by the table of moves alone. Flushes, never commits."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.content import repository as content
from services.core.content import rules as content_rules
from services.core.content.models import ItemState
from services.core.events import service as events
from services.core.kit import db
from services.core.platforms import rules
from services.core.platforms.models import ContentPush, PushState


async def move(
    session: AsyncSession, push: ContentPush, wanted: PushState, *, reason: str | None = None, keep_due: bool = False
) -> None:
    """Change the state by the table of moves; an end leaves nothing to be done."""
    if not rules.may_move(push.state, wanted):
        raise ValueError(f"a push that is {push.state} cannot become {wanted}")
    is_news = push.state is not wanted
    push.state = wanted
    push.reason = reason
    if not keep_due:
        push.due_at = None
    if wanted in (PushState.FAILED, PushState.WITHDRAWN):
        push.metrics_at = None
    if wanted not in rules.IN_PLATFORM:
        push.removal_remind_at = None
    session.add(push)
    if is_news:
        events.emit(session, f"content_push.{wanted.value}", push_id=push.id, item_id=push.item_id)
    await session.flush()


async def end_taken_back(session: AsyncSession, push: ContentPush, *, reason: str | None = None) -> None:
    """Nobody can share it from the platform any more: it was taken back, or its time is over."""
    item = await content.get_item(session, push.item_id)
    is_over = content_rules.has_passed(item.expires_at, now=await db.now(session))
    is_taken_back = item.state is ItemState.WITHDRAWN or not is_over
    await move(session, push, PushState.WITHDRAWN if is_taken_back else PushState.EXPIRED, reason=reason)
