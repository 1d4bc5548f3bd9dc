"""The management report, as data and as a page to forward."""

from __future__ import annotations

import asyncio
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.kit.texts import Language
from services.core.organizations.rules import Permission
from services.core.reports import html, service
from services.core.reports.schemas import (
    AttritionRead,
    HeadcountRead,
    OutcomesRead,
    ReportRead,
    SavingsRead,
    VisitsRead,
)
from services.core.reports.service import Asked

router: APIRouter = Router(tags=["Reports"])

#: The page brings everything along: its style inline, its charts as data.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"


def _asked(
    from_on: Annotated[
        date | None,
        Query(
            alias="from", description="First day, where the organization is. Without it, the day the program was made."
        ),
    ] = None,
    to_on: Annotated[date | None, Query(alias="to", description="Last day. Without it, today.")] = None,
) -> Asked:
    return Asked(from_on, to_on)


#: The days that a report is asked for.
Days = Annotated[Asked, Depends(_asked)]


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
    asked: Days,
    format: Annotated[ReportFormat | None, Query(description="Without it, what Accept prefers.")] = None,
    language: Annotated[Language | None, Query(description="Without it, that of Accept-Language.")] = None,
) -> ReportRead | HTMLResponse:
    """Answers goals, participation, what came of it, and how each number was obtained; as JSON or as a whole page.

    Of the days from `from` to `to` where the organization is, or of everything up to now.
    """
    spoken = language or call.language
    report = await service.build_report(
        call.session,
        call.actor,
        program_id,
        asked=asked,
        settings=call.settings,
        language=spoken,
    )
    call.headers["Vary"] = "Accept, Accept-Language"
    call.headers["Content-Language"] = spoken.value
    if (format or _preferred(call.request.headers.get("accept", ""))) is ReportFormat.JSON:
        return report
    # Drawing takes some tenths of a second of pure work; other requests go on meanwhile.
    page = await asyncio.to_thread(html.render, report, language=spoken)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})


@router.get(
    "/v1/programs/{program_id}/visits",
    operation_id="visits_get",
    summary="Visits through ambassadors' links",
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_visits(program_id: UUID, call: Current) -> VisitsRead:
    """Answers visits of people per item, month in which the ambassador joined, department and day.

    Cells of few people are hidden, with as many others as it takes that none can be worked out.
    """
    return await service.build_visits(
        call.session, call.actor, program_id, settings=call.settings, language=call.language
    )


@router.get(
    "/v1/programs/{program_id}/outcomes",
    operation_id="outcomes_get",
    summary="Leads, deals, candidates and hires",
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_outcomes(program_id: UUID, call: Current, asked: Days) -> OutcomesRead:
    """Answers what came of shares, each counted once, by first touch, last touch and linear side by side."""
    return await service.build_outcomes(
        call.session,
        call.actor,
        program_id,
        asked=asked,
        settings=call.settings,
        language=call.language,
    )


@router.get(
    "/v1/programs/{program_id}/savings",
    operation_id="savings_get",
    summary="Savings and earned media",
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_savings(program_id: UUID, call: Current, asked: Days) -> SavingsRead:
    """Answers what hiring through ambassadors saved, with every input, and apart from it the earned media value."""
    return await service.build_savings(
        call.session,
        call.actor,
        program_id,
        asked=asked,
        settings=call.settings,
        language=call.language,
    )


@router.get(
    "/v1/programs/{program_id}/attrition",
    operation_id="attrition_get",
    summary="Attrition against matched colleagues",
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_attrition(program_id: UUID, call: Current, asked: Days) -> AttritionRead:
    """Answers whether ambassadors leave more seldom than colleagues like them; the last year without a period."""
    return await service.build_attrition(
        call.session,
        call.actor,
        program_id,
        asked=asked,
        settings=call.settings,
        language=call.language,
    )


@router.get(
    "/v1/headcount",
    operation_id="headcount_get",
    summary="Employees as of a day",
    dependencies=[allow(Permission.EMPLOYEES_READ)],
)
async def get_headcount(
    call: Current, on: Annotated[date | None, Query(description="Without it, today.")] = None
) -> HeadcountRead:
    """Answers how many people were employed on a day, as it was written down then."""
    return await service.build_headcount(
        call.session, call.actor, on=on, settings=call.settings, language=call.language
    )


def _preferred(accept: str) -> ReportFormat:
    """A page for whoever names HTML before JSON, as browsers do; JSON for everybody else."""
    for part in accept.split(","):
        media = part.split(";")[0].strip().lower()
        if media in ("text/html", "application/xhtml+xml"):
            return ReportFormat.HTML
        if media == "application/json":
            return ReportFormat.JSON
    return ReportFormat.JSON
