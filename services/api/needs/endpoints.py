"""The needs desk: asked by people in the field, answered by whoever is responsible, seen as sent by managers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employee_rows
from services.core.employees.service import PRESENT, language_of
from services.core.kit import db
from services.core.kit.errors import PreconditionFailed
from services.core.kit.pagination import paginate
from services.core.kit.schemas import AwareInstant, Listing
from services.core.needs import repository, service, texts
from services.core.needs.errors import NotYoursToAnswer
from services.core.needs.models import Author, Need, NeedState, NeedTopic
from services.core.needs.schemas import (
    DeskRead,
    DeskWrite,
    MessageCreate,
    MessageRead,
    NeedCreate,
    NeedRead,
    NeedsSummaryRead,
    NeedUpdate,
)
from services.core.organizations.rules import Door, Permission
from services.core.plans import service as plans
from services.core.programs import repository as programs
from services.core.shares import timing

router: APIRouter = Router(tags=["Needs desk"])

_PERSON = [allow(Door.PERSON)]
_A_QUARTER = timedelta(days=90)


@router.post(
    "/v1/me/needs",
    status_code=201,
    operation_id="my_needs_create",
    summary="Ask for something",
    dependencies=_PERSON,
)
async def send(body: NeedCreate, call: Current) -> NeedRead:
    """Asks whoever is responsible in a program; answers by when a first answer is promised."""
    need = await service.send(call.session, call.actor, body, settings=call.settings)
    await _tell_desk(call, need, MessageKind.NEED_SENT)
    call.answers(need)
    call.headers["Location"] = f"/v1/me/needs/{need.id}"
    return await _read_one(call, need)


@router.get(
    "/v1/me/needs",
    operation_id="my_needs_list",
    summary="List what I asked for",
    dependencies=_PERSON,
)
async def list_own(call: Current, page: Page) -> Listing[NeedRead]:
    """Lists what the caller asked for, and what came of it."""
    found = await paginate(
        call.session,
        repository.needs(call.session).where(Need.employee_id == call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Need.id,
        sorts={"created_at": Need.created_at},
        default_sort="-created_at",
    )
    opened = {one.id for one in found.rows}
    return Listing(data=await _read_many(call, found.rows, opened), next_cursor=found.next_cursor)


@router.get(
    "/v1/me/needs/{need_id}",
    operation_id="my_needs_get",
    summary="Read what I asked for",
    dependencies=_PERSON,
)
async def get_own(need_id: UUID, call: Current) -> NeedRead:
    """Answers all of it: words, messages, owner, times and outcome."""
    need = await service.read_own(call.session, call.actor, need_id)
    call.answers(need)
    return await _read_one(call, need)


@router.post(
    "/v1/me/needs/{need_id}/messages",
    status_code=201,
    operation_id="my_needs_write",
    summary="Write more about what I asked for",
    dependencies=_PERSON,
)
async def write_own(need_id: UUID, body: MessageCreate, call: Current) -> NeedRead:
    """Adds words; whoever answers is told, and one that was answered is open again."""
    need = await service.read_own(call.session, call.actor, need_id, lock=True)
    await service.write(call.session, call.actor, need, author=Author.PERSON, text=body.text, settings=call.settings)
    await _tell_desk(call, need, MessageKind.NEED_WRITTEN)
    call.answers(need)
    return await _read_one(call, need)


@router.post(
    "/v1/me/needs/{need_id}/close",
    operation_id="my_needs_close",
    summary="Close what I asked for",
    dependencies=_PERSON,
)
async def close_own(need_id: UUID, call: Current) -> NeedRead:
    """Closes it: the caller needs it no more."""
    need = await service.close_own(call.session, await service.read_own(call.session, call.actor, need_id, lock=True))
    call.answers(need)
    return await _read_one(call, need)


@router.get(
    "/v1/needs",
    operation_id="needs_list",
    summary="List needs",
    dependencies=[allow(Door.KNOWN)],
)
async def list_needs(
    call: Current,
    page: Page,
    program_id: Annotated[UUID | None, Query(description="Of one program.")] = None,
    state: Annotated[NeedState | None, Query(description="In one state.")] = None,
) -> Listing[NeedRead]:
    """Lists needs that the caller answers, with their words; and for managers of a program, that they were sent."""
    call.actor.tenant()
    answered = await service.list_answered(call.session, call.actor)
    managed = call.actor.programs_for(Permission.AMBASSADORS_READ)
    statement = repository.visible(call.session, managed=managed, answered=answered)
    if program_id is not None:
        statement = statement.where(Need.program_id == program_id)
    if state is not None:
        statement = statement.where(col(Need.state) == state)
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=f"{program_id}|{state}"),
        id_column=Need.id,
        sorts={"created_at": Need.created_at, "due_at": Need.due_at},
        default_sort="due_at",
    )
    pairs: set[tuple[UUID, NeedTopic]] = set(answered)
    opened = {row.id for row in found.rows if (row.program_id, row.topic) in pairs}
    return Listing(data=await _read_many(call, found.rows, opened), next_cursor=found.next_cursor)


@router.get(
    "/v1/needs/{need_id}",
    operation_id="needs_get",
    summary="Read a need",
    dependencies=[allow(Door.KNOWN)],
)
async def get_need(need_id: UUID, call: Current) -> NeedRead:
    """Answers a need to whoever answers it; managers of the program see that it was sent, not its words."""
    call.actor.tenant()
    need, is_answering = await service.read(call.session, call.actor, need_id)
    call.answers(need)
    return await _read_one(call, need, with_words=is_answering)


@router.post(
    "/v1/needs/{need_id}/messages",
    status_code=201,
    operation_id="needs_write",
    summary="Answer a need",
    dependencies=_PERSON,
)
async def write(need_id: UUID, body: MessageCreate, call: Current) -> NeedRead:
    """The responsible person answers; whoever asked is told."""
    need = await _to_answer(call, need_id)
    await service.write(call.session, call.actor, need, author=Author.DESK, text=body.text, settings=call.settings)
    await _tell_person(call, need, body.text)
    call.answers(need)
    return await _read_one(call, need)


@router.patch(
    "/v1/needs/{need_id}",
    operation_id="needs_update",
    summary="Decide on a need",
    dependencies=_PERSON,
)
async def decide(need_id: UUID, body: NeedUpdate, call: Current) -> NeedRead:
    """The responsible person says what comes of it, in words, or links it to the content plan or an item."""
    need = await _to_answer(call, need_id)
    call.must_match(need)
    if body.theme_id is not None:
        # Plans come after needs: the edge asks them.
        await plans.check_theme(call.session, need.program_id, body.theme_id)
    before = need.state
    await service.decide(call.session, call.actor, need, body, settings=call.settings)
    if need.state is not before or body.outcome is not None:
        await _tell_person(call, need, body.outcome or "")
    call.answers(need)
    return await _read_one(call, need)


@router.get(
    "/v1/programs/{program_id}/needs-settings",
    operation_id="needs_settings_get",
    summary="Read how soon a program answers",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def get_settings(program_id: UUID, call: Current) -> DeskRead:
    """Answers within how many working hours a first answer is promised, and which these are."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.PROGRAMS_READ, program_id=program_id)
    return await _desk(call, program_id)


