"""The catalogue of KPIs that goals are set in. A feed measures by itself; the others are entered by hand or by API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.core.goals.models import Heading
from services.core.kit.texts import Text
from services.core.programs.models import GoalKind


class Feed(StrEnum):
    """Where a KPI's values come from by themselves."""

    HUMAN_CLICKS = "human_clicks"
    IMPRESSIONS = "impressions"
    ENGAGEMENTS = "engagements"
    ACTIVE_SHARERS_PERCENT = "active_sharers_percent"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Kpi:
    """Something a goal can be measured in."""

    slug: str
    title: Text
    #: What is counted, so that two people who report it count the same.
    description: Text
    unit: str
    direction: Direction
    kind: GoalKind
    heading: Heading
    feed: Feed | None = None


_M, _B = GoalKind.MARKETING, GoalKind.BUSINESS
_BRAND, _HIRING, _SALES, _COST = Heading.EMPLOYER_BRAND, Heading.HIRING_RETENTION, Heading.SALES, Heading.COST

_ALL = (
    Kpi(
        "careers_site_visits",
        Text(en="Careers-site visits through ambassador links", he="ביקורים באתר הקריירה דרך קישורי השגרירים"),
        Text(
            en="Clicks of people (not of robots) on links that ambassadors shared.",
            he="הקלקות של בני אדם (לא של רובוטים) על קישורים ששיתפו השגרירים.",
        ),
        "visits", Direction.UP, _M, _HIRING, Feed.HUMAN_CLICKS,
    ),
    Kpi(
        "content_impressions",
        Text(en="Impressions of shared posts", he="חשיפות של פוסטים ששותפו"),
        Text(
            en="How often posts of ambassadors were shown, as the networks report it.",
            he="מספר הפעמים שפוסטים של שגרירים הוצגו, לפי דיווח הרשתות.",
        ),
        "impressions", Direction.UP, _M, _BRAND, Feed.IMPRESSIONS,
    ),
    Kpi(
        "engagements",
        Text(en="Reactions, comments and reshares", he="תגובות, הערות ושיתופים חוזרים"),
        Text(
            en="What people did with posts of ambassadors, as the networks report it.",
            he="פעולות של אנשים על פוסטים של שגרירים, לפי דיווח הרשתות.",
        ),
        "engagements", Direction.UP, _M, _BRAND, Feed.ENGAGEMENTS,
    ),
    Kpi(
        "active_participation",
        Text(en="Ambassadors who shared", he="שגרירים ששיתפו"),
        Text(
            en="Ambassadors with a published share, of all ambassadors there are today.",
            he="שגרירים עם שיתוף שפורסם, מתוך כלל השגרירים כיום.",
        ),
        "percent", Direction.UP, _B, _BRAND, Feed.ACTIVE_SHARERS_PERCENT,
    ),
    Kpi(
        "company_page_followers",
        Text(en="Followers of company pages", he="עוקבים בעמודי החברה"),
        Text(
            en="People who follow the company's pages, all networks together.",
            he="אנשים שעוקבים אחר עמודי החברה, בכל הרשתות יחד.",
        ),
        "people", Direction.UP, _M, _BRAND,
    ),
    Kpi("employer_nps", Text(en="Employer NPS", he="NPS מעסיק"),
        Text(
            en="Promoters minus detractors when employees are asked whether they would recommend working here.",
            he="ממליצים פחות מסתייגים בסקר העובדים: האם ימליצו לעבוד כאן.",
        ), "points", Direction.UP, _B, _BRAND),
    Kpi(
        "sales_opportunities",
        Text(en="New sales opportunities", he="הזדמנויות מכירה חדשות"),
        Text(
            en="Opportunities in the CRM whose first touch was a post or a link of an ambassador.",
            he="הזדמנויות במערכת ה-CRM שהחלו בפוסט או בקישור של שגריר.",
        ),
        "opportunities", Direction.UP, _B, _SALES,
    ),
    Kpi(
        "cost_per_hire_saving",
        Text(en="Saving in cost per hire", he="חיסכון בעלות לגיוס"),
        Text(
            en="What a hire costs less than before the program, on average, in the organization's currency.",
            he="בכמה ירדה העלות הממוצעת לגיוס לעומת התקופה שלפני התוכנית, במטבע הארגון.",
        ),
        "currency", Direction.UP, _B, _COST,
    ),
    Kpi(
        "attrition_rate",
        Text(en="Attrition of employees", he="שיעור עזיבת עובדים"),
        Text(
            en="Employees who left in the last twelve months, of the average number employed. Less is better.",
            he="עובדים שעזבו ב-12 החודשים האחרונים מתוך מספר העובדים הממוצע. נמוך יותר הוא טוב יותר.",
        ),
        "percent", Direction.DOWN, _B, _HIRING,
    ),
    Kpi(
        "brand_awareness",
        Text(en="Awareness of company and brands", he="מודעות לחברה ולמותגים"),
        Text(
            en="Share of the people surveyed in the target audience who know the company or brand.",
            he="שיעור הנשאלים בקהל היעד שמכירים את החברה או המותג.",
        ),
        "percent", Direction.UP, _M, _BRAND,
    ),
    Kpi(
        "talent_pool_size",
        Text(en="Size of the talent pool", he="גודל מאגר המועמדים"),
        Text(
            en="Candidates who agreed to hear from the company again.",
            he="מועמדים שהסכימו לשמוע שוב מהחברה.",
        ),
        "people", Direction.UP, _B, _HIRING,
    ),
    Kpi("hires", Text(en="Hires", he="גיוסים"),
        Text(
            en="People hired whose application began with an ambassador.",
            he="עובדים שגויסו ופנייתם החלה בשגריר.",
        ), "people", Direction.UP, _B, _HIRING),
)  # fmt: skip

CATALOGUE: dict[str, Kpi] = {kpi.slug: kpi for kpi in _ALL}
