"""What connections refuse."""

from __future__ import annotations

from services.core.kit.errors import BadRequest, Conflict, NotFound, Unavailable
from services.core.kit.texts import Text


class UnknownConnector(NotFound):
    """No connector of this name is installed."""

    code = "unknown_connector"
    title = Text(en="No such connector", he="אין מחבר כזה")
    detail = Text(
        en="No connector is called {slug}. See /v1/connectors for what is installed.",
        he="אין מחבר בשם {slug}. ראו ‎/v1/connectors‎ לרשימת המותקנים.",
    )


class CannotPublish(Conflict):
    """This connector is not a road to a person's own profile."""

    code = "connector_cannot_publish"
    title = Text(en="This connector does not publish", he="מחבר זה אינו מפרסם")
    detail = Text(
        en="{slug} neither publishes as a member nor hands over a share link. Choose another connector.",
        he="{slug} אינו מפרסם בשם חבר ואינו מספק קישור לשיתוף. יש לבחור מחבר אחר.",
    )


class NotConfigured(Unavailable):
    """The installation lacks settings of this connector."""

    code = "connector_not_configured"
    title = Text(en="This connector is not set up", he="מחבר זה אינו מוגדר")
    detail = Text(
        en="The operator has to set: {names}.",
        he="על מפעיל המערכת להגדיר: {names}.",
    )


class AlreadyConnected(Conflict):
    """The person has an account connected through this connector."""

    code = "already_connected"
    title = Text(en="An account is connected already", he="כבר מחובר חשבון")
    detail = Text(
        en="Disconnect the connection {connection_id} first, or use it.",
        he="יש לנתק תחילה את החיבור {connection_id}, או להשתמש בו.",
    )


class StateRefused(BadRequest):
    """The network sent somebody back whom we did not send there, or too late, or twice."""

    code = "authorization_state_refused"
    title = Text(en="This sign-in is not valid any more", he="ההתחברות אינה תקפה עוד")
    detail = Text(
        en="Start connecting again from your own account; each attempt works once and for ten minutes.",
        he="יש להתחיל שוב את החיבור מהחשבון שלך; כל ניסיון פועל פעם אחת ולמשך עשר דקות.",
    )


class NothingToConfirm(Conflict):
    """The connection does not wait for its person's yes."""

    code = "nothing_to_confirm"
    title = Text(en="There is nothing to confirm", he="אין מה לאשר")
    detail = Text(
        en="The connection is {state}. Only one that awaits confirmation can be confirmed.",
        he="מצב החיבור הוא {state}. ניתן לאשר רק חיבור הממתין לאישור.",
    )


class CodeRefused(Conflict):
    """The code is not the one that was shown after allowing us at the network."""

    code = "confirmation_code_refused"
    title = Text(en="This is not the code", he="הקוד אינו נכון")
    detail = Text(
        en="Enter the code from the page that came after you allowed the connection. After {most} wrong codes you "
        "have to connect again.",
        he="יש להזין את הקוד מהדף שהוצג לאחר אישור החיבור. לאחר {most} קודים שגויים יש לחבר מחדש.",
    )


class AccountTaken(Conflict):
    """The account on the network belongs to somebody else here."""

    code = "account_linked_to_another_person"
    title = Text(en="This account is linked to another person", he="חשבון זה מקושר לאדם אחר")
    detail = Text(
        en="Sign in to the network with your own account, and connect again.",
        he="יש להיכנס לרשת עם החשבון שלך ולחבר מחדש.",
    )
