"""Rows of training as answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.api.dependencies import Call
from services.core.training import repository, rules, service
from services.core.training.budget import WORDS, Sums
from services.core.training.models import Enrolment, EnrolmentState, Module, TrainingSession
from services.core.training.schemas import (
    BudgetRead,
    MaterialRead,
    ModuleRead,
    MyEnrolment,
    MySession,
    SessionRead,
    SessionSaved,
)
from services.core.training.sessions import Saved


def read_module(module: Module) -> ModuleRead:
    """A module, without the questions of its quiz."""
    return ModuleRead(
        **module.model_dump(exclude={"quiz", "organization_id", "version", "materials"}),
        materials=[MaterialRead.model_validate(one) for one in module.materials],
        has_quiz=module.quiz is not None,
        linked_to=rules.linked_to(module.topic),
    )


async def read_sessions(call: Call, rows: Sequence[TrainingSession]) -> list[SessionRead]:
    """Sessions, with what is left of their seats."""
    counts = await repository.count_by_state(call.session, [row.id for row in rows])
    found = []
    for row in rows:
        seated = sum(counts[row.id].get(state, 0) for state in rules.SEATED)
        found.append(
            SessionRead(
                **row.model_dump(
                    exclude={"organization_id", "version", "sequence", "override_reason", "starts_local", "ends_local"}
                ),
                starts_local=datetime.fromisoformat(row.starts_local),
                ends_local=datetime.fromisoformat(row.ends_local),
                seats_left=max(row.seats - seated, 0),
                waiting=counts[row.id].get(EnrolmentState.WAITING, 0),
            )
        )
    return found


async def read_own_sessions(call: Call, rows: Sequence[TrainingSession]) -> list[MySession]:
    """Sessions as somebody sees them who may join."""
    modules = await repository.map_modules(call.session, {row.module_id for row in rows})
    return [
        MySession(
            **seen.model_dump(exclude={"cost_per", "cost_amount", "cost_currency"}),
            cost_per=None,
            cost_amount=None,
            cost_currency=None,
            module_title=service.title_of(modules[seen.module_id], call.language.value),
        )
        for seen in await read_sessions(call, rows)
    ]


async def read_saved(call: Call, saved: Saved) -> SessionSaved:
    """A session, and what the budget says to it."""
    (seen,) = await read_sessions(call, [saved.session])
    warning = saved.sums.warning if saved.sums else None
    return SessionSaved(**seen.model_dump(), budget_warning=warning, budget_words=words_of(call, saved.sums))


def words_of(call: Call, sums: Sums | None) -> str | None:
    """What a budget's warning means, in the caller's language."""
    if sums is None or sums.warning is None:
        return None
    return WORDS[sums.warning].in_language(call.language, **sums.values)


def read_budget(call: Call, sums: Sums) -> BudgetRead:
    """A budget against its entries."""
    return BudgetRead(
        program_id=sums.budget.program_id,
        amount=sums.budget.amount,
        currency=sums.budget.currency,
        planned=sums.planned,
        committed=sums.committed,
        spent=sums.spent,
        left=sums.left,
        warning=sums.warning,
        words=words_of(call, sums),
    )


async def read_own_enrolments(call: Call, rows: Sequence[Enrolment]) -> list[MyEnrolment]:
    """The caller in sessions."""
    sessions = [await repository.get_session(call.session, row.session_id) for row in rows]
    seen = await read_own_sessions(call, sessions)
    return [
        MyEnrolment(
            id=row.id,
            state=row.state,
            place_in_line=await repository.place_in_line(call.session, row),
            session=one,
        )
        for row, one in zip(rows, seen, strict=True)
    ]
