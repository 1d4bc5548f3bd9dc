"""Publishing: what happens between the claim and the record, and what follows once the outcome is known."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import stamina

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.http import starting_before, steady
from connectors.sdk.ports import PublishesAsMember, port
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections import tokens
from services.core.connections.vendors import vendor_context
from services.core.content import repository as content
from services.core.employees import repository as employees
from services.core.kit import db
from services.core.kit.crash import crash_point
from services.core.kit.logging import get_logger
from services.core.links import repository as links
from services.core.links import service as link_service
from services.core.measurement import service as measurement
from services.core.organizations import hot as organizations
from services.core.shares import publishing, repository
from services.core.shares.explanations import explain
from services.core.shares.models import PublicationState
from services.core.shares.publishing import Armed, Claim, Ready
from services.core.shares.rules import Hold, Outcome, OutcomeKind
from services.scheduler.jobs import uploads
from services.scheduler.worker import outcomes
from services.scheduler.worker.tools import Tools

_log = get_logger("publication")

_SWEEP_MOST = 500
_SWEPT_TOGETHER = 100


async def claim(tools: Tools, organization_id: UUID, *, most: int, first: UUID | None = None) -> list[Claim]:
    """Take due publications of an organization."""
    async with tools.database.hot(organization_id) as connection:
        claims = await publishing.claim(connection, organization_id, most=most, first=first, settings=tools.settings)
    if claims:
        crash_point("publish.after_claim")
    return claims


async def publish(tools: Tools, organization_id: UUID, first: UUID | None = None) -> None:
    """Take what is due in an organization, ``first`` ahead of the others, and see it through."""
    claims = await claim(tools, organization_id, most=tools.settings.publish_batch, first=first)
    await publish_claimed(tools, organization_id, claims)


async def publish_claimed(
    tools: Tools,
    organization_id: UUID,
    claims: Sequence[Claim],
    *,
    record: Callable[[UUID, Armed, Outcome], asyncio.Future[None]] | None = None,
    done: Callable[[], None] = lambda: None,
) -> None:
    """Check, arm, send and record what was claimed. ``done`` is called once for each, whatever becomes of it.

    An error leaves the rest to their leases: the sweeper settles them, and the others are not held up.
    """
    left = len(claims)
    try:
        # Counted from before the check, so that a freeze anywhere from here on is noticed.
        started = steady()
        ready = await _check(tools, organization_id, claims)
        with_files = [one for one in ready if one.shown]
        armed = await _arm(tools, organization_id, [one for one in ready if not one.shown] if with_files else ready)
        for _ in range(len(claims) - len(armed) - len(with_files)):
            left -= 1
            done()
        if armed:
            crash_point("publish.after_arm")

        async def one(attempt: Armed) -> None:
            nonlocal left
            try:
                await _try(tools, organization_id, attempt, started, record)
            finally:
                left -= 1
                done()

        async def one_with_files(checked: Ready) -> None:
            nonlocal left
            try:
                await _publish_with_files(tools, organization_id, checked, started, record)
            finally:
                left -= 1
                done()

        tried = [*(attempt.publication_id for attempt in armed), *(one.claim.publication_id for one in with_files)]
        results = await asyncio.gather(
            *(one(attempt) for attempt in armed), *(one_with_files(ready) for ready in with_files),
            return_exceptions=True,
        )  # fmt: skip
        for publication_id, result in zip(tried, results, strict=True):
            if isinstance(result, BaseException):
                _log.error("publication.step_failed", publication_id=str(publication_id), exc_info=result)
    finally:
        for _ in range(left):
            done()


async def _publish_with_files(
    tools: Tools,
    organization_id: UUID,
    ready: Ready,
    started: float,
    record: Callable[[UUID, Armed, Outcome], asyncio.Future[None]] | None,
) -> None:
    """The files first, which nobody sees there; then what every post goes through."""
    brought = await uploads.bring(tools, organization_id, ready)
    if brought is None:
        return
    checked = [ready]
    if brought.took_calls:
        # That took its time: everything is looked at once more.
        started = steady()
        checked = await _check(tools, organization_id, [ready.claim])
    complete = [replace(one, request=replace(one.request, media=brought.media)) for one in checked]
    for attempt in await _arm(tools, organization_id, complete):
        crash_point("publish.after_arm")
        await _try(tools, organization_id, attempt, started, record)


async def _check(tools: Tools, organization_id: UUID, claims: Sequence[Claim]) -> list[Ready]:
    if not claims:
        return []
    try:
        async with tools.database.transaction(organization_id) as session:
            ready = await publishing.check(session, claims, settings=tools.settings)
    except db.TROUBLE:
        raise
    except Exception as error:
        if len(claims) == 1:
            raise
        # One that cannot be checked (a damaged row, say) must not take the others along.
        _log.warning("publication.check_failed", count=len(claims), exc_info=error)
        ready = []
        for one in claims:
            try:
                ready += await _check(tools, organization_id, [one])
            except Exception as own:
                _log.error("publication.step_failed", publication_id=str(one.publication_id), exc_info=own)
    crash_point("publish.after_check")
    return ready


async def _arm(tools: Tools, organization_id: UUID, ready: Sequence[Ready]) -> list[Armed]:
    if not ready:
        return []
    armed: list[Armed] = []
    try:
        # Two that arm for the same connections at once may deadlock; the one that was ended has done nothing.
        async for attempt in stamina.retry_context(on=asyncpg.DeadlockDetectedError, attempts=3, wait_initial=0.02):
            with attempt:
                async with tools.database.hot(organization_id) as connection:
                    armed = await publishing.arm(connection, organization_id, ready, settings=tools.settings)
                    crash_point("publish.before_arm_commit")
    except db.TROUBLE as error:
        # Whether it was committed is not known; that nothing was sent is.
        _log.warning("publication.arm_unsure", count=len(armed), exc_info=error)
        await asyncio.gather(
            *(record_one(tools, organization_id, one, outcomes.ARMING_UNSURE) for one in armed),
            return_exceptions=True,
        )
        return []
    lost = {one.claim.publication_id for one in ready} - {one.publication_id for one in armed}
    if lost:
        await _look_again(tools, organization_id, [one.claim for one in ready if one.claim.publication_id in lost])
    return armed


async def _look_again(tools: Tools, organization_id: UUID, claims: Sequence[Claim]) -> None:
    """Something changed between check and arming: say what, and let go of what is free to go later."""
    async with tools.database.transaction(organization_id) as session:
        ready = await publishing.check(session, claims, settings=tools.settings)
    async with tools.database.hot(organization_id) as connection:
        await publishing.give_back(connection, organization_id, [one.claim for one in ready])


async def _try(
    tools: Tools,
    organization_id: UUID,
    armed: Armed,
    started: float,
    record: Callable[[UUID, Armed, Outcome], asyncio.Future[None]] | None,
) -> None:
    outcome = await _send_once(tools, armed.ready, started)
    crash_point("publish.after_send")
    if record is not None:
        await record(organization_id, armed, outcome)
    else:
        await _record(tools, organization_id, armed, outcome)
    crash_point("publish.after_record")
    if outcome.code == "reauth_required" and armed.ready.is_renewable:
        await _renew(tools, organization_id, armed.ready)
    _log.info(
        "publication.tried",
        organization_id=str(organization_id),
        publication_id=str(armed.publication_id),
        attempt_id=str(armed.attempt_id),
        outcome=outcome.kind.value,
        code=outcome.code,
        duration_ms=round((steady() - started) * 1000),
    )


async def _renew(tools: Tools, organization_id: UUID, ready: Ready) -> None:
    """The network refused the token: get another one now. What goes wrong here is made up for by the recurring job."""
    try:
        await tokens.renew(
            tools.database,
            tools.settings,
            organization_id,
            ready.connection_id,
            refused_version=ready.token_version,
        )
    except db.TROUBLE as trouble:
        _log.warning("connection.renewal_interrupted", connection_id=str(ready.connection_id), exc_info=trouble)


async def _send_once(tools: Tools, ready: Ready, started: float) -> Outcome:
    """Steps 5 and 6: the one visible call, and what it proves."""
    settings = tools.settings
    outcome: Outcome | None = None
    try:
        connector = registry.get_connector(ready.connector)
        publisher = port(connector, Capability.PUBLISH_AS_MEMBER, PublishesAsMember)
        latest = started + settings.publish_start_seconds
        async with vendor_context(settings, ready.connector, credentials=ready.credentials, http=tools.http) as ctx:
            if steady() > latest:
                return outcomes.STARTED_TOO_LATE
            crash_point("publish.before_send")
            with starting_before(latest):
                async with asyncio.timeout(settings.publish_deadline_seconds):
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


async def record_together(tools: Tools, organization_id: UUID, answers: Sequence[tuple[Armed, Outcome]]) -> set[UUID]:
    """Step 7 for what is out, in one transaction; answer the attempts written. The rest is for ``record_one``."""
    published = [one for one in answers if one[1].kind is OutcomeKind.PUBLISHED]
    if not published:
        return set()
    try:
        async with tools.database.hot(organization_id) as connection:
            recorded = await publishing.record_published(connection, organization_id, published)
            crash_point("publish.before_record_commit")
    except db.TROUBLE as error:
        _log.warning("publication.record_together_failed", count=len(published), exc_info=error)
        return set()
    return recorded


async def _record(tools: Tools, organization_id: UUID, armed: Armed, outcome: Outcome) -> None:
    if armed.attempt_id not in await record_together(tools, organization_id, [(armed, outcome)]):
        await record_one(tools, organization_id, armed, outcome)


async def record_one(tools: Tools, organization_id: UUID, armed: Armed, outcome: Outcome) -> None:
    """The answer is worth more than the moment: a database that restarts gets it a little later."""
    try:
        async for attempt in stamina.retry_context(
            on=db.TROUBLE,
            attempts=8,
            wait_initial=0.2,
            wait_max=10.0,
            timeout=tools.settings.publish_lease_seconds,
        ):
            with attempt:
                async with tools.database.transaction(organization_id) as session:
                    await publishing.record(session, armed, outcome, settings=tools.settings)
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


async def sweep(tools: Tools) -> None:
    """Settle what a dead or frozen worker left behind. Never posts."""
    async with tools.database.hot(None) as connection:
        dead = await repository.find_dead_leases(connection, most=_SWEEP_MOST)
    for organization_id in dict.fromkeys(organization_id for organization_id, _ in dead):
        ids = [publication_id for owner, publication_id in dead if owner == organization_id]
        for start in range(0, len(ids), _SWEPT_TOGETHER):
            async with tools.database.hot(organization_id) as connection:
                swept = await publishing.sweep(
                    connection, organization_id, ids[start : start + _SWEPT_TOGETHER], settings=tools.settings
                )
                if swept:
                    crash_point("sweep.before_commit")
            for publication_id, state in swept:
                _log.warning("publication.swept", publication_id=str(publication_id), state=state.value)


async def keep_sweeping(tools: Tools, stop: asyncio.Event) -> None:
    """Sweep from every worker: the queue hands a schedule whose worker died on only after 30 s (PgQueuer 1.x)."""
    while not stop.is_set():
        try:
            await sweep(tools)
        except Exception as error:
            _log.warning("publication.sweep_failed", exc_info=error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), tools.settings.sweep_seconds)


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
        try:
            async with tools.database.transaction(organization_id) as session:
                await publishing.close_unsettled(session, publication_id, settings=settings)
        # One damaged row does not keep the others open.
        except Exception as error:
            _log.error("publication.close_failed", publication_id=str(publication_id), exc_info=error)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            followed = await repository.list_followed_hand_overs(session)
        for publication_id in followed:
            async with tools.database.transaction(organization_id) as session:
                await publishing.prove_by_click(session, publication_id)


_TOLD = {
    PublicationState.PUBLISHED: MessageKind.PUBLICATION_PUBLISHED,
    PublicationState.REJECTED: MessageKind.PUBLICATION_REJECTED,
    PublicationState.UNKNOWN: MessageKind.PUBLICATION_UNKNOWN,
    PublicationState.MISSED: MessageKind.PUBLICATION_MISSED,
    PublicationState.HELD: MessageKind.PUBLICATION_HELD,
    PublicationState.CANCELLED: MessageKind.PUBLICATION_CANCELLED,
}


#: The person did it themselves, or is told once for all posts, or in more words.
_TOLD_OTHERWISE = frozenset(
    {
        "cancelled_by_person",
        Hold.PAUSED,
        Hold.STOPPED,
        Hold.POLICY_RULE,
        Hold.EMBARGO,
        Hold.CONNECTION,
        Hold.TOKEN_ENDING,
        "reauth_required",
        "scope_missing",
    }
)


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
            if publication.external_id is not None and publication.published_at is not None:
                await measurement.plan_next_reading(
                    session, publication.id, published_at=publication.published_at, settings=settings
                )
        kind = _TOLD.get(publication.state)
        employee = await employees.find_employee(session, publication.employee_id)
        if kind is None or employee is None or publication.reason in _TOLD_OTHERWISE:
            return
        explained = explain(publication, share.language)
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
                "reason": explained.why or "",
                "next": explained.next_step,
            },
        )
