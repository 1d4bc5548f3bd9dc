"""The launch kit, and what people let it show of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from services.api.assets.endpoints import FILE_ANSWER
from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.kit.texts import Language
from services.core.launches import kit, pages, profiles, repository
from services.core.launches.models import LaunchExample
from services.core.launches.profiles import Presented
from services.core.launches.schemas import (
    ExampleRead,
    ExamplesRead,
    KitRead,
    ProfileApprove,
    ProfileRead,
    ProfilesRead,
    ProfileWrite,
)
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Door, Permission
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Launches"])
mine: APIRouter = Router(tags=["My presentation"])

_PERSON = [allow(Door.PERSON)]
#: The page brings everything along: its style inline, its pictures as data.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class KitFormat(StrEnum):
    """What a kit can be read as."""

    JSON = "json"
    HTML = "html"
    TEXT = "text"


@router.get(
    "/v1/programs/{program_id}/launch-kit",
    operation_id="launch_kits_get",
    summary="What a loud launch is announced with",
    response_model=KitRead,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}, "text/plain": {"schema": {"type": "string"}}}}
    },
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_kit(
    program_id: UUID,
    call: Current,
    format: Annotated[KitFormat, Query(description="As data, as a page that stands alone, or as text.")] = (
        KitFormat.JSON
    ),
    language: Annotated[Language | None, Query(description="One of the program's; without it, its default.")] = None,
) -> KitRead | Response:
    """Answers an announcement made from the goals, ambassadors who agreed to be named, examples that their authors let
    be shown, first results with how they were obtained, and the open call. Made anew each time.
    """
    made = await kit.build(call.session, call.actor, program_id, settings=call.settings, language=language)
    call.headers["Content-Language"] = made.language.value
    call.headers["Cache-Control"] = "no-store"
    if format is KitFormat.JSON:
        return made
    zone = (await organizations.get_organization(call.session)).time_zone
    if format is KitFormat.TEXT:
        return PlainTextResponse(pages.write(made, zone=zone), headers=_HEADERS)
    photos = await profiles.open_shown_photos(call.session, made.program_id, settings=call.settings)
    return HTMLResponse(pages.render(made, zone=zone, photos=photos), headers=_HEADERS)


@router.get(
    "/v1/programs/{program_id}/launch-kit/photos/{profile_id}",
    operation_id="launch_kits_photo",
    summary="A picture of the launch kit",
    dependencies=[allow(Permission.REPORTS_READ)],
    response_class=Response,
    responses=FILE_ANSWER,
)
async def get_photo(program_id: UUID, profile_id: UUID, call: Current) -> Response:
    """Answers the picture of somebody who agreed to be named, as long as they do."""
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.REPORTS_READ, program_id=program.id)
    data, content_type = await profiles.open_shown_photo(call.session, program.id, profile_id, settings=call.settings)
    return Response(data, media_type=content_type, headers=_HEADERS)


@mine.get(
    "/v1/me/launch-profiles",
    operation_id="launch_profiles_list",
    summary="How launches present me",
    dependencies=_PERSON,
)
async def list_profiles(call: Current) -> ProfilesRead:
    """Answers how I want to be presented at launches, and which of it is shown. Nobody else sees what is not."""
    found = await profiles.list_own(call.session, call.actor, settings=call.settings)
    return ProfilesRead(data=[_profile(call, one) for one in found])


@mine.put(
    "/v1/me/launch-profiles/{program_id}",
    operation_id="launch_profiles_put",
    summary="Say how I want to be presented",
    dependencies=_PERSON,
)
async def put_profile(program_id: UUID, body: ProfileWrite, call: Current) -> ProfileRead:
    """Keeps my name and my words for a program's launch. They are shown once I approve them, and not before."""
    return _profile(call, await profiles.put(call.session, call.actor, program_id, body, settings=call.settings))


