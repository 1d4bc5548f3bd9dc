"""What content plans refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid
from services.core.kit.texts import Text


class PlanFirst(Conflict):
    """Periods belong to a plan."""

    code = "content_plan_first"
    title = Text(en="The content plan comes first", he="תחילה תוכנית התוכן")
    detail = Text(
        en="Say what the programme wants to speak about with PUT /v1/programs/{program}/content-plan, then periods.",
        he="יש לקבוע תחילה על מה התוכנית רוצה לדבר, ב-‎PUT /v1/programs/{program}/content-plan‎, ואז לתכנן תקופות.",
    )


class NoSuchPeriod(Invalid):
    """Periods are named by ISO week or month."""

    code = "no_such_period"
    title = Text(en="This is no week or month", he="זה אינו שבוע או חודש")
    detail = Text(
        en="Name a week as 2026-W48 or a month as 2026-11.",
        he="יש לציין שבוע בצורה 2026-W48 או חודש בצורה 2026-11.",
    )
