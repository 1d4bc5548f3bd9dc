"""Finding out what became of publications whose outcome is unknown: asking vendors, and hearing them. Never sends."""

from __future__ import annotations

import asyncio
from uuid import UUID

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, RateLimited, ReauthRequired, ScopeMissing, VendorUnavailable
from connectors.sdk.ports import FindsPosts, port
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections import notices
from services.core.connections.vendors import vendor_context
from services.core.content import repository as content
from services.core.employees import repository as employees
from services.core.kit.crash import crash_point
from services.core.kit.logging import get_logger
from services.core.shares import repository, rules, settling
from services.core.shares.models import PublicationState
from services.scheduler.worker.tools import Tools

_log = get_logger("publication")

_LOOK_UPS_MOST = 200
_RECEIPTS_MOST = 200
#: How many vendors' answers are waited for at once.
_AT_ONCE = 8


async def look_up(tools: Tools) -> None:
    """Ask the vendors about everything that is due to be asked about."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_look_ups_due(connection, most=_LOOK_UPS_MOST)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(organization_id: UUID, publication_id: UUID) -> None:
        async with gate:
            await look_up_one(tools, organization_id, publication_id)

    results = await asyncio.gather(*(one(*ids) for ids in due), return_exceptions=True)
    for (_, publication_id), result in zip(due, results, strict=True):
        if isinstance(result, BaseException):
            # It was taken for a while: then it is asked about again, and the others are not held up.
            _log.error("publication.look_up_failed", publication_id=str(publication_id), exc_info=result)


async def look_up_one(tools: Tools, organization_id: UUID, publication_id: UUID) -> None:
    """Ask about one publication. No transaction is open while the vendor answers."""
    async with tools.database.transaction(organization_id) as session:
        question = await settling.take_look_up(session, publication_id, settings=tools.settings)
    if question is None:
        return
    finder = port(registry.get_connector(question.connector), Capability.FIND_POST, FindsPosts)
    try:
        async with vendor_context(
            tools.settings, question.connector, credentials=question.credentials, http=tools.http
        ) as ctx:
            async with asyncio.timeout(tools.settings.publish_deadline_seconds):
                found = await finder.find_post(ctx, request=question.request)
    except TimeoutError:
        await _record_trouble(tools, organization_id, question, VendorUnavailable("no answer in time"))
        return
    except ConnectorError as error:
        await _record_trouble(tools, organization_id, question, error)
        return
    crash_point("look_up.before_record")
    async with tools.database.transaction(organization_id) as session:
        if found is not None:
            await settling.record_found(session, question, found)
        else:
            await settling.record_missed(session, question)
    _log.info(
        "publication.looked_up",
        organization_id=str(organization_id),
        publication_id=str(publication_id),
        is_there=found is not None,
    )


async def _record_trouble(
    tools: Tools, organization_id: UUID, question: settling.Question, error: ConnectorError
) -> None:
    _log.warning("publication.look_up_refused", publication_id=str(question.publication_id), code=error.code)
    async with tools.database.transaction(organization_id) as session:
        if isinstance(error, ReauthRequired | ScopeMissing):
            await settling.record_refused(session, question, problem=error.code)
        else:
            retry_at = error.retry_at if isinstance(error, RateLimited) else None
            await settling.record_failed(session, question, retry_at=retry_at)


async def note_previews(tools: Tools) -> None:
    """See whether networks have fetched previews of what is unknown, organization by organization."""
    async with tools.database.hot(None) as connection:
        organization_ids = await repository.find_unknown_organizations(connection)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            await settling.note_previews(session)


async def settle_notice(tools: Tools, organization_id: UUID, receipt_id: UUID) -> None:
    """Work on one notice of a vendor. One that finds no row stays, and is looked at again."""
    async with tools.database.transaction(organization_id) as session:
        await settling.settle_receipt(session, receipt_id)
        crash_point("notice.before_commit")


async def settle_notices(tools: Tools) -> None:
    """Look again at notices that wait for the row they are about; after a day they are given up."""
    after = UUID(int=0)
    while True:
        async with tools.database.hot(None) as connection:
            rows = await notices.find_unsettled(connection, after=after, most=_RECEIPTS_MOST)
        for organization_id, receipt_id in rows:
            try:
                await settle_notice(tools, organization_id, receipt_id)
            # One that cannot be worked on must not keep the others waiting.
            except Exception as error:
                _log.error("notice.failed", receipt_id=str(receipt_id), exc_info=error)
        if len(rows) < _RECEIPTS_MOST:
            return
        after = rows[-1][1]


async def tell(tools: Tools, organization_id: UUID, publication_id: UUID) -> None:
    """Tell the person what was found out: it did not go out, or it did although we had thought otherwise."""
    async with tools.database.transaction(organization_id) as session:
        publication = await repository.get_publication(session, publication_id)
        kind = None
        if publication.reason == rules.FOUND_LATER:
            kind = MessageKind.PUBLICATION_FOUND_LATER
        elif publication.state is PublicationState.NOT_PUBLISHED:
            kind = MessageKind.PUBLICATION_NOT_PUBLISHED
        employee = await employees.find_employee(session, publication.employee_id)
        if kind is None or employee is None:
            return
        share = await repository.get_share(session, publication.share_id)
        item = await content.get_item(session, publication.item_id)
        await communication.write(
            session,
            employee,
            kind,
            settings=tools.settings,
            language=share.language,
            subject_id=publication.id,
            values={"item": item.title, "network": publication.network, "permalink": publication.permalink or ""},
        )
