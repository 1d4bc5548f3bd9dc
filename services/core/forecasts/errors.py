"""What forecasts refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class ProgramIsClosed(Conflict):
    """A closed program has no future to look into."""

    code = "forecast_of_closed_program"
    title = Text(en="The programme is closed", he="התוכנית סגורה")
    detail = Text(
        en="A closed programme has nothing ahead. Make the forecast for a programme that is open.",
        he="לתוכנית סגורה אין המשך לחזות. יש ליצור תחזית לתוכנית פתוחה.",
    )


STARTS_IN_THE_PAST = Text(
    en="A forecast looks ahead: start it on {today} or later.",
    he="תחזית צופה קדימה: יש להתחיל ב-{today} או מאוחר יותר.",
)
UNKNOWN_NETWORK = Text(
    en="The programme does not use this network. Use: {known}.",
    he="התוכנית אינה משתמשת ברשת זו. ניתן להשתמש ב: {known}.",
)
TOO_MANY_NETWORKS = Text(
    en="Name at most {most} networks, with percent that sum to 100.",
    he="יש לציין עד {most} רשתות, באחוזים שסכומם 100.",
)
NO_NETWORK = Text(
    en="The programme has no network yet. Add one to it first.", he="לתוכנית עדיין אין רשת. יש להוסיף לה רשת תחילה."
)
NOT_A_WHOLE = Text(
    en="Let the percent sum to 100; they sum to {sum}.", he="סכום האחוזים צריך להיות 100; כעת הוא {sum}."
)
NETWORK_NEEDED = Text(
    en="This is assumed for each network apart. Say which of the plan's: {known}.",
    he="הנחה זו נקבעת לכל רשת בנפרד. יש לציין אחת מרשתות התכנון: {known}.",
)
NO_NETWORK_HERE = Text(
    en="This is assumed for the whole plan. Leave `network` out.",
    he="הנחה זו חלה על התכנון כולו. יש להשמיט את `network`.",
)
TWICE = Text(en="This is assumed twice. Leave one out.", he="הנחה זו מופיעה פעמיים. יש להשמיט אחת.")
WRONG_ORDER = Text(
    en="Let low be at most typical, and typical at most high.",
    he="low צריך להיות קטן מ-typical או שווה לו, ו-typical קטן מ-high או שווה לו.",
)
OVER_HUNDRED = Text(en="This is a part in percent: 100 at the most.", he="זהו חלק באחוזים: 100 לכל היותר.")
NOT_ZERO = Text(en="Nobody sees nothing: give more than 0.", he="יש לתת ערך גדול מ-0.")
ONE_OF_BOTH = Text(
    en="Give view_percent or impressions_per_share for a network, not both.",
    he="לכל רשת יש לתת view_percent או impressions_per_share, לא את שניהם.",
)
CURRENCY_NEEDED = Text(en="Say in which currency the costs are.", he="יש לציין באיזה מטבע העלויות.")
NOTHING_IN_CURRENCY = Text(
    en="A currency without a cost says nothing. Give a cost among the assumptions, or leave the currency out.",
    he="אין משמעות למטבע ללא עלות. יש לתת עלות בין ההנחות, או להשמיט את המטבע.",
)
