"""Where people come from: files, a drop folder, or an HR system that is asked."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.employees import repository, sources
from services.core.employees.models import DirectorySource
from services.core.employees.schemas import SourceCreate, SourceRead, SourceUpdate
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission

router: APIRouter = Router(tags=["Employees"])

_SYNC = [allow(Permission.EMPLOYEES_SYNC)]


@router.post(
    "/v1/directory-sources",
    status_code=201,
    operation_id="directory_sources_create",
    summary="Set up where people come from",
    dependencies=_SYNC,
)
async def create_source(body: SourceCreate, call: Current) -> SourceRead:
    """Keeps how your files look (source `csv`) or how an HR system is asked; its settings are sealed.

    What is read is compared first. Only after a first run that somebody has applied can a source go by itself.
    """
    source = await sources.create(call.session, call.actor, body, settings=call.settings)
    call.headers["Location"] = f"/v1/directory-sources/{source.id}"
    return _answer(call, source)


@router.get("/v1/directory-sources", operation_id="directory_sources_list", summary="List sources", dependencies=_SYNC)
async def list_sources(call: Current, page: Page) -> Listing[SourceRead]:
    """Lists where people come from, and what is wrong with each."""
    found = await paginate(
        call.session,
        repository.sources(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=DirectorySource.id,
        sorts={"created_at": DirectorySource.created_at},
        default_sort="created_at",
    )
    return Listing(data=[SourceRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/directory-sources/{directory_source_id}",
    operation_id="directory_sources_get",
    summary="Read about a source",
    dependencies=_SYNC,
)
async def get_source(directory_source_id: UUID, call: Current) -> SourceRead:
    """Answers one source: when it was read, how it goes on, what went wrong."""
    return _answer(call, await repository.get_source(call.session, directory_source_id))


@router.patch(
    "/v1/directory-sources/{directory_source_id}",
    operation_id="directory_sources_update",
    summary="Change a source",
    dependencies=_SYNC,
)
async def update_source(directory_source_id: UUID, body: SourceUpdate, call: Current) -> SourceRead:
    """Changes how a source is read; settings that are given are put over those that are there."""
    source = await repository.get_source(call.session, directory_source_id)
    call.must_match(source)
    return _answer(call, await sources.update(call.session, call.actor, source, body, settings=call.settings))


@router.delete(
    "/v1/directory-sources/{directory_source_id}",
    status_code=204,
    operation_id="directory_sources_delete",
    summary="Stop reading a source",
    dependencies=_SYNC,
)
async def delete_source(directory_source_id: UUID, call: Current) -> None:
    """Forgets a source and its settings. The people who came from it stay."""
    source = await repository.get_source(call.session, directory_source_id)
    call.must_match(source)
    await sources.delete(call.session, call.actor, source)


@router.post(
    "/v1/directory-sources/{directory_source_id}/read",
    status_code=202,
    operation_id="directory_sources_read",
    summary="Read a source now",
    dependencies=_SYNC,
)
async def read_source(directory_source_id: UUID, call: Current) -> SourceRead:
    """Reads everybody in a moment; the run is in the list of runs then, and waits to be applied."""
    source = await repository.get_source(call.session, directory_source_id)
    return _answer(call, await sources.ask(call.session, call.actor, source))


def _answer(call: Call, source: DirectorySource) -> SourceRead:
    call.answers(source)
    return SourceRead.model_validate(source)
