"""Whom a program looks for, who is asked, who joins; and the person's own yes, no and goodbye."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Query, Response
from sqlmodel import col

from services.api.ambassadors.facts import advance
from services.api.dependencies import Current, Page, allow, etag
from services.api.routing import Router
from services.core.ambassadors import declarations, repository, rules, service
from services.core.ambassadors.fit import score
from services.core.ambassadors.models import Ambassador, AmbassadorState, Intake, Invitation
from services.core.ambassadors.rules import Fit
from services.core.ambassadors.schemas import (
    AmbassadorRead,
    CandidateRead,
    CoverageRead,
    FitRead,
    IntakeRead,
    IntakeWrite,
    InvitationAccept,
    InvitationCreate,
    InvitationRead,
    MemberRead,
    MembershipRead,
    MyInvitation,
    PersonaRead,
    PersonaWrite,
    PolicyToRead,
)
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.employees import service as employees
from services.core.employees.models import Employee
from services.core.kit import db
from services.core.kit.errors import NotFound, PreconditionFailed
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations import repository as organizations
from services.core.organizations.models import TokenPurpose
from services.core.organizations.rules import Door, Permission
from services.core.policies import service as policies
from services.core.programs import repository as programs
from services.core.recruitment import service as recruitment
from services.core.shares import service as shares

router: APIRouter = Router(tags=["Ambassadors"])
mine: APIRouter = Router(tags=["My membership"])


@router.get(
    "/v1/programs/{program_id}/persona",
    operation_id="personas_get",
    summary="Read whom a program looks for",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def get_persona(program_id: UUID, call: Current) -> PersonaRead:
    """Answers the persona of a program."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    persona = await repository.find_persona(call.session, program_id)
    if persona is None:
        raise NotFound(thing="persona")
    call.answers(persona)
    return PersonaRead.model_validate(persona)


@router.put(
    "/v1/programs/{program_id}/persona",
    operation_id="personas_put",
    summary="Say whom a program looks for",
    dependencies=[allow(Permission.AMBASSADORS_INVITE)],
    responses={201: {"model": PersonaRead, "description": "The persona was created."}},
)
async def put_persona(program_id: UUID, body: PersonaWrite, call: Current, response: Response) -> PersonaRead:
    """Creates the persona (201) or replaces it whole; once there is one, If-Match says which version is meant."""
    await programs.get_program(call.session, program_id)
    persona = await repository.find_persona(call.session, program_id)
    if persona is not None:
        call.must_match(persona)
    else:
        if "if-match" in call.request.headers:
            raise PreconditionFailed()
        response.status_code = 201
    persona = await service.put_persona(call.session, call.actor, program_id, persona, body)
    call.answers(persona)
    return PersonaRead.model_validate(persona)


