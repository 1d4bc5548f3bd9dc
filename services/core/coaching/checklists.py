"""The checklists: what makes a profile work on each network, in words of ours. Nothing is read from the network."""

from __future__ import annotations

from dataclasses import dataclass

from services.core.kit.texts import Text


@dataclass(frozen=True)
class Item:
    """One thing to look at; ``weight`` is its part of the score."""

    key: str
    weight: int
    title: Text
    how: Text


#: Changes when items do, so that scores are compared with those of the same list.
VERSION = 1

LINKEDIN = (
    Item(
        "photo",
        10,
        Text(en="A recent photo of your face", he="תמונת פנים עדכנית"),
        Text(
            en="Alone in the picture, looking at the camera, with light from the front and a calm background.",
            he="רק הפנים שלך בתמונה, במבט למצלמה, עם אור מלפנים ורקע רגוע.",
        ),
    ),
    Item(
        "banner",
        5,
        Text(en="A banner that says where you are at home", he="תמונת רקע שמספרת על עולמך המקצועי"),
        Text(
            en="A picture of your field, your team or your product that you may use; no text that phones cut off.",
            he="תמונה מהתחום, מהצוות או מהמוצר, שמותר להשתמש בה; בלי טקסט שנחתך בטלפון.",
        ),
    ),
    Item(
        "headline",
        12,
        Text(en="A headline that says what you do for whom", he="כותרת שאומרת מה התרומה שלך ולמי"),
        Text(
            en="More than a job title: what people can come to you for, in words that they would search for.",
            he="יותר משם התפקיד: באילו נושאים כדאי לפנות אליך, במילים שאנשים מחפשים.",
        ),
    ),
    Item(
        "about",
        12,
        Text(en="An “About” in your own voice", he="„אודות” בקול שלך"),
        Text(
            en="Three to five short paragraphs in the first person. The first two lines matter most: they always show.",
            he="שלוש עד חמש פסקאות קצרות בגוף ראשון. שתי השורות הראשונות הן החשובות: הן נראות גם בלי לפתוח.",
        ),
    ),
    Item(
        "experience",
        10,
        Text(en="Roles with what came of them", he="תפקידים עם תוצאות"),
        Text(
            en="For your last roles two or three results each. Leave out anything confidential.",
            he="בתפקידים האחרונים, שתיים-שלוש תוצאות לכל תפקיד. בלי מידע סודי.",
        ),
    ),
    Item(
        "employer",
        6,
        Text(en="Your employer linked to its page", he="המעסיק מקושר לעמוד החברה"),
        Text(
            en="Choose the company from the list while typing, so that its logo shows and readers see where you work.",
            he="בעת ההקלדה יש לבחור את החברה מהרשימה, כדי שיופיע הלוגו ויהיה ברור היכן מקום העבודה שלך.",
        ),
    ),
    Item(
        "education",
        4,
        Text(en="Education and courses", he="השכלה וקורסים"),
        Text(en="What you learned and where; years are your choice.", he="מה למדת והיכן; ציון השנים הוא לבחירתך."),
    ),
    Item(
        "skills",
        8,
        Text(en="Skills, the main ones on top", he="כישורים, העיקריים בראש"),
        Text(
            en="Ten or more, with the three you want to be known for pinned first.",
            he="עשרה ומעלה, כשהשלושה שחשוב לך להיות מזוהים איתם נעוצים בראש.",
        ),
    ),
    Item(
        "custom_url",
        5,
        Text(en="A short address of your own", he="כתובת אישית קצרה"),
        Text(
            en="Your name without the digits at the end, fit for a signature or a card.",
            he="השם שלך בלי הספרות בסוף, מתאים לחתימה או לכרטיס ביקור.",
        ),
    ),
    Item(
        "featured",
        7,
        Text(en="Something under “Featured”", he="תוכן תחת „נבחרים”"),
        Text(
            en="One to three things you are proud of: a post, a talk, an article, an open position.",
            he="פריט עד שלושה שיש בהם גאווה: פוסט, הרצאה, מאמר או משרה פתוחה.",
        ),
    ),
    Item(
        "activity",
        8,
        Text(en="Signs of life in the last month", he="פעילות בחודש האחרון"),
        Text(
            en="A post or a few comments that add something. Once a week is plenty.",
            he="פוסט או כמה תגובות שמוסיפות משהו. פעם בשבוע מספיקה בהחלט.",
        ),
    ),
    Item(
        "recommendations",
        4,
        Text(en="A recommendation or two", he="המלצה אחת או שתיים"),
        Text(
            en="Ask somebody you worked with closely, and write one for somebody else.",
            he="אפשר לבקש ממי שעבדת איתו מקרוב, ולכתוב המלצה למישהו אחר.",
        ),
    ),
    Item(
        "languages",
        4,
        Text(en="Your languages, and a profile in each you work in", he="השפות שלך, ופרופיל בכל שפת עבודה"),
        Text(
            en="List them with their level; a second profile language shows to readers of that language.",
            he="יש לציין אותן עם הרמה; פרופיל בשפה נוספת יוצג לקוראים באותה שפה.",
        ),
    ),
    Item(
        "contact",
        5,
        Text(en="A way to reach you that you are fine with", he="דרך ליצירת קשר שנוחה לך"),
        Text(
            en="A work address or a page; no private phone number unless you want it seen.",
            he="כתובת עבודה או דף; בלי מספר טלפון פרטי, אלא אם נוח לך שייראה.",
        ),
    ),
)

X = (
    Item(
        "photo", 20,
        Text(en="A recent photo of your face", he="תמונת פנים עדכנית"),
        Text(en="Clear also when it is as small as a fingernail.", he="ברורה גם בגודל קטן מאוד."),
    ),
    Item(
        "header", 10,
        Text(en="A header picture", he="תמונת כותרת"),
        Text(en="Of your field or your team, that you may use.", he="מהתחום או מהצוות, שמותר להשתמש בה."),
    ),
    Item(
        "bio", 25,
        Text(en="A bio that says what you write about", he="ביו שאומר על מה נכתב כאן"),
        Text(
            en="One line on your work, one on your interests, and that views are your own.",
            he="שורה על העבודה, שורה על תחומי העניין, וציון שהדעות אישיות.",
        ),
    ),
    Item(
        "employer", 15,
        Text(en="Your employer named", he="ציון המעסיק"),
        Text(
            en="With its handle, so that readers know who is speaking.",
            he="עם שם החשבון שלו, כדי שיהיה ברור מי מדבר.",
        ),
    ),
    Item(
        "link", 10,
        Text(en="A link that helps", he="קישור מועיל"),
        Text(en="To your profile, your team's page or open positions.", he="לפרופיל, לדף הצוות או למשרות פתוחות."),
    ),
    Item(
        "pinned", 20,
        Text(en="A pinned post", he="פוסט נעוץ"),
        Text(en="The one by which you want to be met.", he="הפוסט שכדאי להכיר אותך דרכו."),
    ),
)  # fmt: skip

#: By network.
CHECKLISTS: dict[str, tuple[Item, ...]] = {"linkedin": LINKEDIN, "x": X}
