"""Which clicks have credit for a conversion, and how much. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TypeVar

from services.core.conversions.models import ConversionKind, CreditRule, TouchState
from services.core.kit.texts import Text
from services.core.links.models import ClickKind

T = TypeVar("T")

#: Goes up with any change of what a rule gives; credits say which version gave them.
RULE_VERSION = "1"

#: The stages of one person in an applicant-tracking system, tied together by the candidate's id there.
OF_CANDIDATES = (ConversionKind.CANDIDATE, ConversionKind.APPLICATION, ConversionKind.HIRE)
#: What a later conversion may have come out of; of several with one id, the first of these is meant.
LEADS = (ConversionKind.LEAD, ConversionKind.OPPORTUNITY, ConversionKind.VISIT, ConversionKind.DEAL)

_PLACES = Decimal("0.000001")

RULES: dict[CreditRule, Text] = {
    CreditRule.FIRST_TOUCH: Text(
        en="The first click within the window has all the credit.", he="ההמרה מיוחסת במלואה לקליק הראשון בתוך החלון."
    ),
    CreditRule.LAST_TOUCH: Text(
        en="The last click within the window has all the credit.", he="ההמרה מיוחסת במלואה לקליק האחרון בתוך החלון."
    ),
    CreditRule.LINEAR: Text(
        en="All clicks within the window have the same credit.", he="ההמרה מיוחסת במידה שווה לכל הקליקים בתוך החלון."
    ),
}


@dataclass(frozen=True)
class Known:
    """A click that we know, as it is looked at for one conversion."""

    clicked_at: datetime | None
    kind: ClickKind


def judge(click: Known, *, occurred_at: datetime, window_days: int) -> TouchState:
    """Whether a click may have credit for what occurred; only people's clicks before it, within the window, may.

    A click that was kept to the hour alone is taken to be at the hour's beginning.
    """
    if click.clicked_at is None:
        return TouchState.NO_CLICK
    if click.kind is ClickKind.OWN:
        return TouchState.OWN
    if click.kind is ClickKind.MACHINE:
        return TouchState.MACHINE
    if click.clicked_at > occurred_at:
        return TouchState.AFTERWARDS
    if click.clicked_at < occurred_at - timedelta(days=window_days):
        return TouchState.OUTSIDE_WINDOW
    return TouchState.CREDITED


def give_credit(touches: Sequence[T]) -> Mapping[CreditRule, Sequence[tuple[T, Decimal]]]:
    """Each rule's credits for touches in the order in which they happened; those of a rule sum to exactly 1."""
    if not touches:
        return dict.fromkeys(CreditRule, ())
    each = (Decimal(1) / len(touches)).quantize(_PLACES, rounding=ROUND_DOWN)
    linear = [(touch, each) for touch in touches]
    # What does not divide evenly goes to the last one.
    linear[-1] = (touches[-1], 1 - each * (len(touches) - 1))
    return {
        CreditRule.FIRST_TOUCH: ((touches[0], Decimal(1)),),
        CreditRule.LAST_TOUCH: ((touches[-1], Decimal(1)),),
        CreditRule.LINEAR: tuple(linear),
    }


#: Why a conversion, or a click it named, has no credit.
WHY_NOT: dict[str, Text] = {
    "nothing_named": Text(en="No click or link was named.", he="לא צוין קליק או קישור."),
    "unknown_click": Text(en="It is no click or link of ours.", he="הקליק או הקישור אינם שלנו."),
    TouchState.OUTSIDE_WINDOW.value: Text(
        en="The click was longer ago than the window is.", he="הקליק היה מוקדם מתחילת החלון."
    ),
    TouchState.AFTERWARDS.value: Text(en="The click came afterwards.", he="הקליק היה מאוחר יותר."),
    TouchState.MACHINE.value: Text(en="The click is suspected to be a machine's.", he="הקליק חשוד כקליק של מכונה."),
    TouchState.OWN.value: Text(en="The click was the sharer's own.", he="הקליק הוא של מי ששיתף."),
    TouchState.NO_CLICK.value: Text(
        en="Nobody had followed the link by then.", he="עד אותו מועד איש לא נכנס דרך הקישור."
    ),
}
