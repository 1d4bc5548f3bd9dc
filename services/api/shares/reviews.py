"""The editor's side: read the texts that wait for one, without a name, and answer."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.connections.endpoints import find_connector
from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.api.shares.endpoints import is_by_hand, read_hit
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.content import repository as content
from services.core.employees import service as employees
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.shares import reviews, words
from services.core.shares.models import Publication
from services.core.shares.rules import Hold
from services.core.shares.schemas import TextReviewAnswer, TextReviewed, TextReviewRead

router: APIRouter = Router(tags=["Sharing"])


@router.get(
    "/v1/programs/{program_id}/text-reviews",
    operation_id="text_reviews_list",
    summary="List texts to read",
    dependencies=[allow(Permission.CONTENT_REVIEW)],
)
async def list_text_reviews(program_id: UUID, call: Current, page: Page) -> Listing[TextReviewRead]:
    """Lists texts that wait for an editor: many say the same, or a rule asks for it. Whose they are is not said."""
    found = await paginate(
        call.session,
        await reviews.waiting(call.session, call.actor, program_id=program_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=str(program_id)),
        id_column=Publication.id,
        sorts={"created_at": Publication.created_at},
        default_sort="created_at",
    )
    return Listing(data=[await _read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.post(
    "/v1/publications/{publication_id}/text-review",
    operation_id="text_reviews_answer",
    summary="Answer a text to read",
    dependencies=[allow(Permission.CONTENT_REVIEW)],
)
async def answer_text_review(publication_id: UUID, body: TextReviewAnswer, call: Current) -> TextReviewed:
    """Lets a text out at its time, or gives it back to its person, who is told with your note."""
    waiting = await reviews.get(call.session, call.actor, publication_id)
    publication = await reviews.answer(
        call.session,
        call.actor,
        publication_id,
        is_approved=body.decision == "approve",
        content_hash=body.content_hash,
        by_hand=is_by_hand(find_connector(waiting.connector)),
        settings=call.settings,
    )
    item = await content.get_item(call.session, publication.item_id)
    await communication.write(
        call.session,
        await employees.get_employee(call.session, publication.employee_id),
        _kind(publication, is_approved=body.decision == "approve"),
        settings=call.settings,
        subject_id=publication.id,
        values={"item": item.title, "note": body.note or "–"},
    )
    return TextReviewed(publication_id=publication.id, decision=body.decision)


def _kind(publication: Publication, *, is_approved: bool) -> MessageKind:
    if is_approved:
        return MessageKind.TEXT_APPROVED
    by_rule = publication.reason == words.DECLINED_BY_RULE
    return MessageKind.TEXT_DECLINED_BY_RULE if by_rule else MessageKind.TEXT_DECLINED


async def _read(call: Call, publication: Publication) -> TextReviewRead:
    found = await reviews.read(call.session, publication, settings=call.settings)
    return TextReviewRead(
        publication_id=publication.id,
        item_id=found.item.id,
        item_title=found.item.title,
        network=publication.network,
        language=found.share.language,
        direction="rtl" if found.share.language.direction == "rtl" else "ltr",
        text=found.text,
        first_comment=found.first_comment,
        content_hash=publication.content_hash.hex(),
        why="policy" if publication.reason == Hold.POLICY_REVIEW else "similar_text",
        rule_hits=[read_hit(hit, call.language) for hit in found.hits],
        needed_on=publication.scheduled_at.date(),
    )
