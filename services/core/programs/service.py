"""What may happen to programs, channels and responsibilities, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import service as employees
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.texts import Text, listed
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository, rules
from services.core.programs.errors import (
    AlreadyHolds,
    FoundationsMissing,
    GatesRed,
    HoldersMissing,
    LastOfItsKind,
    NothingToOverride,
    OverridingIsForSponsors,
    TransitionRefused,
)
from services.core.programs.models import Channel, Function, LoudLaunch, Program, ProgramState, Responsibility
from services.core.programs.names import DESTINATION_NAMES, STATE_NAMES
from services.core.programs.schemas import (
    ChannelWrite,
    ProgramCreate,
    ProgramUpdate,
    ResponsibilityCreate,
    TransitionCreate,
)

_TEXTS = frozenset({"name", "title", "disclosure", "reason"})
_UNSAID = Text(
    en="The default language and the disclosure use languages that the program does not speak: {languages}.",
    he="שפת ברירת המחדל או הגילוי הנאות משתמשים בשפות שאינן בתוכנית: {languages}.",
)
_OTHER_NETWORK = Text(
    en="The program does not use this network. Use one of: {networks}; or add it to the program's networks first.",
    he="התוכנית אינה משתמשת ברשת זו. יש להשתמש באחת מאלה: {networks}, או להוסיף אותה תחילה לרשתות התוכנית.",
)


@dataclass(frozen=True)
class Orphan:
    """A function whose holder, or a deputy, is not employed any more."""

    responsibility_id: UUID
    function: Function
    employee_id: UUID
    is_deputy: bool
    #: When it was noticed; None until the scheduler has looked, a minute at the most.
    since: datetime | None
    #: Whether somebody else holds the function.
    is_held: bool
    #: Whether a loud launch needs it held.
    is_mandatory: bool


@dataclass(frozen=True)
class Held:
    """One function of a program: who answers for it, and whether that is enough."""

    function: Function
    #: Those who are employed, the oldest first.
    holder_ids: tuple[UUID, ...]
    deputy_ids: tuple[UUID, ...]
    is_mandatory_for_design: bool
    is_mandatory_for_loud: bool

    @property
    def is_held(self) -> bool:
        """Whether a holder who is employed answers for it; a deputy is none."""
        return bool(self.holder_ids)


@dataclass(frozen=True)
class GateSeen:
    """How a gate of a loud launch stands, brought by who can look at all of them."""

    name: str
    state: str
    has_passed: bool
    #: What to do about it.
    problem: FieldProblem


async def create_program(session: AsyncSession, actor: Actor, body: ProgramCreate) -> Program:
    """Start a program, in draft. What its template holds besides is for the caller to make."""
    actor.require(Permission.PROGRAMS_CREATE)
    values = body.model_dump(mode="json", exclude={"goal_owner_employee_id"})
    program = Program(organization_id=actor.tenant(), **values)
    _check_languages(program)
    session.add(program)
    audit.record(session, actor=actor.name, action="program.create", subject=program)
    await session.flush()
    return program


async def update_program(session: AsyncSession, actor: Actor, program: Program, body: ProgramUpdate) -> Program:
    """Change a program's own settings."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
    changes = {
        name: value for name, value in body.model_dump(mode="json", exclude_unset=True).items() if value is not None
    }
    audit.record(
        session,
        actor=actor.name,
        action="program.update",
        subject=program,
        before=recorded({name: getattr(program, name) for name in changes}),
        after=recorded(changes),
    )
    for name, value in changes.items():
        setattr(program, name, value)
    _check_languages(program)
    session.add(program)
    await session.flush()
    await session.refresh(program)
    return program


async def transition(
    session: AsyncSession,
    actor: Actor,
    program: Program,
    body: TransitionCreate,
    *,
    goals: Sequence[rules.SetGoal],
    has_published_policy: bool,
    has_persona: bool,
    gates: Sequence[GateSeen] = (),
) -> Program:
    """Move a program on.

    Raises TransitionRefused, FoundationsMissing, HoldersMissing or GatesRed (naming each), and NothingToOverride.
    Goals, policy, persona and gates are evidence of nouns further on, brought by the caller. A red gate is overridden
    by a sponsor in person alone; nobody overrides that nobody answers for a mandatory function.
    """
    require_mover(actor, program, body)
    wanted = rules.next_state(program.state, body.to, paused_from=program.paused_from)
    if wanted is None:
        raise TransitionRefused(
            current=STATE_NAMES[program.state],
            wanted=DESTINATION_NAMES[body.to],
            possible=listed(DESTINATION_NAMES[one] for one in sorted(rules.MOVES[program.state])),
        )
    if wanted is ProgramState.DESIGNED:
        held = await repository.list_responsibilities(session, program.id)
        people = {goal.owner_employee_id for goal in goals} | {one.employee_id for one in held}
        problems = rules.missing_for_design(
            goals,
            held,
            employed=await employees.find_present_ids(session, people),
            mandatory=rules.mandatory_for(program, ProgramState.DESIGNED),
        )
    elif wanted is ProgramState.QUIET:
        problems = rules.missing_for_quiet(has_published_policy=has_published_policy, has_persona=has_persona)
    else:
        problems = []
    if problems:
        raise FoundationsMissing(wanted=STATE_NAMES[wanted], problems=problems)
    if wanted is ProgramState.LOUD and program.state is ProgramState.QUIET:
        if unfilled := await missing_for_loud(session, program):
            raise HoldersMissing(problems=unfilled)
        _launch(session, actor, program, body, gates)
    before = program.state
    after: dict[str, Any] = {"state": wanted.value}
    if body.override is not None:
        after["override"] = True
    program.paused_from = before if wanted is ProgramState.PAUSED else None
    program.state = wanted
    if wanted is ProgramState.QUIET and program.launched_at is None:
        program.launched_at = await db.now(session)
    session.add(program)
    audit.record(
        session, actor=actor.name, action="program.transition", subject=program,
        before={"state": before.value}, after=after,
    )  # fmt: skip
    events.emit(session, "program.transitioned", program_id=program.id, state=wanted.value)
    await session.flush()
    return program


