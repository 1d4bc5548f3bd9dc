"""The words of reports."""

from __future__ import annotations

from services.core.goals.models import Heading, Method
from services.core.kit.texts import Text
from services.core.programs.models import ProgramState

HEADINGS: dict[Heading, Text] = {
    Heading.EMPLOYER_BRAND: Text(en="Employer brand", he="מותג מעסיק"),
    Heading.HIRING_RETENTION: Text(en="Hiring and retention", he="גיוס ושימור"),
    Heading.SALES: Text(en="Sales", he="מכירות"),
    Heading.COST: Text(en="Cost", he="עלות"),
}

FUNCTIONS: dict[str, Text] = {
    "sponsor": Text(en="Sponsor", he="נותן/ת חסות"),
    "owner": Text(en="Program owner", he="אחראי/ת התוכנית"),
    "content": Text(en="Content", he="תוכן"),
    "policy": Text(en="Policy", he="מדיניות"),
    "spokesperson": Text(en="Spokesperson", he="דוברות"),
    "hr": Text(en="Human resources", he="משאבי אנוש"),
    "data": Text(en="Data", he="נתונים"),
    "support": Text(en="Support", he="תמיכה"),
}

STATES: dict[ProgramState, Text] = {
    ProgramState.DRAFT: Text(en="Draft", he="טיוטה"),
    ProgramState.DESIGNED: Text(en="Designed", he="מתוכננת"),
    ProgramState.QUIET: Text(en="Quiet launch", he="השקה שקטה"),
    ProgramState.LOUD: Text(en="Loud launch", he="השקה רחבה"),
    ProgramState.PAUSED: Text(en="Paused", he="מושהית"),
    ProgramState.CLOSED: Text(en="Closed", he="סגורה"),
}

METHODS: dict[Method, Text] = {
    Method.MEASURED: Text(en="measured", he="נמדד"),
    Method.ESTIMATED: Text(en="estimated", he="הוערך"),
    Method.POTENTIAL: Text(en="potential", he="פוטנציאל"),
    Method.IMPORTED: Text(en="imported", he="יובא"),
}

REASONS: dict[str, Text] = {
    "group_too_small": Text(en="too few people", he="מעט מדי אנשים"),
    "no_shares": Text(en="nothing shared yet", he="טרם שותף דבר"),
    "not_read_yet": Text(en="not read from the network yet", he="טרם נקרא מהרשת"),
    "not_measured": Text(en="no value yet", he="אין ערך עדיין"),
    "nothing_to_divide": Text(en="nothing to divide by", he="אין במה לחלק"),
    "not_recorded": Text(en="not written down at the time", he="לא נרשם באותו מועד"),
    "no_conversions": Text(en="nothing told by CRM, ATS or site yet", he="טרם התקבל דיווח מ-CRM, מ-ATS או מהאתר"),
    "no_rates": Text(en="no rates set", he="לא הוגדרו תעריפים"),
    "no_baseline": Text(en="cost per hire before the program not set", he="לא הוגדרה עלות לגיוס לפני התוכנית"),
    "no_program_cost": Text(en="cost of the program not set", he="לא הוגדרה עלות התוכנית"),
    "no_hires": Text(en="no attributed hires", he="אין גיוסים מיוחסים"),
    "other_currency": Text(en="rates in different currencies", he="תעריפים במטבעות שונים"),
    "nobody_to_compare": Text(en="no ambassadors on the first day", he="לא היו שגרירים ביום הראשון"),
    "nothing_answered": Text(en="nothing answered yet", he="טרם ניתן מענה"),
    "no_answers": Text(en="no answers", he="אין תשובות"),
    "brand_page_not_connected": Text(en="brand page not connected", he="עמוד המותג אינו מחובר"),
    "scope_missing": Text(en="the network did not allow it", he="הרשת לא אישרה זאת"),
    "no_data": Text(en="the network has no number yet", he="לרשת אין עדיין נתון"),
    "not_supported": Text(en="the network gives no such number", he="הרשת אינה מספקת נתון זה"),
    "not_connected": Text(en="the account is not connected", he="החשבון אינו מחובר"),
}
OTHER_REASON = Text(en="not available", he="לא זמין")

