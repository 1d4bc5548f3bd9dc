"""The words of forecasts."""

from __future__ import annotations

from services.core.forecasts import rules
from services.core.forecasts.models import AssumptionOrigin, Name, Result
from services.core.kit.texts import Text

NAMES: dict[Name, Text] = {
    Name.AUDIENCE_SIZE: Text(
        en="People who can see one ambassador's posts", he="אנשים שיכולים לראות פוסטים של שגריר/ה"
    ),
    Name.VIEW_PERCENT: Text(en="Part of them that one post is shown to", he="החלק מהם שרואה פוסט אחד"),
    Name.IMPRESSIONS_PER_SHARE: Text(en="Impressions of one post", he="חשיפות לפוסט אחד"),
    Name.SPREAD_PERCENT: Text(
        en="How far ambassadors differ (standard deviation, of the average)",
        he="השונות בין השגרירים (סטיית תקן ביחס לממוצע)",
    ),
    Name.CLICK_PERCENT: Text(
        en="Unique clicks by people per 100 impressions", he="קליקים ייחודיים של אנשים ל-100 חשיפות"
    ),
    Name.FOLLOWED_PERCENT: Text(
        en="Part of the planned posts that goes out", he="החלק מהפוסטים המתוכננים שמתפרסם בפועל"
    ),
    Name.OVERLAP_PERCENT: Text(
        en="Part of those reached whom another ambassador reaches too",
        he="החלק מהנחשפים שנחשפים גם דרך שגרירים אחרים",
    ),
    Name.MEDIA_VIEW_FACTOR: Text(
        en="Views of a post with a picture or film, against one with a page",
        he="צפיות בפוסט עם תמונה או סרטון ביחס לפוסט עם דף",
    ),
    Name.MEDIA_CLICK_FACTOR: Text(
        en="Clicks per view of a post with a picture or film, against one with a page",
        he="קליקים לצפייה בפוסט עם תמונה או סרטון ביחס לפוסט עם דף",
    ),
    Name.MINUTES_PER_SHARE: Text(en="Minutes that a post takes its ambassador", he="דקות שפוסט דורש מהשגריר/ה"),
    Name.COST_PER_MONTH: Text(en="Cost of the programme per month", he="עלות התוכנית לחודש"),
    Name.COST_PER_AMBASSADOR_MONTH: Text(en="Cost per ambassador and month", he="עלות לשגריר/ה לחודש"),
    Name.COST_PER_SHARE: Text(en="Cost per post", he="עלות לפוסט"),
}

#: The units of assumptions; costs are in the forecast's currency.
UNITS: dict[Name, str] = {
    Name.AUDIENCE_SIZE: "people",
    Name.VIEW_PERCENT: "percent",
    Name.IMPRESSIONS_PER_SHARE: "impressions",
    Name.SPREAD_PERCENT: "percent",
    Name.CLICK_PERCENT: "percent",
    Name.FOLLOWED_PERCENT: "percent",
    Name.OVERLAP_PERCENT: "percent",
    Name.MEDIA_VIEW_FACTOR: "factor",
    Name.MEDIA_CLICK_FACTOR: "factor",
    Name.MINUTES_PER_SHARE: "minutes",
}

RESULTS: dict[Result, Text] = {
    Result.SHARES: Text(en="Published shares", he="שיתופים שפורסמו"),
    Result.REACH: Text(en="People reached", he="אנשים שנחשפו"),
    Result.IMPRESSIONS: Text(en="Impressions", he="חשיפות"),
    Result.CLICKS: Text(en="Unique clicks by people", he="קליקים ייחודיים של אנשים"),
    Result.HOURS: Text(en="Working hours of ambassadors", he="שעות עבודה של שגרירים"),
    Result.COST: Text(en="Cost", he="עלות"),
}

RESULT_UNITS: dict[Result, str] = {
    Result.SHARES: "shares",
    Result.REACH: "people",
    Result.IMPRESSIONS: "impressions",
    Result.CLICKS: "clicks",
    Result.HOURS: "hours",
    Result.COST: "money",
}