def require_mover(actor: Actor, program: Program, body: TransitionCreate) -> None:
    """Raise NotAllowed but for who manages the program; for an override, but for a sponsor in person."""
    if body.override is None:
        actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
        return
    actor.person()
    if not actor.may(Permission.LAUNCHES_OVERRIDE, program_id=program.id):
        raise OverridingIsForSponsors()


def _launch(
    session: AsyncSession, actor: Actor, program: Program, body: TransitionCreate, gates: Sequence[GateSeen]
) -> None:
    """Keep how a loud launch came about; raise GatesRed or NothingToOverride."""
    red = [gate for gate in gates if not gate.has_passed]
    # A caller who brings no gates has looked at none.
    if (red or not gates) and body.override is None:
        raise GatesRed(gates=", ".join(gate.name for gate in red) or "-", problems=[gate.problem for gate in red])
    if not red and body.override is not None:
        raise NothingToOverride()
    launch = LoudLaunch(
        organization_id=program.organization_id,
        program_id=program.id,
        launched_by=actor.name,
        gates={gate.name: gate.state for gate in gates},
        sponsor_employee_id=actor.employee_id if body.override is not None else None,
        reason=body.override.reason if body.override is not None else None,
    )
    session.add(launch)
    audit.record(
        session, actor=actor.name, action="launch.override" if launch.reason else "launch.pass", subject=launch,
        after=recorded({"program_id": program.id, "red": [gate.name for gate in red], "reason": launch.reason}),
    )  # fmt: skip
    if launch.reason:
        events.emit(session, "launch.overridden", program_id=program.id, launch_id=launch.id)


async def list_orphans(session: AsyncSession, program_id: UUID) -> list[Orphan]:
    """What nobody answers for since somebody has left or is suspended, oldest first; true at this moment."""
    program = await repository.get_program(session, program_id)
    rows = await repository.list_responsibilities(session, program_id)
    employed = await employees.find_present_ids(session, {one.employee_id for one in rows})
    held = rules.held_functions(rows, employed=employed)
    mandatory = rules.mandatory_for(program, ProgramState.LOUD)
    return [
        Orphan(
            responsibility_id=one.id,
            function=one.function,
            employee_id=one.employee_id,
            is_deputy=one.is_deputy,
            since=one.orphaned_at,
            is_held=one.function in held,
            is_mandatory=one.function in mandatory,
        )
        for one in rows
        if one.employee_id not in employed
    ]


async def list_functions(session: AsyncSession, program: Program) -> list[Held]:
    """Who owns what: every function in its order, with who holds it at this moment."""
    rows = await repository.list_responsibilities(session, program.id)
    employed = await employees.find_present_ids(session, {one.employee_id for one in rows})
    for_design = rules.mandatory_for(program, ProgramState.DESIGNED)
    for_loud = rules.mandatory_for(program, ProgramState.LOUD)
    present = [one for one in rows if one.employee_id in employed]
    return [
        Held(
            function=function,
            holder_ids=tuple(one.employee_id for one in present if one.function is function and not one.is_deputy),
            deputy_ids=tuple(one.employee_id for one in present if one.function is function and one.is_deputy),
            is_mandatory_for_design=function in for_design,
            is_mandatory_for_loud=function in for_loud,
        )
        for function in Function
    ]


async def missing_for_loud(session: AsyncSession, program: Program) -> list[FieldProblem]:
    """The mandatory functions that nobody who is employed holds: each of them blocks a loud launch."""
    rows = await repository.list_responsibilities(session, program.id)
    employed = await employees.find_present_ids(session, {one.employee_id for one in rows})
    return rules.missing_holders(rows, employed=employed, mandatory=rules.mandatory_for(program, ProgramState.LOUD))


