"""The stop button: stop publishing in a scope at once, see what a release would let out, release."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import col

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.reports.previews import make_preview
from services.core.reports.schemas import StopPreview
from services.core.shares import stops
from services.core.shares.models import Stop
from services.core.shares.schemas import StopCreate, StopRead
from services.core.shares.stops import Fate

router: APIRouter = Router(tags=["Stops"])

ValidateOnly = Annotated[bool, Query(description="Say what would happen, and change nothing.")]

_OF_A_STOP = (Fate.HELD, Fate.SENDING)
_OF_A_RELEASE = (Fate.GOES_OUT_NOW, Fate.GOES_OUT_LATER, Fate.MISSED, Fate.STILL_HELD)


@router.post(
    "/v1/stops",
    status_code=201,
    operation_id="stops_create",
    summary="Stop publishing",
    dependencies=[allow(Permission.STOPS_MANAGE)],
    responses={200: {"model": StopRead | StopPreview, "description": "Stopped already, or with `validate_only`."}},
)
async def create_stop(
    body: StopCreate, call: Current, response: Response, validate_only: ValidateOnly = False
) -> StopRead | StopPreview:
    """Stops all posts of a scope at once: none goes to a network more than five seconds after the answer.

    `organization` and `network` take a role for the whole organization. The same stop again answers the open one
    (200). Planned posts wait until the release; new ones in the scope are refused meanwhile. With `validate_only` it
    answers what would be held.
    """
    if validate_only:
        response.status_code = 200
        groups = await stops.preview_stop(call.session, call.actor, body)
        return make_preview(groups, _OF_A_STOP, k=call.settings.min_group_size)
    stop, is_new = await stops.create(call.session, call.actor, body)
    if not is_new:
        response.status_code = 200
    call.headers["Location"] = f"/v1/stops/{stop.id}"
    call.answers(stop)
    return StopRead.model_validate(stop)


@router.get(
    "/v1/stops",
    operation_id="stops_list",
    summary="List stops",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def list_stops(
    call: Current,
    page: Page,
    open_only: Annotated[bool, Query(description="Only those that are not released.")] = False,
) -> Listing[StopRead]:
    """Lists the stops of the whole organization and of the programs the caller may read, the newest first."""
    statement = stops.stops(call.session)
    allowed = call.actor.programs_for(Permission.PROGRAMS_READ)
    if allowed is not None:
        statement = statement.where(col(Stop.program_id).is_(None) | col(Stop.program_id).in_(allowed))
    if open_only:
        statement = statement.where(col(Stop.released_at).is_(None))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=str(open_only)),
        id_column=Stop.id,
        sorts={"created_at": Stop.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[StopRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/stops/{stop_id}",
    operation_id="stops_get",
    summary="Read a stop",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def get_stop(stop_id: UUID, call: Current) -> StopRead:
    """Answers one stop, released or not."""
    stop = await stops.read(call.session, call.actor, stop_id)
    call.answers(stop)
    return StopRead.model_validate(stop)


@router.delete(
    "/v1/stops/{stop_id}",
    operation_id="stops_release",
    summary="Release a stop",
    dependencies=[allow(Permission.STOPS_MANAGE)],
)
async def release_stop(stop_id: UUID, call: Current, validate_only: ValidateOnly = False) -> StopRead | StopPreview:
    """Lets the scope publish again. Posts whose time has passed stay out, and each person is asked for a new time.

    Look first with `validate_only`: what goes out at once, later, or not at all.
    """
    stop = await stops.get_stop(call.session, stop_id, lock=not validate_only)
    if validate_only:
        grace = timedelta(seconds=call.settings.publish_grace_seconds)
        groups = await stops.preview_release(call.session, call.actor, stop, grace=grace)
        return make_preview(groups, _OF_A_RELEASE, k=call.settings.min_group_size)
    call.must_match(stop)
    stop = await stops.release(call.session, call.actor, stop)
    call.answers(stop)
    return StopRead.model_validate(stop)
