"""What organizations refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid, NotAllowed, Unauthenticated
from services.core.kit.texts import Text


class NotAPerson(NotAllowed):
    """Only a person may do this, for themselves, with their own key."""

    code = "person_required"
    title = Text(en="Only the person can do this", he="רק האדם עצמו יכול לעשות זאת")
    detail = Text(
        en="This belongs to a person. Use that person's own key, from the one-time link in their invitation; "
        "no other key can act for them.",
        he="פעולה זו שייכת לאדם עצמו. יש להשתמש במפתח האישי שהתקבל דרך הקישור החד-פעמי בהזמנה; "
        "שום מפתח אחר אינו יכול לפעול בשמו.",
    )


class OperatorRequired(NotAllowed):
    """Only whoever runs this installation may do this."""

    code = "operator_required"
    title = Text(en="Only the operator can do this", he="רק מפעיל המערכת יכול לעשות זאת")
    detail = Text(
        en="Use the operator key of this installation.",
        he="יש להשתמש במפתח המפעיל של התקנה זו.",
    )


class TokenRefused(Unauthenticated):
    """The one-time link was used, has run out, or never was."""

    code = "one_time_token_refused"
    title = Text(en="This link does not work any more", he="הקישור אינו פעיל עוד")
    detail = Text(
        en="One-time links work once, for a limited time. Ask whoever invited you to send a new one.",
        he="קישור חד-פעמי פועל פעם אחת ולזמן מוגבל. יש לבקש קישור חדש ממי ששלח את ההזמנה.",
    )


class TooManyKeys(Conflict):
    """A holder may have two live keys at once: one in use, one to rotate to."""

    code = "too_many_keys"
    title = Text(en="Two live keys are the most", he="ניתן להחזיק שני מפתחות פעילים לכל היותר")
    detail = Text(
        en="Revoke one of the live keys with this name first.",
        he="יש לבטל תחילה אחד מהמפתחות הפעילים בשם זה.",
    )


class GrantExists(Conflict):
    """The person already has that role."""

    code = "role_already_granted"
    title = Text(en="This role was given already", he="תפקיד זה כבר הוענק")
    detail = Text(en="There is nothing to do.", he="אין צורך בפעולה נוספת.")


class LastOwner(Conflict):
    """An organization keeps at least one owner."""

    code = "last_owner"
    title = Text(en="The last owner stays", he="הבעלים האחרון נשאר")
    detail = Text(
        en="Give somebody else the role owner first.",
        he="יש להעניק תחילה את תפקיד הבעלים לאדם אחר.",
    )


class UnknownScopes(Invalid):
    """A scope is not the name of a permission."""

    code = "unknown_scope"
    title = Text(en="Unknown scope", he="היקף הרשאה לא מוכר")
    detail = Text(en="Use * or names from: {known}.", he="יש להשתמש ב-* או בשמות מתוך: {known}.")
