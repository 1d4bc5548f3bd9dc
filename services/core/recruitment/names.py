"""Codes of recruitment as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.recruitment.models import ApplicationState

#: What an application is, after “it is”.
APPLICATION_STATE_NAMES: dict[ApplicationState, Text] = {
    ApplicationState.APPLIED: Text(en="open", he="פתוחה"),
    ApplicationState.ACCEPTED: Text(en="accepted", he="התקבלה"),
    ApplicationState.REFUSED: Text(en="refused", he="נדחתה"),
    ApplicationState.WITHDRAWN: Text(en="withdrawn", he="נמשכה"),
}
