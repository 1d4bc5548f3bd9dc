"""How much a vendor allows us, and whether it is let alone for a while: rows, so that they survive a restart.

Budgets are those of the connector's manifest, per UTC day: one per account, one for the whole application. What is
spent is never given back, so that we stay under the vendor's count whatever becomes of a call. All on plain asyncpg,
inside the caller's transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from connectors.sdk.manifest import Budget, BudgetScope
from services.core.kit.ids import new_id

Connection: TypeAlias = "asyncpg.Connection[Any]"

#: The name of the row that keeps an account quiet until a moment that the vendor named (429).
NOT_BEFORE = "not_before"

_TODAY = "(date_trunc('day', advocacy_now() at time zone 'UTC') at time zone 'UTC')"

_SPEND_ACCOUNTS = f"""
with t as materialized (select {_TODAY} as today)
insert into connection_budgets as b (organization_id, id, connection_id, name, period_starts_at, used)
select $1, w.id, w.connection_id, $4, t.today, 1
  from unnest($2::uuid[], $3::uuid[]) as w(id, connection_id), t
 order by w.connection_id
on conflict (organization_id, connection_id, name) do update
   set used = case when b.period_starts_at = excluded.period_starts_at then b.used + 1 else 1 end,
       period_starts_at = excluded.period_starts_at
 where b.period_starts_at <> excluded.period_starts_at or b.used < $5
returning b.connection_id
"""  # noqa: S608  # constants of ours

_APPLICATION_ROW = f"""
insert into vendor_budgets (connector, name, period_starts_at, used) values ($1, $2, {_TODAY}, 0)
on conflict (connector, name) do nothing
"""  # noqa: S608  # constants of ours

_APPLICATION_LEFT = f"""
select case when period_starts_at = {_TODAY} then greatest($3 - used, 0) else $3 end
  from vendor_budgets where connector = $1 and name = $2 for update
"""  # noqa: S608  # constants of ours

_SPEND_APPLICATION = f"""
update vendor_budgets
   set used = case when period_starts_at = {_TODAY} then used else 0 end + $3, period_starts_at = {_TODAY}
 where connector = $1 and name = $2
"""  # noqa: S608  # constants of ours


async def spend(
    connection: Connection,
    organization_id: UUID,
    *,
    connector: str,
    budgets: Iterable[Budget],
    connection_ids: Sequence[UUID],
) -> set[UUID]:
    """Spend one call for each account (each named once); answer the accounts that may make theirs."""
    allowed = set(connection_ids)
    for budget in budgets:
        if not allowed:
            break
        if budget.scope is BudgetScope.ACCOUNT:
            wanted = sorted(allowed)
            rows = await connection.fetch(
                _SPEND_ACCOUNTS, organization_id, [new_id() for _ in wanted], wanted, budget.name, budget.calls
            )
            allowed = {row["connection_id"] for row in rows}
        else:
            await connection.execute(_APPLICATION_ROW, connector, budget.name)
            left = await connection.fetchval(_APPLICATION_LEFT, connector, budget.name, budget.calls)
            allowed = set([one for one in connection_ids if one in allowed][:left])
            await connection.execute(_SPEND_APPLICATION, connector, budget.name, len(allowed))
    return allowed


async def next_period(connection: Connection) -> datetime:
    """When spent budgets are full again: the next midnight in UTC."""
    moment: datetime = await connection.fetchval(f"select {_TODAY} + interval '1 day'")  # a constant
    return moment


async def keep_quiet(connection: Connection, organization_id: UUID, connection_id: UUID, *, until: datetime) -> None:
    """The vendor asked this account to slow down: nothing through it before ``until``."""
    await connection.execute(
        """
        insert into connection_budgets as b (organization_id, id, connection_id, name, period_starts_at, used)
        values ($1, $2, $3, $4, $5, 0)
        on conflict (organization_id, connection_id, name) do update
           set period_starts_at = greatest(b.period_starts_at, excluded.period_starts_at)
        """,
        organization_id,
        new_id(),
        connection_id,
        NOT_BEFORE,
        until,
    )


async def quiet_until(connection: Connection, organization_id: UUID, connection_id: UUID) -> datetime | None:
    """The moment before which the vendor does not want to hear from this account; None if it does."""
    moment: datetime | None = await connection.fetchval(
        "select period_starts_at from connection_budgets where organization_id = $1 and connection_id = $2"
        " and name = $3 and period_starts_at > advocacy_now()",
        organization_id,
        connection_id,
        NOT_BEFORE,
    )
    return moment


@dataclass(frozen=True)
class Breaker:
    """A vendor that is let alone until ``probe_at``; then one call may try."""

    connector: str
    opened_at: datetime
    probe_at: datetime


async def open_breakers(connection: Connection, connectors: Iterable[str]) -> Mapping[str, Breaker]:
    """The breakers among these vendors that are open."""
    rows = await connection.fetch(
        "select connector, opened_at, probe_at from vendor_breakers where connector = any($1::text[])"
        " and opened_at is not null",
        sorted(set(connectors)),
    )
    return {row["connector"]: Breaker(**dict(row)) for row in rows}


async def take_probe(connection: Connection, connector: str, *, every: timedelta) -> bool:
    """Whether the caller is the one that may try now; the next one may after ``every``."""
    row = await connection.fetchrow(
        "update vendor_breakers set probe_at = advocacy_now() + $2"
        " where connector = $1 and opened_at is not null and probe_at <= advocacy_now() returning connector",
        connector,
        every,
    )
    return row is not None


_BREAKER_ROW = """
insert into vendor_breakers (connector, failures, counted_from) values ($1, 0, advocacy_now())
on conflict (connector) do nothing
"""

_NOTE_FAILURES = """
with t as materialized (select advocacy_now() as now),
counted as (
  select connector, case when counted_from < t.now - $4::interval then 0 else failures end + $2::int as failures,
         case when counted_from < t.now - $4::interval then t.now else counted_from end as counted_from
    from vendor_breakers, t where connector = $1 for update of vendor_breakers)
update vendor_breakers b
   set failures = c.failures, counted_from = c.counted_from,
       opened_at = case when c.failures >= $3::int then coalesce(b.opened_at, t.now) else b.opened_at end,
       probe_at = case when c.failures >= $3::int then coalesce(b.probe_at, t.now + $4::interval) else b.probe_at end
  from counted c, t
 where b.connector = c.connector
"""


async def note_failures(connection: Connection, connectors: Iterable[str], *, most: int, within: timedelta) -> None:
    """Count failures of vendors; ``most`` within ``within`` open the breaker for as long again."""
    for connector, count in sorted(Counter(connectors).items()):
        await connection.execute(_BREAKER_ROW, connector)
        await connection.execute(_NOTE_FAILURES, connector, count, most, within)


async def note_success(connection: Connection, connector: str) -> None:
    """The vendor works: close its breaker."""
    await connection.execute(
        "update vendor_breakers set failures = 0, opened_at = null, probe_at = null"
        " where connector = $1 and opened_at is not null",
        connector,
    )
