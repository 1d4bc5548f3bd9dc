"""The loop that takes due publications: each worker asks the index of due ones, and sees through what it took.

There is no job per publication. The row and its index are the alarm; nothing can be lost between a queue and the row,
a million planned posts cost the queue nothing, and any number of workers share the work by skipping each other's rows.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from uuid import UUID

from services.core.kit.logging import get_logger
from services.core.shares import hot
from services.core.shares.publishing import Armed, Claim
from services.core.shares.rules import Outcome
from services.scheduler.jobs import shares
from services.scheduler.worker.tools import Tools

_log = get_logger("publication")

_Answer = tuple[Armed, Outcome, "asyncio.Future[None]"]

#: Other workers hold what is due: look again soon.
_CONTENDED_SECONDS = 0.05
#: The database is not there: look again later.
_TROUBLE_SECONDS = 1.0
_SMALLEST_REST = 0.005


#: How long answers are gathered before they are written down together.
_GATHER_SECONDS = 0.02


class Recorder:
    """Writes answers down together: while one commit is on its way, those that come in meanwhile wait for the next."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._waiting: dict[UUID, list[_Answer]] = defaultdict(list)
        self._writing: dict[UUID, asyncio.Task[None]] = {}
        self._alone: set[asyncio.Task[None]] = set()

    def record(self, organization_id: UUID, armed: Armed, outcome: Outcome) -> asyncio.Future[None]:
        """Done once the answer is durable; raises what kept it from being."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[organization_id].append((armed, outcome, written))
        if organization_id not in self._writing:
            self._writing[organization_id] = asyncio.create_task(self._write(organization_id))
        return written

    async def _write(self, organization_id: UUID) -> None:
        try:
            while organization_id in self._waiting:
                # With more workers than processors each has few answers at a time; a commit is worth more than one.
                await asyncio.sleep(_GATHER_SECONDS)
                await self._write_batch(organization_id, self._waiting.pop(organization_id))
        finally:
            del self._writing[organization_id]

    async def _write_batch(self, organization_id: UUID, batch: list[_Answer]) -> None:
        answers = [(armed, outcome) for armed, outcome, _ in batch]
        try:
            recorded = await shares.record_together(self._tools, organization_id, answers)
        except Exception as error:
            _log.error("publication.record_together_broken", count=len(answers), exc_info=error)
            recorded = set()
        for armed, outcome, written in batch:
            if armed.attempt_id in recorded:
                written.set_result(None)
            else:
                # Beside the next batch: one that takes long (the database restarts) holds up nobody else.
                alone = asyncio.create_task(self._write_alone(organization_id, armed, outcome, written))
                self._alone.add(alone)
                alone.add_done_callback(self._alone.discard)

    async def _write_alone(
        self, organization_id: UUID, armed: Armed, outcome: Outcome, written: asyncio.Future[None]
    ) -> None:
        try:
            await shares.record_one(self._tools, organization_id, armed, outcome)
        except Exception as error:
            written.set_exception(error)
        else:
            written.set_result(None)


class Publisher:
    """One worker's share of the publishing."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._recorder = Recorder(tools)
        self._limit = tools.settings.publish_at_once
        self._in_flight = 0
        self._batches: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._idle = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until ``stop``; then claim nothing more, and finish what was begun."""
        while not stop.is_set():
            try:
                pause = await self._turn()
            # The edge of the loop: whatever goes wrong, it goes on. Mostly it is the database that is not there.
            except Exception as error:
                _log.warning("publication.turn_failed", exc_info=error)
                pause = _TROUBLE_SECONDS
            if pause > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
        if self._batches:
            await asyncio.wait(self._batches)

    async def calm(self, *, at_most: float) -> None:
        """Return when nothing is due that was not taken, or after ``at_most`` seconds: a mail can wait, a post not."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), at_most)

    async def _turn(self) -> float:
        """Take what is due, as far as there is room; answer how long to rest before the next turn."""
        free = self._limit - self._in_flight
        if free < min(self._tools.settings.publish_batch, self._limit):
            # Few at a time are not worth a claim of their own.
            self._freed.clear()
            await self._freed.wait()
            return 0
        async with self._tools.database.hot(None) as connection:
            organizations = await hot.find_due_organizations(connection, most=free)
            rest = None if organizations else await hot.seconds_to_next_due(connection)
        if not organizations:
            self._idle.set()
            tick = float(self._tools.settings.scan_seconds)
            return tick if rest is None else min(max(rest, _SMALLEST_REST), tick)
        taken = 0
        for organization_id in organizations:
            most = min(self._limit - self._in_flight, self._tools.settings.publish_batch)
            if most <= 0:
                break
            claims = await shares.claim(self._tools, organization_id, most=most)
            if claims:
                taken += len(claims)
                self._start(organization_id, claims)
        return 0 if taken else _CONTENDED_SECONDS

    def _start(self, organization_id: UUID, claims: list[Claim]) -> None:
        self._in_flight += len(claims)
        self._idle.clear()
        batch = asyncio.create_task(self._see_through(organization_id, claims))
        self._batches.add(batch)
        batch.add_done_callback(self._batches.discard)

    async def _see_through(self, organization_id: UUID, claims: list[Claim]) -> None:
        try:
            await shares.publish_claimed(
                self._tools, organization_id, claims, record=self._recorder.record, done=self._free
            )
        except Exception as error:
            # Their leases run out, and the sweeper settles them.
            _log.error("publication.batch_failed", count=len(claims), exc_info=error)

    def _free(self) -> None:
        self._in_flight -= 1
        self._freed.set()
