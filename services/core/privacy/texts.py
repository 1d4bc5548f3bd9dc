"""What comes next for a request, in words."""

from __future__ import annotations

from services.core.kit.texts import Language, Text
from services.core.privacy.models import PrivacyRequest, RequestKind, RequestState

_ERASURE: dict[RequestState, Text] = {
    RequestState.AWAITING_CONFIRMATION: Text(
        en="Read what would go, then confirm with POST to /v1/privacy-requests/{id}/confirm within 24 hours. It ends "
        "your access here and cannot be undone. Posts on your profiles stay there: they are yours.",
        he="יש לעיין במה שיימחק, ואז לאשר ב-POST אל ‎/v1/privacy-requests/{id}/confirm‎ בתוך 24 שעות. האישור מסיים את "
        "הגישה שלך לכאן ואין דרך לבטלו. פוסטים בפרופילים שלך נשארים שם: הם שלך.",
    ),
    RequestState.QUEUED: Text(
        en="It begins within a minute. Export first if you want a copy.",
        he="המחיקה תתחיל בתוך דקה. כדי לשמור עותק, יש לייצא קודם.",
    ),
    RequestState.CLOSING: Text(
        en="Your access has ended; networks and platforms are being asked to let go. It is done within 24 hours.",
        he="הגישה שלך הסתיימה; הרשתות והפלטפורמות מתבקשות לבטל אותה גם אצלן. הכול יושלם בתוך 24 שעות.",
    ),
    RequestState.HELD: Text(
        en="The law wants your records kept for now, so nothing is erased. It goes on by itself once that ends; ask "
        "your organization about it.",
        he="החוק מחייב לשמור כרגע את הרשומות עליך, ולכן דבר אינו נמחק. המחיקה תמשיך מאליה כשהחובה תסתיים; לפרטים "
        "יש לפנות לארגון.",
    ),
    RequestState.DONE: Text(en="Nothing here says who you are any more.", he="דבר כאן אינו מזהה אותך עוד."),
    RequestState.CANCELLED: Text(en="You took it back; nothing was erased.", he="הבקשה בוטלה; דבר לא נמחק."),
}
_EXPORT: dict[RequestState, Text] = {
    RequestState.QUEUED: Text(
        en="It is being gathered, and is here within 10 minutes.", he="המידע נאסף ויהיה כאן בתוך 10 דקות."
    ),
    RequestState.DONE: Text(
        en="Fetch it with GET from /v1/privacy-requests/{id}/file within 7 days.",
        he="ניתן להוריד ב-GET מ-‎/v1/privacy-requests/{id}/file‎ בתוך 7 ימים.",
    ),
    RequestState.CANCELLED: Text(en="You took it back.", he="הבקשה בוטלה."),
}


def next_step(request: PrivacyRequest, language: Language) -> str:
    """What happens next to a request, for a reader of ``language``."""
    texts = _EXPORT if request.kind is RequestKind.EXPORT else _ERASURE
    return texts[request.state].in_language(language, id=request.id)
