"""What platforms refuse."""

from __future__ import annotations

from services.core.kit.errors import BadRequest, Conflict, Invalid, NotFound, Unavailable
from services.core.kit.texts import Text
from services.core.platforms.rules import NOT_USABLE


class UnknownPlatform(NotFound):
    """No connector of this name is installed."""

    code = "unknown_connector"
    title = Text(en="No such connector", he="אין מחבר כזה")
    detail = Text(
        en="No connector is called {slug}. See /v1/connectors for what is installed.",
        he="אין מחבר בשם {slug}. ראו ‎/v1/connectors‎ לרשימת המותקנים.",
    )


class NotAPlatform(Conflict):
    """The connector is a road to a person's own profile, not a platform of the organization."""

    code = "connector_not_a_platform"
    title = Text(en="This connector is not a platform", he="מחבר זה אינו פלטפורמה")
    detail = Text(
        en="{slug} is not a platform that an organization connects. People connect their own accounts at "
        "/v1/me/connections.",
        he="{slug} אינו פלטפורמה שארגון מחבר. אנשים מחברים חשבונות משלהם דרך ‎/v1/me/connections‎.",
    )


class SettingsRefused(Invalid):
    """Settings are missing, unknown, or not what the connector takes."""

    code = "platform_settings_refused"
    title = Text(en="These settings do not work", he="ההגדרות אינן פועלות")
    detail = Text(
        en="Nothing was stored. {words} Correct what is listed under errors and send it again.",
        he="דבר לא נשמר. {words} יש לתקן את מה שמופיע תחת errors ולשלוח שוב.",
    )


class PlatformRefused(Invalid):
    """The platform did not let us in with these settings."""

    code = "platform_refused"
    title = Text(en="The platform does not take this", he="הפלטפורמה אינה מקבלת זאת")
    detail = Text(
        en="Nothing was stored. {platform} says: {words}",
        he="דבר לא נשמר. תשובת {platform}: {words}",
    )


class PlatformNotReached(Conflict):
    """The platform could not be tried just now."""

    code = "platform_not_reached"
    title = Text(en="The platform does not answer", he="הפלטפורמה אינה עונה")
    detail = Text(
        en="Nothing was stored, since the settings could not be tried. {platform}: {words} Try again later.",
        he="דבר לא נשמר, כי לא ניתן היה לבדוק את ההגדרות. {platform}: {words} יש לנסות שוב מאוחר יותר.",
    )


class SetupOrderRefused(Conflict):
    """A platform comes after goals, owners, policy, recruitment and monitoring."""

    code = "setup_order"
    title = Text(en="The foundations come first", he="היסודות קודמים")
    detail = Text(
        en="Before a platform is connected, a program needs its goals, the people responsible, a published policy, a "
        "persona and values to measure by: see errors. GET /v1/programs/{program_id}/setup shows the order. An owner "
        "can change this rule with PATCH /v1/platform-settings.",
        he="לפני חיבור פלטפורמה, תוכנית צריכה יעדים, אחראים, מדיניות שפורסמה, תיאור השגרירים המבוקשים ומדידה: ראו "
        "errors. סדר הצעדים מופיע ב-‎GET /v1/programs/{program_id}/setup‎. בעלים יכולים לשנות כלל זה עם "
        "‎PATCH /v1/platform-settings‎.",
    )


class NotUsable(Conflict):
    """The platform cannot be used as it stands."""

    code = NOT_USABLE
    title = Text(en="This platform cannot be used now", he="לא ניתן להשתמש בפלטפורמה כעת")
    detail = Text(
        en="It is {state}. {words} Read it at /v1/platform-connections/{connection_id} and put it right first.",
        he="מצב הפלטפורמה: {state}. {words} יש לקרוא אותה ב-‎/v1/platform-connections/{connection_id}‎ ולתקן תחילה.",
    )


class CannotDoThat(Conflict):
    """The platform has no such capability."""

    code = "capability_missing"
    title = Text(en="This platform cannot do that", he="הפלטפורמה אינה יכולה לעשות זאת")
    detail = Text(
        en="{platform} does not offer “{capability}”. See /v1/connectors for what it does.",
        he="{platform} אינה מציעה „{capability}”. ראו ‎/v1/connectors‎ לרשימת היכולות.",
    )


