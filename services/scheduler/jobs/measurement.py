"""Reading the numbers of posts from their networks."""

from __future__ import annotations

from uuid import UUID

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError
from connectors.sdk.models import Metric, MetricReading
from connectors.sdk.ports import ReadsMetrics, port
from services.core.connections import repository as connections
from services.core.connections import service as connection_service
from services.core.connections.models import ConnectionState
from services.core.connections.vendors import vendor_context
from services.core.measurement import service
from services.core.organizations import hot as organizations
from services.core.reports import feeds as reports
from services.core.shares import repository as shares
from services.core.shares.models import PublicationState
from services.scheduler.worker.tools import Tools

METRICS = (Metric.IMPRESSIONS, Metric.REACTIONS, Metric.COMMENTS, Metric.RESHARES)


async def read(tools: Tools, organization_id: UUID, publication_id: UUID) -> None:
    """Read one post's numbers and store them. What a network does not give is stored as missing, with the reason."""
    async with tools.database.transaction(organization_id) as session:
        publication = await shares.get_publication(session, publication_id)
        if publication.state is not PublicationState.PUBLISHED or publication.external_id is None:
            return
        connection = await connections.get_connection(session, publication.connection_id)
        credentials = await connection_service.open_credentials(session, connection, settings=tools.settings)
    connector = registry.get_connector(publication.connector)
    if Capability.READ_METRICS not in connector.manifest.capabilities:
        reading = MetricReading(values={}, missing=dict.fromkeys(METRICS, "not_supported"))
    elif connection.state is not ConnectionState.ACTIVE:
        reading = MetricReading(values={}, missing=dict.fromkeys(METRICS, "not_connected"))
    else:
        reader = port(connector, Capability.READ_METRICS, ReadsMetrics)
        try:
            async with vendor_context(tools.settings, publication.connector, credentials=credentials) as ctx:
                reading = await reader.read_metrics(ctx, external_id=publication.external_id, metrics=METRICS)
        except ConnectorError as refused:
            if refused.actor.value == "nobody":
                raise
            reading = MetricReading(values={}, missing=dict.fromkeys(METRICS, refused.code))
    async with tools.database.transaction(organization_id) as session:
        await service.record_snapshot(
            session,
            publication_id,
            counts={metric.value: count for metric, count in reading.values.items()},
            missing={metric.value: reason for metric, reason in reading.missing.items()},
        )


async def refresh_goals(tools: Tools) -> None:
    """Bring the goals that measure themselves up to date, organization by organization."""
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            await reports.refresh_goals(session, k=tools.settings.min_group_size)
