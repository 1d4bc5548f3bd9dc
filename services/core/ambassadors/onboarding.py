"""What stands between joining and the first share, judged by facts. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.core.ambassadors.models import AmbassadorState, Intake, Step
from services.core.kit.texts import Text

#: Shown and never waited for.
OPTIONAL = frozenset({Step.PROFILE_TIPS})


@dataclass(frozen=True)
class Facts:
    """What is known of one member, brought by who may ask the other nouns."""

    has_agreed: bool
    has_connection: bool
    has_preferences: bool
    #: Titles of mandatory modules that are not complete.
    missing_training: Sequence[str]
    #: What they have said themselves.
    marks: frozenset[Step]


@dataclass(frozen=True)
class Item:
    """One step of somebody's list."""

    step: Step
    is_done: bool
    is_required: bool
    what_to_do: Text | None


_WHAT_TO_DO: dict[Step, Text] = {
    Step.ACKNOWLEDGE_POLICY: Text(
        en="Read the policies of the program and agree to them: they are listed at GET /v1/me/policies.",
        he="יש לקרוא את המדיניות של התוכנית ולאשר אותה: היא מופיעה ב-‎GET /v1/me/policies‎.",
    ),
    Step.SHARING_PATH: Text(
        en="Connect an account with POST /v1/me/connections; or, to share by hand, send the step sharing_path to "
        "POST /v1/me/onboarding/{program}/marks.",
        he="יש לחבר חשבון ב-‎POST /v1/me/connections‎; או, כדי לשתף ידנית, לשלוח את הצעד sharing_path אל "
        "‎POST /v1/me/onboarding/{program}/marks‎.",
    ),
    Step.PREFERENCES: Text(
        en="Say when and how often you want to post: PUT /v1/me/preferences.",
        he="יש לציין מתי ובאיזו תדירות נוח לך לפרסם: ‎PUT /v1/me/preferences‎.",
    ),
    Step.TRAINING: Text(
        en="Complete the training that the program asks for: {modules}.",
        he="יש להשלים את ההדרכות שהתוכנית מבקשת: {modules}.",
    ),
    Step.PROFILE_TIPS: Text(
        en="If you like: a clear photo, one line on what you do, and a few words on what you like to talk about make a "
        "profile that people remember. Nobody here looks at your profile.",
        he="אם בא לך: תמונה ברורה, שורה על העיסוק שלך וכמה מילים על הנושאים שמעניינים אותך יוצרים פרופיל שזוכרים. "
        "איש מאיתנו אינו צופה בפרופיל שלך.",
    ),
}


def required(intake: Intake | None) -> list[Step]:
    """What a program asks besides the policy and waits for, in order."""
    return [step for step in configured(intake) if step not in OPTIONAL and step is not Step.ACKNOWLEDGE_POLICY]


def configured(intake: Intake | None) -> list[Step]:
    """The steps of a program, the policy first: it always counts."""
    chosen = [Step(name) for name in intake.steps] if intake is not None else []
    return [Step.ACKNOWLEDGE_POLICY, *(step for step in chosen if step is not Step.ACKNOWLEDGE_POLICY)]


def missing(steps: Iterable[Step], facts: Facts) -> list[Step]:
    """Which of these steps are not done."""
    return [step for step in steps if not is_done(step, facts)]


def is_done(step: Step, facts: Facts) -> bool:
    """Whether a step is done, as the facts say."""
    match step:
        case Step.ACKNOWLEDGE_POLICY:
            return facts.has_agreed
        case Step.SHARING_PATH:
            return facts.has_connection or step in facts.marks
        case Step.PREFERENCES:
            return facts.has_preferences
        case Step.TRAINING:
            return not facts.missing_training
        case Step.PROFILE_TIPS:
            return step in facts.marks


def checklist(intake: Intake | None, state: AmbassadorState, facts: Facts) -> list[Item]:
    """Each step of a program for one member. Who waits for a place has nothing to do yet."""
    if state is AmbassadorState.WAITING:
        return []
    items = []
    for step in configured(intake):
        done = is_done(step, facts)
        items.append(Item(step, done, step not in OPTIONAL, None if done else _WHAT_TO_DO[step]))
    return items
