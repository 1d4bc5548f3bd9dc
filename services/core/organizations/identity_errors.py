"""What signing in refuses."""

from __future__ import annotations

from services.core.kit.errors import (
    BadRequest,
    Conflict,
    DomainError,
    Invalid,
    Kind,
    NotAllowed,
    NotFound,
    Unauthenticated,
)
from services.core.kit.texts import Text


class CsrfRefused(NotAllowed):
    """A change was asked for with a cookie alone, which another site could have made the browser do."""

    code = "csrf_refused"
    title = Text(en="Not asked for from our own pages", he="הבקשה לא הגיעה מהדפים שלנו")
    detail = Text(
        en="Read csrf_token from GET /v1/auth/session and send it in the header X-CSRF-Token, from an origin of this "
        "installation.",
        he="יש לקרוא את csrf_token מ-GET /v1/auth/session ולשלוח אותו בכותרת X-CSRF-Token, ממקור השייך להתקנה זו.",
    )


class NoProvider(NotFound):
    """The organization has no identity provider, or there is no such organization."""

    code = "no_identity_provider"
    title = Text(en="No sign-in here", he="אין כאן כניסה")
    detail = Text(
        en="This organization has no identity provider. Check the address, or ask for a sign-in link by mail.",
        he="לארגון זה אין ספק זהויות. יש לבדוק את הכתובת או לבקש קישור כניסה בדואר.",
    )


class ReturnRefused(BadRequest):
    """The page to come back to is not one of ours."""

    code = "return_to_refused"
    title = Text(en="We do not lead there", he="איננו מפנים לכתובת זו")
    detail = Text(
        en="return_to has to be a path here, such as /docs, or a page of an origin in ADVOCACY_CORS_ORIGINS.",
        he="על return_to להיות נתיב כאן, למשל ‎/docs‎, או דף של מקור הרשום ב-ADVOCACY_CORS_ORIGINS.",
    )


class SignInLost(Unauthenticated):
    """The way back from the identity provider is not one that this browser began, or it was used or took too long."""

    code = "sign_in_lost"
    title = Text(en="Please sign in again", he="יש להיכנס שוב")
    detail = Text(
        en="This sign-in was used, took longer than ten minutes, or began in another browser. Start it again here.",
        he="כניסה זו כבר נוצלה, ארכה יותר מעשר דקות או התחילה בדפדפן אחר. יש להתחיל אותה מחדש כאן.",
    )


class ProviderSaidNo(Unauthenticated):
    """The identity provider did not let the person in, or the person did not want to."""

    code = "provider_said_no"
    title = Text(en="Not signed in", he="הכניסה לא הושלמה")
    detail = Text(
        en="Your organization's sign-in did not let you in. Start again, or ask your administrator.",
        he="מערכת הכניסה של הארגון לא אישרה את הכניסה. ניתן להתחיל מחדש או לפנות למנהל/ת המערכת.",
    )


class ProviderNotTrusted(Unauthenticated):
    """What came back does not prove who the person is: another issuer, a wrong signature, another audience, too old."""

    code = "identity_not_proven"
    title = Text(en="We could not make sure who you are", he="לא הצלחנו לאמת את זהותך")
    detail = Text(
        en="What your organization's sign-in sent does not hold. Start again; if it stays, tell your administrator.",
        he="התשובה ממערכת הכניסה של הארגון אינה תקפה. יש להתחיל מחדש; אם זה חוזר, יש לפנות למנהל/ת המערכת.",
    )


class NotKnownHere(NotAllowed):
    """The identity provider knows the person and we do not."""

    code = "person_not_known"
    title = Text(en="We do not know this account", he="החשבון אינו מוכר")
    detail = Text(
        en="You are signed in at your organization, but this account belongs to nobody here. Open the link in your "
        "invitation first, or ask your administrator.",
        he="הכניסה בארגון הצליחה, אך החשבון אינו משויך לאיש כאן. יש לפתוח תחילה את הקישור שבהזמנה, "
        "או לפנות למנהל/ת המערכת.",
    )


class NotInvited(NotAllowed):
    """The organization lets in only people who were invited."""

    code = "not_invited"
    title = Text(en="By invitation", he="הכניסה בהזמנה בלבד")
    detail = Text(
        en="Only people who were invited can sign in here. Ask whoever runs the programme for an invitation.",
        he="רק מי שקיבלו הזמנה יכולים להיכנס לכאן. ניתן לבקש הזמנה ממי שמנהל את התוכנית.",
    )


class DomainRefused(NotAllowed):
    """The mail address of the account is not of the organization's domains."""

    code = "mail_domain_refused"
    title = Text(en="Use your work account", he="יש להשתמש בחשבון העבודה")
    detail = Text(
        en="Sign in with an account whose confirmed address is at one of your organization's domains.",
        he="יש להיכנס עם חשבון שכתובתו המאומתת שייכת לאחד הדומיינים של הארגון.",
    )


class InvitationOfAnother(NotAllowed):
    """The invitation went to one mailbox, and the account has another."""

    code = "invitation_of_another"
    title = Text(en="This invitation is somebody else's", he="ההזמנה מיועדת למישהו אחר")
    detail = Text(
        en="The account you signed in with has another address than the invitation. Open your own invitation.",
        he="לחשבון ששימש לכניסה יש כתובת שונה מזו שבהזמנה. יש לפתוח את ההזמנה שנשלחה אליך.",
    )


class IssuerUnusable(Invalid):
    """The issuer does not answer as an OpenID provider does."""

    code = "issuer_unusable"
    title = Text(en="This is no identity provider that we can use", he="לא ניתן להשתמש בספק זהויות זה")
    detail = Text(
        en="Give the issuer exactly as its own /.well-known/openid-configuration says it: {reason}.",
        he="יש לציין את issuer בדיוק כפי שהוא מופיע ב-‎/.well-known/openid-configuration‎ שלו: {reason}.",
    )


class AudienceNotApart(Invalid):
    """Tokens for the API and tokens that prove a sign-in would be the same."""

    code = "audience_not_apart"
    title = Text(en="The audience has to be its own", he="על audience להיות ערך נפרד")
    detail = Text(
        en="Give an audience other than client_id: tokens made for signing in must not open the API.",
        he="יש לבחור audience שונה מ-client_id: אסימון שנועד לכניסה אינו אמור לפתוח את ה-API.",
    )


class ProviderExists(Conflict):
    """The organization has this identity provider already."""

    code = "identity_provider_exists"
    title = Text(en="This identity provider is there already", he="ספק זהויות זה כבר מוגדר")
    detail = Text(en="Change the one that exists.", he="יש לשנות את ההגדרה הקיימת.")


class TooManyLinks(DomainError):
    """More sign-in links were asked for than a person needs."""

    kind = Kind.TOO_MANY
    code = "too_many_requests"
    title = Text(en="Please wait a little", he="נא להמתין מעט")
    detail = Text(
        en="Too many links were asked for. Look into your mailbox, and try again in an hour.",
        he="נתבקשו יותר מדי קישורים. כדאי לבדוק את תיבת הדואר ולנסות שוב בעוד שעה.",
    )
