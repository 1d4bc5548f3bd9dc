"""Content from draft to offer, and the ambassador's side of offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from sqlmodel import col

from services.api.assets.endpoints import FILE_ANSWER, serve
from services.api.dependencies import Call, Current, Page, allow, etag
from services.api.policies import variants
from services.api.routing import Router
from services.core.assets import repository as assets
from services.core.assets.models import Asset
from services.core.content import feedback, hot, readiness, repository, service
from services.core.content.models import ContentItem, ItemState, Review, Variant
from services.core.content.ranking_schemas import FeedbackCreate, FeedbackRead
from services.core.content.schemas import (
    ContentItemCreate,
    ContentItemRead,
    ContentItemSubmitted,
    ContentItemUpdate,
    Finding,
    MyOffer,
    OfferSummary,
    Readiness,
    ReviewCreate,
    ReviewRead,
    VariantCreate,
    VariantRead,
    VariantUpdate,
    Warned,
    Withdrawal,
)
from services.core.kit.errors import FieldProblem, NotFound
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.texts import Language
from services.core.organizations.rules import Door, Permission
from services.core.programs import repository as programs
from services.core.shares import rechecking
from services.core.shares import service as shares

router: APIRouter = Router(tags=["Content"])
mine: APIRouter = Router(tags=["My offers"])


@router.post(
    "/v1/content-items",
    status_code=201,
    operation_id="content_items_create",
    summary="Write a draft",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def create_item(body: ContentItemCreate, call: Current) -> ContentItemRead:
    """Starts an item: a page worth sharing, on a public https address, for a program."""
    item = await service.create_item(call.session, call.actor, body)
    call.headers["Location"] = f"/v1/content-items/{item.id}"
    return _answer(call, item)


@router.get(
    "/v1/content-items",
    operation_id="content_items_list",
    summary="List content",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def list_items(
    call: Current,
    page: Page,
    program_id: Annotated[UUID | None, Query(description="Only this program's.")] = None,
    state: Annotated[list[ItemState] | None, Query(description="Only in these states; repeat for several.")] = None,
) -> Listing[ContentItemRead]:
    """Lists the items of the programs whose content the caller may read."""
    statement = repository.items(call.session)
    allowed = call.actor.programs_for(Permission.CONTENT_READ)
    if allowed is not None:
        statement = statement.where(col(ContentItem.program_id).in_(allowed))
    if program_id is not None:
        statement = statement.where(ContentItem.program_id == program_id)
    if state:
        statement = statement.where(col(ContentItem.state).in_(state))
    filters = f"{program_id}|{','.join(sorted(state or []))}"
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=filters),
        id_column=ContentItem.id,
        sorts={"created_at": ContentItem.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[ContentItemRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/content-items/{item_id}",
    operation_id="content_items_get",
    summary="Read an item",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_item(item_id: UUID, call: Current) -> ContentItemRead:
    """Answers one item."""
    return _answer(call, await service.read_item(call.session, call.actor, item_id))


@router.patch(
    "/v1/content-items/{item_id}",
    operation_id="content_items_update",
    summary="Change an item",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def update_item(item_id: UUID, body: ContentItemUpdate, call: Current) -> ContentItemRead:
    """Merge patch. A change in review or after approval takes the item back to draft; after the offer, none is made.

    Only the embargo may change at any time: posts planned for before its end are held, those held for it are put back.
    """
    item = await repository.get_item(call.session, item_id)
    call.must_match(item)
    before = item.embargo_until
    item = await service.update_item(call.session, call.actor, item, body)
    if item.embargo_until != before:
        await rechecking.ask(call.session, subject_id=item.id)
    return _answer(call, item)


@router.get(
    "/v1/content-items/{item_id}/readiness",
    operation_id="content_items_readiness",
    summary="What does an item still need?",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_readiness(item_id: UUID, call: Current) -> Readiness:
    """Answers what is missing before it can be offered, and what the networks will say about its text and files."""
    item = await service.read_item(call.session, call.actor, item_id)
    program = await programs.get_program(call.session, item.program_id)
    found = await readiness.look(call.session, item, program)
    return Readiness(
        item_id=item.id,
        is_ready=not found.missing and not found.functions_missing,
        missing=_findings(found.missing, call.language),
        warnings=_findings(found.warnings, call.language),
        functions_missing=found.functions_missing,
        languages_missing=found.languages_missing,
    )


@router.post(
    "/v1/content-items/{item_id}/submit",
    operation_id="content_items_submit",
    summary="Send to review",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def submit_item(item_id: UUID, call: Current) -> ContentItemSubmitted:
    """Sends a draft to review; it needs a variant with a reason to share in the program's default language.

    The rules of the policy look at every variant: what they stop is refused, the rest is answered as warnings.
    """
    item = await service.submit(call.session, call.actor, item_id)
    warnings = await variants.check(call, item)
    return ContentItemSubmitted(**_answer(call, item).model_dump(), policy_warnings=warnings)


@router.post(
    "/v1/content-items/{item_id}/offer",
    operation_id="content_items_offer",
    summary="Offer to ambassadors",
    dependencies=[allow(Permission.CONTENT_OFFER)],
)
async def offer_item(item_id: UUID, call: Current) -> OfferSummary:
    """Offers an approved item to the active ambassadors it fits; call again for those who joined later.

    More than 100 people need the approval of two different reviewers.
    """
    return await service.offer(call.session, call.actor, item_id, k=call.settings.min_group_size)


@router.post(
    "/v1/content-items/{item_id}/withdraw",
    operation_id="content_items_withdraw",
    summary="Take an item back",
    dependencies=[allow(Permission.CONTENT_OFFER)],
)
async def withdraw_item(item_id: UUID, body: Withdrawal, call: Current) -> ContentItemRead:
    """Takes an item and its open offers back; posts of it that are planned are cancelled, and their people told."""
    item = await service.withdraw(call.session, call.actor, item_id, body)
    await shares.cancel_planned(call.session, item_id=item.id, reason="item_withdrawn")
    return _answer(call, item)


@router.post(
    "/v1/content-items/{item_id}/variants",
    status_code=201,
    operation_id="variants_create",
    summary="Word an item for a network and language",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def create_variant(item_id: UUID, body: VariantCreate, call: Current) -> VariantRead:
    """Adds a variant, with the reason to share it. A long text is taken, with a warning."""
    variant = await service.create_variant(call.session, call.actor, item_id, body)
    call.headers["Location"] = f"/v1/content-items/{item_id}/variants/{variant.id}"
    return await _one_variant(call, variant)


@router.get(
    "/v1/content-items/{item_id}/variants",
    operation_id="variants_list",
    summary="List an item's variants",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def list_variants(item_id: UUID, call: Current, page: Page) -> Listing[VariantRead]:
    """Lists the variants of an item."""
    await service.read_item(call.session, call.actor, item_id)
    found = await paginate(
        call.session,
        repository.variants(call.session, item_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Variant.id,
        sorts={"created_at": Variant.created_at},
        default_sort="created_at",
    )
    files = await readiness.assets_of(call.session, found.rows)
    return Listing(data=[_variant(row, files, call.language) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/content-items/{item_id}/variants/{variant_id}",
    operation_id="variants_get",
    summary="Read a variant",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_variant(item_id: UUID, variant_id: UUID, call: Current) -> VariantRead:
    """Answers one variant."""
    await service.read_item(call.session, call.actor, item_id)
    variant = await repository.get_variant_by_id(call.session, item_id, variant_id)
    return await _one_variant(call, variant)


@router.patch(
    "/v1/content-items/{item_id}/variants/{variant_id}",
    operation_id="variants_update",
    summary="Change a variant",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def update_variant(item_id: UUID, variant_id: UUID, body: VariantUpdate, call: Current) -> VariantRead:
    """Merge patch of its words. A change in review or after approval takes the item back to draft."""
    variant = await repository.get_variant_by_id(call.session, item_id, variant_id)
    call.must_match(variant)
    variant = await service.update_variant(call.session, call.actor, variant, body)
    return await _one_variant(call, variant)


@router.delete(
    "/v1/content-items/{item_id}/variants/{variant_id}",
    status_code=204,
    operation_id="variants_delete",
    summary="Drop a variant",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def delete_variant(item_id: UUID, variant_id: UUID, call: Current) -> None:
    """Drops a variant. In review or after approval it takes the item back to draft."""
    variant = await repository.get_variant_by_id(call.session, item_id, variant_id)
    call.must_match(variant)
    await service.delete_variant(call.session, call.actor, variant)


@router.post(
    "/v1/content-items/{item_id}/reviews",
    status_code=201,
    operation_id="reviews_create",
    summary="Approve an item or ask for changes",
    dependencies=[allow(Permission.CONTENT_REVIEW)],
)
async def create_review(item_id: UUID, body: ReviewCreate, call: Current) -> ReviewRead:
    """Decides on an item that somebody else wrote. With If-Match it decides on that version or not at all."""
    item = await repository.get_item(call.session, item_id)
    if "if-match" in call.request.headers:
        call.must_match(item)
    return ReviewRead.model_validate(await service.review(call.session, call.actor, item, body))


@router.get(
    "/v1/content-items/{item_id}/reviews",
    operation_id="reviews_list",
    summary="List an item's reviews",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def list_reviews(item_id: UUID, call: Current, page: Page) -> Listing[ReviewRead]:
    """Lists the decisions on an item, of every version."""
    await service.read_item(call.session, call.actor, item_id)
    found = await paginate(
        call.session,
        repository.reviews(call.session, item_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Review.id,
        sorts={"created_at": Review.created_at},
        default_sort="created_at",
    )
    return Listing(data=[ReviewRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@mine.get(
    "/v1/me/offers",
    operation_id="my_offers_list",
    summary="What may I share?",
    dependencies=[allow(Door.PERSON)],
)
async def list_my_offers(call: Current) -> Listing[MyOffer]:
    """Lists the best of the caller's open offers, three at the most, each with why they see it and what ranks it.

    Goals and audience (`PUT /v1/me/interests`), colleagues' votes and the caller's own answers decide the order. One
    that the caller passes on makes room for the next.
    """
    offers = await hot.list_open_offers(call.database, call.actor.tenant(), employee_id=call.actor.person())
    return Listing(data=offers, next_cursor=None)


@mine.get(
    "/v1/me/offers/{offer_id}",
    operation_id="my_offers_get",
    summary="Read one of my offers",
    dependencies=[allow(Door.PERSON)],
)
async def get_my_offer(offer_id: UUID, call: Current) -> MyOffer:
    """Answers an offer made to the caller, whatever became of it."""
    found = await hot.find_offer(call.database, call.actor.tenant(), employee_id=call.actor.person(), offer_id=offer_id)
    if found is None:
        raise NotFound(thing="offer")
    offer, version = found
    call.headers["ETag"] = etag(version)
    return offer


@mine.get(
    "/v1/me/offers/{offer_id}/assets/{asset_id}",
    operation_id="my_offers_asset",
    summary="Get a file of one of my offers",
    dependencies=[allow(Door.PERSON)],
    response_class=FileResponse,
    responses=FILE_ANSWER,
)
async def get_my_offers_asset(offer_id: UUID, asset_id: UUID, call: Current) -> FileResponse:
    """Answers the very bytes that a post about this offer would show."""
    found = await hot.find_offer(call.database, call.actor.tenant(), employee_id=call.actor.person(), offer_id=offer_id)
    if found is None:
        raise NotFound(thing="offer")
    if asset_id not in {one.asset_id for one in found[0].media}:
        raise NotFound(thing="asset")
    return await serve(await assets.get_asset(call.session, asset_id), settings=call.settings)


@mine.post(
    "/v1/me/offers/{offer_id}/feedback",
    operation_id="my_offers_feedback",
    summary="Rate an offer or pass on it",
    dependencies=[allow(Door.PERSON)],
)
async def give_feedback(offer_id: UUID, body: FeedbackCreate, call: Current) -> FeedbackRead:
    """Rates an offer or passes on it, or takes either back, at any time. Nothing follows for the caller.

    Nobody else sees it; who writes content sees what at least five people say together.
    """
    offer = await feedback.give(call.session, call.actor, offer_id, body, k=call.settings.min_group_size)
    return FeedbackRead(offer_id=offer.id, state=offer.state, reason=offer.dismiss_reason, rating=offer.rating)


def _answer(call: Call, item: ContentItem) -> ContentItemRead:
    call.answers(item)
    return ContentItemRead.model_validate(item)


async def _one_variant(call: Call, variant: Variant) -> VariantRead:
    call.answers(variant)
    return _variant(variant, await readiness.assets_of(call.session, [variant]), call.language)


def _variant(variant: Variant, files: Mapping[UUID, Asset], language: Language) -> VariantRead:
    answer = VariantRead.model_validate(variant)
    shown = [files[UUID(one)] for one in variant.asset_ids if UUID(one) in files]
    answer.warnings = [
        Warned(code=problem.code, message=problem.in_language(language))
        for problem in readiness.warnings_of(variant, shown)
    ]
    return answer


def _findings(problems: Sequence[FieldProblem], language: Language) -> list[Finding]:
    return [
        Finding(pointer=problem.pointer, code=problem.code, message=problem.in_language(language))
        for problem in problems
    ]
