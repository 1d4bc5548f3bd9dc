"""Sessions: planned, moved, cancelled and held; seats, the waiting list, and who was there. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees.models import Employee
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.organizations.rules import Actor, Permission
from services.core.training import budget, certificates, repository, rules, service
from services.core.training.budget import Sums
from services.core.training.errors import (
    AlreadyEnrolled,
    EnrolmentClosed,
    FewerSeatsThanTaken,
    SessionNotBegun,
    SessionNotOpen,
    ends_first,
    in_the_past,
    no_seat,
    not_a_member,
    nowhere,
)
from services.core.training.models import Enrolment, EnrolmentState, SessionState, TrainingSession
from services.core.training.schemas import SessionCreate, SessionUpdate

#: Tells a person what became of their seat, with a calendar entry where there is one; may be repeated.
TELL_JOB = "training.tell"

#: What somebody's calendar shows of a session.
_SHOWN = ("starts_at", "ends_at", "time_zone", "place", "meeting_link", "trainer")


@dataclass(frozen=True)
class Saved:
    """A session, and its program's budget where it costs something."""

    session: TrainingSession
    sums: Sums | None


async def create(session: AsyncSession, actor: Actor, body: SessionCreate) -> Saved:
    """Plan a session. Raises NotFound, ModuleArchived, Invalid, and what ``budget.must_fit`` raises."""
    actor.require(Permission.TRAINING_WRITE, program_id=body.program_id)
    module = await repository.get_module(session, body.module_id)
    service.must_be_taught(module, program_id=body.program_id, pointer="/module_id")
    one = TrainingSession(
        organization_id=actor.tenant(),
        module_id=module.id,
        program_id=body.program_id,
        starts_local=body.starts_local.isoformat(),
        ends_local=body.ends_local.isoformat(),
        time_zone=body.time_zone,
        starts_at=rules.wall_to_instant(body.starts_local, body.time_zone),
        ends_at=rules.wall_to_instant(body.ends_local, body.time_zone),
        place=body.place,
        meeting_link=body.meeting_link,
        trainer=body.trainer,
        language=body.language,
        seats=body.seats,
        cost_per=module.cost_per,
        cost_amount=module.cost_amount,
        cost_currency=module.cost_currency,
        override_reason=body.override_reason,
    )
    await _must_make_sense(session, one)
    await budget.take_turn(session, body.program_id)
    session.add(one)
    await session.flush()
    sums = await _pay(session, actor, one, reason=body.override_reason)
    audit.record(
        session, actor=actor.name, action="training_session.create", subject=one,
        after={"module_id": module.id, "program_id": one.program_id, "seats": one.seats, "starts_at": one.starts_at},
    )  # fmt: skip
    events.emit(session, "training_session.planned", session_id=one.id, module_id=module.id)
    return Saved(one, sums)


async def update(session: AsyncSession, actor: Actor, one: TrainingSession, body: SessionUpdate) -> Saved:
    """Move or change a session that has not begun; who is concerned is told, and their calendars follow.

    ``one`` is locked. Raises SessionNotOpen, FewerSeatsThanTaken, Invalid, and what ``budget.must_fit`` raises.
    """
    actor.require(Permission.TRAINING_WRITE, program_id=one.program_id)
    await _must_be_open(session, one)
    given = body.changes()
    before = {name: getattr(one, name) for name in _SHOWN}
    for name in ("starts_local", "ends_local"):
        if given.get(name) is not None:
            setattr(one, name, given[name].isoformat())
    for name in ("time_zone", "trainer", "language", "seats"):
        if given.get(name) is not None:
            setattr(one, name, given[name])
    for name in ("place", "meeting_link"):
        if name in given:
            setattr(one, name, given[name])
    one.starts_at = rules.wall_to_instant(datetime.fromisoformat(one.starts_local), one.time_zone)
    one.ends_at = rules.wall_to_instant(datetime.fromisoformat(one.ends_local), one.time_zone)
    await _must_make_sense(session, one)
    taken = await repository.count_seated(session, one.id)
    if one.seats < taken:
        raise FewerSeatsThanTaken(taken=taken)
    is_seen = any(getattr(one, name) != value for name, value in before.items())
    if is_seen:
        one.sequence += 1
    if body.override_reason is not None:
        one.override_reason = body.override_reason
    await budget.take_turn(session, one.program_id)
    session.add(one)
    await session.flush()
    await session.refresh(one)
    await _move_up(session, one)
    sums = await _pay(session, actor, one, reason=body.override_reason)
    audit.record(
        session, actor=actor.name, action="training_session.update", subject=one, after={"fields": sorted(given)}
    )
    if is_seen:
        await _tell_all(session, one)
    return Saved(one, sums)


