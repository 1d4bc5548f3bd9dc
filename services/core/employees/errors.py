"""What employees refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class NotEmployed(Conflict):
    """The person is not employed (any more)."""

    code = "not_employed"
    title = Text(en="This person is not employed", he="אדם זה אינו מועסק")
    detail = Text(
        en="The directory says that this person has left or is suspended. Choose somebody else.",
        he="לפי מערכת משאבי האנוש אדם זה עזב או הושעה. יש לבחור אדם אחר.",
    )
