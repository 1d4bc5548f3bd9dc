"""How much a vendor allows us, and whether it is let alone for a while: rows, so that they survive a restart.

Budgets are those of the connector's manifest: one per account, one for the whole application. A period has the
manifest's length and is counted from midnight in UTC. A vendor may count one that is shorter than a day from any
moment, and each such stretch touches two of ours: half of the calls in each never oversteps it. What is spent is never
given back, so that we stay under the vendor's count whatever becomes of a call. The rule is the same for people's
accounts and for an organization's platforms, whose rows stand in ledgers of their own. All on plain asyncpg, inside the
caller's transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import DAY_SECONDS, Budget, BudgetScope
from services.core.kit.ids import new_id

Connection: TypeAlias = "asyncpg.Connection[Any]"

#: The name of the row that keeps an account quiet until a moment that the vendor named (429).
NOT_BEFORE = "not_before"

#: Lengths divide a day, and days begin at midnight in UTC as the epoch does.
_PERIOD = "to_timestamp(floor(extract(epoch from advocacy_now()) / {seconds}::int) * {seconds}::int)"


class Ledger:
    """The table in which the budgets of a kind of account stand, and its column that names the account."""

    def __init__(self, table: str, column: str) -> None:
        row = f"insert into {table} as b (organization_id, id, {column}, name, period_starts_at, used)"
        same = f"on conflict (organization_id, {column}, name) do update"
        self.spend = f"""
            with t as materialized (select {_PERIOD.format(seconds="$6")} as starts_at)
            {row}
            select $1, w.id, w.account_id, $4, t.starts_at, 1
              from unnest($2::uuid[], $3::uuid[]) as w(id, account_id), t
             order by w.account_id
            {same}
               set used = case when b.period_starts_at >= excluded.period_starts_at then b.used + 1 else 1 end,
                   period_starts_at = greatest(b.period_starts_at, excluded.period_starts_at)
             where b.period_starts_at < excluded.period_starts_at or b.used < $5
            returning b.{column} as account_id
        """  # noqa: S608  # constants of ours
        self.keep_quiet = f"""
            {row} values ($1, $2, $3, $4, $5, 0)
            {same} set period_starts_at = greatest(b.period_starts_at, excluded.period_starts_at)
        """
        self.quiet_until = (
            f"select period_starts_at from {table} where organization_id = $1 and {column} = $2 and name = $3"  # noqa: S608
            " and period_starts_at > advocacy_now()"
        )


#: Of people's own accounts.
PEOPLES = Ledger("connection_budgets", "connection_id")

_APPLICATION_ROW = """
insert into vendor_budgets (connector, name, period_starts_at, used) values ($1, $2, to_timestamp(0), 0)
on conflict (connector, name) do nothing
"""

_APPLICATION_LEFT = f"""
with t as materialized (select {_PERIOD.format(seconds="$4")} as starts_at)
select case when b.period_starts_at >= t.starts_at then greatest($3::int - b.used, 0) else $3::int end
  from vendor_budgets b, t where b.connector = $1 and b.name = $2 for update of b
"""  # noqa: S608  # constants of ours

_SPEND_APPLICATION = f"""
with t as materialized (select {_PERIOD.format(seconds="$4")} as starts_at)
update vendor_budgets b
   set used = case when b.period_starts_at >= t.starts_at then b.used else 0 end + $3::int,
       period_starts_at = greatest(b.period_starts_at, t.starts_at)
  from t where b.connector = $1 and b.name = $2
"""  # noqa: S608  # constants of ours


def allowed(budget: Budget) -> int:
    """How many calls of a budget go into one of our periods."""
    return budget.calls if budget.seconds == DAY_SECONDS else max(budget.calls // 2, 1)


def that_count(budgets: Iterable[Budget], capability: Capability) -> list[Budget]:
    """The budgets that count a call for this capability, those of accounts first: always in the same order."""
    counted = [one for one in budgets if one.capabilities is None or capability in one.capabilities]
    return sorted(counted, key=lambda one: (one.scope is BudgetScope.APPLICATION, one.name))


async def spend_from(
    connection: Connection,
    organization_id: UUID,
    *,
    connector: str,
    budget: Budget,
    account_ids: Sequence[UUID],
    ledger: Ledger = PEOPLES,
) -> set[UUID]:
    """Spend one call of one budget for each account (each named once); answer the accounts for which there was one."""
    if budget.scope is BudgetScope.ACCOUNT:
        wanted = sorted(account_ids)
        rows = await connection.fetch(
            ledger.spend, organization_id, [new_id() for _ in wanted], wanted, budget.name, allowed(budget),
            budget.seconds,
        )  # fmt: skip
        return {row["account_id"] for row in rows}
    left = await spend_application(connection, connector=connector, budget=budget, most=len(account_ids))
    return set(account_ids[:left])


async def spend_application(connection: Connection, *, connector: str, budget: Budget, most: int) -> int:
    """Spend up to so many calls of the whole application; answer how many."""
    await connection.execute(_APPLICATION_ROW, connector, budget.name)
    left = await connection.fetchval(_APPLICATION_LEFT, connector, budget.name, allowed(budget), budget.seconds)
    count = min(int(left), most)
    await connection.execute(_SPEND_APPLICATION, connector, budget.name, count, budget.seconds)
    return count


async def spend(
    connection: Connection,
    organization_id: UUID,
    *,
    connector: str,
    budgets: Iterable[Budget],
    connection_ids: Sequence[UUID],
    capability: Capability,
) -> set[UUID]:
    """Spend one call for each person's account (each named once); answer the accounts that may make theirs."""
    left = list(connection_ids)
    for budget in that_count(budgets, capability):
        if not left:
            break
        spent = await spend_from(connection, organization_id, connector=connector, budget=budget, account_ids=left)
        left = [one for one in left if one in spent]
    return set(left)


async def ends_at(connection: Connection, *, seconds: int) -> datetime:
    """When the current period of this length is over, and its calls are there again."""
    moment: datetime = await connection.fetchval(
        f"select {_PERIOD.format(seconds='$1')} + $1::int * interval '1 second'", seconds
    )
    return moment


async def next_period(connection: Connection, budgets: Iterable[Budget], capability: Capability) -> datetime:
    """When the first of spent budgets is full again: at the next midnight in UTC, if not before."""
    shortest = min((one.seconds for one in that_count(budgets, capability)), default=DAY_SECONDS)
    return await ends_at(connection, seconds=shortest)


async def keep_quiet(
    connection: Connection, organization_id: UUID, account_id: UUID, *, until: datetime, ledger: Ledger = PEOPLES
) -> None:
    """The vendor asked this account to slow down: nothing through it before ``until``."""
    await connection.execute(ledger.keep_quiet, organization_id, new_id(), account_id, NOT_BEFORE, until)


async def quiet_until(
    connection: Connection, organization_id: UUID, account_id: UUID, *, ledger: Ledger = PEOPLES
) -> datetime | None:
    """The moment before which the vendor does not want to hear from this account; None if it does."""
    moment: datetime | None = await connection.fetchval(ledger.quiet_until, organization_id, account_id, NOT_BEFORE)
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
