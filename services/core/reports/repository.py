"""Every query of reports. They count over what the other nouns keep, and leave what may be shown to the rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import Ambassador, Invitation, Pause
from services.core.ambassadors.repository import in_effect
from services.core.ambassadors.rules import MEMBER
from services.core.connections.models import Connection, ConnectionState
from services.core.content.models import ContentItem
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.goals.models import FeedSource, Goal, Measurement
from services.core.kit.db import now, organization_of
from services.core.links.models import Click, ClickKind, TrackedLink
from services.core.organizations.models import Role, RoleGrant
from services.core.programs.models import Responsibility
from services.core.reports.periods import Day, Period
from services.core.shares.models import Publication, PublicationState


@dataclass(frozen=True)
class Members:
    """People of one department who are in the program, and how far they have come."""

    department: str | None
    joined: int
    connected: int
    shared: int
    #: Of those who have not shared, the ones who pause now.
    paused: int = 0


@dataclass(frozen=True)
class Shares:
    """Published posts of one item, or of the program."""

    count: int = 0
    people: int = 0


@dataclass(frozen=True)
class Reported:
    """One metric over the published posts of an item, or of the program, as each was reported last."""

    value: int | None = None
    shares: int = 0
    people: int = 0
    with_data: int = 0
    people_behind: int = 0
    #: The most frequent reason of posts without a value; None while nobody has asked the network.
    reason: str | None = None
    read_at: datetime | None = None


@dataclass(frozen=True)
class Clicked:
    """Unique clicks by people on the links of one department's ambassadors."""

    unique: int = 0
    people_behind: int = 0


async def count_members(session: AsyncSession, program_id: UUID) -> list[Members]:
    """Members today by department, with those who can share, those who have shared, and the others who pause."""
    organization_id = organization_of(session)
    paused = sa.exists().where(
        col(Pause.organization_id) == organization_id,
        col(Pause.employee_id) == col(Ambassador.employee_id),
        sa.or_(col(Pause.program_id).is_(None), col(Pause.program_id) == program_id),
        in_effect(await now(session)),
    )
    connected = sa.exists().where(
        col(Connection.organization_id) == organization_id,
        col(Connection.employee_id) == col(Ambassador.employee_id),
        col(Connection.state) == ConnectionState.ACTIVE,
    )
    shared = sa.exists().where(
        col(Publication.organization_id) == organization_id,
        col(Publication.employee_id) == col(Ambassador.employee_id),
        col(Publication.program_id) == program_id,
        col(Publication.state) == PublicationState.PUBLISHED,
    )
    department = sa.func.nullif(sa.func.trim(col(Employee.department)), "")
    statement = (
        sa.select(
            department.label("department"),
            sa.func.count().label("joined"),
            sa.func.count().filter(connected).label("connected"),
            sa.func.count().filter(shared).label("shared"),
            sa.func.count().filter(sa.and_(paused, sa.not_(shared))).label("paused"),
        )
        .select_from(Ambassador)
        .join(
            Employee,
            sa.and_(
                col(Employee.organization_id) == col(Ambassador.organization_id),
                col(Employee.id) == col(Ambassador.employee_id),
            ),
        )
        .where(
            col(Ambassador.organization_id) == organization_id,
            col(Ambassador.program_id) == program_id,
            col(Ambassador.state).in_(MEMBER),
        )
        .group_by(department)
    )
    return [Members(**row) for row in await _mappings(session, statement)]


async def count_employees(session: AsyncSession) -> int:
    """People who are employed today."""
    statement = select(sa.func.count()).where(
        Employee.organization_id == organization_of(session), col(Employee.status).in_(PRESENT)
    )
    return (await session.exec(statement)).one()


