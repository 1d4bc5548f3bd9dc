"""Feeds whose entries become drafts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.feeds import repository, service
from services.core.feeds.errors import PROBLEMS
from services.core.feeds.models import FeedSource
from services.core.feeds.schemas import FeedSourceCreate, FeedSourceRead, FeedSourceUpdate
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.texts import Language
from services.core.organizations.rules import Permission

router: APIRouter = Router(tags=["Feeds"])


@router.post(
    "/v1/feed-sources",
    status_code=201,
    operation_id="feed_sources_create",
    summary="Read a feed",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def create_source(body: FeedSourceCreate, call: Current) -> FeedSourceRead:
    """Begins to read an RSS or Atom feed: its newest entries become drafts, and each new one. People do the rest."""
    source = await service.create(call.session, call.actor, body, settings=call.settings)
    call.headers["Location"] = f"/v1/feed-sources/{source.id}"
    return _answer(call, source)


@router.get(
    "/v1/feed-sources",
    operation_id="feed_sources_list",
    summary="List feeds",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def list_sources(
    call: Current,
    page: Page,
    program_id: Annotated[UUID | None, Query(description="Only this program's.")] = None,
) -> Listing[FeedSourceRead]:
    """Lists the feeds of the programs whose content the caller may read, with what is wrong with each."""
    statement = repository.sources(call.session)
    allowed = call.actor.programs_for(Permission.CONTENT_READ)
    if allowed is not None:
        statement = statement.where(col(FeedSource.program_id).in_(allowed))
    if program_id is not None:
        statement = statement.where(FeedSource.program_id == program_id)
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=str(program_id)),
        id_column=FeedSource.id,
        sorts={"created_at": FeedSource.created_at},
        default_sort="created_at",
    )
    return Listing(data=[_read(row, call.language) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/feed-sources/{source_id}",
    operation_id="feed_sources_get",
    summary="Read about a feed",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_source(source_id: UUID, call: Current) -> FeedSourceRead:
    """Answers one source: when it was read, and what went wrong."""
    return _answer(call, await service.read(call.session, call.actor, source_id))


@router.patch(
    "/v1/feed-sources/{source_id}",
    operation_id="feed_sources_update",
    summary="Change a feed",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def update_source(source_id: UUID, body: FeedSourceUpdate, call: Current) -> FeedSourceRead:
    """Merge patch of its name, its topics, and whether it pauses."""
    source = await repository.get_source(call.session, source_id)
    call.must_match(source)
    return _answer(call, await service.update(call.session, call.actor, source, body))


@router.post(
    "/v1/feed-sources/{source_id}/fetch",
    operation_id="feed_sources_fetch",
    summary="Fetch a feed now",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def fetch_source(source_id: UUID, call: Current) -> FeedSourceRead:
    """Lets it be fetched within half a minute instead of at its turn."""
    source = await repository.get_source(call.session, source_id)
    return _answer(call, await service.ask(call.session, call.actor, source))


@router.delete(
    "/v1/feed-sources/{source_id}",
    status_code=204,
    operation_id="feed_sources_delete",
    summary="Stop reading a feed",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def delete_source(source_id: UUID, call: Current) -> None:
    """Stops reading it. Drafts that came from it stay."""
    source = await repository.get_source(call.session, source_id)
    call.must_match(source)
    await service.delete(call.session, call.actor, source)


def _answer(call: Call, source: FeedSource) -> FeedSourceRead:
    call.answers(source)
    return _read(source, call.language)


def _read(source: FeedSource, language: Language) -> FeedSourceRead:
    words = PROBLEMS.get(source.problem or "")
    fields = source.model_dump(include=FeedSourceRead.model_fields.keys() - {"problem_words"})
    return FeedSourceRead(
        **fields,
        problem_words=words.in_language(language, detail=source.problem_detail or "") if words else None,
    )
