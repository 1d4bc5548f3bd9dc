"""What comes next for a publication, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.core.kit.texts import Language, Text
from services.core.shares.models import PublicationState as State
from services.core.shares.rules import WallTime

_NEXT: dict[State, Text] = {
    State.APPROVED: Text(en="It is being scheduled.", he="הפרסום נכנס לתזמון."),
    State.SCHEDULED: Text(
        en="It goes out at the time you chose. Until then you can cancel it.",
        he="יפורסם במועד שבחרת. עד אז ניתן לבטל.",
    ),
    State.CLAIMED: Text(en="It is being checked and goes out in a moment.", he="בבדיקה אחרונה, יפורסם מיד."),
    State.SENDING: Text(en="It is being sent right now.", he="נשלח ברגע זה."),
    State.WAITING: Text(
        en="The network could not take it yet; nothing went out. We try again by ourselves.",
        he="הרשת עדיין לא יכלה לקבל; דבר לא פורסם. ננסה שוב באופן אוטומטי.",
    ),
    State.HELD: Text(
        en="It waits for you: see the reason, put it right, and it is scheduled again.",
        he="ממתין לך: יש לבדוק את הסיבה ולטפל בה, ואז יתוזמן מחדש.",
    ),
    State.PUBLISHED: Text(en="It is on your profile. Nothing more to do.", he="הפוסט בפרופיל שלך. אין צורך בפעולה."),
    State.REJECTED: Text(
        en="The network refused it and it is not sent again. Change the text and approve it anew.",
        he="הרשת סירבה והפוסט לא יישלח שוב. יש לשנות את הטקסט ולאשר מחדש.",
    ),
    State.UNKNOWN: Text(
        en="We can't tell whether this went out. Please look before posting again, and tell us with resolve: "
        "it_is_there or it_is_not. We never send it again by ourselves.",
        he="איננו יודעים אם הפוסט פורסם. נא לבדוק לפני פרסום נוסף ולעדכן באמצעות resolve: "
        "it_is_there או it_is_not. לעולם לא נשלח שוב מיוזמתנו.",
    ),
    State.NOT_PUBLISHED: Text(
        en="It did not go out. You can send it again with resend, at a time you choose.",
        he="הפוסט לא פורסם. ניתן לשלוח שוב באמצעות resend, במועד שנוח לך.",
    ),
    State.UNKNOWN_CLOSED: Text(
        en="Nobody could tell whether it went out, and we have stopped asking.",
        he="לא ניתן היה לברר אם פורסם, והפסקנו לברר.",
    ),
    State.MISSED: Text(
        en="Its time passed before it could go out; nothing was posted. Choose a new time if you still want it.",
        he="המועד חלף לפני שניתן היה לפרסם; דבר לא פורסם. ניתן לבחור מועד חדש.",
    ),
    State.CANCELLED: Text(en="It was cancelled; nothing went out.", he="בוטל; דבר לא פורסם."),
    State.HANDED_OVER: Text(
        en="Post it yourself with the link and text given, then tell us with resolve.",
        he="יש לפרסם בעצמך עם הקישור והטקסט שקיבלת, ואז לעדכן באמצעות resolve.",
    ),
}


#: Where the reason says more than the state.
def next_step(state: State, language: Language) -> str:
    """What happens next to a publication in ``state``, for a reader of ``language``."""
    return _NEXT[state].in_language(language)


_WALL_TIMES: dict[str, Text] = {
    "exact": Text(en="{day} at {local} in {zone}.", he="{day} בשעה {local} לפי {zone}."),
    "shifted": Text(
        en="The clocks in {zone} go forward on {day}, and {local} does not exist there: it would go out at {actual}.",
        he="ב-{day} השעון ב-{zone} מוזז קדימה והשעה {local} אינה קיימת: הפרסום יהיה בשעה {actual}.",
    ),
    "first": Text(
        en="The clocks in {zone} go back on {day}, and {local} happens twice: it would go out the first time.",
        he="ב-{day} השעון ב-{zone} מוזז אחורה והשעה {local} חוזרת פעמיים: הפרסום יהיה בפעם הראשונה.",
    ),
}


def explain_time(time: WallTime, language: Language) -> str:
    """What a wall time means, for a reader of ``language``."""
    actual = time.at.astimezone(ZoneInfo(time.zone))
    return _WALL_TIMES[time.note].in_language(
        language,
        day=f"{time.local:%Y-%m-%d}",
        local=f"{time.local:%H:%M}",
        zone=time.zone,
        actual=f"{actual:%H:%M}" if actual.date() == time.local.date() else f"{actual:%Y-%m-%d %H:%M}",
    )
