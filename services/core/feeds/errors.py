"""What can go wrong around feeds."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class SourceExists(Conflict):
    """A program reads a feed once."""

    code = "feed_source_exists"
    title = Text(en="This feed is read already", he="ערוץ זה כבר משמש מקור")
    detail = Text(
        en="The programme has a source with this address. Change that one.",
        he="לתוכנית יש כבר מקור בכתובת זו. יש לשנות אותו.",
    )


class FeedTrouble(Exception):
    """A feed could not be fetched or read; ``code`` is kept on its source."""

    def __init__(self, code: str, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


#: What each code means, for whoever looks after the source.
PROBLEMS: dict[str, Text] = {
    "address_refused": Text(
        en="The address is not one that we fetch from: it needs https, a public host, and port 443 or 8443. "
        "An address inside your network has to be allowed by the operator (ADVOCACY_OUTBOUND_ALLOW).",
        he="אין אפשרות למשוך מכתובת זו: נדרשים https, שרת ציבורי ויציאה 443 או 8443. כתובת פנימית מחייבת אישור של "
        "מפעיל המערכת (ADVOCACY_OUTBOUND_ALLOW).",
    ),
    "unreachable": Text(
        en="The server does not answer. We try again by ourselves; check the address if it goes on.",
        he="השרת אינו עונה. ננסה שוב באופן אוטומטי; אם זה נמשך, יש לבדוק את הכתובת.",
    ),
    "refused": Text(
        en="The server refused ({detail}). Check the address, and whether the feed is still there.",
        he="השרת סירב ({detail}). יש לבדוק את הכתובת, ואם הערוץ עדיין קיים.",
    ),
    "too_many_redirects": Text(
        en="The address leads on and on. Give the feed's own address.",
        he="הכתובת מפנה שוב ושוב. יש לתת את הכתובת של הערוץ עצמו.",
    ),
    "too_large": Text(
        en="The feed is larger than 1 MiB. Ask its makers for a shorter one.",
        he="הערוץ גדול מ-1 MiB. יש לבקש ממפעיליו ערוץ קצר יותר.",
    ),
    "not_a_feed": Text(
        en="What is there is no RSS or Atom feed. Give the feed's own address, not the page's.",
        he="התוכן בכתובת אינו ערוץ RSS או Atom. יש לתת את כתובת הערוץ, ולא את כתובת הדף.",
    ),
    "entities": Text(
        en="The feed declares entities of its own, which we do not read. Ask its makers to leave them out.",
        he="הערוץ מגדיר ישויות (entities) משלו, ואיננו קוראים כאלה. יש לבקש ממפעיליו להסיר אותן.",
    ),
    "broken": Text(
        en="Something unexpected went wrong here. We try again by ourselves.",
        he="אירעה תקלה לא צפויה אצלנו. ננסה שוב באופן אוטומטי.",
    ),
}