async def find_present_holders(session: AsyncSession, program_id: UUID, function: Function) -> list[UUID]:
    """Who answers for a function and is employed: its holders, or if there is none their deputies."""
    rows = [one for one in await repository.list_responsibilities(session, program_id) if one.function is function]
    employed = await employees.find_present_ids(session, {one.employee_id for one in rows})
    present = [one for one in rows if one.employee_id in employed]
    holders = [one.employee_id for one in present if not one.is_deputy]
    return holders or [one.employee_id for one in present]


async def note_holder(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> list[Responsibility]:
    """Write down that somebody who answers for things is gone, or is back; answer what was orphaned by it just now."""
    program = await repository.get_program(session, program_id, lock=True)
    rows = [
        one for one in await repository.list_responsibilities(session, program.id) if one.employee_id == employee_id
    ]
    is_present = bool(await employees.find_present_ids(session, [employee_id]))
    changed = [one for one in rows if (one.orphaned_at is not None) == is_present]
    now = await db.now(session)
    for one in changed:
        one.orphaned_at = None if is_present else now
        session.add(one)
        deed = "responsibility.restored" if is_present else "responsibility.orphaned"
        ids = {"function": one.function.value, "employee_id": employee_id}
        audit.record(session, actor="system", action=deed, subject=one, after=ids)
        events.emit(
            session, deed, program_id=program.id, responsibility_id=one.id, function=one.function.value,
        )  # fmt: skip
    await session.flush()
    return [] if is_present else changed


async def add_responsibility(
    session: AsyncSession, actor: Actor, program_id: UUID, body: ResponsibilityCreate
) -> Responsibility:
    """Name somebody for a function; raise AlreadyHolds."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program_id)
    await employees.get_present(session, body.employee_id)
    held = await repository.list_responsibilities(session, program_id)
    if any(one.function is body.function and one.employee_id == body.employee_id for one in held):
        raise AlreadyHolds()
    responsibility = Responsibility(organization_id=actor.tenant(), program_id=program_id, **body.model_dump())
    session.add(responsibility)
    audit.record(
        session, actor=actor.name, action="responsibility.add", subject=responsibility,
        after=body.model_dump(mode="json"),
    )  # fmt: skip
    await session.flush()
    return responsibility


async def remove_responsibility(session: AsyncSession, actor: Actor, program_id: UUID, responsibility_id: UUID) -> None:
    """Relieve somebody of a function; raise LastOfItsKind for the only holder of a mandatory one."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program_id)
    program = await repository.get_program(session, program_id, lock=True)
    held = await repository.list_responsibilities(session, program_id)
    one = next((one for one in held if one.id == responsibility_id), None)
    if one is None:
        raise NotFound(thing="responsibility")
    employed = await employees.find_present_ids(session, {row.employee_id for row in held})
    if not rules.keeps_holders(program, held, without=one, employed=employed):
        function = rules.FUNCTION_NAMES[one.function]
        raise LastOfItsKind(what=Text(en=f"person responsible for {function.en}", he=f"אחראי/ת על {function.he}"))
    audit.record(
        session, actor=actor.name, action="responsibility.remove", subject=one,
        before={"function": one.function.value, "employee_id": one.employee_id},
    )  # fmt: skip
    await session.delete(one)
    await session.flush()


async def put_channel(
    session: AsyncSession, actor: Actor, program: Program, network: str, channel: Channel | None, body: ChannelWrite
) -> Channel:
    """Say how a program uses a network, or replace what was said (``channel``); raise Invalid for one it does not use.

    Times that people have agreed to stay as they are: the new rules count from the next decision on.
    """
    actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
    if network not in program.networks:
        values: dict[str, object] = {"networks": ", ".join(program.networks) or "-"}
        raise Invalid(problems=[FieldProblem("/network", "network_not_in_program", _OTHER_NETWORK, values)])
    after = body.model_dump(mode="json", by_alias=True)
    before = {name: getattr(channel, name) for name in after} if channel is not None else {}
    if channel is None:
        channel = Channel(organization_id=actor.tenant(), program_id=program.id, network=network)
    for name, value in after.items():
        setattr(channel, name, value)
    channel.similar_action = body.similar_action
    session.add(channel)
    audit.record(
        session, actor=actor.name, action="channel.put", subject=channel,
        before=before, after={"network": network, **after},
    )  # fmt: skip
    await session.flush()
    return channel


async def delete_channel(session: AsyncSession, actor: Actor, channel: Channel) -> None:
    """Forget how a program uses a network: what nobody has set forbids nothing."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=channel.program_id)
    audit.record(
        session, actor=actor.name, action="channel.delete", subject=channel,
        before=channel.model_dump(exclude={"organization_id", "id", "created_at", "updated_at", "version"}),
    )  # fmt: skip
    await session.delete(channel)
    await session.flush()


def _check_languages(program: Program) -> None:
    unsaid = rules.unsaid_languages(program)
    if unsaid:
        raise Invalid(problems=[FieldProblem("/languages", "missing", _UNSAID, {"languages": ", ".join(unsaid)})])


def recorded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for the audit, which keeps that a text was changed, but no texts."""
    return {name: "(text)" if name in _TEXTS else value for name, value in values.items()}
