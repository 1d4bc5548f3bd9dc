"""Who may share from a platform: compared first, changed only then, and nobody touched whom we did not let in.

A run reads the platform's people, compares, and stops where too many would be thrown out or it would cost too much.
What it then does stands in rows before each call, so that a run that dies is taken up where it was. Flushes only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import CostBasis
from connectors.sdk.models import AudienceMember as VendorMember
from connectors.sdk.models import AudiencePerson
from services.core.audit import service as audit
from services.core.employees import repository as employees
from services.core.employees.service import language_of
from services.core.events import service as events
from services.core.kit import crypto, db, jobs
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import access, costs, repository, rules
from services.core.platforms.errors import MonthlyBudgetReached, SyncNotRunning, SyncRunning
from services.core.platforms.models import AudienceMember, AudienceSync, AudienceSyncState, MemberState
from services.core.platforms.names import SYNC_STATE_NAMES
from services.core.platforms.schemas import AudienceSyncCreate
from services.core.programs import repository as programs

SYNC_JOB = "audience_sync.work"
#: Tell the owners that a comparison has failed.
TELL_SYNC_JOB = "audience_sync.tell"

#: Whoever works on a run holds it for so long, and longer with each step.
LEASE = timedelta(minutes=2)
SAFETY_STOP = "too_many_removals"
#: Something went wrong that nobody foresaw, time and again.
UNEXPECTED = rules.UNEXPECTED
#: It was begun again and again and never got anywhere: whoever worked on it died.
GAVE_UP = rules.GAVE_UP
ASKED = "asked"


async def start(session: AsyncSession, actor: Actor, connection_id: UUID, body: AudienceSyncCreate) -> AudienceSync:
    """Begin to compare; a job does it. Raises NotFound, NotUsable, CannotDoThat, SyncRunning."""
    actor.require(Permission.PLATFORMS_MANAGE)
    connection = await repository.get_connection(session, connection_id, lock=True)
    await programs.get_program(session, body.program_id)
    access.check_usable(connection, Capability.SYNC_AUDIENCE)
    destination_id = body.destination_id or ""
    running = await repository.find_running(session, connection_id=connection.id, destination_id=destination_id)
    if running is not None:
        raise SyncRunning(sync_id=running.id, state=SYNC_STATE_NAMES[running.state])
    sync = AudienceSync(
        organization_id=actor.tenant(),
        platform_connection_id=connection.id,
        program_id=body.program_id,
        destination_id=destination_id,
        validate_only=body.validate_only,
        confirmed_hash=body.diff_hash if body.confirm else None,
        started_by=actor.name,
        due_at=await db.now(session),
    )
    session.add(sync)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="audience_sync.create", subject=sync,
        after={"platform_connection_id": connection.id, "program_id": body.program_id, "confirm": body.confirm},
    )  # fmt: skip
    await jobs.enqueue(session, SYNC_JOB, subject_id=sync.id)
    return sync


async def claim(session: AsyncSession, sync_id: UUID) -> AudienceSync | None:
    """Take a run that is due; None if somebody has it, or there is nothing to do.

    Each time counts as a try until it gets somewhere, so that one whose worker dies of it is bounded as well.
    """
    sync = await repository.get_sync(session, sync_id, lock=True)
    now = await db.now(session)
    if sync.due_at is None or sync.due_at > now:
        return None
    if sync.tries >= rules.MOST_SYNC_TRIES:
        await fail(session, sync_id, problem=GAVE_UP, words=sync.words or "")
        return None
    sync.tries += 1
    sync.due_at = now + LEASE
    session.add(sync)
    await session.flush()
    return sync


async def hold(session: AsyncSession, sync_id: UUID) -> None:
    """Go on holding a run."""
    sync = await repository.get_sync(session, sync_id, lock=True)
    if sync.due_at is not None:
        sync.due_at = await db.now(session) + LEASE
        session.add(sync)
        await session.flush()


async def put_off(session: AsyncSession, sync_id: UUID, *, until: datetime) -> None:
    """Work on it again at a moment that the vendor's allowance names; that is no try that got nowhere."""
    sync = await repository.get_sync(session, sync_id, lock=True)
    if sync.due_at is not None:
        sync.due_at = until
        sync.tries = max(sync.tries - 1, 0)
        session.add(sync)
        await session.flush()


