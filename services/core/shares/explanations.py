"""What a person reads about a publication: why it stands where it stands, whose move it is, and what comes next.

Every stable code has words in each language; a test asks. A code that only a network or a plugin knows is shown with
the network's own words beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sdk.models import NoticeKind
from services.core.kit.texts import Language, Text
from services.core.shares import settling, words
from services.core.shares.models import AttemptState, Evidence, EvidenceKind, Publication
from services.core.shares.models import PublicationState as State
from services.core.shares.rules import FOUND_LATER, Hold, tried_again_at
from services.core.shares.texts import next_step


class Move(StrEnum):
    """Whose move it is."""

    NOBODY = "nobody"
    PERSON = "person"
    ADMINISTRATOR = "administrator"
    NETWORK = "network"


@dataclass(frozen=True)
class Reason:
    """Why it stands where it stands; ``move`` is who can change that, where it is not plain from the state."""

    why: Text
    move: Move | None = None


_RECONNECT = Text(
    en="Your account at {network} has to be connected again.",
    he="יש לחבר מחדש את החשבון שלך ב-{network}.",
)

REASONS: dict[str, Reason] = {
    Hold.CONSENT_WITHDRAWN: Reason(Text(en="You took your approval back.", he="האישור שלך בוטל.")),
    Hold.LEFT: Reason(Text(en="You are not employed here any more.", he="העסקתך כאן הסתיימה.")),
    Hold.LEFT_PROGRAM: Reason(
        Text(en="You are not an active member of the program.", he="החברות שלך בתוכנית אינה פעילה.")
    ),
    Hold.CONTENT_CHANGED: Reason(
        Text(en="What is stored is not what you approved.", he="התוכן השמור אינו התוכן שאישרת.")
    ),
    Hold.ITEM_WITHDRAWN: Reason(
        Text(en="The item was withdrawn, or its time is over.", he="הפריט הוסר, או שתוקפו פג.")
    ),
    Hold.PROGRAM_CLOSED: Reason(Text(en="The program is closed.", he="התוכנית נסגרה.")),
    Hold.PROGRAM_PAUSED: Reason(Text(en="The program is paused.", he="התוכנית מושהית."), Move.ADMINISTRATOR),
    Hold.TRAINING: Reason(
        Text(
            en="A certificate that the program asks for before sharing is missing or has run out.",
            he="חסרה הסמכה שהתוכנית דורשת לפני שיתוף, או שתוקפה פג.",
        ),
        Move.PERSON,
    ),
    Hold.POLICY_RULE: Reason(
        Text(en="A rule of your organization stands against this text.", he="כלל של הארגון אינו מאפשר את הטקסט הזה."),
        Move.PERSON,
    ),
    Hold.DISCONNECTED: Reason(Text(en="The account was disconnected.", he="החשבון נותק.")),
    Hold.OTHER_ACCOUNT: Reason(
        Text(
            en="Another account is connected now than the one you approved it for.",
            he="מחובר כעת חשבון אחר מזה שאליו התייחס האישור שלך.",
        )
    ),
    Hold.CONNECTION: Reason(
        Text(
            en="Your account at {network} cannot be used right now.",
            he="לא ניתן להשתמש כעת בחשבון שלך ב-{network}.",
        ),
        Move.PERSON,
    ),
    Hold.TOKEN_ENDING: Reason(
        Text(
            en="Our access to your account at {network} is ending.", he="הגישה שלנו לחשבון שלך ב-{network} עומדת לפוג."
        )
    ),
    Hold.STOPPED: Reason(
        Text(en="Your organization has stopped posts for now.", he="הארגון עצר פרסומים לעת עתה."), Move.ADMINISTRATOR
    ),
    Hold.PAUSED: Reason(Text(en="You are taking a pause.", he="ההפסקה שהגדרת בתוקף."), Move.PERSON),
    Hold.EMBARGO: Reason(Text(en="It may not be published yet.", he="עדיין אסור לפרסם זאת."), Move.ADMINISTRATOR),
    Hold.TOO_LATE: Reason(
        Text(
            en="It could not go out near the time you chose, and we do not post late without you.",
            he="לא ניתן היה לפרסם סמוך למועד שבחרת, ואיננו מפרסמים באיחור בלי אישורך.",
        )
    ),
    Hold.QUIET_HOURS: Reason(Text(en="These are your quiet hours.", he="אלה שעות השקט שלך.")),
    Hold.BUDGET: Reason(
        Text(
            en="{network} takes no more posts from us for now.",
            he="{network} אינה מקבלת מאיתנו עוד פוסטים לעת עתה.",
        ),
        Move.NETWORK,
    ),
    Hold.BREAKER: Reason(
        Text(
            en="{network} has trouble, so we let it be for a moment.", he="יש תקלה ב-{network}, ולכן אנו ממתינים מעט."
        ),
        Move.NETWORK,
    ),
    Hold.CONNECTION_BUSY: Reason(Text(en="Another post of yours is being sent first.", he="פוסט אחר שלך נשלח קודם.")),
    words.REVIEW: Reason(
        Text(en="Many colleagues' posts read the same.", he="פוסטים של עמיתים רבים נקראים אותו דבר."),
        Move.ADMINISTRATOR,
    ),
    Hold.POLICY_REVIEW: Reason(
        Text(
            en="A rule of your organization asks that an editor reads it first.",
            he="כלל של הארגון מבקש שעורך/ת יקראו את הטקסט תחילה.",
        ),
        Move.ADMINISTRATOR,
    ),
    words.DECLINED_BY_RULE: Reason(
        Text(en="An editor asked for other words because of a rule.", he="עורך/ת ביקשו ניסוח אחר בשל כלל במדיניות."),
        Move.PERSON,
    ),
    words.DECLINED: Reason(
        Text(en="An editor asked for words of your own.", he="עורך/ת ביקשו ניסוח משלך."), Move.PERSON
    ),
    "cancelled_by_person": Reason(Text(en="You cancelled it.", he="ביטלת אותו.")),
    "first_one_is_out": Reason(
        Text(en="The first one turned out to be there after all.", he="התברר שהפוסט הראשון בכל זאת פורסם.")
    ),
    "no_proof": Reason(
        Text(
            en="Nobody said or showed that it was posted.",
            he="לא התקבל כל אישור או סימן לכך שפורסם.",
        )
    ),
    "lease_ran_out": Reason(
        Text(
            en="The process that was sending it was cut off before the answer came.",
            he="התהליך ששלח אותו נקטע לפני שהתקבלה תשובה.",
        )
    ),
    "backup_restored": Reason(
        Text(
            en="Our database was brought back from a backup, so we cannot know whether it had gone out.",
            he="מסד הנתונים שלנו שוחזר מגיבוי, ולכן איננו יודעים אם כבר פורסם.",
        )
    ),
    settling.NOT_FOUND: Reason(
        Text(en="We asked {network} several times: it is not there.", he="שאלנו את {network} כמה פעמים: הוא אינו שם.")
    ),
    FOUND_LATER: Reason(
        Text(
            en="We thought it had not gone out, but {network} has it.",
            he="סברנו שלא פורסם, אך הוא נמצא ב-{network}.",
        )
    ),
    "rate_limited": Reason(
        Text(en="{network} asked us to slow down.", he="{network} ביקשה מאיתנו להאט את הקצב."), Move.NETWORK
    ),
    "vendor_unavailable": Reason(
        Text(en="{network} could not be reached.", he="לא ניתן היה להתחבר אל {network}."), Move.NETWORK
    ),
    "still_processing": Reason(
        Text(en="The network still works on a file of this post.", he="הרשת עדיין מעבדת קובץ של הפוסט.")
    ),
    "media_not_accepted": Reason(
        Text(
            en="{network} does not take a file of this post; its editors have to send another one.",
            he="{network} אינה מקבלת קובץ של הפוסט; על עורכי התוכן לשלוח קובץ אחר.",
        ),
        Move.ADMINISTRATOR,
    ),
    "file_gone": Reason(
        Text(
            en="A file of this post is missing here; an administrator has to restore it.",
            he="קובץ של הפוסט חסר במערכת; על מנהל/ת המערכת לשחזר אותו.",
        ),
        Move.ADMINISTRATOR,
    ),
    "started_too_late": Reason(
        Text(
            en="We were too slow to begin, so nothing was sent.",
            he="לא הספקנו להתחיל בזמן, ולכן דבר לא נשלח.",
        )
    ),
    "outcome_unknown": Reason(
        Text(
            en="It was sent, and the answer of {network} was lost.",
            he="הפוסט נשלח, והתשובה של {network} אבדה.",
        )
    ),
    "reauth_required": Reason(_RECONNECT, Move.PERSON),
    "scope_missing": Reason(
        Text(
            en="The permission to post is missing from your account at {network}: connect it again and allow it.",
            he="חסרה הרשאת פרסום בחשבון שלך ב-{network}: יש לחבר אותו מחדש ולאשר אותה.",
        ),
        Move.PERSON,
    ),
    "configuration_invalid": Reason(
        Text(
            en="A setting for {network} is missing or wrong; an administrator has to correct it.",
            he="הגדרה של {network} חסרה או שגויה; על מנהל/ת המערכת לתקן אותה.",
        ),
        Move.ADMINISTRATOR,
    ),
    "connector_not_installed": Reason(
        Text(
            en="What connects us to {network} is not installed; an administrator has to see to that.",
            he="רכיב החיבור אל {network} אינו מותקן; על מנהל/ת המערכת לטפל בכך.",
        ),
        Move.ADMINISTRATOR,
    ),
    "rejected": Reason(Text(en="{network} refused it.", he="{network} סירבה לפרסם אותו."), Move.PERSON),
    "duplicate_post": Reason(
        Text(
            en="{network} refused it because you posted the same a short while ago.",
            he="{network} סירבה, כי פרסמת את אותו הדבר לפני זמן קצר.",
        ),
        Move.PERSON,
    ),
    "text_not_sendable": Reason(
        Text(
            en="The text holds half of a character and cannot be sent.",
            he="בטקסט יש תו פגום, ולכן אי אפשר לשלוח אותו.",
        ),
        Move.PERSON,
    ),
    "text_too_long": Reason(
        Text(en="The text is too long for {network}.", he="הטקסט ארוך מדי עבור {network}."), Move.PERSON
    ),
    "capability_missing": Reason(Text(en="{network} cannot do this.", he="{network} אינה מאפשרת זאת."), Move.PERSON),
    "protocol_violation": Reason(
        Text(
            en="{network} gave an answer that we can't read.",
            he="{network} החזירה תשובה שאיננו יכולים לקרוא.",
        )
    ),
}

_REFUSED = Text(en="{network} refused it ({code}).", he="{network} סירבה לפרסם אותו ({code}).")
_OTHER = Text(en="The reason noted is {code}.", he="הסיבה שנרשמה: {code}.")
_ITS_WORDS = Text(en=" Its words: {message}", he=" ובמילותיה: {message}")

_STATE_MOVES: dict[State, Move] = {
    State.HELD: Move.PERSON,
    State.REJECTED: Move.PERSON,
    State.UNKNOWN: Move.PERSON,
    State.NOT_PUBLISHED: Move.PERSON,
    State.MISSED: Move.PERSON,
    State.HANDED_OVER: Move.PERSON,
}

#: What comes next, where the reason says more than the state.
_NEXT: dict[tuple[State, str], Text] = {
    (State.HELD, Hold.STOPPED): Text(
        en="Nothing for you to do. Once the stop is released it is scheduled again for your time; if that has passed "
        "by then, you choose a new one.",
        he="אין צורך בפעולה מצדך. כשהעצירה תוסר, הפוסט יתוזמן שוב למועד שבחרת; אם המועד יחלוף, ניתן יהיה לבחור חדש.",
    ),
    (State.HELD, Hold.PROGRAM_PAUSED): Text(
        en="Nothing for you to do. Once the program goes on it is scheduled again for your time.",
        he="אין צורך בפעולה מצדך. כשהתוכנית תתחדש, הפוסט יתוזמן שוב למועד שבחרת.",
    ),
    (State.HELD, Hold.TRAINING): Text(
        en="Complete the training (see /v1/me/training); then it is scheduled for your time by itself. You can also "
        "cancel it.",
        he="יש להשלים את ההדרכה (ראו ‎/v1/me/training‎); לאחר מכן הפוסט יתוזמן מעצמו למועד שבחרת. אפשר גם לבטל.",
    ),
    (State.HELD, Hold.PAUSED): Text(
        en="It waits until your pause is over. You can end the pause, move the post or cancel it.",
        he="הפוסט ממתין לסיום ההפסקה שלך. ניתן לסיים את ההפסקה, להזיז את הפוסט או לבטל אותו.",
    ),
    (State.HELD, Hold.EMBARGO): Text(
        en="It is scheduled again once the embargo is over. You can move it to a later time or cancel it.",
        he="הפוסט יתוזמן שוב בתום האמברגו. ניתן להזיז אותו למועד מאוחר יותר או לבטל.",
    ),
    (State.HELD, Hold.POLICY_RULE): Text(
        en="Change the text and approve it again, or cancel it. If the rule is lifted it goes on by itself.",
        he="יש לשנות את הטקסט ולאשר שוב, או לבטל. אם הכלל יוסר, הפרסום ימשיך מעצמו.",
    ),
    **{
        (State.HELD, code): Text(
            en="Connect your account again; then it is scheduled for your time. Until then nothing is lost, and you "
            "can also post by hand.",
            he="יש לחבר מחדש את החשבון; לאחר מכן הפוסט יתוזמן למועד שבחרת. דבר אינו אובד עד אז, ואפשר גם לפרסם ידנית.",
        )
        for code in (Hold.CONNECTION, Hold.TOKEN_ENDING, "reauth_required", "scope_missing")
    },
    **{
        (State.HELD, code): Text(
            en="An administrator has to act; then it goes on by itself. You can also cancel it.",
            he="נדרשת פעולה של מנהל/ת המערכת; לאחר מכן הפרסום ימשיך מעצמו. ניתן גם לבטל.",
        )
        for code in ("configuration_invalid", "connector_not_installed")
    },
    (State.HELD, Hold.POLICY_REVIEW): Text(
        en="An editor reads your text first, without your name; if they agree in time it goes out as planned. "
        "Until then you can change or cancel it.",
        he="עורך/ת יקראו תחילה את הטקסט, בלי שמך; אם יאשרו בזמן, יפורסם כמתוכנן. עד אז ניתן לשנות או לבטל.",
    ),
    (State.HELD, words.REVIEW): Text(
        en="An editor reads your text first, without your name; if they agree in time it goes out as planned. "
        "Until then you can cancel it.",
        he="עורך/ת יקראו תחילה את הטקסט, בלי שמך; אם יאשרו בזמן, יפורסם כמתוכנן. עד אז ניתן לבטל.",
    ),
    (State.CANCELLED, words.DECLINED): Text(
        en="An editor asked for words of your own; nothing went out. Change your text and approve it anew.",
        he="התבקשת לנסח במילים משלך; דבר לא פורסם. ניתן לשנות את הטקסט ולאשר מחדש.",
    ),
    (State.NOT_PUBLISHED, FOUND_LATER): Text(
        en="It is there: do not send it again. What was planned to send it again is stopped; if a second one is out "
        "already, delete one of the two.",
        he="הפוסט שם: אין לשלוח אותו שוב. שליחה חוזרת שתוכננה נעצרה; אם כבר פורסם פוסט שני, כדאי למחוק אחד מהם.",
    ),
    (State.UNKNOWN_CLOSED, FOUND_LATER): Text(
        en="It is there after all: do not send it again.", he="הפוסט בכל זאת שם: אין לשלוח אותו שוב."
    ),
    (State.CANCELLED, "first_one_is_out"): Text(
        en="Nothing more to do: the first post is on your profile.",
        he="אין צורך בפעולה: הפוסט הראשון נמצא בפרופיל שלך.",
    ),
    (State.MISSED, "no_proof"): Text(
        en="If you did post it, tell your program; if not and you still want it, share it anew.",
        he="אם פרסמת, ניתן לעדכן את מנהלי התוכנית; אם לא והפוסט עדיין רלוונטי, ניתן לשתף מחדש.",
    ),
}

_WAITING_UNTIL = Text(
    en=" Nothing went out. We try again by ourselves at {when}; until then you can cancel it.",
    he=" דבר לא פורסם. ננסה שוב מעצמנו ב-{when}; עד אז ניתן לבטל.",
)
_TRIED_NEXT = Text(
    en=" At once when the setting is mended; without that we try again at {when}.",
    he=" מיד עם תיקון ההגדרה; גם בלעדיו ננסה שוב ב-{when}.",
)
_ASKED = Text(en=" So far we have asked {network} {times} times.", he=" עד כה שאלנו את {network} {times} פעמים.")
_ASKED_ONCE = Text(en=" So far we have asked {network} once.", he=" עד כה שאלנו את {network} פעם אחת.")
_ASKS_NEXT = Text(en=" We ask {network} next at {when}.", he=" נשאל את {network} שוב ב-{when}.")
_CANNOT_ASK = Text(
    en=" {network} cannot be asked by us, so only you can say.",
    he=" אין לנו דרך לשאול את {network}, ולכן התשובה בידיך בלבד.",
)


@dataclass(frozen=True)
class Explained:
    """A publication in words."""

    why: str | None
    whose_move: Move
    next_step: str
    #: When something happens by itself next: it goes out, is tried again, or the network is asked about it.
    next_try_at: datetime | None


def explain(publication: Publication, language: Language, *, network: str | None = None) -> Explained:
    """Everything a person needs to know about where their publication stands; ``network`` is its name for people."""
    named = network or name_of(publication.network)
    known = REASONS.get(publication.reason or "")
    move = (known.move if known else None) or _STATE_MOVES.get(publication.state, Move.NOBODY)
    return Explained(
        why=_why(publication, language, network=named),
        whose_move=Move.NOBODY if publication.state in _NOBODYS else move,
        next_step=_next(publication, language, network=named),
        next_try_at=_next_try_at(publication),
    )


#: Whatever the reason was, nothing is left to do, or it goes on by itself.
_NOBODYS = (State.APPROVED, State.SCHEDULED, State.CLAIMED, State.SENDING, State.PUBLISHED)


def _why(publication: Publication, language: Language, *, network: str) -> str | None:
    code = publication.reason
    if code is None:
        return None
    known = REASONS.get(code)
    if known is not None:
        said = known.why.in_language(language, network=network)
    else:
        unknown = _REFUSED if publication.state is State.REJECTED else _OTHER
        said = unknown.in_language(language, network=network, code=code)
    if publication.vendor_message and publication.state is State.REJECTED:
        said += _ITS_WORDS.in_language(language, message=publication.vendor_message)
    return said


def _next(publication: Publication, language: Language, *, network: str) -> str:
    state, reason = publication.state, publication.reason or ""
    zone = publication.time_zone
    special = _NEXT.get((state, reason))
    said = special.in_language(language) if special else next_step(state, language)
    if state is State.WAITING:
        said = _WAITING_UNTIL.in_language(language, when=show(publication.due_at, zone)).strip()
    again_at = tried_again_at(publication)
    if again_at is not None:
        said += _TRIED_NEXT.in_language(language, when=show(again_at, zone))
    if state is State.UNKNOWN:
        if publication.look_ups:
            asked = _ASKED_ONCE if publication.look_ups == 1 else _ASKED
            said += asked.in_language(language, network=network, times=publication.look_ups)
        if publication.look_up_at is not None:
            said += _ASKS_NEXT.in_language(language, network=network, when=show(publication.look_up_at, zone))
        elif not settling.can_find(publication.connector):
            said += _CANNOT_ASK.in_language(language, network=network)
    return said


def _next_try_at(publication: Publication) -> datetime | None:
    match publication.state:
        case State.SCHEDULED | State.WAITING:
            return publication.due_at
        case State.UNKNOWN:
            return publication.look_up_at
        case State.HELD:
            return tried_again_at(publication)
        case _:
            return None


#: What networks call themselves.
_NETWORKS = {
    "linkedin": "LinkedIn",
    "facebook": "Facebook",
    "x": "X",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "xing": "XING",
}


def name_of(network: str) -> str:
    """A network's name as people write it."""
    return _NETWORKS.get(network, network)


