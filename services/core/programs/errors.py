"""What programs refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid, NotAllowed
from services.core.kit.texts import Text


class FoundationsMissing(Invalid):
    """A program is launched on foundations; some of these are missing."""

    code = "foundations_missing"
    title = Text(en="The foundations are not complete", he="היסודות אינם שלמים")
    detail = Text(
        en="A program needs what is listed under errors before it can become {wanted}.",
        he="לפני שהתוכנית תהיה {wanted}, יש להשלים את מה שמופיע תחת errors.",
    )


class TransitionRefused(Conflict):
    """The state machine has no such move."""

    code = "program_state"
    title = Text(en="Not possible in this state", he="לא אפשרי במצב זה")
    detail = Text(
        en="The program is {current} and cannot become {wanted}. Possible: {possible}.",
        he="מצב התוכנית: {current}. אין מעבר ממנו למצב: {wanted}. האפשרויות: {possible}.",
    )


class GatesRed(Conflict):
    """A loud launch needs evidence from the quiet one."""

    code = "launch_gates_red"
    title = Text(en="A loud launch needs evidence", he="השקה רחבה דורשת ראיות")
    detail = Text(
        en="These gates have not passed: {gates}. Do what is listed under errors and try again, or ask a sponsor to "
        "let it pass with a reason (override).",
        he="השערים הבאים עדיין לא עברו: {gates}. יש לבצע את מה שמופיע תחת errors ולנסות שוב, או לבקש מנותני החסות "
        "לאשר את המעבר בצירוף נימוק (override).",
    )


class NothingToOverride(Conflict):
    """Every gate has passed: nobody has to answer for a red one."""

    code = "nothing_to_override"
    title = Text(en="Every gate has passed", he="כל השערים עברו")
    detail = Text(
        en="There is nothing to override. Whoever manages the program launches it with the same call without override.",
        he="אין מה לעקוף. מי שמנהל את התוכנית משיק אותה באותה קריאה, בלי override.",
    )


class NotInPilot(Conflict):
    """A quiet launch is for its pilot alone."""

    code = "not_in_pilot"
    title = Text(en="Open to the pilot only", he="פתוח למשתתפי הפיילוט בלבד")
    detail = Text(
        en="The program is launched quietly, and this person is not in its pilot. Whoever manages it can add them to "
        "the pilot (PUT /v1/programs/…/pilot), or wait for the loud launch.",
        he="התוכנית נמצאת בהשקה שקטה, והאדם אינו בין משתתפי הפיילוט. מי שמנהל אותה יכול להוסיף אותו לפיילוט "
        "(‎PUT /v1/programs/…/pilot‎), או להמתין להשקה הרחבה.",
    )


class PilotOver(Conflict):
    """The time of a pilot is limited."""

    code = "pilot_over"
    title = Text(en="The pilot's time is over", he="זמן הפיילוט הסתיים")
    detail = Text(
        en="The pilot ended at {ended_at}: nobody new is let in, and nothing is offered. Extend it "
        "(PUT /v1/programs/…/pilot), or launch loudly.",
        he="הפיילוט הסתיים ב-{ended_at}: אין צירוף אנשים חדשים ואין הצעות חדשות. יש להאריך אותו "
        "(‎PUT /v1/programs/…/pilot‎), או לעבור להשקה רחבה.",
    )


class HoldersMissing(Conflict):
    """A program that everybody sees has somebody who answers for each thing."""

    code = "holders_missing"
    title = Text(en="Somebody has to answer for this", he="חסרים בעלי תפקידים")
    detail = Text(
        en="A loud launch needs a holder of each mandatory function. Name the people that are missing (see errors), "
        "then try again.",
        he="השקה רחבה דורשת אחראי/ת לכל תפקיד חובה. יש למנות את החסרים (ראו errors) ולנסות שוב.",
    )


class NotASponsor(NotAllowed):
    """A commitment is a sponsor's own word."""

    code = "not_a_sponsor"
    title = Text(en="Only a sponsor signs", he="רק נותני החסות חותמים")
    detail = Text(
        en="A commitment is signed by somebody with the role sponsor, with their own key. Ask an owner of the "
        "organization for the role.",
        he="התחייבות נחתמת על ידי מי שיש לו תפקיד sponsor, במפתח האישי שלו. את התפקיד מעניקים בעלי הארגון.",
    )


class OverridingIsForSponsors(NotAllowed):
    """A red gate is passed on a sponsor's own word."""

    title = Text(en="Only a sponsor overrides", he="רק נותני החסות רשאים לאשר מעבר חריג")
    detail = Text(
        en="Gates that have not passed are overridden by somebody with the role sponsor, with their own key. Do what "
        "the gates ask for, or turn to a sponsor of the programme.",
        he="מעבר למרות שערים שטרם עברו מאושר רק על ידי מי שיש לו תפקיד sponsor, במפתח האישי שלו. יש לבצע את מה "
        "שהשערים דורשים, או לפנות לנותני החסות של התוכנית.",
    )


class UnknownTemplate(Invalid):
    """There is no template of that name."""

    code = "unknown_template"
    title = Text(en="No such template", he="אין תבנית כזו")
    detail = Text(
        en="Choose one of these templates: {known}. GET /v1/program-templates describes them.",
        he="יש לבחור אחת מהתבניות: {known}. תיאורן נמצא ב-‎GET /v1/program-templates‎.",
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
        he="אין לתוכנית עוד {what}. יש להוסיף תחילה, ורק אז להסיר.",
    )


class CommitmentEnded(Conflict):
    """A commitment that has ended is history."""

    code = "commitment_ended"
    title = Text(en="This commitment has ended", he="ההתחייבות הסתיימה")
    detail = Text(
        en="It stays as a record. Sign a new one with POST to the program's commitments.",
        he="היא נשמרת כתיעוד. לחתימה על חדשה: POST לרשימת ההתחייבויות של התוכנית.",
    )