async def count_shares(
    session: AsyncSession, program_id: UUID, *, period: Period | None = None
) -> dict[UUID | None, Shares]:
    """Published posts by item; under None those of the whole program."""
    item_id = col(Publication.item_id)
    published: list[Any] = []
    if period is not None:
        published = [col(Publication.published_at) >= period.since, col(Publication.published_at) < period.until]
    statement: Any = (
        sa.select(
            item_id.label("item_id"),
            sa.func.count().label("count"),
            sa.func.count(sa.distinct(col(Publication.employee_id))).label("people"),
        )
        .where(
            col(Publication.organization_id) == organization_of(session),
            col(Publication.program_id) == program_id,
            col(Publication.state) == PublicationState.PUBLISHED,
            *published,
        )
        .group_by(sa.func.grouping_sets(sa.tuple_(item_id), sa.tuple_()))
    )
    return {row["item_id"]: Shares(row["count"], row["people"]) for row in await _mappings(session, statement)}


# One pass over all readings: looking each post up by itself takes several times as long once there are many posts.
# An engagement is there as soon as one of its parts is; the two halves of the rate need both, as the dictionary says.
_LATEST = """
with latest as materialized (
  select distinct on (p.id) p.item_id, p.employee_id, p.network, (p.published_at at time zone :zone)::date as day_on,
         m.missing, m.taken_at,
         (m.counts->>'impressions')::bigint as impressions, (m.counts->>'reactions')::bigint as reactions,
         (m.counts->>'comments')::bigint as comments, (m.counts->>'reshares')::bigint as reshares
    from publications p
    left join metric_snapshots m on m.organization_id = p.organization_id and m.publication_id = p.id
   where p.organization_id = :organization_id and p.program_id = :program_id and p.state = 'published'
     and (cast(:since as timestamptz) is null or p.published_at >= :since)
     and (cast(:until as timestamptz) is null or p.published_at < :until)
   order by p.id, m.taken_at desc nulls last, m.id desc),
summed as (
  select *, case when num_nonnulls(reactions, comments, reshares) > 0
                 then coalesce(reactions, 0) + coalesce(comments, 0) + coalesce(reshares, 0) end as engagements
    from latest)
"""
_REPORTED = (
    _LATEST
    + """
select s.item_id, m.metric, sum(m.value)::bigint as value, count(*) as shares,
       count(distinct s.employee_id) as people, count(m.value) as with_data,
       count(distinct s.employee_id) filter (where m.value is not null) as people_behind,
       mode() within group (order by s.missing->>m.asked) filter (where m.value is null) as reason,
       max(s.taken_at) filter (where m.value is not null) as read_at
  from summed s
 cross join lateral (values
   ('impressions', 'impressions', s.impressions), ('reactions', 'reactions', s.reactions),
   ('comments', 'comments', s.comments), ('reshares', 'reshares', s.reshares),
   ('engagements', 'reactions', s.engagements),
   ('rate_part', 'reactions', case when s.impressions is not null then s.engagements end),
   ('rate_whole', 'impressions', case when s.engagements is not null then s.impressions end)
 ) as m(metric, asked, value)
 group by grouping sets ((s.item_id, m.metric), (m.metric))
"""
)
_REPORTED_BY_NETWORK = (
    _LATEST
    + """
select s.network, sum(s.impressions)::bigint as impressions, sum(s.engagements)::bigint as engagements,
       count(distinct s.employee_id) filter (where s.impressions is not null) as impressions_people,
       count(distinct s.employee_id) filter (where s.engagements is not null) as engagements_people,
       count(*) as shares, count(s.impressions) as with_impressions, count(s.engagements) as with_engagements
  from summed s group by s.network
"""
)
# Of each day as many people as it takes to know that they are enough.
_SHARING_DAYS = (
    _LATEST
    + """
select s.day_on, (array_agg(distinct s.employee_id))[1:cast(:k as integer)] as shares,
       (array_agg(distinct s.employee_id) filter (where s.impressions is not null))[1:cast(:k as integer)]
         as impressions,
       (array_agg(distinct s.employee_id) filter (where s.reactions is not null))[1:cast(:k as integer)] as reactions,
       (array_agg(distinct s.employee_id) filter (where s.comments is not null))[1:cast(:k as integer)] as comments,
       (array_agg(distinct s.employee_id) filter (where s.reshares is not null))[1:cast(:k as integer)] as reshares,
       (array_agg(distinct s.employee_id) filter (where s.engagements is not null))[1:cast(:k as integer)]
         as engagements,
       (array_agg(distinct s.employee_id) filter (where num_nonnulls(s.impressions, s.engagements) = 2))
         [1:cast(:k as integer)] as engagement_rate
  from summed s group by s.day_on order by s.day_on
"""
)
_CLICKED_DAYS = """
select (c.clicked_at at time zone :zone)::date as day_on,
       (array_agg(distinct l.employee_id) filter (where c.kind = 'human'))[1:cast(:k as integer)] as human_clicks,
       (array_agg(distinct l.employee_id) filter (where c.kind = 'machine'))[1:cast(:k as integer)]
         as suspected_machines
  from clicks c join tracked_links l on l.organization_id = c.organization_id and l.id = c.link_id
 where c.organization_id = :organization_id and l.program_id = :program_id and c.kind <> 'own'
   and l.employee_id is not null
 group by 1 order by 1
"""
_CLICKS_BY_NETWORK = """
select l.network, count(distinct (c.link_id, (c.clicked_at at time zone 'UTC')::date, c.visitor_hash)) as clicks,
       count(distinct l.employee_id) as people
  from clicks c join tracked_links l on l.organization_id = c.organization_id and l.id = c.link_id
 where c.organization_id = :organization_id and l.program_id = :program_id and c.kind = 'human'
   and (cast(:since as timestamptz) is null or c.clicked_at >= :since)
   and (cast(:until as timestamptz) is null or c.clicked_at < :until)
 group by l.network
"""
#: What days of posts, and of clicks, are told apart for.
SHARING = ("shares", "impressions", "reactions", "comments", "reshares", "engagements", "engagement_rate")
CLICKING = ("human_clicks", "suspected_machines")


