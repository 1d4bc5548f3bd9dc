"""What a person may share, right now: asked most of all, so in plain statements."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import orjson

from services.core.assets.schemas import MediaRead
from services.core.content import rules
from services.core.content.models import OfferState
from services.core.content.schemas import MyOffer
from services.core.kit.db import Database
from services.core.kit.texts import Language

#: More would be a feed to work through; three can be decided on.
MOST_SHOWN = 3

_OFFERS = """
select o.id, o.item_id, o.program_id, o.language, o.state, o.reasons, o.created_at, o.version,
       i.title, i.destination_url, i.expires_at, i.embargo_until, coalesce(i.expires_at <= t.now, false) as lapsed,
       a.language as own_language, p.name as program,
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

_OPEN = (
    _OFFERS  # noqa: S608  # both parts stand in this file
    + """
   and o.state = 'offered' and i.state = 'offered' and (i.expires_at is null or i.expires_at > t.now)
   and (i.available_from is null or i.available_from <= t.now)
   and p.state in ('quiet', 'loud') and a.state = 'active'
   and not exists (select 1 from employees e
                    where e.organization_id = o.organization_id and e.id = o.employee_id and e.status = 'on_leave')
   and not exists (select 1 from pauses u
                    where u.organization_id = o.organization_id and u.employee_id = o.employee_id
                      and (u.program_id is null or u.program_id = o.program_id)
                      and u.starts_at <= t.now and (u.ends_at is null or u.ends_at > t.now))
 order by o.created_at desc, o.id desc
 limit $3
"""
)


async def list_open_offers(database: Database, organization_id: UUID, *, employee_id: UUID) -> list[MyOffer]:
    """The newest offers a person has not answered, three at the most; none while they or the program pause.

    Leave that HR knows of counts as a pause. What is offered meanwhile waits, and is there afterwards if it is open.
    """
    async with database.hot(organization_id) as connection:
        rows = await connection.fetch(_OPEN, organization_id, employee_id, MOST_SHOWN)
    return [_read(row) for row in rows]


async def find_offer(
    database: Database, organization_id: UUID, *, employee_id: UUID, offer_id: UUID
) -> tuple[MyOffer, int] | None:
    """One of a person's own offers, whatever became of it, and its version."""
    async with database.hot(organization_id) as connection:
        row = await connection.fetchrow(_OFFERS + " and o.id = $3", organization_id, employee_id, offer_id)
    if row is None:
        return None
    offer = _read(row)
    # An offer whose time has run out reads as the version that closing it will write.
    return offer, row["version"] + (offer.state.value != row["state"])


def _read(row: asyncpg.Record) -> MyOffer:
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
        reasons=rules.explain(
            orjson.loads(row["reasons"]), language=Language(row["own_language"]), program=row["program"]
        ),
        state=OfferState.EXPIRED if row["lapsed"] and state is OfferState.OFFERED else state,
        offered_at=row["created_at"],
        expires_at=row["expires_at"],
        embargo_until=row["embargo_until"],
    )
