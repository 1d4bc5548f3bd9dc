"""Profile checklists: the person's own, their coach's while they want it, and an average that tells of nobody."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.api.dependencies import Call, Current, allow
from services.api.routing import Router
from services.core.coaching import repository, service
from services.core.coaching.models import Coaching, CoachingState
from services.core.coaching.schemas import (
    AssessmentWrite,
    AverageRead,
    AveragesRead,
    ChecklistRead,
    CoachingRead,
    CoachName,
    CoachRead,
    ItemRead,
    LookRead,
)
from services.core.coaching.service import Seen
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employee_rows
from services.core.employees import service as employees
from services.core.employees.models import Employee
from services.core.employees.service import language_of
from services.core.kit.schemas import Listing
from services.core.kit.texts import Text
from services.core.organizations.rules import Door, Permission
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Profile coaching"])

_PERSON = [allow(Door.PERSON)]

_WHO_SEES = Text(
    en="You, and a coach whom you have named, for as long as you want it. Nobody else, and we never read your profile.",
    he="רק לך ולמלווה שבחרת, כל עוד רצונך בכך. לאף אחד אחר אין גישה, ואיננו קוראים את הפרופיל שלך.",
)
_YES = Text(en="yes, gladly.", he="כן, בשמחה.")
_NO = Text(en="not now.", he="לא כרגע.")
_METHOD = Text(
    en="Mean of each person's first and latest score, of looks made before this week, in steps of five points; groups "
    "that would tell of fewer than {k} people are left out.",
    he="ממוצע הציון הראשון והציון האחרון של כל אדם, מהערכות שנעשו לפני שבוע זה, בקפיצות של חמש נקודות; קבוצות שהיו "
    "מגלות מידע על פחות מ-{k} אנשים אינן מוצגות.",
)


@router.get(
    "/v1/me/profile-checklists/{slug}",
    operation_id="my_profile_checklists_get",
    summary="Read my profile checklist",
    dependencies=_PERSON,
)
async def get_own(slug: str, call: Current) -> ChecklistRead:
    """Answers the caller's checklist for a network (`linkedin`, `x`), with every look at it so far."""
    return _read(call, await service.own(call.session, call.actor, slug, settings=call.settings))


@router.put(
    "/v1/me/profile-checklists/{slug}",
    operation_id="my_profile_checklists_assess",
    summary="Assess my profile",
    dependencies=_PERSON,
)
async def assess_own(slug: str, body: AssessmentWrite, call: Current) -> ChecklistRead:
    """Adds the caller's own look at their profile. Earlier looks stay, for the way from before to after."""
    seen = await service.own(call.session, call.actor, slug, settings=call.settings)
    return _read(call, await service.assess(call.session, call.actor, seen.checklist.id, body, settings=call.settings))


@router.get(
    "/v1/profile-checklists/{checklist_id}",
    operation_id="profile_checklists_get",
    summary="Read a profile checklist",
    dependencies=[allow(Door.KNOWN)],
)
async def get_checklist(checklist_id: UUID, call: Current) -> ChecklistRead:
    """Answers a checklist to its person and to a coach whom they let see it. For everybody else there is none."""
    call.actor.tenant()
    return _read(call, await service.read(call.session, call.actor, checklist_id, settings=call.settings))


@router.post(
    "/v1/profile-checklists/{checklist_id}/assessments",
    status_code=201,
    operation_id="profile_assessments_create",
    summary="Assess a profile",
    dependencies=[allow(Door.KNOWN)],
)
async def assess(checklist_id: UUID, body: AssessmentWrite, call: Current) -> ChecklistRead:
    """Adds a look at a profile, by its person or by their coach; the person is told of a coach's."""
    call.actor.tenant()
    seen = await service.assess(call.session, call.actor, checklist_id, body, settings=call.settings)
    if seen.checklist.employee_id != call.actor.employee_id and call.actor.employee_id is not None:
        coach = await employees.get_employee(call.session, call.actor.employee_id)
        person = await employees.get_employee(call.session, seen.checklist.employee_id)
        await communication.write(
            call.session, person, MessageKind.COACH_ASSESSED, settings=call.settings,
            values={
                "person": coach.display_name, "network": seen.checklist.network, "checklist": seen.checklist.id,
            },
        )  # fmt: skip
    call.headers["Location"] = f"/v1/profile-checklists/{checklist_id}"
    return _read(call, seen)


@router.post(
    "/v1/me/profile-coaches",
    status_code=201,
    operation_id="my_profile_coaches_create",
    summary="Name a coach",
    dependencies=_PERSON,
)
async def name_coach(body: CoachName, call: Current) -> CoachRead:
    """Asks a colleague to look at the caller's profile; they see it once they accept, and until either ends it."""
    coach = await employees.get_present(call.session, body.coach_employee_id)
    coaching = await service.name_coach(call.session, call.actor, coach=coach, network=body.network)
    person = await employees.get_employee(call.session, call.actor.person())
    await communication.write(
        call.session, coach, MessageKind.COACH_ASKED, settings=call.settings, subject_id=coaching.id,
        values={"person": person.display_name, "network": body.network, "coaching": coaching.id},
    )  # fmt: skip
    call.headers["Location"] = f"/v1/me/profile-coaches/{coaching.id}"
    return _coach(coaching, coach, body.network)


