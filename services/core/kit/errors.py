"""The family of domain errors. Edges turn them into problem documents, SCIM errors or job outcomes.

DomainError
├── Unauthenticated      who are you?                     401
├── NotAllowed           we know you, and may not         403
├── NotFound             there is no such thing for you   404
├── Conflict             not in this state, not now       409
├── PreconditionFailed   the row moved on                 412
├── PreconditionRequired say which version you mean       428
├── BadRequest           the request itself is malformed  400
├── Invalid              a value is wrong or missing      422
├── TooLarge             more bytes than we take          413
├── UnsupportedMedia     not a format we read             415
├── (too many)           ask again later                  429
└── Unavailable          not ours to give right now       503
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from services.core.kit.texts import Language, Text
from services.core.kit.things import THING_NAMES


class Kind(StrEnum):
    """What sort of refusal an error is; the edges map it to their own codes."""

    UNAUTHENTICATED = "unauthenticated"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    PRECONDITION_REQUIRED = "precondition_required"
    BAD_REQUEST = "bad_request"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA = "unsupported_media"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class FieldProblem:
    """One wrong or missing value: where it is (JSON pointer), a stable code, and words that say what to do."""

    pointer: str
    code: str
    message: Text
    values: dict[str, object] = field(default_factory=dict)

    def in_language(self, language: Language) -> str:
        """The message for a reader of ``language``."""
        return self.message.in_language(language, **self.values)


class DomainError(Exception):
    """Something the product refuses to do, with a stable code and words that say what to do next."""

    kind: ClassVar[Kind]
    code: ClassVar[str]
    title: ClassVar[Text]
    detail: ClassVar[Text]

    def __init__(self, *, problems: Sequence[FieldProblem] = (), **values: object) -> None:
        self.problems = tuple(problems)
        self.values = values
        super().__init__(self.detail.in_language(Language.EN, **values))

    def extension(self, language: Language) -> dict[str, object]:
        """Members of the problem document beyond those that each has, in words for a reader of ``language``."""
        return {}

    def in_language(self, language: Language) -> str:
        """The detail for a reader of ``language``."""
        return self.detail.in_language(language, **self.values)


class Unauthenticated(DomainError):
    """The caller has shown no key that we accept."""

    kind = Kind.UNAUTHENTICATED
    code = "unauthenticated"
    title = Text(en="Sign in first", he="יש להזדהות תחילה")
    detail = Text(
        en="Send a valid API key in the header: Authorization: Bearer adv_live_…",
        he="יש לשלוח מפתח תקף בכותרת: Authorization: Bearer adv_live_…",
    )


class NotAllowed(DomainError):
    """The caller is known, and this is not theirs to do."""

    kind = Kind.NOT_ALLOWED
    code = "not_allowed"
    title = Text(en="Not allowed", he="אין הרשאה")
    detail = Text(
        en="This needs the permission {permission}, which your roles do not give. Ask the owner of your organization.",
        he="לפעולה זו נדרשת ההרשאה {permission}, והתפקידים שלך אינם כוללים אותה. יש לפנות לבעלי הארגון.",
    )


class NotFound(DomainError):
    """No such thing, for this caller: a foreign row and a missing one look the same."""

    kind = Kind.NOT_FOUND
    code = "not_found"
    title = Text(en="Not found", he="לא נמצא")
    detail = Text(
        en="There is no {thing} with this id in your organization. Check the id.",
        he="אין בארגון שלך {thing} עם מזהה זה. יש לבדוק את המזהה.",
    )

    def __init__(self, *, problems: Sequence[FieldProblem] = (), thing: str | None = None, **values: object) -> None:
        """``thing``: the code of what is missing, a key of ``THING_NAMES``."""
        self.thing = thing
        if thing is not None:
            values["thing"] = THING_NAMES.get(thing, thing)
        super().__init__(problems=problems, **values)

    def extension(self, language: Language) -> dict[str, object]:
        """``thing``: the code of what is missing, the same in every language."""
        return {} if self.thing is None else {"thing": self.thing}


class Conflict(DomainError):
    """The thing is in a state that does not allow this."""

    kind = Kind.CONFLICT


class Invalid(DomainError):
    """A value is wrong, or something needed is missing; ``problems`` names each."""

    kind = Kind.INVALID
    code = "invalid_request"
    title = Text(en="The request is not valid", he="הבקשה אינה תקינה")
    detail = Text(
        en="Correct the fields listed under errors and send it again.",
        he="יש לתקן את השדות שמופיעים תחת errors ולשלוח שוב.",
    )


class BadRequest(DomainError):
    """The request itself cannot be read."""

    kind = Kind.BAD_REQUEST
    code = "bad_request"
    title = Text(en="The request cannot be read", he="לא ניתן לקרוא את הבקשה")
    detail = Text(
        en="Correct what is listed under errors and send it again.",
        he="יש לתקן את מה שמופיע תחת errors ולשלוח שוב.",
    )


class PreconditionFailed(DomainError):
    """The row has changed since the caller read it."""

    kind = Kind.PRECONDITION_FAILED
    code = "stale_version"
    title = Text(en="It has changed since you read it", he="הפריט השתנה מאז שנקרא")
    detail = Text(
        en="Read it again, look at what changed, and repeat with its new ETag in If-Match.",
        he="יש לקרוא את הפריט שוב, לבדוק מה השתנה ולחזור על הפעולה עם ה-ETag החדש ב-If-Match.",
    )


class PreconditionRequired(DomainError):
    """The caller has to say which version of the row it means."""

    kind = Kind.PRECONDITION_REQUIRED
    code = "if_match_required"
    title = Text(en="Say which version you change", he="יש לציין איזו גרסה משתנה")
    detail = Text(
        en="Read the resource, and send its ETag in the header If-Match.",
        he="יש לקרוא את הפריט ולשלוח את ה-ETag שלו בכותרת If-Match.",
    )


class TooLarge(DomainError):
    """More bytes than this address takes."""

    kind = Kind.TOO_LARGE
    code = "too_large"
    title = Text(en="Too large", he="גדול מדי")
    detail = Text(en="Send at most {limit} bytes.", he="ניתן לשלוח עד {limit} בתים.")


class UnsupportedMedia(DomainError):
    """The body is in a format that this address does not read."""

    kind = Kind.UNSUPPORTED_MEDIA
    code = "unsupported_media_type"
    title = Text(en="Unsupported format", he="פורמט לא נתמך")
    detail = Text(en="Send the body as {expected}.", he="יש לשלוח את הגוף בפורמט {expected}.")


class Unavailable(DomainError):
    """Something we depend on does not answer right now."""

    kind = Kind.UNAVAILABLE
    code = "unavailable"
    title = Text(en="Not available right now", he="לא זמין כרגע")
    detail = Text(
        en="A part we depend on does not answer. Try again in a minute.",
        he="רכיב שהמערכת תלויה בו אינו עונה. יש לנסות שוב בעוד דקה.",
    )
