"""What employees refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid
from services.core.kit.texts import Text


class NotEmployed(Conflict):
    """The person is not employed (any more)."""

    code = "not_employed"
    title = Text(en="This person is not employed", he="אדם זה אינו מועסק")
    detail = Text(
        en="The directory says that this person has left or is suspended. Choose somebody else.",
        he="לפי מערכת משאבי האנוש אדם זה עזב או הושעה. יש לבחור אדם אחר.",
    )


class DirectoryFileRefused(Invalid):
    """The file as a whole cannot be used; nothing was changed."""

    code = "directory_file_refused"
    title = Text(en="This file cannot be used", he="לא ניתן להשתמש בקובץ זה")
    detail = Text(
        en="Nothing was changed. Correct what is listed under errors and send the file again.",
        he="דבר לא השתנה. יש לתקן את מה שמופיע תחת errors ולשלוח את הקובץ שוב.",
    )


FILE_PROBLEMS = {
    "empty_file": Text(
        en="The file has no people in it. An empty list is never taken to mean that everybody left.",
        he="אין אנשים בקובץ. רשימה ריקה לעולם אינה מתפרשת כעזיבה של כולם.",
    ),
    "missing_columns": Text(
        en="The first line must name these columns too: {columns}.",
        he="בשורה הראשונה חייבות להופיע גם העמודות: {columns}.",
    ),
    "not_csv": Text(
        en="Line {line} is not CSV ({reason}). Export it again, with quotes around texts.",
        he="שורה {line} אינה CSV תקין ({reason}). יש לייצא שוב, עם מירכאות סביב טקסטים.",
    ),
    "too_many_bad_rows": Text(
        en="{bad} of {rows} rows cannot be used; the first is line {line}, column {column}: {why}.",
        he="לא ניתן להשתמש ב-{bad} מתוך {rows} שורות; הראשונה היא שורה {line}, עמודה {column}: {why}.",
    ),
}


class SyncNotReady(Conflict):
    """The run was applied already, or a newer one has made it out of date."""

    code = "directory_sync_state"
    title = Text(en="This run cannot be applied", he="לא ניתן להחיל הרצה זו")
    detail = Text(
        en="The run is {state}. Send the file again for a fresh comparison.",
        he="מצב ההרצה הוא {state}. יש לשלוח את הקובץ שוב לקבלת השוואה עדכנית.",
    )


class MassChange(Conflict):
    """The run would let unusually many people leave."""

    code = "mass_change_held"
    title = Text(en="Unusually many people would leave", he="מספר חריג של אנשים יסומנו כעוזבים")
    detail = Text(
        en="{leaving} of {active} people would leave. Look at the diff; if it is right, apply with "
        "confirm_mass_change.",
        he="{leaving} מתוך {active} אנשים יסומנו כעוזבים. יש לעיין בהשוואה; אם היא נכונה, יש להחיל עם "
        "confirm_mass_change.",
    )


class AmbiguousPerson(Conflict):
    """A new person has the address of somebody known from another source."""

    code = "email_belongs_to_another"
    title = Text(en="An address belongs to somebody else", he="כתובת דוא״ל שייכת לאדם אחר")
    detail = Text(
        en="{email} belongs to an employee of another source. Nothing was changed; correct the file or that source.",
        he="{email} שייך לעובד ממקור אחר. דבר לא השתנה; יש לתקן את הקובץ או את המקור.",
    )
