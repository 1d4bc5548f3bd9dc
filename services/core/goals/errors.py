"""What goals refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class NotMeasuredTwice(Conflict):
    """A goal has one value per day and source."""

    code = "already_measured"
    title = Text(en="This day is measured already", he="היום הזה כבר נמדד")
    detail = Text(
        en="There is a value of this goal for {day} from this source. Values are kept as they were reported: "
        "give another day.",
        he="כבר קיים ערך ליעד זה עבור {day} ממקור זה. הערכים נשמרים כפי שדווחו: יש לתת יום אחר.",
    )
