"""What the templates share: hours, rules that suit every company, and what each function does."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.programs.models import BenefitKind, Function
from services.core.programs.templates.shape import TemplateBenefit, TemplateChannel, TemplateModule

#: Sunday to Thursday by day; a company elsewhere changes the days.
_HOURS = [{"days": [1, 2, 3, 4, 7], "from": "08:00", "to": "20:00"}]

LINKEDIN = TemplateChannel(
    "linkedin", {"max_per_day": 1, "max_per_week": 3, "windows": _HOURS, "stagger_minutes": 30, "similar_share": 0.2}
)

NO_POLITICS = {
    "kind": "topic",
    "topic": "politics",
    "action": "review",
    "message": {
        "en": "Politics has no place in posts of the programme. Leave it out, or post it as a private person.",
        "he": "פוליטיקה אינה חלק מפוסטים של התוכנית. יש להשמיט אותה, או לפרסם כדעה פרטית.",
    },
}
NO_RELIGION = {
    "kind": "topic",
    "topic": "religion",
    "action": "review",
    "message": {
        "en": "Religion has no place in posts of the programme. Leave it out, or post it as a private person.",
        "he": "דת אינה חלק מפוסטים של התוכנית. יש להשמיט אותה, או לפרסם כדעה פרטית.",
    },
}
NO_PAY = {
    "kind": "pay",
    "action": "stop",
    "message": {
        "en": "Pay is not discussed in public. Write what makes the work worthwhile instead.",
        "he": "שכר אינו נושא לפרסום. במקומו אפשר לכתוב מה הופך את העבודה למשמעותית.",
    },
}
NO_RESULTS = {
    "kind": "pattern",
    "patterns": ["Q# [results|revenue|earnings]", "תוצאות רבעון"],
    "action": "stop",
    "message": {
        "en": "Financial results are published by the company alone. Leave them out.",
        "he": "תוצאות כספיות מפורסמות על ידי החברה בלבד. יש להשמיט אותן.",
    },
}

SAY_WHO = Text(en="Say that you work here, near the top of the post.", he="לציין בתחילת הפוסט שזה מקום העבודה שלך.")
OWN_WORDS = Text(
    en="Write in your own words, about what you know yourself.",
    he="לכתוב במילים שלך, על מה שמוכר לך מקרוב.",
)
ASK_FIRST = Text(
    en="Ask the people in a picture before you post it.",
    he="לבקש את הסכמת המצולמים לפני פרסום תמונה.",
)
WHEN_IN_DOUBT = Text(
    en="When in doubt, ask first: the people of the programme answer.",
    he="בכל ספק, לשאול לפני הפרסום: צוות התוכנית כאן כדי לענות.",
)
NO_SECRETS = Text(
    en="What is not public: customers' names, numbers, plans, code.",
    he="מידע שאינו פומבי: שמות לקוחות, נתונים, תוכניות, קוד.",
)
NO_ARGUMENT = Text(
    en="Arguments in comments. Thank, answer once, and pass it on to the spokesperson.",
    he="ויכוחים בתגובות. אפשר להודות, להשיב פעם אחת ולהעביר לדוברות.",
)

RESPONSIBILITIES: dict[Function, Text] = {
    Function.OWNER: Text(
        en="Answers for the programme as a whole and decides when functions disagree.",
        he="האחריות לתוכנית כולה, וההכרעה כשיש חילוקי דעות.",
    ),
    Function.CONTENT: Text(
        en="Plans each week's content and sees that there is enough of it.",
        he="תכנון התוכן השבועי והבטחת היצע מספיק.",
    ),
    Function.POLICY: Text(
        en="Writes and keeps the policy; usually from legal or compliance.",
        he="כתיבת המדיניות ועדכונה; לרוב מהייעוץ המשפטי או הציות.",
    ),
    Function.SPOKESPERSON: Text(en="Answers the press and difficult comments.", he="מענה לתקשורת ולתגובות מורכבות."),
    Function.HR: Text(
        en="Knows who joins and leaves, and looks after the people.", he="היכרות עם המצטרפים והעוזבים, ודאגה לאנשים."
    ),
    Function.DATA: Text(en="Sees that goals are measured and numbers are right.", he="מדידת היעדים ונכונות הנתונים."),
    Function.SUPPORT: Text(
        en="Answers ambassadors' questions within a working day.", he="מענה לשאלות השגרירים בתוך יום עבודה."
    ),
}

PROFILE = TemplateModule("linkedin_profile", Text(en="A profile that works for you", he="פרופיל שעובד בשבילך"))
CONDUCT = TemplateModule("network_conduct", Text(en="Posting with confidence", he="לפרסם בביטחון"))

THANKS = TemplateBenefit(
    BenefitKind.RECOGNITION,
    Text(en="Thanks from management", he="תודה מההנהלה"),
    Text(
        en="A personal word of thanks, and a place at the yearly meeting of ambassadors.",
        he="מילת תודה אישית והזמנה למפגש השגרירים השנתי.",
    ),
    {"active": True, "min_days_in_program": 90},
)
COURSE = TemplateBenefit(
    BenefitKind.MATERIAL,
    Text(en="A course of your choice", he="קורס לבחירתך"),
    Text(
        en="A course for your own professional growth. Say in cost and budget what it may cost.",
        he="קורס להתפתחות מקצועית אישית. את העלות והתקציב יש להשלים.",
    ),
    {"active": True, "min_days_in_program": 180},
)
