"""Codes of the directory as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.employees.models import SyncState
from services.core.kit.texts import Text

#: What a run is, after “the run is”.
SYNC_STATE_NAMES: dict[SyncState, Text] = {
    SyncState.READY: Text(en="ready", he="מוכנה להחלה"),
    SyncState.HELD: Text(en="held for confirmation", he="ממתינה לאישור"),
    SyncState.APPLIED: Text(en="applied already", he="כבר הוחלה"),
    SyncState.SUPERSEDED: Text(en="superseded by a newer one", he="הוחלפה בהרצה חדשה יותר"),
}
