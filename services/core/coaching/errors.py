"""What coaching refuses."""

from __future__ import annotations

from services.core.kit.errors import Conflict, FieldProblem
from services.core.kit.texts import Text


class NotYourself(Conflict):
    """A second pair of eyes is somebody else's."""

    code = "coach_is_yourself"
    title = Text(en="Choose somebody else", he="יש לבחור אדם אחר")
    detail = Text(
        en="A coach is a colleague. To assess yourself, PUT your checklist.",
        he="מלווה הוא עמית או עמיתה. להערכה עצמית יש לשלוח PUT לרשימת הבדיקה שלך.",
    )


class AlreadyCoach(Conflict):
    """Somebody is asked once."""

    code = "coach_already_named"
    title = Text(en="You have named this colleague already", he="כבר פנית לאדם זה")
    detail = Text(
        en="They have been asked, or coach you already. You can end that with DELETE to "
        "/v1/me/profile-coaches/{coaching}.",
        he="האדם כבר התבקש, או כבר מלווה אותך. ניתן לסיים זאת ב-DELETE אל ‎/v1/me/profile-coaches/{coaching}‎.",
    )


class CoachingClosed(Conflict):
    """What has been answered or ended stays so."""

    code = "coaching_closed"
    title = Text(en="This request is closed", he="הפנייה נסגרה")
    detail = Text(
        en="It was answered or ended. The person whose profile it is can ask anew.",
        he="הפנייה נענתה או הסתיימה. בעלי הפרופיל יכולים לפנות מחדש.",
    )


_NO_ITEM = Text(
    en="This checklist has no such item. Its items: {known}.",
    he="אין פריט כזה ברשימה. הפריטים: {known}.",
)


def no_item(key: str, known: str) -> FieldProblem:
    """An answer to no item."""
    return FieldProblem(f"/items/{key}", "unknown_value", _NO_ITEM, {"known": known})
