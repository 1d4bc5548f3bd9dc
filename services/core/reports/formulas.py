"""The metric dictionary, as far as reports show it: each number's formula with its version."""

from __future__ import annotations

from services.core.goals.models import Method
from services.core.kit.texts import Text
from services.core.reports.numbers import Formula, Unit

ELIGIBLE = Formula(
    "eligible",
    Text(en="Eligible", he="מתאימים"),
    Text(
        en="People employed on the last day shown (else today) whom the persona fits",
        he="מועסקים ביום האחרון המוצג (ובהיעדרו היום) שהפרסונה מתאימה להם",
    ),
    Unit.PEOPLE,
)
INVITED = Formula(
    "invited",
    Text(en="Invited", he="הוזמנו"),
    Text(
        en="Different people invited to the program by the last day shown (else today)",
        he="אנשים שונים שהוזמנו לתוכנית עד היום האחרון המוצג (ובהיעדרו היום)",
    ),
    Unit.PEOPLE,
)
JOINED = Formula(
    "joined",
    Text(en="Joined", he="הצטרפו"),
    Text(
        en="Members on the last day shown (else today), paused ones too",
        he="חברי התוכנית ביום האחרון המוצג (ובהיעדרו היום), כולל מי שבהפסקה",
    ),
    Unit.PEOPLE,
)
ACTIVE = Formula(
    "active",
    Text(en="Onboarded", he="השלימו קליטה"),
    Text(en="Members who have agreed to every policy in force", he="חברים שאישרו כל מדיניות בתוקף"),
    Unit.PEOPLE,
)
CONNECTED = Formula(
    "connected",
    Text(en="Connected", he="מחוברים"),
    Text(
        en="Members with a working way to share: a connected account, or posting by hand",
        he="חברים עם דרך פעילה לשתף: חשבון מחובר או פרסום ידני",
    ),
    Unit.PEOPLE,
)
SHARED = Formula(
    "shared",
    Text(en="Shared", he="שיתפו"),
    Text(
        en="Members with at least one published share, in the days shown (else ever)",
        he="חברים עם שיתוף אחד לפחות שפורסם, בימים המוצגים (ובהיעדרם אי פעם)",
    ),
    Unit.PEOPLE,
)
EMPLOYEES_WHO_SHARED = Formula(
    "employees_who_shared",
    Text(en="Employees who shared", he="עובדים ששיתפו"),
    Text(
        en="Members with a published share ÷ employees present today. Paused members without a share are not counted, "
        "unless leaving them out would tell on a small group",
        he="חברים עם שיתוף שפורסם ÷ עובדים נוכחיים היום. חברים בהפסקה ללא שיתוף אינם נספרים, "
        "אלא אם השמטתם תחשוף קבוצה קטנה",
    ),
    Unit.PERCENT,
    version="2",
)
ACTIVE_SHARERS = Formula(
    "active_sharers_percent",
    Text(en="Ambassadors who shared", he="שגרירים ששיתפו"),
    Text(
        en="Members with a published share ÷ members today. Paused members without a share are not counted, "
        "unless leaving them out would tell on a small group",
        he="חברים עם שיתוף שפורסם ÷ חברים היום. חברים בהפסקה ללא שיתוף אינם נספרים, אלא אם השמטתם תחשוף קבוצה קטנה",
    ),
    Unit.PERCENT,
    version="2",
)
ENGAGEMENT_SHARE = Formula(
    "engagement_share",
    Text(en="Engagement that came from employees", he="מעורבות שהגיעה מעובדים"),
    Text(
        en="Engagements on employee shares ÷ (those + engagements on the brand page)",
        he="מעורבות בשיתופי עובדים ÷ (אלה + מעורבות בעמוד המותג)",
    ),
    Unit.PERCENT,
)
PUBLISHED_SHARES = Formula(
    "published_shares",
    Text(en="Published shares", he="שיתופים שפורסמו"),
    Text(en="Posts known to be published", he="פוסטים שידוע כי פורסמו"),
    Unit.SHARES,
)
HUMAN_CLICKS = Formula(
    "human_clicks",
    Text(en="Unique clicks by people", he="קליקים ייחודיים של אנשים"),
    Text(
        en="Different visitors per link and day; suspected machines and the owner's own visits are left out",
        he="מבקרים שונים לכל קישור ויום; ללא חשודים כמכונות וללא ביקורי בעלי הקישור",
    ),
    Unit.CLICKS,
)
RAW_HITS = Formula(
    "raw_hits",
    Text(en="Raw hits", he="כניסות גולמיות"),
    Text(
        en="All visits through the links, people and suspected machines; the owner's own are left out",
        he="כל הכניסות דרך הקישורים, אנשים וחשודים כמכונות; ללא ביקורי בעלי הקישור",
    ),
    Unit.HITS,
)
SUSPECTED_MACHINES = Formula(
    "suspected_machines",
    Text(en="Suspected machines", he="חשודים כמכונות"),
    Text(
        en="Visits of known robots and link previews, and visits before or right after posting",
        he="כניסות של רובוטים ותצוגות מקדימות מוכרות, וכניסות לפני הפרסום או מיד אחריו",
    ),
    Unit.HITS,
)
_NETWORK = Text(
    en="Sum over posts of what the network reported last; coverage = posts with a value ÷ published posts",
    he="סכום של הדיווח האחרון של הרשת לכל פוסט; כיסוי = פוסטים עם ערך ÷ פוסטים שפורסמו",
)
IMPRESSIONS = Formula("impressions", Text(en="Impressions", he="חשיפות"), _NETWORK, Unit.IMPRESSIONS)
REACTIONS = Formula("reactions", Text(en="Reactions", he="תגובות רגש"), _NETWORK, Unit.REACTIONS)
COMMENTS = Formula("comments", Text(en="Comments", he="תגובות כתובות"), _NETWORK, Unit.COMMENTS)
RESHARES = Formula("reshares", Text(en="Reshares", he="שיתופים חוזרים"), _NETWORK, Unit.RESHARES)
ENGAGEMENTS = Formula(
    "engagements",
    Text(en="Engagements", he="מעורבות"),
    Text(
        en="Reactions + comments + reshares, of what the network reported last for each post; clicks are apart",
        he="תגובות רגש + תגובות כתובות + שיתופים חוזרים, לפי הדיווח האחרון לכל פוסט; קליקים בנפרד",
    ),
    Unit.ENGAGEMENTS,
)
ENGAGEMENT_RATE = Formula(
    "engagement_rate",
    Text(en="Engagement rate", he="שיעור מעורבות"),
    Text(en="Engagements ÷ impressions, on posts that have both", he="מעורבות ÷ חשיפות, בפוסטים שיש להם שניהם"),
    Unit.PERCENT,
)
PROGRESS = Formula(
    "goal_progress",
    Text(en="Share of the way to the goal", he="חלק הדרך אל היעד"),
    Text(en="(actual − baseline) ÷ (target − baseline)", he="(בפועל − בסיס) ÷ (יעד − בסיס)"),
    Unit.PERCENT,
)