async def list_active_days(session: AsyncSession, program_id: UUID, *, zone: str, k: int) -> dict[str, list[Day]]:
    """The days on which something was done, and by whom (as many as matter), for each of SHARING and CLICKING.

    A network's number belongs to the day on which its post went out.
    """
    values = {**_asked(session, program_id, None), "zone": zone, "k": k}
    connection = await session.connection()
    days: dict[str, list[Day]] = {name: [] for name in (*SHARING, *CLICKING)}
    for statement, names in ((_SHARING_DAYS, SHARING), (_CLICKED_DAYS, CLICKING)):
        for row in (await connection.execute(sa.text(statement), values)).mappings():
            for name in names:
                if row[name]:
                    days[name].append(Day(row["day_on"], (frozenset(row[name]),)))
    return days


@dataclass(frozen=True)
class OnNetwork:
    """What posts on one network have brought, with the people behind each part."""

    impressions: int = 0
    engagements: int = 0
    clicks: int = 0
    people: int = 0


async def sum_by_network(session: AsyncSession, program_id: UUID, *, period: Period | None) -> dict[str, OnNetwork]:
    """What networks reported last of posts, and people's unique clicks on their links, by network.

    Fewest people behind any part that is there are behind the whole.
    """
    values = _asked(session, program_id, period)
    connection = await session.connection()
    reported = (await connection.execute(sa.text(_REPORTED_BY_NETWORK), values)).mappings().all()
    clicked = (await connection.execute(sa.text(_CLICKS_BY_NETWORK), values)).mappings().all()
    found: dict[str, OnNetwork] = {}
    for row in reported:
        behind = [row[f"{part}_people"] for part in ("impressions", "engagements") if row[f"{part}_people"]]
        found[row["network"]] = OnNetwork(
            impressions=row["impressions"] or 0, engagements=row["engagements"] or 0, people=min(behind, default=0)
        )
    for row in clicked:
        before = found.get(row["network"], OnNetwork())
        behind = [people for people in (before.people, row["people"]) if people]
        found[row["network"]] = replace(before, clicks=row["clicks"], people=min(behind, default=0))
    return found


