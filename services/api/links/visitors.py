"""Who a request comes from, as far as a click is concerned."""

from __future__ import annotations

from datetime import date

from fastapi import Request

from services.core.kit.db import Database
from services.core.links import hot


def visit_of(request: Request) -> hot.Visit:
    """The visit that a request is. Its address is the client's; uvicorn believes the forwarding proxies we list."""
    # Browsers that load a page before it is asked for say so; the other two names are those of older ones.
    purpose = " ".join(request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz")).lower()
    return hot.Visit(
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", ""),
        is_fetch=request.method == "HEAD" or "prefetch" in purpose or "preview" in purpose,
    )


async def visitor_of(request: Request, database: Database) -> tuple[bytes, date]:
    """The caller's visitor hash of today and its UTC day, by which their own clicks are recognised."""
    visitor = await hot.identify(database, visit_of(request))
    return visitor.hash, visitor.day_on
