"""KPIs: those of the catalogue, and an organization's own."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.dependencies import Call, Current, allow
from services.api.routing import Router
from services.core.goals import definitions, repository, rules
from services.core.goals.kpis import CATALOGUE
from services.core.goals.models import OwnKpi
from services.core.goals.schemas import KpiCreate, KpiDetail, KpiRead, KpiUpdate
from services.core.kit.errors import NotFound
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission

router: APIRouter = Router(tags=["Goals"])

_WRITE = [allow(Permission.KPIS_WRITE)]


@router.get("/v1/kpis", operation_id="kpis_list", summary="List KPIs", dependencies=[allow(Door.KNOWN)])
async def list_kpis(call: Current) -> Listing[KpiRead]:
    """Lists the KPIs that goals can be set in, built in and own, with what measures each, in Accept-Language."""
    call.headers["Content-Language"] = call.language.value
    if call.actor.organization_id is None:
        return Listing(data=[KpiRead.of(kpi, call.language) for kpi in CATALOGUE.values()], next_cursor=None)
    known = await repository.all_kpis(call.session)
    return Listing(data=[KpiRead.of(kpi, call.language) for kpi in known.values()], next_cursor=None)


@router.post("/v1/kpis", status_code=201, operation_id="kpis_create", summary="Define a KPI", dependencies=_WRITE)
async def create_kpi(body: KpiCreate, call: Current) -> KpiDetail:
    """Defines a KPI of your own; goals, reports and exports know it from now on."""
    row = await definitions.create_kpi(call.session, call.actor, body)
    call.answers(row)
    call.headers["Location"] = f"/v1/kpis/{row.slug}"
    return await _detail(row, call)


@router.get(
    "/v1/kpis/{slug}",
    operation_id="kpis_get",
    summary="Read a KPI",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def get_kpi(slug: str, call: Current) -> KpiDetail:
    """Answers a KPI with its words in every language and what its values meant before."""
    row = await repository.find_own_kpi(call.session, slug)
    if row is not None:
        call.answers(row)
        return await _detail(row, call)
    kpi = await repository.find_kpi(call.session, slug)
    if kpi is None:
        raise NotFound(thing="KPI")
    goals = await repository.count_goals_in(call.session, kpi.slug)
    return KpiDetail.of_own(kpi, None, goals=goals, versions=[], language=call.language)


@router.patch("/v1/kpis/{slug}", operation_id="kpis_update", summary="Change a KPI", dependencies=_WRITE)
async def update_kpi(slug: str, body: KpiUpdate, call: Current) -> KpiDetail:
    """Merge patch. In use, a change of unit, direction, aggregation, feed or formula needs a note: a new version."""
    row = await definitions.get_own(call.session, slug)
    call.must_match(row)
    row = await definitions.update_kpi(call.session, call.actor, row, body)
    call.answers(row)
    return await _detail(row, call)


@router.delete(
    "/v1/kpis/{slug}", status_code=204, operation_id="kpis_delete", summary="Delete a KPI", dependencies=_WRITE
)
async def delete_kpi(slug: str, call: Current) -> None:
    """Deletes a KPI that no goal and no formula uses."""
    row = await definitions.get_own(call.session, slug)
    call.must_match(row)
    await definitions.delete_kpi(call.session, call.actor, row)


async def _detail(row: OwnKpi, call: Call) -> KpiDetail:
    call.headers["Content-Language"] = call.language.value
    return KpiDetail.of_own(
        rules.as_kpi(row),
        row,
        goals=await repository.count_goals_in(call.session, row.slug),
        versions=await repository.list_kpi_versions(call.session, row.id),
        language=call.language,
    )