def _asked(session: AsyncSession, program_id: UUID, period: Period | None) -> dict[str, Any]:
    return {
        "organization_id": organization_of(session),
        "program_id": program_id,
        "zone": period.zone if period is not None else "UTC",
        "since": period.since if period is not None else None,
        "until": period.until if period is not None else None,
    }


async def sum_reported(
    session: AsyncSession, program_id: UUID, *, period: Period | None = None
) -> dict[tuple[UUID | None, str], Reported]:
    """What networks reported last for each published post, summed by item and metric; under None for the program."""
    values = _asked(session, program_id, period)
    rows = (await (await session.connection()).execute(sa.text(_REPORTED), values)).mappings().all()
    return {
        (row["item_id"], row["metric"]): Reported(
            **{name: value for name, value in row.items() if name not in ("item_id", "metric")}
        )
        for row in rows
    }


async def count_clicks_by_department(session: AsyncSession, program_id: UUID) -> dict[str | None, Clicked]:
    """Unique clicks by people, by the department of the link's owner."""
    department = sa.func.nullif(sa.func.trim(col(Employee.department)), "")
    day = sa.cast(sa.func.timezone("UTC", col(Click.clicked_at)), sa.Date)
    statement = (
        sa.select(
            department.label("department"),
            sa.func.count(sa.distinct(sa.tuple_(col(Click.link_id), day, col(Click.visitor_hash)))).label("unique"),
            sa.func.count(sa.distinct(col(TrackedLink.employee_id))).label("people_behind"),
        )
        .select_from(Click)
        .join(
            TrackedLink,
            sa.and_(
                col(TrackedLink.organization_id) == col(Click.organization_id),
                col(TrackedLink.id) == col(Click.link_id),
            ),
        )
        .join(
            Employee,
            sa.and_(
                col(Employee.organization_id) == col(TrackedLink.organization_id),
                col(Employee.id) == col(TrackedLink.employee_id),
            ),
        )
        .where(
            col(Click.organization_id) == organization_of(session),
            col(TrackedLink.program_id) == program_id,
            col(Click.kind) == ClickKind.HUMAN,
        )
        .group_by(department)
    )
    return {
        row["department"]: Clicked(row["unique"], row["people_behind"]) for row in await _mappings(session, statement)
    }


async def list_items(session: AsyncSession, program_id: UUID) -> list[ContentItem]:
    """Items that were ever offered."""
    statement = select(ContentItem).where(
        ContentItem.organization_id == organization_of(session),
        ContentItem.program_id == program_id,
        col(ContentItem.offered_at).is_not(None),
    )
    return list((await session.exec(statement.order_by(col(ContentItem.id)))).all())


async def list_measurements(session: AsyncSession, program_id: UUID) -> list[Measurement]:
    """The values of all goals of a program, by day; of one day those of feeds last."""
    statement = (
        select(Measurement)
        .join(
            Goal,
            sa.and_(
                col(Goal.organization_id) == col(Measurement.organization_id),
                col(Goal.id) == col(Measurement.goal_id),
            ),
        )
        .where(Measurement.organization_id == organization_of(session), Goal.program_id == program_id)
        .order_by(
            col(Measurement.measured_on), col(Measurement.source).startswith("feed:"), col(Measurement.created_at)
        )
    )
    return list((await session.exec(statement)).all())


