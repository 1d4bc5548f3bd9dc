"""Numbers of items in platforms, kept as they came; and report files, of which nothing about a person is kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError
from connectors.sdk.models import MetricReading, ReportReading, ReportSubject
from connectors.sdk.ports import ImportsReports, port
from services.core.audit import service as audit
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import repository, rules
from services.core.platforms.errors import CannotDoThat, ReportKnown, ReportNotReadable, UnknownReport
from services.core.platforms.models import (
    ContentPush,
    PlatformConnection,
    PlatformReading,
    PushState,
    ReportImport,
)
from services.core.platforms.vendors import find_platform, open_settings, platform_context

#: Whoever reads holds a push for so long.
_LEASE = timedelta(minutes=10)
#: A platform that cannot be asked now is asked again after this.
NOT_NOW = timedelta(hours=1)
_READABLE = (PushState.LIVE, PushState.EXPIRED)
#: An item that is over has been read once more.
_LAST_READING = timedelta(days=30)


async def claim(session: AsyncSession, push_id: UUID) -> ContentPush | None:
    """Take a push whose numbers are due; None if somebody has it, or there is nothing to read (any more)."""
    push = await repository.get_push(session, push_id, lock=True)
    now = await db.now(session)
    if push.metrics_at is None or push.metrics_at > now:
        return None
    session.add(push)
    if push.external_id is None or push.pushed_at is None:
        push.metrics_at = None
        return None
    if push.state not in _READABLE:
        push.metrics_at = now + NOT_NOW if push.state in rules.IN_PLATFORM else None
        return None
    push.metrics_at = now + _LEASE
    await session.flush()
    return push


async def plan(session: AsyncSession, push_id: UUID, *, after: timedelta | None) -> None:
    """When it is read next; None: never again."""
    push = await repository.get_push(session, push_id, lock=True)
    if push.metrics_at is not None:
        push.metrics_at = await db.now(session) + after if after is not None else None
        session.add(push)
        await session.flush()


async def record(session: AsyncSession, push_id: UUID, reading: MetricReading) -> PlatformReading:
    """Keep one reading as it came: a number, or the reason why there is none. Plans the next one."""
    push = await repository.get_push(session, push_id, lock=True)
    now = await db.now(session)
    row = PlatformReading(
        organization_id=push.organization_id,
        push_id=push.id,
        day_on=now.date(),
        counts={metric.value: count for metric, count in reading.values.items()},
        missing={metric.value: str(reason) for metric, reason in reading.missing.items()},
        covers=list(reading.covers),
        counted_until=reading.counted_until,
        read_at=now,
    )
    session.add(row)
    pushed_at = push.pushed_at or now
    is_over = push.state is PushState.EXPIRED and now - pushed_at > _LAST_READING
    push.metrics_at = None if is_over else rules.next_reading(pushed_at, now=now)
    session.add(push)
    await session.flush()
    return row


async def read_report(connection: PlatformConnection, *, name: str, data: bytes, settings: Settings) -> ReportReading:
    """What a file says; makes no call. Raises CannotDoThat, UnknownReport, ReportNotReadable."""
    connector = find_platform(connection.connector)
    manifest = connector.manifest
    if Capability.IMPORT_REPORT not in manifest.capabilities:
        raise CannotDoThat(platform=manifest.title, capability=Capability.IMPORT_REPORT.label)
    known = {report.name for report in manifest.reports}
    if name not in known:
        values: dict[str, object] = {"known": rules.names(known)}
        raise UnknownReport(
            problems=[FieldProblem("/name", UnknownReport.code, UnknownReport.detail, values)], **values
        )
    imports = port(connector, Capability.IMPORT_REPORT, ImportsReports)
    given = open_settings(connection, settings=settings)
    try:
        async with platform_context(settings, connection.connector, given) as ctx:
            # Ten megabytes take seconds to read, and other requests go on meanwhile.
            return await asyncio.to_thread(imports.import_report, ctx, name=name, data=data)
    except ConnectorError as refused:
        raise ReportNotReadable(words=rules.words_of(refused)) from refused


async def store_report(
    session: AsyncSession,
    actor: Actor,
    connection: PlatformConnection,
    *,
    name: str,
    data: bytes,
    reading: ReportReading,
) -> tuple[ReportImport, int]:
    """Keep what a file says of items; of people only how many, and what they add up to. Answer how many are ours."""
    actor.require(Permission.PLATFORMS_MANAGE)
    sha256 = hashlib.sha256(data).hexdigest()
    before = await repository.find_import(session, connection_id=connection.id, name=name, sha256=sha256)
    if before is not None:
        raise ReportKnown(import_id=before.id)
    items = [row for row in reading.rows if row.subject is ReportSubject.ITEM]
    people = [row for row in reading.rows if row.subject is ReportSubject.PERSON]
    kept = ReportImport(
        organization_id=actor.tenant(),
        platform_connection_id=connection.id,
        name=name,
        sha256=sha256,
        imported_by=actor.name,
        items=len(items),
        people=len({row.key for row in people}),
        people_sums=rules.sums([row.values for row in people]),
        skipped=[{"line": one.line, "reason": one.reason} for one in reading.skipped],
    )
    session.add(kept)
    await session.flush()
    ours = await repository.match_items(session, connection_id=connection.id, keys={row.key for row in items})
    await repository.add_report_rows(session, kept.id, items, ours=ours)
    audit.record(
        session, actor=actor.name, action="platform_report.import", subject=kept,
        after={"platform_connection_id": connection.id, "name": name, "items": len(items), "people": kept.people},
    )  # fmt: skip
    events.emit(session, "platform_report.imported", import_id=kept.id)
    await session.flush()
    return kept, sum(row.key in ours for row in items)


def shown_sums(kept: ReportImport, *, k: int) -> Mapping[str, int]:
    """What the rows about people add up to, if enough people stand behind it."""
    return kept.people_sums if kept.people >= k else {}
