"""The metric dictionary, as far as reports show it: each number's formula with its version."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.reports.numbers import Formula, Unit

ELIGIBLE = Formula(
    "eligible",
    Text(en="Eligible", he="מתאימים"),
    Text(en="Employees present today whom the persona fits", he="עובדים נוכחיים היום שהפרסונה מתאימה להם"),
    Unit.PEOPLE,
)
INVITED = Formula(
    "invited",
    Text(en="Invited", he="הוזמנו"),
    Text(en="Different people ever invited to the program", he="אנשים שונים שהוזמנו אי פעם לתוכנית"),
    Unit.PEOPLE,
)
JOINED = Formula(
    "joined",
    Text(en="Joined", he="הצטרפו"),
    Text(en="People who are members today, paused ones too", he="חברי התוכנית היום, כולל מושהים"),
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
    Text(en="Members with at least one published share", he="חברים עם שיתוף אחד לפחות שפורסם"),
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
    Text(en="Raw hits", he="פניות גולמיות"),
    Text(
        en="All visits through the links, people and suspected machines; the owner's own are left out",
        he="כל הפניות דרך הקישורים, אנשים וחשודים כמכונות; ללא ביקורי בעלי הקישור",
    ),
    Unit.HITS,
)
SUSPECTED_MACHINES = Formula(
    "suspected_machines",
    Text(en="Suspected machines", he="חשודים כמכונות"),
    Text(
        en="Visits of known robots and link previews, and visits before or right after posting",
        he="פניות של רובוטים ותצוגות מקדימות מוכרות, ופניות לפני הפרסום או מיד אחריו",
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

REPORTED = Text(en="Reported by hand or by API, as it was given", he="דווח ידנית או דרך ה-API, כפי שנמסר")

#: What a network is asked for.
NETWORK = (IMPRESSIONS, REACTIONS, COMMENTS, RESHARES)

#: Everything a report explains at its end, in the order in which it is met.
ALL = (
    PROGRESS, ELIGIBLE, INVITED, JOINED, ACTIVE, CONNECTED, SHARED, EMPLOYEES_WHO_SHARED, ACTIVE_SHARERS,
    ENGAGEMENT_SHARE, PUBLISHED_SHARES, HUMAN_CLICKS, RAW_HITS, SUSPECTED_MACHINES, IMPRESSIONS, REACTIONS, COMMENTS,
    RESHARES, ENGAGEMENTS, ENGAGEMENT_RATE,
)  # fmt: skip
