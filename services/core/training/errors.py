"""What training refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.core.kit.errors import Conflict, DomainError, FieldProblem, Invalid, Kind
from services.core.kit.texts import Language, Text, pick
from services.core.training.rules import NextSession


@dataclass(frozen=True)
class ToLearn:
    """A module that keeps somebody from sharing, and the ways to it."""

    module_id: UUID
    title: dict[str, str]
    #: None = nothing is said of what was.
    is_expired: bool | None
    has_quiz: bool
    next_session: NextSession | None
    to_acknowledge: tuple[UUID, ...] = ()


_NEVER = Text(en="“{title}” is not completed.", he="ההדרכה „{title}” טרם הושלמה.")
_EXPIRED = Text(
    en="Your certificate for “{title}” has run out.",
    he="תוקף ההסמכה שלך ב„{title}” פג.",
)
_SESSION = Text(
    en="The next session is on {day} at {hour} ({zone}): take a seat with POST to /v1/me/training-enrolments, "
    "session_id {session}.",
    he="המפגש הבא יתקיים ב-{day} בשעה {hour} ({zone}): להרשמה יש לשלוח POST אל ‎/v1/me/training-enrolments‎ "
    "עם session_id {session}.",
)
_QUIZ = Text(
    en="The quiz is at /v1/me/training-modules/{module}/quiz.",
    he="המבחן נמצא ב-‎/v1/me/training-modules/{module}/quiz‎.",
)
_ACKNOWLEDGE = Text(
    en="Read the policy and agree to it first (versions {versions}).",
    he="יש לקרוא תחילה את המדיניות ולאשר אותה (גרסאות {versions}).",
)
_NOTHING_PLANNED = Text(
    en="No session is planned yet: ask the program's manager for one.",
    he="עדיין לא תוכנן מפגש: יש לפנות למנהלי התוכנית.",
)


def how_to(one: ToLearn, language: Language) -> str:
    """What is missing and how to get it, in a sentence or two."""
    found = pick(one.title, language.value)
    said = []
    if one.is_expired is not None:
        title = found[1] if found else one.module_id
        said.append((_EXPIRED if one.is_expired else _NEVER).in_language(language, title=title))
    if one.to_acknowledge:
        said.append(_ACKNOWLEDGE.in_language(language, versions=", ".join(map(str, one.to_acknowledge))))
    if one.has_quiz:
        said.append(_QUIZ.in_language(language, module=one.module_id))
    if one.next_session is not None:
        local = datetime.fromisoformat(one.next_session.starts_local)
        said.append(
            _SESSION.in_language(
                language,
                day=f"{local:%Y-%m-%d}",
                hour=f"{local:%H:%M}",
                zone=one.next_session.time_zone,
                session=one.next_session.id,
            )
        )
    if not one.has_quiz and one.next_session is None and not one.to_acknowledge:
        said.append(_NOTHING_PLANNED.in_language(language))
    return " ".join(said)


class TrainingMissing(DomainError):
    """Who lacks a certificate that the program asks for does not share yet."""

    kind = Kind.NOT_ALLOWED
    code = "training_missing"
    title = Text(en="Training comes first", he="יש להשלים הדרכה תחילה")
    detail = Text(
        en="Before you share for this program, complete the training that it asks for. {how}",
        he="לפני השיתוף בתוכנית זו יש להשלים את ההדרכה שהיא דורשת. {how}",
    )

    def __init__(self, missing: Sequence[ToLearn]) -> None:
        self.missing = tuple(missing)
        super().__init__(how=" ".join(how_to(one, Language.EN) for one in missing))

    def in_language(self, language: Language) -> str:
        """Each module by its title in the reader's language, with the next session and the quiz."""
        return self.detail.in_language(language, how=" ".join(how_to(one, language) for one in self.missing))

    def extension(self, language: Language) -> dict[str, object]:
        """The modules by id, for programs."""
        return {
            "missing": [
                {
                    "module_id": str(one.module_id),
                    "is_expired": one.is_expired,
                    "quiz": f"/v1/me/training-modules/{one.module_id}/quiz" if one.has_quiz else None,
                    "next_session_id": str(one.next_session.id) if one.next_session else None,
                    "next_session_at": one.next_session.starts_at.isoformat() if one.next_session else None,
                }
                for one in self.missing
            ]
        }


class QuizNeeded(Invalid):
    """What is completed by a quiz has one."""

    code = "quiz_needed"
    title = Text(en="There is no quiz", he="אין מבחן")
    detail = Text(
        en="A module that is completed by a quiz needs questions. Give `quiz`, or another `completion`.",
        he="הדרכה שמושלמת במבחן צריכה שאלות. יש לתת quiz, או completion אחר.",
    )


