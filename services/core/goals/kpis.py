"""The catalogue of KPIs that goals are set in. A feed measures by itself; the others are entered by hand or by API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.core.goals.models import Aggregation, Direction, Heading
from services.core.kit.texts import Text
from services.core.programs.models import GoalKind


class Feed(StrEnum):
    """Where a KPI's values come from by themselves."""

    HUMAN_CLICKS = "human_clicks"
    IMPRESSIONS = "impressions"
    ENGAGEMENTS = "engagements"
    ACTIVE_SHARERS_PERCENT = "active_sharers_percent"
    SALES_OPPORTUNITIES = "sales_opportunities"
    HIRES = "hires"
    TALENT_POOL = "talent_pool"
    COST_PER_HIRE_SAVING = "cost_per_hire_saving"
    EARNED_MEDIA_VALUE = "earned_media_value"
    AMBASSADOR_ATTRITION_GAP = "ambassador_attrition_gap"


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
    #: How series of one day make its value.
    aggregation: Aggregation = Aggregation.SUM
    #: Arithmetic over other KPIs of the same program, by slug.
    formula: str | None = None
    #: Feeds of connectors that it can be read from; None: any.
    connector_feeds: frozenset[str] | None = frozenset()
    formula_version: int = 1
    #: Whether an organization has defined it for itself.
    is_own: bool = False

    @property
    def is_computed(self) -> bool:
        """Whether it measures by itself, out of what we hold."""
        return self.feed is not None or self.formula is not None


_M, _B = GoalKind.MARKETING, GoalKind.BUSINESS
_BRAND, _HIRING, _SALES, _COST = Heading.EMPLOYER_BRAND, Heading.HIRING_RETENTION, Heading.SALES, Heading.COST

