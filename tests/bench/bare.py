"""The bare limit: the least code that claims, arms, posts and records over plain asyncpg with the same durability.

What it does, for due publications of one organization: claim 50 rows in a transaction with FOR UPDATE SKIP LOCKED; arm
each in a transaction of its own (state, lease and fence checked, attempt inserted, ``synchronous_commit`` on); one POST
to the same vendor over a fresh plain socket connection; record each in a transaction of its own (attempt and
publication, again durable). As many publications at once as it has connections.

What it does not do, and the product does: look whether the post may still go out (consent, employment, pause, stop,
policy, budget, breaker, token), open the sealed bytes the person agreed to and compare their hash, row-level security
where the URL's role is a superuser, evidence, events, the jobs that follow (telling the person, letting the link
count), classify anything but a 201, retries, logging, a heartbeat, and sweeping up after a crash.

``python -m tests.bench.bare --url URL --organization ID --port VENDOR --connections 16 --shape blocks --start-at ISO``
"""

from __future__ import annotations

import argparse
import asyncio
from collections import deque
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.core.kit.ids import new_id

CLAIM_MOST = 50
_LEASE_SECONDS = 60

_CLAIM = """
with due as (
  select organization_id, id from publications
   where organization_id = $1 and state in ('scheduled', 'waiting') and due_at <= (select advocacy_now())
   order by due_at limit $2 for update skip locked)
update publications p
   set state = 'claimed', fence = fence + 1, version = version + 1,
       lease_until = advocacy_now() + make_interval(secs => $3)
  from due where p.organization_id = due.organization_id and p.id = due.id
returning p.id, p.connection_id, p.fence, p.content_hash
"""
_ARM = """
update publications
   set state = 'sending', version = version + 1, lease_until = advocacy_now() + make_interval(secs => $4)
 where organization_id = $1 and id = $2 and fence = $3 and state = 'claimed' and lease_until > advocacy_now()
returning id
"""
_OPEN = """
insert into attempts (organization_id, id, publication_id, connection_id, fence, request_hash, state, armed_at)
values ($1, $2, $3, $4, $5, $6, 'open', advocacy_now())
"""
_ARM_IN_ONE = """
with armed as (
  update publications
     set state = 'sending', version = version + 1, lease_until = advocacy_now() + make_interval(secs => $4)
   where organization_id = $1 and id = $2 and fence = $3 and state = 'claimed' and lease_until > advocacy_now()
  returning id, connection_id, fence)
insert into attempts (organization_id, id, publication_id, connection_id, fence, request_hash, state, armed_at)
select $1, $5, id, connection_id, fence, $6, 'open', advocacy_now() from armed
returning id
"""
_CLOSE = """
update attempts set state = 'published', outcome = 'published', finished_at = advocacy_now()
 where organization_id = $1 and id = $2
"""
_PUBLISH = """
update publications
   set state = 'published', external_id = $3, published_at = advocacy_now(), lease_until = null, version = version + 1
 where organization_id = $1 and id = $2 and state = 'sending'
"""
_RECORD_IN_ONE = """
with closed as (
  update attempts set state = 'published', outcome = 'published', finished_at = advocacy_now()
   where organization_id = $1 and id = $4)
update publications
   set state = 'published', external_id = $3, published_at = advocacy_now(), lease_until = null, version = version + 1
 where organization_id = $1 and id = $2 and state = 'sending'
"""


class Shape(StrEnum):
    """How its transactions are written; which is faster depends on the server, so both are tried."""

    #: ``begin``, two statements, ``commit``: four ways to the server and back.
    BLOCKS = "blocks"
    #: One statement that does both, in a transaction by itself: one way.
    STATEMENTS = "statements"


class Loop:
    """One process of the bare loop."""

    def __init__(self, *, url: str, organization_id: UUID, port: int, shape: Shape) -> None:
        self._url = url
        self._organization_id = organization_id
        self._port = port
        self._shape = shape
        self._claimed: deque[asyncpg.Record] = deque()
        self._claiming = asyncio.Lock()

    async def run(self, *, connections: int, start_at: datetime) -> None:
        """Work until nothing is due any more."""
        opened = await asyncio.gather(*(self._connect() for _ in range(connections)))
        try:
            wait = await opened[0].fetchval("select extract(epoch from $1 - advocacy_now())::float8", start_at)
            await asyncio.sleep(max(wait, 0))
            await asyncio.gather(*(self._work(connection) for connection in opened))
        finally:
            for connection in opened:
                await connection.close()

    async def _connect(self) -> asyncpg.Connection[Any]:
        return await asyncpg.connect(
            self._url,
            server_settings={
                "timezone": "UTC",
                "synchronous_commit": "on",
                "app.organization_id": str(self._organization_id),
            },
        )

    async def _work(self, connection: asyncpg.Connection[Any]) -> None:
        while (row := await self._next(connection)) is not None:
            attempt_id = await self._arm(connection, row)
            post_id = await self._post(row)
            await self._record(connection, row, attempt_id, post_id)

    async def _next(self, connection: asyncpg.Connection[Any]) -> asyncpg.Record | None:
        async with self._claiming:
            if not self._claimed:
                rows = await connection.fetch(_CLAIM, self._organization_id, CLAIM_MOST, _LEASE_SECONDS)
                self._claimed.extend(rows)
            return self._claimed.popleft() if self._claimed else None

    async def _arm(self, connection: asyncpg.Connection[Any], row: asyncpg.Record) -> UUID:
        attempt_id, mine = new_id(), self._organization_id
        if self._shape is Shape.STATEMENTS:
            found = await connection.fetchval(
                _ARM_IN_ONE, mine, row["id"], row["fence"], _LEASE_SECONDS, attempt_id, row["content_hash"]
            )
        else:
            async with connection.transaction():
                found = await connection.fetchval(_ARM, mine, row["id"], row["fence"], _LEASE_SECONDS)
                await connection.execute(
                    _OPEN, mine, attempt_id, row["id"], row["connection_id"], row["fence"], row["content_hash"]
                )
        if found is None:
            raise RuntimeError("a claim was lost: the leases of this run are too short")
        return attempt_id

    async def _post(self, row: asyncpg.Record) -> str:
        body = orjson.dumps({"author": {"id": "", "name": ""}, "text": f"We are hiring, says {row['id']}"})
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(
                b"POST /posts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nIdempotency-Key: "
                + str(row["id"]).encode()
                + b"\r\nContent-Length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
                + body
            )
            answer = await reader.read(-1)
        finally:
            writer.close()
        head, _, content = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(f"the vendor answered {head[:40]!r}")
        return str(orjson.loads(content)["id"])

    async def _record(
        self, connection: asyncpg.Connection[Any], row: asyncpg.Record, attempt_id: UUID, post_id: str
    ) -> None:
        mine = self._organization_id
        if self._shape is Shape.STATEMENTS:
            await connection.execute(_RECORD_IN_ONE, mine, row["id"], post_id, attempt_id)
            return
        async with connection.transaction():
            await connection.execute(_CLOSE, mine, attempt_id)
            await connection.execute(_PUBLISH, mine, row["id"], post_id)


def main() -> None:
    """One process, told by its arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--organization", type=UUID, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--shape", type=Shape, required=True)
    parser.add_argument("--start-at", type=datetime.fromisoformat, required=True)
    told = parser.parse_args()
    loop = Loop(url=told.url, organization_id=told.organization, port=told.port, shape=told.shape)
    asyncio.run(loop.run(connections=told.connections, start_at=told.start_at))


if __name__ == "__main__":
    main()
