"""Keeping agreed wall times when the rules of time zones change."""

from __future__ import annotations

from uuid import UUID

from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.content import repository as content
from services.core.employees import repository as employees
from services.core.kit.logging import get_logger
from services.core.kit.zones import zone_release
from services.core.shares import repository, timing
from services.core.shares.models import PublicationState
from services.scheduler.worker.tools import Tools

_log = get_logger("publication")

_MOST = 500


async def rezone(tools: Tools) -> None:
    """Work out anew what was planned under other zone rules than this process has, and tell whose instant moved."""
    seen: set[UUID] = set()
    while True:
        async with tools.database.hot(None) as connection:
            found = await repository.find_other_zone_data(connection, release=zone_release(), most=_MOST)
        fresh = [ids for ids in found if ids[1] not in seen]
        for organization_id, publication_id in fresh:
            seen.add(publication_id)
            await _rezone_one(tools, organization_id, publication_id)
        # What stays was planned by a process with newer rules, and is left to it.
        if not fresh:
            return


async def _rezone_one(tools: Tools, organization_id: UUID, publication_id: UUID) -> None:
    async with tools.database.transaction(organization_id) as session:
        publication = await repository.get_publication(session, publication_id, lock=True)
        if publication.state not in (PublicationState.SCHEDULED, PublicationState.WAITING):
            return
        before = publication.scheduled_at
        if not await timing.recompute(session, publication):
            return
        _log.info(
            "publication.rezoned",
            organization_id=str(organization_id),
            publication_id=str(publication_id),
            moved_seconds=(publication.scheduled_at - before).total_seconds(),
        )
        employee = await employees.find_employee(session, publication.employee_id)
        if employee is None:
            return
        item = await content.get_item(session, publication.item_id)
        await communication.write(
            session,
            employee,
            MessageKind.PUBLICATION_REZONED,
            settings=tools.settings,
            values={
                "item": item.title,
                "local": publication.scheduled_local.replace("T", " ")[:16],
                "zone": publication.time_zone,
                "before": f"{before:%Y-%m-%d %H:%M} UTC",
                "after": f"{publication.scheduled_at:%Y-%m-%d %H:%M} UTC",
            },
        )
