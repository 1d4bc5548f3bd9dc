"""Keeping what networks report about posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from services.core.connections.models import Connection
from services.core.connections.vendors import can
from services.core.kit import db, jobs
from services.core.kit.settings import Settings
from services.core.measurement import repository, rules
from services.core.measurement.models import MetricSnapshot
from services.core.shares.models import Publication

READ_JOB = "measurement.read"


async def plan_next_reading(
    session: AsyncSession, publication_id: UUID, *, published_at: datetime, settings: Settings
) -> None:
    """Ask for a post's numbers at the next of the ages that the settings name; each reading plans the one after it."""
    now = await db.now(session)
    for age in sorted(settings.metric_poll_seconds):
        at = published_at + timedelta(seconds=age)
        if at > now:
            await jobs.enqueue(
                session, READ_JOB, subject_id=publication_id, at=at, dedupe=f"{READ_JOB}:{publication_id}:{age}"
            )
            return


async def list_last_numbers(
    session: AsyncSession, publication: Publication, connection: Connection
) -> list[rules.LastNumber]:
    """The last number of each metric of a post, or why there is none. What was read once outlives the connection."""
    why_not = rules.why_unreadable(
        publication,
        connection,
        can_read=can(publication.connector, Capability.READ_METRICS),
        now=await db.now(session),
    )
    return rules.last_numbers(await repository.list_snapshots(session, publication.id), why_not=why_not)


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


async def record_unreadable(session: AsyncSession, publication_id: UUID, *, reason: str) -> None:
    """A post cannot be read: said once if nothing was ever read of it; else its last numbers stay what they are."""
    if not await repository.list_snapshots(session, publication_id):
        await record_snapshot(
            session, publication_id, counts={}, missing=dict.fromkeys((m.value for m in rules.METRICS), reason)
        )