async def stumble(session: AsyncSession, sync_id: UUID, *, problem: str, words: str) -> None:
    """It got nowhere, and nobody knows whether it will: tried again, less often each time, then given up."""
    sync = await repository.get_sync(session, sync_id, lock=True)
    if sync.due_at is None:
        return
    if sync.tries >= rules.MOST_SYNC_TRIES:
        await fail(session, sync_id, problem=problem, words=words)
        return
    sync.due_at = await db.now(session) + rules.try_again_in(sync.tries)
    sync.problem, sync.words = problem, words
    session.add(sync)
    await session.flush()


async def keep_collected(
    session: AsyncSession, sync_id: UUID, *, collected: list[dict[str, Any]], cursor: str | None, until: datetime
) -> None:
    """What was read so far, for when the allowance is there again; no addresses, only hashes of them."""
    sync = await repository.get_sync(session, sync_id, lock=True)
    if sync.due_at is None:
        return
    sync.collected, sync.cursor, sync.due_at = collected, cursor, until
    session.add(sync)
    await session.flush()


def describe(member: VendorMember, sync_id: UUID, *, settings: Settings) -> dict[str, Any]:
    """A person of the platform, as far as the comparison needs them."""
    return {
        "id": member.external_id,
        "mail": _hash_mail(member.email, sync_id, settings=settings),
        "active": member.is_active,
    }


def _hash_mail(email: str, sync_id: UUID, *, settings: Settings) -> str:
    pepper = settings.key_pepper.get_secret_value()
    return crypto.keyed_hash(pepper, purpose=f"audience:{sync_id}", value=email.strip().lower()).hex()


async def compare(
    session: AsyncSession, sync_id: UUID, *, collected: Sequence[dict[str, Any]], settings: Settings
) -> AudienceSync:
    """Work out the difference, and go on with it if that is wanted, safe and paid for."""
    sync = await repository.get_sync(session, sync_id, lock=True)
    if sync.state is not AudienceSyncState.COMPARING:
        return sync
    ours = await repository.list_members(
        session,
        connection_id=sync.platform_connection_id,
        destination_id=sync.destination_id,
        states=(MemberState.ADDED, MemberState.REMOVING),
    )
    wanted = await repository.list_wanted(session, {sync.program_id})
    synced = await repository.list_synced_programs(
        session, connection_id=sync.platform_connection_id, destination_id=sync.destination_id
    )
    wanted_anywhere = await repository.list_wanted(session, synced | {sync.program_id})
    inside = {one["mail"]: one for one in collected if one["active"]}
    people = await employees.list_by_ids(session, list(wanted))
    mails = {person.id: _hash_mail(person.work_email, sync.id, settings=settings) for person in people}
    present = {employee_id for employee_id, mail in mails.items() if mail in inside}
    known = {mails[employee_id] for employee_id in present}
    ours += await _adopt(session, sync, inside, wanted=wanted_anywhere, settings=settings)
    our_ids = {one.external_id for one in ours}
    sync.to_add = sorted(str(employee_id) for employee_id in wanted - present)
    sync.to_remove = sorted(str(one.employee_id) for one in ours if one.employee_id not in wanted_anywhere)
    sync.unchanged = len(present)
    sync.not_ours = sum(1 for mail, one in inside.items() if mail not in known and one["id"] not in our_ids)
    sync.diff_hash = rules.diff_hash(sync.to_add, sync.to_remove)
    sync.collected, sync.cursor = None, None
    await _decide(session, sync, members=len(ours))
    return sync


async def _adopt(
    session: AsyncSession,
    sync: AudienceSync,
    inside: Mapping[str, dict[str, Any]],
    *,
    wanted: Collection[UUID],
    settings: Settings,
) -> list[AudienceMember]:
    """Whom a run that died or failed had asked the vendor to let in, and who is in: they are ours, so that they can go.

    Answers them. Whoever has left meanwhile is to be taken out.
    """
    asked = await repository.list_members(
        session,
        connection_id=sync.platform_connection_id,
        destination_id=sync.destination_id,
        states=(MemberState.ADDING,),
    )
    people = await employees.list_by_ids(session, [one.employee_id for one in asked])
    mails = {person.id: _hash_mail(person.work_email, sync.id, settings=settings) for person in people}
    found = [one for one in asked if mails.get(one.employee_id) in inside]
    for member in found:
        member.external_id = inside[mails[member.employee_id]]["id"]
        member.state = MemberState.ADDED if member.employee_id in wanted else MemberState.REMOVING
        member.added_at = await db.now(session)
        member.reason = None
        session.add(member)
    return found


