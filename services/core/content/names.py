"""Codes of content items as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.content.models import ItemState
from services.core.kit.texts import Text

#: What an item is, after “the item is”.
ITEM_STATE_NAMES: dict[ItemState, Text] = {
    ItemState.DRAFT: Text(en="a draft", he="טיוטה"),
    ItemState.IN_REVIEW: Text(en="in review", he="בבדיקה"),
    ItemState.APPROVED: Text(en="approved", he="מאושר"),
    ItemState.OFFERED: Text(en="offered", he="מוצע"),
    ItemState.EXPIRED: Text(en="expired", he="פג תוקף"),
    ItemState.WITHDRAWN: Text(en="withdrawn", he="נמשך"),
}
