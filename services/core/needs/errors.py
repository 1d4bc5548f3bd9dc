"""What the needs desk refuses."""

from __future__ import annotations

from services.core.kit.errors import Conflict, DomainError, FieldProblem, Kind
from services.core.kit.texts import Text


class NotInProgram(Conflict):
    """Needs are sent by the people of a program."""

    code = "not_in_program"
    title = Text(en="You are not in this program", he="אינך בתוכנית זו")
    detail = Text(
        en="Send it to a program that you are in: see /v1/me/ambassadorships.",
        he="יש לשלוח לתוכנית שבה יש לך חברות: ראו ‎/v1/me/ambassadorships‎.",
    )


class NotYoursToAnswer(DomainError):
    """Needs are answered by whoever is responsible, also where managers see that they were sent."""

    kind = Kind.NOT_ALLOWED
    code = "not_yours_to_answer"
    title = Text(en="Somebody else answers this", he="המענה באחריות אדם אחר")
    detail = Text(
        en="It is answered by whoever holds the function it is for. Ask the program's owner to name you, or leave it.",
        he="המענה ניתן על ידי מי שמונה לתפקיד הנוגע לפנייה. ניתן לבקש ממנהלי התוכנית למנות אותך, או להשאיר זאת כך.",
    )


class NeedClosed(Conflict):
    """What is closed stays closed."""

    code = "need_closed"
    title = Text(en="This request is closed", he="פנייה זו נסגרה")
    detail = Text(
        en="Send a new one with POST to /v1/me/needs, and refer to this one if it helps.",
        he="ניתן לשלוח פנייה חדשה ב-POST אל ‎/v1/me/needs‎, ולהזכיר בה את זו אם זה מועיל.",
    )


class NeedMoveRefused(Conflict):
    """Not from this state."""

    code = "need_move_refused"
    title = Text(en="This is not possible from here", he="לא ניתן לעבור למצב זה")
    detail = Text(
        en="The request is {current}. From there it can become: {possible}.",
        he="מצב הפנייה: {current}. ניתן לעבור ממנו למצב: {possible}.",
    )


_OUTCOME_MISSING = Text(
    en="Say in a sentence or two what comes of it; the person reads it.",
    he="יש לכתוב במשפט או שניים מה ייצא מכך; מי שפנה קורא זאת.",
)
_OTHER_PROGRAM = Text(en="This item belongs to another program.", he="פריט זה שייך לתוכנית אחרת.")
_CLOSES_FIRST = Text(en="A desk closes after it opens, on the same day.", he="שעת הסיום מאוחרת משעת ההתחלה, באותו יום.")


def outcome_missing() -> FieldProblem:
    """A decision without words."""
    return FieldProblem("/outcome", "missing", _OUTCOME_MISSING)


def other_program() -> FieldProblem:
    """An item of another program."""
    return FieldProblem("/item_id", "other_program", _OTHER_PROGRAM)


def closes_first() -> FieldProblem:
    """Hours that are none."""
    return FieldProblem("/closes_at", "closes_first", _CLOSES_FIRST)
