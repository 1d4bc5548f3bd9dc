"""What both simulators need of HTTP."""

import re
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def form_fields(request: Request) -> dict[str, str] | None:
    """The fields of a form in either of its encodings; None for anything else."""
    content_type = request.headers.get("content-type", "")
    body = await request.body()
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    if not content_type.startswith("multipart/form-data"):
        return None
    parts = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields: dict[str, str] = {}
    for part in parts.iter_parts():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            fields[name] = value.decode()
    return fields


async def json_object(request: Request) -> dict[str, object] | None:
    """The body as a JSON object, sent as JSON; None for anything else."""
    if not re.match(r"application/(scim\+)?json\b", request.headers.get("content-type", "")):
        return None
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def scim_error(status: int, detail: str, *, scim_type: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """An error as RFC 7644 has it."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    if scim_type:
        body["scimType"] = scim_type
    return JSONResponse(body, status_code=status, headers=headers)


def scim_list(resources: list[dict[str, object]], *, start: int, count: int) -> dict[str, object]:
    """A page of a list as RFC 7644 has it."""
    page = resources[start - 1 : start - 1 + count]
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(resources),
        "startIndex": start,
        "itemsPerPage": len(page),
        "Resources": page,
    }


def whole_number(text: str | None, default: int) -> int | None:
    """A positive number of a query, its default, or None for what is none."""
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) < 10**9 else None
