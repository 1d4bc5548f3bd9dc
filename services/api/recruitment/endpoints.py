"""A word for a colleague, applying, being answered with a reason; open calls, and whether groups are selected alike."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Current, Page, allow
from services.api.recruitment import letters
from services.api.routing import Router
from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.models import CallState, OpenCall
from services.core.ambassadors.schemas import FitRead
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import service as employees
from services.core.kit import db
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.models import TokenPurpose
from services.core.organizations.rules import Door, Permission
from services.core.programs import repository as programs
from services.core.recruitment import repository, rules, service
from services.core.recruitment.models import Application, ApplicationState, Nomination
from services.core.recruitment.rules import GroupBy, Stage
from services.core.recruitment.schemas import (
    ApplicationCreate,
    ApplicationForManagers,
    ApplicationRead,
    CallCreate,
    CallRead,
    CallUpdate,
    GroupRead,
    MyNomination,
    NominatedBy,
    NominationAccept,
    NominationCreate,
    NominationSent,
    Refuse,
    SelectionReport,
)

router: APIRouter = Router(tags=["Recruitment"])
mine: APIRouter = Router(tags=["My membership"])

_PERSON = [allow(Door.PERSON)]
_READ = [allow(Permission.AMBASSADORS_READ)]
_INVITE = [allow(Permission.AMBASSADORS_INVITE)]


@router.post(
    "/v1/programs/{program_id}/open-calls", status_code=201, operation_id="open_calls_create",
    summary="Call for more ambassadors", dependencies=_INVITE,
)  # fmt: skip
async def create_call(program_id: UUID, body: CallCreate, call: Current) -> CallRead:
    """Opens a call with a link to hand out; who applies lands among the program's applications."""
    program = await programs.get_program(call.session, program_id)
    made = await service.create_call(call.session, call.actor, program, body)
    call.headers["Location"] = f"/v1/open-calls/{made.id}"
    return await _call(call, made)


