"""What surrounds every request: a body limit, security headers, and one log line."""

from __future__ import annotations

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.errors import problem_response
from services.api.scim.errors import PREFIX as SCIM
from services.api.scim.errors import response as scim_response
from services.core.assets.files import LARGEST
from services.core.kit.errors import TooLarge
from services.core.kit.logging import get_logger

_log = get_logger("request")

BODY_LIMIT = 1024 * 1024
#: A group of 50,000 people, named with their addresses.
SCIM_LIMIT = 8 * 1024 * 1024
#: Addresses that take more, and how much.
LARGER_BODIES = {"/v1/directory-syncs": 64 * 1024 * 1024, "/v1/assets": LARGEST}
#: The same for what such an address ends with: a report of 10 MB, in base64.
LARGER_ENDINGS = {"/report-imports": 14 * 1024 * 1024}

SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Pages bring their own policy; everything else is not a page.
DEFAULT_POLICY = "default-src 'none'; frame-ancestors 'none'"


def _limit_of(path: str) -> int:
    if path.startswith(SCIM):
        return SCIM_LIMIT
    ending = path[path.rfind("/") :] if path.startswith("/v1/platform-connections/") else ""
    return LARGER_BODIES.get(path, LARGER_ENDINGS.get(ending, BODY_LIMIT))


class BodyTooLong(Exception):
    """The body went over the limit while it was read."""


class Edge:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        limit = _limit_of(scope["path"])
        status = 500
        answered = False

        async def sending(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", DEFAULT_POLICY)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        taken = 0

        async def receiving() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLong
            return message

        async def refuse() -> None:
            request, error, headers = Request(scope), TooLarge(limit=limit), {"Connection": "close"}
            if scope["path"].startswith(SCIM):
                response = scim_response(request, error, headers=headers)
            else:
                response = problem_response(request, error, headers=headers)
            await response(scope, receive, sending)

        try:
            declared = Headers(scope=scope).get("content-length", "0")
            if declared.isdigit() and int(declared) > limit:
                await refuse()
            else:
                await self._app(scope, receiving, sending)
        except BodyTooLong:
            if not answered:
                await refuse()
        finally:
            route = scope.get("route")
            _log.info(
                "request.served",
                method=scope["method"],
                route=getattr(route, "path", None),
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
