"""Moving a program between platforms: compare, look, apply."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.moves import repository, service
from services.core.moves.models import PlatformMove
from services.core.moves.schemas import MoveApply, MoveCreate, MoveLoss, MoveRead, MoveStepRead
from services.core.organizations.rules import Permission

router: APIRouter = Router(tags=["Platforms"])


async def _shown(session: AsyncSession, move: PlatformMove) -> MoveRead:
    steps = await repository.list_steps(session, move.id)
    return MoveRead.model_validate(
        {
            **move.model_dump(),
            "losses": [MoveLoss.model_validate(loss) for loss in move.losses],
            "steps": [MoveStepRead.model_validate(step) for step in steps],
        }
    )


@router.post(
    "/v1/platform-moves",
    status_code=201,
    operation_id="platform_moves_create",
    summary="Compare a move",
    dependencies=[allow(Permission.PLATFORMS_MANAGE)],
)
async def create_move(call: Current, body: MoveCreate) -> MoveRead:
    """Compares a program in one platform with another platform, and changes nothing in either.

    Read the move until it is `previewed`: its steps say where each item goes, its losses what does not come along.
    """
    move = await service.create(call.session, call.actor, body)
    call.headers["Location"] = f"/v1/platform-moves/{move.id}"
    call.answers(move)
    return await _shown(call.session, move)


@router.get(
    "/v1/platform-moves",
    operation_id="platform_moves_list",
    summary="List moves",
    dependencies=[allow(Permission.PLATFORMS_READ)],
)
async def list_moves(call: Current, page: Page) -> Listing[MoveRead]:
    """Lists all moves of the organization, the newest first."""
    call.actor.require(Permission.PLATFORMS_READ)
    found = await paginate(
        call.session,
        repository.moves(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=""),
        id_column=PlatformMove.id,
        sorts={"created_at": PlatformMove.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[await _shown(call.session, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/platform-moves/{move_id}",
    operation_id="platform_moves_get",
    summary="Read a move",
    dependencies=[allow(Permission.PLATFORMS_READ)],
)
async def get_move(call: Current, move_id: UUID) -> MoveRead:
    """Answers the comparison, and later how far the move is."""
    call.actor.require(Permission.PLATFORMS_READ)
    move = await repository.get_move(call.session, move_id)
    call.answers(move)
    return await _shown(call.session, move)


@router.post(
    "/v1/platform-moves/{move_id}/apply",
    operation_id="platform_moves_apply",
    summary="Apply a move",
    dependencies=[allow(Permission.PLATFORMS_MANAGE)],
)
async def apply_move(call: Current, move_id: UUID, body: MoveApply) -> MoveRead:
    """Puts everything that was seen into the new platform; what is there leaves the old one, and people follow.

    All of it is planned, or nothing. An item that the new platform refuses stays in the old one.
    """
    move = await repository.get_move(call.session, move_id, lock=True)
    move = await service.apply(call.session, call.actor, move, diff_hash=body.diff_hash, settings=call.settings)
    call.answers(move)
    return await _shown(call.session, move)


@router.delete(
    "/v1/platform-moves/{move_id}",
    status_code=204,
    operation_id="platform_moves_cancel",
    summary="Cancel a move",
    dependencies=[allow(Permission.PLATFORMS_MANAGE)],
)
async def cancel_move(call: Current, move_id: UUID) -> Response:
    """Forgets a move that has not begun."""
    move = await repository.get_move(call.session, move_id, lock=True)
    call.must_match(move)
    await service.cancel(call.session, call.actor, move)
    return Response(status_code=204)
