"""What shares and publications refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid, NotAllowed
from services.core.kit.texts import Text


class MoveRefused(Conflict):
    """A publication is not in a state that allows this."""

    code = "publication_state"
    title = Text(en="Not possible in this state", he="לא אפשרי במצב זה")
    detail = Text(
        en="The publication is {current} and cannot become {wanted}. Read it again for its next step.",
        he="מצב הפרסום הוא {current} ואינו יכול להפוך ל-{wanted}. יש לקרוא אותו שוב לבדיקת הצעד הבא.",
    )


class ShareNotEditable(Conflict):
    """What a person has approved stays as it was approved."""

    code = "share_not_editable"
    title = Text(en="This share is approved", he="השיתוף כבר אושר")
    detail = Text(
        en="What you approved cannot be changed: cancel it first, then word it anew and approve that.",
        he="לא ניתן לשנות מה שאושר: יש לבטל תחילה, לנסח מחדש ולאשר את הנוסח החדש.",
    )


class AlreadyShared(Conflict):
    """The person has an open share of this offer."""

    code = "share_exists"
    title = Text(en="You have a share of this already", he="כבר קיים שיתוף לפריט זה")
    detail = Text(
        en="Go on with the share {share_id}, or cancel it first.",
        he="יש להמשיך עם השיתוף {share_id}, או לבטל אותו תחילה.",
    )


class ContentChanged(Conflict):
    """The person approves something other than what is stored."""

    code = "content_changed"
    title = Text(en="This is not what is stored", he="התוכן אינו תואם למה ששמור")
    detail = Text(
        en="The text or link differs from what you looked at. Read the share again, and approve its content_hash.",
        he="הטקסט או הקישור שונים ממה שהוצג. יש לקרוא שוב את השיתוף ולאשר את ה-content_hash שלו.",
    )


class DisclosureMissing(Invalid):
    """The program requires a disclosure that the text does not have."""

    code = "disclosure_missing"
    title = Text(en="The disclosure is missing", he="חסר גילוי נאות")
    detail = Text(
        en="Say near the top, within the first three lines, who you work for: “{disclosure}”.",
        he="יש לציין בתחילת הטקסט, בשלוש השורות הראשונות, עבור מי את/ה עובד/ת: „{disclosure}”.",
    )


class PolicyBroken(Conflict):
    """The text hits a rule of the policy."""

    code = "policy_rule"
    title = Text(en="A rule stands against this text", he="כלל במדיניות אינו מאפשר טקסט זה")
    detail = Text(
        en="Change the places listed under errors, and approve again.",
        he="יש לשנות את המקומות המופיעים תחת errors ולאשר מחדש.",
    )


class ConnectionNotUsable(Conflict):
    """The connection cannot be used for this."""

    code = "connection_not_usable"
    title = Text(en="This connection cannot be used", he="לא ניתן להשתמש בחיבור זה")
    detail = Text(
        en="It is {state}, or does not reach {network}. Connect or confirm your account first.",
        he="מצבו {state}, או שאינו מגיע אל {network}. יש לחבר או לאשר את החשבון תחילה.",
    )


class TimePassed(Invalid):
    """The chosen time lies in the past."""

    code = "time_in_the_past"
    title = Text(en="This time has passed", he="המועד כבר חלף")
    detail = Text(
        en="{local} in {zone} was {at}. Choose a later time.",
        he="{local} ב-{zone} היה {at}. יש לבחור מועד מאוחר יותר.",
    )


class DuplicateContent(Conflict):
    """The same content went or goes out through this account within a day."""

    code = "duplicate_content"
    title = Text(en="You have planned or posted this already", he="תוכן זה כבר תוכנן או פורסם")
    detail = Text(
        en="The same text and link is planned or was posted through this account within 24 hours. "
        "Change the text, or set allow_duplicate if you mean it.",
        he="אותו טקסט וקישור תוכננו או פורסמו דרך חשבון זה ב-24 השעות האחרונות. "
        "יש לשנות את הטקסט, או לסמן allow_duplicate אם זו הכוונה.",
    )


class SentAgainAlready(Conflict):
    """The person has sent this one again; the newer one goes its own way."""

    code = "already_sent_again"
    title = Text(en="You have sent it again already", he="כבר נשלח שוב")
    detail = Text(
        en="The publication {successor} stands for this one now. Look at that one.",
        he="הפרסום {successor} מחליף את זה. יש להמשיך משם.",
    )


class RiskNotAcknowledged(Conflict):
    """Sending again might make a second post."""

    code = "duplicate_risk"
    title = Text(en="It may be out already", he="ייתכן שכבר פורסם")
    detail = Text(
        en="We can't tell whether the first one went out. Look at your profile; then send acknowledge_duplicate_risk.",
        he="איננו יודעים אם הפרסום הראשון יצא. יש לבדוק בפרופיל, ואז לשלוח acknowledge_duplicate_risk.",
    )


class ProgramNotOpen(NotAllowed):
    """The program does not share right now."""

    code = "program_not_open"
    title = Text(en="This program does not share now", he="התוכנית אינה משתפת כעת")
    detail = Text(
        en="The program is {state}; sharing is possible while it is quiet or loud.",
        he="מצב התוכנית הוא {state}; ניתן לשתף כשהיא quiet או loud.",
    )
