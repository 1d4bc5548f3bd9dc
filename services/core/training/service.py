"""Training: modules, the curriculum of a program, and who lacks what it asks for. Flushes, never commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.errors import Invalid, NotFound
from services.core.organizations.rules import Actor, Permission
from services.core.policies import service as policies
from services.core.training import repository, rules
from services.core.training.errors import (
    GateCannotOpen,
    ModuleArchived,
    QuizNeeded,
    ToLearn,
    TrainingMissing,
    gates_are_mandatory,
    named_twice,
    other_program,
)
from services.core.training.models import Certificate, Completion, CurriculumEntry, Module
from services.core.training.rules import NextSession, Standing
from services.core.training.schemas import CurriculumWrite, ModuleCreate, ModuleUpdate, Price, Provider, Quiz

#: Brings planned posts of a program into line with the training that it asks for; may be repeated.
GATE_JOB = "training.settle_gate"


@dataclass(frozen=True)
class ModuleStanding:
    """A module of a curriculum, where somebody stands with it, and the ways to complete it."""

    entry: CurriculumEntry
    module: Module
    standing: Standing
    certificate: Certificate | None
    next_session: NextSession | None
    #: Policy versions to agree to before it is complete; for modules on conduct alone.
    to_acknowledge: tuple[UUID, ...]

    @property
    def is_missing(self) -> bool:
        """Whether there is no certificate that counts."""
        return self.standing is not Standing.VALID

    def to_learn(self) -> ToLearn:
        """For the words that say what to do."""
        return ToLearn(
            module_id=self.module.id,
            title=self.module.title,
            is_expired=self.standing is Standing.EXPIRED,
            has_quiz=self.module.quiz is not None,
            next_session=self.next_session,
            to_acknowledge=self.to_acknowledge,
        )


async def create_module(session: AsyncSession, actor: Actor, body: ModuleCreate) -> Module:
    """Add a module; raise QuizNeeded if nothing could complete it."""
    actor.require(Permission.TRAINING_WRITE, program_id=body.program_id)
    completion = rules.completion_of(body.completion, has_quiz=body.quiz is not None)
    _must_be_completable(completion, body.quiz)
    module = Module(
        organization_id=actor.tenant(),
        program_id=body.program_id,
        topic=body.topic,
        title=_plain(body.title),
        summary=_plain(body.summary),
        is_mandatory=body.is_mandatory,
        materials=[one.model_dump(mode="json") for one in body.materials],
        completion=completion,
        validity_months=body.validity_months,
        quiz=body.quiz.model_dump(mode="json") if body.quiz else None,
    )
    _set_provider(module, body.provider)
    _set_price(module, body.price)
    session.add(module)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="training_module.create", subject=module,
        after={"topic": module.topic, "program_id": module.program_id},
    )  # fmt: skip
    return module


async def update_module(session: AsyncSession, actor: Actor, module: Module, body: ModuleUpdate) -> Module:
    """Change a module; sessions that are planned keep their price, certificates stay. Raises QuizNeeded."""
    actor.require(Permission.TRAINING_WRITE, program_id=module.program_id)
    given = body.changes()
    for name in ("topic", "is_mandatory"):
        if given.get(name) is not None:
            setattr(module, name, given[name])
    for name in ("title", "summary"):
        if given.get(name) is not None:
            setattr(module, name, _plain(given[name]))
    if given.get("provider") is not None:
        _set_provider(module, given["provider"])
    if "price" in given:
        _set_price(module, given["price"])
    if given.get("materials") is not None:
        module.materials = [one.model_dump(mode="json") for one in given["materials"]]
    if "validity_months" in given:
        module.validity_months = given["validity_months"]
    if "quiz" in given:
        module.quiz = given["quiz"].model_dump(mode="json") if given["quiz"] else None
    if "completion" in given:
        module.completion = rules.completion_of(given["completion"], has_quiz=module.quiz is not None)
    _must_be_completable(module.completion, module.quiz)
    if given.get("is_archived") is not None:
        module.archived_at = await db.now(session) if given["is_archived"] else None
    session.add(module)
    await session.flush()
    await session.refresh(module)
    audit.record(
        session, actor=actor.name, action="training_module.update", subject=module, after={"fields": sorted(given)}
    )
    return module


def _must_be_completable(completion: Completion, quiz: Quiz | dict[str, Any] | None) -> None:
    if quiz is None and completion is not Completion.ATTENDANCE:
        raise QuizNeeded()


def _plain(texts: dict[Any, str]) -> dict[str, str]:
    return {str(language): text for language, text in texts.items()}


def _set_provider(module: Module, provider: Provider) -> None:
    module.provider_kind, module.provider_name = provider.kind, provider.name
    module.provider_contact = provider.contact


def _set_price(module: Module, price: Price | None) -> None:
    module.cost_per = price.per if price else None
    module.cost_amount = price.amount if price else None
    module.cost_currency = price.currency if price else None


def must_be_taught(module: Module, *, program_id: UUID, pointer: str) -> None:
    """Raise ModuleArchived, or Invalid for a module of another program."""
    if module.program_id not in (None, program_id):
        raise Invalid(problems=[other_program(pointer)])
    if module.archived_at is not None:
        raise ModuleArchived()


async def put_curriculum(
    session: AsyncSession, actor: Actor, program_id: UUID, body: CurriculumWrite
) -> list[CurriculumEntry]:
    """Say what the people of a program learn, in order, and what of it comes before sharing.

    Raises NotFound, ModuleArchived, Invalid, and GateCannotOpen for a gate that nobody could open.
    """
    actor.require(Permission.TRAINING_WRITE, program_id=program_id)
    modules = await repository.map_modules(session, [one.module_id for one in body.modules])
    seen: set[UUID] = set()
    entries = []
    for place, one in enumerate(body.modules):
        module = modules.get(one.module_id)
        if module is None:
            raise NotFound(thing="training module")
        pointer = f"/modules/{place}"
        must_be_taught(module, program_id=program_id, pointer=f"{pointer}/module_id")
        if module.id in seen:
            raise Invalid(problems=[named_twice(f"{pointer}/module_id")])
        seen.add(module.id)
        is_mandatory = module.is_mandatory if one.is_mandatory is None else one.is_mandatory
        if one.gates_sharing and one.is_mandatory is False:
            raise Invalid(problems=[gates_are_mandatory(f"{pointer}/gates_sharing")])
        if one.gates_sharing:
            await _must_be_openable(session, module, program_id=program_id)
        entries.append(
            CurriculumEntry(
                organization_id=actor.tenant(),
                program_id=program_id,
                module_id=module.id,
                position=place + 1,
                is_mandatory=is_mandatory or one.gates_sharing,
                gates_sharing=one.gates_sharing,
            )
        )
    before = await repository.list_entries(session, [program_id])
    for entry in before:
        await session.delete(entry)
    await session.flush()
    session.add_all(entries)
    await session.flush()
    for entry in entries[:1] or before[:1]:
        audit.record(
            session, actor=actor.name, action="curriculum.put", subject=entry,
            before=_gates(before), after={"program_id": program_id, **_gates(entries)},
        )  # fmt: skip
    events.emit(session, "curriculum.changed", program_id=program_id)
    await jobs.enqueue(session, GATE_JOB, subject_id=program_id)
    return entries


def _gates(entries: Sequence[CurriculumEntry]) -> dict[str, list[UUID]]:
    return {
        "modules": [one.module_id for one in entries],
        "mandatory": [one.module_id for one in entries if one.is_mandatory],
        "gates": [one.module_id for one in entries if one.gates_sharing],
    }


async def _must_be_openable(session: AsyncSession, module: Module, *, program_id: UUID) -> None:
    if module.quiz is not None and module.completion is not Completion.BOTH:
        return
    planned = await repository.list_open_sessions(
        session, module_ids=[module.id], program_id=program_id, after=await db.now(session)
    )
    if not planned:
        raise GateCannotOpen(module_id=module.id)


async def list_standings(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID, at: datetime | None = None
) -> list[ModuleStanding]:
    """The curriculum of a program in order, and where somebody stands at ``at`` (None: now)."""
    entries = await repository.list_entries(session, [program_id])
    if not entries:
        return []
    now = await db.now(session)
    moment = at or now
    module_ids = [one.module_id for one in entries]
    modules = await repository.map_modules(session, module_ids)
    held: dict[UUID, list[Certificate]] = defaultdict(list)
    for one in await repository.list_certificates(session, employee_ids=[employee_id], module_ids=module_ids):
        held[one.module_id].append(one)
    standings = {module_id: rules.standing(held[module_id], at=moment) for module_id in module_ids}
    open_ids = [module_id for module_id, standing in standings.items() if standing is not Standing.VALID]
    following = await find_next_sessions(session, module_ids=open_ids, program_id=program_id, after=now)
    versions: tuple[UUID, ...] = ()
    if any(rules.is_conduct(modules[module_id]) for module_id in open_ids):
        missing = await policies.missing_acknowledgements(session, program_id=program_id, employee_id=employee_id)
        versions = tuple(version.id for version in missing)
    found = []
    for entry in entries:
        module, standing = modules[entry.module_id], standings[entry.module_id]
        to_acknowledge = versions if standing is not Standing.VALID and rules.is_conduct(module) else ()
        if to_acknowledge and await repository.list_attended(session, employee_id=employee_id, module_id=module.id):
            standing = Standing.TO_ACKNOWLEDGE
        found.append(
            ModuleStanding(
                entry, module, standing, rules.best(held[module.id]), following.get(module.id), to_acknowledge
            )
        )
    return found


async def find_next_sessions(
    session: AsyncSession, *, module_ids: Collection[UUID], program_id: UUID, after: datetime
) -> dict[UUID, NextSession]:
    """The session to go to of each of these modules that has one."""
    planned = await repository.list_open_sessions(session, module_ids=module_ids, program_id=program_id, after=after)
    counts = await repository.count_by_state(session, [one.id for one in planned])
    found: dict[UUID, NextSession] = {}
    for one in planned:
        left = max(one.seats - sum(counts[one.id].get(state, 0) for state in rules.SEATED), 0)
        earlier = found.get(one.module_id)
        if earlier is None or (earlier.seats_left == 0 and left > 0):
            found[one.module_id] = NextSession(
                one.id, one.starts_at, one.starts_local, one.time_zone, one.language.value, left
            )
    return found


async def missing_mandatory(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID, at: datetime | None = None
) -> list[ModuleStanding]:
    """The mandatory modules of a program that somebody has no valid certificate of at ``at`` (None: now), in order."""
    standings = await list_standings(session, program_id=program_id, employee_id=employee_id, at=at)
    return [one for one in standings if one.entry.is_mandatory and one.is_missing]


async def must_be_certified(session: AsyncSession, *, program_id: UUID, employee_id: UUID) -> None:
    """Raise TrainingMissing, naming the modules and the ways to them, while a certificate stands against sharing."""
    now = await db.now(session)
    if not await repository.lacks_certificate(session, program_id=program_id, employee_id=employee_id, at=now):
        return
    standings = await list_standings(session, program_id=program_id, employee_id=employee_id, at=now)
    raise TrainingMissing([one.to_learn() for one in standings if one.entry.gates_sharing and one.is_missing])


async def get_own_module(session: AsyncSession, *, employee_id: UUID, module_id: UUID) -> tuple[Module, list[UUID]]:
    """A module that a program teaches which somebody is in, and these programs; raise NotFound."""
    memberships = await repository.list_memberships(session, employee_id)
    entries = await repository.list_entries(session, [one.program_id for one in memberships])
    program_ids = [one.program_id for one in entries if one.module_id == module_id]
    if not program_ids:
        raise NotFound(thing="training module")
    return await repository.get_module(session, module_id), program_ids


def title_of(module: Module, language: str) -> str:
    """A module's title for a reader of ``language``."""
    return module.title.get(language) or next(iter(module.title.values()))


def summary_of(module: Module, language: str) -> str:
    """A module's summary for a reader of ``language``."""
    return module.summary.get(language) or next(iter(module.summary.values()), "")