class ModuleArchived(Conflict):
    """What is archived is not taught any more."""

    code = "module_archived"
    title = Text(en="This module is archived", he="הדרכה זו הועברה לארכיון")
    detail = Text(
        en="Take it out of the archive with PATCH (`is_archived`: false), or choose another module.",
        he="ניתן להחזיר אותה מהארכיון ב-PATCH ‏(`is_archived`: false), או לבחור הדרכה אחרת.",
    )


class GateCannotOpen(Conflict):
    """A gate that nobody could open would lock everybody out."""

    code = "gate_cannot_open"
    title = Text(en="Nobody could complete this module", he="לא ניתן להשלים הדרכה זו")
    detail = Text(
        en="The module {module_id} would keep everybody from sharing: give it a quiz, or plan a session of it for this "
        "program first.",
        he="ההדרכה {module_id} תחסום לכולם את השיתוף: יש להוסיף לה מבחן, או לתכנן תחילה מפגש שלה בתוכנית זו.",
    )


class SessionNotOpen(Conflict):
    """A session that has begun, is over or is cancelled does not change any more."""

    code = "session_not_open"
    title = Text(en="This session is not open any more", he="מפגש זה כבר אינו פתוח")
    detail = Text(
        en="It has begun, was held or was cancelled. Choose another session.",
        he="המפגש החל, התקיים או בוטל. יש לבחור מפגש אחר.",
    )


class SessionNotBegun(Conflict):
    """Who was there is written down once it has begun."""

    code = "session_not_begun"
    title = Text(en="This session has not begun", he="המפגש טרם החל")
    detail = Text(
        en="Record attendance from its start at {starts_at} on. A cancelled session has none.",
        he="ניתן לרשום נוכחות החל מתחילת המפגש ב-{starts_at}. במפגש שבוטל אין נוכחות.",
    )


class FewerSeatsThanTaken(Conflict):
    """A seat that somebody has taken is not taken away."""

    code = "seats_taken"
    title = Text(en="More seats are taken", he="תפוסים יותר מקומות")
    detail = Text(
        en="{taken} seats are taken already. Give at least as many.",
        he="מספר המקומות שכבר תפוסים: {taken}. יש לקבוע לפחות מספר זה.",
    )


class AlreadyEnrolled(Conflict):
    """One seat each."""

    code = "already_enrolled"
    title = Text(en="Already in this session", he="כבר במפגש זה")
    detail = Text(
        en="There is an enrolment already. There is nothing to do.",
        he="כבר קיימת הרשמה. אין צורך בפעולה.",
    )


class EnrolmentClosed(Conflict):
    """What has been is left as it was."""

    code = "enrolment_closed"
    title = Text(en="This enrolment does not change any more", he="הרשמה זו כבר אינה ניתנת לשינוי")
    detail = Text(
        en="The session has begun or the seat was given back. Take a seat in another session.",
        he="המפגש החל או שהמקום פונה. ניתן להירשם למפגש אחר.",
    )


class AcknowledgeFirst(Conflict):
    """Conduct in networks is learned with the policy."""

    code = "acknowledge_first"
    title = Text(en="Agree to the policy first", he="יש לאשר תחילה את המדיניות")
    detail = Text(
        en="This training belongs to the policy. Read it and agree to it with POST to "
        "/v1/policies/{policy_id}/acknowledgements (versions {versions}), then answer the quiz.",
        he="הדרכה זו שייכת למדיניות. יש לקרוא אותה ולאשר אותה ב-POST אל "
        "‎/v1/policies/{policy_id}/acknowledgements‎ (גרסאות {versions}), ואז לענות על המבחן.",
    )


class NoTriesLeft(Conflict):
    """A quiz is not guessed through."""

    code = "no_tries_left"
    title = Text(en="No try is left for now", he="לא נותרו ניסיונות כרגע")
    detail = Text(
        en="You can try again from {next_at} on. Nobody is told how often you tried. A session may be another way: see "
        "/v1/me/training.",
        he="ניתן לנסות שוב החל מ-{next_at}. איש אינו מקבל מידע על מספר הניסיונות שלך. ייתכן שגם מפגש הוא דרך: ראו "
        "‎/v1/me/training‎.",
    )


