"""What connections refuse."""

from __future__ import annotations

from services.core.kit.errors import BadRequest, Conflict, NotFound, Unauthenticated, Unavailable
from services.core.kit.texts import Text


class NoticeRefused(Unauthenticated):
    """A notification that is not genuine, or too old."""

    code = "webhook_refused"
    title = Text(en="This notification is refused", he="ההודעה נדחתה")
    detail = Text(
        en="Its signature does not fit, or it was sent more than five minutes ago. Check the secret and the clock.",
        he="החתימה אינה תואמת, או שההודעה נשלחה לפני יותר מחמש דקות. יש לבדוק את הסוד ואת השעון.",
    )


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
        en="Use the connection {connection_id}. To renew its access, POST to "
        "/v1/me/connections/{connection_id}/reconnect; to link another account, disconnect it first.",
        he="ניתן להשתמש בחיבור {connection_id}. לחידוש הגישה יש לשלוח POST אל "
        "‎/v1/me/connections/{connection_id}/reconnect‎; לחיבור חשבון אחר יש לנתק אותו תחילה.",
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
        he="מצב החיבור: {state}. ניתן לאשר רק חיבור הממתין לאישור.",
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


class GrantNotCredible(Unavailable):
    """The network's answer about the access it grants cannot be right."""

    code = "grant_not_credible"
    title = Text(en="The network's answer is not usable", he="תשובת הרשת אינה שמישה")
    detail = Text(
        en="The network answered with an access that cannot be right, so nothing was stored and what you had still "
        "works. Try again later; if it happens again, tell your administrator.",
        he="הרשת החזירה הרשאה שאינה סבירה, ולכן דבר לא נשמר ומה שהיה עדיין פועל. יש לנסות שוב מאוחר יותר; "
        "אם זה חוזר, יש לפנות למנהל/ת המערכת.",
    )


class NothingToReconnect(Conflict):
    """The connection is cut, or needs no sign-in at its network."""

    code = "nothing_to_reconnect"
    title = Text(en="There is nothing to reconnect", he="אין מה לחבר מחדש")
    detail = Text(
        en="This connection is {state} and cannot be signed in again. To link an account, POST to /v1/me/connections.",
        he="מצב החיבור: {state}. לא ניתן להתחבר בו שוב. לחיבור חשבון יש לשלוח POST אל ‎/v1/me/connections‎.",
    )


class NothingToResume(Conflict):
    """Only what was paused can be resumed."""

    code = "nothing_to_resume"
    title = Text(en="There is nothing to resume", he="אין מה לחדש")
    detail = Text(
        en="The connection is {state}. Only one that was paused after failures can be resumed.",
        he="מצב החיבור: {state}. ניתן לחדש רק חיבור שהושהה לאחר כשלים.",
    )


class NothingToCheck(Conflict):
    """Only a connection that stands for an account can be tried."""

    code = "nothing_to_check"
    title = Text(en="There is nothing to check", he="אין מה לבדוק")
    detail = Text(
        en="The connection is {state}. Connect the account first; next_step of the connection says how.",
        he="מצב החיבור: {state}. יש לחבר תחילה את החשבון; next_step של החיבור מסביר כיצד.",
    )
