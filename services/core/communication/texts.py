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
    PUBLISHING_STOPPED = "publishing_stopped"
    PUBLISHING_RELEASED = "publishing_released"
    PUBLICATION_HELD_BY_RULE = "publication_held_by_rule"
    QUEUE_HELD_BY_RULE = "queue_held_by_rule"
    PUBLICATION_NOT_PUBLISHED = "publication_not_published"
    PUBLICATION_FOUND_LATER = "publication_found_later"
    PUBLICATION_REZONED = "publication_rezoned"
    TEXT_APPROVED = "text_approved"
    TEXT_DECLINED = "text_declined"
    CONNECTION_ENDING = "connection_ending"
    CONNECTION_NEEDS_RECONNECT = "connection_needs_reconnect"
    CONNECTION_PAUSED = "connection_paused"
    PLATFORM_NEEDS_ATTENTION = "platform_needs_attention"


@dataclass(frozen=True)
class Letter:
    """Subject and body; ``{name}`` places are filled by the sender."""

    subject: Text
    body: Text


_TOKEN_EN = "\n\nOpen this link (it works once, until it runs out):\n{link}\n\nOne-time token: {token}\n"
_TOKEN_HE = "\n\nיש לפתוח את הקישור (פעם אחת, עד שיפוג):\n{link}\n\nOne-time token: {token}\n"

