"""Codes of shares as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.shares.models import PublicationState, StopScope

#: What a publication is, after “the publication is”.
PUBLICATION_STATE_NAMES: dict[PublicationState, Text] = {
    PublicationState.APPROVED: Text(en="approved", he="מאושר"),
    PublicationState.SCHEDULED: Text(en="scheduled", he="מתוזמן"),
    PublicationState.CLAIMED: Text(en="about to be sent", he="עומד להישלח"),
    PublicationState.SENDING: Text(en="being sent", he="בשליחה"),
    PublicationState.PUBLISHED: Text(en="published", he="פורסם"),
    PublicationState.REJECTED: Text(en="refused by the network", he="נדחה על ידי הרשת"),
    PublicationState.UNKNOWN: Text(en="of unknown outcome", he="תוצאתו אינה ידועה"),
    PublicationState.NOT_PUBLISHED: Text(en="not published", he="לא פורסם"),
    PublicationState.UNKNOWN_CLOSED: Text(en="closed with its outcome unknown", he="נסגר ותוצאתו אינה ידועה"),
    PublicationState.WAITING: Text(en="waiting", he="ממתין"),
    PublicationState.HELD: Text(en="held", he="מעוכב"),
    PublicationState.MISSED: Text(en="missed", he="מועדו הוחמץ"),
    PublicationState.CANCELLED: Text(en="cancelled", he="בוטל"),
    PublicationState.HANDED_OVER: Text(en="handed over to its person", he="נמסר לפרסום עצמי"),
}

#: What a stop reaches.
SCOPE_NAMES: dict[StopScope, Text] = {
    StopScope.ORGANIZATION: Text(en="organization", he="ארגון"),
    StopScope.PROGRAM: Text(en="program", he="תוכנית"),
    StopScope.ITEM: Text(en="item", he="פריט"),
    StopScope.NETWORK: Text(en="network", he="רשת"),
}
