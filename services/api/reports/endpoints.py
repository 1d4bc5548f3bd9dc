"""The management report, as data and as a page to forward."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.kit.texts import Language
from services.core.organizations.rules import Permission
from services.core.reports import html, service
from services.core.reports.schemas import ReportRead

router: APIRouter = Router(tags=["Reports"])

#: The page brings everything along: its style inline, its charts as data.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"


class ReportFormat(StrEnum):
    """What a report can be read as."""

    JSON = "json"
    HTML = "html"


@router.get(
    "/v1/programs/{program_id}/report",
    operation_id="reports_get",
    summary="The management report",
    response_model=ReportRead,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_report(
    program_id: UUID,
    call: Current,
    format: Annotated[ReportFormat | None, Query(description="Without it, what Accept prefers.")] = None,
    language: Annotated[Language | None, Query(description="Without it, that of Accept-Language.")] = None,
) -> ReportRead | HTMLResponse:
    """Answers goals, participation, what worked, and how each number was obtained; as JSON or as a whole page."""
    spoken = language or call.language
    report = await service.build_report(call.session, call.actor, program_id, settings=call.settings, language=spoken)
    call.headers["Vary"] = "Accept, Accept-Language"
    call.headers["Content-Language"] = spoken.value
    if (format or _preferred(call.request.headers.get("accept", ""))) is ReportFormat.JSON:
        return report
    # Drawing takes some tenths of a second of pure work; other requests go on meanwhile.
    page = await asyncio.to_thread(html.render, report, language=spoken)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})


def _preferred(accept: str) -> ReportFormat:
    """A page for whoever names HTML before JSON, as browsers do; JSON for everybody else."""
    for part in accept.split(","):
        media = part.split(";")[0].strip().lower()
        if media in ("text/html", "application/xhtml+xml"):
            return ReportFormat.HTML
        if media == "application/json":
            return ReportFormat.JSON
    return ReportFormat.JSON