EMPLOYEES = Formula(
    "employees",
    Text(en="Employees", he="עובדים"),
    Text(
        en="People employed as of the last day, as the directory was written down then; later changes do not change it",
        he="המועסקים נכון ליום האחרון, כפי שנרשמו במערכת משאבי האנוש באותו מועד; שינויים מאוחרים אינם משנים זאת",
    ),
    Unit.PEOPLE,
)
_IN_PERIOD = Text(
    en="Members: everybody who was one in the period; employees: as of its last day. Who paused and did not share"
    " counts with the part of their days without a pause, unless that would tell on a small group",
    he="חברים: כל מי שהיו חברים בתקופה; עובדים: נכון ליומה האחרון. מי שהיו בהפסקה ולא שיתפו נספרים לפי חלק הימים ללא"
    " הפסקה, אלא אם הדבר יחשוף קבוצה קטנה",
)
EMPLOYEES_WHO_SHARED_IN = Formula(
    "employees_who_shared",
    EMPLOYEES_WHO_SHARED.title,
    Text(
        en=f"Different people with a published share in the period ÷ employees. {_IN_PERIOD.en}",
        he=f"אנשים שונים עם שיתוף שפורסם בתקופה ÷ עובדים. {_IN_PERIOD.he}",
    ),
    Unit.PERCENT,
    version="2p",
)
ACTIVE_SHARERS_IN = Formula(
    "active_sharers_percent",
    ACTIVE_SHARERS.title,
    Text(
        en=f"Different people with a published share in the period ÷ members. {_IN_PERIOD.en}",
        he=f"אנשים שונים עם שיתוף שפורסם בתקופה ÷ חברי התוכנית. {_IN_PERIOD.he}",
    ),
    Unit.PERCENT,
    version="2p",
)

