"""What a person may share, right now: asked most of all, so in plain statements.

Ranked when asked, over all that is open for this person: a person has tens of open offers, rarely hundreds, while ranks
kept per person would have to be made anew for everybody with each vote, each item and each change of mind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from services.core.assets.schemas import MediaRead
from services.core.content import ranking, rules
from services.core.content.models import InterestKind, OfferState, Rating
from services.core.content.ranking import Candidate, Goal, Ranked, Reader
from services.core.content.schemas import MyOffer, NamedGoal, WhyRead
from services.core.kit.db import Database
from services.core.kit.texts import Language

_OFFERS = """
select o.id, o.item_id, o.program_id, o.language, o.state, o.reasons, o.created_at, o.version,
       i.title, i.destination_url, i.expires_at, i.embargo_until, coalesce(i.expires_at <= t.now, false) as lapsed,
       a.language as own_language, p.name as program,
       i.topics, i.audience_tags, o.rating, p.unmatched_share,
       v.network, v.text, v.why_share, v.link_title, v.link_description, v.first_comment,
       case when v.asset_ids = '[]' then null else
         (select jsonb_agg(jsonb_build_object(
                   'asset_id', s.id, 'kind', s.kind, 'content_type', s.content_type, 'sha256', s.sha256,
                   'alt_text', s.alt_texts ->> v.language, 'title', s.title) order by n.place)
            from jsonb_array_elements_text(v.asset_ids) with ordinality n(id, place)
            join assets s on s.organization_id = o.organization_id and s.id = n.id::uuid) end as media
  from offers o
  cross join (select advocacy_now() as now) t
  join content_items i on i.organization_id = o.organization_id and i.id = o.item_id
  join programs p on p.organization_id = o.organization_id and p.id = o.program_id
  join ambassadors a on a.organization_id = o.organization_id and a.program_id = o.program_id
                    and a.employee_id = o.employee_id
  cross join lateral (
       select * from variants v
        where v.organization_id = o.organization_id and v.item_id = o.item_id and v.language = o.language
          and p.networks ? v.network
        order by (select place from jsonb_array_elements_text(p.networks) with ordinality n(name, place)
                   where name = v.network limit 1)
        limit 1) v
 where o.organization_id = $1 and o.employee_id = $2
"""

#: Older ones of more than so many open offers are not looked at.
_MOST_RANKED = 500

_READER = """
select e.department, e.country, advocacy_now() as now, coalesce(n.audience, '[]') as audience,
       (select jsonb_agg(jsonb_build_array(g.value ->> 'topic', g.value ->> 'kind', t.names) order by g.place)
          from jsonb_array_elements(n.goals) with ordinality as g(value, place)
          left join topics t on t.organization_id = e.organization_id and t.slug = g.value ->> 'topic') as goals,
       (select jsonb_agg(d.topics)
          from (select i.topics
                  from offers o
                  join content_items i on i.organization_id = o.organization_id and i.id = o.item_id
                 where o.organization_id = e.organization_id and o.employee_id = e.id and o.state = 'dismissed'
                   and o.dismiss_reason in ('not_relevant', 'disagree')
                 order by o.answered_at desc nulls last, o.id desc limit 20) d) as passed
  from employees e
  left join interests n on n.organization_id = e.organization_id and n.employee_id = e.id
 where e.organization_id = $1 and e.id = $2
"""

_VOTES = """
select f.item_id, jsonb_object_agg(g, f.votes -> g) as votes
  from item_feedback f
  join unnest($3::text[]) g on f.votes ? g
 where f.organization_id = $1 and f.item_id = any($2::uuid[])
 group by f.item_id
"""

_OPEN = """
select o.id, o.item_id, o.program_id, o.reasons, o.created_at, o.rating, i.topics, i.audience_tags, i.expires_at,
       p.unmatched_share, a.language
  from offers o
  cross join (select advocacy_now() as now) t
  join content_items i on i.organization_id = o.organization_id and i.id = o.item_id
  join programs p on p.organization_id = o.organization_id and p.id = o.program_id
  join ambassadors a on a.organization_id = o.organization_id and a.program_id = o.program_id
                    and a.employee_id = o.employee_id
 where o.organization_id = $1 and o.employee_id = $2
   and o.state = 'offered' and i.state = 'offered' and (i.expires_at is null or i.expires_at > t.now)
   and (i.available_from is null or i.available_from <= t.now)
   and p.state in ('quiet', 'loud') and a.state = 'active'
   and exists (select 1 from variants v
                where v.organization_id = o.organization_id and v.item_id = o.item_id and v.language = o.language
                  and p.networks ? v.network)
   and not exists (select 1 from employees e
                    where e.organization_id = o.organization_id and e.id = o.employee_id and e.status = 'on_leave')
   and not exists (select 1 from pauses u
                    where u.organization_id = o.organization_id and u.employee_id = o.employee_id
                      and (u.program_id is null or u.program_id = o.program_id)
                      and u.starts_at <= t.now and (u.ends_at is null or u.ends_at > t.now))
 order by o.created_at desc, o.id desc
 limit $3
