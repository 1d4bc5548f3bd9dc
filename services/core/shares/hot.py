"""The publishing protocol's statements, each for many publications of one organization at once, on plain asyncpg.

Each statement finds a row only in the state and with the fence it expects, so that of two that meet exactly one wins.
``version`` moves along, as for every change. Callers hold the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson

from services.core.kit.ids import new_id
from services.core.shares.stops import NOT_STOPPED
from services.core.training.hot import IS_CERTIFIED

Connection: TypeAlias = "asyncpg.Connection[Any]"


def document_of(value: Any) -> Any:
    """What a ``jsonb`` column holds: under a session it has been read already, on a plain connection it is text."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value


# ``(select advocacy_now())`` is computed once for the statement, so that the index on ``due_at`` can be used.
# ``state || ''`` keeps the planner from the small partial indexes over what is leased or open: it takes them for empty,
# as they were when statistics were last made, and compares every row in them with every row that is wanted. By their
# keys the rows are found one by one, however many there are. ``= any(...)`` beside a join does the same for a tenant
# that has grown since: its rows are not all read to find these.
_CLAIM = """
with due as (
  select organization_id, id from publications
   where organization_id = $1 and state in ('scheduled', 'waiting') and due_at <= (select advocacy_now())
   order by due_at
   limit $2
   for update skip locked)
update publications p
   set state = 'claimed', fence = fence + 1, lease_until = advocacy_now() + $3, reason = null,
       version = version + 1, updated_at = advocacy_now()
  from due
 where p.organization_id = due.organization_id and p.id = due.id
returning p.id, p.fence, p.due_at
"""

_CLAIM_ONE = """
update publications p
   set state = 'claimed', fence = fence + 1, lease_until = advocacy_now() + $3, reason = null,
       version = version + 1, updated_at = advocacy_now()
 where p.organization_id = $1 and p.id = $2 and p.state in ('scheduled', 'waiting')
   and p.due_at <= (select advocacy_now())
returning p.id, p.fence, p.due_at
"""


async def claim(
    connection: Connection, organization_id: UUID, *, most: int, lease: timedelta
) -> list[tuple[UUID, int]]:
    """Take due publications, the longest due first; answer ids and fences. Rows that another worker takes are skipped.

    A claim that a crash of the server forgets was never acted on, so its commit need not wait for the disk.
    """
    await connection.execute("set local synchronous_commit = off")
    rows = await connection.fetch(_CLAIM, organization_id, most, lease)
    return [(row["id"], row["fence"]) for row in sorted(rows, key=lambda row: row["due_at"])]


async def claim_one(
    connection: Connection, organization_id: UUID, publication_id: UUID, *, lease: timedelta
) -> list[tuple[UUID, int]]:
    """Take this one, if it is due."""
    rows = await connection.fetch(_CLAIM_ONE, organization_id, publication_id, lease)
    return [(row["id"], row["fence"]) for row in rows]


async def find_due_organizations(connection: Connection, *, most: int) -> list[UUID]:
    """Organizations with due publications, the longest due first, found among the first ``most`` due rows."""
    rows = await connection.fetch("select organization_id from find_due_publications($1)", most)
    return list(dict.fromkeys(row["organization_id"] for row in rows))


async def seconds_to_next_due(connection: Connection) -> float | None:
    """How long until the next publication is due; negative when one is, None when nothing is planned."""
    seconds = await connection.fetchval("select extract(epoch from find_next_due() - advocacy_now())::float8")
    return None if seconds is None else float(seconds)


async def now(connection: Connection) -> datetime:
    """The product's time."""
    moment: datetime = await connection.fetchval("select advocacy_now()")
    return moment


# Grows with every wording of a policy that is published, at the moment it takes effect, and never shrinks.
_RULES_PUBLISHED = """
  select count(*) as rules_published from policy_versions v where v.organization_id = $1 and v.state <> 'draft'
     and (v.effective_from is null or v.effective_from <= (select advocacy_now()))
"""

