"""Ambassadors: whom a program looks for, who is invited, and who may share for it. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import onboarding, places, repository, rules
from services.core.ambassadors.errors import (
    AcceptedAlready,
    AlreadyAmbassador,
    AlreadyInvited,
    InvitationClosed,
    NotAnAmbassador,
    OnboardingOpen,
    PolicyNotAcknowledged,
    ProgramNotReady,
)
from services.core.ambassadors.models import (
    Ambassador,
    AmbassadorState,
    Intake,
    Invitation,
    InvitationState,
    Persona,
    Step,
)
from services.core.ambassadors.onboarding import Facts
from services.core.ambassadors.rules import Declared, SeenInvitation
from services.core.ambassadors.schemas import (
    IntakeWrite,
    InvitationAccept,
    InvitationCreate,
    PersonaWrite,
    Wanted,
    WantedRead,
)
from services.core.audit import service as audit
from services.core.employees.models import Employee
from services.core.employees.service import language_of
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.errors import FieldProblem, Invalid, NotFound, PreconditionFailed
from services.core.kit.texts import Language, Text
from services.core.organizations import repository as organizations
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor, Permission
from services.core.policies import service as policies
from services.core.programs import pilots
from services.core.programs import repository as programs
from services.core.programs.models import Program, ProgramState
from services.core.programs.names import STATE_NAMES

#: Tells somebody which steps are left before their first share, or that none is.
STEPS_JOB = "ambassador.steps"

_TAKES_NOBODY = (ProgramState.DRAFT, ProgramState.CLOSED)
_NO_CRITERION = Text(
    en="The persona does not ask this. Add it to criteria, or leave its terms out.",
    he="הפרסונה אינה מבקשת זאת. יש להוסיף ל-criteria, או להשמיט מ-terms.",
)
_ANSWER_BY = Text(
    en="Give a time from an hour to 90 days from now, or leave it out for 14 days.",
    he="יש לתת מועד בין שעה ל-90 יום מעכשיו, או להשמיט כדי לאפשר 14 ימים.",
)


async def put_persona(
    session: AsyncSession, actor: Actor, program_id: UUID, persona: Persona | None, body: PersonaWrite
) -> Persona:
    """Say whom a program looks for, or replace what was said (``persona``)."""
    actor.require(Permission.AMBASSADORS_INVITE, program_id=program_id)
    criteria = body.criteria.model_dump(mode="json", exclude_none=True)
    unknown = sorted(set(body.terms) - set(criteria))
    if unknown:
        raise Invalid(problems=[FieldProblem(f"/terms/{name}", "no_such_criterion", _NO_CRITERION) for name in unknown])
    terms: dict[str, Any] = {name: term.model_dump(mode="json") for name, term in body.terms.items()}
    wanted = [need.model_dump(mode="json") for need in body.wanted]
    before = {**persona.criteria, "terms": persona.terms, "wanted": persona.wanted} if persona is not None else {}
    if persona is None:
        persona = Persona(organization_id=actor.tenant(), program_id=program_id, description=body.description)
    persona.description, persona.criteria = body.description, criteria
    persona.terms, persona.wanted = terms, wanted
    session.add(persona)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="persona.put", subject=persona, before=before,
        after={**criteria, "terms": terms, "wanted": wanted},
    )  # fmt: skip
    return persona


async def read_coverage(
    session: AsyncSession, program_id: UUID, *, declared: Mapping[UUID, Declared]
) -> list[WantedRead]:
    """Each need of a program with how many could fill it.

    Departments and languages are read from the directory; skills and further languages from what people have declared
    and let this program look at (``declared``).
    """
    persona = await repository.find_persona(session, program_id)
    needs = [Wanted.model_validate(need) for need in persona.wanted] if persona is not None else []
    found = []
    for need in needs:
        able = {
            employee_id
            for employee_id, said in declared.items()
            if rules.declares(said, kind=need.kind.value, value=need.value)
        }
        members, reachable = await repository.count_able(session, program_id, need=need, able=able)
        found.append(
            WantedRead(
                **need.model_dump(), members=members, reachable=reachable, has_nobody=members == 0,
                missing=max(need.people - members, 0),
            )
        )  # fmt: skip
    return found


async def read_intake(session: AsyncSession, program_id: UUID) -> Intake:
    """How a program takes people in; one that has not said so does as usual, as version 0."""
    found = await repository.find_intake(session, program_id)
    usual = Intake(organization_id=db.organization_of(session), program_id=program_id, version=0)
    return found or usual


async def put_intake(session: AsyncSession, actor: Actor, intake: Intake, body: IntakeWrite) -> Intake:
    """Say how a program takes people in, or replace what was said. More places go to those who wait at once.

    Fewer places send nobody away: who is in stays, and nobody moves up until there is room.
    """
    program_id = intake.program_id
    actor.require(Permission.AMBASSADORS_INVITE, program_id=program_id)
    await programs.lock_places(session, program_id)
    after = body.model_dump(mode="json")
    after["steps"] = list(dict.fromkeys(after["steps"]))
    before = {name: getattr(intake, name) for name in after}
    if intake.version == 0:
        if await repository.find_intake(session, program_id) is not None:
            raise PreconditionFailed()
        intake = Intake(organization_id=actor.tenant(), program_id=program_id)
    for name, value in after.items():
        setattr(intake, name, value)
    session.add(intake)
    await session.flush()
    audit.record(session, actor=actor.name, action="intake.put", subject=intake, before=before, after=after)
    await places.move_up(session, program_id)
    return intake


async def invite(
    session: AsyncSession, actor: Actor, program: Program, employee: Employee, body: InvitationCreate
) -> Invitation:
    """Ask somebody who is employed to join; the caller sends the mail.

    Raises ProgramNotReady, AlreadyAmbassador, and AlreadyInvited: the same for an open invitation and for a no of the
    last 90 days, so that it does not tell one from the other. While the program is quiet, NotInPilot or PilotOver.
    """
    actor.require(Permission.AMBASSADORS_INVITE, program_id=program.id)
    must_take_people(program)
    await pilots.must_be_open_to(session, program, employee.id)
    ambassador = await repository.find_ambassador(session, program_id=program.id, employee_id=employee.id)
    if ambassador is not None and ambassador.state in rules.MEMBER:
        raise AlreadyAmbassador()
    if ambassador is not None and ambassador.state is AmbassadorState.WAITING:
        raise AlreadyInvited()
    now = await db.now(session)
    expires_at = body.answer_by or now + rules.INVITATION_LIFE
    if not now + rules.SHORTEST_INVITATION <= expires_at <= now + rules.LONGEST_INVITATION:
        raise Invalid(problems=[FieldProblem("/answer_by", "out_of_range", _ANSWER_BY)])
    intake = await repository.find_intake(session, program.id)
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
        expires_at=expires_at,
        next_reminder_at=rules.next_reminder(intake, sent=0, after=now, expires_at=expires_at),
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
    await programs.lock_places(session, invitation.program_id)
    ambassador = await repository.find_ambassador(
        session, program_id=invitation.program_id, employee_id=invitation.employee_id, lock=True
    )
    is_in = ambassador is not None and ambassador.state in (*rules.MEMBER, AmbassadorState.WAITING)
    if ambassador is not None and is_in and invitation.state is InvitationState.ACCEPTED:
        return ambassador
    if invitation.state is InvitationState.EXPIRED or invitation.expires_at <= now:
        raise InvitationClosed()
    must_take_people(await programs.get_program(session, invitation.program_id))
    invitation.state, invitation.answered_at = InvitationState.ACCEPTED, now
    invitation.next_reminder_at = None
    session.add(invitation)
    return await admit(
        session,
        program_id=invitation.program_id,
        employee_id=invitation.employee_id,
        language=body.language or invitation.language,
    )


async def admit(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID, language: Language, call_id: UUID | None = None
) -> Ambassador:
    """Take somebody in who has said yes, or put them on the waiting list while every place is taken.

    Who comes back keeps their history, and is asked anew to agree to the policies. While the program is quiet, raises
    NotInPilot or PilotOver.
    """
    await programs.lock_places(session, program_id)
    now = await db.now(session)
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id, lock=True)
    if ambassador is not None and ambassador.state in (*rules.MEMBER, AmbassadorState.WAITING):
        return ambassador
    await pilots.must_be_open_to(session, await programs.get_program(session, program_id), employee_id)
    if ambassador is None:
        ambassador = Ambassador(
            organization_id=db.organization_of(session),
            program_id=program_id,
            employee_id=employee_id,
            state=AmbassadorState.WAITING,
            language=language,
        )
    elif ambassador.state is AmbassadorState.LEFT:
        await _ask_anew(session, ambassador)
    ambassador.state = AmbassadorState.WAITING
    ambassador.language, ambassador.call_id = language, call_id
    ambassador.joined_at, ambassador.activated_at, ambassador.left_at = None, None, None
    ambassador.waiting_since = now
    session.add(ambassador)
    await session.flush()
    await places.move_up(session, program_id)
    if ambassador.state is AmbassadorState.WAITING:
        events.emit(session, "ambassador.waiting", ambassador_id=ambassador.id, program_id=program_id)
        return ambassador
    await activate_if_ready(session, program_id=program_id, employee_id=employee_id)
    return ambassador


async def come_back(session: AsyncSession, actor: Actor, program_id: UUID) -> Ambassador:
    """Who has left a program comes back of their own will; raise NotFound for who was never in, ProgramNotReady."""
    employee_id = actor.person()
    await programs.lock_places(session, program_id)
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id, lock=True)
    if ambassador is None:
        raise NotFound(thing="membership")
    must_take_people(await programs.get_program(session, program_id))
    return await admit(session, program_id=program_id, employee_id=employee_id, language=ambassador.language)


async def _ask_anew(session: AsyncSession, ambassador: Ambassador) -> None:
    """End what somebody agreed to before they left. Audit keeps that they had."""
    found = await repository.list_agreements(
        session, program_id=ambassador.program_id, employee_id=ambassador.employee_id
    )
    for agreement in found:
        audit.record(
            session, actor=f"person:{ambassador.employee_id}", action="acknowledgement.end", subject=agreement,
            before={
                "version_id": agreement.version_id, "employee_id": agreement.employee_id,
                "language": agreement.language.value, "acknowledged_at": agreement.created_at,
            },
        )  # fmt: skip
        await session.delete(agreement)
    await session.flush()


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
        invitation.next_reminder_at = None
        session.add(invitation)
        await session.flush()
    return rules.seen_by_person(invitation, now=now)


async def leave(session: AsyncSession, actor: Actor, program_id: UUID) -> Ambassador:
    """The caller steps back from a program, without any consequence; said again, it answers the same."""
    employee_id = actor.person()
    await programs.lock_places(session, program_id)
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id, lock=True)
    if ambassador is None:
        raise NotFound(thing="membership")
    return await end_membership(session, ambassador)


async def end_membership_of(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> None:
    """End the membership of somebody whose employment is over; nothing for who is not in."""
    await programs.lock_places(session, program_id)
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id, lock=True)
    if ambassador is not None:
        await end_membership(session, ambassador)


async def end_membership(session: AsyncSession, ambassador: Ambassador) -> Ambassador:
    """Let a membership end, or a wait for one: the role goes, consents for this program end, and others move up."""
    if ambassador.state not in (*rules.MEMBER, AmbassadorState.WAITING):
        return ambassador
    await programs.lock_places(session, ambassador.program_id)
    now = await db.now(session)
    was_in = ambassador.state in rules.MEMBER
    ambassador.state, ambassador.left_at, ambassador.waiting_since = AmbassadorState.LEFT, now, None
    session.add(ambassador)
    grant = await organizations.find_same_grant(
        session, employee_id=ambassador.employee_id, role=Role.AMBASSADOR, program_id=ambassador.program_id
    )
    if grant is not None:
        await session.delete(grant)
    await repository.delete_marks(session, program_id=ambassador.program_id, employee_id=ambassador.employee_id)
    for consent in await repository.list_consents(
        session, employee_id=ambassador.employee_id, program_id=ambassador.program_id
    ):
        consent.withdrawn_at = now
        session.add(consent)
    await session.flush()
    if was_in:
        events.emit(session, "ambassador.left", ambassador_id=ambassador.id, program_id=ambassador.program_id)
    await places.move_up(session, ambassador.program_id)
    return ambassador


async def activate_if_ready(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID, facts: Facts | None = None
) -> Ambassador | None:
    """Take a member as far as the facts reach: onboarding once they have agreed to every policy version in force,
    active once what the program asks besides is done. None for somebody not in.

    While no version is in force nobody becomes active: there is nothing yet that they could have agreed to. Where the
    program asks for more than the policy, only who knows the ``facts`` can make somebody active.
    """
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id, lock=True)
    if ambassador is None or ambassador.state not in (AmbassadorState.JOINED, AmbassadorState.ONBOARDING):
        return ambassador
    if not await policies.list_current_versions(session, program_id):
        return ambassador
    if await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id):
        return ambassador
    intake = await repository.find_intake(session, program_id)
    steps = onboarding.required(intake)
    if steps and ambassador.state is AmbassadorState.JOINED:
        ambassador.state = AmbassadorState.ONBOARDING
        session.add(ambassador)
        await session.flush()
        events.emit(session, "ambassador.onboarding", ambassador_id=ambassador.id, program_id=program_id)
        await jobs.enqueue(session, STEPS_JOB, subject_id=ambassador.id)
    if steps and (facts is None or onboarding.missing(steps, facts)):
        return ambassador
    ambassador.state, ambassador.activated_at = AmbassadorState.ACTIVE, await db.now(session)
    session.add(ambassador)
    await session.flush()
    events.emit(session, "ambassador.activated", ambassador_id=ambassador.id, program_id=program_id)
    if steps:
        await jobs.enqueue(session, STEPS_JOB, subject_id=ambassador.id)
    return ambassador


async def read_facts(
    session: AsyncSession, ambassador: Ambassador, *, has_connection: bool, missing_training: Sequence[str]
) -> Facts:
    """What is known of a member; the edge brings what nouns further down know."""
    program_id, employee_id = ambassador.program_id, ambassador.employee_id
    missing = await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id)
    return Facts(
        has_agreed=not missing and bool(await policies.list_current_versions(session, program_id)),
        has_connection=has_connection,
        has_preferences=await repository.get_preferences(session, employee_id) is not None,
        missing_training=missing_training,
        marks=frozenset(await repository.list_marks(session, program_id=program_id, employee_id=employee_id)),
    )


async def mark_step(session: AsyncSession, actor: Actor, program_id: UUID, step: Step) -> Ambassador:
    """The caller, a member, says that they have taken a step; raise NotFound for who is not in."""
    employee_id = actor.person()
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id)
    if ambassador is None or ambassador.state not in rules.MEMBER:
        raise NotFound(thing="membership")
    await repository.add_mark(session, program_id=program_id, employee_id=employee_id, step=step)
    return ambassador


async def activate_after_acknowledgement(session: AsyncSession, *, employee_id: UUID, program_id: UUID | None) -> None:
    """Look again at the memberships an agreement concerns: in one program, or without one in all of them."""
    for waiting in await repository.list_waiting(session, employee_id=employee_id, program_id=program_id):
        await activate_if_ready(session, program_id=waiting.program_id, employee_id=employee_id)


async def get_active(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> Ambassador:
    """The membership of somebody who may share now; raise NotAnAmbassador or PolicyNotAcknowledged."""
    ambassador = await repository.find_ambassador(session, program_id=program_id, employee_id=employee_id)
    if ambassador is None or ambassador.state not in rules.MEMBER:
        raise NotAnAmbassador()
    missing = await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id)
    if missing:
        raise PolicyNotAcknowledged(missing=[(version.policy_id, version.id) for version in missing])
    if ambassador.state is AmbassadorState.ONBOARDING:
        raise OnboardingOpen()
    if ambassador.state is not AmbassadorState.ACTIVE:
        raise NotAnAmbassador()
    return ambassador


async def _own_invitation(session: AsyncSession, actor: Actor, invitation_id: UUID) -> Invitation:
    employee_id = actor.person()
    invitation = await repository.get_invitation(session, invitation_id, lock=True)
    if invitation.employee_id != employee_id:
        raise NotFound(thing="invitation")
    return invitation


def must_take_people(program: Program) -> None:
    """Raise ProgramNotReady for a program that is not designed yet, or is over."""
    if program.state in _TAKES_NOBODY:
        raise ProgramNotReady(state=STATE_NAMES[program.state])
