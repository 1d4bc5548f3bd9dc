"""What a program has brought about, in totals."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.api.dependencies import Current, allow
from services.api.reports.endpoints import Days
from services.api.routing import Router
from services.core.organizations.rules import Permission
from services.core.reports import service
from services.core.reports.schemas import MetricsRead

router: APIRouter = Router(tags=["Measurement"])


@router.get(
    "/v1/metrics",
    operation_id="metrics_get",
    summary="Totals of a program",
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_metrics(
    call: Current,
    program_id: Annotated[UUID, Query(description="The program they are of.")],
    asked: Days,
) -> MetricsRead:
    """Answers a program's totals, of a period or so far, each with how it was obtained, or why it is not shown."""
    return await service.build_metrics(
        call.session,
        call.actor,
        program_id,
        asked=asked,
        settings=call.settings,
        language=call.language,
    )
