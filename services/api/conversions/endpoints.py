"""Conversions over HTTP, how they are attributed, and the rates that savings are computed with."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import ValidationError
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.errors import STATUS, explain
from services.api.routing import Router
from services.core.conversions import repository, service
from services.core.conversions.models import Conversion, ConversionKind, ProgramRates
from services.core.conversions.schemas import (
    AttributionRead,
    BatchItem,
    BatchProblem,
    BatchRead,
    ConversionBatch,
    ConversionCreate,
    ConversionRead,
    ConversionTaken,
    RatesRead,
    RatesWrite,
)
from services.core.kit.errors import DomainError, Invalid
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.links import service as links
from services.core.links.schemas import LinkSettingsRead, LinkSettingsWrite
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Conversions"])

_WRITE = [allow(Permission.CONVERSIONS_WRITE)]
_READ = [allow(Permission.REPORTS_READ)]


def _read(conversion: Conversion, *, is_attributed: bool) -> dict[str, Any]:
    return {**conversion.model_dump(), "is_attributed": is_attributed}


@router.post(
    "/v1/conversions",
    status_code=201,
    operation_id="conversions_create",
    summary="Tell of a conversion",
    responses={200: {"model": ConversionTaken, "description": "It was told before, and counts once."}},
    dependencies=_WRITE,
)
async def create_conversion(body: ConversionCreate, call: Current, response: Response) -> ConversionTaken:
    """Takes a visit, lead, opportunity, deal, candidate, application or hire by its id, and attributes it to shares.

    Nothing is taken of the person outside but the other system's ids.
    """
    taken = await service.take(call.session, call.actor, body)
    if not taken.is_new:
        response.status_code = 200
    call.answers(taken.conversion)
    call.headers["Location"] = f"/v1/conversions/{taken.conversion.id}"
    return _taken(taken)


@router.post(
    "/v1/conversions/batch",
    status_code=207,
    operation_id="conversions_create_many",
    summary="Tell of many conversions",
    dependencies=_WRITE,
)
async def create_conversions(body: ConversionBatch, call: Current) -> BatchRead:
    """Takes up to 100 conversions; each is taken or refused by itself, and the answer says which."""
    return BatchRead(results=[await _take_one(call, index, sent) for index, sent in enumerate(body.conversions)])


async def _take_one(call: Call, index: int, sent: dict[str, Any]) -> BatchItem:
    try:
        body = ConversionCreate.model_validate(sent)
        async with call.session.begin_nested():
            taken = await service.take(call.session, call.actor, body)
    except ValidationError as wrong:
        errors = [item.model_dump() for item in explain(wrong.errors(), call.language)]
        return _refused(call, index, Invalid(), errors)
    except DomainError as refused:
        errors = [
            {"pointer": p.pointer, "code": p.code, "message": p.in_language(call.language)} for p in refused.problems
        ]
        return _refused(call, index, refused, errors)
    return BatchItem(index=index, status=201 if taken.is_new else 200, conversion=_taken(taken), problem=None)


def _refused(call: Call, index: int, error: DomainError, errors: list[dict[str, str]]) -> BatchItem:
    problem = BatchProblem(code=error.code, detail=error.in_language(call.language), errors=errors)
    return BatchItem(index=index, status=STATUS[error.kind], conversion=None, problem=problem)


def _taken(taken: service.Taken) -> ConversionTaken:
    return ConversionTaken(**_read(taken.conversion, is_attributed=taken.is_attributed), is_new=taken.is_new)


@router.get("/v1/conversions", operation_id="conversions_list", summary="List conversions", dependencies=_READ)
async def list_conversions(
    call: Current,
    page: Page,
    kind: Annotated[list[ConversionKind] | None, Query(description="Repeated: any of them.")] = None,
    source: Annotated[str | None, Query(max_length=40, description="Of one source.")] = None,
) -> Listing[ConversionRead]:
    """Lists what was told, for readers of all reports. Which share has credit is told one at a time."""
    call.actor.require(Permission.REPORTS_READ)
    statement = repository.conversions(call.session)
    if kind:
        statement = statement.where(col(Conversion.kind).in_(kind))
    if source is not None:
        statement = statement.where(Conversion.source == source)
    found = await paginate(
        call.session,
        statement,
        page=call.page(
            limit=page.limit, cursor=page.cursor, sort=page.sort, filters=f"{sorted(kind or [])}|{source or ''}"
        ),
        id_column=Conversion.id,
        sorts={"created_at": Conversion.created_at, "occurred_at": Conversion.occurred_at},
        default_sort="-created_at",
    )
    attributed = await repository.find_attributed(call.session, [row.id for row in found.rows])
    return Listing(
        data=[ConversionRead(**_read(row, is_attributed=row.id in attributed)) for row in found.rows],
        next_cursor=found.next_cursor,
    )


@router.get(
    "/v1/conversions/{conversion_id}", operation_id="conversions_get", summary="Read a conversion", dependencies=_READ
)
async def get_conversion(conversion_id: UUID, call: Current) -> ConversionRead:
    """Answers one conversion, as it was told."""
    conversion = await service.get_readable(call.session, call.actor, conversion_id)
    call.answers(conversion)
    attributed = await repository.find_attributed(call.session, [conversion.id])
    return ConversionRead(**_read(conversion, is_attributed=bool(attributed)))


@router.delete(
    "/v1/conversions/{conversion_id}",
    status_code=204,
    operation_id="conversions_delete",
    summary="Take a conversion back",
    dependencies=_WRITE,
)
async def delete_conversion(conversion_id: UUID, call: Current) -> None:
    """Takes back what was told by mistake, with the credit that it and later stages have through it."""
    conversion = await repository.get_conversion(call.session, conversion_id)
    call.must_match(conversion)
    await service.drop(call.session, call.actor, conversion)


@router.get(
    "/v1/conversions/{conversion_id}/attribution",
    operation_id="conversions_explain",
    summary="Why it is an ambassador's",
    dependencies=_READ,
)
async def explain_conversion(conversion_id: UUID, call: Current) -> AttributionRead:
    """Answers which shares have credit by first touch, last touch and linear side by side, and within which window.

    A share has a name that leads to no person.
    """
    conversion = await service.get_readable(call.session, call.actor, conversion_id)
    call.headers["Content-Language"] = call.language.value
    return await service.explain(call.session, call.actor, conversion, settings=call.settings, language=call.language)


@router.get(
    "/v1/attribution-settings",
    operation_id="attribution_settings_get",
    summary="How conversions are tied to clicks",
    dependencies=[allow(Permission.ORGANIZATION_READ)],
)
async def get_attribution_settings(call: Current) -> LinkSettingsRead:
    """Answers the window, and whether a click's id goes along to the destination."""
    settings = await links.get_settings(call.session)
    call.answers(settings)
    return LinkSettingsRead.model_validate(settings)


