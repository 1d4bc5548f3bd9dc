"""The words of a refusal, and of what a call asks."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.recruitment.models import RefusalReason

REASONS: dict[RefusalReason, Text] = {
    RefusalReason.NO_PLACES: Text(
        en="There are more applications than places this time.", he="הפעם היו יותר מועמדויות ממקומות."
    ),
    RefusalReason.PERSONA: Text(
        en="The program looks for other things this time. GET /v1/me/programs/{program}/fit shows you each of them, "
        "and you can correct what you have declared.",
        he="הפעם התוכנית מחפשת דברים אחרים. ‎GET /v1/me/programs/{program}/fit‎ מציג כל אחד מהם, וניתן לתקן את מה "
        "שהצהרת.",
    ),
    RefusalReason.NEEDS_MET: Text(
        en="What you bring is what the program already has several people for.",
        he="למה שביכולתך לתרום כבר יש בתוכנית כמה אנשים.",
    ),
    RefusalReason.TOO_EARLY: Text(
        en="It is a little early: the program asks for some more time in the company.",
        he="עדיין מוקדם מעט: התוכנית מבקשת ותק רב יותר בחברה.",
    ),
    RefusalReason.NOT_NOW: Text(
        en="The program takes in nobody else for now. You are welcome to apply again later.",
        he="התוכנית אינה מצרפת אנשים נוספים כעת. אפשר להגיש מועמדות שוב בהמשך.",
    ),
}

CRITERIA: dict[str, Text] = {
    "min_tenure_months": Text(en="time in the company", he="ותק בחברה"),
    "departments": Text(en="department", he="מחלקה"),
    "job_families": Text(en="role family", he="משפחת תפקידים"),
    "job_levels": Text(en="role level", he="דרג"),
    "countries": Text(en="country", he="מדינה"),
    "languages": Text(en="language", he="שפה"),
}


def name_criteria(criteria: list[str]) -> Text:
    """Criteria in the words of a refusal."""
    named = [CRITERIA[name] for name in criteria]
    return Text(en=", ".join(text.en for text in named), he=", ".join(text.he for text in named))
