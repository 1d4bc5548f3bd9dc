"""Interactive documentation whose scripts and styles we serve ourselves."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, Response

from services.api.openapi import build

router = APIRouter(include_in_schema=False)

#: Swagger UI as packaged by fastapi-offline; only its files are used.
_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
#: Swagger UI styles elements in place and starts from an inline script.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


@router.get("/openapi.json")
async def document(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(build(request.app))


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The documentation, with a form to try each operation."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Advocacy API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
    )
    page.headers["Content-Security-Policy"] = _POLICY
    return page


@router.get("/docs/assets/{name}")
async def asset(name: str) -> Response:
    """One file of the documentation."""
    if name not in _ASSETS:
        return Response(status_code=404)
    content = (files("fastapi_offline") / "static" / name).read_bytes()
    return Response(content, media_type=_ASSETS[name], headers={"Cache-Control": "max-age=86400"})