@router.put(
    "/v1/attribution-settings",
    operation_id="attribution_settings_put",
    summary="Set how conversions are tied to clicks",
    dependencies=[allow(Permission.ORGANIZATION_WRITE)],
)
async def put_attribution_settings(body: LinkSettingsWrite, call: Current) -> LinkSettingsRead:
    """Sets them. What was attributed already keeps the window it was attributed with."""
    call.must_match(await links.get_settings(call.session))
    settings = await links.put_settings(
        call.session, call.actor, window_days=body.window_days, passes_click_id=body.passes_click_id
    )
    call.answers(settings)
    return LinkSettingsRead.model_validate(settings)


@router.put(
    "/v1/programs/{program_id}/rates",
    operation_id="rates_put",
    summary="Set costs and media rates from a day on",
    dependencies=[allow(Permission.PROGRAMS_WRITE)],
)
async def put_rates(program_id: UUID, body: RatesWrite, call: Current) -> RatesRead:
    """Sets the rates in force from `valid_from`. If-Match is needed to replace those of the same day; others stay."""
    program = await programs.get_program(call.session, program_id)
    before = await repository.find_rates(call.session, program.id, valid_from=body.valid_from)
    if before is not None:
        call.must_match(before)
    rates = await service.put_rates(call.session, call.actor, program, before, body)
    call.answers(rates)
    return RatesRead.model_validate(rates)


@router.get(
    "/v1/programs/{program_id}/rates",
    operation_id="rates_list",
    summary="List costs and media rates",
    dependencies=_READ,
)
async def list_rates(program_id: UUID, call: Current, page: Page) -> Listing[RatesRead]:
    """Lists a program's rates with the day from which each is in force, currency and source."""
    program = await programs.get_program(call.session, program_id)
    call.actor.require(Permission.REPORTS_READ, program_id=program.id)
    found = await paginate(
        call.session,
        repository.rates(call.session, program.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=ProgramRates.id,
        sorts={"created_at": ProgramRates.created_at},
        default_sort="created_at",
    )
    return Listing(data=[RatesRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)
