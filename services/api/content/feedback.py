"""What people together think of content, as far as it tells on nobody."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.content import feedback, feedback_repository, ranking, service
from services.core.content.models import ItemFeedback, Rating
from services.core.content.ranking_schemas import ContentFitRead, CountRead, ItemFeedbackRead
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs
from services.core.reports import rules

router: APIRouter = Router(tags=["Content"])


@router.get(
    "/v1/content-items/{item_id}/feedback",
    operation_id="content_items_feedback",
    summary="What do people think of an item?",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_item_feedback(item_id: UUID, call: Current) -> ItemFeedbackRead:
    """Answers how people rate an item and why they pass on it, each number with enough people behind it or not at all.

    It is counted anew when enough of them have answered since, never for one.
    """
    item = await service.read_item(call.session, call.actor, item_id)
    return read_feedback(item_id, await feedback.read(call.session, item), k=call.settings.min_group_size)


@router.get(
    "/v1/programs/{program_id}/content-fit",
    operation_id="programs_content_fit",
    summary="How often does content match nobody's goals?",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_content_fit(program_id: UUID, call: Current) -> ContentFitRead:
    """Answers how many offers were made to people who had named goals, and what share of those matches none of them."""
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.CONTENT_READ, program_id=program_id)
    k = call.settings.min_group_size
    rows = await feedback_repository.list_item_feedback(call.session, program_id)
    counted = [row for row in rows if row.with_goals > 0 and not _fit_hidden(row, k=k)]
    offers, unmatched = sum(row.with_goals for row in counted), sum(row.unmatched for row in counted)
    return ContentFitRead(
        program_id=program_id,
        items=len(counted),
        offers=offers,
        without_match=unmatched,
        share_without_match=round(unmatched / offers, 3) if offers else None,
        unmatched_share=program.unmatched_share,
    )


def read_feedback(item_id: UUID, found: ItemFeedback | None, *, k: int) -> ItemFeedbackRead:
    """What may be shown of a count. Numbers that are shown beside each other must not give a hidden one away."""
    offered = found.offered if found is not None else 0
    votes = found.votes.get(ranking.EVERYBODY, {}) if found is not None else {}
    rated = {rating: votes.get(rating.value, 0) for rating in Rating}
    given = found.reasons if found is not None else {}
    # All there are, for one that is missing would say that nobody gave it.
    reasons = {reason: given.get(reason, 0) for reason in feedback.REASONS}
    answers, ratings = _split(rated, of=offered, k=k)
    passed, by_reason = _split(reasons, of=offered, k=k)
    fit_hidden = found is None or _fit_hidden(found, k=k)
    return ItemFeedbackRead(
        item_id=item_id,
        counted_on=found.taken_at.date() if found is not None else None,
        answers=answers,
        ratings=ratings,
        not_for_me=passed,
        reasons=by_reason,
        with_goals=_HIDDEN if found is None or fit_hidden else _shown(found.with_goals),
        without_match=_HIDDEN if found is None or fit_hidden else _shown(found.unmatched),
    )


def _split(parts: Mapping[rules.K, int], *, of: int, k: int) -> tuple[CountRead, dict[rules.K, CountRead]]:
    """A whole and its parts. A whole that tells on somebody hides all of them."""
    whole = sum(parts.values())
    if whole == 0 or rules.tells_on_somebody(whole, of=(of,), k=k):
        return _HIDDEN, dict.fromkeys(parts, _HIDDEN)
    small = [part for part, people in parts.items() if rules.is_small(people, k)]
    hidden = rules.hide_complements(parts, small, k=k, disjoint=True)
    return _shown(whole), {part: _HIDDEN if part in hidden else _shown(people) for part, people in parts.items()}


def _fit_hidden(found: ItemFeedback, *, k: int) -> bool:
    """Whether a count of people with goals, or of those whom the item matches or not, tells on somebody."""
    return (
        found.with_goals < k
        or rules.tells_on_somebody(found.with_goals, of=(found.offered,), k=k)
        or rules.tells_on_somebody(found.unmatched, of=(found.with_goals,), k=k)
    )


_HIDDEN = CountRead(people=None, suppressed=True)


def _shown(people: int) -> CountRead:
    return CountRead(people=people, suppressed=False)
