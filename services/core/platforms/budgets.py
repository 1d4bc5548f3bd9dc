"""How many calls a platform's vendor allows: spent before each call, by the rule of ``connections.budgets``."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import RateLimited
from connectors.sdk.http import before_each_call
from connectors.sdk.manifest import Budget, BudgetScope
from services.core.connections import budgets as rule
from services.core.connections.budgets import Connection, Ledger
from services.core.kit.db import Database

_PLATFORMS = Ledger("platform_budgets", "platform_connection_id")


class OverBudget(RateLimited):
    """The vendor's allowance is spent; we continue by ourselves in its next period."""


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
    if connection_id is not None:
        quiet = await rule.quiet_until(connection, organization_id, connection_id, ledger=_PLATFORMS)
        if quiet is not None:
            raise OverBudget(quiet, "the vendor asked us to wait")
    for budget in rule.that_count(budgets, capability):
        if not await _spend_one(connection, organization_id, connection_id, connector=connector, budget=budget):
            again_at = await rule.ends_at(connection, seconds=budget.seconds)
            raise OverBudget(again_at, f"budget {budget.name} of {budget.calls} calls is spent")


async def _spend_one(
    connection: Connection, organization_id: UUID, connection_id: UUID | None, *, connector: str, budget: Budget
) -> bool:
    if budget.scope is BudgetScope.APPLICATION:
        return await rule.spend_application(connection, connector=connector, budget=budget, most=1) == 1
    if connection_id is None:
        return True
    spent = await rule.spend_from(
        connection, organization_id, connector=connector, budget=budget, account_ids=[connection_id], ledger=_PLATFORMS
    )
    return connection_id in spent


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


async def keep_quiet(connection: Connection, organization_id: UUID, connection_id: UUID, *, until: datetime) -> None:
    """The vendor asked this account to slow down: no call through it before ``until``."""
    await rule.keep_quiet(connection, organization_id, connection_id, until=until, ledger=_PLATFORMS)
