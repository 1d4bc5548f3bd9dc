"""Rounds of surveys over HTTP: imported whole, and shown as far as that tells on nobody."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.reports import service as reports
from services.core.reports.schemas import SurveyRoundRead
from services.core.surveys import repository, service
from services.core.surveys.models import SurveyRound
from services.core.surveys.schemas import SurveyRoundCreate, SurveyRoundTaken

router: APIRouter = Router(tags=["Surveys"])

_READ = [allow(Permission.REPORTS_READ)]
_WRITE = [allow(Permission.SURVEYS_WRITE)]


@router.post(
    "/v1/survey-rounds",
    status_code=201,
    operation_id="survey_rounds_create",
    summary="Import a round of a survey",
    dependencies=_WRITE,
)
async def create_round(body: SurveyRoundCreate, call: Current) -> SurveyRoundTaken:
    """Takes answers without anybody's name or id, and makes the result the value of its day in goals of that KPI."""
    made = await service.import_round(call.session, call.actor, body, k=call.settings.min_group_size)
    call.answers(made)
    call.headers["Location"] = f"/v1/survey-rounds/{made.id}"
    return SurveyRoundTaken.model_validate(made)


@router.get("/v1/survey-rounds", operation_id="survey_rounds_list", summary="List rounds", dependencies=_READ)
async def list_rounds(call: Current, page: Page) -> Listing[SurveyRoundRead]:
    """Lists rounds with their results; ambassadors and others apart only when each has enough answers."""
    call.actor.require(Permission.REPORTS_READ)
    found = await paginate(
        call.session,
        repository.rounds(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=SurveyRound.id,
        sorts={"created_at": SurveyRound.created_at},
        default_sort="-created_at",
    )
    return Listing(data=await _read(call, list(found.rows)), next_cursor=found.next_cursor)


@router.get(
    "/v1/survey-rounds/{round_id}", operation_id="survey_rounds_get", summary="Read a round", dependencies=_READ
)
async def get_round(round_id: UUID, call: Current) -> SurveyRoundRead:
    """Answers one round with its result."""
    found = await repository.get_round(call.session, round_id)
    (read,) = await _read(call, [found])
    call.answers(found)
    return read


@router.delete(
    "/v1/survey-rounds/{round_id}",
    status_code=204,
    operation_id="survey_rounds_delete",
    summary="Take a round back",
    dependencies=_WRITE,
)
async def delete_round(round_id: UUID, call: Current) -> None:
    """Takes a round back, and the values that goals have of it; what those were stays readable."""
    found = await repository.get_round(call.session, round_id)
    call.must_match(found)
    await service.drop_round(call.session, call.actor, found)


async def _read(call: Call, rounds: list[SurveyRound]) -> list[SurveyRoundRead]:
    return await reports.read_rounds(call.session, call.actor, rounds, settings=call.settings, language=call.language)
