"""Pausing without penalty: a person's own, for one program or all. Flushes, never commits.

A pause is the row alone: membership stays as it is, no event and no audit entry tells of it, and nothing that employer
roles read depends on one person's pause. Leave that HR knows of (``EmploymentStatus.ON_LEAVE``) keeps offers and
reminders back in the same way, but not what the person has approved themselves.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository, rules
from services.core.ambassadors.errors import PauseOver, PauseOverlaps
from services.core.ambassadors.models import Pause
from services.core.ambassadors.rules import PauseState
from services.core.ambassadors.schemas import PauseCreate, PauseUpdate
from services.core.employees import service as employees
from services.core.employees.models import EmploymentStatus
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor

_IN_THE_PAST = Text(
    en="This has passed. Give a time from now on, or leave it out for now.",
    he="מועד זה כבר חלף. יש לתת מועד מעכשיו והלאה, או להשמיט כדי להתחיל כעת.",
)
_ENDED_IN_THE_PAST = Text(
    en="This has passed. Give a time from now on; DELETE ends the pause now.",
    he="מועד זה כבר חלף. יש לתת מועד מעכשיו והלאה; DELETE מסיים את ההפסקה כעת.",
)
_ENDS_FIRST = Text(en="Give an end after the start.", he="יש לתת סיום מאוחר מההתחלה.")
_HAS_BEGUN = Text(
    en="The pause has begun, so its start stays. You can change its end.",
    he="ההפסקה כבר החלה ולכן מועד ההתחלה נשאר. ניתן לשנות את הסיום.",
)
_NEEDED = Text(en="This cannot be removed. Give a value.", he="לא ניתן להסיר שדה זה. יש לתת ערך.")


async def create(session: AsyncSession, actor: Actor, body: PauseCreate) -> Pause:
    """The caller pauses, now or later; raise Invalid, PauseOverlaps, or NotFound for a program they are not in."""
    employee_id = actor.person()
    if body.program_id is not None:
        ambassador = await repository.find_ambassador(session, program_id=body.program_id, employee_id=employee_id)
        if ambassador is None or ambassador.state not in rules.MEMBER:
            raise NotFound(thing="membership")
    await repository.lock_person(session, employee_id)
    now = await db.now(session)
    starts_at = _start(body.starts_at, now=now)
    if body.ends_at is not None and body.ends_at <= starts_at:
        raise Invalid(problems=[FieldProblem("/ends_at", "before_start", _ENDS_FIRST)])
    pause = Pause(
        organization_id=actor.tenant(),
        employee_id=employee_id,
        program_id=body.program_id,
        kind=body.kind,
        starts_at=starts_at,
        ends_at=body.ends_at,
    )
    await _must_be_alone(session, pause, now=now)
    session.add(pause)
    await session.flush()
    return pause


async def update(session: AsyncSession, actor: Actor, pause: Pause, body: PauseUpdate) -> Pause:
    """Merge patch of a pause that is not over; an end of now ends it. Raises Invalid, PauseOver or PauseOverlaps."""
    await repository.lock_person(session, actor.person())
    now = await db.now(session)
    state = rules.pause_state(pause, now=now)
    if state is PauseState.OVER:
        raise PauseOver()
    changes = body.changes()
    if "kind" in changes:
        if body.kind is None:
            raise Invalid(problems=[FieldProblem("/kind", "required", _NEEDED)])
        pause.kind = body.kind
    if "starts_at" in changes and body.starts_at != pause.starts_at:
        if state is PauseState.IN_EFFECT:
            raise Invalid(problems=[FieldProblem("/starts_at", "has_begun", _HAS_BEGUN)])
        pause.starts_at = _start(body.starts_at, now=now)
    if "ends_at" in changes and body.ends_at != pause.ends_at:
        pause.ends_at = body.ends_at
        if body.ends_at is not None:
            pause.ends_at = rules.not_before_now(body.ends_at, now=now)
            if pause.ends_at is None:
                raise Invalid(problems=[FieldProblem("/ends_at", "in_the_past", _ENDED_IN_THE_PAST)])
    has_begun = pause.starts_at <= now
    if pause.ends_at is not None and (pause.ends_at < now if has_begun else pause.ends_at <= pause.starts_at):
        raise Invalid(problems=[FieldProblem("/ends_at", "before_start", _ENDS_FIRST)])
    await _must_be_alone(session, pause, now=now)
    session.add(pause)
    await session.flush()
    return pause


async def end(session: AsyncSession, pause: Pause) -> None:
    """End a pause now; one that has not begun is forgotten, one that is over stays as it was."""
    now = await db.now(session)
    match rules.pause_state(pause, now=now):
        case PauseState.PLANNED:
            await session.delete(pause)
        case PauseState.IN_EFFECT:
            pause.ends_at = now
            session.add(pause)
        case PauseState.OVER:
            return
    await session.flush()


async def is_away(session: AsyncSession, *, employee_id: UUID, program_id: UUID | None) -> bool:
    """Whether somebody is not to be offered or reminded of anything now: they pause, or are on leave.

    Without a program, only a pause in every program counts.
    """
    employee = await employees.get_employee(session, employee_id)
    if employee.status is EmploymentStatus.ON_LEAVE:
        return True
    found = await repository.find_pause(
        session, employee_id=employee_id, program_id=program_id, at=await db.now(session)
    )
    return found is not None


def _start(wanted: datetime | None, *, now: datetime) -> datetime:
    starts_at = rules.not_before_now(wanted, now=now) if wanted is not None else now
    if starts_at is None:
        raise Invalid(problems=[FieldProblem("/starts_at", "in_the_past", _IN_THE_PAST)])
    return starts_at


async def _must_be_alone(session: AsyncSession, pause: Pause, *, now: datetime) -> None:
    """Raise PauseOverlaps for a second pause of the same programs at one time; the caller holds the person's lock."""
    with session.no_autoflush:
        others = await repository.list_pauses(session, employee_id=pause.employee_id, ends_after=now)
    overlap = rules.find_overlap(
        (other for other in others if other.id != pause.id),
        program_id=pause.program_id, starts_at=pause.starts_at, ends_at=pause.ends_at,
    )  # fmt: skip
    if overlap is not None:
        raise PauseOverlaps(pause_id=overlap.id)