class OverBudgetNow(Unavailable):
    """The vendor's allowance for this period is spent."""

    code = "vendor_budget_spent"
    title = Text(en="The platform's allowance is used up for now", he="המכסה של הפלטפורמה נוצלה לעת עתה")
    detail = Text(
        en="{platform} lets us make a limited number of calls. Try again after {retry_at}.",
        he="{platform} מאפשרת מספר מוגבל של קריאות. יש לנסות שוב לאחר {retry_at}.",
    )


class NothingToAuthorize(Conflict):
    """The platform takes no sign-in, or was cut."""

    code = "nothing_to_authorize"
    title = Text(en="There is nothing to authorize", he="אין מה לאשר בפלטפורמה")
    detail = Text(
        en="This platform is {state} and opens by its settings alone, or was disconnected. Connect it anew if needed.",
        he="מצב הפלטפורמה: {state}. היא נפתחת בהגדרות בלבד או שנותקה. אם צריך, יש לחבר אותה מחדש.",
    )


class AuthorizationRefused(BadRequest):
    """The platform sent somebody back whom we did not send there, or too late, or twice."""

    code = "platform_authorization_refused"
    title = Text(en="This sign-in is not valid any more", he="ההתחברות אינה תקפה עוד")
    detail = Text(
        en="Start again with POST /v1/platform-connections/{{id}}/authorize; each attempt works once, for ten minutes.",
        he="יש להתחיל שוב עם ‎POST /v1/platform-connections/{{id}}/authorize‎; כל ניסיון פועל פעם אחת, למשך עשר דקות.",
    )


class GrantCodeRefused(Conflict):
    """The code is not the one that was shown, or somebody else has started this."""

    code = "confirmation_code_refused"
    title = Text(en="This is not the code", he="הקוד אינו נכון")
    detail = Text(
        en="Whoever started the sign-in enters the code from the page that came after it. After {most} wrong codes it "
        "has to be started again.",
        he="מי שהתחיל את ההתחברות מזין את הקוד מהדף שהוצג אחריה. לאחר {most} קודים שגויים יש להתחיל מחדש.",
    )


class NothingPending(Conflict):
    """No grant waits for a code."""

    code = "nothing_to_confirm"
    title = Text(en="There is nothing to confirm", he="אין מה לאשר")
    detail = Text(
        en="The platform is {state}, and no sign-in waits to be confirmed.",
        he="מצב הפלטפורמה: {state}. אין התחברות שממתינה לאישור.",
    )


class ItemNotApproved(Conflict):
    """Only what was approved goes into a platform."""

    code = "content_state"
    title = Text(en="Not possible in this state", he="לא אפשרי במצב זה")
    detail = Text(
        en="The item is {state}. Only one that is approved or offered, and not over, goes into a platform.",
        he="מצב הפריט: {state}. רק פריט שאושר או הוצע, ושזמנו לא חלף, נכנס לפלטפורמה.",
    )


class AlreadyPushed(Conflict):
    """The item lies in this place already, or may."""

    code = "already_pushed"
    title = Text(en="It is there already", he="הפריט כבר נמצא שם")
    detail = Text(
        en="The push {push_id} of this item into this place is {state}. Look at it, resolve or withdraw it first.",
        he="הפריט כבר נדחף למקום זה ({push_id}); מצב הדחיפה: {state}. יש לבדוק אותה, ליישב או למשוך אותה תחילה.",
    )


class ContentRefused(Conflict):
    """The platform would not take this content; nothing was sent."""

    code = "platform_would_refuse"
    title = Text(en="The platform would refuse this", he="הפלטפורמה תסרב לכך")
    detail = Text(en="Nothing was sent. {words}", he="דבר לא נשלח. {words}")


