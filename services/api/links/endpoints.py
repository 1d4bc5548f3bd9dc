"""Where tracked links lead. Outside ``/v1``: readers follow them without a key."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from services.api.errors import language_of
from services.api.links.visitors import visit_of
from services.core.kit.texts import Text
from services.core.links import hot

router = APIRouter(tags=["Links"])

_UNKNOWN = Text(en="There is no such link. Check the address.", he="אין קישור כזה. יש לבדוק את הכתובת.")
_HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@router.get(
    "/l/{code}",
    operation_id="links_follow",
    summary="Follow a tracked link",
    status_code=302,
    response_class=Response,
    responses={
        302: {"description": "Where the link leads; the click is stored already."},
        404: {"description": "No such link.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        # Any code that cannot be one of ours is just not found.
        422: {"description": "Never answered."},
    },
)
async def follow(code: str, request: Request) -> Response:
    """Stores the click, then redirects to the approved destination. Any query parameters are ignored."""
    destination = await hot.follow(
        request.app.state.database,
        code,
        visit_of(request),
        quiet=timedelta(seconds=request.app.state.settings.click_quiet_seconds),
    )
    if destination is None:
        words = _UNKNOWN.in_language(language_of(request))
        return Response(words, 404, media_type="text/plain", headers=_HEADERS)
    return Response(status_code=302, headers={**_HEADERS, "Location": destination})


# A second route, since one operation id stands for one method.
router.add_api_route("/l/{code}", follow, methods=["HEAD"], include_in_schema=False)
