"""What a platform costs, and the stop before it costs more than the organization has set."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.manifest import CostBasis, CostModel
from services.core.kit import db
from services.core.platforms import repository, rules
from services.core.platforms.errors import MonthlyBudgetReached
from services.core.platforms.models import PlatformConnection
from services.core.platforms.vendors import manifest_of


@dataclass(frozen=True)
class Forecast:
    """This month and the next."""

    basis: CostBasis | None
    price: Decimal | None
    price_source: str | None
    currency: str | None
    this_month: tuple[str, rules.Cost]
    next_month: tuple[str, rules.Cost]
    is_reached: bool
    assumptions: tuple[str, ...]


async def forecast(session: AsyncSession, connection: PlatformConnection) -> Forecast:
    """What this month costs so far, and what the next one costs if things go on like this."""
    now = await db.now(session)
    model = _model_of(connection)
    basis = model.basis if model else None
    price, source = _price(connection, model)
    units = await _units(session, connection, basis, now=now)
    ahead = _next_units(basis, units, now=now)
    this, following = rules.cost_of(basis, price=price, units=units), rules.cost_of(basis, price=price, units=ahead)
    unit = {CostBasis.PER_SEAT: ("seats",), CostBasis.PER_POST: ("posts",)}.get(basis, ()) if basis else ()
    limit = connection.monthly_budget
    one_more = rules.cost_of(basis, price=price, units=units + 1).amount
    return Forecast(
        basis=basis,
        price=price,
        price_source=source,
        currency=connection.currency or (model.currency if model else None),
        this_month=(f"{now:%Y-%m}", this),
        next_month=(f"{_month_start(now) + timedelta(days=32):%Y-%m}", following),
        is_reached=limit is not None and one_more is not None and one_more > limit,
        assumptions=(*this.assumptions, *unit, "next_as_this"),
    )


async def check_room(session: AsyncSession, connection: PlatformConnection, *, basis: CostBasis, more: int) -> None:
    """Make sure that so many more posts or seats stay within the month's budget; raise MonthlyBudgetReached.

    The caller has the connection's row locked, so that two at once do not both fit.
    """
    model = _model_of(connection)
    price, _ = _price(connection, model)
    limit = connection.monthly_budget
    if limit is None or price is None or model is None or model.basis is not basis or more <= 0:
        return
    units = await _units(session, connection, basis, now=await db.now(session))
    would_be = price * (units + more)
    if would_be > limit:
        currency = connection.currency or model.currency or ""
        raise MonthlyBudgetReached(
            would_be=f"{would_be.normalize():f}", limit=f"{limit.normalize():f}", currency=currency
        )


def _model_of(connection: PlatformConnection) -> CostModel | None:
    manifest = manifest_of(connection)
    return manifest.cost if manifest else None


def _price(connection: PlatformConnection, model: CostModel | None) -> tuple[Decimal | None, str | None]:
    if connection.unit_price is not None:
        return connection.unit_price, "terms"
    return (model.amount, model.source) if model and model.amount is not None else (None, None)


async def _units(
    session: AsyncSession, connection: PlatformConnection, basis: CostBasis | None, *, now: datetime
) -> int:
    match basis:
        case CostBasis.PER_SEAT:
            return await repository.count_seats(session, connection.id)
        case CostBasis.PER_POST:
            return await repository.count_posts(session, connection_id=connection.id, since=_month_start(now))
        case _:
            return 1


def _month_start(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next_units(basis: CostBasis | None, units: int, *, now: datetime) -> int:
    if basis is not CostBasis.PER_POST:
        return units
    days = calendar.monthrange(now.year, now.month)[1]
    return -(-units * days // now.day)
