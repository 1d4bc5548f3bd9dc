"""How many calls a platform's vendor allows: rows, spent before each call, so that no process oversteps them.

A period has the manifest's length and is counted from midnight in UTC. A vendor may count one that is shorter than a
day from any moment, and each such stretch touches two of ours: half of the calls in each never oversteps it. What is
spent is never given back, so that we stay under the vendor's count whatever becomes of a call. All inside the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import RateLimited
from connectors.sdk.http import before_each_call
from connectors.sdk.manifest import DAY_SECONDS, Budget, BudgetScope
from services.core.kit.db import Database
from services.core.kit.ids import new_id

Connection: TypeAlias = "asyncpg.Connection[Any]"

#: The name of the row that keeps an account quiet until a moment that the vendor named (429).
NOT_BEFORE = "not_before"


class OverBudget(RateLimited):
    """The vendor's allowance is spent; we continue by ourselves in its next period."""


def allowed(budget: Budget) -> int:
    """How many calls of a budget go into one of our periods."""
    return budget.calls if budget.seconds == DAY_SECONDS else max(budget.calls // 2, 1)


#: Lengths divide a day, and days begin at midnight in UTC as the epoch does.
_PERIOD = "to_timestamp(floor(extract(epoch from advocacy_now()) / $1::int) * $1::int)"

_SPEND_ACCOUNT = """
insert into platform_budgets as b (organization_id, id, platform_connection_id, name, period_starts_at, used)
values ($1, $2, $3, $4, $5, 1)
on conflict (organization_id, platform_connection_id, name) do update
   set used = case when b.period_starts_at >= excluded.period_starts_at then b.used + 1 else 1 end,
       period_starts_at = greatest(b.period_starts_at, excluded.period_starts_at)
 where b.period_starts_at < excluded.period_starts_at or b.used < $6
returning used
"""

_SPEND_APPLICATION = """
insert into vendor_budgets as b (connector, name, period_starts_at, used) values ($1, $2, $3, 1)
on conflict (connector, name) do update
   set used = case when b.period_starts_at >= excluded.period_starts_at then b.used + 1 else 1 end,
       period_starts_at = greatest(b.period_starts_at, excluded.period_starts_at)
 where b.period_starts_at < excluded.period_starts_at or b.used < $4
returning used
"""

_QUIET = """
select period_starts_at from platform_budgets
 where organization_id = $1 and platform_connection_id = $2 and name = $3 and period_starts_at > advocacy_now()
"""

_KEEP_QUIET = """
insert into platform_budgets as b (organization_id, id, platform_connection_id, name, period_starts_at, used)
values ($1, $2, $3, $4, $5, 0)
on conflict (organization_id, platform_connection_id, name) do update
   set period_starts_at = greatest(b.period_starts_at, excluded.period_starts_at)
"""


async def spend(
    connection: Connection,
    organization_id: UUID,
    connection_id: UUID | None,
    *,
    connector: str,
    budgets: Iterable[Budget],
    capability: Capability,
) -> None:
    """Spend one call for this capability; raise OverBudget with the moment at which there is room again.

    An account that is not stored yet (None) has spent nothing of its own.
    Roll the transaction back then: what other budgets had spent for it is not spent.
    """
    quiet_until = None
    if connection_id is not None:
        quiet_until = await connection.fetchval(_QUIET, organization_id, connection_id, NOT_BEFORE)
    if quiet_until is not None:
        raise OverBudget(quiet_until, "the vendor asked us to wait")
    for budget in sorted(budgets, key=lambda one: one.name):
        if budget.capabilities is not None and capability not in budget.capabilities:
            continue
        row = await connection.fetchrow(
            f"select {_PERIOD} as starts_at, {_PERIOD} + $1::int * interval '1 second' as ends_at",
            budget.seconds,
        )
        assert row is not None  # noqa: S101  # a select without a table has one row
        if not await _spend_one(
            connection, organization_id, connection_id, connector=connector, budget=budget, starts_at=row["starts_at"]
        ):
            raise OverBudget(row["ends_at"], f"budget {budget.name} of {budget.calls} calls is spent")


def counting(
    database: Database, organization_id: UUID, connection_id: UUID | None, *, connector: str, capability: Capability
) -> AbstractContextManager[None]:
    """Within the block each request of a connector spends one call first, durably, or raises OverBudget unsent."""

    async def spend_one() -> None:
        async with database.hot(organization_id) as connection:
            await spend(
                connection,
                organization_id,
                connection_id,
                connector=connector,
                budgets=registry.get_connector(connector).manifest.budgets,
                capability=capability,
            )

    return before_each_call(spend_one)


async def _spend_one(
    connection: Connection,
    organization_id: UUID,
    connection_id: UUID | None,
    *,
    connector: str,
    budget: Budget,
    starts_at: datetime,
) -> bool:
    if budget.scope is BudgetScope.APPLICATION:
        used = await connection.fetchval(_SPEND_APPLICATION, connector, budget.name, starts_at, allowed(budget))
    elif connection_id is None:
        return True
    else:
        used = await connection.fetchval(
            _SPEND_ACCOUNT, organization_id, new_id(), connection_id, budget.name, starts_at, allowed(budget)
        )
    return used is not None


async def keep_quiet(connection: Connection, organization_id: UUID, connection_id: UUID, *, until: datetime) -> None:
    """The vendor asked this account to slow down: no call through it before ``until``."""
    await connection.execute(_KEEP_QUIET, organization_id, new_id(), connection_id, NOT_BEFORE, until)
