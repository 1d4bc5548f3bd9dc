"""What recruitment refuses."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class CallClosed(Conflict):
    """The call takes no applications any more."""

    code = "call_closed"
    title = Text(en="This call is closed", he="הקול הקורא נסגר")
    detail = Text(
        en="It was closed, or its deadline has passed. You can still apply to the program without it, if it takes "
        "applications.",
        he="הקול הקורא נסגר, או שמועדו האחרון חלף. אם התוכנית מקבלת מועמדויות, ניתן להגיש מועמדות גם בלעדיו.",
    )


class NoApplications(Conflict):
    """The program takes applications through open calls alone."""

    code = "no_applications"
    title = Text(en="Applications only through a call", he="הגשת מועמדות רק דרך קול קורא")
    detail = Text(
        en="This program takes applications through its open calls. Use the link of one, or give its code as `code`.",
        he="תוכנית זו מקבלת מועמדויות דרך קול קורא בלבד. יש להשתמש בקישור שלו, או לתת את הקוד שלו בשדה `code`.",
    )


class NotEligible(Conflict):
    """What the directory knows does not fit what the call asks."""

    code = "not_eligible"
    title = Text(en="This call is for others", he="הקול הקורא מיועד לאחרים")
    detail = Text(
        en="By the directory you do not meet what this call asks: {criteria}. If the directory is wrong, ask HR to "
        "correct it, and apply again.",
        he="לפי מערכת משאבי האנוש אין התאמה לדרישות הקול הקורא: {criteria}. אם הרישום שגוי, יש לפנות למשאבי אנוש "
        "לתיקון, ואז להגיש שוב.",
    )


class AlreadyApplied(Conflict):
    """One open application to a program at a time."""

    code = "already_applied"
    title = Text(en="You have applied already", he="כבר הוגשה מועמדות")
    detail = Text(
        en="Your application {application_id} is open. You will get an answer; or withdraw it with POST "
        "/v1/applications/{application_id}/withdraw.",
        he="המועמדות {application_id} פתוחה. תישלח אליך תשובה; או שניתן למשוך אותה ב-‎POST "
        "/v1/applications/{application_id}/withdraw‎.",
    )


class AlreadyIn(Conflict):
    """Who is in, or waits for a place, need not apply."""

    code = "already_in"
    title = Text(en="You are in already", he="כבר הצטרפת")
    detail = Text(
        en="You are in this program, or wait for a place in it. There is nothing to do; GET /v1/me/onboarding shows "
        "where you are.",
        he="כבר הצטרפת לתוכנית זו, או שממתין לך בה מקום. אין צורך בפעולה; ‎GET /v1/me/onboarding‎ מציג היכן הדברים "
        "עומדים.",
    )


class ApplicationDecided(Conflict):
    """The application is not open any more."""

    code = "application_decided"
    title = Text(en="This application is not open", he="המועמדות אינה פתוחה")
    detail = Text(
        en="It is {state}. Only an open application can be answered or withdrawn.",
        he="מצב המועמדות: {state}. ניתן לענות על מועמדות פתוחה בלבד, או למשוך אותה.",
    )


class NoNominations(Conflict):
    """The program takes no nominations."""

    code = "no_nominations"
    title = Text(en="No nominations", he="אין המלצות")
    detail = Text(
        en="This program takes no nominations. Tell your colleague about it yourself.",
        he="תוכנית זו אינה מקבלת המלצות. ניתן לספר עליה לעמיתים באופן אישי.",
    )


class AlreadyNominated(Conflict):
    """One open nomination by one person of another."""

    code = "already_nominated"
    title = Text(en="You have nominated them already", he="כבר המלצת על אדם זה")
    detail = Text(
        en="Your word has been passed to your colleague. Whatever they do with it is theirs; there is nothing more "
        "to do.",
        he="ההמלצה שלך הועברה. מה ייעשה בה היא בחירה אישית, ואין צורך בפעולה נוספת.",
    )


class NominationClosed(Conflict):
    """The nomination can no longer be answered this way."""

    code = "nomination_closed"
    title = Text(en="This nomination is closed", he="ההמלצה נסגרה")
    detail = Text(
        en="It was answered or has run out. To join, apply with POST /v1/programs/{program_id}/applications.",
        he="ההמלצה נענתה או שתוקפה פג. כדי להצטרף יש להגיש מועמדות ב-‎POST /v1/programs/{program_id}/applications‎.",
    )