@router.get(
    "/v1/me/profile-coaches",
    operation_id="my_profile_coaches_list",
    summary="List my coaches",
    dependencies=_PERSON,
)
async def list_coaches(call: Current) -> Listing[CoachRead]:
    """Lists whom the caller has named, those of before too."""
    rows = await repository.list_coachings(call.session, employee_id=call.actor.person())
    networks = await repository.map_networks(call.session, {row.checklist_id for row in rows})
    people = {one.id: one for one in await employee_rows.list_by_ids(call.session, [r.coach_employee_id for r in rows])}
    return Listing(
        data=[_coach(row, people[row.coach_employee_id], networks[row.checklist_id]) for row in rows],
        next_cursor=None,
    )


@router.delete(
    "/v1/me/profile-coaches/{coaching_id}",
    status_code=204,
    operation_id="my_profile_coaches_delete",
    summary="End a coaching",
    dependencies=_PERSON,
)
async def end(coaching_id: UUID, call: Current) -> None:
    """Ends it at once, by the person or by the coach: from now on the coach sees nothing. No reason is asked."""
    await service.end(call.session, call.actor, coaching_id)


@router.get(
    "/v1/me/coachings",
    operation_id="my_coachings_list",
    summary="List whom I coach",
    dependencies=_PERSON,
)
async def list_coachings(call: Current) -> Listing[CoachingRead]:
    """Lists who asks the caller, and whom they coach."""
    rows = await repository.list_coachings(call.session, coach_employee_id=call.actor.person())
    networks = await repository.map_networks(call.session, {row.checklist_id for row in rows})
    people = {one.id: one for one in await employee_rows.list_by_ids(call.session, [row.employee_id for row in rows])}
    return Listing(
        data=[_coaching(row, people[row.employee_id], networks[row.checklist_id]) for row in rows], next_cursor=None
    )


@router.post(
    "/v1/me/coachings/{coaching_id}/accept",
    operation_id="my_coachings_accept",
    summary="Accept to coach somebody",
    dependencies=_PERSON,
)
async def accept(coaching_id: UUID, call: Current) -> CoachingRead:
    """Says yes: from now on the caller reads and assesses that checklist."""
    return await _answer(call, coaching_id, is_yes=True)


@router.post(
    "/v1/me/coachings/{coaching_id}/decline",
    operation_id="my_coachings_decline",
    summary="Decline to coach somebody",
    dependencies=_PERSON,
)
async def decline(coaching_id: UUID, call: Current) -> CoachingRead:
    """Says no; only the person who asked learns of it."""
    return await _answer(call, coaching_id, is_yes=False)


@router.get(
    "/v1/programs/{program_id}/profile-scores",
    operation_id="profile_scores_get",
    summary="Read how profiles have got on",
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_scores(
    program_id: UUID,
    call: Current,
    network: Annotated[str, Query(description="Of which network.", pattern="^[a-z][a-z0-9_]{0,39}$")] = "linkedin",
) -> AveragesRead:
    """Answers the average before and after, of all and by department; null where it would tell of few people."""
    await programs.get_program(call.session, program_id)
    as_of, whole, departments = await service.average(
        call.session, call.actor, program_id, network, settings=call.settings
    )
    k = call.settings.min_group_size
    call.headers["Content-Language"] = call.language.value
    return AveragesRead(
        program_id=program_id,
        network=network,
        as_of=as_of,
        fewest_people=k,
        method=_METHOD.in_language(call.language, k=k),
        formula_version=service.FORMULA_VERSION,
        all=AverageRead.model_validate(whole),
        departments=[AverageRead.model_validate(one) for one in departments],
    )


async def _answer(call: Call, coaching_id: UUID, *, is_yes: bool) -> CoachingRead:
    coaching = await service.answer(call.session, call.actor, coaching_id, is_yes=is_yes)
    person = await employees.get_employee(call.session, coaching.employee_id)
    coach = await employees.get_employee(call.session, coaching.coach_employee_id)
    network = (await repository.map_networks(call.session, {coaching.checklist_id}))[coaching.checklist_id]
    await communication.write(
        call.session, person, MessageKind.COACH_ANSWERED, settings=call.settings, subject_id=coaching.id,
        values={
            "person": coach.display_name,
            "network": network,
            "coaching": coaching.id,
            "answer": (_YES if is_yes else _NO).in_language(language_of(person)),
        },
    )  # fmt: skip
    return _coaching(coaching, person, network)


def _coach(row: Coaching, coach: Employee, network: str) -> CoachRead:
    return CoachRead(
        **row.model_dump(include={"id", "coach_employee_id", "state", "created_at", "answered_at", "ended_at"}),
        network=network,
        coach_name=coach.display_name,
    )


def _coaching(row: Coaching, person: Employee, network: str) -> CoachingRead:
    return CoachingRead(
        **row.model_dump(include={"id", "employee_id", "state", "created_at", "answered_at"}),
        network=network,
        display_name=person.display_name,
        checklist_id=row.checklist_id if row.state is CoachingState.ACCEPTED else None,
    )


def _read(call: Call, seen: Seen) -> ChecklistRead:
    latest = seen.looks[-1] if seen.looks else None
    call.headers["Content-Language"] = call.language.value
    return ChecklistRead(
        id=seen.checklist.id,
        network=seen.checklist.network,
        items=[
            ItemRead(
                key=item.key,
                title=item.title.in_language(call.language),
                how=item.how.in_language(call.language),
                weight=item.weight,
                answer=latest.items.get(item.key) if latest else None,
            )
            for item in seen.items
        ],
        score_before=seen.looks[0].score if seen.looks else None,
        score_after=latest.score if latest else None,
        history=[LookRead.model_validate(one) for one in reversed(seen.looks)],
        who_sees_it=_WHO_SEES.in_language(call.language),
    )
