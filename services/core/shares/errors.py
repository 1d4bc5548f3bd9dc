"""What shares and publications refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.core.kit.errors import Conflict, FieldProblem, Invalid, NotAllowed
from services.core.kit.texts import Language, Text

if TYPE_CHECKING:
    from services.core.shares.timing import TimeCheck
    from services.core.shares.words import Similar


class MoveRefused(Conflict):
    """A publication is not in a state that allows this."""

    code = "publication_state"
    title = Text(en="Not possible in this state", he="לא אפשרי במצב זה")
    detail = Text(
        en="The publication is {current} and cannot become {wanted}. Read it again for its next step.",
        he="מצב הפרסום: {current}. אין מעבר ממנו למצב: {wanted}. יש לקרוא אותו שוב לבדיקת הצעד הבא.",
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
        he="יש לציין בתחילת הטקסט, בשלוש השורות הראשונות, מהו מקום העבודה שלך: „{disclosure}”.",
    )


class PolicyBroken(Conflict):
    """The text hits a rule of the policy."""

    code = "policy_rule"
    title = Text(en="A rule stands against this text", he="כלל במדיניות אינו מאפשר טקסט זה")
    detail = Text(
        en="Change the places listed under errors, and approve again.",
        he="יש לשנות את המקומות המופיעים תחת errors ולאשר מחדש.",
    )


class ReviewNeeded(Conflict):
    """A rule of the policy asks that an editor reads the text first, and only its person can agree to that."""

    code = "policy_review_needed"
    title = Text(en="An editor has to read this first", he="נדרשת קריאה של עורך/ת תחילה")
    detail = Text(
        en="Change the places listed under errors; or send accept_review: then an editor reads your text first, "
        "without your name, and it goes out only if they agree before its time.",
        he="יש לשנות את המקומות המופיעים תחת errors; או לשלוח accept_review: אז עורך/ת יקראו תחילה את הטקסט, בלי שמך, "
        "והוא יפורסם רק אם יאשרו לפני המועד.",
    )


class ConnectionNotUsable(Conflict):
    """The connection cannot be used for this."""

    code = "connection_not_usable"
    title = Text(en="This connection cannot be used", he="לא ניתן להשתמש בחיבור זה")
    detail = Text(
        en="It is {state}, or does not reach {network}. Connect or confirm your account first.",
        he="מצב החיבור: {state}, או שאינו מגיע אל {network}. יש לחבר או לאשר את החשבון תחילה.",
    )


class TimePassed(Invalid):
    """The chosen time lies in the past."""

    code = "time_in_the_past"
    title = Text(en="This time has passed", he="המועד כבר חלף")
    detail = Text(
        en="{local} in {zone} was {at}. Choose a later time.",
        he="{local} ב-{zone} היה {at}. יש לבחור מועד מאוחר יותר.",
    )


class TimeDoesNotFit(Conflict):
    """The chosen time breaks a limit of the person, of the program, or comes too near a colleague's post."""

    code = "time_does_not_fit"
    title = Text(en="This time does not fit", he="המועד אינו מתאים")
    detail = Text(
        en="See errors for what stands against it. The next time that fits is {local} in {zone} (next_good_time): "
        "approve that one, or choose another.",
        he="ראו errors לסיבות. המועד הבא שמתאים הוא {local} ב-{zone} (next_good_time): ניתן לאשר אותו, או לבחור אחר.",
    )

    def __init__(self, checked: TimeCheck) -> None:
        self.proposal = proposal = checked.proposal
        super().__init__(
            problems=[
                FieldProblem("/scheduled_local", reason.code.value, reason.text, reason.values)
                for reason in checked.reasons
            ],
            local=proposal.local.isoformat() if proposal else None,
            zone=proposal.zone if proposal else None,
        )

    def extension(self, language: Language) -> dict[str, object]:
        """``next_good_time``: what to approve instead, or null."""
        return {"next_good_time": self.proposal.document(language) if self.proposal else None}


class NoTimeFits(TimeDoesNotFit):
    """As TimeDoesNotFit, and there is nothing to propose."""

    detail = Text(
        en="See errors for what stands against it. No time within the four weeks after it fits either: "
        "look at your preferences and pauses, or choose a time much later.",
        he="ראו errors לסיבות. גם בארבעת השבועות שאחריו אין מועד מתאים: יש לבדוק את ההעדפות וההפסקות, "
        "או לבחור מועד מאוחר בהרבה.",
    )


class SimilarText(Conflict):
    """Many posts about the item read the same as this one."""

    code = "similar_text"
    title = Text(en="Many colleagues say the same words", he="עמיתים רבים מפרסמים את אותן מילים")
    detail = Text(
        en="Many posts about this item within 24 hours read the same as yours, and readers notice. "
        "Add something of your own; or send keep_similar to keep it as it is.",
        he="פוסטים רבים על פריט זה בתוך 24 שעות נקראים כמו שלך, והקוראים מבחינים בכך. "
        "כדאי להוסיף משהו משלך; או לשלוח keep_similar כדי להשאיר את הטקסט כפי שהוא.",
    )
    needs_review = False

    def __init__(self, similar: Similar) -> None:
        self.advice = similar.advice
        super().__init__(problems=[FieldProblem("/text", "similar_text", text) for text in similar.advice])

    def extension(self, language: Language) -> dict[str, object]:
        """``needs_review``: whether an editor would read it first."""
        return {"needs_review": self.needs_review}