# What happened elsewhere.


def _attributed(name: str, en: str, he: str, *, what_en: str, what_he: str) -> Formula:
    return Formula(
        name,
        Text(en=en, he=he),
        Text(
            en=f"{what_en} for which a click through an ambassador's link has credit; each id of the other system once",
            he=f"{what_he} שמיוחסים לקליק דרך קישור של שגריר/ה; כל מזהה במערכת האחרת נספר פעם אחת",
        ),
        Unit.CONVERSIONS,
    )


VISITS = _attributed("visits", "Visits told by the site", "ביקורים לפי דיווח האתר", what_en="Visits", what_he="ביקורים")
LEADS = _attributed("leads", "Leads", "לידים", what_en="Leads", what_he="לידים")
OPPORTUNITIES = _attributed(
    "opportunities", "Sales opportunities", "הזדמנויות מכירה", what_en="Opportunities", what_he="הזדמנויות"
)
DEALS = _attributed("deals", "Deals", "עסקאות", what_en="Deals", what_he="עסקאות")
CANDIDATES = _attributed(
    "candidates", "Talent pool through referrals", "מאגר מועמדים דרך שגרירים",
    what_en="Candidates and applicants, each candidate of the ATS once,",
    what_he="מועמדים ומגישים, כל מועמד/ת ב-ATS פעם אחת,",
)  # fmt: skip
APPLICATIONS = _attributed("applications", "Applications", "הגשות מועמדות", what_en="Applications", what_he="הגשות")
HIRES = _attributed(
    "hires", "Hires", "גיוסים", what_en="Hires, each candidate once,", what_he="גיוסים, כל מועמד/ת פעם אחת,"
)

