"""Refusals as problem documents (RFC 9457), in the reader's language, without anything internal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from services.core.kit.errors import BadRequest, Conflict, DomainError, Invalid, Kind
from services.core.kit.idempotency import StillRunning
from services.core.kit.logging import get_logger
from services.core.kit.texts import DEFAULT_LANGUAGE, Language, Text

_log = get_logger(__name__)

#: Where each code is explained; stable for ever, served by nobody but us.
TYPE_PREFIX = "urn:advocacy:problem:"
MEDIA_TYPE = "application/problem+json"

STATUS = {
    Kind.UNAUTHENTICATED: 401,
    Kind.NOT_ALLOWED: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.PRECONDITION_FAILED: 412,
    Kind.PRECONDITION_REQUIRED: 428,
    Kind.BAD_REQUEST: 400,
    Kind.INVALID: 422,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_MEDIA: 415,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}


class ProblemItem(BaseModel):
    """One wrong or missing value."""

    pointer: str = Field(examples=["/goals/0/target"])
    code: str = Field(examples=["missing"])
    message: str


class Problem(BaseModel):
    """Why a request was refused, and what to do."""

    type: str = Field(examples=["urn:advocacy:problem:not_found"])
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str | None
    errors: list[ProblemItem] = []


class NoSuchAddress(DomainError):
    """Nothing is served at this address."""

    kind = Kind.NOT_FOUND
    code = "no_such_address"
    title = Text(en="No such address", he="אין כתובת כזו")
    detail = Text(en="See /docs for what there is.", he="ראו ‎/docs‎ לרשימת הכתובות.")


class MethodRefused(DomainError):
    """The address exists and does not take this method."""

    kind = Kind.BAD_REQUEST
    code = "method_not_allowed"
    title = Text(en="Method not allowed", he="שיטה לא מותרת")
    detail = Text(en="See /docs for the methods of this address.", he="ראו ‎/docs‎ לשיטות של כתובת זו.")


class AlreadyThere(Conflict):
    """The database refused a second row of the same kind, or a reference to something that is not there."""

    code = "conflict"
    title = Text(en="This clashes with something that exists", he="התנגשות עם נתון קיים")
    detail = Text(
        en="Something with the same key exists already, or something it refers to does not. Read it and decide again.",
        he="קיים כבר פריט עם אותו מפתח, או שפריט שאליו מתייחסים אינו קיים. יש לקרוא את הנתונים ולהחליט מחדש.",
    )


class Broken(DomainError):
    """Our fault."""

    kind = Kind.UNAVAILABLE
    code = "internal_error"
    title = Text(en="Something broke on our side", he="אירעה תקלה אצלנו")
    detail = Text(
        en="Nothing was changed. Try again with the same Idempotency-Key; if it stays, report the request_id.",
        he="דבר לא השתנה. יש לנסות שוב עם אותו Idempotency-Key; אם התקלה נמשכת, יש לדווח על request_id.",
    )


#: Words for what validation finds; anything else is said in the library's words.
_VALIDATION = {
    "missing": Text(en="This field is required.", he="שדה חובה."),
    "extra_forbidden": Text(en="There is no such field. Check its name.", he="אין שדה כזה. יש לבדוק את שמו."),
    "json_invalid": Text(en="The body is not valid JSON.", he="הגוף אינו JSON תקין."),
    "uuid_parsing": Text(en="This is not an id (a UUID).", he="זה אינו מזהה (UUID)."),
    "string_too_short": Text(en="This is too short.", he="הטקסט קצר מדי."),
    "string_too_long": Text(en="This is too long.", he="הטקסט ארוך מדי."),
    "enum": Text(en="Use one of: {expected}.", he="יש להשתמש באחד מאלה: {expected}."),
    "literal_error": Text(en="Use one of: {expected}.", he="יש להשתמש באחד מאלה: {expected}."),
    "greater_than": Text(en="Give more than {gt}.", he="יש לתת ערך גדול מ-{gt}."),
    "greater_than_equal": Text(en="Give {ge} or more.", he="יש לתת {ge} או יותר."),
    "less_than": Text(en="Give less than {lt}.", he="יש לתת ערך קטן מ-{lt}."),
    "less_than_equal": Text(en="Give {le} or less.", he="יש לתת {le} או פחות."),
    "string_pattern_mismatch": Text(
        en="The form must be {pattern} (see the example in /docs).",
        he="המבנה הנדרש הוא {pattern} (יש דוגמה ב-‎/docs‎).",
    ),
    "string_type": Text(en="Give a text.", he="יש לתת טקסט."),
    "int_type": Text(en="Give a whole number.", he="יש לתת מספר שלם."),
    "int_parsing": Text(en="Give a whole number.", he="יש לתת מספר שלם."),
    "float_parsing": Text(en="Give a number.", he="יש לתת מספר."),
    "decimal_parsing": Text(en="Give a number.", he="יש לתת מספר."),
    "bool_parsing": Text(en="Give true or false.", he="יש לתת true או false."),
    "list_type": Text(en="Give a list.", he="יש לתת רשימה."),
    "dict_type": Text(en="Give an object.", he="יש לתת אובייקט."),
    "too_short": Text(en="Give at least {min_length}.", he="יש לתת לפחות {min_length}."),
    "too_long": Text(en="Give at most {max_length}.", he="יש לתת {max_length} לכל היותר."),
    "date_from_datetime_parsing": Text(en="Give a date such as 2026-11-24.", he="יש לתת תאריך כגון ‎2026-11-24‎."),
    "timezone_aware": Text(
        en="Say the offset, as in 2026-11-24T09:00:00Z.", he="יש לציין את אזור הזמן, כגון ‎2026-11-24T09:00:00Z‎."
    ),
    "datetime_parsing": Text(
        en="Give a time such as 2026-11-24T09:00:00Z.", he="יש לתת זמן כגון ‎2026-11-24T09:00:00Z‎."
    ),
}


def language_of(request: Request) -> Language:
    """The first language of Accept-Language that we speak (q-values decide; ties keep the order given)."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(request.headers.get("accept-language", "").split(",")):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") if parameters else "1"
        try:
            wanted.append((-float(quality), place, tag.split("-")[0].lower()))
        except ValueError:
            continue
    for weight, _, tag in sorted(wanted):
        tag = {"iw": "he"}.get(tag, tag)
        if weight < 0 and tag in Language._value2member_map_:
            return Language(tag)
    return DEFAULT_LANGUAGE


