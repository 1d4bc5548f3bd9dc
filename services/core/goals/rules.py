"""Which goals a program keeps. Pure."""

from __future__ import annotations

from collections.abc import Collection

from services.core.goals.models import Goal
from services.core.programs.models import ProgramState as State


def keeps_goals(state: State, goals: Collection[Goal], *, without: Goal) -> bool:
    """Whether a program may drop a goal: from its design on, it keeps one of each kind."""
    return state is State.DRAFT or any(goal.kind is without.kind and goal.id != without.id for goal in goals)
