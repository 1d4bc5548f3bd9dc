"""Forecasts of a plan before it starts, and against what happened."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Call, Current, Page, allow, etag
from services.api.routing import Router
from services.core.forecasts import outcome, reading, repository, service
from services.core.forecasts.models import Forecast
from services.core.forecasts.schemas import ForecastCreate, ForecastRead, OutcomeRead
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Forecasts"])

#: Whoever reads what was measured may ask what it leads to.
_READERS = [allow(Permission.REPORTS_READ)]


@router.post(
    "/v1/programs/{program_id}/forecasts",
    status_code=201,
    operation_id="forecasts_create",
    summary="Forecast a plan",
    dependencies=_READERS,
)
async def create_forecast(program_id: UUID, body: ForecastCreate, call: Current) -> ForecastRead:
    """Simulates a plan and answers reach, impressions, clicks, hours and cost, each with an interval.

    Every assumption is stated with where it comes from: given, measured here, the rates, or an example of ours.
    """
    made = await service.make_forecast(call.session, call.actor, program_id, body, settings=call.settings)
    call.headers["Location"] = f"/v1/programs/{program_id}/forecasts/{made.id}"
    return _answer(call, made)


@router.get(
    "/v1/programs/{program_id}/forecasts",
    operation_id="forecasts_list",
    summary="List forecasts",
    dependencies=_READERS,
)
async def list_forecasts(program_id: UUID, call: Current, page: Page) -> Listing[ForecastRead]:
    """Lists the forecasts of a program, the newest first."""
    await _readable(call, program_id)
    found = await paginate(
        call.session,
        repository.forecasts(call.session, program_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Forecast.id,
        sorts={"created_at": Forecast.created_at},
        default_sort="-created_at",
    )
    call.headers["Content-Language"] = call.language.value
    return Listing(
        data=[reading.read_forecast(one, call.language) for one in found.rows], next_cursor=found.next_cursor
    )


@router.get(
    "/v1/programs/{program_id}/forecasts/{forecast_id}",
    operation_id="forecasts_get",
    summary="Read a forecast",
    dependencies=_READERS,
)
async def get_forecast(program_id: UUID, forecast_id: UUID, call: Current) -> ForecastRead:
    """Answers a forecast as it was made, with its plan, assumptions and seed."""
    await _readable(call, program_id)
    return _answer(call, await repository.get_forecast(call.session, program_id, forecast_id))


@router.get(
    "/v1/programs/{program_id}/forecasts/{forecast_id}/outcome",
    operation_id="forecast_outcomes_get",
    summary="A forecast against what happened",
    dependencies=_READERS,
)
async def get_outcome(program_id: UUID, forecast_id: UUID, call: Current) -> OutcomeRead:
    """Answers what came so far, and once the period is over which intervals held.

    Each number is of the days that may be told of, and held against the same part of the forecast.
    """
    await _readable(call, program_id)
    call.headers["Content-Language"] = call.language.value
    return await outcome.build_outcome(
        call.session, call.actor, program_id, forecast_id, settings=call.settings, language=call.language
    )


async def _readable(call: Call, program_id: UUID) -> None:
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.REPORTS_READ, program_id=program.id)


def _answer(call: Call, forecast: Forecast) -> ForecastRead:
    # It never changes; its words are the reader's.
    call.headers["ETag"] = etag(1)
    call.headers["Content-Language"] = call.language.value
    call.headers["Vary"] = "Accept-Language"
    return reading.read_forecast(forecast, call.language)
