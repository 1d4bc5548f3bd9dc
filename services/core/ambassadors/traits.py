"""The fixed list of traits that somebody can declare, and what they agree to when a program may look."""

from __future__ import annotations

from enum import StrEnum

from services.core.ambassadors.models import Purpose
from services.core.kit.texts import Text


class Trait(StrEnum):
    """Said by the person or by who nominates them; never inferred from anything."""

    SOCIABLE = "sociable"
    CURIOUS = "curious"
    STORYTELLER = "storyteller"
    HELPFUL = "helpful"
    INITIATIVE = "initiative"
    CREATIVE = "creative"
    EXPERT = "expert"
    GOOD_LISTENER = "good_listener"
    OPTIMISTIC = "optimistic"
    PRESENTER = "presenter"
    TEAM_PLAYER = "team_player"
    PERSISTENT = "persistent"


TRAITS: dict[Trait, Text] = {
    Trait.SOCIABLE: Text(en="Likes to meet people", he="קשר טוב עם אנשים"),
    Trait.CURIOUS: Text(en="Curious", he="סקרנות"),
    Trait.STORYTELLER: Text(en="Tells stories well", he="כישרון לסיפור סיפורים"),
    Trait.HELPFUL: Text(en="Likes to help", he="נכונות לעזור"),
    Trait.INITIATIVE: Text(en="Starts things", he="יוזמה"),
    Trait.CREATIVE: Text(en="Creative", he="יצירתיות"),
    Trait.EXPERT: Text(en="Knows their field deeply", he="מומחיות בתחום"),
    Trait.GOOD_LISTENER: Text(en="Listens well", he="הקשבה"),
    Trait.OPTIMISTIC: Text(en="Optimistic", he="אופטימיות"),
    Trait.PRESENTER: Text(en="Speaks well before others", he="עמידה מול קהל"),
    Trait.TEAM_PLAYER: Text(en="Works well with others", he="עבודת צוות"),
    Trait.PERSISTENT: Text(en="Keeps at it", he="התמדה"),
}

#: Raised whenever the words below change in meaning, so that a consent says what was read.
CONSENT_VERSION = 1

CONSENTS: dict[Purpose, Text] = {
    Purpose.PRESENCE: Text(
        en="The managers of this program may see the size and activity of the accounts that I have declared, to see "
        "how I fit the program. For nothing else. I can take this back at any time; nothing follows from it.",
        he="מנהלי תוכנית זו רשאים לראות את היקף החשבונות שהצהרתי עליהם ואת הפעילות בהם, כדי לבחון את ההתאמה שלי "
        "לתוכנית, ולשום מטרה אחרת. ניתן לבטל הסכמה זו בכל עת, ללא כל השלכה.",
    ),
    Purpose.TRAITS: Text(
        en="The managers of this program may see the traits that I have declared, to see how I fit the program. For "
        "nothing else. I can take this back at any time; nothing follows from it.",
        he="מנהלי תוכנית זו רשאים לראות את התכונות שהצהרתי עליהן, כדי לבחון את ההתאמה שלי לתוכנית, ולשום מטרה אחרת. "
        "ניתן לבטל הסכמה זו בכל עת, ללא כל השלכה.",
    ),
    Purpose.SKILLS: Text(
        en="The managers of this program may see the skills that I have declared, to see how I fit the program and "
        "what it needs. For nothing else. I can take this back at any time; nothing follows from it.",
        he="מנהלי תוכנית זו רשאים לראות את הכישורים שהצהרתי עליהם, כדי לבחון את ההתאמה שלי לתוכנית ולצרכיה, ולשום "
        "מטרה אחרת. ניתן לבטל הסכמה זו בכל עת, ללא כל השלכה.",
    ),
    Purpose.LANGUAGES: Text(
        en="The managers of this program may see the languages that I have declared, to see how I fit the program and "
        "what it needs. For nothing else. I can take this back at any time; nothing follows from it.",
        he="מנהלי תוכנית זו רשאים לראות את השפות שהצהרתי עליהן, כדי לבחון את ההתאמה שלי לתוכנית ולצרכיה, ולשום מטרה "
        "אחרת. ניתן לבטל הסכמה זו בכל עת, ללא כל השלכה.",
    ),
}
