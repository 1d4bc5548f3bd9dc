"""The order in which a program is set up, and where it stands: foundations first, channels last. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Text


class Step(StrEnum):
    """The steps, in their order."""

    GOALS = "goals"
    OWNERS = "owners"
    POLICY = "policy"
    RECRUITMENT = "recruitment"
    MONITORING = "monitoring"
    CONNECTORS = "connectors"


class StepState(StrEnum):
    """Where a step stands."""

    DONE = "done"
    MISSING = "missing"
    #: It can be done now, and need not be.
    OPTIONAL = "optional"
    #: What comes before it is missing.
    TOO_EARLY = "too_early"


#: What comes before a production channel.
BEFORE_CONNECTORS = (Step.GOALS, Step.OWNERS, Step.POLICY, Step.RECRUITMENT, Step.MONITORING)

TITLES: dict[Step, Text] = {
    Step.GOALS: Text(en="Goals", he="יעדים"),
    Step.OWNERS: Text(en="People responsible", he="אחראים"),
    Step.POLICY: Text(en="Policy", he="מדיניות"),
    Step.RECRUITMENT: Text(en="Recruitment", he="גיוס שגרירים"),
    Step.MONITORING: Text(en="Monitoring", he="מדידה ומעקב"),
    Step.CONNECTORS: Text(en="Connectors", he="חיבורים לפלטפורמות"),
}
WHY: dict[Step, Text] = {
    Step.GOALS: Text(
        en="Everything else is chosen for them: without a goal nobody can tell whether the programme works.",
        he="כל השאר נגזר מהם: בלי יעד אין דרך לדעת אם התוכנית מצליחה.",
    ),
    Step.OWNERS: Text(
        en="Each question that comes up needs somebody who answers it.",
        he="לכל שאלה שעולה צריך להיות מי שעונה עליה.",
    ),
    Step.POLICY: Text(
        en="People share with confidence when they know what may be said and what may not.",
        he="קל יותר לשתף בביטחון כשברור מה נכון לומר וממה להימנע.",
    ),
    Step.RECRUITMENT: Text(
        en="Whom the programme looks for decides which content and which channels suit it.",
        he="הגדרת השגרירים המבוקשים קובעת איזה תוכן ואילו ערוצים יתאימו.",
    ),
    Step.MONITORING: Text(
        en="What is measured from the first day on can be compared later; what is not, never.",
        he="מה שנמדד מהיום הראשון אפשר להשוות בהמשך; מה שלא נמדד, אבד.",
    ),
    Step.CONNECTORS: Text(
        en="A channel comes last: it carries what the steps before have decided.",
        he="הערוץ בא בסוף: הוא נושא את מה שנקבע בצעדים הקודמים.",
    ),
}
#: The call that brings a step on; ``{program}`` is the program's id.
NEXT: dict[Step, str] = {
    Step.GOALS: "POST /v1/programs/{program}/goals",
    Step.OWNERS: "POST /v1/programs/{program}/responsibilities",
    Step.POLICY: "GET /v1/policies?program_id={program}",
    Step.RECRUITMENT: "PUT /v1/programs/{program}/persona",
    Step.MONITORING: "GET /v1/programs/{program}/goals",
    Step.CONNECTORS: "POST /v1/platform-connections",
}
_NOTHING_MEASURED = Text(
    en="Set goals first, then say where their values come from.",
    he="יש לקבוע תחילה יעדים, ואז מהיכן יגיעו ערכיהם.",
)
_UNMEASURED = Text(
    en="The goal “{title}” has no value yet: report one (POST /v1/goals/{goal}/measurements) or connect a feed "
    "(POST /v1/goals/{goal}/feeds).",
    he="ליעד „{title}” אין עדיין אף ערך: יש לדווח ערך (‎POST /v1/goals/{goal}/measurements‎) או לחבר מקור נתונים "
    "(‎POST /v1/goals/{goal}/feeds‎).",
)
_NO_CONNECTOR = Text(
    en="No platform is connected. The programme also works without one: people share by hand or through their own "
    "accounts.",
    he="לא חוברה פלטפורמה. התוכנית פועלת גם בלעדיה: ניתן לשתף ידנית או דרך החשבונות האישיים.",
)


@dataclass(frozen=True)
class Unmeasured:
    """A goal of which nobody knows where its values come from."""

    goal_id: str
    title: str


@dataclass(frozen=True)
class Facts:
    """What is known of a program, brought by who may read all of it."""

    goals: Sequence[FieldProblem]
    owners: Sequence[FieldProblem]
    policy: Sequence[FieldProblem]
    recruitment: Sequence[FieldProblem]
    has_goals: bool
    unmeasured: Sequence[Unmeasured]
    has_connector: bool


@dataclass(frozen=True)
class StepStatus:
    """One step, and what is missing for it."""

    step: Step
    state: StepState
    missing: tuple[FieldProblem, ...] = ()


def list_steps(facts: Facts) -> list[StepStatus]:
    """Every step in order."""
    found: list[tuple[Step, Sequence[FieldProblem]]] = [
        (Step.GOALS, facts.goals),
        (Step.OWNERS, facts.owners),
        (Step.POLICY, facts.policy),
        (Step.RECRUITMENT, facts.recruitment),
        (Step.MONITORING, _monitoring(facts)),
    ]
    steps = [
        StepStatus(step, StepState.MISSING if problems else StepState.DONE, tuple(problems)) for step, problems in found
    ]
    too_early = any(one.state is StepState.MISSING for one in steps)
    if facts.has_connector:
        steps.append(StepStatus(Step.CONNECTORS, StepState.DONE))
    else:
        state = StepState.TOO_EARLY if too_early else StepState.OPTIONAL
        steps.append(StepStatus(Step.CONNECTORS, state, (FieldProblem("/connectors", "missing", _NO_CONNECTOR),)))
    return steps


def before_connectors(steps: Sequence[StepStatus]) -> list[FieldProblem]:
    """What should have come before a production channel."""
    return [problem for one in steps if one.step in BEFORE_CONNECTORS for problem in one.missing]


def _monitoring(facts: Facts) -> list[FieldProblem]:
    if not facts.has_goals:
        return [FieldProblem("/monitoring", "missing", _NOTHING_MEASURED)]
    return [
        FieldProblem("/monitoring", "missing", _UNMEASURED, {"title": one.title, "goal": one.goal_id})
        for one in facts.unmeasured
    ]
