"""Recruiting: open positions reach people through those who would work with them."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.programs.models import BenefitKind, GoalKind
from services.core.programs.templates import common
from services.core.programs.templates.shape import (
    Template,
    TemplateBenefit,
    TemplateGoal,
    TemplateModule,
    TemplatePersona,
    TemplatePolicy,
    TemplateTheme,
)

RECRUITING = Template(
    slug="recruiting",
    title=Text(en="Recruiting", he="גיוס עובדים"),
    summary=Text(
        en="Open positions reach people through those who would work with them. More fitting applications, at a lower "
        "cost per hire.",
        he="משרות פתוחות מגיעות לאנשים דרך מי שיעבדו איתם. יותר פניות מתאימות, ועלות נמוכה יותר לגיוס.",
    ),
    disclosure=Text(en="I work here, and we are hiring.", he="זה מקום העבודה שלי, ואנחנו מגייסים."),
    goals=(
        TemplateGoal(
            "careers_site_visits", GoalKind.MARKETING, "hiring_retention",
            Text(en="More visits to the open positions", he="יותר ביקורים במשרות הפתוחות"),
            0, 3000, 180,
            Text(
                en="About 50 ambassadors, one post a week, two or three visits a post. Change it to your numbers.",
                he="כ-50 שגרירים, פוסט אחד בשבוע, שניים-שלושה ביקורים לפוסט. יש להתאים לנתוני הארגון.",
            ),
        ),
        TemplateGoal(
            "hires", GoalKind.BUSINESS, "hiring_retention",
            Text(en="Hires that began with an ambassador", he="גיוסים שהתחילו בשגריר"),
            0, 10, 365,
            Text(
                en="Connect your applicant system first, so that hires are counted.",
                he="כדי לספור גיוסים, יש לחבר תחילה את מערכת הגיוס.",
            ),
        ),
    ),
    policy=TemplatePolicy(
        title=Text(en="How we tell of open positions", he="איך מספרים על משרות פתוחות"),
        summary=Text(
            en="Tell what the work is really like and who would fit. Promise nothing that the hiring team decides.",
            he="כדאי לספר איך העבודה באמת ולמי היא תתאים. אין להבטיח דברים שרק צוות הגיוס יכול להחליט עליהם.",
        ),
        dos=(
            common.SAY_WHO,
            common.OWN_WORDS,
            Text(
                en="Link to the open position, so that everybody applies the same way.",
                he="לקשר למשרה עצמה, כדי שכולם יגישו מועמדות באותה הדרך.",
            ),
            common.WHEN_IN_DOUBT,
        ),
        donts=(
            common.NO_SECRETS,
            Text(
                en="Wishes about age, gender, origin or family status: the law forbids them.",
                he="העדפות של גיל, מגדר, מוצא או מצב משפחתי: החוק אוסר זאת.",
            ),
            Text(
                en="Promises about pay, start or success of an application.",
                he="הבטחות על שכר, מועד התחלה או קבלה לעבודה.",
            ),
        ),
        rules=(
            common.NO_PAY,
            common.NO_POLITICS,
            common.NO_RELIGION,
            {
                "kind": "forbidden_phrase",
                "phrases": ["young team", "native speaker", "צוות צעיר", "אחרי צבא בלבד"],
                "action": "review",
                "message": {
                    "en": "Such words can shut people out, which the law forbids. Write what the work needs instead.",
                    "he": "ניסוח כזה עלול להדיר אנשים, והחוק אוסר זאת. במקומו אפשר לכתוב מה נדרש לעבודה.",
                },
            },
        ),
    ),
    persona=TemplatePersona(
        Text(
            en="Somebody from a team that is hiring, who knows the trade and likes to answer questions.",
            he="מי שבצוות שמגייס, מכירים את המקצוע ועונים לשאלות ברצון.",
        ),
        {"min_tenure_months": 3, "traits": ["helpful", "expert"]},
        {"traits": {"weight": 1, "strictness": "should"}, "min_tenure_months": {"weight": 1, "strictness": "must"}},
    ),
    themes=(
        TemplateTheme(
            "open-positions", Text(en="Open positions", he="משרות פתוחות"),
            Text(en="One position, in the words of the team.", he="משרה אחת, במילים של הצוות."), 2,
        ),
        TemplateTheme(
            "how-we-work", Text(en="How we work", he="איך עובדים כאן"),
            Text(en="Tools, methods, and what was learned.", he="כלים, שיטות ומה שנלמד בדרך."), 1,
        ),
        TemplateTheme(
            "growing-here", Text(en="Growing here", he="להתפתח כאן"),
            Text(en="A way from a first role to the present one.", he="הדרך מהתפקיד הראשון ועד היום."), 1,
        ),
    ),
    cadence=("week",),
    channels=(common.LINKEDIN,),
    responsibilities=common.RESPONSIBILITIES,
    modules=(
        common.CONDUCT,
        common.PROFILE,
        TemplateModule("custom", Text(en="Writing about an open position", he="לכתוב על משרה פתוחה")),
    ),
    benefits=(
        common.THANKS,
        TemplateBenefit(
            BenefitKind.MATERIAL,
            Text(en="An evening with the team", he="ערב עם הצוות"),
            Text(
                en="A dinner for teams whose ambassadors shared regularly. Say in cost and budget what it may cost.",
                he="ארוחת ערב לצוותים ששגריריהם שיתפו בקביעות. את העלות והתקציב יש להשלים.",
            ),
            {"active": True, "min_published_shares": 5, "published_within_days": 90},
        ),
    ),
)  # fmt: skip
