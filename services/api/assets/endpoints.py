"""Files that posts can show: sent as bytes, checked, served as attachments."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.assets import files, repository, service
from services.core.assets.errors import AssetInUse, FileGone
from services.core.assets.models import Asset
from services.core.assets.schemas import AssetRead, AssetUpdate
from services.core.assets.storage import Storage
from services.core.content import repository as content
from services.core.content.models import ContentItem
from services.core.kit.errors import BadRequest, FieldProblem
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.organizations.rules import Permission

router: APIRouter = Router(tags=["Assets"])

_EMPTY = Text(en="Send the bytes of the file as the body.", he="יש לשלוח את תוכן הקובץ כגוף הבקשה.")
#: How the answer of a route that gives a file is documented.
FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/v1/assets",
    status_code=201,
    operation_id="assets_create",
    summary="Send a file",
    dependencies=[allow(Permission.CONTENT_WRITE)],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def create_asset(request: Request, call: Current) -> AssetRead:
    """Takes a picture (JPEG, PNG, GIF, WebP; 10 MiB), a PDF (20 MiB) or an MP4 video (64 MiB) as the raw body.

    What it is is told by its content. Pictures are written anew, without what a camera wrote into them; the same file
    again is the same asset.
    """
    data = await request.body()
    if not data:
        raise BadRequest(problems=[FieldProblem("", "empty_file", _EMPTY)])
    asset, _ = await service.add(call.session, call.actor, data=data, settings=call.settings)
    call.headers["Location"] = f"/v1/assets/{asset.id}"
    call.answers(asset)
    return AssetRead.model_validate(asset)


@router.get(
    "/v1/assets",
    operation_id="assets_list",
    summary="List files",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def list_assets(call: Current, page: Page) -> Listing[AssetRead]:
    """Lists the organization's files."""
    found = await paginate(
        call.session,
        repository.assets(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Asset.id,
        sorts={"created_at": Asset.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[AssetRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/assets/{asset_id}",
    operation_id="assets_get",
    summary="Read about a file",
    dependencies=[allow(Permission.CONTENT_READ)],
)
async def get_asset(asset_id: UUID, call: Current) -> AssetRead:
    """Answers what is known about one file."""
    asset = await repository.get_asset(call.session, asset_id)
    call.answers(asset)
    return AssetRead.model_validate(asset)


@router.get(
    "/v1/assets/{asset_id}/file",
    operation_id="assets_file",
    summary="Get a file",
    dependencies=[allow(Permission.CONTENT_READ)],
    response_class=FileResponse,
    responses=FILE_ANSWER,
)
async def get_file(asset_id: UUID, call: Current) -> FileResponse:
    """Answers the bytes, as an attachment under a name of ours."""
    return await serve(await repository.get_asset(call.session, asset_id), settings=call.settings)


@router.patch(
    "/v1/assets/{asset_id}",
    operation_id="assets_update",
    summary="Say what a file shows",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def update_asset(asset_id: UUID, body: AssetUpdate, call: Current) -> AssetRead:
    """Merge patch of its title, alternative texts and captions, while only drafts use it."""
    asset = await repository.get_asset(call.session, asset_id, lock=True)
    call.must_match(asset)
    _must_be_free(await content.list_users_of_asset(call.session, asset_id, beyond_draft=True))
    asset = await service.update(call.session, call.actor, asset, body)
    call.answers(asset)
    return AssetRead.model_validate(asset)


@router.delete(
    "/v1/assets/{asset_id}",
    status_code=204,
    operation_id="assets_delete",
    summary="Delete a file",
    dependencies=[allow(Permission.CONTENT_WRITE)],
)
async def delete_asset(asset_id: UUID, call: Current) -> None:
    """Deletes a file that no content uses."""
    asset = await repository.get_asset(call.session, asset_id, lock=True)
    call.must_match(asset)
    _must_be_free(await content.list_users_of_asset(call.session, asset_id))
    await service.delete(call.session, call.actor, asset)


def _must_be_free(users: list[ContentItem]) -> None:
    if users:
        raise AssetInUse(items=", ".join(str(item.id) for item in users))


async def serve(asset: Asset, *, settings: Settings) -> FileResponse:
    """The bytes of an asset; raise FileGone when they are not where they should be."""
    path = Storage(settings.data_dir, asset.organization_id).path(asset.sha256)
    if not await asyncio.to_thread(path.is_file):
        raise FileGone()
    return FileResponse(
        path,
        media_type=asset.content_type,
        filename=files.own_name(asset.sha256, asset.content_type),
        content_disposition_type="attachment",
        headers={
            "ETag": f'"{asset.sha256}"',
            "Cache-Control": "private, max-age=86400, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
