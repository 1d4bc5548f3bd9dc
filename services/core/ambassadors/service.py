"""Ambassadors: whom a program looks for, who is invited, and who may share for it. Flushes, never commits."""

from __future__ import annotations

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository, rules
from services.core.ambassadors.errors import (
    AcceptedAlready,
    AlreadyAmbassador,
    AlreadyInvited,
    InvitationClosed,
    NotAnAmbassador,
    PolicyNotAcknowledged,
    ProgramNotReady,
)
from services.core.ambassadors.models import Ambassador, AmbassadorState, Invitation, InvitationState, Persona
from services.core.ambassadors.rules import SeenInvitation
from services.core.ambassadors.schemas import InvitationAccept, InvitationCreate, PersonaWrite
from services.core.audit import service as audit
from services.core.employees.models import Employee
from services.core.employees.service import language_of
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import NotFound
from services.core.organizations import repository as organizations
from services.core.organizations.models import Role, RoleGrant
from services.core.organizations.rules import Actor, Permission
from services.core.policies import service as policies
from services.core.programs import repository as programs
from services.core.programs.models import Program, ProgramState

_TAKES_NOBODY = (ProgramState.DRAFT, ProgramState.CLOSED)


async def put_persona(
    session: AsyncSession, actor: Actor, program_id: UUID, persona: Persona | None, body: PersonaWrite
) -> Persona:
    """Say whom a program looks for, or replace what was said (``persona``)."""
    actor.require(Permission.AMBASSADORS_INVITE, program_id=program_id)
    criteria = body.criteria.model_dump(exclude_none=True)
    before = dict(persona.criteria) if persona is not None else {}
    if persona is None:
        persona = Persona(
            organization_id=actor.tenant(), program_id=program_id, description=body.description, criteria=criteria
        )
    else:
        persona.description, persona.criteria = body.description, criteria
    session.add(persona)
    await session.flush()
    audit.record(session, actor=actor.name, action="persona.put", subject=persona, before=before, after=criteria)
    return persona


async def invite(
    session: AsyncSession, actor: Actor, program: Program, employee: Employee, body: InvitationCreate
) -> Invitation:
    """Ask somebody who is employed to join; the caller sends the mail.

    Raises ProgramNotReady, AlreadyAmbassador, and AlreadyInvited: the same for an open invitation and for a no of the
    last 90 days, so that it does not tell one from the other.
    """
    actor.require(Permission.AMBASSADORS_INVITE, program_id=program.id)
    _must_take_people(program)
    ambassador = await repository.find_ambassador(session, program_id=program.id, employee_id=employee.id)
    if ambassador is not None and ambassador.state in rules.MEMBER:
        raise AlreadyAmbassador()
    now = await db.now(session)
    for earlier in await repository.list_invitations_of(session, program_id=program.id, employee_ids=[employee.id]):
        if rules.blocks_new_invitation(earlier, now=now):
            raise AlreadyInvited()
        if earlier.state in (InvitationState.SENT, InvitationState.ACCEPTED):
            # It ran out, or the person joined by it and has left: there is one live invitation at a time.
            earlier.state = InvitationState.EXPIRED
            session.add(earlier)
    await session.flush()
    invitation = Invitation(
        organization_id=actor.tenant(),
        program_id=program.id,
        employee_id=employee.id,
        state=InvitationState.SENT,
        language=body.language or language_of(employee),
        message=body.message,
        expires_at=now + rules.INVITATION_LIFE,
    )
    session.add(invitation)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="invitation.create", subject=invitation,
        after={"program_id": program.id, "employee_id": employee.id},
    )  # fmt: skip
    return invitation


async def read_invitation(session: AsyncSession, actor: Actor, invitation_id: UUID) -> SeenInvitation:
    """One invitation as the caller may see it: the invited person, or the program's managers; else NotFound."""
    actor.tenant()
    invitation = await repository.get_invitation(session, invitation_id)
    now = await db.now(session)
    if actor.employee_id is not None and invitation.employee_id == actor.employee_id:
        return rules.seen_by_person(invitation, now=now)
    if not actor.may(Permission.AMBASSADORS_READ, program_id=invitation.program_id):
        raise NotFound(thing="invitation")
    return rules.seen_by_manager(invitation, now=now)


