"""Which states a program may go to, and what it needs for that. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Text
from services.core.programs.models import FOR_DESIGN, Function, GoalKind, Program, Responsibility
from services.core.programs.models import ProgramState as State


class Destination(StrEnum):
    """Where a program may be told to go."""

    DESIGNED = "designed"
    QUIET = "quiet"
    LOUD = "loud"
    PAUSED = "paused"
    RESUMED = "resumed"
    CLOSED = "closed"


MOVES: dict[State, frozenset[Destination]] = {
    State.DRAFT: frozenset({Destination.DESIGNED, Destination.CLOSED}),
    State.DESIGNED: frozenset({Destination.QUIET, Destination.CLOSED}),
    State.QUIET: frozenset({Destination.LOUD, Destination.PAUSED, Destination.CLOSED}),
    State.LOUD: frozenset({Destination.PAUSED, Destination.CLOSED}),
    State.PAUSED: frozenset({Destination.RESUMED, Destination.CLOSED}),
    State.CLOSED: frozenset(),
}


def next_state(state: State, to: Destination, *, paused_from: State | None) -> State | None:
    """The state that ``to`` leads to from ``state``; None if there is no such move."""
    if to not in MOVES[state]:
        return None
    return paused_from if to is Destination.RESUMED else State(to.value)


_NO_GOAL = Text(
    en="Add a {kind} goal with KPI, baseline, target, due date and owner.",
    he="יש להוסיף יעד {kind} עם מדד, נקודת התחלה, ערך יעד, תאריך ואחראי/ת.",
)
_OWNER_LEFT = Text(
    en="The owner of this goal ({title}) is not employed any more: give it another one.",
    he="מי שמונו לאחריות על יעד זה ({title}) כבר אינם מועסקים: יש למנות אחראי/ת במקומם.",
)
#: What sort of goal one is, as words.
GOAL_KIND_NAMES: dict[GoalKind, Text] = {
    GoalKind.MARKETING: Text(en="marketing", he="שיווקי"),
    GoalKind.BUSINESS: Text(en="business", he="עסקי"),
}
#: What people answer for, as words.
FUNCTION_NAMES: dict[Function, Text] = {
    Function.OWNER: Text(en="the programme as a whole (owner)", he="התוכנית כולה (owner)"),
    Function.CONTENT: Text(en="content", he="תוכן (content)"),
    Function.POLICY: Text(en="policy", he="מדיניות (policy)"),
    Function.SPOKESPERSON: Text(en="speaking for the company (spokesperson)", he="דוברות (spokesperson)"),
    Function.HR: Text(en="human resources (hr)", he="משאבי אנוש (hr)"),
    Function.DATA: Text(en="data and measurement (data)", he="נתונים ומדידה (data)"),
    Function.SUPPORT: Text(en="support of ambassadors (support)", he="תמיכה בשגרירים (support)"),
}
_NO_HOLDER: dict[Function, Text] = {
    function: Text(en=f"Name somebody responsible for {name.en}.", he=f"יש למנות אחראי/ת על {name.he}.")
    for function, name in FUNCTION_NAMES.items()
}
_NO_POLICY = Text(en="Publish a policy version first.", he="יש לפרסם תחילה גרסת מדיניות.")
_NO_PERSONA = Text(en="Describe the ambassador you look for (persona).", he="יש לתאר את השגרירים המבוקשים (persona).")


class SetGoal(Protocol):
    """What a program's design has to know of a goal."""

    kind: GoalKind
    title: str
    owner_employee_id: UUID


def missing_for_design(
    goals: Collection[SetGoal],
    responsibilities: Collection[Responsibility],
    *,
    employed: Collection[UUID],
    mandatory: Collection[Function] = FOR_DESIGN,
) -> list[FieldProblem]:
    """What a draft lacks before it is designed. Somebody who has left (is not in ``employed``) holds nothing."""
    return missing_goals(goals, employed=employed) + missing_holders(
        responsibilities, employed=employed, mandatory=mandatory
    )


def missing_goals(goals: Collection[SetGoal], *, employed: Collection[UUID]) -> list[FieldProblem]:
    """Which kinds of goals are missing, and which goals have nobody who answers for them."""
    kinds = {goal.kind for goal in goals}
    problems = [
        FieldProblem("/goals", "missing", _NO_GOAL, {"kind": name})
        for kind, name in GOAL_KIND_NAMES.items()
        if kind not in kinds
    ]
    problems += [
        FieldProblem(f"/goals/{place}/owner_employee_id", "not_employed", _OWNER_LEFT, {"title": goal.title})
        for place, goal in enumerate(goals)
        if goal.owner_employee_id not in employed
    ]
    return problems


def missing_holders(
    responsibilities: Collection[Responsibility], *, employed: Collection[UUID], mandatory: Collection[Function]
) -> list[FieldProblem]:
    """Mandatory functions that nobody who is employed holds. A deputy stands in for a holder, and is none."""
    held = held_functions(responsibilities, employed=employed)
    return [
        FieldProblem("/responsibilities", "missing", _NO_HOLDER[function], {"function": function.value})
        for function in mandatory
        if function not in held
    ]


def held_functions(responsibilities: Collection[Responsibility], *, employed: Collection[UUID]) -> set[Function]:
    """The functions with a holder who is employed."""
    return {one.function for one in responsibilities if not one.is_deputy and one.employee_id in employed}


def mandatory_for(program: Program, to: State) -> tuple[Function, ...]:
    """The functions without which a program does not get to a state."""
    match to:
        case State.DRAFT | State.CLOSED:
            return ()
        case State.LOUD:
            # What was needed for its design is needed from then on.
            named = {*program.mandatory_for_design, *program.mandatory_for_loud}
        case State.DESIGNED | State.QUIET | State.PAUSED:
            named = set(program.mandatory_for_design)
    return tuple(function for function in Function if function.value in named)


def keeps_holders(
    program: Program, held: Collection[Responsibility], *, without: Responsibility, employed: Collection[UUID]
) -> bool:
    """Whether somebody may be relieved: from its design on, a program keeps a holder of what is mandatory.

    Whoever holds nothing as it is, a deputy or somebody who has left, can always be relieved.
    """
    state = program.paused_from or program.state
    if without.is_deputy or without.employee_id not in employed:
        return True
    if without.function not in mandatory_for(program, state):
        return True
    rest = [one for one in held if one.id != without.id]
    return without.function in held_functions(rest, employed=employed)


def unsaid_languages(program: Program) -> list[str]:
    """Languages that a program names for something, but does not speak."""
    named = {program.default_language, *program.disclosure}
    return sorted(language for language in named if language not in program.languages)


def missing_for_quiet(*, has_published_policy: bool, has_persona: bool) -> list[FieldProblem]:
    """What a designed program lacks before its quiet launch."""
    problems = []
    if not has_published_policy:
        problems.append(FieldProblem("/policy", "missing", _NO_POLICY))
    if not has_persona:
        problems.append(FieldProblem("/persona", "missing", _NO_PERSONA))
    return problems