class MonthlyBudgetReached(Conflict):
    """One more would cost more than the organization has set for the month."""

    code = "monthly_budget_reached"
    title = Text(en="The month's budget is reached", he="התקציב החודשי נוצל")
    detail = Text(
        en="This would bring the month to {would_be} {currency}, over the limit of {limit} {currency}. Raise "
        "terms.monthly_budget of the platform, or wait for the next month.",
        he="פעולה זו תביא את החודש ל-{would_be} {currency}, מעל המגבלה של {limit} {currency}. יש להעלות את "
        "terms.monthly_budget של הפלטפורמה או להמתין לחודש הבא.",
    )


class NothingToResolve(Conflict):
    """Only what is unknown can be resolved by a person."""

    code = "nothing_to_resolve"
    title = Text(en="There is nothing to resolve", he="אין מה ליישב")
    detail = Text(
        en="The push is {state}. Only one whose outcome is unknown needs a person's word.",
        he="מצב הדחיפה: {state}. רק דחיפה שתוצאתה אינה ידועה זקוקה להכרעה של אדם.",
    )


class NothingToWithdraw(Conflict):
    """The push is not in the platform."""

    code = "nothing_to_withdraw"
    title = Text(en="There is nothing to withdraw", he="אין מה למשוך")
    detail = Text(
        en="The push is {state}. Only what is planned or lies in the platform can be withdrawn.",
        he="מצב הדחיפה: {state}. ניתן למשוך רק מה שמתוכנן או נמצא בפלטפורמה.",
    )


class NothingToRemove(Conflict):
    """Nobody has to remove this push by hand."""

    code = "nothing_to_remove"
    title = Text(en="There is nothing to remove by hand", he="אין מה להסיר ידנית")
    detail = Text(
        en="The push is {state}, and nobody was asked to remove it in the platform. To have it taken back, send "
        "POST /v1/content-pushes/{{id}}/withdraw.",
        he="מצב הדחיפה: {state}. איש לא התבקש להסיר אותה בפלטפורמה. כדי למשוך אותה יש לשלוח "
        "‎POST /v1/content-pushes/{{id}}/withdraw‎.",
    )


class SyncNotRunning(Conflict):
    """Only a comparison that is not over can be cancelled."""

    code = "audience_sync_over"
    title = Text(en="This comparison is over", he="ההשוואה הסתיימה")
    detail = Text(
        en="It is {state}, so there is nothing to cancel. What it changed is shown in it; begin another one to change "
        "more.",
        he="מצב ההשוואה: {state}, ולכן אין מה לבטל. מה ששונה מופיע בה; לשינויים נוספים יש להתחיל השוואה חדשה.",
    )


class SyncRunning(Conflict):
    """One comparison of an audience at a time."""

    code = "audience_sync_running"
    title = Text(en="A comparison is running", he="השוואה כבר פועלת")
    detail = Text(
        en="The comparison {sync_id} of this audience is {state}. Wait until it is done, or cancel it with "
        "POST /v1/audience-syncs/{sync_id}/cancel.",
        he="כבר קיימת השוואה של קהל זה ({sync_id}); מצבה: {state}. יש להמתין לסיומה, או לבטל אותה עם "
        "‎POST /v1/audience-syncs/{sync_id}/cancel‎.",
    )


class UnknownReport(Invalid):
    """The platform has no report of this name."""

    code = "unknown_report"
    title = Text(en="No such report", he="אין דוח כזה")
    detail = Text(en="Use one of: {known}.", he="יש להשתמש באחד מאלה: {known}.")


class ReportNotReadable(Invalid):
    """The file is not what its kind looks like."""

    code = "report_not_readable"
    title = Text(en="This file cannot be read", he="לא ניתן לקרוא את הקובץ")
    detail = Text(en="Nothing was stored. {words}", he="דבר לא נשמר. {words}")


class ReportKnown(Conflict):
    """The very same file was imported before."""

    code = "report_imported_already"
    title = Text(en="This file was imported already", he="קובץ זה כבר יובא")
    detail = Text(
        en="It is the import {import_id}. Counting it twice would be wrong, so nothing was stored.",
        he="זהו הייבוא {import_id}. ספירה כפולה תהיה שגויה, ולכן דבר לא נשמר.",
    )
