"""People on their way into a program: reminders that are bounded, first steps, waiting lists, and who has left."""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import onboarding, pauses, repository, rules, service
from services.core.ambassadors.models import Ambassador, AmbassadorState, InvitationState
from services.core.ambassadors.onboarding import Facts
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections import repository as connections
from services.core.connections.models import Connection, ConnectionState
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT
from services.core.kit import db
from services.core.kit.logging import get_logger
from services.core.kit.texts import pick
from services.core.organizations import hot as organizations
from services.core.organizations.models import TokenPurpose
from services.core.programs import repository as programs
from services.core.programs.models import ProgramState
from services.core.shares import service as shares
from services.core.training import service as training
from services.scheduler.jobs.hours import hours_of
from services.scheduler.worker.tools import Tools

_log = get_logger("recruitment")

_MOST = 500
_FIRST_ID = UUID(int=0)
#: Nobody is reminded of what they could not answer with yes.
_TAKES_NOBODY = (ProgramState.DRAFT, ProgramState.PAUSED, ProgramState.CLOSED)


async def remind(tools: Tools) -> None:
    """Remind people of invitations they have not answered: as often as the program says, in their own hours."""
    after_id = _FIRST_ID
    while True:
        async with tools.database.hot(None) as connection:
            page = await repository.find_to_remind(connection, after_id=after_id, most=_MOST)
        for organization_id, invitation_id in page:
            try:
                async with tools.database.transaction(organization_id) as session:
                    await _remind(session, invitation_id, tools=tools)
            # One person's trouble (a zone that is none, say) does not keep the others from being told.
            except Exception as error:
                _log.error("invitation.reminder_failed", invitation_id=str(invitation_id), exc_info=error)
        if len(page) < _MOST:
            return
        after_id = page[-1][1]


async def _remind(session: AsyncSession, invitation_id: UUID, *, tools: Tools) -> None:
    invitation = await repository.get_invitation(session, invitation_id, lock=True)
    now = await db.now(session)
    if invitation.next_reminder_at is None or invitation.next_reminder_at > now:
        return
    intake = await repository.find_intake(session, invitation.program_id)
    most = intake.max_reminders if intake is not None else rules.USUAL_REMINDERS
    is_open = rules.state_at(invitation, now) is InvitationState.SENT and invitation.reminders_sent < most
    employee = await employees.find_employee(session, invitation.employee_id)
    if not is_open or employee is None or employee.status not in PRESENT:
        invitation.next_reminder_at = None
        session.add(invitation)
        return
    program = await programs.get_program(session, invitation.program_id)
    is_away = await pauses.is_away(session, employee_id=employee.id, program_id=program.id)
    hours = await hours_of(session, employee)
    if program.state in _TAKES_NOBODY or is_away or hours.judge(now):
        return
    invitation.reminders_sent += 1
    invitation.next_reminder_at = rules.next_reminder(
        intake, sent=invitation.reminders_sent, after=now, expires_at=invitation.expires_at
    )
    session.add(invitation)
    await communication.send_one_time_link(
        session,
        employee,
        MessageKind.INVITATION_REMINDER,
        TokenPurpose.INVITATION,
        settings=tools.settings,
        language=invitation.language,
        subject_id=uuid5(invitation.id, str(invitation.reminders_sent)),
        values={
            "program": program.name,
            "until": f"{hours.local(invitation.expires_at):%Y-%m-%d %H:%M}",
            "left": most - invitation.reminders_sent if invitation.next_reminder_at is not None else 0,
        },
    )


async def follow_steps(tools: Tools) -> None:
    """Let become active who has done everything: whatever the last step was, it is found here."""
    after_id = _FIRST_ID
    while True:
        async with tools.database.hot(None) as connection:
            page = await repository.find_onboarding(connection, after_id=after_id, most=_MOST)
        for organization_id, ambassador_id in page:
            try:
                async with tools.database.transaction(organization_id) as session:
                    ambassador = await repository.get_ambassador(session, ambassador_id)
                    await service.activate_if_ready(
                        session,
                        program_id=ambassador.program_id,
                        employee_id=ambassador.employee_id,
                        facts=await _read_facts(session, ambassador),
                    )
            # One person's row does not keep the others waiting.
            except Exception as error:
                _log.error("ambassador.steps_failed", ambassador_id=str(ambassador_id), exc_info=error)
        if len(page) < _MOST:
            return
        after_id = page[-1][1]


