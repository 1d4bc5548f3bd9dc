"""How a connection stands and what comes next, in words for its person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.core.connections.models import Connection, ConnectionState
from services.core.connections.rules import REMINDERS
from services.core.kit.texts import Language, Text


class Whose(StrEnum):
    """Whose move it is."""

    NOBODY = "nobody"
    PERSON = "person"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class NextStep:
    """Whose move it is, and what to do."""

    whose: Whose
    words: str


_PENDING = Text(
    en="Open the sign-in page of {network} and allow the connection. The page works for ten minutes; after that, "
    "POST to /v1/me/connections once more.",
    he="יש לפתוח את דף ההתחברות של {network} ולאשר את החיבור. הדף תקף לעשר דקות; לאחר מכן יש לשלוח שוב POST אל "
    "‎/v1/me/connections‎.",
)
_AWAITING = Text(
    en="Look whether the account is yours, and confirm it with the code from the page that {network} led back to.",
    he="יש לבדוק שהחשבון אכן שלך ולאשר אותו עם הקוד שהוצג בדף שאליו חזרת מ-{network}.",
)
_OTHER_ACCOUNT = Text(
    en="Another account of {network} came back. To switch to it, confirm it with the code from that page; posts "
    "planned for the old account do not go out through it. Otherwise do nothing: the old one stays connected.",
    he="חזר חשבון אחר מ-{network}. כדי לעבור אליו יש לאשר עם הקוד מאותו דף; פוסטים שתוכננו לחשבון הקודם לא יפורסמו "
    "דרכו. אחרת אין צורך בפעולה: החשבון הקודם נשאר מחובר.",
)
_WRONGLY_SET = Text(
    en="{network} does not take a setting of this installation. An administrator has to correct it; nothing that you "
    "planned is lost, and it goes on by itself then.",
    he="{network} אינה מקבלת אחת מהגדרות המערכת. על מנהל/ת המערכת לתקן אותה; דבר ממה שתכננת אינו אובד, "
    "וההמשך יבוא מאליו.",
)
_NOT_REACHED = Text(
    en="{network} cannot be reached just now. There is nothing to do: we go on by ourselves as soon as it answers.",
    he="{network} אינה זמינה כרגע. אין צורך בפעולה: נמשיך מעצמנו ברגע שתענה.",
)
_WORKS = Text(en="It works. There is nothing to do.", he="החיבור פעיל. אין צורך בפעולה.")
_WORKS_UNTIL = Text(
    en="It works, and we renew the access by ourselves until {until}. We remind you before that.",
    he="החיבור פעיל, ואנו מחדשים את הגישה בעצמנו עד {until}. נזכיר לך לפני כן.",
)
_PERSON_UNTIL = Text(
    en="It works until {until}. {network} lets only you renew it: we remind you 14, 7 and 1 days before.",
    he="החיבור פעיל עד {until}. ב-{network} החידוש בידיך בלבד: נזכיר לך 14 ימים, 7 ימים ויום אחד לפני כן.",
)
_ENDING = Text(
    en="It works until {until}. Renew it before then: POST to /v1/me/connections/{id}/reconnect and sign in at "
    "{network}. What you have goes on working meanwhile.",
    he="החיבור פעיל עד {until}. יש לחדש לפני כן: POST אל ‎/v1/me/connections/{id}/reconnect‎ והתחברות ב-{network}. "
    "עד אז הכול ממשיך לפעול.",
)
_RECONNECT = Text(
    en="{network} does not let us in any more. POST to /v1/me/connections/{id}/reconnect and sign in there with the "
    "same account; what you had planned waits for that and is not lost. You can also post by hand meanwhile.",
    he="{network} אינה מאפשרת לנו עוד גישה. יש לשלוח POST אל ‎/v1/me/connections/{id}/reconnect‎ ולהתחבר שם עם אותו "
    "חשבון; מה שתכננת ממתין לכך ולא אבד. בינתיים אפשר גם לפרסם ידנית.",
)
_PAUSED = Text(
    en="Posts failed three times in a row ({problem}), so we stopped trying. Look whether your account at {network} "
    "is in order, then POST to /v1/me/connections/{id}/resume; what you had planned goes on.",
    he="פרסומים נכשלו שלוש פעמים ברצף ({problem}), ולכן הפסקנו לנסות. יש לבדוק שהחשבון ב-{network} תקין, ואז לשלוח "
    "POST אל ‎/v1/me/connections/{id}/resume‎; מה שתכננת ימשיך.",
)
_WITHDRAWN = Text(
    en="It is cut. {network} has taken our access back, and what opened the account is destroyed here.",
    he="החיבור נותק. {network} ביטלה את הגישה שלנו, ומה שפתח את החשבון הושמד אצלנו.",
)
_WITHDRAWING = Text(
    en="It is cut, and nothing goes out any more. We are asking {network} to take our access back; within an hour "
    "what opened the account is destroyed here in any case.",
    he="החיבור נותק ודבר לא יפורסם עוד. אנו מבקשים מ-{network} לבטל את הגישה שלנו; בתוך שעה מה שפתח את החשבון יושמד "
    "אצלנו בכל מקרה.",
)
_CUT = Text(
    en="It is cut, and what opened the account is destroyed here. {network} gives us no way to take the access back "
    "there: if you want that too, remove this application in your settings at {network}.",
    he="החיבור נותק, ומה שפתח את החשבון הושמד אצלנו. {network} אינה מאפשרת לנו לבטל את ההרשאה אצלה: אם רצונך גם בכך, "
    "יש להסיר את היישום בהגדרות שלך ב-{network}.",
)


_WORKS_NO_MORE = Text(en="It is cut. There is nothing to do.", he="החיבור נותק. אין צורך בפעולה.")

_PROBLEMS: dict[str, Text] = {
    "reauth_required": Text(en="the network refuses our access", he="הרשת מסרבת לגישה שלנו"),
    "renewal_interrupted": Text(
        en="renewing the access was interrupted, and the network does not take the old one any more",
        he="חידוש הגישה נקטע, והרשת אינה מקבלת עוד את הקודמת",
    ),
    "scope_missing": Text(en="a permission is missing", he="חסרה הרשאה"),
    "token_ending": Text(en="the access has ended", he="תוקף הגישה פג"),
    "access_ended": Text(en="the access has ended", he="תוקף הגישה פג"),
}


def describe_problem(code: str | None, language: Language) -> str:
    """What is wrong, in words; a code that only the network or a plugin knows stays as it is."""
    known = _PROBLEMS.get(code or "")
    return known.in_language(language) if known else code or ""


def next_step(
    connection: Connection,
    *,
    network: str,
    needs_account: bool,
    now: datetime,
    language: Language,
) -> NextStep:
    """What comes next; ``network`` is its name for people, ``needs_account``: whether it has accounts to sign in to."""
    whose, words = _choose(connection, needs_account=needs_account, now=now)
    until = f"{connection.grant_ends_at:%Y-%m-%d %H:%M} UTC" if connection.grant_ends_at else ""
    return NextStep(
        whose,
        words.in_language(
            language,
            network=network,
            id=connection.id,
            until=until,
            problem=describe_problem(connection.problem, language),
        ),
    )


def after_failed_check(*, network: str, is_wrongly_set: bool, language: Language) -> NextStep:
    """What comes next when trying the account has failed for a reason that its state does not show (yet)."""
    return NextStep(
        Whose.ADMINISTRATOR if is_wrongly_set else Whose.NOBODY,
        (_WRONGLY_SET if is_wrongly_set else _NOT_REACHED).in_language(language, network=network),
    )


def _choose(connection: Connection, *, needs_account: bool, now: datetime) -> tuple[Whose, Text]:
    match connection.state:
        case ConnectionState.PENDING:
            return Whose.PERSON, _PENDING
        case ConnectionState.AWAITING_CONFIRMATION:
            return Whose.PERSON, _AWAITING
        case ConnectionState.NEEDS_RECONNECT if connection.new_grant is None:
            return Whose.PERSON, _RECONNECT
        case ConnectionState.PAUSED:
            return Whose.PERSON, _PAUSED
        case ConnectionState.REVOKED if connection.withdrawn_at is not None:
            return Whose.NOBODY, _WITHDRAWN
        case ConnectionState.REVOKED if connection.revoke_until is not None:
            return Whose.NOBODY, _WITHDRAWING
        case ConnectionState.REVOKED:
            return Whose.NOBODY, _CUT if needs_account else _WORKS_NO_MORE
        case _ if connection.new_grant is not None:
            return Whose.PERSON, _OTHER_ACCOUNT
    ends_at = connection.grant_ends_at
    if ends_at is None:
        return Whose.NOBODY, _WORKS
    if ends_at - now <= timedelta(days=max(REMINDERS)):
        return Whose.PERSON, _ENDING
    return Whose.NOBODY, _WORKS_UNTIL if connection.is_renewable else _PERSON_UNTIL