_LOOK = f"""
select p.id, p.fence, p.state, p.share_id, p.scheduled_at, p.due_at, p.connector, p.network, p.program_id, p.item_id,
       p.employee_id, p.connection_id, p.content_hash, p.consent_id, p.retries, p.reason, p.reviewed_rules,
       c.withdrawn_at, c.content_hash as agreed_hash, c.sealed_content,
       e.status as employee_status, e.time_zone as employee_zone, e.country as employee_country,
       a.state as ambassador_state,
       n.state as connection_state, n.account_hash, n.sealed_account, n.sealed_credentials, n.token_expires_at,
       n.is_renewable, n.token_version,
       exists (select 1 from attempts x
                where x.organization_id = p.organization_id and x.connection_id = p.connection_id
                  and x.state = 'open') as is_busy,
       i.state as item_state, i.expires_at as item_expires_at, i.embargo_until,
       g.state as program_state,
       k.id as key_id, k.wrapped as key_wrapped,
       o.time_zone as organization_zone, f.id as preferences_id, f.time_zone as preferred_zone,
       f.country as preferred_country, f.subdivision, f.observes_holidays, f.working_days, f.quiet_from, f.quiet_to,
       f.windows as own_windows, h.windows as program_windows,
       exists (select 1 from pauses u
                where u.organization_id = p.organization_id and u.employee_id = p.employee_id
                  and (u.program_id is null or u.program_id = p.program_id)
                  and u.starts_at <= t.now and (u.ends_at is null or u.ends_at > t.now)) as is_paused,
       (select max(b.period_starts_at) from connection_budgets b
         where b.organization_id = p.organization_id and b.connection_id = p.connection_id
           and b.name = 'not_before' and b.period_starts_at > t.now) as not_before,
       not ({NOT_STOPPED}) as is_stopped,
       {IS_CERTIFIED} as is_certified,
       r.rules_published, t.now
  from publications p
  cross join (select advocacy_now() as now) t
  cross join ({_RULES_PUBLISHED}) r
  join consents c on c.organization_id = p.organization_id and c.id = p.consent_id
  join connections n on n.organization_id = p.organization_id and n.id = p.connection_id
  join content_items i on i.organization_id = p.organization_id and i.id = p.item_id
  join programs g on g.organization_id = p.organization_id and g.id = p.program_id
  left join employees e on e.organization_id = p.organization_id and e.id = p.employee_id
  left join ambassadors a on a.organization_id = p.organization_id and a.program_id = p.program_id
                         and a.employee_id = p.employee_id
  left join data_keys k on k.organization_id = p.organization_id and k.employee_id = p.employee_id
  join organizations o on o.id = p.organization_id
  left join preferences f on f.organization_id = p.organization_id and f.employee_id = p.employee_id
  left join program_channels h on h.organization_id = p.organization_id and h.program_id = p.program_id
                              and h.network = p.network
 where p.organization_id = $1 and p.id = any($2::uuid[])
"""  # noqa: S608  # a constant of ours