@router.get(
    "/v1/programs/{program_id}/coverage",
    operation_id="personas_coverage",
    summary="Read what nobody can do yet",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def read_coverage(program_id: UUID, call: Current) -> CoverageRead:
    """Answers what the program needs people for against who is there, and which needs have nobody."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    shown = await declarations.shown_to_program(call.session, program_id, settings=call.settings)
    needs = await service.read_coverage(call.session, program_id, declared=shown)
    return CoverageRead(needs=needs, nobody_for=[need for need in needs if need.has_nobody])


@router.get(
    "/v1/programs/{program_id}/intake",
    operation_id="intakes_get",
    summary="Read how a program takes people in",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def get_intake(program_id: UUID, call: Current) -> IntakeRead:
    """Answers the places, reminders and steps of a program, and how many are in and wait."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    return await _intake(call, await service.read_intake(call.session, program_id))


@router.put(
    "/v1/programs/{program_id}/intake",
    operation_id="intakes_put",
    summary="Say how a program takes people in",
    dependencies=[allow(Permission.AMBASSADORS_INVITE)],
)
async def put_intake(program_id: UUID, body: IntakeWrite, call: Current) -> IntakeRead:
    """Replaces it whole. More places go to those who wait at once; fewer send nobody away."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_INVITE, program_id=program_id)
    intake = await service.read_intake(call.session, program_id)
    call.must_match(intake)
    return await _intake(call, await service.put_intake(call.session, call.actor, intake, body))


async def _intake(call: Current, intake: Intake) -> IntakeRead:
    call.answers(intake)
    return IntakeRead.model_validate(
        {
            **intake.model_dump(),
            "members": await repository.count_members(call.session, intake.program_id),
            "waiting": await repository.count_waiting(call.session, intake.program_id),
        }
    )


@router.get(
    "/v1/programs/{program_id}/candidates",
    operation_id="candidates_list",
    summary="List candidates",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def list_candidates(
    program_id: UUID,
    call: Current,
    page: Page,
    fit: Annotated[
        Fit, Query(description="`fitting`: every criterion is met; `possible`: none is known to fail; `all`.")
    ] = Fit.FITTING,
) -> Listing[CandidateRead]:
    """Lists employees who are there and fit the persona, with a score that is the sum of its parts.

    What people declare of themselves counts only for those who let this program look at it.
    """
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    shown = await declarations.shown_to_program(call.session, program_id, settings=call.settings)
    found = await paginate(
        call.session,
        await repository.candidates(call.session, program_id, fit=fit, declared=shown),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=fit.value),
        id_column=Employee.id,
        sorts={"display_name": Employee.display_name, "created_at": Employee.created_at},
        default_sort="display_name",
    )
    ids = [row.id for row in found.rows]
    persona = await repository.find_persona(call.session, program_id)
    members = {
        row.employee_id: row
        for row in await repository.list_ambassadors_of(call.session, program_id=program_id, employee_ids=ids)
    }
    invited: dict[UUID, list[Invitation]] = {}
    for row in await repository.list_invitations_of(call.session, program_id=program_id, employee_ids=ids):
        invited.setdefault(row.employee_id, []).append(row)
    now = await db.now(call.session)
    default = (await organizations.get_organization(call.session)).time_zone
    candidates = []
    for employee in found.rows:
        today = rules.local_date(now, employee.time_zone, default=default)
        declared = shown.get(employee.id, rules.NOTHING_DECLARED)
        explained = rules.explain(persona.criteria if persona else {}, employee, today=today, declared=declared)
        fit_of = FitRead.model_validate(score(explained, persona.terms if persona else {}))
        candidates.append(
            CandidateRead(
                employee_id=employee.id,
                display_name=employee.display_name,
                title=employee.title,
                department=employee.department,
                job_family=employee.job_family,
                country=employee.country,
                tenure_months=rules.tenure_months(employee.started_on, today) if employee.started_on else None,
                standing=rules.standing(members.get(employee.id), invited.get(employee.id, []), now=now),
                criteria=list(fit_of.parts),
                fit=fit_of,
            )
        )
    return Listing(data=candidates, next_cursor=found.next_cursor)


@router.post(
    "/v1/programs/{program_id}/invitations",
    status_code=201,
    operation_id="invitations_create",
    summary="Invite an employee",
    dependencies=[allow(Permission.AMBASSADORS_INVITE)],
)
async def invite(program_id: UUID, body: InvitationCreate, call: Current) -> InvitationRead:
    """Asks an employee to join, by a mail with a one-time link; their answer is theirs alone."""
    program = await programs.get_program(call.session, program_id)
    employee = await employees.get_present(call.session, body.employee_id)
    invitation = await service.invite(call.session, call.actor, program, employee, body)
    await communication.send_one_time_link(
        call.session,
        employee,
        MessageKind.INVITATION,
        TokenPurpose.INVITATION,
        settings=call.settings,
        language=invitation.language,
        values={"program": program.name, "message": invitation.message or ""},
    )
    seen = rules.seen_by_manager(invitation, now=await db.now(call.session))
    call.headers["ETag"] = etag(seen.version)
    call.headers["Location"] = f"/v1/invitations/{invitation.id}"
    return InvitationRead.model_validate(seen)


@router.get(
    "/v1/programs/{program_id}/invitations",
    operation_id="invitations_list",
    summary="List invitations",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def list_invitations(program_id: UUID, call: Current, page: Page) -> Listing[InvitationRead]:
    """Lists who was asked. Who said no is shown like who has not answered: there is no list of refusers."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    found = await paginate(
        call.session,
        repository.invitations(call.session).where(Invitation.program_id == program_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Invitation.id,
        sorts={"created_at": Invitation.created_at},
        default_sort="-created_at",
    )
    now = await db.now(call.session)
    return Listing(
        data=[InvitationRead.model_validate(rules.seen_by_manager(row, now=now)) for row in found.rows],
        next_cursor=found.next_cursor,
    )


@router.get(
    "/v1/invitations/{invitation_id}",
    operation_id="invitations_get",
    summary="Read an invitation",
    dependencies=[allow(Door.KNOWN)],
)
async def get_invitation(invitation_id: UUID, call: Current) -> InvitationRead:
    """Answers one invitation to the invited person, or to the program's managers."""
    seen = await service.read_invitation(call.session, call.actor, invitation_id)
    call.headers["ETag"] = etag(seen.version)
    return InvitationRead.model_validate(seen)


@router.get(
    "/v1/programs/{program_id}/ambassadors",
    operation_id="ambassadors_list",
    summary="List ambassadors",
    dependencies=[allow(Permission.AMBASSADORS_READ)],
)
async def list_ambassadors(
    program_id: UUID,
    call: Current,
    page: Page,
    state: Annotated[
        list[AmbassadorState] | None, Query(description="Only in these states; repeat for several.")
    ] = None,
) -> Listing[MemberRead]:
    """Lists membership, and nothing of what anybody does in the program."""
    await programs.get_program(call.session, program_id)
    call.actor.require(Permission.AMBASSADORS_READ, program_id=program_id)
    statement = repository.ambassadors(call.session).where(Ambassador.program_id == program_id)
    if state:
        statement = statement.where(col(Ambassador.state).in_(state))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(state or []))),
        id_column=Ambassador.id,
        sorts={"created_at": Ambassador.created_at},
        default_sort="created_at",
    )
    names = await repository.name_employees(call.session, [row.employee_id for row in found.rows])
    return Listing(
        data=[
            MemberRead(**AmbassadorRead.model_validate(row).model_dump(), display_name=names[row.employee_id])
            for row in found.rows
        ],
        next_cursor=found.next_cursor,
    )


