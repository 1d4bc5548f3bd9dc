"""Reading the numbers of posts from their networks."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import Actor, ConnectorError, ReauthRequired
from connectors.sdk.models import MissingReason
from connectors.sdk.ports import ReadsMetrics, port
from services.core.connections import repository as connections
from services.core.connections import service as connection_service
from services.core.connections.models import Connection
from services.core.connections.vendors import can, vendor_context
from services.core.kit import db
from services.core.measurement import rules, service
from services.core.shares import repository as shares
from services.core.shares.models import PublicationState
from services.scheduler.worker.tools import Tools


async def read(tools: Tools, organization_id: UUID, publication_id: UUID) -> None:
    """Read one post's numbers and store them. What a network does not give is stored as missing, with the reason.

    When an account cannot be read (any more), the numbers that were read stay the last ones, and nothing fails.
    """
    async with tools.database.transaction(organization_id) as session:
        publication = await shares.get_publication(session, publication_id)
        if publication.state is not PublicationState.PUBLISHED or publication.external_id is None:
            return
        if publication.published_at is not None:
            await service.plan_next_reading(
                session, publication_id, published_at=publication.published_at, settings=tools.settings
            )
        connection = await connections.get_connection(session, publication.connection_id)
        why_not = rules.why_no_access(connection, now=await db.now(session))
        if not can(publication.connector, Capability.READ_METRICS):
            why_not = MissingReason.NOT_SUPPORTED
        if why_not is not None:
            await service.record_unreadable(session, publication_id, reason=why_not)
            return
        credentials = await connection_service.open_credentials(session, connection, settings=tools.settings)
    reader = port(registry.get_connector(publication.connector), Capability.READ_METRICS, ReadsMetrics)
    try:
        async with vendor_context(
            tools.settings, publication.connector, credentials=credentials, http=tools.http
        ) as ctx:
            reading = await reader.read_metrics(ctx, external_id=publication.external_id, metrics=rules.METRICS)
    except ConnectorError as refused:
        if refused.actor is Actor.NOBODY:
            raise
        async with tools.database.transaction(organization_id) as session:
            if isinstance(refused, ReauthRequired):
                await note_refused_token(session, connection, problem=refused.code)
            await service.record_unreadable(session, publication_id, reason=refused.code)
        return
    async with tools.database.transaction(organization_id) as session:
        await service.record_snapshot(
            session,
            publication_id,
            counts={metric.value: count for metric, count in reading.values.items()},
            missing={metric.value: reason for metric, reason in reading.missing.items()},
        )


async def note_refused_token(session: AsyncSession, connection: Connection, *, problem: str) -> None:
    """A network took the token of ``connection`` no more: renew it, or tell its person; not if another is there now."""
    now_stored = await connections.get_connection(session, connection.id, lock=True)
    if now_stored.token_version != connection.token_version:
        return
    if now_stored.is_renewable:
        now_stored.renew_at = await db.now(session)
        session.add(now_stored)
    else:
        await connection_service.mark_needs_reconnect(session, now_stored, problem=problem)