_ALL = (
    Kpi(
        "careers_site_visits",
        Text(en="Careers-site visits through ambassador links", he="ביקורים באתר הקריירה דרך קישורי השגרירים"),
        Text(
            en="Clicks of people (not of robots) on links that ambassadors shared.",
            he="קליקים של אנשים (לא של רובוטים) על קישורים ששיתפו השגרירים.",
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
        Text(en="Reactions, comments and reshares", he="תגובות רגש, תגובות כתובות ושיתופים חוזרים"),
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
        "people", Direction.UP, _M, _BRAND, connector_feeds=frozenset({"page_followers"}),
    ),
    Kpi("employer_nps", Text(en="Employer NPS", he="NPS מעסיק"),
        Text(
            en="Promoters minus detractors when employees are asked whether they would recommend working here.",
            he="ממליצים פחות מסתייגים בסקר העובדים: האם ימליצו לעבוד כאן.",
        ), "points", Direction.UP, _B, _BRAND, aggregation=Aggregation.LAST),
    Kpi(
        "sales_opportunities",
        Text(en="New sales opportunities", he="הזדמנויות מכירה חדשות"),
        Text(
            en="Opportunities in the CRM whose first touch was a post or a link of an ambassador.",
            he="הזדמנויות במערכת ה-CRM שהחלו בפוסט או בקישור של שגריר.",
        ),
        "opportunities", Direction.UP, _B, _SALES, Feed.SALES_OPPORTUNITIES,
    ),
    Kpi(
        "cost_per_hire_saving",
        Text(en="Saving in cost per hire", he="חיסכון בעלות לגיוס"),
        Text(
            en="What a hire costs less than before the program, on average, in the organization's currency.",
            he="בכמה ירדה העלות הממוצעת לגיוס לעומת התקופה שלפני התוכנית, במטבע הארגון.",
        ),
        "currency", Direction.UP, _B, _COST, Feed.COST_PER_HIRE_SAVING,
    ),
    Kpi(
        "marketing_value",
        Text(en="Marketing value of what was earned", he="שווי שיווקי של מה שהושג"),
        Text(
            en="What the reach and the clicks that ambassadors brought would have cost as advertising, by the "
            "program's own rates, in the organization's currency. Kept apart from savings.",
            he="כמה היו עולים כפרסום החשיפות והקליקים שהביאו השגרירים, לפי התעריפים שנקבעו בתוכנית, במטבע הארגון. "
            "מוצג בנפרד מהחיסכון.",
        ),
        "currency", Direction.UP, _M, _COST,
    ),
    Kpi(
        "ambassador_attrition_gap",
        Text(en="Attrition of ambassadors against colleagues like them", he="עזיבת שגרירים לעומת עמיתים דומים"),
        Text(
            en="Attrition of ambassadors less that of a matched group (same department, tenure and country), in "
            "percentage points. Less is better.",
            he="שיעור העזיבה של שגרירים פחות זה של קבוצה תואמת (אותה מחלקה, אותו ותק ואותה מדינה), בנקודות אחוז. "
            "נמוך יותר הוא טוב יותר.",
        ),
        "points", Direction.DOWN, _B, _HIRING, aggregation=Aggregation.LAST,
    ),
    Kpi(
        "attrition_rate",
        Text(en="Attrition of employees", he="שיעור עזיבת עובדים"),
        Text(
            en="Employees who left in the last twelve months, of the average number employed. Less is better.",
            he="עובדים שעזבו ב-12 החודשים האחרונים מתוך מספר העובדים הממוצע. נמוך יותר הוא טוב יותר.",
        ),
        "percent", Direction.DOWN, _B, _HIRING, aggregation=Aggregation.LAST,
    ),
    Kpi(
        "brand_awareness",
        Text(en="Awareness of company and brands", he="מודעות לחברה ולמותגים"),
        Text(
            en="Share of the people surveyed in the target audience who know the company or brand.",
            he="שיעור הנשאלים בקהל היעד שמכירים את החברה או המותג.",
        ),
        "percent", Direction.UP, _M, _BRAND, aggregation=Aggregation.LAST,
    ),
    Kpi(
        "talent_pool_size",
        Text(en="Size of the talent pool", he="גודל מאגר המועמדים"),
        Text(
            en="Candidates and applicants who came through a link of an ambassador, each once.",
            he="מועמדים שהגיעו דרך קישור של שגריר, כל אחד פעם אחת.",
        ),
        "people", Direction.UP, _B, _HIRING, Feed.TALENT_POOL,
    ),
    Kpi("hires", Text(en="Hires", he="גיוסים"),
        Text(
            en="People hired whose application began with an ambassador.",
            he="עובדים שגויסו ופנייתם החלה בשגריר.",
        ), "people", Direction.UP, _B, _HIRING, Feed.HIRES),
    Kpi(
        "earned_media_value",
        Text(en="Earned media value", he="שווי מדיה מורווחת"),
        Text(
            en="What the reach of shares would have cost as advertising, by the rates of the program. No saving.",
            he="כמה הייתה עולה החשיפה של השיתופים כפרסום, לפי תעריפי התוכנית. אין זה חיסכון.",
        ),
        "currency", Direction.UP, _M, _COST, Feed.EARNED_MEDIA_VALUE,
    ),
    Kpi(
        "ambassador_attrition_gap",
        Text(en="Attrition of ambassadors against matched colleagues", he="עזיבת שגרירים לעומת עמיתים דומים"),
        Text(
            en="Attrition of ambassadors minus that of colleagues of the same department, tenure and country, in"
            " percentage points over a year. Less is better.",
            he="שיעור עזיבת השגרירים פחות שיעור העזיבה של עמיתים מאותה מחלקה, ותק ומדינה, בנקודות אחוז לאורך שנה."
            " נמוך יותר הוא טוב יותר.",
        ),
        "points", Direction.DOWN, _B, _HIRING, Feed.AMBASSADOR_ATTRITION_GAP, aggregation=Aggregation.LAST,
    ),
    Kpi(
        "share_of_voice",
        Text(en="Share of voice", he="נתח שיח"),
        Text(
            en="Mentions of the company among those of all competitors that are watched.",
            he="אזכורי החברה מתוך כלל האזכורים של המתחרים שבמעקב.",
        ),
        "percent", Direction.UP, _M, _BRAND, aggregation=Aggregation.LAST,
    ),
)  # fmt: skip

CATALOGUE: dict[str, Kpi] = {kpi.slug: kpi for kpi in _ALL}
