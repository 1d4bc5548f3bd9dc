"""The OpenAPI document: FastAPI's, plus what every operation of ours has in common."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api.auth.callers import SESSION_COOKIE
from services.api.errors import MEDIA_TYPE, Problem
from services.api.routing import Route
from services.core.organizations.rules import Door

_WAYS_IN = {
    "ApiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "adv_live_…",
        "description": "A key of a person, of a service, or of the operator; or a token (JWT) that the organization's "
        "identity provider has made out to its API.",
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "A browser in which a person has signed in. Changes need X-CSRF-Token too: see "
        "GET /v1/auth/session.",
    },
}

_DESCRIPTION = (
    "The backend of an employee-advocacy programme. Keys travel as `Authorization: Bearer <key>`; a POST that creates "
    "or sends needs an `Idempotency-Key`; changes of shared things need the `ETag` they were read with in `If-Match`; "
    "refusals are problem documents (RFC 9457) in the language of `Accept-Language` (en, he)."
)


def build(app: FastAPI) -> dict[str, Any]:
    """The document, made once per process."""
    if app.openapi_schema is None:
        document = get_openapi(
            title="Advocacy", version="1", openapi_version="3.1.0", description=_DESCRIPTION, routes=app.routes
        )
        document["components"].setdefault("securitySchemes", {}).update(_WAYS_IN)
        reference = "#/components/schemas/{model}"
        schema = Problem.model_json_schema(ref_template=reference)
        document["components"]["schemas"].update(schema.pop("$defs", {}))
        document["components"]["schemas"]["Problem"] = schema
        # FastAPI describes its own validation answers; ours are problems.
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        for route in all_routes(app):
            for method in sorted(route.methods or ()):
                operation = document["paths"].get(route.path_format, {}).get(method.lower())
                if operation is not None:
                    _complete(operation, route, method)
        app.openapi_schema = document
    return app.openapi_schema


def all_routes(app: FastAPI) -> list[Route]:
    """Every route of ours that is in the document."""
    return [route for route in app.routes if isinstance(route, Route) and route.include_in_schema]


def _complete(operation: dict[str, Any], route: Route, method: str) -> None:
    door = route.gate.opens_for
    operation["security"] = [] if door is Door.ANYBODY else [{name: []} for name in _WAYS_IN]
    operation["x-permission"] = door.value
    statuses = {"400"}
    if door is not Door.ANYBODY:
        statuses |= {"401", "403"}
    if route.path_format.count("{"):
        statuses.add("404")
    if method != "GET":
        statuses |= {"409", "413", "422"}
    if method in ("PATCH", "PUT", "DELETE"):
        statuses |= {"412", "428"}
        _add_header(operation, "If-Match", "The ETag of the version you mean.", required=True)
    if route.needs_idempotency_key:
        _add_header(operation, "Idempotency-Key", "1 to 255 characters; the same again gives the same answer.", True)
    responses = operation["responses"]
    responses.pop("422", None)
    for status in sorted(statuses):
        responses[status] = {
            "description": "Refused, with the reason and what to do.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _add_header(operation: dict[str, Any], name: str, description: str, required: bool) -> None:
    operation.setdefault("parameters", []).append(
        {
            "name": name,
            "in": "header",
            "required": required,
            "description": description,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }
    )
