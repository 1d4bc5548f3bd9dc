"""Publishing: what happens between the claim and the record, and what follows once the outcome is known."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import asyncpg
import stamina
from sqlalchemy.exc import SQLAlchemyError

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.ports import PublishesAsMember, port
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections.vendors import vendor_context
from services.core.content import repository as content
from services.core.employees import repository as employees
from services.core.kit.crash import crash_point
from services.core.kit.logging import get_logger
from services.core.links import repository as links
from services.core.links import service as link_service
from services.core.measurement import service as measurement
from services.core.organizations import hot as organizations
from services.core.shares import publishing, repository
from services.core.shares.models import PublicationState
from services.core.shares.rules import Outcome
from services.scheduler.worker import outcomes
from services.scheduler.worker.tools import Tools

_log = get_logger("publication")

#: How many publications one wake-up has on their way at once.
_AT_ONCE = 16
_SCAN_MOST = 500
_SWEEP_MOST = 500


async def publish(tools: Tools, organization_id: UUID, publication_id: UUID | None) -> None:
    """The alarm rang: take this publication if it is due, and others of the organization that are."""
    async with tools.database.transaction(organization_id) as session:
        claims = await publishing.claim(session, first=publication_id, settings=tools.settings)
    crash_point("publish.after_claim")
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(claim: publishing.Claim) -> None:
        async with gate:
            await _publish_claimed(tools, organization_id, claim)

    results = await asyncio.gather(*(one(claim) for claim in claims), return_exceptions=True)
    for claim, result in zip(claims, results, strict=True):
        if isinstance(result, BaseException):
            # Its lease runs out and the sweeper settles it; the others are not held up.
            _log.error("publication.step_failed", publication_id=str(claim.publication_id), exc_info=result)


async def _publish_claimed(tools: Tools, organization_id: UUID, claim: publishing.Claim) -> None:
    async with tools.database.transaction(organization_id) as session:
        ready = await publishing.check(session, claim, settings=tools.settings)
    if ready is None:
        return
    crash_point("publish.after_check")
    # Counted from before arming, so that a freeze anywhere from here on is noticed.
    started = _monotonic()
    async with tools.database.transaction(organization_id) as session:
        armed = await publishing.arm(session, ready, settings=tools.settings)
    if armed is None:
        return
    crash_point("publish.after_arm")
    outcome = await _send_once(tools, ready, started)
    crash_point("publish.after_send")
    await _record(tools, organization_id, armed, outcome)
    crash_point("publish.after_record")
    _log.info(
        "publication.tried",
        organization_id=str(organization_id),
        publication_id=str(claim.publication_id),
        attempt_id=str(armed.attempt_id),
        outcome=outcome.kind.value,
        code=outcome.code,
        duration_ms=round((_monotonic() - started) * 1000),
    )


async def _send_once(tools: Tools, ready: publishing.Ready, started: float) -> Outcome:
    """Steps 5 and 6: the one visible call, and what it proves."""
    outcome: Outcome | None = None
    try:
        connector = registry.get_connector(ready.connector)
        publisher = port(connector, Capability.PUBLISH_AS_MEMBER, PublishesAsMember)
        async with vendor_context(tools.settings, ready.connector, credentials=ready.credentials) as ctx:
            if _monotonic() - started > tools.settings.publish_start_seconds:
                return outcomes.STARTED_TOO_LATE
            crash_point("publish.before_send")
            async with asyncio.timeout(tools.settings.publish_deadline_seconds):
                published = await publisher.publish_as_member(ctx, request=ready.request)
            crash_point("publish.before_classify")
            # Said before the client is closed: trouble in closing it takes nothing back.
            outcome = outcomes.of_answer(published)
    except registry.ConnectorNotFound:
        return outcomes.CONNECTOR_GONE
    except Exception as error:
        # Whatever a connector raises has to become an outcome: an attempt is armed.
        return outcome or outcomes.of_error(error)
    return outcome


async def _record(tools: Tools, organization_id: UUID, armed: publishing.Armed, outcome: Outcome) -> None:
    """Step 7. The answer is worth more than the moment: a database that restarts gets it a little later."""
    try:
        async for attempt in stamina.retry_context(
            on=(OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError),
            attempts=8,
            wait_initial=0.2,
            wait_max=10.0,
            timeout=tools.settings.publish_lease_seconds,
        ):
            with attempt:
                async with tools.database.transaction(organization_id) as session:
                    await publishing.record(session, armed, outcome)
                    crash_point("publish.before_record_commit")
    except Exception as error:
        _log.error(
            "publication.record_failed",
            organization_id=str(organization_id),
            publication_id=str(armed.publication_id),
            attempt_id=str(armed.attempt_id),
            outcome=outcome.kind.value,
            code=outcome.code,
            external_id=outcome.external_id,
            exc_info=error,
        )
        raise


def _monotonic() -> float:
    """Seconds that also pass while the machine sleeps, where the system counts those."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