@router.put(
    "/v1/programs/{program_id}/needs-settings",
    operation_id="needs_settings_put",
    summary="Say how soon a program answers",
    dependencies=[allow(Permission.NEEDS_SETTINGS)],
    responses={201: {"model": DeskRead, "description": "The program has said so for the first time."}},
)
async def put_settings(program_id: UUID, body: DeskWrite, call: Current, response: Response) -> DeskRead:
    """Says it (201) or changes it; once it was said, If-Match says which version is meant. Promises made stay."""
    await programs.get_program(call.session, program_id)
    desk = await repository.find_desk(call.session, program_id)
    if desk is not None:
        call.must_match(desk)
    else:
        if call.request.headers.get("if-match", "*") != "*":
            raise PreconditionFailed()
        response.status_code = 201
    await service.put_desk(call.session, call.actor, program_id, desk, body)
    return await _desk(call, program_id)


@router.get(
    "/v1/programs/{program_id}/needs-summary",
    operation_id="needs_summary_get",
    summary="Read how the needs desk does",
    # Exact numbers of few people are for who manages them; other readers of reports have the report's.
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def get_summary(
    program_id: UUID,
    call: Current,
    since: Annotated[AwareInstant | None, Query(description="null: 90 days before `until`.")] = None,
    until: Annotated[AwareInstant | None, Query(description="null: now.")] = None,
) -> NeedsSummaryRead:
    """Answers the desk in numbers: sent, answered in time, and what waits beyond what was promised."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    last = until or await db.now(call.session)
    first = since or last - _A_QUARTER
    summary = await service.summarize(call.session, program_id=program_id, since=first, until=last)
    return NeedsSummaryRead(
        program_id=program_id,
        since=first,
        until=last,
        sent=summary.sent,
        answered=summary.answered,
        answered_in_time=summary.answered_in_time,
        open=summary.open,
        unanswered_beyond_promise=summary.unanswered_beyond_promise,
        median_first_response_hours=summary.median_first_response_hours,
    )


async def _to_answer(call: Call, need_id: UUID) -> Need:
    need, is_answering = await service.read(call.session, call.actor, need_id, lock=True)
    if not is_answering:
        # Managers see that it was sent; to answer is for whoever holds the function.
        raise NotYoursToAnswer()
    return need


async def _desk(call: Call, program_id: UUID) -> DeskRead:
    own = await repository.find_desk(call.session, program_id)
    if own is not None:
        call.answers(own)
    desk, is_own = await service.desk_of(call.session, program_id)
    return DeskRead(
        program_id=program_id,
        first_response_hours=desk.hours,
        working_days=list(desk.days),
        opens_at=f"{desk.opens_at:%H:%M}",
        closes_at=f"{desk.closes_at:%H:%M}",
        time_zone=desk.zone,
        is_default=not is_own,
    )


async def _tell_desk(call: Call, need: Need, kind: MessageKind) -> None:
    if need.owner_employee_id is None or need.owner_employee_id == need.employee_id:
        return
    owner = await employee_rows.find_employee(call.session, need.owner_employee_id)
    if owner is None or owner.status not in PRESENT:
        return
    program = await programs.get_program(call.session, need.program_id)
    zone = await timing.own_zone(call.session, owner)
    await communication.write(
        call.session, owner, kind, settings=call.settings,
        values={
            "program": program.name,
            "topic": texts.topic_name(need.topic, language_of(owner)),
            "due": _local(need, zone),
            "need": need.id,
        },
    )  # fmt: skip


def _local(need: Need, zone: str) -> str:
    return f"{need.due_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


async def _tell_person(call: Call, need: Need, words: str) -> None:
    person = await employee_rows.find_employee(call.session, need.employee_id)
    if person is None or person.status not in PRESENT or person.id == call.actor.employee_id:
        return
    program = await programs.get_program(call.session, need.program_id)
    await communication.write(
        call.session, person, MessageKind.NEED_ANSWERED, settings=call.settings,
        values={
            "program": program.name,
            "state": texts.state_name(need.state, language_of(person)),
            "words": words,
            "need": need.id,
        },
    )  # fmt: skip


async def _read_many(call: Call, rows: Sequence[Need], opened: set[UUID]) -> list[NeedRead]:
    people = {one.id: one for one in await employee_rows.list_by_ids(call.session, [row.employee_id for row in rows])}
    now = await db.now(call.session)
    found = []
    for row in rows:
        words = (
            await service.open_words(call.session, row, settings=call.settings, with_messages=False)
            if row.id in opened
            else None
        )
        found.append(
            NeedRead(
                **row.model_dump(exclude={"organization_id", "version", "sealed_text", "sealed_outcome"}),
                display_name=people[row.employee_id].display_name,
                is_overdue=row.state is NeedState.OPEN and row.first_response_at is None and row.due_at <= now,
                text=words.text if words else None,
                outcome=words.outcome if words else None,
                messages=None,
            )
        )
    return found


async def _read_one(call: Call, need: Need, *, with_words: bool = True) -> NeedRead:
    (seen,) = await _read_many(call, [need], {need.id} if with_words else set())
    if not with_words:
        return seen
    words = await service.open_words(call.session, need, settings=call.settings)
    return seen.model_copy(update={"messages": [MessageRead.model_validate(one) for one in words.messages]})