async def list_responsible(session: AsyncSession, program_id: UUID) -> list[tuple[str, str]]:
    """Who answers for what, as function and name; sponsors, of the program or of the organization, come first.

    Holders alone, and who is employed: a deputy answers while a holder cannot, and who has left answers for nothing.
    """
    organization_id = organization_of(session)
    sponsors = (
        select(Employee.display_name)
        .join(
            RoleGrant,
            sa.and_(
                col(RoleGrant.organization_id) == col(Employee.organization_id),
                col(RoleGrant.employee_id) == col(Employee.id),
            ),
        )
        .where(
            Employee.organization_id == organization_id,
            RoleGrant.role == Role.SPONSOR,
            col(Employee.status).in_(PRESENT),
            sa.or_(col(RoleGrant.program_id).is_(None), col(RoleGrant.program_id) == program_id),
        )
        .order_by(col(RoleGrant.id))
    )
    responsible = (
        select(Responsibility.function, Employee.display_name)
        .join(
            Employee,
            sa.and_(
                col(Employee.organization_id) == col(Responsibility.organization_id),
                col(Employee.id) == col(Responsibility.employee_id),
            ),
        )
        .where(
            Responsibility.organization_id == organization_id,
            Responsibility.program_id == program_id,
            col(Responsibility.is_deputy).is_(False),
            col(Employee.status).in_(PRESENT),
        )
        .order_by(col(Responsibility.id))
    )
    found = [("sponsor", name) for name in dict.fromkeys((await session.exec(sponsors)).all())]
    return found + [(str(function), name) for function, name in (await session.exec(responsible)).all()]


# Of a span of days.


@dataclass(frozen=True)
class Membership:
    """One person's time in a program, as far as their row tells: a person who came back has their last time."""

    employee_id: UUID
    joined_at: datetime
    left_at: datetime | None


async def list_memberships(session: AsyncSession, program_id: UUID) -> list[Membership]:
    """Everybody who is or was a member."""
    statement = sa.select(col(Ambassador.employee_id), col(Ambassador.joined_at), col(Ambassador.left_at)).where(
        col(Ambassador.organization_id) == organization_of(session),
        col(Ambassador.program_id) == program_id,
        col(Ambassador.joined_at).is_not(None),
        sa.or_(col(Ambassador.state).in_(MEMBER), col(Ambassador.left_at).is_not(None)),
    )
    rows = (await (await session.connection()).execute(statement)).all()
    return [Membership(employee_id, joined, left) for employee_id, joined, left in rows if joined is not None]


async def list_pauses(session: AsyncSession, program_id: UUID, *, period: Period) -> list[Pause]:
    """Pauses in a program that touch a span of days."""
    statement = select(Pause).where(
        Pause.organization_id == organization_of(session),
        col(Pause.program_id).is_(None) | (col(Pause.program_id) == program_id),
        col(Pause.starts_at) < period.until,
        col(Pause.ends_at).is_(None) | (col(Pause.ends_at) > period.since),
    )
    return list((await session.exec(statement)).all())


async def list_sharers(session: AsyncSession, program_id: UUID, *, period: Period) -> set[UUID]:
    """Who has published something in a span of days. Never shown."""
    statement = (
        select(Publication.employee_id)
        .where(
            Publication.organization_id == organization_of(session),
            Publication.program_id == program_id,
            Publication.state == PublicationState.PUBLISHED,
            col(Publication.published_at) >= period.since,
            col(Publication.published_at) < period.until,
        )
        .distinct()
    )
    return set((await session.exec(statement)).all())


@dataclass(frozen=True)
class Steps:
    """How many people had come how far by an instant."""

    invited: int
    joined: int
    active: int
    connected: int


