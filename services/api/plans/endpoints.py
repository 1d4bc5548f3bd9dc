"""Content plans: what a program speaks about, its weeks and months, and planned against offered against shared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from services.api.dependencies import Call, Current, allow
from services.api.plans.reading import Figures, read_plan, read_settings
from services.api.routing import Router
from services.core.kit import db
from services.core.kit.errors import BadRequest, FieldProblem, NotFound, PreconditionFailed
from services.core.kit.texts import Text
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Door
from services.core.plans import repository, rules, service
from services.core.plans.errors import NoSuchPeriod
from services.core.plans.models import ContentPlan, PeriodKind, PlannedPeriod
from services.core.plans.rules import Span
from services.core.plans.schemas import (
    ContentPlanRead,
    ContentPlanSettings,
    ContentPlanWrite,
    PeriodPlanRead,
    PeriodWrite,
)
from services.core.programs import repository as programs
from services.core.programs.models import Program

router: APIRouter = Router(tags=["Content plans"])

#: Whoever holds content in a program plans it, whatever their roles; the service asks.
_KNOWN = [allow(Door.KNOWN)]
_BACK, _AHEAD = timedelta(days=35), timedelta(days=14)
_MOST_DAYS = 400

From = Annotated[date | None, Query(alias="from", description="A day of the first period; five weeks ago if left out.")]
To = Annotated[date | None, Query(alias="to", description="A day of the last period; in two weeks if left out.")]
_AFTER = Text(en="Let `to` be the day of `from`, or a later one.", he="`to` צריך להיות היום של `from` או אחריו.")
_FAR_AWAY = Text(en="Give a day from 2000 to 2099.", he="יש לתת יום בין השנים 2000 ל-2099.")
_TOO_LONG = Text(en="Ask for {days} days at the most.", he="ניתן לבקש עד {days} ימים.")


@router.get(
    "/v1/programs/{program_id}/content-plan",
    operation_id="content_plans_get",
    summary="Planned against offered against shared",
    dependencies=_KNOWN,
)
async def get_plan(
    program_id: UUID,
    call: Current,
    from_on: From = None,
    to_on: To = None,
    kind: Annotated[
        list[PeriodKind] | None, Query(description="Repeated: any of them. Without it, those of the cadence.")
    ] = None,
) -> ContentPlanRead:
    """Answers the plan with its weeks and months: what was planned, offered and shared in each.

    Shared posts of too few people are not shown, and a period is shortened where it would tell what few people did.
    """
    program = await _readable(call, program_id)
    plan = await _get_plan(call, program)
    zone = (await organizations.get_organization(call.session)).time_zone
    now = await db.now(call.session)
    first, last = _days(from_on, to_on, today=now.astimezone(ZoneInfo(zone)).date())
    kinds = kind or [PeriodKind(one) for one in plan.cadence]
    spans = [span for one in PeriodKind if one in kinds for span in rules.spans_between(one, first, last)]
    begins, ends = min(span.starts_on for span in spans), max(span.ends_on for span in spans)
    figures = Figures(
        plan,
        await repository.list_periods(call.session, program.id, from_on=begins),
        await repository.list_offered(call.session, plan, zone=zone, from_on=begins, to_on=ends),
        await repository.list_shared(call.session, plan, zone=zone),
        zone,
        now,
        call.settings.min_group_size,
    )
    call.headers["Content-Language"] = call.language.value
    return read_plan(plan, zone=zone, language=call.language, periods=[figures.read(span) for span in spans])


@router.get(
    "/v1/programs/{program_id}/content-plan/settings",
    operation_id="content_plan_settings_get",
    summary="Read a content plan's settings",
    dependencies=_KNOWN,
)
async def get_settings(program_id: UUID, call: Current) -> ContentPlanSettings:
    """Answers themes, cadence, owner, and when the plan of the next period is due."""
    plan = await _get_plan(call, await _readable(call, program_id))
    call.answers(plan)
    return read_settings(plan)


@router.put(
    "/v1/programs/{program_id}/content-plan",
    operation_id="content_plans_put",
    summary="Say what a program speaks about",
    dependencies=_KNOWN,
    responses={201: {"model": ContentPlanSettings, "description": "The plan was created."}},
)
async def put_plan(program_id: UUID, body: ContentPlanWrite, call: Current, response: Response) -> ContentPlanSettings:
    """Creates the plan (201) or replaces it whole; once there is one, If-Match says which version is meant."""
    program = await programs.get_program(call.session, program_id, lock=True)
    await service.require_planner(call.session, call.actor, program.id)
    plan = await repository.find_plan(call.session, program.id)
    _must_match(call, plan, response)
    plan = await service.put_plan(call.session, call.actor, program, plan, body)
    call.answers(plan)
    return read_settings(plan)


@router.get(
    "/v1/programs/{program_id}/content-plan/periods/{period}",
    operation_id="content_plan_periods_get",
    summary="Read the plan of a week or month",
    dependencies=_KNOWN,
)
async def get_period(program_id: UUID, period: str, call: Current) -> PeriodPlanRead:
    """Answers what is planned for a week (2026-W48) or a month (2026-11)."""
    program = await _readable(call, program_id)
    row = await _get_period(call, program, _span(period))
    call.answers(row)
    return _read_period(row)


@router.put(
    "/v1/programs/{program_id}/content-plan/periods/{period}",
    operation_id="content_plan_periods_put",
    summary="Plan a week or month",
    dependencies=_KNOWN,
    responses={201: {"model": PeriodPlanRead, "description": "The period was planned."}},
)
async def put_period(
    program_id: UUID, period: str, body: PeriodWrite, call: Current, response: Response
) -> PeriodPlanRead:
    """Plans a period (201) or plans it anew; once it is planned, If-Match says which version is meant."""
    program = await programs.get_program(call.session, program_id, lock=True)
    await service.require_planner(call.session, call.actor, program.id)
    span = _span(period)
    row = await repository.find_period(call.session, program.id, span)
    _must_match(call, row, response)
    row = await service.put_period(call.session, call.actor, program, span, row, body)
    call.answers(row)
    return _read_period(row)


@router.delete(
    "/v1/programs/{program_id}/content-plan/periods/{period}",
    status_code=204,
    operation_id="content_plan_periods_delete",
    summary="Take a plan back",
    dependencies=_KNOWN,
)
async def delete_period(program_id: UUID, period: str, call: Current) -> None:
    """Takes the plan of a week or month back."""
    program = await programs.get_program(call.session, program_id)
    await service.require_planner(call.session, call.actor, program.id)
    row = await _get_period(call, program, _span(period))
    call.must_match(row)
    await service.delete_period(call.session, call.actor, program, row)


def _days(from_on: date | None, to_on: date | None, *, today: date) -> tuple[date, date]:
    far = [name for name, day in (("from", from_on), ("to", to_on)) if day is not None and not rules.is_plannable(day)]
    if far:
        raise BadRequest(problems=[FieldProblem(f"/{name}", "out_of_range", _FAR_AWAY) for name in far])
    first, last = from_on or min(today, to_on or today) - _BACK, to_on or max(today, from_on or today) + _AHEAD
    if last < first:
        raise BadRequest(problems=[FieldProblem("/to", "before_from", _AFTER)])
    if (last - first).days > _MOST_DAYS:
        raise BadRequest(problems=[FieldProblem("/from", "too_long", _TOO_LONG, {"days": _MOST_DAYS})])
    return first, last


async def _readable(call: Call, program_id: UUID) -> Program:
    program = await programs.get_program(call.session, program_id)
    await service.require_reader(call.session, call.actor, program.id)
    return program


async def _get_plan(call: Call, program: Program) -> ContentPlan:
    plan = await repository.find_plan(call.session, program.id)
    if plan is None:
        raise NotFound(thing="content plan")
    return plan


async def _get_period(call: Call, program: Program, span: Span) -> PlannedPeriod:
    row = await repository.find_period(call.session, program.id, span)
    if row is None:
        raise NotFound(thing="planned period")
    return row


def _span(name: str) -> Span:
    span = rules.parse_span(name)
    if span is None:
        raise NoSuchPeriod(problems=[FieldProblem("/period", NoSuchPeriod.code, NoSuchPeriod.detail)])
    return span


def _must_match(call: Call, row: ContentPlan | PlannedPeriod | None, response: Response) -> None:
    if row is not None:
        call.must_match(row)
        return
    if "if-match" in call.request.headers:
        raise PreconditionFailed()
    response.status_code = 201


def _read_period(row: PlannedPeriod) -> PeriodPlanRead:
    span = repository.span_of_row(row)
    return PeriodPlanRead(
        period=span.name,
        ends_on=span.ends_on,
        **row.model_dump(include=set(PeriodPlanRead.model_fields) - {"period", "ends_on"}),
    )