@router.get(
    "/v1/programs/{program_id}/open-calls", operation_id="open_calls_list", summary="List open calls",
    dependencies=_READ,
)  # fmt: skip
async def list_calls(program_id: UUID, call: Current, page: Page) -> Listing[CallRead]:
    """Lists the calls of a program, those that are over too."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    found = await paginate(
        call.session,
        ambassadors.calls(call.session).where(OpenCall.program_id == program_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=OpenCall.id,
        sorts={"created_at": OpenCall.created_at, "closes_at": OpenCall.closes_at},
        default_sort="-created_at",
    )
    return Listing(data=[await _call_read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get("/v1/open-calls/{call_id}", operation_id="open_calls_get", summary="Read an open call", dependencies=_READ)
async def get_call(call_id: UUID, call: Current) -> CallRead:
    """Answers one call."""
    row = await ambassadors.get_call(call.session, call_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=row.program_id)
    return await _call(call, row)


@router.patch(
    "/v1/open-calls/{call_id}", operation_id="open_calls_update", summary="Change an open call", dependencies=_INVITE
)
async def update_call(call_id: UUID, body: CallUpdate, call: Current) -> CallRead:
    """Merge patch. A later deadline opens a call again that had run out."""
    row = await ambassadors.get_call(call.session, call_id)
    call.actor.require(Permission.AMBASSADORS_INVITE, program_id=row.program_id)
    call.must_match(row)
    return await _call(call, await service.update_call(call.session, call.actor, row, body))


@router.post(
    "/v1/open-calls/{call_id}/close", operation_id="open_calls_close", summary="Close an open call",
    dependencies=_INVITE,
)  # fmt: skip
async def close_call(call_id: UUID, call: Current) -> CallRead:
    """Takes no more applications; those that came are answered as before."""
    row = await ambassadors.get_call(call.session, call_id, lock=True)
    return await _call(call, await service.close_call(call.session, call.actor, row))


async def _call(call: Current, row: OpenCall) -> CallRead:
    call.answers(row)
    return await _call_read(call, row)


async def _call_read(call: Current, row: OpenCall) -> CallRead:
    counts = await repository.count_applications(call.session, [row.id])
    is_open = rules.takes_applications(row, now=await db.now(call.session))
    return CallRead.model_validate(
        {
            **row.model_dump(),
            "state": CallState.OPEN if is_open else CallState.CLOSED,
            "link": f"{call.settings.public_url}/join/call/{row.code}",
            "applications": counts.get(row.id, 0),
        }
    )


@mine.post(
    "/v1/programs/{program_id}/nominations", status_code=201, operation_id="nominations_create",
    summary="Nominate a colleague", dependencies=_PERSON,
)  # fmt: skip
async def nominate(program_id: UUID, body: NominationCreate, call: Current) -> NominationSent:
    """Passes a word for a colleague to that colleague. Nobody else sees it unless they pass it on."""
    program = await programs.get_program(call.session, program_id)
    nomination, nominee = await service.nominate(call.session, call.actor, program, body, settings=call.settings)
    if nominee is not None:
        nominator = await employees.get_employee(call.session, nomination.nominator_id)
        await communication.send_one_time_link(
            call.session,
            nominee,
            MessageKind.NOMINATION,
            TokenPurpose.SIGN_IN,
            settings=call.settings,
            values={
                "program": program.name,
                "nominator": nominator.display_name,
                "reason": body.reason,
                "nomination": nomination.id,
                "until": f"{nomination.expires_at:%Y-%m-%d}",
            },
        )
    return NominationSent.model_validate(nomination)


@mine.get(
    "/v1/me/nominations/sent", operation_id="my_nominations_sent", summary="List whom I nominated",
    dependencies=_PERSON,
)  # fmt: skip
async def list_sent(call: Current, page: Page) -> Listing[NominationSent]:
    """Lists the nominations the caller has made: that they were passed on, and never what became of them."""
    found = await paginate(
        call.session,
        repository.nominations(call.session).where(Nomination.nominator_id == call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Nomination.id,
        sorts={"created_at": Nomination.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[NominationSent.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@mine.get(
    "/v1/me/nominations", operation_id="my_nominations_list", summary="List who nominated me", dependencies=_PERSON
)
async def list_my_nominations(call: Current, page: Page) -> Listing[MyNomination]:
    """Lists what colleagues have said of the caller. Managers see none of it until the caller passes it on."""
    found = await paginate(
        call.session,
        repository.nominations(call.session).where(Nomination.nominee_id == call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Nomination.id,
        sorts={"created_at": Nomination.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[await _my_nomination(call, row) for row in found.rows], next_cursor=found.next_cursor)


async def _my_nomination(call: Current, row: Nomination) -> MyNomination:
    said = await service.open_nomination(call.session, row, settings=call.settings)
    programs_of = await ambassadors.name_programs(call.session, [row.program_id])
    nominators = await ambassadors.name_employees(call.session, [row.nominator_id])
    return MyNomination.model_validate(
        {
            **row.model_dump(),
            **said,
            "program_name": programs_of[row.program_id],
            "nominator": nominators[row.nominator_id],
        }
    )


@mine.post(
    "/v1/nominations/{nomination_id}/accept", status_code=201, operation_id="nominations_accept",
    summary="Pass a nomination on", dependencies=_PERSON,
)  # fmt: skip
async def accept_nomination(nomination_id: UUID, body: NominationAccept, call: Current) -> ApplicationRead:
    """Turns a nomination of the caller into their application, as they correct it."""
    application = await service.accept_nomination(call.session, call.actor, nomination_id, body, settings=call.settings)
    return await _created(call, application)


@mine.post(
    "/v1/nominations/{nomination_id}/decline", operation_id="nominations_decline", summary="Let a nomination pass",
    dependencies=_PERSON,
)  # fmt: skip
async def decline_nomination(nomination_id: UUID, call: Current) -> MyNomination:
    """Lets it pass. Nobody is told, and nothing follows from it."""
    return await _my_nomination(call, await service.decline_nomination(call.session, call.actor, nomination_id))


@mine.post(
    "/v1/programs/{program_id}/applications", status_code=201, operation_id="applications_create",
    summary="Apply to a program", dependencies=_PERSON,
)  # fmt: skip
async def apply(program_id: UUID, body: ApplicationCreate, call: Current) -> ApplicationRead:
    """The caller asks to become an ambassador, through an open call (`code`) or without."""
    program = await programs.get_program(call.session, program_id)
    return await _created(call, await service.apply(call.session, call.actor, program, body, settings=call.settings))


async def _created(call: Current, application: Application) -> ApplicationRead:
    await letters.confirm(call.session, application, settings=call.settings)
    call.answers(application)
    call.headers["Location"] = f"/v1/applications/{application.id}"
    return await _own_application(call, application)


@mine.get("/v1/me/applications", operation_id="my_applications_list", summary="List my applications",
    dependencies=_PERSON,
)  # fmt: skip
async def list_my_applications(call: Current, page: Page) -> Listing[ApplicationRead]:
    """Lists the caller's applications, with the reason where the answer was no."""
    found = await paginate(
        call.session,
        repository.applications(call.session).where(Application.employee_id == call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Application.id,
        sorts={"created_at": Application.created_at},
        default_sort="-created_at",
    )
    return Listing(data=[await _own_application(call, row) for row in found.rows], next_cursor=found.next_cursor)


@mine.post(
    "/v1/applications/{application_id}/withdraw", operation_id="applications_withdraw",
    summary="Withdraw my application", dependencies=_PERSON,
)  # fmt: skip
async def withdraw(application_id: UUID, call: Current) -> ApplicationRead:
    """The caller takes an open application back. Managers see it no more, and nothing follows from it."""
    application = await service.withdraw(call.session, call.actor, application_id)
    call.answers(application)
    return await _own_application(call, application)


@router.get(
    "/v1/programs/{program_id}/applications", operation_id="applications_list", summary="List applications",
    dependencies=_READ,
)  # fmt: skip
async def list_applications(
    program_id: UUID,
    call: Current,
    page: Page,
    state: Annotated[
        list[ApplicationState] | None, Query(description="Only in these states; repeat for several.")
    ] = None,
) -> Listing[ApplicationForManagers]:
    """Lists who asked to join, how they fit and what was answered. Who took it back is not listed."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    statement = repository.applications(call.session).where(
        Application.program_id == program_id, Application.state != ApplicationState.WITHDRAWN
    )
    if state:
        statement = statement.where(col(Application.state).in_(state))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(state or []))),
        id_column=Application.id,
        sorts={"created_at": Application.created_at},
        default_sort="created_at",
    )
    seen = await service.look_at(call.session, program_id, found.rows, settings=call.settings)
    return Listing(data=[await _for_managers(call, one) for one in seen], next_cursor=found.next_cursor)


@router.get(
    "/v1/applications/{application_id}", operation_id="applications_get", summary="Read an application",
    dependencies=[allow(Door.KNOWN)],
)  # fmt: skip
async def get_application(application_id: UUID, call: Current) -> ApplicationForManagers | ApplicationRead:
    """Answers one application to its person, or, with their fit, to the program's managers."""
    application, is_own = await service.read_application(call.session, call.actor, application_id)
    call.answers(application)
    if is_own:
        return await _own_application(call, application)
    return await _seen_by_manager(call, application)


@router.post(
    "/v1/applications/{application_id}/accept", operation_id="applications_accept", summary="Accept an application",
    dependencies=_INVITE,
)  # fmt: skip
async def accept(application_id: UUID, call: Current) -> ApplicationForManagers:
    """Says yes: the person joins, or waits while every place is taken, and is told which."""
    application, ambassador = await service.accept(call.session, call.actor, application_id)
    await letters.welcome(call.session, application, ambassador, settings=call.settings)
    call.answers(application)
    return await _seen_by_manager(call, application)


@router.post(
    "/v1/applications/{application_id}/refuse", operation_id="applications_refuse", summary="Refuse an application",
    dependencies=_INVITE,
)  # fmt: skip
async def refuse(application_id: UUID, body: Refuse, call: Current) -> ApplicationForManagers:
    """Says no, with a reason that the person gets in their language."""
    application, answer = await service.refuse(call.session, call.actor, application_id, body, settings=call.settings)
    await letters.refuse(call.session, application, answer, settings=call.settings)
    call.answers(application)
    return await _seen_by_manager(call, application)


async def _seen_by_manager(call: Current, application: Application) -> ApplicationForManagers:
    (seen,) = await service.look_at(call.session, application.program_id, [application], settings=call.settings)
    return await _for_managers(call, seen)


async def _own_application(call: Current, row: Application) -> ApplicationRead:
    content = await service.open_application(call.session, row, settings=call.settings)
    names = await ambassadors.name_programs(call.session, [row.program_id])
    place = None
    if row.state is ApplicationState.ACCEPTED:
        member = await ambassadors.find_ambassador(call.session, program_id=row.program_id, employee_id=row.employee_id)
        place = await ambassadors.find_place(call.session, member) if member is not None else None
    return ApplicationRead.model_validate(
        {
            **row.model_dump(),
            "program_name": names[row.program_id],
            "is_waiting": place is not None,
            "place": place,
            "words": content["words"],
            "answer": content.get("answer"),
        }
    )


async def _for_managers(call: Current, seen: service.Seen) -> ApplicationForManagers:
    own = await _own_application(call, seen.application)
    nomination = None
    if seen.content["nomination"] is not None and seen.application.nomination_id is not None:
        row = await repository.get_own_nomination(
            call.session, seen.application.nomination_id, nominee_id=seen.employee.id
        )
        names = await ambassadors.name_employees(call.session, [row.nominator_id])
        nomination = NominatedBy(nominator=names[row.nominator_id], **seen.content["nomination"])
    return ApplicationForManagers(
        **own.model_dump(),
        employee_id=seen.employee.id,
        display_name=seen.employee.display_name,
        department=seen.employee.department,
        nomination=nomination,
        decided_by=seen.application.decided_by,
        fit=FitRead.model_validate(seen.fit),
    )


@router.get(
    "/v1/programs/{program_id}/selection-report", operation_id="selection_report_get",
    summary="Read whether groups are selected alike", dependencies=_READ,
)  # fmt: skip
async def report_selection(
    program_id: UUID,
    call: Current,
    by: Annotated[GroupBy, Query(description="What people are grouped by.")] = GroupBy.UNIT,
    stage: Annotated[
        Stage,
        Query(
            description="`persona`: whom the persona fits, of all who are there; `invited`: who was invited, of all "
            "who are there; `decided`: who was accepted, of all applications that were answered."
        ),
    ] = Stage.PERSONA,
) -> SelectionReport:
    """Answers the selection rate of each group of 20 or more, its ratio to the highest, and the sample sizes."""
    await programs.get_program(call.session, program_id)
    groups = await service.report_selection(
        call.session, call.actor, program_id, stage=stage, by=by, settings=call.settings
    )
    return SelectionReport(
        program_id=program_id,
        stage=stage,
        by=by,
        least_group=rules.LEAST_GROUP,
        groups=[GroupRead.model_validate(group) for group in groups],
    )