async def count_steps(session: AsyncSession, program_id: UUID, *, until: datetime) -> Steps:
    """People who had been invited, and of those who were members then: all, the onboarded, those who could share."""
    organization_id = organization_of(session)
    invited = select(sa.func.count(sa.distinct(col(Invitation.employee_id)))).where(
        Invitation.organization_id == organization_id,
        Invitation.program_id == program_id,
        col(Invitation.created_at) < until,
    )
    connected = sa.exists().where(
        col(Connection.organization_id) == organization_id,
        col(Connection.employee_id) == col(Ambassador.employee_id),
        col(Connection.created_at) < until,
        sa.or_(col(Connection.state) == ConnectionState.ACTIVE, col(Connection.withdrawn_at) >= until),
    )
    members = sa.select(
        sa.func.count().label("joined"),
        sa.func.count().filter(col(Ambassador.activated_at) < until).label("active"),
        sa.func.count().filter(connected).label("connected"),
    ).where(
        col(Ambassador.organization_id) == organization_id,
        col(Ambassador.program_id) == program_id,
        col(Ambassador.joined_at) < until,
        sa.or_(
            sa.and_(col(Ambassador.state).in_(MEMBER), col(Ambassador.left_at).is_(None)),
            col(Ambassador.left_at) >= until,
        ),
    )
    (row,) = await _mappings(session, members)
    return Steps(invited=(await session.exec(invited)).one(), **row)


_LEAVERS = """
with here as (
  select e.id, nullif(trim(e.department), '') as department, e.country,
         case when e.started_on is null then null
              when e.started_on > cast(:from_on as date) - interval '1 year' then 'under_1_year'
              when e.started_on > cast(:from_on as date) - interval '3 years' then '1_to_3_years'
              when e.started_on > cast(:from_on as date) - interval '5 years' then '3_to_5_years'
              else '5_years_and_more' end as tenure,
         e.status = 'left' and e.ended_on <= :to_on as has_left,
         exists (select from ambassadors a
                  where a.organization_id = e.organization_id and a.employee_id = e.id and a.program_id = :program_id
                    and a.joined_at < :opened and (a.left_at is null or a.left_at >= :opened)
                    and (a.left_at is not null or a.state in ('joined', 'onboarding', 'active'))) as is_ambassador
    from employees e
   where e.organization_id = :organization_id and (e.started_on is null or e.started_on <= :from_on)
     and (e.status <> 'left' or e.ended_on > :from_on))
select department, tenure, country,
       count(*) filter (where is_ambassador) as ambassadors,
       count(*) filter (where is_ambassador and has_left) as ambassadors_left,
       count(*) filter (where not is_ambassador) as others,
       count(*) filter (where not is_ambassador and has_left) as others_left
  from here group by department, tenure, country
"""


async def count_leavers(
    session: AsyncSession, program_id: UUID, *, period: Period
) -> dict[tuple[str | None, str | None, str | None], tuple[int, int, int, int]]:
    """Employees of a period's first day by department, tenure then, and country: ambassadors, those of them who left.

    After those the others, and those of them who left.
    """
    values = {
        "organization_id": organization_of(session),
        "program_id": program_id,
        "from_on": period.from_on,
        "to_on": period.to_on,
        # Who joined or left in the course of the first day was a member on it.
        "opened": period.part(period.from_on, period.from_on).until,
    }
    rows = (await (await session.connection()).execute(sa.text(_LEAVERS), values)).all()
    return {(row[0], row[1], row[2]): (row[3], row[4], row[5], row[6]) for row in rows}


_VISITS = """
with visits as (
  select c.link_id, (c.clicked_at at time zone 'UTC')::date as utc_day, c.visitor_hash, min(c.clicked_at) as first_at
    from clicks c join tracked_links l on l.organization_id = c.organization_id and l.id = c.link_id
   where c.organization_id = :organization_id and l.program_id = :program_id and c.kind = 'human'
   group by 1, 2, 3)
"""
_VISITS_BY_DAY = (
    _VISITS
    + """
select (v.first_at at time zone :zone)::date as day_on, count(*) as visits,
       (array_agg(distinct l.employee_id) filter (where l.employee_id is not null))[1:cast(:k as integer)] as people
  from visits v join tracked_links l on l.organization_id = :organization_id and l.id = v.link_id
 group by 1 order by 1
"""
)
_VISITS_BY_COHORT = (
    _VISITS
    + """
select to_char(a.joined_at at time zone :zone, 'YYYY-MM') as cohort, count(*) as visits,
       count(distinct l.employee_id) as people
  from visits v join tracked_links l on l.organization_id = :organization_id and l.id = v.link_id
  left join ambassadors a on a.organization_id = l.organization_id and a.program_id = :program_id
       and a.employee_id = l.employee_id
 group by 1 order by 1
"""
)


