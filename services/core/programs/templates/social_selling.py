"""Social selling: those who talk to customers become known for what they know."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.programs.models import GoalKind
from services.core.programs.templates import common
from services.core.programs.templates.shape import (
    Template,
    TemplateChannel,
    TemplateGoal,
    TemplateModule,
    TemplatePersona,
    TemplatePolicy,
    TemplateTheme,
)

SOCIAL_SELLING = Template(
    slug="social-selling",
    title=Text(en="Social selling", he="מכירה חברתית"),
    summary=Text(
        en="Those who talk to customers become known for what they know. Conversations begin earlier, and with trust.",
        he="מי שמדברים עם לקוחות נעשים מוכרים בזכות הידע שלהם. שיחות מתחילות מוקדם יותר, ומתוך אמון.",
    ),
    disclosure=Text(en="I work for the company I write about.", he="אני חלק מהחברה שעליה נכתב הפוסט."),
    goals=(
        TemplateGoal(
            "engagements", GoalKind.MARKETING, "employer_brand",
            Text(en="More people respond to what we know", he="יותר אנשים מגיבים לידע שלנו"),
            0, 2000, 180,
            Text(
                en="About 30 ambassadors, one post a week, two or three responses a post. Change it to your numbers.",
                he="כ-30 שגרירים, פוסט אחד בשבוע, שתיים-שלוש תגובות לפוסט. יש להתאים לנתוני הארגון.",
            ),
        ),
        TemplateGoal(
            "sales_opportunities", GoalKind.BUSINESS, "sales",
            Text(en="Opportunities that began with an ambassador", he="הזדמנויות מכירה שהתחילו בשגריר"),
            0, 20, 180,
            Text(
                en="Connect your CRM first, so that opportunities are counted.",
                he="כדי לספור הזדמנויות, יש לחבר תחילה את מערכת ה-CRM.",
            ),
        ),
    ),
    policy=TemplatePolicy(
        title=Text(en="How we speak to the market", he="איך מדברים לשוק"),
        summary=Text(
            en="Share what helps a reader decide, also when they do not buy from us. Prices, promises and customers' "
            "names belong in a conversation, not in a post.",
            he="כדאי לשתף מה שעוזר לקוראים להחליט, גם אם לא יקנו מאיתנו. מחירים, הבטחות ושמות לקוחות מקומם "
            "בשיחה, לא בפוסט.",
        ),
        dos=(
            common.SAY_WHO,
            common.OWN_WORDS,
            Text(en="Name your sources for numbers.", he="לציין את המקור לכל נתון."),
            common.WHEN_IN_DOUBT,
        ),
        donts=(
            common.NO_SECRETS,
            Text(en="Bad words about competitors.", he="אמירות שליליות על מתחרים."),
            Text(
                en="Customers' names, unless they have agreed in writing.",
                he="שמות לקוחות, אלא אם התקבלה הסכמתם בכתב.",
            ),
        ),
        rules=(
            common.NO_RESULTS,
            common.NO_POLITICS,
            {
                "kind": "forbidden_phrase",
                "phrases": ["guaranteed results", "risk free", "תוצאות מובטחות", "ללא סיכון"],
                "action": "stop",
                "message": {
                    "en": "We promise nothing that we cannot be sure of. Say what the product does.",
                    "he": "אין להבטיח מה שאינו ודאי. אפשר לכתוב מה המוצר עושה.",
                },
            },
        ),
    ),
    persona=TemplatePersona(
        Text(
            en="Somebody who talks to customers, knows their questions, and likes to explain.",
            he="מי שמדברים עם לקוחות, מכירים את השאלות שלהם ואוהבים להסביר.",
        ),
        {"min_tenure_months": 3, "traits": ["expert", "good_listener"]},
        {"traits": {"weight": 1, "strictness": "should"}, "min_tenure_months": {"weight": 1, "strictness": "must"}},
    ),
    themes=(
        TemplateTheme(
            "customer-questions", Text(en="Customers' questions", he="שאלות של לקוחות"),
            Text(en="A question that comes up often, and an honest answer.", he="שאלה שחוזרת הרבה, ותשובה כנה."), 2,
        ),
        TemplateTheme(
            "market-insight", Text(en="Market insight", he="תובנות מהשוק"),
            Text(en="What changes in the market, and what it means.", he="מה משתנה בשוק, ומה המשמעות."), 1,
        ),
        TemplateTheme(
            "product-in-use", Text(en="The product in use", he="המוצר בשימוש"),
            Text(en="A problem, and how it was solved.", he="בעיה, ואיך היא נפתרה."), 1,
        ),
    ),
    cadence=("week", "month"),
    channels=(
        TemplateChannel("linkedin", {**common.LINKEDIN.rules, "max_per_week": 4}),
    ),
    responsibilities=common.RESPONSIBILITIES,
    modules=(
        common.CONDUCT,
        common.PROFILE,
        TemplateModule("marketing_writing", Text(en="Writing that starts conversations", he="כתיבה שפותחת שיחה")),
        TemplateModule("analytics_tools", Text(en="Reading the numbers", he="לקרוא את המספרים")),
    ),
    benefits=(common.THANKS, common.COURSE),
)  # fmt: skip