SMALL_GROUPS = Text(
    en="Numbers with fewer than {k} people behind them are not shown, nor others from which those could be worked out. "
    "What one person did is theirs alone.",
    he="מספרים שמאחוריהם פחות מ-{k} אנשים אינם מוצגים, וגם לא אחרים שמהם אפשר לחשב אותם. "
    "מה שאדם אחד עשה נשאר שלו בלבד.",
)
MISSING_NETWORK = Text(
    en="The network gave no value for: {metrics}. They are missing here, not zero; the reason stands beside each.",
    he="הרשת לא מסרה ערך עבור: {metrics}. הם חסרים כאן ואינם אפס; הסיבה מופיעה ליד כל אחד.",
)
PARTLY_COVERED = Text(
    en="Not every post has numbers of the network; coverage says how many do. Nothing was extrapolated.",
    he="לא לכל פוסט יש נתונים מהרשת; הכיסוי מציין לכמה יש. דבר לא הושלם בהערכה.",
)
CLICKS = Text(
    en="Clicks are counted three ways that are never mixed: all hits, suspected machines, and people once per link "
    "and day. The owner's own clicks are in none of them.",
    he="קליקים נספרים בשלוש דרכים שאינן מתערבבות: כל הכניסות, חשודים כמכונות, ואנשים פעם אחת לכל קישור ויום. "
    "הקליקים של בעלי הקישור אינם נכללים באף אחת מהן.",
)
BRAND_PAGE = Text(
    en="The employees' part of all engagement needs the numbers of the brand page, which is not connected.",
    he="חלקם של העובדים בכלל המעורבות דורש את נתוני עמוד המותג, שאינו מחובר.",
)

PERIOD = Text(
    en="Days begin and end in {zone}. Where few people did something on a day at the edge of the period, the number"
    " covers fewer days and says which; content and departments are shown for all days, so that no two periods tell"
    " what few people did.",
    he="ימים מתחילים ומסתיימים לפי {zone}. כאשר ביום שבקצה התקופה פעלו מעטים, המספר מכסה פחות ימים ומציין אילו; תוכן"
    " ומחלקות מוצגים עבור כל הימים, כדי ששתי תקופות לא יחשפו את מעשיהם של מעטים.",
)
DAY_HAS_NOT_COME = Text(en="Give a day that has begun.", he="יש לתת יום שכבר החל.")
FROM_AFTER_TO = Text(en="Let the period begin before it ends.", he="תחילת התקופה צריכה להקדים את סופה.")
PERIOD_TOO_LONG = Text(en="Ask for at most {days} days.", he="ניתן לבקש עד {days} ימים.")

RESPONDENTS: dict[str, Text] = {
    "ambassador": Text(en="Ambassadors", he="שגרירים"),
    "other": Text(en="Others", he="אחרים"),
}

