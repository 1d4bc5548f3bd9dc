"""The words in which a person is told what their pause means."""

from __future__ import annotations

from services.core.kit.texts import Text

_NOTHING_PLANNED = Text(
    en="Nothing that you have planned falls into this pause. While it lasts you get no offers and no reminders, "
    "nothing of yours goes out, and nothing else follows from it. Nobody is told.",
    he="אף פוסט שתכננת אינו חל בתקופת ההפסקה. כל עוד היא נמשכת לא יישלחו אליך הצעות ותזכורות, "
    "דבר לא יפורסם בשמך, ואין לכך כל השלכה אחרת. איש אינו מקבל על כך הודעה.",
)
_POSTS_WAIT = Text(
    en="Planned posts that fall into this pause: {count}. They are held and do not go out while it lasts. "
    "When it ends, one whose time is less than {minutes} minutes past still goes out; one that is older is missed, and "
    "we ask you for a new time. You can move or cancel each of them now. Nobody is told of your pause.",
    he="פוסטים מתוכננים שחלים בתקופת ההפסקה: {count}. הם מושהים ולא יפורסמו כל עוד היא נמשכת. "
    "בסיומה, פוסט שמועדו חלף לפני פחות מ-{minutes} דקות עדיין יפורסם; מועד מוקדם יותר ייחשב כמועד שחלף, "
    "ונבקש ממך מועד חדש. ניתן להעביר או לבטל כל אחד מהם כבר עכשיו. איש אינו מקבל הודעה על ההפסקה.",
)


def what_follows(planned: int, *, grace_minutes: int) -> Text:
    """What becomes of so many planned posts that fall into a pause."""
    if planned == 0:
        return _NOTHING_PLANNED
    return Text(
        en=_POSTS_WAIT.en.format(count=planned, minutes=grace_minutes),
        he=_POSTS_WAIT.he.format(count=planned, minutes=grace_minutes),
    )