@dataclass(frozen=True)
class VisitsOfDay:
    """Visits whose first click was on a day, and as many of the people whose links they came by as matter."""

    day_on: date
    visits: int
    people: frozenset[UUID]


async def list_visits_by_day(session: AsyncSession, program_id: UUID, *, zone: str, k: int) -> list[VisitsOfDay]:
    """People's visits through a program's links by day: each visitor once per link and UTC day."""
    values = {**_asked(session, program_id, None), "zone": zone, "k": k}
    rows = (await (await session.connection()).execute(sa.text(_VISITS_BY_DAY), values)).all()
    return [VisitsOfDay(row.day_on, row.visits, frozenset(row.people or ())) for row in rows]


async def count_visits_by_cohort(session: AsyncSession, program_id: UUID, *, zone: str) -> dict[str | None, Clicked]:
    """The same by the month in which the link's owner joined; under None of links without an owner who did."""
    values = {**_asked(session, program_id, None), "zone": zone}
    rows = (await (await session.connection()).execute(sa.text(_VISITS_BY_COHORT), values)).all()
    return {row.cohort: Clicked(row.visits, row.people) for row in rows}


#: The feeds of a page that together are its engagements.
PAGE_ENGAGEMENTS = ("page_post_reactions", "page_post_comments", "page_post_reshares")


@dataclass(frozen=True)
class PageEngagements:
    """What company pages had of their own."""

    value: Decimal
    #: Days that all feeds of all pages have a value of.
    days: int
    read_at: datetime


async def sum_page_engagements(session: AsyncSession, *, from_on: date | None, to_on: date) -> PageEngagements | None:
    """Reactions, comments and reshares of the company pages that some goal reads; None while no page is read whole.

    A page that several goals read counts once.
    """
    organization_id = organization_of(session)
    read = (
        sa.select(
            col(FeedSource.subject),
            col(FeedSource.feed),
            col(Measurement.measured_on),
            sa.func.max(col(Measurement.value)).label("value"),
            sa.func.max(sa.func.coalesce(col(Measurement.changed_at), col(Measurement.created_at))).label("read_at"),
        )
        .select_from(FeedSource)
        .join(
            Measurement,
            sa.and_(
                col(Measurement.organization_id) == col(FeedSource.organization_id),
                col(Measurement.goal_id) == col(FeedSource.goal_id),
                col(Measurement.series) == col(FeedSource.subject),
                col(Measurement.source).startswith("connector:"),
            ),
        )
        .where(
            col(FeedSource.organization_id) == organization_id,
            col(FeedSource.feed).in_(PAGE_ENGAGEMENTS),
            col(FeedSource.measures) == "added",
            col(Measurement.measured_on) <= to_on,
            *([] if from_on is None else [col(Measurement.measured_on) >= from_on]),
        )
        .group_by(col(FeedSource.subject), col(FeedSource.feed), col(Measurement.measured_on))
    )
    rows = await _mappings(session, read)
    of_page: dict[str, dict[str, dict[date, Decimal]]] = {}
    for row in rows:
        of_page.setdefault(row["subject"], {}).setdefault(row["feed"], {})[row["measured_on"]] = row["value"]
    whole = [feeds for feeds in of_page.values() if len(feeds) == len(PAGE_ENGAGEMENTS)]
    if not whole:
        return None
    days = set.intersection(*(set(values) for feeds in whole for values in feeds.values()))
    value = sum((values[day] for feeds in whole for values in feeds.values() for day in days), Decimal(0))
    return PageEngagements(value, len(days), max(row["read_at"] for row in rows))


async def _mappings(session: AsyncSession, statement: Any) -> list[dict[str, Any]]:
    rows = (await (await session.connection()).execute(statement)).mappings().all()
    return [dict(row) for row in rows]
