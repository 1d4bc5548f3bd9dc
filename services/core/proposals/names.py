"""Codes of proposals as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.proposals.models import ProposalState

#: What a proposal is, after “the proposal is”.
STATE_NAMES: dict[ProposalState, Text] = {
    ProposalState.OPEN: Text(en="open", he="פתוחה"),
    ProposalState.ACCEPTED: Text(en="accepted", he="התקבלה"),
    ProposalState.DECLINED: Text(en="declined", he="נדחתה"),
}
