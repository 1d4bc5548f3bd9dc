"""Codes of moves as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.moves.models import MoveState

#: What a move is, after “it is”.
STATE_NAMES: dict[MoveState, Text] = {
    MoveState.COMPARING: Text(en="being compared", he="בהשוואה"),
    MoveState.PREVIEWED: Text(en="ready to be looked at", he="מוכן לעיון"),
    MoveState.MOVING: Text(en="under way", he="בביצוע"),
    MoveState.DONE: Text(en="done", he="הושלם"),
    MoveState.FAILED: Text(en="failed", he="נכשל"),
    MoveState.CANCELLED: Text(en="cancelled", he="בוטל"),
}
