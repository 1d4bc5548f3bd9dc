"""What conversions and rates refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text

IN_THE_FUTURE = Text(en="Give a time that has come.", he="יש לתת מועד שכבר הגיע.")
OWN_LEAD = Text(en="A conversion cannot come out of itself.", he="המרה אינה יכולה לנבוע מעצמה.")
OTHER_CANDIDATE = Text(
    en="A candidate's external_id is the candidate's id: leave candidate_id out, or give the same.",
    he="ה-external_id של מועמד הוא מזהה המועמד: יש להשמיט את candidate_id או לתת אותו מזהה.",
)
NOT_AN_ATS_STAGE = Text(
    en="Only a candidate, an application or a hire has a candidate_id. Leave it out.",
    he="רק להמרה מסוג מועמד, הגשת מועמדות או גיוס יש candidate_id. יש להשמיט אותו.",
)


class OtherCurrency(Conflict):
    """A conversion that has an amount is told again with an amount in another currency."""

    code = "other_currency"
    title = Text(en="It has an amount in another currency", he="כבר רשום סכום במטבע אחר")
    detail = Text(
        en="This conversion was told with an amount in {currency}. Send the amount in that currency, or delete the"
        " conversion and send it anew.",
        he="להמרה זו רשום סכום במטבע {currency}. יש לשלוח את הסכום באותו מטבע, או למחוק את ההמרה ולשלוח אותה מחדש.",
    )
