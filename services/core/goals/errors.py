"""What goals refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class NotMeasuredTwice(Conflict):
    """A goal has one value per day, series and source."""

    code = "already_measured"
    title = Text(en="This day is measured already", he="היום הזה כבר נמדד")
    detail = Text(
        en="There is a value of this goal for {day} from this source. Give another day, or send it again with "
        "replace=true: the earlier value stays readable as a correction.",
        he="כבר קיים ערך ליעד זה עבור {day} ממקור זה. יש לתת יום אחר, או לשלוח שוב עם replace=true: "
        "הערך הקודם נשאר קריא כתיקון.",
    )


class DaysMeasuredAlready(Conflict):
    """Lines of a file are about days that have a value; nothing of the file was taken."""

    code = "already_measured"
    title = Text(en="Days of this file are measured already", he="ימים בקובץ זה כבר נמדדו")
    detail = Text(
        en="{count} lines are about days that have a value from a file; they are listed under errors. Nothing was "
        "stored. Remove these lines, or send the file again with replace=true: earlier values stay readable.",
        he="שורות על ימים שכבר יש להם ערך מקובץ: {count}; הן מופיעות תחת errors. דבר לא נשמר. יש להסיר את "
        "השורות, או לשלוח את הקובץ שוב עם replace=true: הערכים הקודמים נשארים קריאים.",
    )


class MeasuredByFormula(Conflict):
    """The values of a KPI with a formula are computed."""

    code = "measured_by_formula"
    title = Text(en="This goal is computed", he="יעד זה מחושב")
    detail = Text(
        en="The values of “{kpi}” come from its formula. Report the values of the KPIs that it is made of: {needed}.",
        he="הערכים של „{kpi}” מחושבים מהנוסחה שלו. יש לדווח על המדדים שמרכיבים אותו: {needed}.",
    )


class KpiTaken(Conflict):
    """Another KPI has this name."""

    code = "kpi_taken"
    title = Text(en="There is such a KPI", he="כבר קיים מדד כזה")
    detail = Text(
        en="A KPI is called {slug} already. Choose another slug, or change that one.",
        he="כבר קיים מדד בשם {slug}. יש לבחור slug אחר, או לשנות את הקיים.",
    )


class TooManyKpis(Conflict):
    """An organization has so many KPIs of its own at most."""

    code = "too_many_kpis"
    title = Text(en="Too many KPIs", he="יותר מדי מדדים")
    detail = Text(
        en="An organization defines at most {most} KPIs. Delete those that no goal uses.",
        he="ארגון יכול להגדיר עד {most} מדדים. יש למחוק מדדים שאין יעד שמשתמש בהם.",
    )


class KpiBuiltIn(Conflict):
    """KPIs of the catalogue are the same for everybody."""

    code = "kpi_built_in"
    title = Text(en="This KPI cannot be changed", he="לא ניתן לשנות מדד זה")
    detail = Text(
        en="{slug} belongs to the catalogue and is the same for everybody. Define a KPI of your own: POST /v1/kpis.",
        he="{slug} שייך לקטלוג והוא זהה לכולם. ניתן להגדיר מדד משלכם: ‎POST /v1/kpis‎.",
    )


class KpiInUse(Conflict):
    """Something is measured in this KPI."""

    code = "kpi_in_use"
    title = Text(en="This KPI is in use", he="המדד נמצא בשימוש")
    detail = Text(
        en="{slug} is used by {goals} goals and by the formulas of: {kpis}. Move these to another KPI first.",
        he="{slug} נמצא בשימוש ביעדים ({goals}) ובנוסחאות של: {kpis}. יש להעביר אותם תחילה למדד אחר.",
    )


class MeaningNeedsNote(Conflict):
    """What the values of a KPI mean is not changed behind the back of those who measure by it."""

    code = "kpi_meaning_in_use"
    title = Text(en="This changes what values mean", he="השינוי משנה את משמעות הערכים")
    detail = Text(
        en="{slug} is in use, and {fields} would mean something else from now on. Send the change with a note that "
        "says why: it becomes version {next} of the KPI, and values of before are not compared with those of after.",
        he="{slug} נמצא בשימוש, והמשמעות של {fields} תשתנה מעתה. יש לשלוח את השינוי עם note שמסביר מדוע: הוא יהפוך "
        "לגרסה {next} של המדד, וערכים מלפני השינוי לא יושוו לערכים שאחריו.",
    )


class FeedNotForKpi(Conflict):
    """This goal's values cannot be read from that."""

    code = "feed_not_for_kpi"
    title = Text(en="This goal cannot be read from there", he="לא ניתן לקרוא יעד זה משם")
    detail = Text(
        en="The values of “{kpi}” can be read from these feeds of connectors: {feeds}. Choose one of them, or set the "
        "goal in a KPI of your own without feed and formula, which takes any.",
        he="את הערכים של „{kpi}” ניתן לקרוא מהזרמים הבאים של מחברים: {feeds}. יש לבחור אחד מהם, או לקבוע את היעד "
        "במדד משלכם ללא זרם וללא נוסחה, שמקבל כל זרם.",
    )


class AlreadyRead(Conflict):
    """This page is a part of the goal already."""

    code = "already_read"
    title = Text(en="This page is read already", he="העמוד הזה כבר נקרא")
    detail = Text(
        en="The goal reads {feed} of {subject} already. Give another page, or remove that source first.",
        he="היעד כבר קורא את {feed} של {subject}. יש לתת עמוד אחר, או להסיר תחילה את המקור הקיים.",
    )


class FeedNotOffered(Conflict):
    """A connector offers other numbers."""

    code = "feed_not_offered"
    title = Text(en="There is no such feed", he="אין זרם כזה")
    detail = Text(
        en="{connector} has no feed {feed}. It offers: {feeds}.",
        he="ל-{connector} אין זרם {feed}. הזרמים הקיימים: {feeds}.",
    )


class AccountNotUsable(Conflict):
    """Nothing can be read through an account in this state."""

    code = "connection_not_usable"
    title = Text(en="This account cannot be used now", he="לא ניתן להשתמש בחשבון זה כעת")
    detail = Text(
        en="Your account is {state}. Connect it again at /v1/me/connections first.",
        he="מצב החשבון שלך: {state}. יש לחבר אותו מחדש ב-‎/v1/me/connections‎ תחילה.",
    )