SOURCES: dict[AssumptionOrigin, Text] = {
    AssumptionOrigin.GIVEN: Text(en="Given with the plan.", he="נמסר יחד עם התכנון."),
    AssumptionOrigin.MEASURED: Text(
        en="Measured in this programme: posts of {from_on} to {to_on}, rounded; the range is at least 10 % either way.",
        he="נמדד בתוכנית זו: פוסטים מ-{from_on} עד {to_on}, בעיגול; הטווח הוא 10% לפחות לכל צד.",
    ),
    AssumptionOrigin.RATES: Text(
        en="The programme's rates from {as_of}: {source}", he="תעריפי התוכנית מ-{as_of}: {source}"
    ),
    AssumptionOrigin.EXAMPLE: Text(
        en="An example set by this product on {as_of}, from no study and not from your programme. Replace it with what"
        " you know.",
        he="ערך לדוגמה שנקבע במוצר ב-{as_of}; אינו לקוח ממחקר או מהתוכנית שלך. מומלץ להחליפו בנתון ידוע.",
    ),
}

METHOD = Text(
    en=f"The plan is played through {rules.RUNS:,} times, each time with other values out of the stated ranges and"
    f" other chance. Four of five runs lie between low and high. The same seed gives the same forecast.",
    he=f"התכנון מדומה {rules.RUNS:,} פעמים, בכל פעם עם ערכים אחרים מתוך הטווחים המפורטים ועם מקריות אחרת. ארבע מכל חמש"
    " הרצות נמצאות בין low ל-high. אותו seed נותן אותה תחזית.",
)

EXAMPLES_USED = Text(
    en="{count} of {all} assumptions are examples. The forecast is as good as they are: replace what you know better.",
    he="הנחות שהן ערכים לדוגמה: {count} מתוך {all}. איכות התחזית כאיכותן: כדאי להחליף את מה שידוע טוב יותר.",
)
MIX_IS_KNOWN = Text(
    en="Impressions and clicks that were measured here are of the content shared so far; the planned mix changes"
    " nothing in them.",
    he="חשיפות וקליקים שנמדדו כאן משקפים את התוכן ששותף עד כה; התמהיל המתוכנן אינו משנה אותם.",
)
SCALED = Text(
    en="Where a number covers only part of the days, it is held against the same part of the forecast.",
    he="כשנתון מכסה רק חלק מהימים, הוא מושווה לחלק המקביל של התחזית.",
)
SMALL_GROUPS = Text(
    en="Numbers with fewer than {k} people behind them are not shown, and not judged.",
    he="נתונים שמאחוריהם פחות מ-{k} אנשים אינם מוצגים ואינם מוערכים.",
)
FOUR_OF_FIVE = Text(
    en="If the assumptions were right, about four of five intervals hold.",
    he="אם ההנחות היו נכונות, כארבעה מכל חמישה טווחים מתקיימים.",
)

#: Reasons of ours; those of a number's own are in the words of reports.
REASONS: dict[str, Text] = {
    "no_rates": Text(
        en="No cost is known. Give one among the assumptions, or set the programme's rates.",
        he="לא ידועה עלות. יש לתת עלות בין ההנחות, או להגדיר את תעריפי התוכנית.",
    ),
    "no_forecast": Text(en="No cost was forecast.", he="לא נחזתה עלות."),
    "not_started": Text(en="No day of it is over yet.", he="אף יום מהתקופה עדיין לא הסתיים."),
    "not_over": Text(
        en="The period is not over yet. Look again after {ends_on}.",
        he="התקופה טרם הסתיימה. יש לבדוק שוב אחרי {ends_on}.",
    ),
    "partly_covered": Text(
        en=f"Fewer than {rules.FEWEST_COVERED_PERCENT} % of the posts have this number: too few to judge.",
        he=f"לפחות מ-{rules.FEWEST_COVERED_PERCENT}% מהפוסטים יש נתון זה: מעט מדי כדי לקבוע.",
    ),
    "not_measurable": Text(
        en="Networks do not say how many different people saw a post, and nobody's working time is counted.",
        he="רשתות אינן מוסרות כמה אנשים שונים ראו פוסט, וזמן העבודה של אנשים אינו נמדד.",
    ),
}