LETTERS: dict[MessageKind, Letter] = {
    MessageKind.PLATFORM_NEEDS_ATTENTION: Letter(
        Text(en="{platform} needs your attention", he="{platform} דורשת את תשומת לבך"),
        Text(
            en="Hello {name},\n\nthe connection “{title}” to {platform} does not work any more: {words}\n\n"
            "Nothing goes into it and nothing comes back until it is put right. What was planned waits, and nothing is "
            "lost. Read it at /v1/platform-connections/{connection}, correct its settings or sign in again, and check "
            "it there.\n",
            he="שלום {name},\n\nהחיבור „{title}” אל {platform} אינו פועל עוד: {words}\n\n"
            "דבר אינו נכנס ואינו חוזר עד שזה יתוקן. מה שתוכנן ממתין, ודבר לא יאבד. יש לקרוא אותו ב-"
            "‎/v1/platform-connections/{connection}‎, לתקן את ההגדרות או להתחבר שוב, ולבדוק אותו שם.\n",
        ),
    ),
    MessageKind.PUBLISHING_STOPPED: Letter(
        Text(en="Posts are stopped for now", he="הפרסום נעצר לעת עתה"),
        Text(
            en="Hello {name},\n\nposting was stopped for now, so your planned posts wait. It has nothing to do with "
            "you. The reason given: {reason}\n\nYou need not do anything. What you planned for later goes out as "
            "planned once this is over; what has missed its time by then does not go out late, and we tell you so "
            "that you can choose a new time. You can cancel any of them whenever you like.\n",
            he="שלום {name},\n\nהפרסום נעצר לעת עתה, ולכן הפוסטים שתכננת ממתינים. אין לכך קשר אליך. "
            "{reason}\n\nאין צורך לעשות דבר. פוסטים שמועדם עוד לפנינו יפורסמו כמתוכנן כשזה ייגמר; "
            "פוסטים שמועדם חלף לא יפורסמו באיחור, ונעדכן כדי שאפשר יהיה לבחור מועד חדש. ניתן לבטל כל אחד מהם בכל עת.\n",
        ),
    ),
    MessageKind.PUBLISHING_RELEASED: Letter(
        Text(en="Posts go out again", he="הפרסום התחדש"),
        Text(
            en="Hello {name},\n\nposting goes on. Of your posts that waited:\n\n"
            "- still going out at the time you chose: {scheduled}\n"
            "- not posted, because their time has passed: {missed}\n\n"
            "If you still want one of the latter, choose a new time for it; if not, there is nothing to do.\n",
            he="שלום {name},\n\nהפרסום התחדש. מבין הפוסטים שלך שהמתינו:\n\n"
            "- יפורסמו במועד שבחרת: {scheduled}\n"
            "- לא פורסמו, כי מועדם חלף: {missed}\n\n"
            "אם עדיין רוצים לפרסם אחד מאלה שלא פורסמו, ניתן לבחור לו מועד חדש; אם לא, אין צורך לעשות דבר.\n",
        ),
    ),
    MessageKind.PUBLICATION_HELD_BY_RULE: Letter(
        Text(en="Please look at your text: {item}", he="נא לעיין בטקסט שלך: {item}"),
        Text(
            en="Hello {name},\n\na rule for posts has changed, and your planned post on {network} meets it. "
            "It waits, and nothing has gone out:\n\n{rules}\n\nYour text:\n\n{text}\n\n"
            "Change the text (or the time, where only that is named) and approve it anew. If the rule is taken back, "
            "your post is planned again as it was.\n",
            he="שלום {name},\n\nכלל לגבי פוסטים השתנה, והפוסט שתכננת ב-{network} נוגע בו. הוא ממתין, ודבר לא פורסם:"
            "\n\n{rules}\n\nהטקסט שלך:\n\n{text}\n\nיש לשנות את הטקסט (או את המועד, אם רק הוא צוין) ולאשר מחדש. "
            "אם הכלל יוסר, הפוסט יחזור לתכנון כפי שהיה.\n",
        ),
    ),
    MessageKind.QUEUE_HELD_BY_RULE: Letter(
        Text(en="Posts wait because of a rule: {program}", he="פוסטים ממתינים בשל כלל: {program}"),
        Text(
            en="Hello {name},\n\na rule or embargo has changed, and planned posts of the programme “{program}” were "
            "looked at anew. Waiting because of rules now: {number}. Their people have been told what to change, and "
            "whose they are stays theirs. You need not do anything.\n",
            he="שלום {name},\n\nכלל או אמברגו השתנה, והפוסטים המתוכננים של התוכנית „{program}” נבדקו מחדש. "
            "ממתינים כעת בשל כללים: {number}. בעליהם קיבלו הסבר מה לשנות, וזהותם נשארת עמם. אין צורך לעשות דבר.\n",
        ),
    ),
    MessageKind.CONNECTION_ENDING: Letter(
        Text(en="Please renew your connection to {network}", he="נא לחדש את החיבור ל-{network}"),
        Text(
            en="Hello {name},\n\nour access to your account at {network} ends on {until}, and only you can renew it. "
            "It takes a minute: open this link, press the button, and sign in at {network} with the same account.\n\n"
            "{link}\n\nPosts you have planned for after that date: {planned}. They go out as planned if you renew in "
            "time; otherwise they wait for you, and nothing is lost. If you do not want to go on, do nothing.\n",
            he="שלום {name},\n\nהגישה שלנו לחשבון שלך ב-{network} מסתיימת ב-{until}, ורק באפשרותך לחדש אותה. "
            "זה לוקח דקה: יש לפתוח את הקישור, ללחוץ על הכפתור ולהתחבר ב-{network} עם אותו חשבון.\n\n{link}\n\n"
            "פוסטים שתכננת לאחר תאריך זה: {planned}. אם תחדשו בזמן הם יפורסמו כמתוכנן; אחרת הם ימתינו לך, ודבר לא "
            "יאבד. אם אין רצונך להמשיך, אין צורך לעשות דבר.\n",
        ),
    ),
    MessageKind.CONNECTION_NEEDS_RECONNECT: Letter(
        Text(en="Please connect {network} again", he="נא להתחבר שוב ל-{network}"),
        Text(
            en="Hello {name},\n\n{network} does not let us in to your account any more ({problem}), so nothing goes "
            "out there for now. Open this link, press the button, and sign in with the same account; then everything "
            "goes on.\n\n{link}\n\nPosts of yours that wait for it: {planned}. One whose time passes meanwhile is not "
            "posted late. You can also post by hand. We write this once.\n",
            he="שלום {name},\n\n{network} אינה מאפשרת לנו עוד גישה לחשבון שלך ({problem}), ולכן דבר אינו מתפרסם שם "
            "כרגע. יש לפתוח את הקישור, ללחוץ על הכפתור ולהתחבר עם אותו חשבון, והכול ימשיך כרגיל.\n\n{link}\n\n"
            "פוסטים שלך שממתינים לכך: {planned}. פוסט שמועדו יחלוף בינתיים לא יפורסם באיחור. אפשר גם לפרסם ידנית. "
            "הודעה זו נשלחת פעם אחת.\n",
        ),
    ),
    MessageKind.CONNECTION_PAUSED: Letter(
        Text(en="We have paused posting to {network}", he="השהינו את הפרסום ב-{network}"),
        Text(
            en="Hello {name},\n\nposts to your account at {network} failed three times in a row ({problem}), so we "
            "stopped trying. Please look whether your account there is in order. Then let us go on with POST "
            "/v1/me/connections/{connection}/resume, or connect the account again with this link:\n\n{link}\n\n"
            "Posts of yours that wait for it: {planned}. One whose time passes meanwhile is not posted late. "
            "We write this once.\n",
            he="שלום {name},\n\nפרסומים לחשבון שלך ב-{network} נכשלו שלוש פעמים ברצף ({problem}), ולכן הפסקנו לנסות. "
            "נא לבדוק שהחשבון שם תקין. לאחר מכן ניתן להמשיך באמצעות POST ‎/v1/me/connections/{connection}/resume‎, "
            "או לחבר את החשבון מחדש בקישור זה:\n\n{link}\n\nפוסטים שלך שממתינים לכך: {planned}. פוסט שמועדו יחלוף "
            "בינתיים לא יפורסם באיחור. הודעה זו נשלחת פעם אחת.\n",
        ),
    ),
    MessageKind.PUBLICATION_NOT_PUBLISHED: Letter(
        Text(en="It did not go out: {item}", he="הפוסט לא פורסם: {item}"),
        Text(
            en="Hello {name},\n\nwe could not tell whether your post went out, so we asked {network} several times: it "
            "is not there. We do not send it again by ourselves. If you still want it, you can send it again at a time "
            "you choose.\n",
            he="שלום {name},\n\nלא ידענו אם הפוסט שלך פורסם, ולכן שאלנו את {network} כמה פעמים: הוא אינו שם. "
            "איננו שולחים שוב מיוזמתנו. אם הפוסט עדיין רלוונטי, ניתן לשלוח אותו שוב במועד שתבחרו.\n",
        ),
    ),
    MessageKind.PUBLICATION_FOUND_LATER: Letter(
        Text(en="It is there after all: {item}", he="הפוסט בכל זאת פורסם: {item}"),
        Text(
            en="Hello {name},\n\nwe told you that your post did not go out. That was wrong: {network} has it now. "
            "{permalink}\n\nIf it was planned to be sent again, we have stopped that. If a second one is out already, "
            "you may want to delete one of the two. We are sorry for the trouble.\n",
            he="שלום {name},\n\nמסרנו לך שהפוסט לא פורסם, וטעינו: הוא נמצא כעת ב-{network}. {permalink}\n\n"
            "אם תוכננה שליחה חוזרת, עצרנו אותה. אם כבר פורסם פוסט שני, כדאי לשקול למחוק אחד מהשניים. "
            "מתנצלים על אי-הנוחות.\n",
        ),
    ),
    MessageKind.PUBLICATION_REZONED: Letter(
        Text(en="Same time on the clock: {item}", he="אותה שעה על השעון: {item}"),
        Text(
            en="Hello {name},\n\nthe rules for the clocks in {zone} have changed. Your post still goes out at {local} "
            "there, as you agreed; that is now {after} (before: {before}). If another time suits you better, you can "
            "move or cancel it.\n",
            he="שלום {name},\n\nכללי השעון ב-{zone} השתנו. הפוסט שלך עדיין יפורסם ב-{local} לפי השעון שם, כפי שאישרת; "
            "כעת זה {after} (לפני כן: {before}). אם מועד אחר מתאים לך יותר, ניתן להזיז או לבטל.\n",
        ),
    ),
    MessageKind.TEXT_APPROVED: Letter(
        Text(en="Your text may go out: {item}", he="הטקסט שלך אושר לפרסום: {item}"),
        Text(
            en="Hello {name},\n\nan editor has read your text, without your name, and agrees. It goes ahead as you "
            "planned; if you post by hand, it is your turn now. Their note: {note}\n",
            he="שלום {name},\n\nעורך/ת קראו את הטקסט, בלי שמך, ואישרו אותו. הפרסום ממשיך כפי שתכננת; אם הפרסום אצלך "
            "ידני, התור שלך. הערתם: {note}\n",
        ),
    ),
    MessageKind.TEXT_DECLINED: Letter(
        Text(en="Better in your own words: {item}", he="עדיף במילים שלך: {item}"),
        Text(
            en="Hello {name},\n\nmany colleagues say the same about this, so an editor asks you for words of your own; "
            "nothing went out. Their note: {note}\n\nYour text is a draft again: change it, approve it anew, or leave "
            "it. That is your choice.\n",
            he="שלום {name},\n\nעמיתים רבים כותבים על כך אותו דבר, ולכן עורך/ת מבקשים ניסוח משלך; דבר לא פורסם. "
            "הערתם: {note}\n\nהטקסט חזר לטיוטה: ניתן לשנות ולאשר מחדש, או לוותר. הבחירה שלך.\n",
        ),
    ),
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
            "{reason}\n\nYou can change the text and approve it anew.\n",
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
            en="Hello {name},\n\nyour post for {network} is on hold. {reason}\n\n{next}\n",
            he="שלום {name},\n\nהפוסט שלך ל-{network} מושהה. {reason}\n\n{next}\n",
        ),
    ),
    MessageKind.PUBLICATION_CANCELLED: Letter(
        Text(en="Cancelled: {item}", he="בוטל: {item}"),
        Text(
            en="Hello {name},\n\nyour planned post for {network} was cancelled; nothing went out. {reason}\n",
            he="שלום {name},\n\nהפוסט שתכננת ל-{network} בוטל; דבר לא פורסם. {reason}\n",
        ),
    ),
}

#: A number that would say something about few people.
A_FEW = Text(en="a few", he="כמה")
#: The item itself may not be out yet.
ITEM_EMBARGO = Text(
    en="“{item}” may not be out before {until}: choose a later time.",
    he="אין לפרסם את „{item}” לפני {until}: יש לבחור מועד מאוחר יותר.",
)
