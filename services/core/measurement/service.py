"""Keeping what networks report about posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit import db, jobs
from services.core.kit.settings import Settings
from services.core.measurement.models import MetricSnapshot

READ_JOB = "measurement.read"


async def plan_readings(session: AsyncSession, publication_id: UUID, *, settings: Settings) -> None:
    """Ask for a post's numbers at each of the ages the settings name, counted from now."""
    now = await db.now(session)
    for age in settings.metric_poll_seconds:
        await jobs.enqueue(
            session,
            READ_JOB,
            subject_id=publication_id,
            at=now + timedelta(seconds=age),
            dedupe=f"{READ_JOB}:{publication_id}:{age}",
        )


async def record_snapshot(
    session: AsyncSession, publication_id: UUID, *, counts: Mapping[str, int], missing: Mapping[str, str]
) -> MetricSnapshot:
    """Store one reading as it came: a number, or the reason why there is none."""
    snapshot = MetricSnapshot(
        organization_id=db.organization_of(session),
        taken_at=await db.now(session),
        publication_id=publication_id,
        counts=dict(counts),
        missing=dict(missing),
    )
    session.add(snapshot)
    await session.flush()
    return snapshot
