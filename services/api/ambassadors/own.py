"""What a person decides for themselves: when and how often they want to post, and when they pause."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter
from sqlmodel import col, select

from services.api.ambassadors.facts import advance
from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.ambassadors import pauses, preferences, repository, rules, texts
from services.core.ambassadors.models import Pause, Preferences
from services.core.ambassadors.schemas import (
    PauseCreate,
    PauseRead,
    PauseSaved,
    PauseUpdate,
    PreferencesRead,
    PreferencesUpdate,
    PreferencesWrite,
)
from services.core.kit import db
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door
from services.core.shares import repository as shares
from services.core.shares.models import Publication, PublicationState

router: APIRouter = Router(tags=["My preferences"])

_PERSON = [allow(Door.PERSON)]
_PLANNED = (
    PublicationState.APPROVED,
    PublicationState.SCHEDULED,
    PublicationState.CLAIMED,
    PublicationState.WAITING,
    PublicationState.HELD,
)


@router.get(
    "/v1/me/preferences",
    operation_id="my_preferences_get",
    summary="Read my preferences",
    dependencies=_PERSON,
)
async def get_preferences(call: Current) -> PreferencesRead:
    """Answers the caller's preferences over all programs, and under `effective` what counts where they said nothing."""
    return await _preferences(call, await preferences.read(call.session, call.actor))


@router.put(
    "/v1/me/preferences",
    operation_id="my_preferences_put",
    summary="Say my preferences",
    dependencies=_PERSON,
)
async def put_preferences(body: PreferencesWrite, call: Current) -> PreferencesRead:
    """Replaces the caller's preferences whole. They only make a program's rules stricter, and nobody else sees them."""
    found = await preferences.read(call.session, call.actor)
    call.must_match(found)
    saved = await preferences.replace(call.session, call.actor, found, body)
    await _go_on(call)
    return await _preferences(call, saved)


@router.patch(
    "/v1/me/preferences",
    operation_id="my_preferences_update",
    summary="Change my preferences",
    dependencies=_PERSON,
)
async def update_preferences(body: PreferencesUpdate, call: Current) -> PreferencesRead:
    """Merge patch; null takes a limit away."""
    found = await preferences.read(call.session, call.actor)
    call.must_match(found)
    saved = await preferences.update(call.session, call.actor, found, body)
    await _go_on(call)
    return await _preferences(call, saved)


@router.post(
    "/v1/me/pauses",
    status_code=201,
    operation_id="my_pauses_create",
    summary="Pause",
    dependencies=_PERSON,
)
async def create_pause(body: PauseCreate, call: Current) -> PauseSaved:
    """The caller pauses, now or later, and learns what becomes of what they have planned. Nobody is told."""
    return await _saved(call, await pauses.create(call.session, call.actor, body))


@router.get(
    "/v1/me/pauses",
    operation_id="my_pauses_list",
    summary="List my pauses",
    dependencies=_PERSON,
)
async def list_pauses(call: Current, page: Page) -> Listing[PauseRead]:
    """Lists the caller's pauses, those that are over too."""
    found = await paginate(
        call.session,
        repository.pauses(call.session, employee_id=call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Pause.id,
        sorts={"starts_at": Pause.starts_at, "created_at": Pause.created_at},
        default_sort="-starts_at",
    )
    return Listing(data=[await _pause(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/me/pauses/{pause_id}",
    operation_id="my_pauses_get",
    summary="Read one of my pauses",
    dependencies=_PERSON,
)
async def get_pause(pause_id: UUID, call: Current) -> PauseRead:
    """Answers one of the caller's pauses."""
    pause = await repository.get_pause(call.session, pause_id, employee_id=call.actor.person())
    call.answers(pause)
    return await _pause(call, pause)


@router.patch(
    "/v1/me/pauses/{pause_id}",
    operation_id="my_pauses_update",
    summary="Change a pause",
    dependencies=_PERSON,
)
async def update_pause(pause_id: UUID, body: PauseUpdate, call: Current) -> PauseSaved:
    """Merge patch of kind, start (until it has begun) and end (now ends it)."""
    pause = await repository.get_pause(call.session, pause_id, employee_id=call.actor.person(), lock=True)
    call.must_match(pause)
    return await _saved(call, await pauses.update(call.session, call.actor, pause, body))


@router.delete(
    "/v1/me/pauses/{pause_id}",
    status_code=204,
    operation_id="my_pauses_delete",
    summary="End a pause",
    dependencies=_PERSON,
)
async def end_pause(pause_id: UUID, call: Current) -> None:
    """Ends a pause now; one that has not begun is forgotten, one that is over stays as it was."""
    pause = await repository.get_pause(call.session, pause_id, employee_id=call.actor.person(), lock=True)
    call.must_match(pause)
    await pauses.end(call.session, pause)


async def _go_on(call: Current) -> None:
    """Preferences may have been the last step before somebody's first share."""
    for ambassador in await repository.list_waiting(call.session, employee_id=call.actor.person(), program_id=None):
        await advance(call.session, ambassador)


async def _preferences(call: Current, found: Preferences) -> PreferencesRead:
    call.answers(found)
    return await preferences.view(call.session, found)


async def _pause(call: Current, pause: Pause) -> PauseRead:
    state = rules.pause_state(pause, now=await db.now(call.session))
    return PauseRead.model_validate({**pause.model_dump(), "state": state})


async def _saved(call: Current, pause: Pause) -> PauseSaved:
    count = await _count_planned(call, pause)
    call.answers(pause)
    call.headers["Location"] = f"/v1/me/pauses/{pause.id}"
    call.headers["Content-Language"] = call.language.value
    seen = await _pause(call, pause)
    minutes = int(call.settings.publish_grace_seconds // 60)
    return PauseSaved(
        **seen.model_dump(),
        planned_posts=count,
        what_follows=texts.what_follows(count, grace_minutes=minutes).in_language(call.language),
    )


async def _count_planned(call: Current, pause: Pause) -> int:
    """How many planned posts would go out during a pause; one whose time has passed would go out now."""
    goes_out_at = sa.func.greatest(col(Publication.scheduled_at), await db.now(call.session))
    statement = shares.publications_of(call.session, call.actor.person()).where(
        col(Publication.state).in_(_PLANNED), goes_out_at >= pause.starts_at
    )
    if pause.ends_at is not None:
        statement = statement.where(goes_out_at < pause.ends_at)
    if pause.program_id is not None:
        statement = statement.where(Publication.program_id == pause.program_id)
    return (await call.session.exec(select(sa.func.count()).select_from(statement.subquery()))).one()