#: Words of the page.
PAGE: dict[str, Text] = {
    "report": Text(en="Management report", he="דוח הנהלה"),
    "employee_advocacy": Text(en="Employee advocacy", he="שגרירי מותג"),
    "state": Text(en="State", he="מצב"),
    "launched": Text(en="Launched", he="הושק"),
    "as_of": Text(en="As of", he="נכון ל-"),
    "glance": Text(en="At a glance", he="במבט אחד"),
    "goals": Text(en="Goals", he="יעדים"),
    "goal": Text(en="Goal", he="יעד"),
    "no_goals": Text(en="No goal under this heading.", he="אין יעד תחת כותרת זו."),
    "baseline": Text(en="Baseline", he="נקודת התחלה"),
    "actual": Text(en="Actual", he="בפועל"),
    "target": Text(en="Target", he="ערך יעד"),
    "progress": Text(en="Of the way", he="מהדרך"),
    "due": Text(en="Due", he="מועד"),
    "trend": Text(en="Trend", he="מגמה"),
    "goals_chart": Text(en="Share of the way to each goal, in percent", he="חלק הדרך אל כל יעד, באחוזים"),
    "participation": Text(en="Participation", he="השתתפות"),
    "funnel_chart": Text(en="People at each step", he="אנשים בכל שלב"),
    "gap": Text(
        en="A few share, and much comes of it: what that is here.",
        he="מעטים משתפים, והרבה יוצא מזה: כך זה נראה כאן.",
    ),
    "step": Text(en="Step", he="שלב"),
    "people": Text(en="People", he="אנשים"),
    "content": Text(en="Content that travelled furthest", he="התוכן שהגיע הכי רחוק"),
    "content_chart": Text(en="Unique clicks by people, per item", he="קליקים ייחודיים של אנשים, לפי פריט"),
    "item": Text(en="Item", he="פריט"),
    "coverage": Text(en="coverage", he="כיסוי"),
    "coverage_title": Text(en="Coverage", he="כיסוי"),
    "no_content": Text(en="Nothing has been offered yet.", he="טרם הוצע תוכן."),
    "period": Text(en="Period", he="תקופה"),
    "outcomes": Text(en="What came of it", he="מה יצא מזה"),
    "outcome": Text(en="Outcome", he="תוצאה"),
    "attributed": Text(en="Attributed", he="מיוחסים"),
    "amount": Text(en="Amount (linear)", he="סכום (חלוקה שווה)"),
    "cost": Text(en="Cost and savings", he="עלות וחיסכון"),
    "not_a_saving": Text(
        en="Earned media value is no saving: nothing was paid less for it.",
        he="שווי מדיה מורווחת אינו חיסכון: לא שולם פחות בגללו.",
    ),
    "rates": Text(en="Rates in force", he="התעריפים שבתוקף"),
    "cost_per_month": Text(en="Program, a month", he="התוכנית, לחודש"),
    "cost_before": Text(en="A hire before the program", he="גיוס לפני התוכנית"),
    "valid_from": Text(en="From", he="החל מ-"),
    "source": Text(en="Source", he="מקור"),
    "retention": Text(en="Retention", he="שימור"),
    "surveys": Text(en="Surveys", he="סקרים"),
    "survey": Text(en="Survey", he="סקר"),
    "result": Text(en="Result", he="תוצאה"),
    "answers": Text(en="Answers", he="תשובות"),
    "departments": Text(en="By department", he="לפי מחלקה"),
    "department": Text(en="Department", he="מחלקה"),
    "no_department": Text(en="No department", he="ללא מחלקה"),
    "no_members": Text(en="Nobody has joined yet.", he="איש טרם הצטרף."),
    "sponsors": Text(en="Who stands behind it", he="מי עומד מאחורי התוכנית"),
    "no_sponsor": Text(en="No sponsor's commitment is in force.", he="אין התחייבות בתוקף של נותני חסות."),
    "sponsor": Text(en="Sponsor", he="נותן/ת חסות"),
    "statement": Text(en="In their words", he="במילים שלהם"),
    "budget": Text(en="Budget", he="תקציב"),
    "signed": Text(en="Signed", he="נחתם"),
    "valid_until": Text(en="Until", he="עד"),
    "needs": Text(en="Asked for in the field", he="פניות מהשטח"),
    "loud": Text(en="Launched loudly", he="השקה רחבה"),
    "override": Text(
        en="A sponsor let it be launched although these gates had not passed",
        he="נותני חסות אישרו את ההשקה אף שהשערים הבאים לא עברו",
    ),
    "responsible": Text(en="Who answers for it", he="מי אחראי"),
    "methods": Text(en="How each number was obtained", he="כיצד התקבל כל מספר"),
    "number": Text(en="Number", he="מספר"),
    "method": Text(en="Method", he="שיטה"),
    "formula": Text(en="Formula", he="נוסחה"),
    "version": Text(en="Version", he="גרסה"),
    "freshness": Text(en="As of (UTC)", he="נכון ל-(UTC)"),
    "notes": Text(en="Before you quote a number", he="לפני שמצטטים מספר"),
    "generated": Text(en="Made by Advocacy on", he="הופק על ידי Advocacy בתאריך"),
}
