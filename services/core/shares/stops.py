"""The stop button: nothing of an organization, a program, an item or a network goes out until it is released.

A stop is a row. The statement that arms a post reads it, so it counts from its commit on, whatever else is slow; that
planned posts are then shown as held, and put back at the release, follows in the background, person by person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.audit import service as audit
from services.core.content import repository as content
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.db import organization_of
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.texts import Text
from services.core.organizations.models import Organization
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs
from services.core.shares.errors import PublishingStopped, StopReleased
from services.core.shares.models import Stop, StopScope
from services.core.shares.names import SCOPE_NAMES
from services.core.shares.schemas import StopCreate

#: Brings planned posts into line with the stops of an organization; may be repeated.
SETTLE_JOB = "stops.settle"

_AGAIN_AFTER = timedelta(minutes=1)

#: Over the aliases ``s`` of stops and ``p`` of publications: the stop reaches the post.
COVERS = """(s.scope = 'organization'
       or (s.scope = 'program' and s.program_id = p.program_id)
       or (s.scope = 'item' and s.item_id = p.item_id)
       or (s.scope = 'network' and s.network = p.network))"""

#: Over the alias ``p`` of publications: no open stop reaches the row. Read by the statement that arms, so that a stop
#: counts from its commit on. The few open stops of an organization are found by the index ``stops_open``.
NOT_STOPPED = f"""not exists (
  select 1 from stops s
   where s.organization_id = p.organization_id and s.released_at is null
     and {COVERS})"""  # noqa: S608  # a constant of ours

#: What names a scope; the organization needs no name.
_SCOPED = {StopScope.PROGRAM: "program_id", StopScope.ITEM: "item_id", StopScope.NETWORK: "network"}
_SAY_WHICH = Text(en="Say which {scope} to stop.", he="יש לציין מה לעצור ({scope}).")
_LEAVE_OUT = Text(
    en="Leave this out, or choose the scope it belongs to: this stop is of scope {scope}.",
    he="יש להשמיט שדה זה, או לבחור את ההיקף המתאים לו: היקף העצירה הוא {scope}.",
)


def stops(session: AsyncSession) -> SelectOfScalar[Stop]:
    """All stops of the organization, released ones too."""
    return select(Stop).where(Stop.organization_id == organization_of(session))


async def get_stop(session: AsyncSession, stop_id: UUID, *, lock: bool = False) -> Stop:
    """One stop; raise NotFound. ``lock`` keeps others from releasing it until the transaction ends."""
    statement = stops(session).where(Stop.id == stop_id)
    stop = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if stop is None:
        raise NotFound(thing="stop")
    return stop


async def find_stop(session: AsyncSession, *, program_id: UUID, item_id: UUID, network: str) -> Stop | None:
    """An open stop that covers posts of this item of this program on this network, the widest first."""
    scope = col(Stop.scope)
    covers = sa.or_(
        scope == StopScope.ORGANIZATION,
        sa.and_(scope == StopScope.PROGRAM, col(Stop.program_id) == program_id),
        sa.and_(scope == StopScope.ITEM, col(Stop.item_id) == item_id),
        sa.and_(scope == StopScope.NETWORK, col(Stop.network) == network),
    )
    widest = sa.case(
        *((scope == one, rank) for rank, one in enumerate((StopScope.ORGANIZATION, StopScope.NETWORK))), else_=2
    )
    statement = stops(session).where(col(Stop.released_at).is_(None), covers).order_by(widest, col(Stop.id))
    return (await session.exec(statement)).first()


async def must_not_be_stopped(session: AsyncSession, *, program_id: UUID, item_id: UUID, network: str) -> None:
    """Raise PublishingStopped, with the words of whoever stopped, while a stop covers such a post."""
    stop = await find_stop(session, program_id=program_id, item_id=item_id, network=network)
    if stop is not None:
        raise PublishingStopped(reason=stop.reason, since=stop.created_at.isoformat(timespec="minutes"))


async def create(session: AsyncSession, actor: Actor, body: StopCreate) -> tuple[Stop, bool]:
    """Stop a scope from the commit on; answer the stop, and whether it is new rather than the open one of before.

    Raises Invalid, NotFound and NotAllowed.
    """
    program_id = await check_scope(session, actor, body)
    # One at a time in an organization, so that two who press at once find the same stop.
    await session.exec(
        select(Organization.id).where(Organization.id == organization_of(session)).with_for_update(key_share=True)
    )
    same = stops(session).where(
        col(Stop.released_at).is_(None),
        Stop.scope == body.scope,
        col(Stop.item_id).is_not_distinct_from(body.item_id),
        col(Stop.network).is_not_distinct_from(body.network),
    )
    if body.scope is StopScope.PROGRAM:
        same = same.where(Stop.program_id == body.program_id)
    existing = (await session.exec(same)).first()
    if existing is not None:
        return existing, False
    stop = Stop(
        organization_id=actor.tenant(),
        scope=body.scope,
        program_id=program_id,
        item_id=body.item_id,
        network=body.network,
        reason=body.reason,
        stopped_by=actor.name,
    )
    session.add(stop)
    await session.flush()
    audit.record(session, actor=actor.name, action="stop.create", subject=stop, after=_scope_of(stop))
    events.emit(session, "publishing.stopped", stop_id=stop.id, **_scope_of(stop))
    await jobs.enqueue(session, SETTLE_JOB, subject_id=stop.id)
    # Again a moment later, for what was being approved while this was pressed.
    await jobs.enqueue(session, SETTLE_JOB, subject_id=stop.id, at=await db.now(session) + _AGAIN_AFTER)
    return stop, True


async def check_scope(session: AsyncSession, actor: Actor, body: StopCreate) -> UUID | None:
    """The program a scope lies in, None for a wider one, once the caller may stop there. Raises as ``create``."""
    given = {name for name in _SCOPED.values() if getattr(body, name) is not None}
    needed = {_SCOPED[body.scope]} if body.scope in _SCOPED else set()
    if given != needed:
        raise Invalid(
            problems=[
                *(
                    FieldProblem(f"/{name}", "missing", _SAY_WHICH, {"scope": SCOPE_NAMES[body.scope]})
                    for name in needed - given
                ),
                *(
                    FieldProblem(f"/{name}", "not_of_scope", _LEAVE_OUT, {"scope": SCOPE_NAMES[body.scope]})
                    for name in given - needed
                ),
            ]
        )
    program_id = body.program_id
    if body.program_id is not None:
        await programs.get_program(session, body.program_id)
    if body.item_id is not None:
        program_id = (await content.get_item(session, body.item_id)).program_id
    actor.require(Permission.STOPS_MANAGE, program_id=program_id)
    return program_id


async def read(session: AsyncSession, actor: Actor, stop_id: UUID) -> Stop:
    """One stop, for whoever may read its program, or any program if it is wider; raise NotFound and NotAllowed."""
    stop = await get_stop(session, stop_id)
    if stop.program_id is not None or not actor.may(Permission.PROGRAMS_READ, anywhere=True):
        actor.require(Permission.PROGRAMS_READ, program_id=stop.program_id)
    return stop


async def release(session: AsyncSession, actor: Actor, stop: Stop) -> Stop:
    """Let a scope publish again; raise StopReleased if it does already, and NotAllowed."""
    actor.require(Permission.STOPS_MANAGE, program_id=stop.program_id)
    if stop.released_at is not None:
        raise StopReleased()
    stop.released_at = await db.now(session)
    stop.released_by = actor.name
    session.add(stop)
    await session.flush()
    audit.record(session, actor=actor.name, action="stop.release", subject=stop, before=_scope_of(stop))
    events.emit(session, "publishing.released", stop_id=stop.id, **_scope_of(stop))
    await jobs.enqueue(session, SETTLE_JOB, subject_id=stop.id)
    return stop


def _scope_of(stop: Stop) -> dict[str, UUID | str | int | None]:
    return {"scope": stop.scope.value, "program_id": stop.program_id, "item_id": stop.item_id, "network": stop.network}


async def has_open(session: AsyncSession) -> bool:
    """Whether anything of the organization is stopped."""
    return (await session.exec(stops(session).where(col(Stop.released_at).is_(None)).limit(1))).first() is not None


@dataclass(frozen=True)
class Settled:
    """What became of one person's posts because of one stop."""

    employee_id: UUID
    stop_id: UUID | None
    held: int = 0
    scheduled: int = 0
    missed: int = 0


