"""What can go wrong around assets."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid
from services.core.kit.texts import Text


class FileRefused(Invalid):
    """These bytes are no file that a post can show; ``problems`` says why."""

    code = "file_refused"
    title = Text(en="This file is not taken", he="הקובץ לא התקבל")
    detail = Text(
        en="Put right what is listed under errors and send the file again.",
        he="יש לתקן את מה שמופיע תחת errors ולשלוח את הקובץ שוב.",
    )


class QuotaReached(Conflict):
    """The organization's room for files is used up."""

    code = "asset_quota_reached"
    title = Text(en="No room for more files", he="אין מקום לקבצים נוספים")
    detail = Text(
        en="Your files take {used} of {quota} bytes, and this one has {size}. Delete files that no content uses.",
        he="הקבצים תופסים {used} מתוך {quota} בתים, ובקובץ זה {size}. יש למחוק קבצים שאינם בשימוש.",
    )


class AssetInUse(Conflict):
    """What was reviewed or offered does not change behind its reviewers."""

    code = "asset_in_use"
    title = Text(en="Content uses this file", he="הקובץ בשימוש")
    detail = Text(
        en="It is part of content that is in review, approved, offered or planned: {items}. Take that back first, or "
        "send the file anew with other words and use that one.",
        he="הקובץ הוא חלק מתוכן שבבדיקה, מאושר, מוצע או מתוכנן: {items}. יש למשוך תחילה את התוכן, או לשלוח קובץ אחר "
        "עם מילים אחרות ולהשתמש בו.",
    )


class FileGone(Conflict):
    """The row is there and the bytes are not: somebody has to bring the data directory back."""

    code = "file_gone"
    title = Text(en="The file is missing", he="הקובץ חסר")
    detail = Text(
        en="The bytes of this file are not in the data directory. An administrator has to restore it from the backup.",
        he="תוכן הקובץ אינו בתיקיית הנתונים. על מנהל/ת המערכת לשחזר אותו מהגיבוי.",
    )
