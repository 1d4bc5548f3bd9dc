"""What privacy refuses."""

from __future__ import annotations

from services.core.kit.errors import Conflict
from services.core.kit.texts import Text


class RequestOpen(Conflict):
    """One request of a kind at a time."""

    code = "privacy_request_open"
    title = Text(en="You have asked for this already", he="כבר הוגשה בקשה כזו")
    detail = Text(
        en="Follow the request that is there: /v1/privacy-requests/{request_id}. Cancel it to begin anew.",
        he="ניתן לעקוב אחר הבקשה הקיימת: ‎/v1/privacy-requests/{request_id}‎. כדי להתחיל מחדש יש לבטל אותה.",
    )

    def __init__(self, *, request_id: object) -> None:
        super().__init__(request_id=request_id)


class NothingToConfirm(Conflict):
    """Only an erasure that waits for it is confirmed."""

    code = "nothing_to_confirm"
    title = Text(en="Nothing waits for your word here", he="אין כאן דבר הממתין לאישורך")
    detail = Text(
        en="The request is {state}. To erase what is known of you, ask for an erasure and confirm it within 24 hours.",
        he="מצב הבקשה: {state}. כדי למחוק את המידע עליך, יש להגיש בקשת מחיקה ולאשר אותה בתוך 24 שעות.",
    )

    def __init__(self, *, state: Text) -> None:
        super().__init__(state=state)


class TooLateToCancel(Conflict):
    """What is done or under way is not called back."""

    code = "too_late_to_cancel"
    title = Text(en="It is too late to cancel this", he="מאוחר מדי לבטל")
    detail = Text(
        en="The request is {state}. Only what has not begun can be cancelled.",
        he="מצב הבקשה: {state}. ניתן לבטל רק מה שטרם התחיל.",
    )

    def __init__(self, *, state: Text) -> None:
        super().__init__(state=state)


class HoldReleased(Conflict):
    """A hold ends once."""

    code = "hold_released"
    title = Text(en="This hold has ended already", he="העיכוב הזה כבר הסתיים")
    detail = Text(
        en="Nothing is held by it any more. Place a new one if the law wants these records kept.",
        he="הוא אינו מעכב עוד דבר. אם החוק מחייב לשמור את הרשומות, יש להציב עיכוב חדש.",
    )