async def accept(session: AsyncSession, actor: Actor, invitation_id: UUID, body: InvitationAccept) -> Ambassador:
    """The invited person joins; said again, it answers the same membership.

    While the invitation's time lasts, a no can be turned into a yes, and who left can come back.
    Raises NotAPerson, NotFound, InvitationClosed and ProgramNotReady.
    """
    invitation = await _own_invitation(session, actor, invitation_id)
    now = await db.now(session)
    ambassador = await repository.find_ambassador(
        session, program_id=invitation.program_id, employee_id=invitation.employee_id, lock=True
    )
    if invitation.state is InvitationState.ACCEPTED and ambassador is not None and ambassador.state in rules.MEMBER:
        return ambassador
    if invitation.state is InvitationState.EXPIRED or invitation.expires_at <= now:
        raise InvitationClosed()
    _must_take_people(await programs.get_program(session, invitation.program_id))
    invitation.state, invitation.answered_at = InvitationState.ACCEPTED, now
    session.add(invitation)
    if ambassador is None:
        ambassador = Ambassador(
            organization_id=invitation.organization_id,
            program_id=invitation.program_id,
            employee_id=invitation.employee_id,
            state=AmbassadorState.JOINED,
            language=body.language or invitation.language,
        )
    ambassador.state = AmbassadorState.JOINED
    ambassador.language = body.language or invitation.language
    ambassador.joined_at, ambassador.activated_at, ambassador.left_at = now, None, None
    session.add(ambassador)
    await _grant_role(session, ambassador)
    await session.flush()
    events.emit(session, "ambassador.joined", ambassador_id=ambassador.id, program_id=ambassador.program_id)
    await activate_if_ready(session, program_id=ambassador.program_id, employee_id=ambassador.employee_id)
    return ambassador


async def decline(session: AsyncSession, actor: Actor, invitation_id: UUID) -> SeenInvitation:
    """The invited person says no; said again, it answers the same. Nobody else is told: no event, no audit entry.

    Raises NotAPerson, NotFound, AcceptedAlready and InvitationClosed.
    """
    invitation = await _own_invitation(session, actor, invitation_id)
    now = await db.now(session)
    state = rules.state_at(invitation, now)
    if state is InvitationState.ACCEPTED:
        raise AcceptedAlready(program_id=invitation.program_id)
    if state is InvitationState.EXPIRED:
        raise InvitationClosed()
    if state is InvitationState.SENT:
        invitation.state, invitation.answered_at = InvitationState.DECLINED, now
        session.add(invitation)
        await session.flush()
    return rules.seen_by_person(invitation, now=now)


async def leave(session: AsyncSession, actor: Actor, program_id: UUID) -> Ambassador:
    """The caller steps back from a program, without any consequence; said again, it answers the same."""
    employee_id = actor.person()
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id, lock=True)
    if ambassador is None:
        raise NotFound(thing="membership")
    if ambassador.state is AmbassadorState.LEFT:
        return ambassador
    ambassador.state, ambassador.left_at = AmbassadorState.LEFT, await db.now(session)
    session.add(ambassador)
    grant = await organizations.find_same_grant(
        session, employee_id=employee_id, role=Role.AMBASSADOR, program_id=program_id
    )
    if grant is not None:
        await session.delete(grant)
    await session.flush()
    events.emit(session, "ambassador.left", ambassador_id=ambassador.id, program_id=program_id)
    return ambassador


async def activate_if_ready(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> Ambassador | None:
    """Make a member active once they have agreed to every policy version in force; None for somebody not in.

    While no version is in force nobody becomes active: there is nothing yet that they could have agreed to.
    """
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id, lock=True)
    if ambassador is None or ambassador.state is not AmbassadorState.JOINED:
        return ambassador
    if not await policies.list_current_versions(session, program_id):
        return ambassador
    if await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id):
        return ambassador
    ambassador.state, ambassador.activated_at = AmbassadorState.ACTIVE, await db.now(session)
    session.add(ambassador)
    await session.flush()
    events.emit(session, "ambassador.activated", ambassador_id=ambassador.id, program_id=program_id)
    return ambassador


async def activate_after_acknowledgement(session: AsyncSession, *, employee_id: UUID, program_id: UUID | None) -> None:
    """Look again at the memberships an agreement concerns: in one program, or without one in all of them."""
    for waiting in await repository.list_waiting(session, employee_id=employee_id, program_id=program_id):
        await activate_if_ready(session, program_id=waiting.program_id, employee_id=employee_id)


async def get_active(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> Ambassador:
    """The membership of somebody who may share now; raise NotAnAmbassador or PolicyNotAcknowledged."""
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id)
    if ambassador is None or ambassador.state not in (AmbassadorState.ACTIVE, AmbassadorState.JOINED):
        raise NotAnAmbassador()
    missing = await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id)
    if missing:
        raise PolicyNotAcknowledged(versions=", ".join(str(version.id) for version in missing))
    if ambassador.state is not AmbassadorState.ACTIVE:
        raise NotAnAmbassador()
    return ambassador


async def _own_invitation(session: AsyncSession, actor: Actor, invitation_id: UUID) -> Invitation:
    employee_id = actor.person()
    invitation = await repository.get_invitation(session, invitation_id, lock=True)
    if invitation.employee_id != employee_id:
        raise NotFound(thing="invitation")
    return invitation


async def _grant_role(session: AsyncSession, ambassador: Ambassador) -> None:
    same = await organizations.find_same_grant(
        session, employee_id=ambassador.employee_id, role=Role.AMBASSADOR, program_id=ambassador.program_id
    )
    if same is None:
        session.add(
            RoleGrant(
                organization_id=ambassador.organization_id,
                employee_id=ambassador.employee_id,
                role=Role.AMBASSADOR,
                program_id=ambassador.program_id,
            )
        )


def _must_take_people(program: Program) -> None:
    if program.state in _TAKES_NOBODY:
        raise ProgramNotReady(state=program.state.value)
