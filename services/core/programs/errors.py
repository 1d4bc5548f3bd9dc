"""What programs refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid
from services.core.kit.texts import Text


class FoundationsMissing(Invalid):
    """A program is launched on foundations; some of these are missing."""

    code = "foundations_missing"
    title = Text(en="The foundations are not complete", he="היסודות אינם שלמים")
    detail = Text(
        en="A program needs what is listed under errors before it can become {wanted}.",
        he="לפני המעבר ל-{wanted} יש להשלים את מה שמופיע תחת errors.",
    )


class TransitionRefused(Conflict):
    """The state machine has no such move."""

    code = "program_state"
    title = Text(en="Not possible in this state", he="לא אפשרי במצב זה")
    detail = Text(
        en="The program is {current} and cannot become {wanted}. Possible: {possible}.",
        he="מצב התוכנית הוא {current} ואינה יכולה להפוך ל-{wanted}. האפשרויות: {possible}.",
    )


class LaunchGatesMissing(Conflict):
    """A loud launch needs evidence from the quiet one."""

    code = "launch_gates_missing"
    title = Text(en="A loud launch needs evidence", he="השקה רחבה דורשת ראיות")
    detail = Text(
        en="A program goes loud once every gate has passed on pilot data. This version does not run the gates yet, "
        "so a program stays quiet.",
        he="תוכנית עוברת להשקה רחבה לאחר שכל השערים עברו על נתוני הפיילוט. גרסה זו עדיין אינה מריצה את השערים, "
        "ולכן התוכנית נשארת בהשקה שקטה.",
    )


class AlreadyHolds(Conflict):
    """The person holds that function already."""

    code = "already_responsible"
    title = Text(en="This person holds it already", he="אדם זה כבר אחראי על כך")
    detail = Text(en="There is nothing to do.", he="אין צורך בפעולה נוספת.")


class LastOfItsKind(Conflict):
    """A program keeps the goals and the people it was designed with."""

    code = "foundation_needed"
    title = Text(en="The program stands on this", he="התוכנית נשענת על כך")
    detail = Text(
        en="This is the program's only {what}. Add another one first, then remove this one.",
        he="זה ה-{what} היחיד של התוכנית. יש להוסיף תחילה אחר, ורק אז להסיר את זה.",
    )