async def look(connection: Connection, organization_id: UUID, publication_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Everything that a check looks at but the rules of the policy, one row per publication, in one statement."""
    return list(await connection.fetch(_LOOK, organization_id, list(publication_ids)))


# Consent, employment, pauses and stops are read again here, in the statement that arms; rules are not, so that texts
# that were checked before the latest rules were published are not armed at all.
_ARM = f"""
with t as materialized (select advocacy_now() as now),
wanted as (
  select * from unnest($2::uuid[], $3::int[], $4::uuid[], $5::bytea[], $7::bigint[])
      as w(id, fence, attempt_id, request_hash, rules_published)),
armed as (
  update publications p
     set state = 'sending', lease_until = t.now + $6, version = version + 1, updated_at = t.now
    from wanted w, t
   where p.organization_id = $1 and p.id = any($2::uuid[]) and p.id = w.id and p.fence = w.fence
     and p.state || '' = 'claimed' and p.lease_until > t.now
     and w.rules_published = ({_RULES_PUBLISHED})
     and exists (select 1 from consents c
                  where c.organization_id = p.organization_id and c.id = p.consent_id and c.withdrawn_at is null)
     and exists (select 1 from employees e
                  where e.organization_id = p.organization_id and e.id = p.employee_id
                    and e.status in ('active', 'on_leave', 'pending'))
     and exists (select 1 from ambassadors a
                  where a.organization_id = p.organization_id and a.program_id = p.program_id
                    and a.employee_id = p.employee_id and a.state = 'active')
     and exists (select 1 from connections n
                  where n.organization_id = p.organization_id and n.id = p.connection_id and n.state = 'active')
     and exists (select 1 from content_items i
                  where i.organization_id = p.organization_id and i.id = p.item_id and i.state = 'offered'
                    and (i.expires_at is null or i.expires_at > t.now)
                    and (i.embargo_until is null or i.embargo_until <= t.now))
     and exists (select 1 from programs g
                  where g.organization_id = p.organization_id and g.id = p.program_id and g.state in ('quiet', 'loud'))
     and not exists (select 1 from pauses u
                      where u.organization_id = p.organization_id and u.employee_id = p.employee_id
                        and (u.program_id is null or u.program_id = p.program_id)
                        and u.starts_at <= t.now and (u.ends_at is null or u.ends_at > t.now))
     and {NOT_STOPPED}
     and {IS_CERTIFIED}
  returning p.organization_id, p.id, p.connection_id, p.fence, w.attempt_id, w.request_hash),
opened as (
  insert into attempts (organization_id, id, publication_id, connection_id, fence, request_hash, state, armed_at)
  select organization_id, attempt_id, id, connection_id, fence, request_hash, 'open', t.now
    from armed, t order by connection_id
  on conflict do nothing
  returning id, publication_id)
select armed.id, armed.connection_id, opened.id as attempt_id
  from armed left join opened on opened.publication_id = armed.id
"""  # noqa: S608  # a constant of ours


@dataclass(frozen=True)
class ToArm:
    """One checked publication, with the id that its attempt will have."""

    publication_id: UUID
    fence: int
    attempt_id: UUID
    request_hash: bytes
    #: As the check found it.
    rules_published: int


async def arm(
    connection: Connection, organization_id: UUID, wanted: Sequence[ToArm], *, lease: timedelta
) -> tuple[set[UUID], list[UUID]]:
    """Move claimed publications to ``sending`` with an open attempt each, if their claims still hold. Durable.

    Answers the publications armed, and those whose connection has another attempt open: these are ``sending`` too,
    until the caller puts them back in the same transaction (``put_off``).
    """
    await connection.execute("set local synchronous_commit = on")
    rows = await connection.fetch(
        _ARM,
        organization_id,
        [one.publication_id for one in wanted],
        [one.fence for one in wanted],
        [one.attempt_id for one in wanted],
        [one.request_hash for one in wanted],
        lease,
        [one.rules_published for one in wanted],
    )
    armed = {row["id"] for row in rows if row["attempt_id"] is not None}
    return armed, [row["id"] for row in rows if row["attempt_id"] is None]


_PUT_OFF = """
update publications
   set state = 'waiting', reason = $4, due_at = greatest(least($5, scheduled_at + $6), advocacy_now()),
       lease_until = null, version = version + 1, updated_at = advocacy_now()
 where organization_id = $1 and id = any($2::uuid[]) and state = any($3::text[])
returning id
"""


async def put_off(
    connection: Connection,
    organization_id: UUID,
    publication_ids: Sequence[UUID],
    *,
    states: Sequence[str],
    reason: str,
    until: datetime,
    grace: timedelta,
) -> int:
    """Let publications wait that nothing was sent of, until their grace is over at the latest; answer how many."""
    rows = await connection.fetch(_PUT_OFF, organization_id, list(publication_ids), list(states), reason, until, grace)
    return len(rows)


_KEEP = """
update publications
   set lease_until = advocacy_now() + $4
 where organization_id = $1 and id = $2 and fence = $3 and state || '' = 'claimed' and lease_until > advocacy_now()
returning id
"""


async def keep_claim(
    connection: Connection, organization_id: UUID, publication_id: UUID, fence: int, *, lease: timedelta
) -> bool:
    """Make the lease of a claim anew, unless it ran out or is somebody else's; answer whether it was."""
    return await connection.fetchval(_KEEP, organization_id, publication_id, fence, lease) is not None


_RELEASE = """
update publications p
   set state = 'scheduled', lease_until = null, version = version + 1, updated_at = advocacy_now()
  from unnest($2::uuid[], $3::int[]) as w(id, fence)
 where p.organization_id = $1 and p.id = any($2::uuid[]) and p.id = w.id and p.fence = w.fence
   and p.state || '' = 'claimed'
"""


async def release(connection: Connection, organization_id: UUID, claims: Sequence[tuple[UUID, int]]) -> None:
    """Give claims back that were not acted on."""
    await connection.execute(_RELEASE, organization_id, [one[0] for one in claims], [one[1] for one in claims])


@dataclass(frozen=True)
class PublishedAttempt:
    """An attempt that the vendor has answered with its own id."""

    attempt_id: UUID
    publication_id: UUID
    external_id: str
    permalink: str | None


_RECORD_PUBLISHED = """
with t as materialized (select advocacy_now() as now),
o as (
  select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[])
      as o(attempt_id, publication_id, external_id, permalink, evidence_id, event_id)),
done as (
  update publications p
     set state = 'published', reason = null, vendor_message = null, lease_until = null, external_id = o.external_id,
         permalink = o.permalink, published_at = t.now, version = version + 1, updated_at = t.now
    from o, t, attempts a
   where p.organization_id = $1 and p.id = any($3::uuid[]) and p.id = o.publication_id and p.state || '' = 'sending'
     and a.organization_id = $1 and a.id = any($2::uuid[]) and a.id = o.attempt_id and a.state || '' = 'open'
     and a.fence = p.fence
  returning p.id, p.item_id, p.connection_id, o.attempt_id, o.external_id, o.evidence_id, o.event_id),
closed as (
  update attempts a set state = 'published', outcome = 'published', finished_at = t.now
    from t where a.organization_id = $1 and a.id = any(array(select attempt_id from done))),
known as (
  insert into publication_evidence (organization_id, id, publication_id, kind, detail)
  select $1, evidence_id, id, 'vendor_answer',
         jsonb_build_object('outcome', 'published', 'code', 'published', 'external_id', external_id)
    from done),
told as (
  insert into events (organization_id, id, type, data)
  select $1, event_id, 'publication.published', jsonb_build_object('publication_id', id, 'item_id', item_id)
    from done),
well as (
  update connections n set failures_in_row = 0
   where n.organization_id = $1 and n.id = any(array(select connection_id from done)) and n.failures_in_row > 0)
select attempt_id, id from done
"""


async def record_published(
    connection: Connection, organization_id: UUID, answers: Sequence[PublishedAttempt]
) -> list[tuple[UUID, UUID]]:
    """Write down what is out: state, attempt, evidence and event together; answer the attempts and publications found.

    One that is not answered was not as expected (swept meanwhile, say): it has to be recorded by itself.
    """
    rows = await connection.fetch(
        _RECORD_PUBLISHED,
        organization_id,
        [one.attempt_id for one in answers],
        [one.publication_id for one in answers],
        [one.external_id for one in answers],
        [one.permalink for one in answers],
        [new_id() for _ in answers],
        [new_id() for _ in answers],
    )
    return [(row["attempt_id"], row["id"]) for row in rows]


# An attempt is found by its publication, and only the small index over what is open knows that.
_SWEEP = """
with t as materialized (select advocacy_now() as now),
o as (select * from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as o(id, evidence_id, event_id)),
dead as (
  select p.id, p.item_id, p.connector, p.state, p.scheduled_at
    from publications p, t
   where p.organization_id = $1 and p.id = any($2::uuid[]) and p.state || '' in ('claimed', 'sending')
     and p.lease_until <= t.now
   order by p.id for update of p skip locked),
ends as (
  select d.id, d.item_id, o.evidence_id, o.event_id, d.state = 'sending' as was_sent, d.connector = any($5) as can_ask,
         case when d.state = 'sending' then 'unknown'
              when d.scheduled_at + $6 < t.now then 'missed'
              else 'scheduled' end as state
    from dead d join o using (id), t),
done as (
  update publications p
     set state = e.state, lease_until = null, version = version + 1, updated_at = t.now,
         reason = case e.state when 'unknown' then 'lease_ran_out' when 'missed' then $8 end,
         unknown_at = case when e.was_sent then t.now else p.unknown_at end,
         look_ups = case when e.was_sent then 0 else p.look_ups end,
         look_up_at = case when not e.was_sent then p.look_up_at when e.can_ask then t.now + $7 end
    from ends e, t
   where p.organization_id = $1 and p.id = any($2::uuid[]) and p.id = e.id
  returning p.id, p.state),
closed as (
  update attempts a set state = 'unknown', outcome = 'lease_ran_out', finished_at = t.now
    from t
   where a.organization_id = $1 and a.publication_id = any(array(select id from ends where was_sent))
     and a.state = 'open'),
known as (
  insert into publication_evidence (organization_id, id, publication_id, kind, detail)
  select $1, evidence_id, id, 'lease_ran_out', '{}' from ends where was_sent),
told as (
  insert into events (organization_id, id, type, data)
  select $1, event_id, 'publication.' || state, jsonb_build_object('publication_id', id, 'item_id', item_id) from ends)
select id, state from done
"""


async def sweep(
    connection: Connection,
    organization_id: UUID,
    publication_ids: Sequence[UUID],
    *,
    can_ask: Sequence[str],
    first_look_up: timedelta,
    grace: timedelta,
    too_late: str,
) -> list[tuple[UUID, str]]:
    """Take those whose lease ran out from their holder; answer each with its state now.

    What was claimed is planned again, or missed after ``grace``, for ``too_late``. What was being sent is unknown;
    the connectors in ``can_ask`` are asked about theirs after ``first_look_up``. Rows that somebody has locked (another
    sweeper, a worker that is frozen in a transaction) are left for the next time.
    """
    rows = await connection.fetch(
        _SWEEP,
        organization_id,
        publication_ids,
        [new_id() for _ in publication_ids],
        [new_id() for _ in publication_ids],
        can_ask,
        grace,
        first_look_up,
        too_late,
    )
    return [(row["id"], row["state"]) for row in rows]
