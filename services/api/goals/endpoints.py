"""Goals of a program, their values day by day, how they stand, and where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from services.api.dependencies import Call, Current, Page, allow
from services.api.errors import STATUS, explain
from services.api.goals import accounts
from services.api.routing import Router
from services.core.goals import progress, repository, rules, service, sources
from services.core.goals.kpis import Feed
from services.core.goals.models import Goal, Measurement
from services.core.goals.schemas import (
    BatchItem,
    BatchRead,
    CorrectionRead,
    FileRead,
    GoalCreate,
    GoalRead,
    GoalUpdate,
    ItemProblem,
    MeasurementBatch,
    MeasurementCreate,
    MeasurementRead,
    ProgressRead,
    SeriesRead,
    SourceCreate,
    SourceRead,
)
from services.core.kit.errors import DomainError, NotFound, UnsupportedMedia
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs
from services.core.reports import feeds
from services.core.reports.numbers import Number

router: APIRouter = Router(tags=["Goals"])

_READ = [allow(Permission.PROGRAMS_READ)]
_WRITE = [allow(Permission.PROGRAMS_WRITE)]
_MEASURE = [allow(Permission.MEASUREMENTS_WRITE)]

Replace = Annotated[
    bool, Query(description="Over a value of the same day, series and source; the earlier one stays readable.")
]
From = Annotated[date | None, Query(alias="from", description="The first day.")]
To = Annotated[date | None, Query(alias="to", description="The last day; today if left out.")]


class SeriesFormat(StrEnum):
    """What a series can be read as."""

    JSON = "json"
    CSV = "csv"


_EXAMPLE = "date,value,series,method\n2026-11-23,1180,linkedin.com/company/lumen,measured\n"


@router.post(
    "/v1/programs/{program_id}/goals",
    status_code=201,
    operation_id="goals_create",
    summary="Set a goal",
    dependencies=_WRITE,
)
async def create_goal(program_id: UUID, body: GoalCreate, call: Current) -> GoalRead:
    """Sets a goal with KPI, baseline, target, due date and owner."""
    program = await programs.get_program(call.session, program_id)
    goal = await service.create_goal(call.session, call.actor, program.id, body)
    call.answers(goal)
    call.headers["Location"] = f"/v1/goals/{goal.id}"
    return GoalRead.model_validate(goal)


@router.get("/v1/programs/{program_id}/goals", operation_id="goals_list", summary="List goals", dependencies=_READ)
async def list_goals(program_id: UUID, call: Current, page: Page) -> Listing[GoalRead]:
    """Lists a program's goals."""
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    found = await paginate(
        call.session,
        repository.goals(call.session, program.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Goal.id,
        sorts={"created_at": Goal.created_at},
        default_sort="created_at",
    )
    return Listing(data=[GoalRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get("/v1/goals/{goal_id}", operation_id="goals_get", summary="Read a goal", dependencies=_READ)
async def get_goal(goal_id: UUID, call: Current) -> GoalRead:
    """Answers one goal."""
    goal = await _readable(goal_id, call)
    call.answers(goal)
    return GoalRead.model_validate(goal)


@router.patch("/v1/goals/{goal_id}", operation_id="goals_update", summary="Change a goal", dependencies=_WRITE)
async def update_goal(goal_id: UUID, body: GoalUpdate, call: Current) -> GoalRead:
    """Merge patch of a goal."""
    goal = await repository.get_goal(call.session, goal_id)
    call.must_match(goal)
    goal = await service.update_goal(call.session, call.actor, goal, body)
    call.answers(goal)
    return GoalRead.model_validate(goal)


@router.delete(
    "/v1/goals/{goal_id}", status_code=204, operation_id="goals_delete", summary="Drop a goal", dependencies=_WRITE
)
async def delete_goal(goal_id: UUID, call: Current) -> None:
    """Drops a goal with its values."""
    goal = await repository.get_goal(call.session, goal_id)
    call.must_match(goal)
    await service.delete_goal(call.session, call.actor, goal)


# Values.


@router.post(
    "/v1/goals/{goal_id}/measurements",
    status_code=201,
    operation_id="measurements_create",
    summary="Report a value",
    dependencies=_MEASURE,
)
async def create_measurement(
    goal_id: UUID, body: MeasurementCreate, call: Current, replace: Replace = False
) -> MeasurementRead:
    """Reports a goal's value of one day. A day without a value is a gap, not zero."""
    goal = await repository.get_goal(call.session, goal_id)
    made = await service.add_measurement(call.session, call.actor, goal, body, replace=replace)
    await service.settle(call.session, goal, on=[made.measured_on])
    return MeasurementRead.of(made)


@router.post(
    "/v1/goals/{goal_id}/measurements/batch",
    status_code=207,
    operation_id="measurements_create_many",
    summary="Report many values",
    dependencies=_MEASURE,
)
async def create_measurements(
    goal_id: UUID, body: MeasurementBatch, call: Current, replace: Replace = False
) -> BatchRead:
    """Reports up to a hundred values; each is taken or refused by itself, as its status says."""
    goal = await repository.get_goal(call.session, goal_id)
    call.actor.require(Permission.MEASUREMENTS_WRITE, program_id=goal.program_id)
    items = []
    for index, sent in enumerate(body.measurements):
        try:
            value = MeasurementCreate.model_validate(sent)
            made = await service.add_measurement(call.session, call.actor, goal, value, replace=replace)
        except ValidationError as wrong:
            found = explain(wrong.errors(include_url=False), call.language)
            problems = [ItemProblem(pointer=one.pointer, code=one.code, message=one.message) for one in found]
            items.append(BatchItem(index=index, status=422, code="invalid_request", errors=problems))
        # Whatever refuses a value says so before anything of it is written.
        except DomainError as refused:
            problems = [
                ItemProblem(pointer=one.pointer, code=one.code, message=one.in_language(call.language))
                for one in refused.problems
            ]
            items.append(
                BatchItem(
                    index=index, status=STATUS[refused.kind], code=refused.code,
                    detail=refused.in_language(call.language), errors=problems,
                )
            )  # fmt: skip
        else:
            items.append(BatchItem(index=index, status=201, measurement=MeasurementRead.of(made)))
    taken = [item.measurement for item in items if item.measurement is not None]
    await service.settle(call.session, goal, on={one.measured_on for one in taken})
    created = len(taken)
    return BatchRead(items=items, created=created, refused=len(items) - created)


@router.post(
    "/v1/goals/{goal_id}/measurements/csv",
    status_code=201,
    operation_id="measurements_import",
    summary="Send a file of values",
    dependencies=_MEASURE,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        }
    },
)
async def import_measurements(goal_id: UUID, request: Request, call: Current, replace: Replace = False) -> FileRead:
    """Takes a CSV file (date,value and, if wanted, series,method; up to 1 MiB, 5,000 lines), all of it or nothing."""
    goal = await repository.get_goal(call.session, goal_id)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise UnsupportedMedia(expected="text/csv")
    return await service.add_file(call.session, call.actor, goal, await request.body(), replace=replace)


@router.get(
    "/v1/goals/{goal_id}/measurements",
    operation_id="measurements_list",
    summary="List a goal's values",
    dependencies=_READ,
)
async def list_measurements(goal_id: UUID, call: Current, page: Page) -> Listing[MeasurementRead]:
    """Lists a goal's values with their method and source."""
    goal = await _readable(goal_id, call)
    found = await paginate(
        call.session,
        repository.measurements(call.session, goal.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Measurement.id,
        sorts={"created_at": Measurement.created_at, "measured_on": Measurement.measured_on},
        default_sort="created_at",
    )
    is_hidden = any(number.suppressed for number in (await _live(goal, call)).values())
    data = [
        MeasurementRead.of(row, hidden=is_hidden and row.channel.startswith(("feed:", "formula:")))
        for row in found.rows
    ]
    return Listing(data=data, next_cursor=found.next_cursor)


@router.get(
    "/v1/goals/{goal_id}/measurements/{measurement_id}/corrections",
    operation_id="measurements_list_corrections",
    summary="Read what a value was before",
    dependencies=_READ,
)
async def list_corrections(goal_id: UUID, measurement_id: UUID, call: Current) -> Listing[CorrectionRead]:
    """Lists the values that were replaced, newest first: what they were, who reported and who replaced them."""
    goal = await _readable(goal_id, call)
    measurement = await repository.get_measurement(call.session, goal.id, measurement_id)
    is_hidden = any(number.suppressed for number in (await _live(goal, call)).values())
    if is_hidden and measurement.channel.startswith(("feed:", "formula:")):
        return Listing(data=[], next_cursor=None)
    rows = await repository.list_corrections(call.session, measurement.id)
    data = [
        CorrectionRead(
            value=row.value,
            method=row.method,
            formula_version=row.formula_version,
            reported_by=row.reported_by,
            reported_at=row.reported_at,
            replaced_by=row.replaced_by,
            replaced_at=row.created_at,
        )
        for row in rows
    ]
    return Listing(data=data, next_cursor=None)


# How it stands.


@router.get(
    "/v1/goals/{goal_id}/progress", operation_id="goals_progress", summary="Read how a goal stands", dependencies=_READ
)
async def read_progress(goal_id: UUID, call: Current, since: From = None, until: To = None) -> ProgressRead:
    """Answers the value now, how far it has come, the days without data, and a forecast to the due date."""
    goal = await _readable(goal_id, call)
    call.headers["Content-Language"] = call.language.value
    return await progress.read_progress(
        call.session, call.actor, goal,
        live=await _live(goal, call), language=call.language, from_on=since, to_on=until,
    )  # fmt: skip


@router.get(
    "/v1/goals/{goal_id}/series",
    operation_id="goals_series",
    summary="Read a goal day by day",
    response_model=SeriesRead,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    dependencies=_READ,
)
async def read_series(
    goal_id: UUID,
    call: Current,
    since: From = None,
    until: To = None,
    format: Annotated[SeriesFormat, Query(description="csv: the same days as a file.")] = SeriesFormat.JSON,
) -> SeriesRead | Response:
    """Answers each day of a range (92 days up to today if none is given); a day without a value says why."""
    goal = await _readable(goal_id, call)
    call.headers["Content-Language"] = call.language.value
    series = await progress.read_series(
        call.session, call.actor, goal,
        live=await _live(goal, call), language=call.language, from_on=since, to_on=until,
    )  # fmt: skip
    if format is SeriesFormat.JSON:
        return series
    headers = {"Content-Disposition": f'attachment; filename="{series.kpi}.csv"'}
    return Response(series.as_csv(), media_type="text/csv", headers=headers)


# Where it is read.


@router.post(
    "/v1/goals/{goal_id}/feeds",
    status_code=201,
    operation_id="goal_feeds_create",
    summary="Read a page into a goal",
    dependencies=_MEASURE,
)
async def create_feed(goal_id: UUID, body: SourceCreate, call: Current) -> SourceRead:
    """Reads a page's daily number into the goal, through the organization's platform or your own lent account."""
    goal = await repository.get_goal(call.session, goal_id)
    call.actor.require(Permission.MEASUREMENTS_WRITE, program_id=goal.program_id)
    sources.check_body(body)
    connector, feed = await accounts.find_feed(call.session, call.actor, body)
    source = await sources.add_source(call.session, call.actor, goal, body, connector=connector, feed=feed)
    call.answers(source)
    call.headers["Location"] = f"/v1/goals/{goal.id}/feeds/{source.id}"
    return SourceRead.of(source, call.language)


@router.get(
    "/v1/goals/{goal_id}/feeds", operation_id="goal_feeds_list", summary="List where a goal is read", dependencies=_READ
)
async def list_feeds(goal_id: UUID, call: Current) -> Listing[SourceRead]:
    """Lists the pages a goal is read from: when last, why not, and what to do."""
    goal = await _readable(goal_id, call)
    rows = await repository.list_sources(call.session, goal.id)
    return Listing(data=[SourceRead.of(row, call.language) for row in rows], next_cursor=None)


@router.get(
    "/v1/goals/{goal_id}/feeds/{goal_feed_id}",
    operation_id="goal_feeds_get",
    summary="Read where a goal is read",
    dependencies=_READ,
)
async def get_feed(goal_id: UUID, goal_feed_id: UUID, call: Current) -> SourceRead:
    """Answers one page that a goal is read from."""
    goal = await _readable(goal_id, call)
    source = await repository.get_source(call.session, goal_feed_id)
    if source.goal_id != goal.id:
        raise NotFound(thing="goal feed")
    call.answers(source)
    return SourceRead.of(source, call.language)


@router.delete(
    "/v1/goals/{goal_id}/feeds/{goal_feed_id}",
    status_code=204,
    operation_id="goal_feeds_delete",
    summary="Read a page no more",
    dependencies=_MEASURE,
)
async def delete_feed(goal_id: UUID, goal_feed_id: UUID, call: Current) -> None:
    """Reads a page no more; what was read stays, and from today on the whole does without it."""
    goal = await repository.get_goal(call.session, goal_id)
    call.actor.require(Permission.MEASUREMENTS_WRITE, program_id=goal.program_id)
    source = await repository.get_source(call.session, goal_feed_id, lock=True)
    if source.goal_id != goal.id:
        raise NotFound(thing="goal feed")
    call.must_match(source)
    await sources.end_source(call.session, call.actor, source)


async def _readable(goal_id: UUID, call: Call) -> Goal:
    goal = await repository.get_goal(call.session, goal_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=goal.program_id)
    return goal


async def _live(goal: Goal, call: Call) -> Mapping[Feed, Number]:
    """The feeds behind a goal as they stand now; none before the program's launch."""
    program = await programs.get_program(call.session, goal.program_id)
    kpi = await repository.find_kpi(call.session, goal.kpi)
    if kpi is None or not kpi.is_computed or program.launched_at is None:
        return {}
    behind = rules.feeds_behind(kpi, await repository.all_kpis(call.session))
    return await feeds.live_numbers(
        call.session, goal.program_id, behind, k=call.settings.min_group_size, language=call.language
    )
