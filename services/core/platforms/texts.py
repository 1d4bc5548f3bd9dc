"""What is said about platforms, in each language."""

from __future__ import annotations

from datetime import datetime

from services.core.kit.texts import Language, Text
from services.core.platforms import rules
from services.core.platforms.models import AudienceSync, AudienceSyncState, ContentPush, PushState
from services.core.platforms.removals import REMOVED, Task

NEXT_STEPS: dict[PushState, Text] = {
    PushState.PLANNED: Text(en="It goes into the platform by itself.", he="הפריט ייכנס לפלטפורמה מעצמו."),
    PushState.PUSHING: Text(en="It is on its way right now.", he="הפריט בדרכו כעת."),
    PushState.LIVE: Text(en="People find it in the platform.", he="אנשים מוצאים אותו בפלטפורמה."),
    PushState.SCHEDULED: Text(en="The platform shows it at its time.", he="הפלטפורמה תציג אותו במועדו."),
    PushState.AWAITING_REVIEW: Text(
        en="Somebody has to let it through in the platform itself.", he="מישהו צריך לאשר אותו בפלטפורמה עצמה."
    ),
    PushState.DRAFT: Text(
        en="It lies in the platform as a draft: publish it there.", he="הוא נמצא בפלטפורמה כטיוטה: יש לפרסם אותו שם."
    ),
    PushState.FAILED: Text(
        en="It is not in the platform. Put right what the words say, and push it again.",
        he="הוא אינו בפלטפורמה. יש לתקן לפי ההסבר ולדחוף שוב.",
    ),
    PushState.UNKNOWN: Text(
        en="We cannot tell whether it arrived, and never send it again by ourselves. We ask the platform.",
        he="לא ידוע אם הגיע, ולעולם לא נשלח אותו שוב מעצמנו. אנו שואלים את הפלטפורמה.",
    ),
    PushState.WITHDRAWN: Text(en="It was taken back.", he="הוא נמשך חזרה."),
    PushState.EXPIRED: Text(en="Its time is over.", he="זמנו חלף."),
}
_ASK_A_PERSON = Text(
    en="The platform did not tell whether it arrived. Look there, and say so at /v1/content-pushes/{push_id}/resolve.",
    he="הפלטפורמה לא מסרה אם הגיע. יש לבדוק שם ולדווח ב-‎/v1/content-pushes/{push_id}/resolve‎.",
)
_BEING_WITHDRAWN = Text(en="It is being taken back.", he="הוא בתהליך משיכה.")
_WITHDRAW_BY_HAND = Text(
    en="The platform lets us take nothing back: remove it there by hand, then say so with "
    "POST /v1/content-pushes/{push_id}/removed.",
    he="הפלטפורמה אינה מאפשרת לנו למשוך: יש להסיר אותו שם ידנית, ואז לדווח עם "
    "‎POST /v1/content-pushes/{push_id}/removed‎.",
)
_REMOVED = Text(en="Somebody removed it in the platform by hand.", he="הוא הוסר ידנית בפלטפורמה.")
_WAITS_FOR_PEOPLE = Text(
    en="It waits until the platform is put right: correct its settings or sign in again at "
    "/v1/platform-connections/{connection_id}. Then it is tried at once; without that we look again at {at}.",
    he="הפריט ממתין לתיקון הפלטפורמה: יש לתקן את ההגדרות או להתחבר שוב ב-"
    "‎/v1/platform-connections/{connection_id}‎. לאחר התיקון ננסה מיד; גם בלעדיו ננסה שוב ב-{at}.",
)
_TRIED_AGAIN = Text(en="It did not go in yet, and is tried again at {at}.", he="הפריט טרם נכנס; ננסה שוב ב-{at}.")


def next_step(push: ContentPush, language: Language) -> str:
    """What comes next for a push."""
    if push.state is PushState.UNKNOWN and push.due_at is None:
        return _ASK_A_PERSON.in_language(language, push_id=push.id)
    if push.reason == rules.WITHDRAW_BY_HAND:
        return _WITHDRAW_BY_HAND.in_language(language, push_id=push.id)
    if push.reason == REMOVED:
        return _REMOVED.in_language(language)
    if push.state is PushState.PLANNED and push.reason is not None and push.due_at is not None:
        waits = _WAITS_FOR_PEOPLE if push.reason in rules.WAITS_FOR_PEOPLE else _TRIED_AGAIN
        return waits.in_language(language, connection_id=push.platform_connection_id, at=_clock(push.due_at))
    if push.withdraw_since is not None and push.state not in (
        PushState.WITHDRAWN,
        PushState.EXPIRED,
        PushState.UNKNOWN,
    ):
        return _BEING_WITHDRAWN.in_language(language)
    return NEXT_STEPS[push.state].in_language(language)


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_PLACE = Text(
    en="{platform}, “{account}”, place {destination}: “{title}”{known}",
    he="{platform}, „{account}”, מקום {destination}: „{title}”{known}",
)


def removal_place(task: Task, language: Language) -> str:
    """Where somebody finds what is to be removed: as exactly as we know it."""
    known = [one for one in (task.external_id, task.url) if one]
    return _PLACE.in_language(
        language,
        platform=task.platform,
        account=task.account,
        destination=task.destination_id,
        title=task.title,
        known=f" ({', '.join(known)})" if known else "",
    )


