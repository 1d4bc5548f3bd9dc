"""Which states a program may go to, and what it needs for that. Pure."""

from __future__ import annotations

from collections.abc import Collection

from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Text
from services.core.programs.models import Function, GoalKind
from services.core.programs.models import ProgramState as State

MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.DESIGNED, State.CLOSED}),
    State.DESIGNED: frozenset({State.DRAFT, State.QUIET, State.CLOSED}),
    State.QUIET: frozenset({State.LOUD, State.PAUSED, State.CLOSED}),
    State.LOUD: frozenset({State.PAUSED, State.CLOSED}),
    State.PAUSED: frozenset({State.QUIET, State.LOUD, State.CLOSED}),
    State.CLOSED: frozenset(),
}

#: Without a holder of each of these, a program is not designed.
MANDATORY_FUNCTIONS = (Function.OWNER, Function.CONTENT, Function.POLICY)

_NO_GOAL = Text(
    en="Add a {kind} goal with KPI, baseline, target, due date and owner.",
    he="יש להוסיף יעד מסוג {kind} עם מדד, נקודת בסיס, יעד, תאריך ואחראי.",
)
_NO_HOLDER = Text(en="Name somebody responsible for {function}.", he="יש למנות אחראי/ת על {function}.")
_NO_POLICY = Text(en="Publish a policy version first.", he="יש לפרסם תחילה גרסת מדיניות.")
_NO_PERSONA = Text(en="Describe the ambassador you look for (persona).", he="יש לתאר את השגריר/ה המבוקש/ת (persona).")


def missing_for_design(goal_kinds: Collection[GoalKind], functions: Collection[Function]) -> list[FieldProblem]:
    """What a draft lacks before it is designed."""
    problems = [
        FieldProblem("/goals", "missing", _NO_GOAL, {"kind": kind.value}) for kind in GoalKind if kind not in goal_kinds
    ]
    problems += [
        FieldProblem("/responsibilities", "missing", _NO_HOLDER, {"function": function.value})
        for function in MANDATORY_FUNCTIONS
        if function not in functions
    ]
    return problems


def missing_for_quiet(*, has_published_policy: bool, has_persona: bool) -> list[FieldProblem]:
    """What a designed program lacks before its quiet launch."""
    problems = []
    if not has_published_policy:
        problems.append(FieldProblem("/policy", "missing", _NO_POLICY))
    if not has_persona:
        problems.append(FieldProblem("/persona", "missing", _NO_PERSONA))
    return problems
