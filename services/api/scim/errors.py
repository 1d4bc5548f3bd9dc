"""Refusals in the shape of SCIM (RFC 7644 section 3.12), for everything under /scim."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from services.api import errors
from services.api.errors import STATUS, language_of
from services.core.kit.errors import DomainError, Kind, PreconditionFailed
from services.core.kit.logging import get_logger
from services.core.kit.texts import Text
from services.core.scim.errors import NotUnique, ScimRefusal

_log = get_logger(__name__)

PREFIX = "/scim/"
MEDIA_TYPE = "application/scim+json"
SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"

#: Which attribute a unique rule of the database is about.
_ATTRIBUTES = {
    "scim_users_organization_id_user_name_key_key": "userName",
    "scim_groups_organization_id_display_name_key_key": "displayName",
    "scim_external_ids_organization_id_client_resource_type_exte_key": "externalId",
    "employees_work_email": "emails",
    "scim_users_organization_id_employee_id_key": "emails",
}


class NotImplementedHere(DomainError):
    """Part of SCIM, and not of this server."""

    kind = Kind.BAD_REQUEST
    code = "not_implemented"
    title = Text(en="Not offered", he="לא נתמך")
    detail = Text(
        en="A key belongs to a system and not to a person, so there is no /Me. Use /Users with a filter.",
        he="מפתח שייך למערכת ולא לאדם, ולכן אין ‎/Me‎. יש להשתמש ב-‎/Users‎ עם מסנן.",
    )


class NoSuchPlace(errors.NoSuchAddress):
    """Nothing is served at this address; its words name what is."""

    detail = Text(
        en="Nothing is served at this address. See /scim/v2/ResourceTypes for what there is.",
        he="אין דבר בכתובת זו. ראו ‎/scim/v2/ResourceTypes‎ לרשימת הסוגים.",
    )


class MethodRefused(errors.MethodRefused):
    """The address exists and does not take this method; its words name those it takes."""

    detail = Text(en="This address takes: {allowed}.", he="כתובת זו מקבלת: {allowed}.")


class NoFilterHere(DomainError):
    """What describes the server cannot be filtered (RFC 7644 section 4)."""

    kind = Kind.NOT_ALLOWED
    code = "filter_refused"
    title = Text(en="No filter here", he="אין כאן סינון")
    detail = Text(en="Read all of it, without filter.", he="יש לקרוא את הכול, ללא מסנן.")


class Broken(errors.Broken):
    """A fault of ours; without the Idempotency-Key, which SCIM does not know."""

    detail = Text(
        en="The fault is ours and was written down. Try again; if it stays, give us the request id.",
        he="התקלה אצלנו ונרשמה. יש לנסות שוב; אם היא חוזרת, יש למסור לנו את מזהה הבקשה.",
    )


def document(status: int, detail: str, scim_type: str | None = None) -> dict[str, Any]:
    """The body of an error; its status is a text (RFC 7644 section 3.12)."""
    found: dict[str, Any] = {"schemas": [SCHEMA], "status": str(status), "detail": detail}
    return {**found, "scimType": scim_type} if scim_type else found


def explain(request: Request, error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers for whatever went wrong."""
    refusal, status = _refusal(error, path=request.url.path)
    status = status or STATUS[refusal.kind]
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="advocacy"'
    if isinstance(refusal, MethodRefused):
        headers["Allow"] = str(refusal.values["allowed"])
    scim_type = refusal.scim_type if isinstance(refusal, ScimRefusal) else None
    return status, document(status, refusal.in_language(language_of(request)), scim_type), headers


def _refusal(error: Exception, *, path: str) -> tuple[DomainError, int | None]:
    match error:
        case NotImplementedHere():
            return error, HTTPStatus.NOT_IMPLEMENTED
        case MethodRefused():
            return error, HTTPStatus.METHOD_NOT_ALLOWED
        case DomainError():
            return error, None
        case StaleDataError():
            return PreconditionFailed(), None
        case IntegrityError():
            name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
            _log.info("scim.clashed", constraint=name)
            return NotUnique(attribute=_ATTRIBUTES.get(str(name), "value")), None
    _log.error("scim.broke", exc_info=error, path=path)
    return Broken(), HTTPStatus.INTERNAL_SERVER_ERROR


def response(request: Request, error: Exception, *, headers: dict[str, str] | None = None) -> Response:
    """The answer to whatever went wrong."""
    status, body, own = explain(request, error)
    return Response(orjson.dumps(body), status, media_type=MEDIA_TYPE, headers={**own, **(headers or {})})