class BudgetMissing(Conflict):
    """What costs money has a budget."""

    code = "budget_missing"
    title = Text(en="There is no training budget", he="אין תקציב הדרכה")
    detail = Text(
        en="Set one with PUT to /v1/programs/{program_id}/training-budget, in {currency}.",
        he="יש לקבוע תקציב ב-PUT אל ‎/v1/programs/{program_id}/training-budget‎, במטבע {currency}.",
    )


class BudgetExceeded(Conflict):
    """A budget is exceeded only by who may, with a reason."""

    code = "budget_exceeded"
    title = Text(en="This exceeds the training budget", he="חריגה מתקציב ההדרכה")
    detail = Text(
        en="{used} {currency} of {amount} {currency} would be planned, bound or spent. Make it smaller, raise the "
        "budget, or let somebody with the permission training.overspend send it with `override_reason`.",
        he="{used} {currency} מתוך {amount} {currency} יהיו מתוכננים, מחויבים או מנוצלים. יש להקטין, להגדיל את התקציב, "
        "או לבקש ממי שיש לו ההרשאה training.overspend לשלוח עם override_reason.",
    )


_OTHER_CURRENCY = Text(
    en="The budget of this program is in {currency}. Give the amount in it.",
    he="התקציב של תוכנית זו הוא ב-{currency}. יש לתת את הסכום במטבע זה.",
)
_CURRENCY_FIXED = Text(
    en="There are entries in {currency} already. Keep it.",
    he="כבר קיימות רשומות ב-{currency}. יש להשאיר מטבע זה.",
)
_ENDS_FIRST = Text(en="A session ends after it starts.", he="סיום המפגש צריך להיות מאוחר מתחילתו.")
_IN_THE_PAST = Text(en="Choose a start that lies ahead.", he="יש לבחור מועד התחלה עתידי.")
_WHERE = Text(en="Give a place or a meeting link.", he="יש לתת מקום או קישור למפגש.")
_OTHER_PROGRAM = Text(en="This module belongs to another program.", he="הדרכה זו שייכת לתוכנית אחרת.")
_TWICE = Text(en="This module is there already.", he="הדרכה זו כבר מופיעה.")
_GATES_ARE_MANDATORY = Text(en="What keeps people from sharing is mandatory.", he="הדרכה שמתנה את השיתוף היא חובה.")
_NOT_A_MEMBER = Text(
    en="This person is not in the program. Invite them to the program first.",
    he="אדם זה אינו בתוכנית. יש להזמין אותו תחילה לתוכנית.",
)
_NO_SEAT = Text(en="Nobody of this id has a seat in the session.", he="לבעל/ת מזהה זה אין מקום במפגש.")
_NO_QUESTION = Text(en="The quiz has no such question.", he="אין שאלה כזו במבחן.")


def other_currency(pointer: str, currency: str) -> Invalid:
    """An amount in another currency than the budget's."""
    return Invalid(problems=[FieldProblem(pointer, "other_currency", _OTHER_CURRENCY, {"currency": currency})])


def currency_fixed(currency: str) -> Invalid:
    """The currency of a budget that has entries."""
    return Invalid(problems=[FieldProblem("/currency", "currency_fixed", _CURRENCY_FIXED, {"currency": currency})])


def ends_first() -> FieldProblem:
    """A session that ends before it starts."""
    return FieldProblem("/ends_local", "ends_first", _ENDS_FIRST)


def in_the_past() -> FieldProblem:
    """A session that starts before now."""
    return FieldProblem("/starts_local", "time_in_the_past", _IN_THE_PAST)


def nowhere() -> FieldProblem:
    """A session without a place."""
    return FieldProblem("/place", "missing", _WHERE)


def other_program(pointer: str) -> FieldProblem:
    """A module of another program."""
    return FieldProblem(pointer, "other_program", _OTHER_PROGRAM)


def named_twice(pointer: str) -> FieldProblem:
    """A module twice in a curriculum."""
    return FieldProblem(pointer, "twice", _TWICE)


def gates_are_mandatory(pointer: str) -> FieldProblem:
    """A gate that is not mandatory."""
    return FieldProblem(pointer, "must_be_mandatory", _GATES_ARE_MANDATORY)


def not_a_member() -> FieldProblem:
    """Somebody who is not in the program."""
    return FieldProblem("/employee_id", "not_a_member", _NOT_A_MEMBER)


def no_seat(place: int) -> FieldProblem:
    """Somebody who has no seat."""
    return FieldProblem(f"/attended/{place}", "no_seat", _NO_SEAT)


def no_question(name: str) -> FieldProblem:
    """An answer to no question."""
    return FieldProblem(f"/answers/{name}", "unknown_value", _NO_QUESTION)