# By person. Rows that a worker holds at this moment are skipped: the check that follows finds the stop.
_HOLD = f"""
with people as materialized (
  select distinct p.employee_id from publications p
   where p.organization_id = :organization_id and p.employee_id > :after
     and p.state in ('scheduled', 'waiting', 'claimed') and not ({NOT_STOPPED})
   order by p.employee_id limit :most),
locked as materialized (
  select p.organization_id, p.id from publications p
   where p.organization_id = :organization_id and p.employee_id in (select employee_id from people)
     and p.state in ('scheduled', 'waiting', 'claimed') and not ({NOT_STOPPED})
   for update skip locked)
update publications p
   set state = 'held', reason = 'stopped', lease_until = null, version = version + 1, updated_at = advocacy_now()
  from locked
 where p.organization_id = locked.organization_id and p.id = locked.id
returning p.id, p.item_id, p.employee_id, p.state, null::uuid as stop_id
"""  # noqa: S608  # constants of ours

# Whoever held them: this, or the check before sending.
_STOPPED_PEOPLE = f"""
select p.employee_id, s.id as stop_id, count(*) as held
  from publications p
  join stops s on s.organization_id = p.organization_id and s.released_at is null and {COVERS}
 where p.organization_id = :organization_id and p.state = 'held' and p.reason = 'stopped'
   and (p.employee_id, s.id) > (:after, :after_stop)
 group by p.employee_id, s.id
 order by p.employee_id, s.id
 limit :most
"""  # noqa: S608  # constants of ours

