"""Gates of a quiet launch: looked at, kept with their evidence, and brought to the decision. Flushes, never commits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.launches import probes, repository, texts
from services.core.launches.errors import NotQuiet
from services.core.launches.models import Gate, GateState, LaunchGate
from services.core.launches.probes import Found
from services.core.launches.schemas import GateOut
from services.core.organizations.rules import Actor, Permission
from services.core.programs import pilots
from services.core.programs import repository as programs
from services.core.programs.models import Program
from services.core.programs.names import STATE_NAMES
from services.core.programs.service import GateSeen


async def read_gates(session: AsyncSession, actor: Actor, program: Program, *, language: Language) -> list[GateOut]:
    """Every gate of a program in order, as it was found last."""
    actor.require(Permission.PROGRAMS_READ, program_id=program.id)
    rows = {row.gate: row for row in await repository.list_gates(session, program.id)}
    return [_read(gate, rows.get(gate), program, language) for gate in Gate]


async def evaluate(session: AsyncSession, actor: Actor, program: Program, *, settings: Settings) -> list[LaunchGate]:
    """Look at every gate now, for somebody who manages the program; raise NotQuiet."""
    actor.require(Permission.PROGRAMS_WRITE, program_id=program.id)
    return await look_again(session, program, settings=settings)


async def look_again(session: AsyncSession, program: Program, *, settings: Settings) -> list[LaunchGate]:
    """Look at every gate and keep what was found, in order; raise NotQuiet.

    A gate that has passed and does so no more turns red, and ``launch_gate.broken`` tells of it. The caller holds the
    program's lock, or there is nobody else who looks.
    """
    if not pilots.is_quiet(program):
        raise NotQuiet(state=STATE_NAMES[program.state])
    before = {row.gate: row for row in await repository.list_gates(session, program.id)}
    now = await db.now(session)
    rows = []
    for found in await probes.look(session, program, settings=settings):
        row = before.get(found.gate) or LaunchGate(
            organization_id=program.organization_id, program_id=program.id, gate=found.gate, state=GateState.WAITING,
            evaluated_at=now,
        )  # fmt: skip
        _keep(session, row, found, now=now)
        session.add(row)
        rows.append(row)
    await session.flush()
    return rows


async def look_for_job(session: AsyncSession, program_id: UUID, *, settings: Settings) -> None:
    """The same for a recurring job; nothing for a program that has moved on."""
    program = await programs.get_program(session, program_id, lock=True)
    if pilots.is_quiet(program):
        await look_again(session, program, settings=settings)


def as_seen(rows: list[LaunchGate]) -> list[GateSeen]:
    """Gates as the decision about a loud launch is brought them."""
    return [
        GateSeen(
            name=row.gate.value,
            state=row.state.value,
            has_passed=row.state is GateState.PASSED,
            problem=FieldProblem(f"/gates/{row.gate.value}", row.state.value, _said(row)),
        )
        for row in rows
    ]


def _keep(session: AsyncSession, row: LaunchGate, found: Found, *, now: datetime) -> None:
    has_passed = found.state is GateState.PASSED
    state = found.state
    if row.passed_at is not None or row.broken_at is not None:
        # What has been there once and is gone is no waiting.
        state = GateState.PASSED if has_passed else GateState.FAILED
    if has_passed and row.passed_at is None:
        row.passed_at = now
        events.emit(session, "launch_gate.passed", program_id=row.program_id, gate=row.gate.value)
    elif not has_passed and row.passed_at is not None:
        row.passed_at, row.broken_at = None, now
        events.emit(session, "launch_gate.broken", program_id=row.program_id, gate=row.gate.value)
    row.state, row.evidence, row.evaluated_at = state, found.evidence, now
    row.todo = {language.value: [one.in_language(language) for one in found.todo] for language in Language}


def _said(row: LaunchGate) -> Text:
    """What to do about a gate; braces of what people wrote are no places to fill."""
    words = {
        language: f"{texts.TITLES[row.gate].in_language(language)} ({texts.STATES[row.state].in_language(language)}): "
        + " ".join(row.todo.get(language.value, []))
        for language in Language
    }
    return Text(en=words[Language.EN], he=words[Language.HE])


def _read(gate: Gate, row: LaunchGate | None, program: Program, language: Language) -> GateOut:
    title = texts.TITLES[gate].in_language(language)
    if row is None:
        todo = [texts.NOT_LOOKED_AT.in_language(language, program=program.id)]
        return GateOut(
            gate=gate, title=title, state=GateState.WAITING, evidence={}, todo=todo, evaluated_at=None, passed_at=None,
            broken_at=None,
        )  # fmt: skip
    return GateOut(
        gate=gate,
        title=title,
        state=row.state,
        evidence=row.evidence,
        todo=row.todo.get(language.value, []),
        evaluated_at=row.evaluated_at,
        passed_at=row.passed_at,
        broken_at=row.broken_at,
    )