@mine.get(
    "/v1/me/invitations",
    operation_id="my_invitations_list",
    summary="List my invitations",
    dependencies=[allow(Door.PERSON)],
)
async def list_my_invitations(call: Current, page: Page) -> Listing[MyInvitation]:
    """Lists the caller's own invitations, with their own answers."""
    employee_id = call.actor.person()
    found = await paginate(
        call.session,
        repository.invitations(call.session).where(Invitation.employee_id == employee_id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Invitation.id,
        sorts={"created_at": Invitation.created_at},
        default_sort="-created_at",
    )
    names = await repository.name_programs(call.session, [row.program_id for row in found.rows])
    now = await db.now(call.session)
    return Listing(
        data=[
            MyInvitation(
                **InvitationRead.model_validate(rules.seen_by_person(row, now=now)).model_dump(),
                program_name=names[row.program_id],
            )
            for row in found.rows
        ],
        next_cursor=found.next_cursor,
    )


@mine.post(
    "/v1/invitations/{invitation_id}/accept",
    operation_id="invitations_accept",
    summary="Join",
    dependencies=[allow(Door.PERSON)],
)
async def accept_invitation(invitation_id: UUID, call: Current, body: InvitationAccept | None = None) -> MembershipRead:
    """The invited person joins, and learns which policies to read before the first share."""
    ambassador = await service.accept(call.session, call.actor, invitation_id, body or InvitationAccept())
    await recruitment.settle_after_joining(
        call.session, program_id=ambassador.program_id, employee_id=ambassador.employee_id
    )
    return await _membership(call, await advance(call.session, ambassador))


@mine.post(
    "/v1/invitations/{invitation_id}/decline",
    operation_id="invitations_decline",
    summary="Say no",
    dependencies=[allow(Door.PERSON)],
)
async def decline_invitation(invitation_id: UUID, call: Current) -> InvitationRead:
    """The invited person says no. Nobody is told, and nothing follows from it."""
    return InvitationRead.model_validate(await service.decline(call.session, call.actor, invitation_id))


@mine.post(
    "/v1/me/ambassadorships/{program_id}/leave",
    operation_id="my_ambassadorships_leave",
    summary="Leave a program",
    dependencies=[allow(Door.PERSON)],
)
async def leave_program(program_id: UUID, call: Current) -> MembershipRead:
    """The caller steps back from a program; what they have planned for it never goes out. Nothing else follows."""
    ambassador = await service.leave(call.session, call.actor, program_id)
    await shares.cancel_planned(
        call.session, program_id=program_id, employee_id=ambassador.employee_id, reason="left_program"
    )
    names = await repository.name_programs(call.session, [program_id])
    assert ambassador.left_at is not None  # noqa: S101  # it has just ended, or had before
    await communication.write(
        call.session,
        await employees.get_employee(call.session, ambassador.employee_id),
        MessageKind.MEMBERSHIP_ENDED,
        settings=call.settings,
        language=ambassador.language,
        subject_id=uuid5(ambassador.id, ambassador.left_at.isoformat()),
        values={"program": names[program_id], "program_id": program_id},
    )
    return await _membership(call, ambassador)


@mine.post(
    "/v1/me/ambassadorships/{program_id}/come-back",
    operation_id="my_ambassadorships_come_back",
    summary="Come back to a program",
    dependencies=[allow(Door.PERSON)],
)
async def come_back(program_id: UUID, call: Current) -> MembershipRead:
    """Who has left comes back of their own will: their history is kept, and they are asked anew to agree."""
    ambassador = await service.come_back(call.session, call.actor, program_id)
    return await _membership(call, await advance(call.session, ambassador))


async def _membership(call: Current, ambassador: Ambassador) -> MembershipRead:
    missing = (
        await policies.missing_acknowledgements(
            call.session, program_id=ambassador.program_id, employee_id=ambassador.employee_id
        )
        if ambassador.state in rules.MEMBER
        else []
    )
    call.answers(ambassador)
    return MembershipRead(
        **AmbassadorRead.model_validate(ambassador).model_dump(),
        to_acknowledge=[PolicyToRead(policy_id=version.policy_id, version_id=version.id) for version in missing],
        place=await repository.find_place(call.session, ambassador),
    )