# By person, so that they are told of all of theirs in the transaction that moves them.
_RELEASE = f"""
with people as materialized (
  select distinct p.employee_id from publications p
   where p.organization_id = :organization_id and p.employee_id > :after
     and p.state = 'held' and p.reason = 'stopped' and {NOT_STOPPED}
   order by p.employee_id limit :most),
locked as materialized (
  select p.organization_id, p.id from publications p
   where p.organization_id = :organization_id and p.employee_id in (select employee_id from people)
     and p.state = 'held' and p.reason = 'stopped' and {NOT_STOPPED}
   for update skip locked)
update publications p
   set state = case when p.scheduled_at + :grace < t.now then 'missed' else 'scheduled' end,
       reason = case when p.scheduled_at + :grace < t.now then 'too_late' end,
       due_at = p.scheduled_at, version = version + 1, updated_at = t.now
  from locked, (select advocacy_now() as now) t
 where p.organization_id = locked.organization_id and p.id = locked.id
returning p.id, p.item_id, p.employee_id, p.state,
  (select s.id from stops s where s.organization_id = p.organization_id and s.released_at is not null and {COVERS}
    order by s.released_at desc limit 1) as stop_id
"""  # noqa: S608  # constants of ours


async def hold_covered(session: AsyncSession, *, after: UUID, most: int) -> list[Settled]:
    """Hold what is planned and covered by an open stop, of the next ``most`` people after ``after``."""
    return await _settle(session, _HOLD, after=after, most=most)


async def list_stopped_people(session: AsyncSession, *, after: tuple[UUID, UUID], most: int) -> list[Settled]:
    """Whose posts wait for the release of which open stop: the next pairs of person and stop after ``after``."""
    rows = await session.exec(
        sa.text(_STOPPED_PEOPLE),  # type: ignore[call-overload]  # plain SQL
        params={
            "organization_id": organization_of(session), "after": after[0], "after_stop": after[1], "most": most,
        },
    )  # fmt: skip
    return [Settled(row.employee_id, row.stop_id, held=row.held) for row in rows]


async def release_uncovered(session: AsyncSession, *, after: UUID, most: int, grace: timedelta) -> list[Settled]:
    """Put back what no stop covers any more, of the next ``most`` people; what is too late by now is missed."""
    return await _settle(session, _RELEASE, after=after, most=most, grace=grace)


async def _settle(session: AsyncSession, statement: str, **values: object) -> list[Settled]:
    rows = await session.exec(
        sa.text(statement).bindparams(sa.bindparam("grace", type_=sa.Interval()))  # type: ignore[call-overload]
        if "grace" in values
        else sa.text(statement),
        params={"organization_id": organization_of(session), **values},
    )
    counts: dict[tuple[UUID, UUID | None], dict[str, int]] = {}
    for row in rows:
        events.emit(session, f"publication.{row.state}", publication_id=row.id, item_id=row.item_id)
        of_person = counts.setdefault((row.employee_id, row.stop_id), {})
        of_person[row.state] = of_person.get(row.state, 0) + 1
    await session.flush()
    return [Settled(employee_id, stop_id, **states) for (employee_id, stop_id), states in sorted(counts.items())]


_FREE = f"""
select p.id, p.reason from publications p
 where p.organization_id = :organization_id and p.id = any(:ids) and p.state = 'held'
   and (p.reason is distinct from 'stopped' or {NOT_STOPPED})
"""  # noqa: S608  # constants of ours