_RULE = Text(
    en="Sum of the parts that clicks through the program's links have by this rule, each within the window",
    he="סכום החלקים שקליקים דרך קישורי התוכנית מקבלים לפי כלל זה, כל אחד בתוך החלון",
)
FIRST_TOUCH = Formula("first_touch", Text(en="First touch", he="מגע ראשון"), _RULE, Unit.CONVERSIONS)
LAST_TOUCH = Formula("last_touch", Text(en="Last touch", he="מגע אחרון"), _RULE, Unit.CONVERSIONS)
LINEAR = Formula("linear", Text(en="Linear", he="חלוקה שווה"), _RULE, Unit.CONVERSIONS)
AMOUNT = Formula(
    "amount",
    Text(en="Amount", he="סכום"),
    Text(
        en="Amounts as the other system told them × the part by this rule; currencies are never added",
        he="סכומים כפי שדווחו מהמערכת האחרת × החלק לפי הכלל; מטבעות שונים לעולם אינם מסוכמים יחד",
    ),
    Unit.MONEY,
)
SAVING = Formula(
    "hiring_saving",
    Text(en="Saving in the cost of hiring", he="חיסכון בעלות הגיוס"),
    Text(
        en="(cost per hire before the program − cost per hire in the program) × attributed hires",
        he="(עלות לגיוס לפני התוכנית − עלות לגיוס בתוכנית) × גיוסים מיוחסים",
    ),
    Unit.MONEY,
    method=Method.ESTIMATED,
)
COST_PER_HIRE = Formula(
    "program_cost_per_hire",
    Text(en="Cost per hire in the program", he="עלות לגיוס בתוכנית"),
    Text(en="Cost of the program ÷ attributed hires", he="עלות התוכנית ÷ גיוסים מיוחסים"),
    Unit.MONEY,
    method=Method.ESTIMATED,
)
PROGRAM_COST = Formula(
    "program_cost",
    Text(en="Cost of the program", he="עלות התוכנית"),
    Text(
        en="Cost per month in force on each day ÷ days of that month, summed over the days",
        he="העלות החודשית שבתוקף בכל יום ÷ ימי אותו חודש, בסכום על פני הימים",
    ),
    Unit.MONEY,
    method=Method.IMPORTED,
)
BASELINE = Formula(
    "baseline_cost_per_hire",
    Text(en="Cost per hire before the program", he="עלות לגיוס לפני התוכנית"),
    Text(en="As it was set, in force on the last day", he="כפי שהוגדרה, בתוקף ביום האחרון"),
    Unit.MONEY,
    method=Method.IMPORTED,
)
COST_PER_HIRE_SAVING = Formula(
    "cost_per_hire_saving",
    Text(en="Saving per hire", he="חיסכון לגיוס"),
    Text(
        en="Cost per hire before the program − cost per hire in the program",
        he="עלות לגיוס לפני התוכנית − עלות לגיוס בתוכנית",
    ),
    Unit.MONEY,
    method=Method.ESTIMATED,
)
EARNED_MEDIA = Formula(
    "earned_media_value",
    Text(en="Earned media value", he="שווי מדיה מורווחת"),
    Text(
        en="Per network: CPM/1000 × measured impressions + CPC × unique clicks by people + CPE × engagements, by the"
        " rates in force on the day. No saving: nothing was paid less",
        he="לכל רשת: CPM/1000 × חשיפות שנמדדו + CPC × קליקים ייחודיים של אנשים + CPE × מעורבות, לפי התעריפים"
        " שבתוקף באותו יום. אין זה חיסכון: לא שולם פחות",
    ),
    Unit.MONEY,
    method=Method.ESTIMATED,
)
ATTRITION_OF_AMBASSADORS = Formula(
    "attrition_of_ambassadors",
    Text(en="Attrition of ambassadors", he="שיעור עזיבת שגרירים"),
    Text(
        en="Of those who were ambassadors on the first day and could be matched, the part that left the company by the"
        " last day",
        he="מתוך מי שהיו שגרירים ביום הראשון ונמצאה להם קבוצת השוואה, החלק שעזב את החברה עד היום האחרון",
    ),
    Unit.PERCENT,
)
ATTRITION_OF_MATCHED = Formula(
    "attrition_of_matched",
    Text(en="Attrition of matched colleagues", he="שיעור עזיבת עמיתים דומים"),
    Text(
        en="Of employees who were no ambassadors on the first day, of the same department, tenure band and country"
        " (fewer of these where a group would be too small), weighted as the ambassadors are spread",
        he="מתוך עובדים שלא היו שגרירים ביום הראשון, מאותה מחלקה, טווח ותק ומדינה (פחות מאלה היכן שהקבוצה קטנה מדי),"
        " במשקל לפי פיזור השגרירים",
    ),
    Unit.PERCENT,
)
ATTRITION_DIFFERENCE = Formula(
    "attrition_difference",
    Text(en="Difference, in percentage points", he="הפרש, בנקודות אחוז"),
    Text(
        en="Attrition of ambassadors − attrition of matched colleagues. Ambassadors chose to be: no proof of a cause",
        he="עזיבת שגרירים − עזיבת עמיתים דומים. השגרירים בחרו בכך: אין זו הוכחה לסיבתיות",
    ),
    Unit.POINTS,
)
EMPLOYER_NPS = Formula(
    "employer_nps",
    Text(en="Employer NPS", he="NPS מעסיק"),
    Text(
        en="Percent of answers of 9 and 10 − percent of answers of 0 to 6",
        he="אחוז התשובות 9 ו-10 − אחוז התשובות 0 עד 6",
    ),
    Unit.POINTS,
    method=Method.IMPORTED,
)
SURVEYED = Formula(
    "surveyed_percent",
    Text(en="Result of the survey", he="תוצאת הסקר"),
    Text(en="As it was imported", he="כפי שיובא"),
    Unit.PERCENT,
    method=Method.IMPORTED,
)
ANSWERS = Formula(
    "answers",
    Text(en="Answers", he="תשובות"),
    Text(en="As they were imported", he="כפי שיובאו"),
    Unit.PEOPLE,
    method=Method.IMPORTED,
)

