"""What is said about platforms, in each language."""

from __future__ import annotations

from services.core.kit.texts import Language, Text
from services.core.platforms.models import ContentPush, PushState

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
    en="The platform lets us take nothing back: remove it there by hand.",
    he="הפלטפורמה אינה מאפשרת לנו למשוך: יש להסיר אותו שם ידנית.",
)


def next_step(push: ContentPush, language: Language) -> str:
    """What comes next for a push."""
    if push.state is PushState.UNKNOWN and push.due_at is None:
        return _ASK_A_PERSON.in_language(language, push_id=push.id)
    if push.reason == "withdraw_by_hand":
        return _WITHDRAW_BY_HAND.in_language(language)
    if push.withdraw_since is not None and push.state not in (
        PushState.WITHDRAWN,
        PushState.EXPIRED,
        PushState.UNKNOWN,
    ):
        return _BEING_WITHDRAWN.in_language(language)
    return NEXT_STEPS[push.state].in_language(language)


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
        he="מושבים הם האנשים שהכנסנו; אחרים בפלטפורמה אינם נספרים.",
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
