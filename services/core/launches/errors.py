"""What launches refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid, PreconditionFailed
from services.core.kit.texts import Text


class NotQuiet(Conflict):
    """Gates are those of a quiet launch."""

    code = "not_quiet"
    title = Text(en="Not launched quietly", he="לא בהשקה שקטה")
    detail = Text(
        en="Gates are looked at while a program is launched quietly; this one is {state}. What was found before stays "
        "readable.",
        he="השערים נבדקים כל עוד התוכנית בהשקה שקטה; מצבה הנוכחי: {state}. מה שנמצא קודם לכן נשאר זמין לקריאה.",
    )


class NotAMember(Conflict):
    """Only a program's ambassadors are presented at its launch."""

    code = "not_a_member"
    title = Text(en="For members only", he="לחברי התוכנית בלבד")
    detail = Text(
        en="Only members of a program can let its launch kit present them. Join it first.",
        he="רק חברי התוכנית יכולים לאשר הצגה שלהם בערכת ההשקה. יש להצטרף אליה תחילה.",
    )


class ProfileFirst(Conflict):
    """A picture goes with words."""

    code = "profile_first"
    title = Text(en="Write your words first", he="יש לכתוב תחילה את הטקסט")
    detail = Text(
        en="Say how you want to be presented first: PUT /v1/me/launch-profiles/{program}.",
        he="יש לכתוב תחילה כיצד להציג אותך: ‎PUT /v1/me/launch-profiles/{program}‎.",
    )


class NotWhatWasRead(PreconditionFailed):
    """A yes is for exactly what was read."""

    code = "content_changed"
    title = Text(en="It is not what you read", he="התוכן השתנה מאז שנקרא")
    detail = Text(
        en="Your words or your picture have changed since. Read the profile again and approve what it shows now.",
        he="הטקסט או התמונה השתנו מאז. יש לקרוא את הפרופיל שוב ולאשר את מה שמוצג בו כעת.",
    )


class NotPublished(Conflict):
    """Only what is out can be an example."""

    code = "not_published"
    title = Text(en="Not published", he="לא פורסם")
    detail = Text(
        en="Only a post that is known to be out can be shown as an example.",
        he="רק פוסט שידוע כי פורסם יכול לשמש דוגמה.",
    )


class PhotoRefused(Invalid):
    """The picture cannot be used."""

    code = "photo_refused"
    title = Text(en="This picture cannot be used", he="לא ניתן להשתמש בתמונה זו")
    detail = Text(
        en="Send a JPEG, PNG or WebP picture of at most {limit} bytes as the body.",
        he="יש לשלוח כגוף הבקשה תמונת JPEG, PNG או WebP של עד {limit} בתים.",
    )
