"""Codes of privacy requests as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.privacy.models import RequestState

#: What a request is, after “the request is”.
STATE_NAMES: dict[RequestState, Text] = {
    RequestState.AWAITING_CONFIRMATION: Text(en="waiting to be confirmed", he="ממתינה לאישור"),
    RequestState.QUEUED: Text(en="about to begin", he="עומדת להתחיל"),
    RequestState.CLOSING: Text(en="under way", he="בביצוע"),
    RequestState.HELD: Text(en="held by law", he="מעוכבת על פי חוק"),
    RequestState.DONE: Text(en="done", he="הושלמה"),
    RequestState.CANCELLED: Text(en="cancelled", he="בוטלה"),
}