async def scan(tools: Tools) -> None:
    """Find due publications whose alarm is gone, and take them, organization by organization."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_due(connection, most=_SCAN_MOST)
    for organization_id in dict.fromkeys(organization_id for organization_id, _ in due):
        await publish(tools, organization_id, None)


async def sweep(tools: Tools) -> None:
    """Settle what a dead or frozen worker left behind. Never posts."""
    async with tools.database.hot(None) as connection:
        dead = await repository.find_dead_leases(connection, most=_SWEEP_MOST)
    for organization_id, publication_id in dead:
        async with tools.database.transaction(organization_id) as session:
            state = await publishing.sweep(session, publication_id, settings=tools.settings)
            crash_point("sweep.before_commit")
        if state is not None:
            _log.warning("publication.swept", publication_id=str(publication_id), state=state.value)


async def close_unsettled(tools: Tools) -> None:
    """End what has been open for too long, and see whether hand-overs have been followed."""
    settings = tools.settings
    async with tools.database.hot(None) as connection:
        rows = await repository.find_unsettled(
            connection,
            unknown_for=timedelta(hours=settings.unknown_close_hours),
            handed_over_for=timedelta(hours=settings.handover_close_hours),
            held_for=timedelta(seconds=settings.publish_grace_seconds),
            most=_SWEEP_MOST,
        )
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id, publication_id in rows:
        async with tools.database.transaction(organization_id) as session:
            await publishing.close_unsettled(session, publication_id, settings=settings)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            followed = await repository.list_followed_hand_overs(session)
            held = await repository.list_held(session)
        for publication_id in followed:
            async with tools.database.transaction(organization_id) as session:
                await publishing.prove_by_click(session, publication_id)
        for publication_id in held:
            async with tools.database.transaction(organization_id) as session:
                await publishing.recheck_held(session, publication_id, settings=settings)


_TOLD = {
    PublicationState.PUBLISHED: MessageKind.PUBLICATION_PUBLISHED,
    PublicationState.REJECTED: MessageKind.PUBLICATION_REJECTED,
    PublicationState.UNKNOWN: MessageKind.PUBLICATION_UNKNOWN,
    PublicationState.MISSED: MessageKind.PUBLICATION_MISSED,
    PublicationState.HELD: MessageKind.PUBLICATION_HELD,
    PublicationState.CANCELLED: MessageKind.PUBLICATION_CANCELLED,
}


async def follow_up(tools: Tools, organization_id: UUID, publication_id: UUID) -> None:
    """Step 8: tell the person, let the link count, plan the readings. Its failure never touches the publication."""
    crash_point("publish.follow_up")
    settings = tools.settings
    async with tools.database.transaction(organization_id) as session:
        publication = await repository.get_publication(session, publication_id)
        share = await repository.get_share(session, publication.share_id)
        if publication.state is PublicationState.PUBLISHED:
            link = await links.get_link(session, share.link_id)
            if link.published_at is None and publication.published_at is not None:
                await link_service.mark_published(session, link.id, publication.published_at)
            if publication.external_id is not None:
                await measurement.plan_readings(session, publication.id, settings=settings)
        kind = _TOLD.get(publication.state)
        employee = await employees.find_employee(session, publication.employee_id)
        if kind is None or employee is None or publication.reason == "cancelled_by_person":
            return
        item = await content.get_item(session, publication.item_id)
        await communication.write(
            session,
            employee,
            kind,
            settings=settings,
            language=share.language,
            subject_id=publication.id,
            values={
                "item": item.title,
                "network": publication.network,
                "permalink": publication.permalink or "",
                "reason": publication.vendor_message or publication.reason or "",
            },
        )