"""

_SHOWN = _OFFERS + " and o.id = any($3::uuid[])"


@dataclass(frozen=True)
class _Known:
    """The person who looks, and the groups whose votes speak to them."""

    reader: Reader
    groups: list[str]
    now: datetime


async def list_open_offers(database: Database, organization_id: UUID, *, employee_id: UUID) -> list[MyOffer]:
    """The best of a person's open offers, three at the most; none while they or the program pause.

    Leave that HR knows of counts as a pause. What is offered meanwhile waits, and is there afterwards if it is open.
    """
    async with database.hot(organization_id) as connection:
        rows = await connection.fetch(_OPEN, organization_id, employee_id, _MOST_RANKED)
        if not rows:
            return []
        known = await _look(connection, organization_id, employee_id)
        votes = await _votes(connection, organization_id, [row["item_id"] for row in rows], known)
        shown = ranking.choose(
            [_candidate(row, votes) for row in rows],
            known.reader,
            language=Language(rows[0]["language"]),
            now=known.now,
        )
        found = await connection.fetch(_SHOWN, organization_id, employee_id, [one.candidate.offer_id for one in shown])
    by_id = {row["id"]: row for row in found}
    return [_read(by_id[one.candidate.offer_id], one) for one in shown if one.candidate.offer_id in by_id]


async def find_offer(
    database: Database, organization_id: UUID, *, employee_id: UUID, offer_id: UUID
) -> tuple[MyOffer, int] | None:
    """One of a person's own offers, whatever became of it, and its version."""
    async with database.hot(organization_id) as connection:
        row = await connection.fetchrow(_OFFERS + " and o.id = $3", organization_id, employee_id, offer_id)
        if row is None:
            return None
        known = await _look(connection, organization_id, employee_id)
        votes = await _votes(connection, organization_id, [row["item_id"]], known)
    language = Language(row["own_language"])
    offer = _read(row, ranking.judge(_candidate(row, votes), known.reader, language=language, now=known.now))
    # An offer whose time has run out reads as the version that closing it will write.
    return offer, row["version"] + (offer.state.value != row["state"])


async def _look(connection: asyncpg.Connection[asyncpg.Record], organization_id: UUID, employee_id: UUID) -> _Known:
    row = await connection.fetchrow(_READER, organization_id, employee_id)
    goals = [Goal(topic, kind, names or {}) for topic, kind, names in orjson.loads(row["goals"] or "[]")]
    reader = Reader(
        goals=tuple(goals),
        audience=frozenset(orjson.loads(row["audience"])),
        passed_topics=tuple(topic for topics in orjson.loads(row["passed"] or "[]") for topic in topics),
    )
    groups = ranking.groups_of(
        department=row["department"], country=row["country"], goals=[goal.topic for goal in goals]
    )
    return _Known(reader, groups, row["now"])


async def _votes(
    connection: asyncpg.Connection[asyncpg.Record], organization_id: UUID, item_ids: list[UUID], known: _Known
) -> dict[UUID, dict[str, dict[str, int]]]:
    rows = await connection.fetch(_VOTES, organization_id, item_ids, known.groups)
    return {row["item_id"]: orjson.loads(row["votes"]) for row in rows}


def _candidate(row: asyncpg.Record, votes: Mapping[UUID, Mapping[str, Mapping[str, int]]]) -> Candidate:
    return Candidate(
        offer_id=row["id"],
        program_id=row["program_id"],
        offered_at=row["created_at"],
        reasons=tuple(orjson.loads(row["reasons"])),
        topics=tuple(orjson.loads(row["topics"])),
        audience_tags=tuple(orjson.loads(row["audience_tags"])),
        expires_at=row["expires_at"],
        rating=Rating(row["rating"]) if row["rating"] else None,
        votes=votes.get(row["item_id"], {}),
        unmatched_share=row["unmatched_share"],
    )


def _read(row: asyncpg.Record, ranked: Ranked) -> MyOffer:
    own_language = Language(row["own_language"])
    language = Language(row["language"])
    state = OfferState(row["state"])
    return MyOffer(
        id=row["id"],
        item_id=row["item_id"],
        program_id=row["program_id"],
        title=row["title"],
        destination_url=row["destination_url"],
        network=row["network"],
        language=language,
        direction=language.direction,
        text=row["text"],
        why_share=row["why_share"],
        link_title=row["link_title"],
        link_description=row["link_description"],
        first_comment=row["first_comment"],
        media=[
            MediaRead(**one, url=f"/v1/me/offers/{row['id']}/assets/{one['asset_id']}")
            for one in orjson.loads(row["media"] or "[]")
        ],
        reasons=rules.explain(orjson.loads(row["reasons"]), language=own_language, program=row["program"]),
        why=[
            WhyRead(code=one.code, text=one.words(own_language, program=row["program"]), weight=one.weight)
            for one in ranked.why
        ],
        matched_goals=[
            NamedGoal(topic=goal.topic, kind=InterestKind(goal.kind), name=goal.name(own_language))
            for goal in ranked.matched
        ],
        audience_tags=list(ranked.candidate.audience_tags),
        rating=ranked.candidate.rating,
        state=OfferState.EXPIRED if row["lapsed"] and state is OfferState.OFFERED else state,
        offered_at=row["created_at"],
        expires_at=row["expires_at"],
        embargo_until=row["embargo_until"],
    )