def problem_response(
    request: Request,
    error: DomainError,
    *,
    status: int | None = None,
    items: Sequence[ProblemItem] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The problem document of ``error``."""
    language = language_of(request)
    found = (
        items
        if items is not None
        else [ProblemItem(pointer=p.pointer, code=p.code, message=p.in_language(language)) for p in error.problems]
    )
    document = Problem(
        type=TYPE_PREFIX + error.code,
        title=error.title.in_language(language),
        status=status or STATUS[error.kind],
        detail=error.in_language(language),
        instance=request.url.path,
        code=error.code,
        request_id=correlation_id.get(),
        errors=list(found),
    )
    all_headers = {"Content-Language": language.value, "Cache-Control": "no-store", **(headers or {})}
    if error.kind is Kind.UNAUTHENTICATED:
        all_headers["WWW-Authenticate"] = 'Bearer realm="advocacy"'
    body = orjson.dumps({**error.extension(language), **document.model_dump()})
    return Response(body, document.status, media_type=MEDIA_TYPE, headers=all_headers)


def _pointer(location: Sequence[Any]) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in ("body", "query", "path", "header"):
        parts = parts[1:]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts) or "/"


def explain(problems: Sequence[Mapping[str, Any]], language: Language) -> list[ProblemItem]:
    """What validation has found, in the reader's words."""
    found = []
    for problem in problems:
        kind = str(problem["type"])
        message = _said(kind, problem, language)
        found.append(ProblemItem(pointer=_pointer(problem["loc"]), code=kind, message=message))
    return found


def _said(kind: str, problem: Mapping[str, Any], language: Language) -> str:
    """In our words where we have them and know their values, else in those of who checked."""
    words = _VALIDATION.get(kind)
    if words is None:
        return str(problem["msg"]).removeprefix("Value error, ")
    values = dict(problem.get("ctx") or {})
    # The library joins alternatives in English.
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace(" or ", ", ").replace("'", "")
    try:
        return words.in_language(language).format(**values)
    except KeyError:
        return str(problem["msg"])


async def _on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101  # registered for this type alone
    headers = {"Retry-After": "5"} if isinstance(error, StillRunning) or error.kind is Kind.UNAVAILABLE else None
    if error.kind is Kind.TOO_MANY:
        headers = {"Retry-After": "3600"}
    return problem_response(request, error, headers=headers)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this type alone
    in_query = any(problem["loc"] and problem["loc"][0] == "query" for problem in error.errors())
    found = explain(error.errors(), language_of(request))
    return problem_response(request, BadRequest() if in_query else Invalid(), items=found)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this type alone
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_response(request, NoSuchAddress())
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem_response(request, MethodRefused(), status=405, headers=dict(error.headers or {}))
    return problem_response(request, BadRequest(), status=error.status_code)


async def _on_integrity(request: Request, error: Exception) -> Response:
    _log.info("request.clashed", constraint=getattr(getattr(error, "orig", None), "constraint_name", None))
    return problem_response(request, AlreadyThere())


async def _on_anything(request: Request, error: Exception) -> Response:
    _log.error("request.broke", exc_info=error, path=request.url.path)
    return problem_response(request, Broken(), status=500)


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with a problem document."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(IntegrityError, _on_integrity)
    app.add_exception_handler(Exception, _on_anything)
