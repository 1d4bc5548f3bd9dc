"""Events: what happened, oldest first, for integrators who ask rather than wait to be told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.events import repository
from services.core.events.models import Event
from services.core.events.schemas import EventRead
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission

router: APIRouter = Router(tags=["Events"])


@router.get(
    "/v1/events",
    operation_id="events_list",
    summary="List events",
    dependencies=[allow(Permission.EVENTS_READ)],
)
async def list_events(
    call: Current,
    page: Page,
    type: Annotated[list[str] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[EventRead]:
    """Lists what happened; keep `next_cursor` to go on from there later. Events of a person's activity are left out."""
    found = await paginate(
        call.session,
        repository.visible_events(call.session, types=type or []),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(type or []))),
        id_column=Event.id,
        sorts={"created_at": Event.created_at},
        default_sort="created_at",
    )
    return Listing(data=[EventRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)
