"""What moves refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class SamePlatform(Conflict):
    """Nothing to move."""

    code = "same_platform"
    title = Text(en="Both are the same platform", he="זו אותה פלטפורמה")
    detail = Text(
        en="Name two different platform connections to move between.",
        he="יש לציין שני חיבורי פלטפורמה שונים שביניהם עוברים.",
    )


class MoveRunning(Conflict):
    """One move of a program out of a platform at a time."""

    code = "move_running"
    title = Text(en="A move is under way already", he="כבר מתבצע מעבר")
    detail = Text(
        en="The program is being moved by {move_id} ({state}). Apply it or cancel it first.",
        he="התוכנית כבר עוברת במסגרת {move_id} ({state}). יש להחיל אותו או לבטל אותו תחילה.",
    )


class MoveNotReady(Conflict):
    """Only a move that has been looked at can be applied, and only while nothing has begun."""

    code = "move_not_ready"
    title = Text(en="This move cannot be applied", he="לא ניתן להחיל מעבר זה")
    detail = Text(
        en="It is {state}. A move is applied once its comparison is there and before it has begun.",
        he="מצב המעבר: {state}. מעבר מוחל לאחר שההשוואה שלו מוכנה ולפני שהתחיל.",
    )


class OtherDifference(Conflict):
    """What would be done is not what the caller has seen."""

    code = "other_difference"
    title = Text(en="This is not the difference you have seen", he="זה אינו ההפרש שהוצג")
    detail = Text(
        en="Read the move again, look at its steps and losses, and send its diff_hash.",
        he="יש לקרוא שוב את המעבר, לעיין בצעדים ובמה שיאבד, ולשלוח את diff_hash שלו.",
    )