async def map_reasons(session: AsyncSession, publication_ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Which of these held posts wait for something other than the release of a stop, and for what."""
    rows = await session.exec(
        sa.text(_FREE).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid()))),  # type: ignore[call-overload]
        params={"organization_id": organization_of(session), "ids": list(publication_ids)},
    )
    return {row.id: row.reason for row in rows}


class Fate(StrEnum):
    """What a stop or its release means for a planned post."""

    #: Of a stop: it would be held; or it is on its way at this moment, and no stop reaches it any more.
    HELD = "held"
    SENDING = "sending"
    #: Of a release: it goes out at once, later, not at all because its time has passed, or not because of other things.
    GOES_OUT_NOW = "goes_out_now"
    GOES_OUT_LATER = "goes_out_later"
    MISSED = "missed"
    STILL_HELD = "still_held"


@dataclass(frozen=True)
class Group:
    """Posts of one item on one network that share a fate; for who hides small groups, never for showing as it is."""

    item_id: UUID
    title: str
    network: str
    fate: Fate
    posts: int
    people: frozenset[UUID]
    first_at: datetime
    last_at: datetime


_IN_SCOPE = """p.organization_id = :organization_id
   and (cast(:program_id as uuid) is null or p.program_id = :program_id)
   and (cast(:item_id as uuid) is null or p.item_id = :item_id)
   and (cast(:network as text) is null or p.network = :network)"""

_GROUPS = """
select x.item_id, i.title, x.network, x.fate, count(*) as posts, array_agg(distinct x.employee_id) as people,
       min(x.scheduled_at) as first_at, max(x.scheduled_at) as last_at
  from ({looked}) x
  join content_items i on i.organization_id = :organization_id and i.id = x.item_id
 group by x.item_id, i.title, x.network, x.fate
 order by i.title, x.item_id, x.network
"""

_WOULD_HOLD = f"""
select p.item_id, p.network, p.employee_id, p.scheduled_at,
       case when p.state = 'sending' then 'sending' else 'held' end as fate
  from publications p
 where {_IN_SCOPE} and p.state in ('scheduled', 'waiting', 'claimed', 'sending')
"""  # noqa: S608  # constants of ours

# What a check would find again once this stop is gone, but for the words of each post: these are looked at afterwards.
_WOULD_RELEASE = f"""
select p.item_id, p.network, p.employee_id, p.scheduled_at,
       case when p.state = 'held' and p.reason is distinct from 'stopped' then 'still_held'
            when exists (select 1 from stops s
                          where s.organization_id = p.organization_id and s.released_at is null
                            and s.id <> :stop_id and {COVERS}) then 'still_held'
            when p.scheduled_at + :grace < t.now then 'missed'
            when g.state not in ('quiet', 'loud') or n.state <> 'active' or i.embargo_until > p.scheduled_at
              or exists (select 1 from pauses u
                          where u.organization_id = p.organization_id and u.employee_id = p.employee_id
                            and (u.program_id is null or u.program_id = p.program_id)
                            and u.starts_at <= greatest(t.now, p.scheduled_at)
                            and (u.ends_at is null or u.ends_at > greatest(t.now, p.scheduled_at))) then 'still_held'
            when p.scheduled_at <= t.now then 'goes_out_now'
            else 'goes_out_later' end as fate
  from publications p
  cross join (select advocacy_now() as now) t
  join content_items i on i.organization_id = p.organization_id and i.id = p.item_id
  join programs g on g.organization_id = p.organization_id and g.id = p.program_id
  join connections n on n.organization_id = p.organization_id and n.id = p.connection_id
 where {_IN_SCOPE} and p.state in ('scheduled', 'waiting', 'claimed', 'held')
"""  # noqa: S608  # constants of ours


async def preview_stop(session: AsyncSession, actor: Actor, body: StopCreate) -> list[Group]:
    """What a stop would hold, and what is on its way already. Raises as ``create``; changes nothing."""
    await check_scope(session, actor, body)
    return await _groups(session, _WOULD_HOLD, program_id=body.program_id, item_id=body.item_id, network=body.network)


async def preview_release(session: AsyncSession, actor: Actor, stop: Stop, *, grace: timedelta) -> list[Group]:
    """What a release would let out, and when. Raises as ``release``; changes nothing."""
    actor.require(Permission.STOPS_MANAGE, program_id=stop.program_id)
    if stop.released_at is not None:
        raise StopReleased()
    return await _groups(
        session,
        _WOULD_RELEASE,
        program_id=stop.program_id if stop.scope is StopScope.PROGRAM else None,
        item_id=stop.item_id,
        network=stop.network,
        stop_id=stop.id,
        grace=grace,
    )


async def _groups(session: AsyncSession, looked: str, **values: object) -> list[Group]:
    statement = sa.text(_GROUPS.format(looked=looked)).bindparams(
        *(
            sa.bindparam(name, type_=kind)
            for name, kind in (("program_id", sa.Uuid()), ("item_id", sa.Uuid()), ("grace", sa.Interval()))
            if name in values
        )
    )
    rows = await session.exec(
        statement,  # type: ignore[call-overload]  # plain SQL
        params={"organization_id": organization_of(session), **values},
    )
    return [
        Group(
            row.item_id, row.title, row.network, Fate(row.fate), row.posts, frozenset(row.people), row.first_at,
            row.last_at,
        )
        for row in rows
    ]  # fmt: skip