async def _decide(session: AsyncSession, sync: AudienceSync, *, members: int) -> None:
    session.add(sync)
    is_unsafe = rules.is_unsafe(removals=len(sync.to_remove), members=members)
    if sync.validate_only:
        await _end(session, sync, AudienceSyncState.PREVIEWED, problem=SAFETY_STOP if is_unsafe else None)
        return
    if is_unsafe and sync.confirmed_hash != sync.diff_hash:
        await _end(session, sync, AudienceSyncState.STOPPED, problem=SAFETY_STOP)
        return
    connection = await repository.get_connection(session, sync.platform_connection_id, lock=True)
    try:
        await costs.check_room(session, connection, basis=CostBasis.PER_SEAT, more=len(sync.to_add))
    except MonthlyBudgetReached as too_much:
        await _end(session, sync, AudienceSyncState.STOPPED, problem=too_much.code, words=str(too_much))
        return
    await _begin(session, sync)


async def _begin(session: AsyncSession, sync: AudienceSync) -> None:
    base = {
        "organization_id": sync.organization_id,
        "platform_connection_id": sync.platform_connection_id,
        "destination_id": sync.destination_id,
        "program_id": sync.program_id,
        "sync_id": sync.id,
    }
    await repository.seat_people(
        session,
        [{**base, "id": new_id(), "employee_id": UUID(one), "state": MemberState.ADDING} for one in sync.to_add],
    )
    leaving = {UUID(one) for one in sync.to_remove}
    for member in await repository.list_members(
        session,
        connection_id=sync.platform_connection_id,
        destination_id=sync.destination_id,
        states=(MemberState.ADDED, MemberState.REMOVING),
    ):
        if member.employee_id in leaving:
            member.state, member.sync_id = MemberState.REMOVING, sync.id
            session.add(member)
    sync.total = len(sync.to_add) + len(sync.to_remove)
    sync.state = AudienceSyncState.APPLYING
    sync.tries, sync.problem, sync.words = 0, None, None
    sync.due_at = await db.now(session) + LEASE
    await session.flush()


async def _end(
    session: AsyncSession,
    sync: AudienceSync,
    state: AudienceSyncState,
    *,
    problem: str | None = None,
    words: str | None = None,
) -> None:
    sync.state, sync.problem, sync.words = state, problem, words
    sync.due_at = None
    sync.collected, sync.cursor = None, None
    sync.finished_at = await db.now(session)
    session.add(sync)
    events.emit(session, f"audience_sync.{state.value}", audience_sync_id=sync.id)
    await session.flush()


async def fail(session: AsyncSession, sync_id: UUID, *, problem: str, words: str) -> None:
    """It cannot go on until somebody has put something right; what was done stays done."""
    sync = await repository.get_sync(session, sync_id, lock=True)
    if sync.state in (AudienceSyncState.COMPARING, AudienceSyncState.APPLYING):
        await _end(session, sync, AudienceSyncState.FAILED, problem=problem, words=words)
        await jobs.enqueue(session, TELL_SYNC_JOB, subject_id=sync.id)


async def cancel(session: AsyncSession, actor: Actor, sync: AudienceSync) -> AudienceSync:
    """Stop a comparison: whom it has not begun to let in or take out stays as they are. Raise SyncNotRunning.

    The one call that may be on its way at this moment is not taken back.
    """
    actor.require(Permission.PLATFORMS_MANAGE)
    if sync.state not in (AudienceSyncState.COMPARING, AudienceSyncState.APPLYING):
        raise SyncNotRunning(state=SYNC_STATE_NAMES[sync.state])
    for member in await repository.list_open_members(session, sync.id, most=None):
        if member.state is MemberState.REMOVING:
            member.state = MemberState.ADDED
        elif member.reason != ASKED:
            member.state = MemberState.REMOVED
        session.add(member)
    audit.record(session, actor=actor.name, action="audience_sync.cancel", subject=sync)
    await _end(session, sync, AudienceSyncState.CANCELLED, problem=None)
    return sync


