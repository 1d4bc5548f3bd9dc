"""The catalogue of KPIs that goals are set in. A feed measures by itself; the others are entered by hand or by API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.core.kit.texts import Text
from services.core.programs.models import GoalKind, Heading


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
        "visits", Direction.UP, _M, _HIRING, Feed.HUMAN_CLICKS,
    ),
    Kpi(
        "content_impressions",
        Text(en="Impressions of shared posts", he="חשיפות של פוסטים ששותפו"),
        "impressions", Direction.UP, _M, _BRAND, Feed.IMPRESSIONS,
    ),
    Kpi(
        "engagements",
        Text(en="Reactions, comments and reshares", he="תגובות, הערות ושיתופים חוזרים"),
        "engagements", Direction.UP, _M, _BRAND, Feed.ENGAGEMENTS,
    ),
    Kpi(
        "active_participation",
        Text(en="Ambassadors who shared", he="שגרירים ששיתפו"),
        "percent", Direction.UP, _B, _BRAND, Feed.ACTIVE_SHARERS_PERCENT,
    ),
    Kpi(
        "company_page_followers",
        Text(en="Followers of company pages", he="עוקבים בעמודי החברה"),
        "people", Direction.UP, _M, _BRAND,
    ),
    Kpi("employer_nps", Text(en="Employer NPS", he="NPS מעסיק"), "points", Direction.UP, _B, _BRAND),
    Kpi(
        "sales_opportunities",
        Text(en="New sales opportunities", he="הזדמנויות מכירה חדשות"),
        "opportunities", Direction.UP, _B, _SALES,
    ),
    Kpi(
        "cost_per_hire_saving",
        Text(en="Saving in cost per hire", he="חיסכון בעלות לגיוס"),
        "currency", Direction.UP, _B, _COST,
    ),
    Kpi(
        "attrition_rate",
        Text(en="Attrition of employees", he="שיעור עזיבת עובדים"),
        "percent", Direction.DOWN, _B, _HIRING,
    ),
    Kpi(
        "brand_awareness",
        Text(en="Awareness of company and brands", he="מודעות לחברה ולמותגים"),
        "percent", Direction.UP, _M, _BRAND,
    ),
    Kpi(
        "talent_pool_size",
        Text(en="Size of the talent pool", he="גודל מאגר המועמדים"),
        "people", Direction.UP, _B, _HIRING,
    ),
    Kpi("hires", Text(en="Hires", he="גיוסים"), "people", Direction.UP, _B, _HIRING),
)  # fmt: skip

CATALOGUE: dict[str, Kpi] = {kpi.slug: kpi for kpi in _ALL}