async def tell_steps(tools: Tools, organization_id: UUID, ambassador_id: UUID) -> None:
    """Tell somebody which steps are left before their first share, or that none is: each once."""
    async with tools.database.transaction(organization_id) as session:
        ambassador = await repository.get_ambassador(session, ambassador_id)
        facts = await _read_facts(session, ambassador)
        await service.activate_if_ready(
            session, program_id=ambassador.program_id, employee_id=ambassador.employee_id, facts=facts
        )
        intake = await repository.find_intake(session, ambassador.program_id)
        match ambassador.state:
            case AmbassadorState.ONBOARDING:
                values = {"program": str(ambassador.program_id), "modules": ", ".join(facts.missing_training)}
                left = [
                    item.what_to_do.in_language(ambassador.language, **values)
                    for item in onboarding.checklist(intake, ambassador.state, facts)
                    if item.what_to_do is not None
                ]
                steps = "\n".join(f"- {words}" for words in left)
                await _write(session, ambassador, MessageKind.FIRST_STEPS, tools=tools, steps=steps)
            case AmbassadorState.ACTIVE:
                await _write(session, ambassador, MessageKind.READY_TO_SHARE, tools=tools)
            case _:
                return


async def tell_moved_up(tools: Tools, organization_id: UUID, ambassador_id: UUID) -> None:
    """Tell somebody who has waited that a place is theirs now."""
    async with tools.database.transaction(organization_id) as session:
        ambassador = await repository.get_ambassador(session, ambassador_id)
        if ambassador.state in rules.MEMBER:
            await _write(session, ambassador, MessageKind.PLACE_FREE, tools=tools)


async def end_for_leavers(tools: Tools) -> None:
    """End the memberships of people who have left the company, and give their places to who waits."""
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id in organization_ids:
        try:
            async with tools.database.transaction(organization_id) as session:
                for program_id, employee_id in await repository.list_members_who_left_the_employer(session):
                    await service.end_membership_of(session, program_id=program_id, employee_id=employee_id)
                    await shares.cancel_planned(
                        session, program_id=program_id, employee_id=employee_id, reason="left_program"
                    )
        # One organization's trouble does not keep the others waiting.
        except Exception as error:
            _log.error("ambassador.leavers_failed", organization_id=str(organization_id), exc_info=error)


async def _write(
    session: AsyncSession, ambassador: Ambassador, kind: MessageKind, *, tools: Tools, **values: object
) -> None:
    employee = await employees.find_employee(session, ambassador.employee_id)
    if employee is None or employee.status not in PRESENT or ambassador.joined_at is None:
        return
    names = await repository.name_programs(session, [ambassador.program_id])
    await communication.write(
        session,
        employee,
        kind,
        settings=tools.settings,
        language=ambassador.language,
        # Who has left and come back is told anew.
        subject_id=uuid5(ambassador.id, ambassador.joined_at.isoformat()),
        values={"program": names[ambassador.program_id], "program_id": ambassador.program_id, **values},
    )


async def _read_facts(session: AsyncSession, ambassador: Ambassador) -> Facts:
    working = connections.connections_of(session, ambassador.employee_id).where(
        Connection.state == ConnectionState.ACTIVE
    )
    missing = await training.missing_mandatory(
        session, program_id=ambassador.program_id, employee_id=ambassador.employee_id
    )
    return await service.read_facts(
        session,
        ambassador,
        has_connection=(await session.exec(select(working.exists()))).one(),
        missing_training=[
            title for _, title in (pick(one.module.title, ambassador.language) or ("", "") for one in missing)
        ],
    )