async def finish(session: AsyncSession, sync_id: UUID) -> None:
    """Nothing is left to do."""
    sync = await repository.get_sync(session, sync_id, lock=True)
    if sync.state is AudienceSyncState.APPLYING:
        sync.finished = sync.total
        await _end(session, sync, AudienceSyncState.DONE)


async def prepare_add(session: AsyncSession, member_id: UUID) -> tuple[AudiencePerson, bool] | None:
    """Who is to be let in, written down before the call; the second value says: only to be taken out again.

    That is for somebody who has left since a run died while it let them in. None: nothing to do (any more).
    """
    member = await repository.find_member(session, member_id)
    if member is None or member.state is not MemberState.ADDING:
        return None
    employee = await employees.find_employee(session, member.employee_id)
    wanted = await repository.list_wanted(session, {member.program_id})
    is_gone = employee is None or member.employee_id not in wanted
    if employee is None or (is_gone and member.reason != ASKED):
        member.state = MemberState.REMOVED
        session.add(member)
        return None
    member.reason = ASKED
    session.add(member)
    return (
        AudiencePerson(
            reference=str(member.id),
            email=employee.work_email,
            given_name=employee.first_name,
            family_name=employee.last_name,
            language=language_of(employee).value,
        ),
        is_gone,
    )


async def record_added(session: AsyncSession, member_id: UUID, *, external_id: str, is_gone: bool) -> None:
    """They are in; whoever has left meanwhile is to be taken out at once."""
    member = await repository.find_member(session, member_id)
    if member is None:
        return
    member.external_id = external_id
    member.state = MemberState.REMOVING if is_gone else MemberState.ADDED
    member.reason = None
    member.added_at = await db.now(session)
    session.add(member)
    if not is_gone:
        await _count(session, member)


async def record_removed(session: AsyncSession, member_id: UUID) -> None:
    """They are out."""
    member = await repository.find_member(session, member_id)
    if member is None:
        return
    member.state = MemberState.REMOVED
    member.reason = None
    member.removed_at = await db.now(session)
    session.add(member)
    await _count(session, member)


async def record_refused(session: AsyncSession, member_id: UUID, *, reason: str) -> None:
    """The vendor says no about one person; the others go on. Who could not be taken out stays one to take out."""
    member = await repository.find_member(session, member_id)
    if member is None:
        return
    was_adding = member.state is MemberState.ADDING
    member.state = MemberState.FAILED if was_adding else MemberState.ADDED
    member.reason = reason
    session.add(member)
    await _count(session, member)


async def _count(session: AsyncSession, member: AudienceMember) -> None:
    if member.sync_id is None:
        return
    sync = await repository.get_sync(session, member.sync_id, lock=True)
    if sync.state is AudienceSyncState.APPLYING:
        sync.finished = min(sync.finished + 1, sync.total)
        sync.tries, sync.problem, sync.words = 0, None, None
        sync.due_at = await db.now(session) + LEASE
        session.add(sync)
        await session.flush()


async def want_out(session: AsyncSession, connection_id: UUID, *, program_id: UUID, people: Collection[UUID]) -> None:
    """Take these people, who were let in for a program, out of a platform; the sweep of leavers does it.

    Not those who take part in another program that is synced to the same destination.
    """
    seated = repository.members(session, connection_id=connection_id).where(
        AudienceMember.program_id == program_id, AudienceMember.state == MemberState.ADDED
    )
    staying: dict[str, set[UUID]] = {}
    for member in (await session.exec(seated)).all():
        if member.destination_id not in staying:
            synced = await repository.list_synced_programs(
                session, connection_id=connection_id, destination_id=member.destination_id
            )
            staying[member.destination_id] = await repository.list_wanted(session, synced - {program_id})
        if member.employee_id in people and member.employee_id not in staying[member.destination_id]:
            member.state = MemberState.REMOVING
            session.add(member)
    await session.flush()


async def mark_leavers(session: AsyncSession) -> list[tuple[UUID, UUID]]:
    """Whoever is in a platform through us and no longer should be is to be taken out; answer platform and row.

    Who is just being let in is left to the run that does so: it looks again before each call.
    """
    found = []
    for member in await repository.list_leavers(session):
        if member.external_id is None or member.state is MemberState.ADDING:
            continue
        member.state = MemberState.REMOVING
        session.add(member)
        found.append((member.platform_connection_id, member.id))
    await session.flush()
    return found