def show(moment: datetime, zone: str) -> str:
    """A moment on the clock of a zone, which is named beside it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


_ATTEMPTS: dict[AttemptState, Text] = {
    AttemptState.OPEN: Text(en="It is being sent.", he="בשליחה."),
    AttemptState.PUBLISHED: Text(en="It went out.", he="פורסם."),
    AttemptState.REJECTED: Text(en="The network refused it.", he="הרשת סירבה."),
    AttemptState.NOT_SENT: Text(en="Nothing went out.", he="דבר לא פורסם."),
    AttemptState.UNKNOWN: Text(en="We can't tell whether it went out.", he="לא ידוע אם פורסם."),
}


def explain_attempt(state: AttemptState, outcome: str | None, language: Language, *, network: str) -> str:
    """One try in words, with the reason where there is more to say than the state does."""
    said = _ATTEMPTS[state].in_language(language)
    reason = REASONS.get(outcome or "")
    if reason is None or state in (AttemptState.OPEN, AttemptState.PUBLISHED):
        return said
    return f"{said} {reason.why.in_language(language, network=name_of(network))}"


_EVIDENCE: dict[EvidenceKind, Text] = {
    EvidenceKind.VENDOR_ANSWER: Text(en="{network} answered.", he="{network} השיבה."),
    EvidenceKind.LATE_ANSWER: Text(en="{network} answered late.", he="{network} השיבה באיחור."),
    EvidenceKind.LEASE_RAN_OUT: Text(
        en="The process that was sending it was cut off before the answer came.",
        he="התהליך ששלח אותו נקטע לפני שהתקבלה תשובה.",
    ),
    EvidenceKind.PERSONS_WORD: Text(en="You looked and told us.", he="בדקת ועדכנת אותנו."),
    EvidenceKind.DUPLICATE_HINT: Text(
        en="{network} named an older post of yours with the same text ({external_id}). Such posts were seen to be "
        "gone: a hint, no proof.",
        he="{network} הזכירה פוסט קודם שלך עם אותו טקסט ({external_id}). נראו כבר מקרים שבהם פוסט כזה לא היה קיים: רמז "
        "בלבד, לא הוכחה.",
    ),
    EvidenceKind.LINK_FOLLOWED: Text(
        en="Somebody other than you followed the link of the post.",
        he="מישהו אחר נכנס לקישור שבפוסט.",
    ),
    EvidenceKind.FOUND_AT_VENDOR: Text(
        en="We asked {network}: it is there ({external_id}).", he="שאלנו את {network}: הפוסט שם ({external_id})."
    ),
    EvidenceKind.NOT_FOUND_AT_VENDOR: Text(
        en="We asked {network} (number {number}): it was not there. A slow network may still publish it.",
        he="שאלנו את {network} (פעם {number}): הפוסט לא היה שם. ייתכן שרשת איטית עוד תפרסם אותו.",
    ),
    EvidenceKind.VENDOR_NOTICE: Text(en="{network} told us by itself.", he="{network} עדכנה אותנו מיוזמתה."),
    EvidenceKind.PREVIEW_FETCHED: Text(
        en="{network} fetched the preview of this post's own link after it was sent: a sign that it is out, no proof.",
        he="{network} שלפה את התצוגה המקדימה של הקישור של פוסט זה לאחר השליחה: סימן לכך שפורסם, לא הוכחה.",
    ),
    EvidenceKind.RULE_FOUND: Text(
        en="A rule of your organization stood against it when the plans were looked at anew.",
        he="בבדיקה חוזרת של התכנון נמצא כלל של הארגון שאינו מאפשר אותו.",
    ),
    EvidenceKind.BACKUP_RESTORED: Text(
        en="Our database was brought back from a backup; what happened after it was taken is not known here.",
        he="מסד הנתונים שלנו שוחזר מגיבוי; מה שאירע לאחר יצירת הגיבוי אינו ידוע כאן.",
    ),
}

_ANSWERS: dict[str, Text] = {
    "published": Text(en=" It is out.", he=" הפוסט פורסם."),
    "refused": Text(en=" It was refused.", he=" הפוסט נדחה."),
    "not_sent": Text(en=" Nothing went out.", he=" דבר לא פורסם."),
    "needs_person": Text(en=" Nothing went out; you have to act first.", he=" דבר לא פורסם; נדרשת פעולה מצדך."),
    "needs_administrator": Text(
        en=" Nothing went out; an administrator has to act first.",
        he=" דבר לא פורסם; נדרשת פעולה של מנהל/ת המערכת.",
    ),
    "unknown": Text(en=" That does not say whether it went out.", he=" אין בכך כדי לדעת אם פורסם."),
    NoticeKind.POST_CREATED: Text(en=" It is out.", he=" הפוסט פורסם."),
    NoticeKind.POST_DELETED: Text(en=" The post was deleted there.", he=" הפוסט נמחק שם."),
}
_NO_ANSWER = Text(
    en="It was sent to {network}, and no answer came that tells whether it went out.",
    he="הפוסט נשלח אל {network}, ולא התקבלה תשובה שממנה ניתן לדעת אם פורסם.",
)
_NOT_SENT = Text(en="Nothing was sent to {network}.", he="דבר לא נשלח אל {network}.")
_THERE = Text(en=" It is there.", he=" הפוסט שם.")
_NOT_THERE = Text(en=" It is not there.", he=" הפוסט אינו שם.")


def explain_evidence(fact: Evidence, language: Language, *, network: str) -> str:
    """One fact in words."""
    detail: dict[str, Any] = fact.detail
    named = name_of(network)
    outcome = detail.get("outcome") or detail.get("notice")
    if fact.kind is EvidenceKind.VENDOR_ANSWER and outcome in ("unknown", "not_sent"):
        # No answer of theirs at all, as far as we know.
        said = (_NO_ANSWER if outcome == "unknown" else _NOT_SENT).in_language(language, network=named)
        reason = REASONS.get(str(detail.get("code")))
        return f"{said} {reason.why.in_language(language, network=named)}" if reason and outcome == "not_sent" else said
    said = _EVIDENCE[fact.kind].in_language(
        language, network=named, external_id=detail.get("external_id") or "-", number=detail.get("number", "-")
    )
    if fact.kind is EvidenceKind.PERSONS_WORD:
        return said + (_THERE if detail.get("is_there") else _NOT_THERE).in_language(language)
    if fact.kind in (EvidenceKind.VENDOR_ANSWER, EvidenceKind.LATE_ANSWER, EvidenceKind.VENDOR_NOTICE):
        more = _ANSWERS.get(str(outcome))
        return said + (more.in_language(language) if more else "")
    return said


_MISSING: dict[str, Text] = {
    "scope_missing": Text(
        en="{network} shows it only with a permission that was not given.",
        he="{network} מציגה זאת רק עם הרשאה שלא ניתנה.",
    ),
    "no_data": Text(en="{network} has not counted it yet.", he="{network} עדיין לא ספרה זאת."),
    "not_supported": Text(en="{network} does not give this number.", he="{network} אינה מספקת מספר זה."),
    "not_connected": Text(
        en="Your account is not connected, so it cannot be read.",
        he="החשבון שלך אינו מחובר, ולכן לא ניתן לקרוא מספר זה.",
    ),
    "not_read_yet": Text(en="It has not been read yet.", he="המספר עדיין לא נקרא."),
    "no_vendor_id": Text(
        en="{network} never told us which post it is, so its numbers cannot be read.",
        he="{network} לא מסרה לנו באיזה פוסט מדובר, ולכן לא ניתן לקרוא את המספרים שלו.",
    ),
    "not_published": Text(en="It is not published.", he="הפוסט לא פורסם."),
    "reauth_required": _RECONNECT,
    "configuration_invalid": REASONS["configuration_invalid"].why,
    "capability_missing": Text(en="{network} does not give this number.", he="{network} אינה מספקת מספר זה."),
    "protocol_violation": REASONS["protocol_violation"].why,
}


def explain_missing(code: str, language: Language, *, network: str) -> str:
    """Why a number is not there."""
    known = _MISSING.get(code, _OTHER)
    return known.in_language(language, network=name_of(network), code=code)
