"""What people think of what they are offered: each person's own, and what enough of them say together.

Flushes, never commits. Left out of events and audit, which employer roles read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.content import feedback_repository, ranking, repository
from services.core.content.errors import OfferClosed
from services.core.content.feedback_repository import Answers
from services.core.content.models import ContentItem, DismissReason, ItemFeedback, ItemState, Offer, OfferState
from services.core.content.ranking_schemas import FeedbackCreate
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor

#: A count is made anew when one in so many of the answers before has changed, and never for fewer than ``k``.
_STEP = 20

_NO_REASON = "none"
#: What people may say when they pass on an item, and that they said nothing.
REASONS = (*(reason.value for reason in DismissReason), _NO_REASON)

_NOTHING = Text(en="Say rating, dismissed or reason.", he="יש לציין rating, dismissed או reason.")


async def give(session: AsyncSession, actor: Actor, offer_id: UUID, body: FeedbackCreate, *, k: int) -> Offer:
    """Rate an offer or pass on it, or take either back; raise NotFound, OfferClosed, or Invalid for nothing at all."""
    offer = await repository.find_own_offer(session, employee_id=actor.person(), offer_id=offer_id)
    if offer is None:
        raise NotFound(thing="offer")
    dismissed = True if body.dismissed is None and body.reason is not None else body.dismissed
    if dismissed is None and "rating" not in body.model_fields_set:
        raise Invalid(problems=[FieldProblem("/rating", "required", _NOTHING)])
    if dismissed is not None:
        await _pass_on(session, offer, dismissed=dismissed, reason=body.reason)
    if "rating" in body.model_fields_set:
        if body.rating is not None and offer.state is OfferState.WITHDRAWN:
            raise OfferClosed()
        offer.rating = body.rating
    offer.answered_at = await db.now(session)
    session.add(offer)
    await session.flush()
    await count(session, offer.item_id, k=k)
    return offer


async def _pass_on(session: AsyncSession, offer: Offer, *, dismissed: bool, reason: DismissReason | None) -> None:
    if offer.state not in (OfferState.OFFERED, OfferState.DISMISSED):
        raise OfferClosed()
    if not dismissed:
        item = await repository.get_item(session, offer.item_id, lock=True)
        if item.state is not ItemState.OFFERED:
            raise OfferClosed()
    offer.state = OfferState.DISMISSED if dismissed else OfferState.OFFERED
    offer.dismiss_reason = reason if dismissed else None


async def count(session: AsyncSession, item_id: UUID, *, k: int, offers_too: bool = False) -> None:
    """Count anew what people think of an item, if at least ``k`` have changed it since the last time.

    ``offers_too`` after it was offered to more people. So no two counts that anybody sees differ by what few have said.
    """
    last = await feedback_repository.find_item_feedback(session, item_id, lock=True)
    since = last.taken_at if last is not None else None
    changed = await feedback_repository.count_answers_since(session, item_id, since, offers_too=offers_too)
    before = last.votes.get(ranking.EVERYBODY, {}) if last is not None else {}
    if changed < max(k, sum(before.values()) // _STEP):
        return
    item = await repository.get_item(session, item_id)
    now = await db.now(session)
    answers = await feedback_repository.list_answers(session, item)
    offered, with_goals, unmatched = await feedback_repository.count_offers(session, item_id)
    made = last or ItemFeedback(
        organization_id=item.organization_id, item_id=item_id, offered=0, with_goals=0, unmatched=0
    )
    made.taken_at = now
    made.votes = votes_of(answers, k=k)
    made.reasons = reasons_of(answers)
    made.offered, made.with_goals, made.unmatched = offered, with_goals, unmatched
    await feedback_repository.save_item_feedback(session, made)


def votes_of(answers: Sequence[Answers], *, k: int) -> dict[str, dict[str, int]]:
    """What each group of at least ``k`` voters says. A rating is a vote, and so is "not relevant" without one."""
    votes: dict[str, Counter[str]] = {}
    for one in answers:
        vote = one.rating or ("passed" if one.reason == DismissReason.NOT_RELEVANT.value else None)
        if vote is None:
            continue
        for group in ranking.groups_of(department=one.department, country=one.country, goals=one.goals):
            votes.setdefault(group, Counter())[vote] += one.people
    return {group: dict(counted) for group, counted in votes.items() if counted.total() >= k}


def reasons_of(answers: Sequence[Answers]) -> dict[str, int]:
    """How many pass on the item, per reason."""
    reasons: Counter[str] = Counter()
    for one in answers:
        if one.is_passed:
            reasons[one.reason or _NO_REASON] += one.people
    return dict(reasons)


async def read(session: AsyncSession, item: ContentItem) -> ItemFeedback | None:
    """What people think of an item, as last counted; None while too few have said anything. Suppress before showing."""
    return await feedback_repository.find_item_feedback(session, item.id)
