"""The queue engine of one scheduler process: started, fed with handlers, stopped without cutting a job."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pgqueuer import PgQueuer
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule

from connectors.sdk import registry
from services.core.ambassadors.places import MOVED_UP_JOB
from services.core.ambassadors.service import STEPS_JOB
from services.core.communication.service import SEND_JOB
from services.core.connections.notices import NOTICE_JOB
from services.core.connections.service import TELL_JOB, WITHDRAW_JOB
from services.core.kit import db, jobs
from services.core.kit.heartbeat import BEAT_SECONDS, beat
from services.core.kit.ids import new_id
from services.core.kit.logging import get_logger
from services.core.kit.outbound import outbound_client
from services.core.kit.settings import Settings
from services.core.measurement.service import READ_JOB
from services.core.moves.service import MOVE_JOB
from services.core.platforms.access import PUSH_JOB
from services.core.platforms.access import TELL_JOB as PLATFORM_TELL_JOB
from services.core.platforms.audiences import SYNC_JOB, TELL_SYNC_JOB
from services.core.platforms.service import REVOKE_JOB
from services.core.shares.deletions import DELETE_JOB
from services.core.shares.rechecking import RECHECK_JOB, TELL_RULE_JOB
from services.core.shares.service import FOLLOW_UP_JOB, SETTLED_JOB
from services.core.shares.stops import SETTLE_JOB
from services.core.training.certificates import CERTIFIED_JOB
from services.core.training.service import GATE_JOB
from services.core.training.sessions import TELL_JOB as SEAT_JOB
from services.scheduler import periodic
from services.scheduler.jobs import (
    communication,
    connections,
    deletions,
    holds,
    measurement,
    moves,
    platforms,
    recruitment,
    settling,
    shares,
    training,
)
from services.scheduler.worker.publisher import Publisher
from services.scheduler.worker.retry import decide
from services.scheduler.worker.tools import Tools

_log = get_logger("scheduler")

Handler = Callable[[Tools, UUID, UUID], Awaitable[None]]

#: Jobs that may be run again: what they do is harmless when repeated.
HANDLERS: dict[str, Handler] = {
    FOLLOW_UP_JOB: shares.follow_up,
    SEND_JOB: communication.send,
    READ_JOB: measurement.read,
    SETTLE_JOB: holds.settle_stops,
    RECHECK_JOB: holds.recheck_queue,
    TELL_RULE_JOB: holds.tell_held_by_rule,
    TELL_JOB: connections.tell,
    WITHDRAW_JOB: connections.withdraw,
    SETTLED_JOB: settling.tell,
    NOTICE_JOB: settling.settle_notice,
    PLATFORM_TELL_JOB: platforms.tell,
    REVOKE_JOB: platforms.revoke,
    PUSH_JOB: platforms.work_push,
    SYNC_JOB: platforms.work_sync,
    TELL_SYNC_JOB: platforms.tell_failed_sync,
    MOVE_JOB: moves.work,
    MOVED_UP_JOB: recruitment.tell_moved_up,
    STEPS_JOB: recruitment.tell_steps,
    SEAT_JOB: training.tell,
    CERTIFIED_JOB: training.tell_certified,
    GATE_JOB: training.settle_gate,
    DELETE_JOB: deletions.delete_post,
}

#: Of these there is one for each post, and they can wait for posts.
_PATIENT = frozenset({FOLLOW_UP_JOB, SEND_JOB, READ_JOB})

# Both bound how soon the jobs of a killed worker are taken over.
_DEQUEUE_TIMEOUT = timedelta(seconds=2)
_HEARTBEAT_TIMEOUT = timedelta(seconds=10)
#: What processes of the version before enqueue for each publication.
_ALARM_OF_BEFORE = "publication.publish"
#: More would only wait in this process, for publishing or for a connection.
_JOBS_AT_ONCE = 10
_JOBS_PER_LOOK = 5
#: So long a job lets publishing go first.
_YIELD_SECONDS = 20.0


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what was begun. Raises what breaks the queue's connection."""
    # Read now, so that the first post does not wait for it.
    registry.list_connectors()
    database = db.Database(settings.database_url, pool_size=settings.database_pool_size)
    await database.open()
    connection = await db.connect(settings.database_url)
    engine = PgQueuer.from_asyncpg_connection(connection)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, engine.shutdown.set)
    # A queue whose connection is gone can do nothing: end, and let whoever runs us start afresh.
    connection.add_termination_listener(lambda _: engine.shutdown.set())
    _collect_less_often()
    async with outbound_client(settings) as http:
        started_at: datetime = await connection.fetchval("select advocacy_now()")
        tools = Tools(database, settings, http, started_at)
        publisher = Publisher(tools)
        _register(engine, tools, publisher)
        heart = asyncio.create_task(_beat(database))
        publishing = asyncio.create_task(publisher.run(engine.shutdown))
        sweeping = asyncio.create_task(shares.keep_sweeping(tools, engine.shutdown))
        _log.info("scheduler.started")
        try:
            await engine.run(
                dequeue_timeout=_DEQUEUE_TIMEOUT,
                heartbeat_timeout=_HEARTBEAT_TIMEOUT,
                batch_size=_JOBS_PER_LOOK,
                max_concurrent_tasks=_JOBS_AT_ONCE,
            )
            if connection.is_closed():
                raise ConnectionError("the queue's connection to the database was lost")
        finally:
            engine.shutdown.set()
            await publishing
            await sweeping
            heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heart
            await database.close()
            if not connection.is_closed():
                await connection.close()
            _log.info("scheduler.stopped")