NEEDS_SENT = Formula(
    "needs_sent",
    Text(en="Requests", he="פניות"),
    Text(
        en="Requests of ambassadors to the needs desk, by the day they were sent",
        he="פניות שגרירים לדלפק הפניות, לפי יום השליחה",
    ),
    Unit.REQUESTS,
)
NEEDS_ANSWERED = Formula(
    "needs_answered",
    Text(en="Answered", he="נענו"),
    Text(en="Of these requests, those with a first answer by now", he="מתוך פניות אלה, אלה שקיבלו מענה ראשון עד עתה"),
    Unit.REQUESTS,
)
NEEDS_IN_TIME = Formula(
    "needs_answered_in_time",
    Text(en="Answered in time", he="נענו בזמן"),
    Text(
        en="Of these requests, those whose first answer came within the working hours promised",
        he="מתוך פניות אלה, אלה שהמענה הראשון ניתן להן בתוך שעות העבודה שהובטחו",
    ),
    Unit.REQUESTS,
)
NEEDS_RESPONSE = Formula(
    "needs_first_response_hours",
    Text(en="First answer after, in hours", he="מענה ראשון לאחר, בשעות"),
    Text(
        en="Median of the hours of the clock from a request to its first answer",
        he="חציון השעות (שעון מלא) מהפנייה ועד המענה הראשון",
    ),
    Unit.HOURS,
)
NEEDS_WAITING = Formula(
    "needs_waiting",
    Text(en="Waiting beyond the promise", he="ממתינות מעבר למובטח"),
    Text(
        en="Open requests, whenever sent, without an answer at this moment after the time promised",
        he="פניות פתוחות, מכל מועד, שברגע זה עבר המועד שהובטח להן וטרם נענו",
    ),
    Unit.REQUESTS,
)

REPORTED = Text(en="Reported by hand or by API, as it was given", he="דווח ידנית או דרך ה-API, כפי שנמסר")

#: What a network is asked for.
NETWORK = (IMPRESSIONS, REACTIONS, COMMENTS, RESHARES)

#: Everything a report explains at its end, in the order in which it is met.
ALL = (
    PROGRESS, ELIGIBLE, INVITED, JOINED, ACTIVE, CONNECTED, SHARED, EMPLOYEES_WHO_SHARED, ACTIVE_SHARERS,
    ENGAGEMENT_SHARE, PUBLISHED_SHARES, HUMAN_CLICKS, RAW_HITS, SUSPECTED_MACHINES, IMPRESSIONS, REACTIONS, COMMENTS,
    RESHARES, ENGAGEMENTS, ENGAGEMENT_RATE, EMPLOYEES, LEADS, OPPORTUNITIES, DEALS, CANDIDATES, APPLICATIONS, HIRES,
    FIRST_TOUCH, LAST_TOUCH, LINEAR, AMOUNT, SAVING, COST_PER_HIRE, PROGRAM_COST, BASELINE, EARNED_MEDIA,
    ATTRITION_OF_AMBASSADORS, ATTRITION_OF_MATCHED, ATTRITION_DIFFERENCE, NEEDS_SENT, NEEDS_ANSWERED, NEEDS_IN_TIME,
    NEEDS_RESPONSE, NEEDS_WAITING,
)  # fmt: skip
