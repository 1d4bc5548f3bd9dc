"""Codes of policies as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.policies.models import VersionState

#: What a version is, after “the version is”.
STATE_NAMES: dict[VersionState, Text] = {
    VersionState.DRAFT: Text(en="a draft", he="טיוטה"),
    VersionState.SCHEDULED: Text(en="scheduled", he="מתוזמנת"),
    VersionState.PUBLISHED: Text(en="published", he="פורסמה"),
    VersionState.SUPERSEDED: Text(en="superseded", he="הוחלפה בגרסה חדשה יותר"),
}
