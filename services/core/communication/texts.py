"""The words of our messages, in each language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.core.kit.texts import Text


class MessageKind(StrEnum):
    """What a message is about."""

    INVITATION = "invitation"
    SIGN_IN = "sign_in"
    PUBLICATION_PUBLISHED = "publication_published"
    PUBLICATION_REJECTED = "publication_rejected"
    PUBLICATION_UNKNOWN = "publication_unknown"
    PUBLICATION_MISSED = "publication_missed"
    PUBLICATION_HELD = "publication_held"
    PUBLICATION_CANCELLED = "publication_cancelled"


@dataclass(frozen=True)
class Letter:
    """Subject and body; ``{name}`` places are filled by the sender."""

    subject: Text
    body: Text


_TOKEN_EN = "\n\nOpen this link (it works once, until it runs out):\n{link}\n\nOne-time token: {token}\n"
_TOKEN_HE = "\n\nיש לפתוח את הקישור (פעם אחת, עד שיפוג):\n{link}\n\nOne-time token: {token}\n"

LETTERS: dict[MessageKind, Letter] = {
    MessageKind.INVITATION: Letter(
        Text(en="You are invited: {program}", he="הזמנה: {program}"),
        Text(
            en="Hello {name},\n\nwe would like you to speak for us in the programme “{program}”. {message}\n\n"
            "It is your choice, and your profile stays yours: you decide what you share, in your own words, and when. "
            "Saying no has no consequence of any kind." + _TOKEN_EN,
            he="שלום {name},\n\nנשמח שתייצגו אותנו בתוכנית „{program}”. {message}\n\n"
            "הבחירה שלכם, והפרופיל נשאר שלכם: אתם מחליטים מה לשתף, במילים שלכם ומתי. "
            "לסירוב אין כל השלכה." + _TOKEN_HE,
        ),
    ),
    MessageKind.SIGN_IN: Letter(
        Text(en="Your sign-in link", he="קישור הכניסה שלך"),
        Text(
            en="Hello {name},\n\nwith this link you get a key of your own for Advocacy." + _TOKEN_EN,
            he="שלום {name},\n\nבאמצעות קישור זה תקבלו מפתח אישי ל-Advocacy." + _TOKEN_HE,
        ),
    ),
    MessageKind.PUBLICATION_PUBLISHED: Letter(
        Text(en="Your post is out: {item}", he="הפוסט שלך פורסם: {item}"),
        Text(
            en="Hello {name},\n\nwhat you approved went out on {network}: {permalink}\n\nThank you.\n",
            he="שלום {name},\n\nמה שאישרת פורסם ב-{network}: {permalink}\n\nתודה.\n",
        ),
    ),
    MessageKind.PUBLICATION_REJECTED: Letter(
        Text(en="Not published: {item}", he="לא פורסם: {item}"),
        Text(
            en="Hello {name},\n\n{network} did not take your post, and it will not be sent again. "
            "Its words: {reason}\n\nYou can change the text and approve it anew.\n",
            he="שלום {name},\n\n{network} לא קיבלה את הפוסט, והוא לא יישלח שוב. הסיבה שנמסרה: {reason}\n\n"
            "ניתן לשנות את הטקסט ולאשר מחדש.\n",
        ),
    ),
    MessageKind.PUBLICATION_UNKNOWN: Letter(
        Text(en="Please look at your profile: {item}", he="נא לבדוק את הפרופיל: {item}"),
        Text(
            en="Hello {name},\n\nwe can't tell whether this went out on {network}. Please look before posting again, "
            "and tell us: it is there, or it is not. We will not send it again by ourselves.\n",
            he="שלום {name},\n\nאיננו יכולים לדעת אם הפוסט פורסם ב-{network}. נא לבדוק לפני פרסום נוסף, "
            "ולעדכן אותנו: הפוסט שם, או שאינו שם. לא נשלח אותו שוב מיוזמתנו.\n",
        ),
    ),
    MessageKind.PUBLICATION_MISSED: Letter(
        Text(en="Its time has passed: {item}", he="המועד חלף: {item}"),
        Text(
            en="Hello {name},\n\nyour post could not go out at the time you chose, and we do not post late without "
            "you. Choose a new time if you still want it.\n",
            he="שלום {name},\n\nהפוסט לא פורסם במועד שבחרת, ואיננו מפרסמים באיחור בלי אישורך. ניתן לבחור מועד חדש.\n",
        ),
    ),
    MessageKind.PUBLICATION_HELD: Letter(
        Text(en="Waiting for you: {item}", he="ממתין לך: {item}"),
        Text(
            en="Hello {name},\n\nyour post is on hold ({reason}). It goes out once you have dealt with that.\n",
            he="שלום {name},\n\nהפוסט שלך מושהה ({reason}). הוא יפורסם לאחר טיפול בכך.\n",
        ),
    ),
    MessageKind.PUBLICATION_CANCELLED: Letter(
        Text(en="Cancelled: {item}", he="בוטל: {item}"),
        Text(
            en="Hello {name},\n\nyour planned post was cancelled ({reason}); nothing went out.\n",
            he="שלום {name},\n\nהפוסט המתוכנן שלך בוטל ({reason}); דבר לא פורסם.\n",
        ),
    ),
}
