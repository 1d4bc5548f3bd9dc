"""What the people of the demo's company write."""

from __future__ import annotations

from typing import Any

POLICY: dict[str, Any] = {
    "texts": {
        "en": {
            "summary": "Speak as yourself. Say that you work here. Leave numbers that are not public to us.",
            "dos": ["Use your own words.", "Say near the top that you work at Lumen.", "Ask when you are not sure."],
            "donts": ["No pay or bonus figures.", "No politics and no religion in our name.", "No customer names."],
        },
        "he": {
            "summary": "דברו בשמכם. אמרו שאתם עובדים כאן. מספרים שאינם פומביים השאירו לנו.",
            "dos": ["השתמשו במילים שלכם.", "ציינו בתחילת הפוסט שאתם חלק מלומן.", "שאלו כשאינכם בטוחים."],
            "donts": ["בלי נתוני שכר ובונוסים.", "בלי פוליטיקה ודת בשמנו.", "בלי שמות לקוחות."],
        },
    },
    "rules": [
        {
            "kind": "forbidden_phrase",
            "phrases": ["guaranteed bonus", "salary of", "בונוס מובטח", "שכר של"],
            "message": {
                "en": "Leave pay out; our careers page says what we can say.",
                "he": "אין לציין שכר; באתר הקריירה מופיע מה שניתן לפרסם.",
            },
        },
        {
            "kind": "forbidden_phrase",
            "phrases": ["Glowtech", "גלוטק"],
            "message": {
                "en": "Say what we do, without naming a competitor.",
                "he": "ספרו מה אנחנו עושים, בלי לנקוב בשם מתחרה.",
            },
        },
    ],
}

ITEMS: tuple[dict[str, Any], ...] = (
    {
        "title": "Open positions in Tel Aviv and Berlin",
        "destination_url": "https://lumen.example/careers?team=all",
        "topics": ["hiring"],
        "variants": [
            {
                "language": "en",
                "text": "We are looking for people in Tel Aviv and Berlin (hybrid): engineers, designers, "
                "and people who like to help customers. #hiring",
                "why_share": "People in your network ask you about jobs anyway; here is where to send them.",
                "link_title": "Work at Lumen",
                "link_description": "Open positions, and what a week here looks like.",
            },
            {
                "language": "he",
                "text": "אנחנו מחפשים אנשים בתל אביב ובברלין (היברידי): מהנדסות ומהנדסים, "
                "מעצבים, ואנשים שאוהבים לעזור ללקוחות. #דרושים",
                "why_share": "ממילא שואלים אתכם על משרות; לכאן אפשר להפנות.",
                "link_title": "עבודה ב-Lumen",
                "link_description": "משרות פתוחות, ואיך נראה כאן שבוע.",
            },
        ],
    },
    {
        "title": "How we lit a hospital in nine weeks",
        "destination_url": "https://lumen.example/stories/hospital",
        "topics": ["customers", "engineering"],
        "variants": [
            {
                "language": "en",
                "text": "Nine weeks, 1,400 lamps, and not one night without light in the wards. "
                "How our teams did it, with all that went wrong on the way.",
                "why_share": "It shows what your daily work is good for, honestly told.",
                "link_title": "A hospital, lit in nine weeks",
                "link_description": "What went right, what went wrong, and what we do differently now.",
            },
            {
                "language": "he",
                "text": "תשעה שבועות, 1,400 גופי תאורה, ואף לא לילה אחד בלי אור במחלקות. "
                "כך עשו זאת הצוותים שלנו, כולל כל מה שהשתבש בדרך.",
                "why_share": "הסיפור מראה למה העבודה היומיומית שלכם טובה, ביושר.",
                "link_title": "בית חולים מואר בתשעה שבועות",
                "link_description": "מה הצליח, מה השתבש ומה אנחנו עושים היום אחרת.",
            },
        ],
    },
)

#: What ambassadors add in their own words, per language and item.
OWN_WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        (
            "I joined three years ago and still learn something each week. Write to me if you want to know more.",
            "My team has two seats open. Ask me anything – I answer honestly.",
            "What I like most: people here say when they don't know something.",
        ),
        (
            "I was on call that second night. I will not forget it.",
            "The part about the wrong cables is my favourite.",
            "Proud of the people who stayed until it worked.",
        ),
    ),
    "he": (
        (
            "הצטרפתי לפני שלוש שנים ועדיין לומדת משהו כל שבוע. כתבו לי אם תרצו לשמוע עוד.",
            "בצוות שלי יש שתי משרות פתוחות. אפשר לשאול אותי הכול.",
            "מה שאני הכי אוהב: אנשים כאן אומרים כשהם לא יודעים משהו.",
        ),
        (
            "הייתי בתורנות בלילה השני. לא אשכח את זה.",
            "החלק על הכבלים הלא נכונים הוא האהוב עליי.",
            "גאה באנשים שנשארו עד שזה עבד.",
        ),
    ),
}
