"""How the simulated LinkedIn answers: refusals in its shapes, and the few things that all its parts read."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response


def oauth_error(status: int, error: str, description: str) -> Response:
    """A refusal of the sign-in host."""
    return JSONResponse({"error": error, "error_description": description}, status_code=status)


def api_error(status: int, code: str, message: str, *, service_code: int | None = None) -> Response:
    """A refusal of the API."""
    body: dict[str, object] = {"status": status, "code": code, "message": message}
    if service_code is not None:
        body["serviceErrorCode"] = service_code
    return JSONResponse(body, status_code=status)


def denied(resource: str) -> Response:
    """The member or the app may not."""
    return api_error(403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}", service_code=100)


def bad_query() -> Response:
    """A query or a key that is not in the syntax of protocol 2.0.0."""
    return api_error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")


def redirect(uri: str, **query: str | None) -> Response:
    """Sends the browser back to the app."""
    given = urlencode({key: value for key, value in query.items() if value is not None}, quote_via=quote)
    separator = "&" if urlsplit(uri).query else "?"
    return RedirectResponse(f"{uri}{separator}{given}", status_code=302, headers={"Cache-Control": "no-store"})


async def read_form(request: Request) -> dict[str, str]:
    """A form's fields, out of the body only: credentials in an Authorization header are ignored, as documented."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


async def read_object(request: Request) -> dict[str, Any] | Response:
    """A JSON object, or the refusal of anything else."""
    try:
        body = await request.json()
    except ValueError:
        return api_error(400, "INVALID_JSON", "The body is not JSON")
    return body if isinstance(body, dict) else api_error(400, "INVALID_JSON", "The body is not an object")


def raw_query(request: Request) -> Mapping[str, str] | None:
    """The query as it was sent, not decoded: Rest.li reads its punctuation from the raw text. None without 2.0.0."""
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        return None
    raw = request.scope["query_string"].decode("ascii", "replace")
    return dict(pair.partition("=")[::2] for pair in raw.split("&"))


def scope_list(scope: str) -> list[str]:
    """Scopes as they were asked for, each once."""
    return list(dict.fromkeys(scope.replace(",", " ").split()))
