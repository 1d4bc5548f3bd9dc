"""What can go wrong around proposals."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class AlreadyAnswered(Conflict):
    """A proposal is answered once."""

    code = "proposal_answered"
    title = Text(en="Already answered", he="כבר נענתה")
    detail = Text(
        en="This proposal is {state}, and its proposer has been told. Write to them if something changed.",
        he="מצב ההצעה: {state}, והודעה על כך נשלחה. אם משהו השתנה, יש לפנות ישירות למי שהציע.",
    )


class TooManyOpen(Conflict):
    """A person has a few proposals open at a time."""

    code = "too_many_proposals"
    title = Text(en="Enough for now", he="מספיק לעת עתה")
    detail = Text(
        en="{limit} proposals of yours wait for an answer in this programme. Propose more once they are answered.",
        he="{limit} הצעות שלך בתוכנית זו ממתינות לתשובה. אפשר להציע עוד לאחר שייענו.",
    )
