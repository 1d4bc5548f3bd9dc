"""The announcement of a loud launch, made from what a program wants to reach. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.core.kit.texts import Language, Text

#: Marks around words that may run the other way, so that they turn nothing round them.
_ISOLATE = "\u2068{}\u2069"

_TITLE = Text(en="{program} is open to everybody", he="{program} פתוחה לכולם")
_WHAT = Text(
    en="{program} of {organization} leaves its pilot: from today everybody who wants to can share, in their own words, "
    "what they find worth telling.",
    he="{program} של {organization} יוצאת מהפיילוט: מהיום כל מי שרוצה בכך יכול לשתף, במילים שלו, את מה שחשוב בעיניו "
    "לספר.",
)
_WHY = Text(en="This is what we want to reach together:", he="לאן אנחנו רוצים להגיע יחד:")
_GOAL = Text(
    en="{title}: {kpi} from {baseline} to {target} by {due}.", he="{title}: {kpi}, מ-{baseline} ל-{target} עד {due}."
)
_FREE = Text(
    en="Taking part is voluntary, nothing follows from not taking part, and each post goes out only with its author's "
    "own yes.",
    he="ההשתתפות היא מרצון, לאי-השתתפות אין כל השלכה, וכל פוסט מתפרסם רק באישור אישי.",
)
_AMBASSADORS = Text(
    en="Meet some of those who have been part of it from the start.",
    he="נעים להכיר: חלק ממי שליוו את התוכנית מתחילתה.",
)
_CALL = Text(
    en="Would you like to join? The call is open until {until}: {link}",
    he="רוצים להצטרף? הקול הקורא פתוח עד {until}: {link}",
)


def isolate(words: object) -> str:
    """Words of people, which may run either way, for the middle of a sentence of ours."""
    return _ISOLATE.format(words)


def title(*, program: str, language: Language) -> str:
    """The headline."""
    return _TITLE.in_language(language, program=isolate(program))


def goal_words(
    *, title: str, kpi: str, baseline: str, target: str, due_on: date, language: Language
) -> str:  # fmt: skip
    """A goal as one sentence."""
    return _GOAL.in_language(
        language,
        title=isolate(title),
        kpi=isolate(kpi),
        baseline=isolate(baseline),
        target=isolate(target),
        due=isolate(due_on.isoformat()),
    )


def paragraphs(
    *,
    program: str,
    organization: str,
    goals: Sequence[str],
    presents_people: bool,
    call: tuple[str, date] | None,
    language: Language,
) -> list[str]:
    """The announcement: what it is, each goal, that it is voluntary, who was there first, and how to join."""
    made = [_WHAT.in_language(language, program=isolate(program), organization=isolate(organization))]
    if goals:
        made += [_WHY.in_language(language), *goals]
    made.append(_FREE.in_language(language))
    if presents_people:
        made.append(_AMBASSADORS.in_language(language))
    if call is not None:
        link, until = call
        made.append(_CALL.in_language(language, link=isolate(link), until=isolate(until.isoformat())))
    return made
