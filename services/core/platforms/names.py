"""Codes of platforms as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.platforms.models import AudienceSyncState, PlatformState, PushState

#: What a platform is, after “the platform is”.
STATE_NAMES: dict[PlatformState, Text] = {
    PlatformState.AWAITING_AUTHORIZATION: Text(en="waiting for a sign-in", he="ממתינה להתחברות"),
    PlatformState.AWAITING_CONFIRMATION: Text(en="waiting to be confirmed", he="ממתינה לאישור"),
    PlatformState.ACTIVE: Text(en="active", he="פעילה"),
    PlatformState.NEEDS_ATTENTION: Text(en="in need of attention", he="דורשת טיפול"),
    PlatformState.REVOKED: Text(en="disconnected", he="מנותקת"),
}

#: What a push is, after “the push is”.
PUSH_STATE_NAMES: dict[PushState, Text] = {
    PushState.PLANNED: Text(en="planned", he="מתוכננת"),
    PushState.PUSHING: Text(en="on its way", he="בדרך לפלטפורמה"),
    PushState.LIVE: Text(en="live", he="מוצגת בפלטפורמה"),
    PushState.SCHEDULED: Text(en="scheduled in the platform", he="מתוזמנת בפלטפורמה"),
    PushState.AWAITING_REVIEW: Text(en="awaiting review in the platform", he="ממתינה לבדיקה בפלטפורמה"),
    PushState.DRAFT: Text(en="a draft in the platform", he="טיוטה בפלטפורמה"),
    PushState.FAILED: Text(en="failed", he="נכשלה"),
    PushState.UNKNOWN: Text(en="of unknown outcome", he="תוצאתה אינה ידועה"),
    PushState.WITHDRAWN: Text(en="withdrawn", he="נמשכה"),
    PushState.EXPIRED: Text(en="expired", he="פג תוקפה"),
}

#: What a comparison is, after “the comparison is”.
SYNC_STATE_NAMES: dict[AudienceSyncState, Text] = {
    AudienceSyncState.COMPARING: Text(en="being made", he="מתבצעת"),
    AudienceSyncState.PREVIEWED: Text(en="ready to be looked at", he="מוכנה לעיון"),
    AudienceSyncState.STOPPED: Text(en="stopped", he="נעצרה"),
    AudienceSyncState.APPLYING: Text(en="being applied", he="בהחלה"),
    AudienceSyncState.DONE: Text(en="done", he="הושלמה"),
    AudienceSyncState.FAILED: Text(en="failed", he="נכשלה"),
    AudienceSyncState.CANCELLED: Text(en="cancelled", he="בוטלה"),
}

#: A platform whose connector is not installed any more.
NOT_INSTALLED = Text(en="not installed any more", he="אינה מותקנת עוד")
