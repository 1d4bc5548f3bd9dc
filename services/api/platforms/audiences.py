"""Who is let into a platform: compared, then changed by a job."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.texts import Language
from services.core.organizations.rules import Permission
from services.core.platforms import audiences, repository
from services.core.platforms.models import AudienceSync
from services.core.platforms.schemas import AudienceSyncCreate, AudienceSyncRead
from services.core.platforms.texts import sync_next_step

router: APIRouter = Router(tags=["Platforms"])

_MANAGE = [allow(Permission.PLATFORMS_MANAGE)]


@router.post(
    "/v1/platform-connections/{platform_connection_id}/audience-syncs",
    status_code=202,
    operation_id="audience_syncs_create",
    summary="Compare a program's people with a platform's",
    dependencies=_MANAGE,
)
async def create_sync(platform_connection_id: UUID, body: AudienceSyncCreate, call: Current) -> AudienceSyncRead:
    """Begins to compare: read the answer's Location for the difference. With `validate_only` nothing is changed.

    Nobody is taken out whom we had not let in. Where more than 5 people and 10 % would be taken out, nothing is changed
    until it is sent again with `confirm` and the `diff_hash` of that difference.
    """
    sync = await audiences.start(call.session, call.actor, platform_connection_id, body)
    call.answers(sync)
    call.headers["Location"] = f"/v1/audience-syncs/{sync.id}"
    call.headers["Retry-After"] = "2"
    return _read(sync, call.language)


@router.get(
    "/v1/platform-connections/{platform_connection_id}/audience-syncs",
    operation_id="audience_syncs_list",
    summary="List comparisons",
    dependencies=_MANAGE,
)
async def list_syncs(platform_connection_id: UUID, call: Current, page: Page) -> Listing[AudienceSyncRead]:
    """Lists what was compared and changed at a platform."""
    connection = await repository.get_connection(call.session, platform_connection_id)
    found = await paginate(
        call.session,
        repository.syncs(call.session).where(AudienceSync.platform_connection_id == connection.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=AudienceSync.id,
        sorts={"created_at": AudienceSync.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[_read(row, call.language) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/audience-syncs/{audience_sync_id}",
    operation_id="audience_syncs_get",
    summary="Read a comparison",
    dependencies=_MANAGE,
)
async def get_sync(audience_sync_id: UUID, call: Current) -> AudienceSyncRead:
    """Answers the difference, and how much of it is done."""
    sync = await repository.get_sync(call.session, audience_sync_id)
    call.answers(sync)
    return _read(sync, call.language)


@router.post(
    "/v1/audience-syncs/{audience_sync_id}/cancel",
    operation_id="audience_syncs_cancel",
    summary="Cancel a comparison",
    dependencies=_MANAGE,
)
async def cancel_sync(audience_sync_id: UUID, call: Current) -> AudienceSyncRead:
    """Stops a comparison that is not over; what it has changed stays."""
    sync = await repository.get_sync(call.session, audience_sync_id, lock=True)
    await audiences.cancel(call.session, call.actor, sync)
    call.answers(sync)
    return _read(sync, call.language)


def _read(sync: AudienceSync, language: Language) -> AudienceSyncRead:
    return AudienceSyncRead(
        id=sync.id,
        platform_connection_id=sync.platform_connection_id,
        program_id=sync.program_id,
        destination_id=sync.destination_id or None,
        state=sync.state,
        validate_only=sync.validate_only,
        to_add=[UUID(one) for one in sync.to_add],
        to_remove=[UUID(one) for one in sync.to_remove],
        unchanged=sync.unchanged,
        not_ours=sync.not_ours,
        diff_hash=sync.diff_hash,
        total=sync.total,
        finished=sync.finished,
        problem=sync.problem,
        words=sync.words,
        next_step=sync_next_step(sync, language),
        next_try_at=sync.due_at,
        created_at=sync.created_at,
        finished_at=sync.finished_at,
    )