class SimilarTextReviewed(SimilarText):
    """As SimilarText, and so many that an editor would read this one first."""

    detail = Text(
        en="Many posts about this item within 24 hours read the same as yours, and readers notice. "
        "Add something of your own; or send keep_similar: then an editor reads your text first, without your name, "
        "and it goes out only if they agree before its time.",
        he="פוסטים רבים על פריט זה בתוך 24 שעות נקראים כמו שלך, והקוראים מבחינים בכך. "
        "כדאי להוסיף משהו משלך; או לשלוח keep_similar: אז עורך/ת יקראו תחילה את הטקסט, בלי שמך, "
        "והוא יפורסם רק אם יאשרו לפני המועד.",
    )
    needs_review = True


class NotForReview(Conflict):
    """The publication does not wait for an editor (any more)."""

    code = "not_for_review"
    title = Text(en="This text does not wait for you", he="הטקסט אינו ממתין לבדיקה")
    detail = Text(
        en="It was answered, changed or taken back meanwhile. Read the list again.",
        he="כבר ניתנה תשובה, או שהטקסט שונה או בוטל. יש לקרוא את הרשימה שוב.",
    )


class OwnTextReview(NotAllowed):
    """Nobody reviews their own text."""

    code = "own_text_review"
    title = Text(en="This text is yours", he="הטקסט הזה שלך")
    detail = Text(en="Another approver has to read it.", he="נדרשת בדיקה של מאשר/ת אחר/ת.")


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
        he="איננו יודעים אם הפוסט הראשון פורסם. יש לבדוק בפרופיל, ואז לשלוח acknowledge_duplicate_risk.",
    )


class ProgramNotOpen(NotAllowed):
    """The program does not share right now."""

    code = "program_not_open"
    title = Text(en="This program does not share now", he="התוכנית אינה משתפת כעת")
    detail = Text(
        en="The program is {state}; sharing is possible while it is launched, quietly or loudly.",
        he="מצב התוכנית: {state}. ניתן לשתף בזמן השקה שקטה או רחבה.",
    )


class PublishingStopped(Conflict):
    """Somebody has stopped publishing here."""

    code = "publishing_stopped"
    title = Text(en="Publishing is stopped", he="הפרסום נעצר")
    detail = Text(
        en="Nothing goes out here since {since}: “{reason}”. It is not known yet until when. Your draft is kept: "
        "approve it once publishing goes on.",
        he="הפרסום כאן נעצר מאז {since}: „{reason}”. עדיין לא ידוע עד מתי. הטיוטה שלך נשמרת: "
        "ניתן לאשר אותה כשהפרסום יתחדש.",
    )


class StopReleased(Conflict):
    """The stop is over."""

    code = "stop_released"
    title = Text(en="This stop is released already", he="העצירה כבר הוסרה")
    detail = Text(
        en="Publishing goes on here since it was released. To stop again, make a new stop.",
        he="הפרסום כאן התחדש מאז שהעצירה הוסרה. כדי לעצור שוב יש ליצור עצירה חדשה.",
    )


class Embargoed(Conflict):
    """The chosen time is before the end of an embargo."""

    code = "embargo"
    title = Text(en="It may not be out yet", he="עדיין לא ניתן לפרסם זאת")
    detail = Text(
        en="This may not be out before {until}. Choose a later time, and approve again.",
        he="לא ניתן לפרסם זאת לפני {until}. יש לבחור מועד מאוחר יותר ולאשר מחדש.",
    )


class MediaNotPossible(Conflict):
    """The network takes no files through this connection."""

    code = "media_not_possible"
    title = Text(en="Not with these files", he="לא ניתן עם הקבצים האלה")
    detail = Text(
        en="{connector} takes no files from us. Choose another connection, or leave the files out: change the share "
        "with with_media false, look at it again, and approve that.",
        he="{connector} אינה מקבלת מאיתנו קבצים. ניתן לבחור חיבור אחר, או לוותר על הקבצים: יש לשנות את השיתוף "
        "עם with_media false, לעיין בו שוב ולאשר.",
    )


class NothingToDelete(Conflict):
    """Only a post that is out can be deleted."""

    code = "nothing_to_delete"
    title = Text(en="There is no post to delete", he="אין פוסט למחיקה")
    detail = Text(
        en="The publication is {state}, so nothing of it is known to be on the network. What is still planned is "
        "cancelled with POST /v1/publications/{{id}}/cancel.",
        he="מצב הפרסום: {state}, ולכן לא ידוע על פוסט ברשת. מה שעדיין מתוכנן מבטלים עם "
        "‎POST /v1/publications/{{id}}/cancel‎.",
    )


class DeleteByHand(Conflict):
    """We cannot delete this post for its person."""

    code = "delete_by_hand"
    title = Text(en="Only you can delete this post", he="מחיקת הפוסט בידיך בלבד")
    detail = Text(en="{said} {how}", he="{said} {how}")
    _by_hand_alone = Text(en="Nothing was changed.", he="דבר לא שונה.")
    _can_connect = Text(
        en="Your account is not connected now: connect it again and ask once more, or do it yourself.",
        he="החשבון שלך אינו מחובר כעת: אפשר לחבר אותו שוב ולבקש שנית, או למחוק באופן עצמאי.",
    )

    def __init__(self, *, how: Text, can_connect: bool) -> None:
        super().__init__(how=how, said=self._can_connect if can_connect else self._by_hand_alone)
