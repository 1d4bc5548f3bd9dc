"""What content refuses."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid
from services.core.kit.texts import Text


class WrongItemState(Conflict):
    """The item is in a state that does not allow this."""

    code = "wrong_item_state"
    title = Text(en="Not in this state", he="לא ניתן לבצע במצב הנוכחי")
    detail = Text(
        en="The item is {state}; this needs it to be: {needed}. What was offered is not changed any more: withdraw "
        "it and write a new item.",
        he="מצב הפריט: {state}. המצב הנדרש לפעולה זו: {needed}. פריט שכבר הוצע אינו משתנה עוד: יש למשוך אותו "
        "ולכתוב פריט חדש.",
    )


class ItemExpired(Conflict):
    """The item's time is over."""

    code = "item_expired"
    title = Text(en="This item has expired", he="תוקף הפריט פג")
    detail = Text(
        en="Its expires_at has passed. Set a later one; the item is then reviewed again.",
        he="המועד expires_at חלף. יש לקבוע מועד מאוחר יותר; הפריט ייבדק אז מחדש.",
    )


class OwnWork(Conflict):
    """Nobody reviews what they wrote."""

    code = "own_work"
    title = Text(en="You wrote this", he="כתבת את הפריט הזה")
    detail = Text(
        en="Whoever worded an item or one of its variants cannot review it. Ask another approver.",
        he="מי שניסח את הפריט או אחת מגרסאותיו אינו יכול לבדוק אותו. יש לפנות למאשר/ת אחר/ת.",
    )


class VariantExists(Conflict):
    """An item has one variant for a network and language."""

    code = "variant_exists"
    title = Text(en="There is one already", he="כבר קיימת גרסה כזו")
    detail = Text(
        en="The item has a variant for {network} in {language}. Change that one.",
        he="לפריט יש כבר גרסה עבור {network} בשפה {language}. יש לשנות אותה.",
    )


class VariantMissing(Invalid):
    """An item goes to review with a reason to share it in its program's default language."""

    code = "why_share_missing"
    title = Text(en="A reason to share is missing", he="חסרה סיבה לשיתוף")
    detail = Text(
        en="Add a variant with why_share in the program's default language ({language}), then submit again.",
        he="יש להוסיף גרסה עם why_share בשפת ברירת המחדל של התוכנית ({language}), ואז להגיש שוב.",
    )


class ProgramNotLaunched(Conflict):
    """Content is offered in a launched program only."""

    code = "program_not_launched"
    title = Text(en="The program is not running", he="התוכנית אינה פעילה")
    detail = Text(
        en="The program is {state}. Content is offered while it is launched, quietly or loudly.",
        he="מצב התוכנית: {state}. תוכן מוצע רק בזמן השקה שקטה או רחבה.",
    )


class SecondApprovalNeeded(Conflict):
    """An item for many people is approved by two different reviewers."""

    code = "second_approval_needed"
    title = Text(en="A second approval is needed", he="נדרש אישור שני")
    detail = Text(
        en="This would reach {people} people. Over {limit}, two different reviewers have to approve the item.",
        he="הפריט יוצע ל-{people} אנשים. מעל {limit} נדרש אישור של שני בודקים שונים.",
    )


class FunctionApprovalNeeded(Conflict):
    """The program's rules ask for the approval of certain functions."""

    code = "function_approval_needed"
    title = Text(en="Another approval is needed", he="נדרש אישור נוסף")
    detail = Text(
        en="Content about its topics is approved by: {functions}. Ask somebody who has that function in the program "
        "(GET /v1/programs/…/responsibilities says who) to approve it.",
        he="תוכן בנושאים אלה טעון אישור של: {functions}. יש לבקש את אישורם של בעלי התפקיד בתוכנית "
        "(ראו GET /v1/programs/…/responsibilities).",
    )


class NotYetAvailable(Conflict):
    """The item's time has not come."""

    code = "item_not_yet_available"
    title = Text(en="Not yet", he="עדיין לא")
    detail = Text(
        en="It can be offered from {available_from} on. Wait, or set an earlier available_from.",
        he="ניתן להציע אותו החל מ-{available_from}. יש להמתין, או לקבוע available_from מוקדם יותר.",
    )


class TopicExists(Conflict):
    """There is one topic for a slug."""

    code = "topic_exists"
    title = Text(en="There is one already", he="כבר קיים נושא כזה")
    detail = Text(
        en="A topic has the slug {slug}. Use that one, or rename it.",
        he="כבר קיים נושא עם המזהה {slug}. יש להשתמש בו, או לשנות את שמו.",
    )


class TopicMerged(Conflict):
    """A topic that was merged is kept only so that old names lead on."""

    code = "topic_merged"
    title = Text(en="This topic was merged", he="הנושא מוזג")
    detail = Text(
        en="“{slug}” has become “{into}”. Change that one.", he="„{slug}” הפך ל-„{into}”. יש לשנות את „{into}”."
    )


class OfferClosed(Conflict):
    """The offer can no longer be used."""

    code = "offer_closed"
    title = Text(en="This offer is closed", he="ההצעה נסגרה")
    detail = Text(
        en="It was withdrawn, used, or its time is over. Look at your other offers.",
        he="ההצעה נמשכה, נוצלה או שתוקפה פג. ניתן לעיין בהצעות האחרות.",
    )