async def cancel(session: AsyncSession, actor: Actor, one: TrainingSession) -> None:
    """Call a session off; everybody in it is told. ``one`` is locked. Raises SessionNotOpen once it was held."""
    actor.require(Permission.TRAINING_WRITE, program_id=one.program_id)
    if one.state is SessionState.CANCELLED:
        return
    if one.state is SessionState.HELD:
        raise SessionNotOpen()
    one.state = SessionState.CANCELLED
    one.sequence += 1
    session.add(one)
    await session.flush()
    await budget.settle(session, one)
    audit.record(session, actor=actor.name, action="training_session.cancel", subject=one)
    events.emit(session, "training_session.cancelled", session_id=one.id, module_id=one.module_id)
    await _tell_all(session, one)


async def invite(session: AsyncSession, actor: Actor, one: TrainingSession, employee: Employee) -> Enrolment:
    """Ask somebody of the program to take part; they say yes or no. ``one`` is locked.

    Who said no before is not asked again, and the caller does not learn of it: the answer is that of an invitation.
    Raises SessionNotOpen, Invalid, AlreadyEnrolled.
    """
    actor.require(Permission.TRAINING_WRITE, program_id=one.program_id)
    await _must_be_open(session, one)
    if not await _is_member(session, one.program_id, employee.id):
        raise Invalid(problems=[not_a_member()])
    existing = await repository.find_enrolment(session, session_id=one.id, employee_id=employee.id)
    if existing is not None and existing.state in (EnrolmentState.INVITED, EnrolmentState.DECLINED):
        return existing
    if existing is not None and existing.state is not EnrolmentState.CANCELLED:
        raise AlreadyEnrolled()
    enrolment = existing or Enrolment(
        organization_id=one.organization_id, session_id=one.id, employee_id=employee.id, state=EnrolmentState.INVITED
    )
    enrolment.state = EnrolmentState.INVITED
    session.add(enrolment)
    await session.flush()
    await jobs.enqueue(session, TELL_JOB, subject_id=enrolment.id)
    return enrolment


async def enrol(session: AsyncSession, actor: Actor, one: TrainingSession) -> Enrolment:
    """The caller takes a seat, or a place on the waiting list where none is free. ``one`` is locked.

    Raises NotFound for a session of a program that they are not in, SessionNotOpen, AlreadyEnrolled.
    """
    employee_id = actor.person()
    if not await _is_member(session, one.program_id, employee_id):
        raise NotFound(thing="training session")
    await _must_be_open(session, one)
    enrolment = await repository.find_enrolment(session, session_id=one.id, employee_id=employee_id)
    if enrolment is not None and enrolment.state in (EnrolmentState.ENROLLED, EnrolmentState.WAITING):
        raise AlreadyEnrolled()
    if enrolment is None:
        enrolment = Enrolment(
            organization_id=one.organization_id,
            session_id=one.id,
            employee_id=employee_id,
            state=EnrolmentState.ENROLLED,
        )
    await _seat(session, one, enrolment)
    return enrolment


async def decline(session: AsyncSession, actor: Actor, one: TrainingSession, enrolment: Enrolment) -> Enrolment:
    """The caller says no to an invitation; nobody else is told. Raises EnrolmentClosed for anything but one."""
    _must_be_own(actor, enrolment)
    if enrolment.state is EnrolmentState.DECLINED:
        return enrolment
    if enrolment.state is not EnrolmentState.INVITED:
        raise EnrolmentClosed()
    await _must_be_open(session, one)
    enrolment.state = EnrolmentState.DECLINED
    session.add(enrolment)
    await session.flush()
    return enrolment


async def give_back(session: AsyncSession, actor: Actor, one: TrainingSession, enrolment: Enrolment) -> Enrolment:
    """The caller gives their seat or place back, without a reason; who waits longest moves up. ``one`` is locked."""
    _must_be_own(actor, enrolment)
    if enrolment.state in (EnrolmentState.CANCELLED, EnrolmentState.DECLINED):
        return enrolment
    if enrolment.state not in rules.CONCERNED:
        raise EnrolmentClosed()
    await _must_be_open(session, one)
    enrolment.state, enrolment.waiting_since = EnrolmentState.CANCELLED, None
    session.add(enrolment)
    await session.flush()
    if enrolment.is_in_calendar:
        await jobs.enqueue(session, TELL_JOB, subject_id=enrolment.id)
    await _move_up(session, one)
    await budget.settle(session, one)
    return enrolment


@dataclass(frozen=True)
class Attendance:
    """What was written down."""

    attended: int
    absent: int
    certificates: int


