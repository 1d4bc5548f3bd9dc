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
    "column_twice": Text(
        en="These columns mean the same: {columns}. Leave one of them.",
        he="לעמודות אלה אותה משמעות: {columns}. יש להשאיר אחת מהן.",
    ),
    "not_csv": Text(
        en="Line {line} is not CSV ({reason}). Export it again, with quotes around texts.",
        he="שורה {line} אינה CSV תקין ({reason}). יש לייצא שוב, עם מירכאות סביב טקסטים.",
    ),
    "wrong_encoding": Text(
        en="Line {line} is not written in {encoding}, which is set for your files. Save it so, or change the setting.",
        he="שורה {line} אינה כתובה ב-{encoding}, הקידוד שהוגדר לקבצים שלכם. יש לשמור בקידוד הזה או לשנות את ההגדרה.",
    ),
    "not_xlsx": Text(
        en="This is not an Excel workbook that can be read ({reason}). Save it again as .xlsx, without a password.",
        he="זו אינה חוברת Excel שניתן לקרוא ({reason}). יש לשמור שוב כקובץ ‎.xlsx, ללא סיסמה.",
    ),
    "workbook_too_large": Text(
        en="The workbook is too large when unpacked. Keep the one sheet with people, or send CSV.",
        he="החוברת גדולה מדי לאחר פריסה. יש להשאיר רק את הגיליון עם האנשים, או לשלוח CSV.",
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
        he="מצב ההרצה: {state}. יש לשלוח את הקובץ שוב לקבלת השוואה עדכנית.",
    )


class HeldForConfirmation(Conflict):
    """The run would let unusually many people leave, or cannot say for sure who has."""

    code = "mass_change_held"
    title = Text(en="Somebody has to look first", he="נדרשת בדיקה לפני ההחלה")
    detail = Text(
        en="{leaving} of {employed} people would leave. Look at the diff; if it is right, apply with "
        "confirm_mass_change true.",
        he="{leaving} מתוך {employed} אנשים יסומנו כעוזבים. יש לעיין בהשוואה; אם היא נכונה, יש להחיל עם "
        "confirm_mass_change שערכו true.",
    )


HELD_REASONS = {
    "mass_change": Text(
        en="{leaving} of {employed} people would leave: more than 5, and more than 10 percent.",
        he="{leaving} מתוך {employed} אנשים יסומנו כעוזבים: יותר מ-5, ויותר מ-10 אחוזים.",
    ),
    "unknown_rows": Text(
        en="People would leave, and some rows that cannot be used do not say whom they are about: it may be them.",
        he="אנשים יסומנו כעוזבים, ויש שורות פגומות שלא ברור על מי הן: ייתכן שאלה אותם אנשים.",
    ),
}


class SourceExists(Conflict):
    """The organization reads this directory already."""

    code = "directory_source_exists"
    title = Text(en="This source is there already", he="מקור זה כבר קיים")
    detail = Text(
        en="An organization has one source of each kind. Change the one that is there.",
        he="לארגון יש מקור אחד מכל סוג. יש לשנות את המקור הקיים.",
    )


class FirstRunFirst(Conflict):
    """Nobody has looked at what this source would do yet."""

    code = "directory_first_run"
    title = Text(en="Look at a first run before", he="יש לבדוק תחילה הרצה ראשונה")
    detail = Text(
        en="Let the source be read once, look at the diff and apply it. After that it can go by itself.",
        he="יש לקרוא את המקור פעם אחת, לעיין בהשוואה ולהחיל אותה. לאחר מכן הוא יכול לפעול מעצמו.",
    )


SOURCE_PROBLEMS = {
    "unknown_source": Text(
        en="Give csv, or one of these connectors: {known}.", he="יש לתת csv או אחד מהמחברים האלה: {known}."
    ),
    "unknown_field": Text(
        en="{name} is no field of ours. Fields are: {known}.", he="{name} אינו שדה שלנו. השדות הם: {known}."
    ),
    "column_for_two": Text(
        en="The column {name} is given for two fields. Give each field its own.",
        he="העמודה {name} ניתנה לשני שדות. יש לתת לכל שדה עמודה משלו.",
    ),
    "unknown_setting": Text(
        en="{name} is no setting of this connector. It has: {known}.",
        he="{name} אינה הגדרה של המחבר הזה. ההגדרות שלו: {known}.",
    ),
    "missing_settings": Text(en="Give these settings too: {names}.", he="יש לתת גם את ההגדרות האלה: {names}."),
    "only_for_files": Text(
        en="Only files have columns, delimiter and encoding.", he="עמודות, מפריד וקידוד הם של קבצים בלבד."
    ),
    "no_drop_folder": Text(
        en="This installation watches no folder: the operator sets ADVOCACY_DIRECTORY_DROP_DIR.",
        he="התקנה זו אינה עוקבת אחר תיקייה: המפעיל מגדיר ADVOCACY_DIRECTORY_DROP_DIR.",
    ),
    "required": Text(en="This cannot be removed. Give a value.", he="לא ניתן להסיר שדה זה. יש לתת ערך."),
}

ROW_PROBLEMS = {
    "missing": Text(en="This value is required.", he="ערך חובה."),
    "not_an_email": Text(en="Give an e-mail address.", he="יש לתת כתובת דוא״ל."),
    "not_a_country_code": Text(
        en="Give the two letters of ISO 3166-1, such as IL.", he="יש לתת שתי אותיות לפי ISO 3166-1, כגון IL."
    ),
    "not_a_language": Text(en="Give a tag such as he or en-GB.", he="יש לתת תג שפה כגון he או en-GB."),
    "not_a_time_zone": Text(en="Give an IANA name such as Asia/Jerusalem.", he="יש לתת שם IANA כגון Asia/Jerusalem."),
    "not_a_date": Text(en="Give the date as 2026-11-24.", he="יש לתת תאריך בצורה 2026-11-24."),
    "ends_before_it_starts": Text(en="The end lies before the start.", he="תאריך הסיום קודם לתאריך ההתחלה."),
    "unknown_status": Text(
        en="Use pending, active, on_leave, suspended or left.",
        he="יש להשתמש ב-pending, active, on_leave, suspended או left.",
    ),
    "control_character": Text(en="Take out the control characters.", he="יש להסיר תווי בקרה."),
    "too_long": Text(en="Shorten this to 200 characters.", he="יש לקצר ל-200 תווים."),
    "wrong_number_of_cells": Text(
        en="This row has more or fewer cells than the first line. Put quotes around values with a delimiter in them.",
        he="בשורה זו יש יותר או פחות תאים מבשורה הראשונה. יש לשים במירכאות ערכים שיש בהם תו מפריד.",
    ),
    "record_was_erased": Text(
        en="The record of this person was deleted, and a file does not bring it back. Add them by SCIM.",
        he="הרשומה של אדם זה נמחקה, וקובץ אינו מחזיר אותה. ניתן להוסיף את האדם דרך SCIM.",
    ),
    "twice_in_file": Text(en="Another row has this already.", he="ערך זה כבר מופיע בשורה אחרת."),
    "belongs_to_somebody_else": Text(
        en="An employee whom this file leaves as they are has this address. Correct one of the two.",
        he="כתובת זו שייכת לאדם אחר שהקובץ אינו משנה את פרטיו. יש לתקן אחד מהשניים.",
    ),
}
