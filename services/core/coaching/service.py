"""Coaching: a person's profile checklist, theirs alone, and the coach whom they let see it. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.coaching import repository, rules
from services.core.coaching.checklists import CHECKLISTS, VERSION, Item
from services.core.coaching.errors import AlreadyCoach, CoachingClosed, NotYourself, no_item
from services.core.coaching.models import Assessment, Assessor, Checklist, Coaching, CoachingState
from services.core.coaching.rules import Answer, Average, Scored
from services.core.coaching.schemas import AssessmentWrite
from services.core.employees import sealing
from services.core.employees.models import Employee
from services.core.kit import crypto, db
from services.core.kit.errors import Invalid, NotFound
from services.core.kit.settings import Settings
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission

_LIVE = (CoachingState.ASKED, CoachingState.ACCEPTED)

#: Names how averages are made, for whoever compares them.
FORMULA_VERSION = "profile_score_average/1"


@dataclass(frozen=True)
class Look:
    """One look at a profile, opened."""

    id: UUID
    assessor: Assessor
    score: int
    items: dict[str, Answer]
    note: str | None
    list_version: int
    created_at: datetime


@dataclass(frozen=True)
class Seen:
    """A checklist as who may see it does; looks from the first to the latest."""

    checklist: Checklist
    items: tuple[Item, ...]
    looks: tuple[Look, ...]


def items_of(network: str) -> tuple[Item, ...]:
    """The items of a network's checklist; raise NotFound where there is none."""
    items = CHECKLISTS.get(network)
    if items is None:
        raise NotFound(thing="profile checklist")
    return items


async def own(session: AsyncSession, actor: Actor, network: str, *, settings: Settings) -> Seen:
    """The caller's checklist for a network, made at its first use."""
    employee_id = actor.person()
    items_of(network)
    checklist = await repository.make_checklist(session, employee_id=employee_id, network=network)
    return await _see(session, checklist, settings=settings)


async def read(session: AsyncSession, actor: Actor, checklist_id: UUID, *, settings: Settings) -> Seen:
    """A checklist, for its person and a coach whom they have named and who has accepted; to all others NotFound."""
    return await _see(session, await _visible(session, actor, checklist_id), settings=settings)


async def assess(
    session: AsyncSession, actor: Actor, checklist_id: UUID, body: AssessmentWrite, *, settings: Settings
) -> Seen:
    """Add a look at a profile, by its person or their coach; sealed with the person's key.

    Raises NotFound for everybody else, and Invalid for items that the list does not have.
    """
    checklist = await _visible(session, actor, checklist_id)
    items = items_of(checklist.network)
    known = {item.key for item in items}
    if strange := sorted(set(body.items) - known):
        raise Invalid(problems=[no_item(key, ", ".join(item.key for item in items)) for key in strange])
    assessor = Assessor.SELF if checklist.employee_id == actor.employee_id else Assessor.COACH
    assessment = Assessment(
        organization_id=checklist.organization_id,
        checklist_id=checklist.id,
        employee_id=checklist.employee_id,
        assessor=assessor,
        sealed_content=b"",
    )
    sealer = await sealing.sealer_for(session, checklist.employee_id, master=crypto.Sealer(settings.master_keys))
    assessment.sealed_content = sealing.seal_document(
        sealer,
        {
            "items": {key: answer.value for key, answer in body.items.items()},
            "score": rules.score(items, body.items),
            "note": body.note,
            "list_version": VERSION,
        },
        place=_place(assessment),
    )
    session.add(assessment)
    await session.flush()
    return await _see(session, checklist, settings=settings)


async def name_coach(session: AsyncSession, actor: Actor, *, coach: Employee, network: str) -> Coaching:
    """The caller asks a colleague to coach them; raise NotYourself, AlreadyCoach, NotFound for the network."""
    employee_id = actor.person()
    items_of(network)
    if coach.id == employee_id:
        raise NotYourself()
    checklist = await repository.make_checklist(session, employee_id=employee_id, network=network)
    existing = await repository.find_live(session, checklist_id=checklist.id, coach_employee_id=coach.id, states=_LIVE)
    if existing is not None:
        raise AlreadyCoach(coaching=existing.id)
    coaching = Coaching(
        organization_id=actor.tenant(), checklist_id=checklist.id, employee_id=employee_id, coach_employee_id=coach.id
    )
    session.add(coaching)
    await session.flush()
    await session.refresh(coaching)
    return coaching


