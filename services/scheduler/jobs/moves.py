"""Moves between platforms: compared with both of them, then followed until everything is where it belongs."""

from __future__ import annotations

from uuid import UUID

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, RateLimited, VendorUnavailable
from connectors.sdk.ports import ListsDestinations, port
from services.core.kit.errors import DomainError
from services.core.kit.logging import get_logger
from services.core.moves import repository, service
from services.core.moves.models import MoveState
from services.core.moves.rules import Places
from services.core.platforms import access
from services.core.platforms import repository as platforms
from services.core.platforms.budgets import OverBudget
from services.core.platforms.vendors import find_platform
from services.scheduler.worker.tools import Tools

_log = get_logger("move")

_MOST = 100


async def work_moves(tools: Tools) -> None:
    """Go on with every move that is due; what a lost job has left is found here."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_due(connection, most=_MOST)
    for organization_id, move_id in due:
        try:
            await work(tools, organization_id, move_id)
        # One that cannot be worked on does not keep the others waiting.
        except Exception as error:
            _log.error("move.failed", platform_move_id=str(move_id), exc_info=error)


async def work(tools: Tools, organization_id: UUID, move_id: UUID) -> None:
    """Take one move a step further, if it is due."""
    async with tools.database.transaction(organization_id) as session:
        move = await service.claim(session, move_id)
    if move is None:
        return
    if move.state is MoveState.COMPARING:
        await _compare(tools, organization_id, move_id, move.from_connection_id, move.to_connection_id)
        return
    async with tools.database.transaction(organization_id) as session:
        await service.follow(session, move_id)


async def _compare(tools: Tools, organization_id: UUID, move_id: UUID, old_id: UUID, new_id: UUID) -> None:
    try:
        # The old platform may be the reason to leave: what it does not tell goes by ids.
        try:
            old = await _places(tools, organization_id, old_id)
        except (ConnectorError, DomainError) as silent:
            _log.warning("move.source_silent", platform_move_id=str(move_id), reason=type(silent).__name__)
            old = Places(())
        new = await _places(tools, organization_id, new_id)
    except (RateLimited, VendorUnavailable, OverBudget):
        async with tools.database.transaction(organization_id) as session:
            await service.put_off(session, move_id)
        return
    except (ConnectorError, DomainError) as refused:
        async with tools.database.transaction(organization_id) as session:
            await service.fail(session, move_id, refused)
        return
    try:
        async with tools.database.transaction(organization_id) as session:
            await service.compare(session, move_id, old=old, new=new, settings=tools.settings)
    except (ConnectorError, DomainError) as refused:
        async with tools.database.transaction(organization_id) as session:
            await service.fail(session, move_id, refused)


async def _places(tools: Tools, organization_id: UUID, connection_id: UUID) -> Places:
    async with tools.database.transaction(organization_id) as session:
        connector = find_platform((await platforms.get_connection(session, connection_id)).connector)
    if Capability.LIST_DESTINATIONS not in connector.manifest.capabilities:
        return Places(())
    lister = port(connector, Capability.LIST_DESTINATIONS, ListsDestinations)
    return Places(
        await access.use(
            tools.database, tools.settings, organization_id, connection_id, Capability.LIST_DESTINATIONS,
            lister.list_destinations, http=tools.http,
        )
    )  # fmt: skip
