"""Every query on forecasts, and on what posts of a program have brought so far."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.forecasts.models import Forecast
from services.core.forecasts.rules import PostsOfDays
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.reports.periods import Day


def forecasts(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Forecast]:
    """All forecasts of a program."""
    return select(Forecast).where(
        Forecast.organization_id == organization_of(session), Forecast.program_id == program_id
    )


async def get_forecast(session: AsyncSession, program_id: UUID, forecast_id: UUID) -> Forecast:
    """One forecast of a program; raise NotFound."""
    found = (await session.exec(forecasts(session, program_id).where(Forecast.id == forecast_id))).first()
    if found is None:
        raise NotFound(thing="forecast")
    return found


# What the network reported last of each post, as in reports; a post without impressions tells nothing here. Of each day
# as many people as it takes to know that they are enough. Materialized: row-level security makes PostgreSQL expect a
# single row, and it would count all clicks again for each post.
_POSTS = """
with latest as materialized (
  select distinct on (p.id) p.network, p.employee_id, (p.published_at at time zone :zone)::date as day_on, h.link_id,
         (m.counts->>'impressions')::bigint as impressions
    from publications p
    join shares h on h.organization_id = p.organization_id and h.id = p.share_id
    join metric_snapshots m on m.organization_id = p.organization_id and m.publication_id = p.id
   where p.organization_id = :organization_id and p.program_id = :program_id and p.state = 'published'
   order by p.id, m.taken_at desc, m.id desc),
clicked as materialized (
  select v.link_id, count(*) as clicks
    from (select distinct c.link_id, (c.clicked_at at time zone 'UTC')::date, c.visitor_hash
            from clicks c join tracked_links l on l.organization_id = c.organization_id and l.id = c.link_id
           where c.organization_id = :organization_id and l.program_id = :program_id and c.kind = 'human') v
   group by v.link_id)
select l.network, l.day_on, count(*) as posts, sum(l.impressions)::bigint as impressions,
       sum(l.impressions::double precision * l.impressions) as squares, coalesce(sum(c.clicks), 0)::bigint as clicks,
       (array_agg(distinct l.employee_id))[1:cast(:k as integer)] as people,
       coalesce((array_agg(distinct l.employee_id) filter (where c.clicks > 0))[1:cast(:k as integer)], '{}')
         as followed
  from latest l left join clicked c on c.link_id = l.link_id
 where l.impressions is not null
 group by l.network, l.day_on order by l.network, l.day_on
"""


@dataclass(frozen=True)
class NetworkDay:
    """A day on which posts went out on a network: what they have brought since, and who is behind it. Never shown."""

    day_on: date
    sums: PostsOfDays
    #: Whose posts they are, and whose links were followed.
    people: Day


async def list_days(session: AsyncSession, program_id: UUID, *, zone: str, k: int) -> dict[str, list[NetworkDay]]:
    """By network, every day with posts that have impressions."""
    values = {"organization_id": organization_of(session), "program_id": program_id, "zone": zone, "k": k}
    rows = (await (await session.connection()).execute(sa.text(_POSTS), values)).all()
    found: dict[str, list[NetworkDay]] = defaultdict(list)
    for row in rows:
        found[row.network].append(
            NetworkDay(
                row.day_on,
                PostsOfDays(row.posts, row.impressions, row.squares, row.clicks),
                Day(row.day_on, (frozenset(row.people), frozenset(row.followed))),
            )
        )
    return found