_SYNC_STEPS: dict[AudienceSyncState, Text] = {
    AudienceSyncState.COMPARING: Text(en="It goes on by itself.", he="ההשוואה נמשכת מעצמה."),
    AudienceSyncState.APPLYING: Text(en="It goes on by itself.", he="ההשוואה נמשכת מעצמה."),
    AudienceSyncState.PREVIEWED: Text(
        en="Nothing was changed. Begin it without validate_only to change what it lists.",
        he="דבר לא שונה. כדי לבצע את השינויים יש להתחיל השוואה ללא validate_only.",
    ),
    AudienceSyncState.STOPPED: Text(
        en="Nothing was changed. Look at the difference; to go on, begin it again with confirm and its diff_hash, or "
        "raise the month's budget if that stopped it.",
        he="דבר לא שונה. יש לבדוק את ההבדל; כדי להמשיך יש להתחיל שוב עם confirm ועם diff_hash שלו, או להגדיל את "
        "התקציב החודשי אם הוא שעצר.",
    ),
    AudienceSyncState.DONE: Text(en="Nothing is left to do.", he="לא נותר מה לעשות."),
    AudienceSyncState.CANCELLED: Text(
        en="It was cancelled. What it had changed by then stays; begin another one to go on.",
        he="ההשוואה בוטלה. מה ששונה עד אז נשאר; כדי להמשיך יש להתחיל השוואה חדשה.",
    ),
}
_SYNC_AGAIN_AT = Text(
    en="The last try did not get anywhere; it is tried again at {at}. You can cancel it.",
    he="הניסיון האחרון לא התקדם; ננסה שוב ב-{at}. ניתן לבטל.",
)
_SYNC_FAILED: dict[str, Text] = {
    "vendor_unavailable": Text(
        en="The platform did not answer for hours, so we stopped. What was done stays. Begin it again once it works.",
        he="הפלטפורמה לא ענתה במשך שעות, ולכן הפסקנו. מה שבוצע נשאר. יש להתחיל שוב כשהפלטפורמה פועלת.",
    ),
    rules.UNEXPECTED: Text(
        en="It met an error of ours time and again, so we stopped. What was done stays. Begin it again; if it fails "
        "again, give the number of this comparison to whoever runs this installation.",
        he="אירעה שוב ושוב שגיאה אצלנו, ולכן הפסקנו. מה שבוצע נשאר. יש להתחיל שוב; אם תיכשל שנית, יש למסור את מספר "
        "ההשוואה למפעיל המערכת.",
    ),
    rules.GAVE_UP: Text(
        en="It was interrupted time and again, so we stopped. What was done stays. Begin it again; if it fails again, "
        "give the number of this comparison to whoever runs this installation.",
        he="ההשוואה נקטעה שוב ושוב, ולכן הפסקנו. מה שבוצע נשאר. יש להתחיל שוב; אם תיכשל שנית, יש למסור את מספר "
        "ההשוואה למפעיל המערכת.",
    ),
}
_SYNC_REFUSED = Text(
    en="The platform did not let it go on ({words}). Put that right at the platform or in its settings, and begin it "
    "again. What was done stays.",
    he="הפלטפורמה לא אפשרה להמשיך ({words}). יש לתקן זאת בפלטפורמה או בהגדרות ולהתחיל שוב. מה שבוצע נשאר.",
)


def sync_next_step(sync: AudienceSync, language: Language) -> str:
    """What comes next for a comparison."""
    if sync.state is AudienceSyncState.FAILED:
        said = _SYNC_FAILED.get(sync.problem or "", _SYNC_REFUSED)
        return said.in_language(language, words=sync.words or sync.problem or "")
    if sync.due_at is not None and sync.problem is not None:
        return _SYNC_AGAIN_AT.in_language(language, at=_clock(sync.due_at))
    return _SYNC_STEPS[sync.state].in_language(language)


PEOPLE_NOTE = Text(
    en="There is no consent of people to numbers of their own from a platform, so no row about a person was kept: only "
    "how many rows there were, and what they add up to.",
    he="אין הסכמה של אנשים למספרים אישיים מפלטפורמה, ולכן לא נשמרה אף שורה על אדם: רק מספר השורות וסכומן.",
)

ASSUMPTIONS: dict[str, Text] = {
    "basis_unknown": Text(
        en="The connector does not say what the bill grows with.", he="המחבר אינו מציין לפי מה נקבע החיוב."
    ),
    "price_unknown": Text(
        en="No price is known: enter terms.unit_price from your contract.",
        he="המחיר אינו ידוע: יש להזין terms.unit_price לפי החוזה.",
    ),
    "free": Text(en="The vendor charges nothing.", he="הספק אינו גובה תשלום."),
    "flat": Text(en="One price a month, whatever is used.", he="מחיר חודשי אחיד, ללא קשר לשימוש."),
    "seats": Text(
        en="Seats are the people whom we let in; others in the platform are not counted.",
        he="מספר המקומות (seats) הוא מספר האנשים שהכנסנו; אחרים בפלטפורמה אינם נספרים.",
    ),
    "posts": Text(
        en="Posts are the items that went in through us in the calendar month (UTC).",
        he="פוסטים הם הפריטים שנכנסו דרכנו בחודש הקלנדרי (UTC).",
    ),
    "next_as_this": Text(
        en="The next month is taken to be as this one, carried on to its end at the same pace.",
        he="החודש הבא מוערך כחודש זה, בהמשך באותו קצב עד סופו.",
    ),
}
