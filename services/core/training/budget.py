"""A program's training budget: every amount is an entry, and the report is their sum. Flushes, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.kit import db
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission
from services.core.training import repository, rules
from services.core.training.errors import BudgetExceeded, BudgetMissing, currency_fixed, other_currency
from services.core.training.models import Budget, Cost, CostStage, TrainingSession
from services.core.training.rules import BudgetWarning
from services.core.training.schemas import BudgetWrite, CostCreate

WORDS: dict[BudgetWarning, Text] = {
    BudgetWarning.NEAR: Text(
        en="The training budget is nearly used: {left} {currency} of {amount} {currency} are left.",
        he="תקציב ההדרכה כמעט נוצל: נותרו {left} {currency} מתוך {amount} {currency}.",
    ),
    BudgetWarning.OVER: Text(
        en="The training budget is exceeded: {used} {currency} of {amount} {currency} are planned, bound or spent.",
        he="יש חריגה מתקציב ההדרכה: {used} {currency} מתוך {amount} {currency} מתוכננים, מחויבים או מנוצלים.",
    ),
}


@dataclass(frozen=True)
class Sums:
    """A budget against its entries; the three stages add up to what is used."""

    budget: Budget
    planned: Decimal
    committed: Decimal
    spent: Decimal

    @property
    def used(self) -> Decimal:
        """Planned, bound or spent."""
        return self.planned + self.committed + self.spent

    @property
    def left(self) -> Decimal:
        """What may still be planned; negative if the budget is exceeded."""
        return self.budget.amount - self.used

    @property
    def warning(self) -> BudgetWarning | None:
        """Whether it runs out."""
        return rules.warning(used=self.used, amount=self.budget.amount)

    @property
    def values(self) -> dict[str, object]:
        """For the places of ``WORDS``."""
        return {
            "used": f"{self.used:,.2f}",
            "left": f"{self.left:,.2f}",
            "amount": f"{self.budget.amount:,.2f}",
            "currency": self.budget.currency,
        }


async def read(session: AsyncSession, program_id: UUID) -> Sums | None:
    """A program's budget and the sums of its entries; None where none is set."""
    budget = await repository.find_budget(session, program_id)
    return None if budget is None else await _sums(session, budget)


async def put(
    session: AsyncSession, actor: Actor, program_id: UUID, budget: Budget | None, body: BudgetWrite
) -> Budget:
    """Set what a program may spend, or change it (``budget``); raise Invalid for another currency than its entries."""
    actor.require(Permission.TRAINING_WRITE, program_id=program_id)
    before: dict[str, object] = {}
    if budget is None:
        budget = Budget(
            organization_id=actor.tenant(), program_id=program_id, amount=body.amount, currency=body.currency
        )
    else:
        before = {"amount": budget.amount, "currency": budget.currency}
        if body.currency != budget.currency and await repository.sum_costs(session, program_id):
            raise currency_fixed(budget.currency)
        budget.amount, budget.currency = body.amount, body.currency
    session.add(budget)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="training_budget.put", subject=budget, before=before,
        after=body.model_dump(mode="json"),
    )  # fmt: skip
    return budget


async def settle(session: AsyncSession, one: TrainingSession) -> None:
    """Bring the entries of a session in line with its seats and its state."""
    seated = await repository.count_seated(session, one.id)
    wanted = rules.costs(one, seated=seated)
    existing = await repository.list_session_costs(session, one)
    for stage, entry in existing.items():
        if stage not in wanted:
            await session.delete(entry)
    today = (await db.now(session)).date()
    for stage, amount in wanted.items():
        entry = existing.get(stage) or Cost(
            organization_id=one.organization_id,
            program_id=one.program_id,
            module_id=one.module_id,
            session_id=one.id,
            stage=stage,
            amount=amount,
            currency=one.cost_currency or "",
            occurred_on=one.starts_at.date() if stage is CostStage.SPENT else today,
            override_reason=one.override_reason,
        )
        entry.amount = amount
        session.add(entry)
    await session.flush()


async def must_fit(
    session: AsyncSession,
    actor: Actor,
    program_id: UUID,
    *,
    currency: str,
    reason: str | None,
    pointer: str,
) -> Sums:
    """Look at the budget once new entries are flushed.

    Raises BudgetMissing, Invalid (another currency), and BudgetExceeded unless the caller may and says why. Call
    ``take_turn`` before the entries are made, so that two at once do not both fit.
    """
    budget = await repository.find_budget(session, program_id)
    if budget is None:
        raise BudgetMissing(program_id=program_id, currency=currency)
    if budget.currency != currency:
        raise other_currency(pointer, budget.currency)
    sums = await _sums(session, budget)
    if sums.warning is BudgetWarning.OVER:
        if reason is None:
            raise BudgetExceeded(used=f"{sums.used:,.2f}", amount=f"{budget.amount:,.2f}", currency=currency)
        actor.require(Permission.TRAINING_OVERSPEND, program_id=program_id)
        audit.record(
            session, actor=actor.name, action="training_budget.exceed", subject=budget,
            after={"used": sums.used, "amount": budget.amount, "reason": reason},
        )  # fmt: skip
    return sums


async def take_turn(session: AsyncSession, program_id: UUID) -> None:
    """Let others who spend of the same budget wait until this transaction ends."""
    await repository.find_budget(session, program_id, lock=True)


async def add_cost(session: AsyncSession, actor: Actor, program_id: UUID, body: CostCreate) -> Cost:
    """Enter an amount that was spent, or the correction of one. Raises as ``must_fit``."""
    actor.require(Permission.TRAINING_WRITE, program_id=program_id)
    if body.module_id is not None:
        await repository.get_module(session, body.module_id)
    await take_turn(session, program_id)
    cost = Cost(organization_id=actor.tenant(), program_id=program_id, stage=CostStage.SPENT, **body.model_dump())
    session.add(cost)
    await session.flush()
    if body.amount > 0:
        await must_fit(
            session, actor, program_id, currency=body.currency, reason=body.override_reason, pointer="/currency"
        )
    else:
        budget = await repository.find_budget(session, program_id)
        if budget is None:
            raise BudgetMissing(program_id=program_id, currency=body.currency)
        if budget.currency != body.currency:
            raise other_currency("/currency", budget.currency)
    audit.record(
        session, actor=actor.name, action="training_cost.add", subject=cost,
        after={"amount": body.amount, "currency": body.currency, "occurred_on": body.occurred_on},
    )  # fmt: skip
    return cost


async def _sums(session: AsyncSession, budget: Budget) -> Sums:
    by_stage = await repository.sum_costs(session, budget.program_id)
    zero = Decimal(0)
    return Sums(
        budget,
        planned=by_stage.get(CostStage.PLANNED, zero),
        committed=by_stage.get(CostStage.COMMITTED, zero),
        spent=by_stage.get(CostStage.SPENT, zero),
    )
