"""Posts that their people want deleted: the network is asked once, and after a lost answer only looked at."""

from __future__ import annotations

import asyncio
from uuid import UUID

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, RateLimited, ReauthRequired, ScopeMissing
from connectors.sdk.http import starting_before, steady
from connectors.sdk.ports import DeletesPosts, FindsPosts, port
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections import budgets
from services.core.connections.models import Connection
from services.core.connections.vendors import vendor_context
from services.core.content import repository as content
from services.core.employees import repository as employees
from services.core.kit.logging import get_logger
from services.core.shares import deletions, repository
from services.core.shares.deletions import Look, ToDelete
from services.core.shares.explanations import name_of
from services.core.shares.models import DeletionState
from services.core.shares.rules import Outcome, OutcomeKind
from services.scheduler.jobs.measurement import note_refused_token
from services.scheduler.worker import outcomes
from services.scheduler.worker.tools import Tools

_log = get_logger("publication")

_MOST = 100
_AT_ONCE = 5


async def work_deletions(tools: Tools) -> None:
    """Work on every deletion that is due."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_deletions_due(connection, most=_MOST)
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(organization_id: UUID, deletion_id: UUID) -> None:
        async with places:
            try:
                await delete_post(tools, organization_id, deletion_id)
            # One that cannot be worked on must not hold up the others.
            except Exception as error:
                _log.error("post_deletion.failed", deletion_id=str(deletion_id), exc_info=error)

    await asyncio.gather(*(one(*ids) for ids in due))


async def delete_post(tools: Tools, organization_id: UUID, deletion_id: UUID) -> None:
    """Do what one deletion needs now. Harmless when repeated: each step looks at the row again."""
    started = steady()
    async with tools.database.transaction(organization_id) as session:
        armed = await deletions.arm(session, deletion_id, settings=tools.settings)
    if armed is not None:
        outcome = await _send(tools, organization_id, armed, started)
        async with tools.database.transaction(organization_id) as session:
            await deletions.record(session, armed, outcome)
        if outcome is not None:
            await _note_account(tools, organization_id, armed.connection, outcome.code)
    else:
        async with tools.database.transaction(organization_id) as session:
            look = await deletions.take_look(session, deletion_id, settings=tools.settings)
        if look is not None:
            await _look(tools, organization_id, look)
    await _tell(tools, organization_id, deletion_id)


async def _send(tools: Tools, organization_id: UUID, armed: ToDelete, started: float) -> Outcome | None:
    """The one call; None: the post is gone."""
    settings = tools.settings
    latest = started + settings.publish_start_seconds
    try:
        connector = registry.get_connector(armed.connector)
        deleter = port(connector, Capability.DELETE_POST, DeletesPosts)
        async with tools.database.hot(organization_id) as connection:
            allowed = await budgets.spend(
                connection, organization_id, connector=armed.connector, budgets=connector.manifest.budgets,
                capability=Capability.DELETE_POST, connection_ids=[armed.connection.id],
            )  # fmt: skip
            if not allowed:
                until = await budgets.next_period(connection, connector.manifest.budgets, Capability.DELETE_POST)
                return Outcome(OutcomeKind.NOT_SENT, "budget", retry_at=until)
        async with vendor_context(settings, armed.connector, credentials=armed.credentials, http=tools.http) as ctx:
            if steady() > latest:
                return outcomes.STARTED_TOO_LATE
            with starting_before(latest):
                async with asyncio.timeout(settings.publish_deadline_seconds):
                    await deleter.delete_post(ctx, external_id=armed.external_id)
            return None
    except registry.ConnectorNotFound:
        return outcomes.CONNECTOR_GONE
    # Whatever a connector raises has to become an outcome: it is armed.
    except Exception as error:
        return outcomes.of_error(error)


async def _look(tools: Tools, organization_id: UUID, look: Look) -> None:
    finder = port(registry.get_connector(look.connector), Capability.FIND_POST, FindsPosts)
    try:
        async with vendor_context(tools.settings, look.connector, credentials=look.credentials, http=tools.http) as ctx:
            async with asyncio.timeout(tools.settings.publish_deadline_seconds):
                found = await finder.find_post(ctx, request=look.request)
    except (ConnectorError, TimeoutError) as error:
        code = error.code if isinstance(error, ConnectorError) else "no_answer"
        _log.warning("post_deletion.look_refused", deletion_id=str(look.deletion_id), code=code)
        async with tools.database.transaction(organization_id) as session:
            retry_at = error.retry_at if isinstance(error, RateLimited) else None
            await deletions.record_look_failed(session, look, retry_at=retry_at)
        await _note_account(tools, organization_id, look.connection, code)
        return
    async with tools.database.transaction(organization_id) as session:
        # Another post with the same words is not the one that was to go.
        is_there = found is not None and found.external_id == look.external_id
        await deletions.record_look(session, look, is_there=is_there)


async def _note_account(tools: Tools, organization_id: UUID, connection: Connection, code: str) -> None:
    """The network does not let us in any more: that is the account's matter, not the post's."""
    if code in (ReauthRequired.family, ScopeMissing.family):
        async with tools.database.transaction(organization_id) as session:
            await note_refused_token(session, connection, problem=code)


async def _tell(tools: Tools, organization_id: UUID, deletion_id: UUID) -> None:
    """Tell the person how it ended, or that nobody knows: each once."""
    async with tools.database.transaction(organization_id) as session:
        deletion = await repository.get_deletion(session, deletion_id)
        if deletion is None or deletion.state not in deletions.TOLD:
            return
        employee = await employees.find_employee(session, deletion.employee_id)
        if employee is None:
            return
        publication = await repository.get_publication(session, deletion.publication_id)
        share = await repository.get_share(session, publication.share_id)
        item = await content.get_item(session, publication.item_id)
        is_gone = deletion.state is DeletionState.DELETED
        await communication.write(
            session, employee, MessageKind.POST_DELETED if is_gone else MessageKind.POST_NOT_DELETED,
            settings=tools.settings, language=share.language,
            # What was unknown and turned out not to be deleted is a second letter.
            subject_id=deletions.told_as(deletion),
            values={
                "item": item.title,
                "network": name_of(publication.network),
                "next": deletions.explain(deletion, publication, share.language),
                "permalink": publication.permalink or "",
            },
        )  # fmt: skip