@mine.put(
    "/v1/me/launch-profiles/{program_id}/photo",
    operation_id="launch_profiles_put_photo",
    summary="Add my picture",
    dependencies=_PERSON,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def put_photo(program_id: UUID, request: Request, call: Current) -> ProfileRead:
    """Takes a picture of me (JPEG, PNG, WebP; 1 MiB) as the raw body, without what a camera wrote into it."""
    data = await request.body()
    return _profile(call, await profiles.put_photo(call.session, call.actor, program_id, data, settings=call.settings))


@mine.delete(
    "/v1/me/launch-profiles/{program_id}/photo",
    operation_id="launch_profiles_delete_photo",
    summary="Take my picture away",
    dependencies=_PERSON,
)
async def delete_photo(program_id: UUID, call: Current) -> ProfileRead:
    """Takes my picture away; what is left is shown once I approve it."""
    return _profile(call, await profiles.drop_photo(call.session, call.actor, program_id, settings=call.settings))


@mine.post(
    "/v1/me/launch-profiles/{program_id}/approve",
    operation_id="launch_profiles_approve",
    summary="Agree to be named",
    dependencies=_PERSON,
)
async def approve_profile(program_id: UUID, body: ProfileApprove, call: Current) -> ProfileRead:
    """My yes to being named, for exactly the words and the picture that I have read."""
    return _profile(
        call,
        await profiles.approve(
            call.session, call.actor, program_id, content_hash=body.content_hash, settings=call.settings
        ),
    )


@mine.delete(
    "/v1/me/launch-profiles/{program_id}",
    status_code=204,
    operation_id="launch_profiles_delete",
    summary="Take it back",
    dependencies=_PERSON,
)
async def delete_profile(program_id: UUID, call: Current) -> None:
    """Takes my yes back, with everything it was about: the kit shows nothing of it from now on."""
    await profiles.withdraw(call.session, call.actor, program_id)


@mine.get(
    "/v1/me/launch-examples",
    operation_id="launch_examples_list",
    summary="Which posts launches may show",
    dependencies=_PERSON,
)
async def list_examples(call: Current) -> ExamplesRead:
    """Answers the posts of mine that launch kits may show."""
    rows = await repository.list_own_examples(call.session, call.actor.person())
    return ExamplesRead(
        data=[await _example(call, row) for row in rows],
        consent=profiles.EXAMPLE_CONSENT.in_language(call.language),
    )


@mine.put(
    "/v1/me/launch-examples/{publication_id}",
    operation_id="launch_examples_put",
    summary="Let a post be shown",
    dependencies=_PERSON,
)
async def put_example(publication_id: UUID, call: Current) -> ExampleRead:
    """My yes to showing this published post of mine as an example in its program's launch kit."""
    return await _example(
        call, await profiles.add_example(call.session, call.actor, publication_id, settings=call.settings)
    )


@mine.delete(
    "/v1/me/launch-examples/{publication_id}",
    status_code=204,
    operation_id="launch_examples_delete",
    summary="Take it back",
    dependencies=_PERSON,
)
async def delete_example(publication_id: UUID, call: Current) -> None:
    """Takes that back: the kit does not show it any more."""
    await profiles.drop_example(call.session, call.actor, publication_id)


def _profile(call: Current, presented: Presented) -> ProfileRead:
    row = presented.row
    return ProfileRead(
        program_id=row.program_id,
        name=presented.name,
        texts=dict(presented.texts),
        has_photo=row.photo_type is not None,
        content_hash=row.content_hash,
        is_shown=presented.is_approved,
        approved_at=row.approved_at if presented.is_approved else None,
        consent=profiles.PROFILE_CONSENT.in_language(call.language),
    )


async def _example(call: Current, row: LaunchExample) -> ExampleRead:
    opened = await profiles.open_example(call.session, row, settings=call.settings)
    text, permalink = opened if opened is not None else ("", None)
    return ExampleRead(
        publication_id=row.publication_id,
        program_id=row.program_id,
        language=row.language,
        text=text,
        permalink=permalink,
        created_at=row.created_at,
    )