async def answer(session: AsyncSession, actor: Actor, coaching_id: UUID, *, is_yes: bool) -> Coaching:
    """The colleague who was asked says yes or no; said again, it answers the same. Raises NotFound, CoachingClosed."""
    coaching = await repository.get_coaching(session, coaching_id, lock=True)
    if coaching.coach_employee_id != actor.person():
        raise NotFound(thing="coaching")
    wanted = CoachingState.ACCEPTED if is_yes else CoachingState.DECLINED
    if coaching.state is wanted:
        return coaching
    if coaching.state is not CoachingState.ASKED:
        raise CoachingClosed()
    coaching.state, coaching.answered_at = wanted, await db.now(session)
    session.add(coaching)
    await session.flush()
    return coaching


async def end(session: AsyncSession, actor: Actor, coaching_id: UUID) -> Coaching:
    """The person, or their coach, ends it: from this transaction on the coach sees nothing. Raises NotFound."""
    coaching = await repository.get_coaching(session, coaching_id, lock=True)
    if actor.person() not in (coaching.employee_id, coaching.coach_employee_id):
        raise NotFound(thing="coaching")
    if coaching.state in _LIVE:
        coaching.state, coaching.ended_at = CoachingState.ENDED, await db.now(session)
        session.add(coaching)
        await session.flush()
    return coaching


async def average(
    session: AsyncSession, actor: Actor, program_id: UUID, network: str, *, settings: Settings
) -> tuple[datetime, Average, list[Average]]:
    """How the profiles of a program's people have got on, without telling of fewer than five of them.

    Counts looks until the beginning of this week in the organization's zone, so that no two answers differ by one
    person from one day to the next.
    """
    actor.require(Permission.REPORTS_READ, program_id=program_id)
    items_of(network)
    as_of = await _week_begin(session)
    master = crypto.Sealer(settings.master_keys)
    groups: dict[UUID, str] = {}
    first: dict[UUID, Assessment] = {}
    latest: dict[UUID, Assessment] = {}
    for look, department in await repository.list_looks_of_members(
        session, program_id=program_id, network=network, before=as_of
    ):
        groups[look.employee_id] = department or "-"
        first.setdefault(look.employee_id, look)
        latest[look.employee_id] = look
    people = []
    for employee_id, group in groups.items():
        sealer = await sealing.sealer_for(session, employee_id, master=master)
        before, after = (_open(sealer, one).score for one in (first[employee_id], latest[employee_id]))
        people.append(Scored(group, before, after))
    whole, departments = rules.averages(people, k=settings.min_group_size)
    return as_of, whole, departments


async def _week_begin(session: AsyncSession) -> datetime:
    zone = ZoneInfo((await organizations.get_organization(session)).time_zone)
    local = (await db.now(session)).astimezone(zone)
    monday = (local - timedelta(days=local.isoweekday() - 1)).date()
    return datetime(monday.year, monday.month, monday.day, tzinfo=zone).astimezone(UTC)


async def _visible(session: AsyncSession, actor: Actor, checklist_id: UUID) -> Checklist:
    checklist = await repository.get_checklist(session, checklist_id)
    if actor.employee_id is None:
        raise NotFound(thing="profile checklist")
    if checklist.employee_id == actor.employee_id:
        return checklist
    coaching = await repository.find_live(
        session,
        checklist_id=checklist.id,
        coach_employee_id=actor.employee_id,
        states=(CoachingState.ACCEPTED,),
    )
    if coaching is None:
        raise NotFound(thing="profile checklist")
    return checklist


async def _see(session: AsyncSession, checklist: Checklist, *, settings: Settings) -> Seen:
    sealer = await sealing.sealer_for(session, checklist.employee_id, master=crypto.Sealer(settings.master_keys))
    rows: Sequence[Assessment] = await repository.list_assessments(session, checklist.id)
    return Seen(checklist, items_of(checklist.network), tuple(_open(sealer, row) for row in rows))


def _open(sealer: crypto.Sealer, row: Assessment) -> Look:
    content: dict[str, Any] = sealing.open_document(sealer, row.sealed_content, place=_place(row))
    return Look(
        id=row.id,
        assessor=row.assessor,
        score=content["score"],
        items={key: Answer(value) for key, value in content["items"].items()},
        note=content["note"],
        list_version=content["list_version"],
        created_at=row.created_at,
    )


def _place(row: Assessment) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "profile_assessments.sealed_content")
