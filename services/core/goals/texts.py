"""Words about goals that people read: why there is no number, and what to do about a feed that fails."""

from __future__ import annotations

from services.core.goals import forecast
from services.core.goals.models import Aggregation
from services.core.kit.texts import Text

AGGREGATION = {
    Aggregation.SUM: Text(
        en="All series of the day together. A day on which one of them has no value has none; a series that has been "
        "silent for 31 days, or was removed, is no longer waited for.",
        he="סכום כל הסדרות של אותו יום. יום שבו חסר ערך לאחת מהן נשאר ללא ערך; סדרה ששתקה 31 יום, או שהוסרה, "
        "אינה נדרשת עוד.",
    ),
    Aggregation.LAST: Text(en="The value of the day that was reported last.", he="הערך שדווח אחרון באותו יום."),
}

FORECAST_METHOD = Text(
    en="A straight line by least squares through the values of the last {window} days, drawn on to the due date. "
    "Of five such values four fall into the interval if days go on scattering as they did.",
    he="קו ישר בשיטת הריבועים הפחותים דרך ערכי {window} הימים האחרונים, עד לתאריך היעד. ארבעה מתוך חמישה ערכים "
    "כאלה ייפלו בתוך הטווח, אם הפיזור בין הימים יישאר כשהיה.",
)

_REASONS = {
    "not_measured": Text(en="Nothing was measured.", he="לא בוצעה מדידה."),
    "series_missing": Text(
        en="A part of the whole has no value of that day, and the others alone would say too little.",
        he="לחלק מהשלם אין ערך באותו יום, והסכום של האחרים לבדם היה נמוך מדי.",
    ),
    "group_too_small": Text(
        en="Too few people are behind it to show a number.", he="מאחורי המספר עומדים מעט מדי אנשים מכדי להציגו."
    ),
    "not_launched": Text(en="The program has not been launched yet.", he="התוכנית עדיין לא הושקה."),
    "no_value_at_start": Text(
        en="There is no earlier value from the start of the program to compare with.",
        he="אין ערך מוקדם יותר, מתחילת התוכנית, להשוות אליו.",
    ),
    "other_formula_version": Text(
        en="The value at the start was made by another version of the KPI, so the two are not compared.",
        he="הערך בתחילת הדרך חושב בגרסה אחרת של המדד, ולכן אין משווים בין השניים.",
    ),
    "nothing_to_divide": Text(
        en="Baseline and target are the same: there is no way between them.",
        he="נקודת ההתחלה והיעד זהים: אין ביניהם דרך למדוד.",
    ),
    "operand_not_measured": Text(
        en="A KPI of the formula has no value of that day in this program.",
        he="לאחד המדדים שבנוסחה אין ערך באותו יום בתוכנית זו.",
    ),
    "division_by_zero": Text(
        en="The formula would divide by zero on that day.", he="הנוסחה הייתה מחלקת באפס באותו יום."
    ),
    "out_of_range": Text(
        en="The formula gives a number that is too large to keep.", he="תוצאת הנוסחה גדולה מכדי להישמר."
    ),
    "too_few_days": Text(
        en=f"A forecast needs at least {forecast.FEWEST_DAYS} days with a value; there are {{days}}. Report more days.",
        he=f"לתחזית נדרשים לפחות {forecast.FEWEST_DAYS} ימים עם ערך; יש {{days}}. יש לדווח על ימים נוספים.",
    ),
    "span_too_short": Text(
        en=f"A forecast needs values that span at least {forecast.SHORTEST_SPAN_DAYS} days. Wait, or report "
        "earlier days.",
        he=f"לתחזית נדרשים ערכים על פני {forecast.SHORTEST_SPAN_DAYS} ימים לפחות. יש להמתין, או לדווח על ימים קודמים.",
    ),
    "due_has_passed": Text(
        en="The due date has come: compare the value with the target.", he="מועד היעד הגיע: יש להשוות את הערך ליעד."
    ),
    "no_shares": Text(en="Nothing has been shared yet.", he="עדיין לא שותף דבר."),
    "not_read_yet": Text(en="The networks have not been asked yet.", he="הנתונים עדיין לא נקראו מהרשתות."),
}
_OTHER = Text(en="There is no number.", he="אין מספר להצגה.")


def reason(code: str) -> Text:
    """Why there is no value, in words."""
    return _REASONS.get(code, _OTHER)


_WAIT = Text(en="Nothing to do: it is read again by itself.", he="אין צורך לעשות דבר: הקריאה תחזור מעצמה.")
_RECONNECT = Text(
    en="Whoever connected the account connects it again and allows the numbers of pages, or another account is chosen.",
    he="על מי שחיבר את החשבון לחבר אותו מחדש ולאשר גישה לנתוני העמודים, או לבחור חשבון אחר.",
)
_PLATFORM = Text(
    en="An administrator opens the platform at /v1/platform-connections and puts right what it says.",
    he="על מנהל/ת המערכת לפתוח את הפלטפורמה ב-‎/v1/platform-connections‎ ולתקן את מה שמופיע שם.",
)
_CHOOSE = Text(
    en="Remove this source and add one that can be read; see /v1/connectors for what each offers.",
    he="יש להסיר את המקור הזה ולהוסיף מקור שאפשר לקרוא; ראו ‎/v1/connectors‎ לרשימת האפשרויות.",
)
_NO_DATA = Text(
    en="The vendor gave no number for any day. Check that the page's id is right and that the account administers it.",
    he="הספק לא מסר מספר לאף יום. יש לבדוק שמזהה העמוד נכון ושהחשבון מנהל את העמוד.",
)
_NEXT_STEPS = {
    "rate_limited": _WAIT,
    "vendor_unavailable": _WAIT,
    "started_too_late": _WAIT,
    "protocol_violation": _WAIT,
    "reauth_required": _RECONNECT,
    "scope_missing": _RECONNECT,
    "not_connected": _RECONNECT,
    "configuration_invalid": _PLATFORM,
    "platform_not_usable": _PLATFORM,
    "capability_missing": _CHOOSE,
    "no_data": _NO_DATA,
}


def what_to_do(code: str) -> Text:
    """What puts a failing feed right."""
    return _NEXT_STEPS.get(code, _NO_DATA)
