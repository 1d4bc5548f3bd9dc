"""What is held and what is put back: stops and their release, changed rules, and holds that end by themselves."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from services.core.communication import service as communication
from services.core.communication.texts import A_FEW, ITEM_EMBARGO, OR_AN_EDITOR, MessageKind
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT, language_of
from services.core.kit.logging import get_logger
from services.core.kit.texts import Language
from services.core.policies import service as policies
from services.core.programs import repository as programs
from services.core.programs.models import Function
from services.core.shares import publishing, rechecking, repository, stops
from services.core.shares.rules import Hold
from services.scheduler.worker.tools import Tools

_log = get_logger("holds")

_FIRST = UUID(int=0)
#: People, or posts, of one transaction: few enough that publishing never waits for long.
_PEOPLE = 100
_POSTS = 200
_HELD_MOST = 200
#: Rows that a worker held in one round are found in the next one.
_ROUNDS = 5


async def settle_stops(tools: Tools, organization_id: UUID, stop_id: UUID) -> None:
    """Bring planned posts into line with all stops of the organization: hold, put back, and tell each person once."""
    held = 0
    for _ in range(_ROUNDS):
        moved = await _hold(tools, organization_id)
        held += moved
        if moved == 0:
            break
    await _tell_stopped(tools, organization_id)
    released, missed = await _release(tools, organization_id)
    if released or missed:
        # A rule may have changed while they waited; better found now than when they are due.
        async with tools.database.transaction(organization_id) as session:
            await rechecking.ask(session, subject_id=organization_id)
    _log.info("stops.settled", stop_id=str(stop_id), held=held, scheduled=released, missed=missed)


async def _hold(tools: Tools, organization_id: UUID) -> int:
    after, moved = _FIRST, 0
    while True:
        async with tools.database.transaction(organization_id) as session:
            if not await stops.has_open(session):
                return moved
            settled = await stops.hold_covered(session, after=after, most=_PEOPLE)
        if not settled:
            return moved
        moved += sum(one.held for one in settled)
        after = settled[-1].employee_id


async def _tell_stopped(tools: Tools, organization_id: UUID) -> None:
    after = (_FIRST, _FIRST)
    while True:
        async with tools.database.transaction(organization_id) as session:
            found = await stops.list_stopped_people(session, after=after, most=_PEOPLE)
            reasons = {
                stop_id: (await stops.get_stop(session, stop_id)).reason for stop_id in {one.stop_id for one in found}
                if stop_id is not None
            }  # fmt: skip
            people = {one.id: one for one in await employees.list_by_ids(session, [one.employee_id for one in found])}
            for one in found:
                employee = people.get(one.employee_id)
                if employee is not None and employee.status in PRESENT and one.stop_id is not None:
                    await communication.write(
                        session, employee, MessageKind.PUBLISHING_STOPPED, settings=tools.settings,
                        subject_id=one.stop_id, values={"reason": reasons[one.stop_id]},
                    )  # fmt: skip
        if len(found) < _PEOPLE:
            return
        after = (found[-1].employee_id, found[-1].stop_id or _FIRST)


async def _release(tools: Tools, organization_id: UUID) -> tuple[int, int]:
    grace = timedelta(seconds=tools.settings.publish_grace_seconds)
    after, scheduled, missed = _FIRST, 0, 0
    while True:
        async with tools.database.transaction(organization_id) as session:
            settled = await stops.release_uncovered(session, after=after, most=_PEOPLE, grace=grace)
            people = {one.id: one for one in await employees.list_by_ids(session, [one.employee_id for one in settled])}
            for one in settled:
                employee = people.get(one.employee_id)
                if employee is not None and employee.status in PRESENT:
                    await communication.write(
                        session, employee, MessageKind.PUBLISHING_RELEASED, settings=tools.settings,
                        subject_id=one.stop_id, values={"scheduled": one.scheduled, "missed": one.missed},
                    )  # fmt: skip
        if not settled:
            return scheduled, missed
        scheduled += sum(one.scheduled for one in settled)
        missed += sum(one.missed for one in settled)
        after = settled[-1].employee_id


async def recheck_queue(tools: Tools, organization_id: UUID, subject_id: UUID) -> None:
    """Look at the planned posts of an organization, a program or an item anew, and tell who answers for them."""
    rechecker = rechecking.Rechecker(subject_id=subject_id, settings=tools.settings)
    after: UUID | None = _FIRST
    held: dict[UUID, int] = defaultdict(int)
    looked = released = 0
    while after is not None:
        async with tools.database.transaction(organization_id) as session:
            batch = await rechecker.step(session, after=after, most=_POSTS)
        for one in batch.held:
            held[one.program_id] += 1
        looked, released, after = looked + batch.looked, released + batch.released, batch.next_after
    for program_id in held:
        await _tell_owners(tools, organization_id, program_id)
    _log.info("queue.rechecked", looked=looked, held=sum(held.values()), released=released)


async def _tell_owners(tools: Tools, organization_id: UUID, program_id: UUID) -> None:
    async with tools.database.transaction(organization_id) as session:
        program = await programs.get_program(session, program_id)
        posts, people = await rechecking.count_held_by_rules(session, program_id)
        owners = [
            one.employee_id
            for one in await programs.list_responsibilities(session, program_id)
            if one.function is Function.OWNER
        ]
        for employee in await employees.list_by_ids(session, owners):
            if employee.status not in PRESENT:
                continue
            few = A_FEW.in_language(language_of(employee))
            await communication.write(
                session, employee, MessageKind.QUEUE_HELD_BY_RULE, settings=tools.settings,
                values={"program": program.name, "number": few if people < tools.settings.min_group_size else posts},
            )  # fmt: skip


async def tell_held_by_rule(tools: Tools, organization_id: UUID, publication_id: UUID) -> None:
    """Tell a person which rule stands against their post and what to do; nobody, if that is over already."""
    rechecker = rechecking.Rechecker(subject_id=publication_id, settings=tools.settings)
    async with tools.database.transaction(organization_id) as session:
        found = await rechecker.look_at(session)
        employee = await employees.find_employee(session, found.employee_id) if found else None
        if found is None or employee is None or employee.status not in PRESENT:
            return
        language = language_of(employee)
        lines = [_line(hit, language) for hit in found.hits]
        if found.item_until is not None:
            until = found.item_until.strftime("%Y-%m-%d %H:%M UTC")
            lines.append(ITEM_EMBARGO.in_language(language, item=found.item_title, until=until))
        is_read_first = found.reason is Hold.POLICY_REVIEW
        if not is_read_first and policies.reviews(found.hits):
            lines.append(OR_AN_EDITOR.in_language(language, publication=found.publication_id))
        await communication.write(
            session, employee,
            MessageKind.PUBLICATION_FOR_EDITOR if is_read_first else MessageKind.PUBLICATION_HELD_BY_RULE,
            settings=tools.settings, subject_id=found.key,
            values={
                "item": found.item_title, "network": found.network, "text": found.text,
                "rules": "\n".join(dict.fromkeys(lines)),
            },
        )  # fmt: skip


def _line(hit: policies.RuleHit, language: Language) -> str:
    said = f"{hit.message_in(language)} {hit.what_to_do_in(language)}"
    return f"“{hit.phrase}”: {said}" if hit.end > hit.start else said


async def recheck_held(tools: Tools) -> None:
    """Put back what was held for something that is over: a paused program or person, a corrected setting, a rule."""
    after: UUID | None = _FIRST
    settle: set[UUID] = set()
    while after is not None:
        async with tools.database.hot(None) as connection:
            rows = await repository.find_held(connection, after=after, most=_HELD_MOST)
        after = rows[-1][1] if len(rows) == _HELD_MOST else None
        by_organization: dict[UUID, list[UUID]] = defaultdict(list)
        for organization_id, publication_id in rows:
            by_organization[organization_id].append(publication_id)
        for organization_id, publication_ids in by_organization.items():
            if await _recheck_apart(tools, organization_id, publication_ids):
                settle.add(organization_id)
    # Stops put back many at a time, person by person; this finds what a lost job has left.
    for organization_id in settle:
        await _release(tools, organization_id)


async def _recheck_apart(tools: Tools, organization_id: UUID, publication_ids: list[UUID]) -> bool:
    """``_recheck``, one by one where one of them (a damaged row, say) keeps the others from being looked at."""
    try:
        return await _recheck(tools, organization_id, publication_ids)
    except Exception as error:
        if len(publication_ids) == 1:
            _log.error("holds.recheck_failed", publication_id=str(publication_ids[0]), exc_info=error)
            return False
    return any([await _recheck_apart(tools, organization_id, [one]) for one in publication_ids])


async def _recheck(tools: Tools, organization_id: UUID, publication_ids: list[UUID]) -> bool:
    """Look at some held posts of one organization; answer whether one waits for a stop that is released."""
    async with tools.database.transaction(organization_id) as session:
        # Thousands that wait for a release are not opened each time, nor those that only a person can free.
        free = await stops.map_reasons(session, publication_ids)
        worth = [one for one, reason in free.items() if reason in publishing.OVER_BY_ITSELF and reason != Hold.STOPPED]
        over = [
            looked.row["id"]
            for looked in await publishing.look(session, worth, settings=tools.settings)
            if looked.verdict.reason != looked.row["reason"]
        ]
    for publication_id in over:
        async with tools.database.transaction(organization_id) as session:
            await publishing.recheck_held(session, publication_id, settings=tools.settings, read_at=tools.started_at)
    return Hold.STOPPED in free.values()