async def record_attendance(
    session: AsyncSession, actor: Actor, one: TrainingSession, attended: Sequence[UUID]
) -> Attendance:
    """Write down who was there; said again, it corrects. Certificates are issued, and taken back, accordingly.

    ``one`` is locked. Raises SessionNotBegun, and Invalid for somebody without a seat.
    """
    actor.require(Permission.TRAINING_WRITE, program_id=one.program_id)
    if one.state is SessionState.CANCELLED or one.starts_at > await db.now(session):
        raise SessionNotBegun(starts_at=f"{one.starts_at:%Y-%m-%d %H:%M} UTC")
    seated = await repository.list_enrolments(session, one.id, rules.SEATED)
    people = {enrolment.employee_id for enrolment in seated}
    problems: list[FieldProblem] = [no_seat(place) for place, who in enumerate(attended) if who not in people]
    if problems:
        raise Invalid(problems=problems)
    module = await repository.get_module(session, one.module_id)
    there, issued = set(attended), 0
    one.state = SessionState.HELD
    session.add(one)
    for enrolment in seated:
        before = enrolment.state
        enrolment.state = EnrolmentState.ATTENDED if enrolment.employee_id in there else EnrolmentState.ABSENT
        session.add(enrolment)
        await session.flush()
        if before is enrolment.state:
            continue
        if enrolment.state is EnrolmentState.ATTENDED:
            if await certificates.issue_if_complete(session, module, employee_id=enrolment.employee_id):
                issued += 1
        elif before is EnrolmentState.ATTENDED:
            await certificates.take_back(
                session, employee_id=enrolment.employee_id, module=module, evidence_id=enrolment.id
            )
    await budget.settle(session, one)
    audit.record(
        session, actor=actor.name, action="training_session.attendance", subject=one,
        after={"attended": len(there), "absent": len(seated) - len(there)},
    )  # fmt: skip
    events.emit(session, "training_session.held", session_id=one.id, module_id=one.module_id)
    return Attendance(len(there), len(seated) - len(there), issued)


async def _is_member(session: AsyncSession, program_id: UUID, employee_id: UUID) -> bool:
    return any(one.program_id == program_id for one in await repository.list_memberships(session, employee_id))


async def get_own(session: AsyncSession, actor: Actor, enrolment_id: UUID) -> Enrolment:
    """One of the caller's enrolments; raise NotFound."""
    enrolment = await repository.get_enrolment(session, enrolment_id)
    _must_be_own(actor, enrolment)
    return enrolment


def _must_be_own(actor: Actor, enrolment: Enrolment) -> None:
    if enrolment.employee_id != actor.person():
        raise NotFound(thing="training enrolment")


async def _must_be_open(session: AsyncSession, one: TrainingSession) -> None:
    if one.state is not SessionState.PLANNED or one.starts_at <= await db.now(session):
        raise SessionNotOpen()


async def _must_make_sense(session: AsyncSession, one: TrainingSession) -> None:
    problems = []
    if one.ends_at <= one.starts_at:
        problems.append(ends_first())
    if one.starts_at <= await db.now(session):
        problems.append(in_the_past())
    if one.place is None and one.meeting_link is None:
        problems.append(nowhere())
    if problems:
        raise Invalid(problems=problems)


async def _pay(session: AsyncSession, actor: Actor, one: TrainingSession, *, reason: str | None) -> Sums | None:
    before = await budget.read(session, one.program_id)
    await budget.settle(session, one)
    if not one.cost_amount or one.cost_currency is None:
        return None
    after = await budget.read(session, one.program_id)
    if before is not None and after is not None and after.used <= before.used:
        # Another time or place costs nothing, so nobody has to decide anew.
        return after
    return await budget.must_fit(
        session, actor, one.program_id, currency=one.cost_currency, reason=reason or one.override_reason,
        pointer="/module_id",
    )  # fmt: skip


async def _seat(session: AsyncSession, one: TrainingSession, enrolment: Enrolment) -> None:
    is_free = await repository.count_seated(session, one.id) < one.seats
    enrolment.state = EnrolmentState.ENROLLED if is_free else EnrolmentState.WAITING
    enrolment.waiting_since = None if is_free else await db.now(session)
    session.add(enrolment)
    await session.flush()
    await budget.settle(session, one)
    await jobs.enqueue(session, TELL_JOB, subject_id=enrolment.id)


async def _move_up(session: AsyncSession, one: TrainingSession) -> None:
    """Give free seats to those who wait longest."""
    free = one.seats - await repository.count_seated(session, one.id)
    for enrolment in (await repository.list_enrolments(session, one.id, (EnrolmentState.WAITING,)))[: max(free, 0)]:
        enrolment.state, enrolment.waiting_since = EnrolmentState.ENROLLED, None
        session.add(enrolment)
        await session.flush()
        await jobs.enqueue(session, TELL_JOB, subject_id=enrolment.id)


async def _tell_all(session: AsyncSession, one: TrainingSession) -> None:
    for enrolment in await repository.list_enrolments(session, one.id, rules.CONCERNED):
        await jobs.enqueue(session, TELL_JOB, subject_id=enrolment.id)


def seen_by_organizers(enrolment: Enrolment) -> EnrolmentState:
    """A no looks like no answer, so that there is no list of refusers."""
    return EnrolmentState.INVITED if enrolment.state is EnrolmentState.DECLINED else enrolment.state
