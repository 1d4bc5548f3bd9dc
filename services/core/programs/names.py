"""Codes of programs as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.programs.models import ProgramState
from services.core.programs.rules import Destination

#: What a program is, after “the program is”.
STATE_NAMES: dict[ProgramState, Text] = {
    ProgramState.DRAFT: Text(en="a draft", he="טיוטה"),
    ProgramState.DESIGNED: Text(en="designed", he="מעוצבת"),
    ProgramState.QUIET: Text(en="launched quietly", he="בהשקה שקטה"),
    ProgramState.LOUD: Text(en="launched loudly", he="בהשקה רחבה"),
    ProgramState.PAUSED: Text(en="paused", he="מושהית"),
    ProgramState.CLOSED: Text(en="closed", he="סגורה"),
}

#: Where a program may be told to go, after “become”.
DESTINATION_NAMES: dict[Destination, Text] = {
    Destination.RESUMED: Text(en="resumed", he="פעילה מחדש"),
    **{Destination(state.value): name for state, name in STATE_NAMES.items() if state is not ProgramState.DRAFT},
}
