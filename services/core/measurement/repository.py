"""Every query on readings."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit.db import organization_of
from services.core.measurement.models import MetricSnapshot


async def list_snapshots(session: AsyncSession, publication_id: UUID) -> list[MetricSnapshot]:
    """All readings of a post, the newest first: a handful."""
    statement = (
        select(MetricSnapshot)
        .where(
            MetricSnapshot.organization_id == organization_of(session),
            MetricSnapshot.publication_id == publication_id,
        )
        .order_by(col(MetricSnapshot.taken_at).desc(), col(MetricSnapshot.id).desc())
    )
    return list((await session.exec(statement)).all())
