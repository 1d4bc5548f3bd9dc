"""Employer branding: colleagues tell what it is like to work here."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.programs.models import GoalKind
from services.core.programs.templates import common
from services.core.programs.templates.shape import (
    Template,
    TemplateGoal,
    TemplateModule,
    TemplatePersona,
    TemplatePolicy,
    TemplateTheme,
)

EMPLOYER_BRANDING = Template(
    slug="employer-branding",
    title=Text(en="Employer branding", he="מיתוג מעסיק"),
    summary=Text(
        en="Colleagues tell what it is like to work here. The company becomes known as a good place to work, and "
        "people stay longer.",
        he="אנשי הארגון מספרים איך זה לעבוד כאן. החברה נעשית מוכרת כמקום עבודה טוב, ואנשים נשארים יותר זמן.",
    ),
    disclosure=Text(en="I work here.", he="זה מקום העבודה שלי."),
    goals=(
        TemplateGoal(
            "content_impressions", GoalKind.MARKETING, "employer_brand",
            Text(en="More people see what it is like to work here", he="יותר אנשים רואים איך זה לעבוד כאן"),
            0, 50_000, 180,
            Text(
                en="About 50 ambassadors with one post a week and 40 impressions a post. Change it to your numbers.",
                he="כ-50 שגרירים, פוסט אחד בשבוע ו-40 חשיפות לפוסט. יש להתאים לנתוני הארגון.",
            ),
        ),
        TemplateGoal(
            "active_participation", GoalKind.BUSINESS, "employer_brand",
            Text(en="At least two fifths of the ambassadors share", he="לפחות ארבעים אחוז מהשגרירים משתפים"),
            0, 40, 180,
            Text(
                en="In percent. Nobody has to share; below 20 the content does not suit the people.",
                he="באחוזים. אין חובה לשתף; מתחת ל-20 סימן שהתוכן אינו מתאים לאנשים.",
            ),
        ),
    ),
    policy=TemplatePolicy(
        title=Text(en="How we tell of our work", he="איך מספרים על העבודה כאן"),
        summary=Text(
            en="Your profile is yours. Share what you are glad to stand behind, say that you work here, and leave out "
            "what belongs to others.",
            he="הפרופיל הוא שלך. כדאי לשתף רק מה שנעים לעמוד מאחוריו, לציין שזה מקום העבודה שלך, "
            "ולהשמיט מה ששייך לאחרים.",
        ),
        dos=(common.SAY_WHO, common.OWN_WORDS, common.ASK_FIRST, common.WHEN_IN_DOUBT),
        donts=(
            common.NO_SECRETS,
            common.NO_ARGUMENT,
            Text(en="Comparisons with other employers by name.", he="השוואות למעסיקים אחרים בשמם."),
        ),
        rules=(common.NO_POLITICS, common.NO_RELIGION, common.NO_PAY, common.NO_RESULTS),
    ),
    persona=TemplatePersona(
        Text(
            en="Somebody who knows us long enough, likes to tell stories, and is listened to by colleagues.",
            he="מי שמכירים אותנו מספיק זמן, אוהבים לספר סיפורים, וחברי הצוות מקשיבים להם.",
        ),
        {"min_tenure_months": 6, "traits": ["storyteller", "sociable"]},
        {"traits": {"weight": 1, "strictness": "should"}, "min_tenure_months": {"weight": 2, "strictness": "must"}},
    ),
    themes=(
        TemplateTheme(
            "people-and-teams", Text(en="People and teams", he="אנשים וצוותים"),
            Text(en="A colleague, their way and their work.", he="סיפור אישי: הדרך והעבודה."), 2,
        ),
        TemplateTheme(
            "life-at-work", Text(en="Life at work", he="החיים בעבודה"),
            Text(en="What a usual or an unusual day looks like.", he="איך נראה יום רגיל, או יום מיוחד."), 1,
        ),
        TemplateTheme(
            "giving-back", Text(en="Giving back", he="תרומה לקהילה"),
            Text(en="What we do for the community.", he="מה עושים כאן למען הקהילה."), 1,
        ),
    ),
    cadence=("week", "month"),
    channels=(common.LINKEDIN,),
    responsibilities=common.RESPONSIBILITIES,
    modules=(
        common.CONDUCT,
        common.PROFILE,
        TemplateModule(
            "photography_image_editing", Text(en="Good pictures with a phone", he="תמונות טובות עם הטלפון")
        ),
    ),
    benefits=(common.THANKS, common.COURSE),
)  # fmt: skip