def _collect_less_often() -> None:
    """What is loaded by now stays; looking through it for garbage again and again took a tenth of a post's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _register(engine: PgQueuer, tools: Tools, publisher: Publisher) -> None:
    @engine.entrypoint(_ALARM_OF_BEFORE, on_failure="delete")
    async def drop(job: Job) -> None:
        """Nothing to do: the row decides, and the publisher finds it."""

    for name, handler in HANDLERS.items():
        _register_repeatable(engine, tools, publisher, name, handler)
    for recurring in periodic.table(tools.settings):
        _register_recurring(engine, tools, recurring)


def _register_repeatable(engine: PgQueuer, tools: Tools, publisher: Publisher, name: str, handler: Handler) -> None:
    @engine.entrypoint(name, on_failure="hold")
    async def run_job(job: Job) -> None:
        organization_id, subject_id = jobs.decode(job.payload)
        if name in _PATIENT:
            await publisher.calm(at_most=_YIELD_SECONDS)
        try:
            await handler(tools, organization_id, subject_id)
        except Exception as error:
            # A vendor's moment is one of the real world, and the database may be what failed.
            decision = decide(error, attempt=job.attempts, now=datetime.now(UTC))
            _log.warning(
                "job.failed",
                job=name,
                subject_id=str(subject_id),
                attempt=job.attempts,
                again_in_seconds=decision.delay.total_seconds() if decision.delay else None,
                exc_info=error,
            )
            if decision.delay is None:
                raise
            raise RetryRequested(delay=decision.delay, reason=type(error).__name__) from error


def _register_recurring(engine: PgQueuer, tools: Tools, recurring: periodic.Recurring) -> None:
    @engine.schedule(recurring.name, recurring.cron)
    async def run_recurring(schedule: Schedule) -> None:
        await recurring.work(tools)


async def _beat(database: db.Database) -> None:
    """Say every ten seconds that this process lives."""
    worker_id = new_id()
    while True:
        try:
            async with database.hot(None) as connection:
                await beat(connection, worker_id, kind="scheduler")
        except Exception as error:
            _log.warning("heartbeat.failed", exc_info=error)
        await asyncio.sleep(BEAT_SECONDS)
