"""Every query of reports. They count over what the other nouns keep, and leave what may be shown to the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import Ambassador, Pause
from services.core.ambassadors.repository import in_effect
from services.core.ambassadors.rules import MEMBER
from services.core.connections.models import Connection, ConnectionState
from services.core.content.models import ContentItem
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.goals.models import Goal, Measurement
from services.core.kit.db import now, organization_of
from services.core.links.models import Click, ClickKind, TrackedLink
from services.core.organizations.models import Role, RoleGrant
from services.core.programs.models import Responsibility
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


async def count_shares(session: AsyncSession, program_id: UUID) -> dict[UUID | None, Shares]:
    """Published posts by item; under None those of the whole program."""
    item_id = col(Publication.item_id)
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
        )
        .group_by(sa.func.grouping_sets(sa.tuple_(item_id), sa.tuple_()))
    )
    return {row["item_id"]: Shares(row["count"], row["people"]) for row in await _mappings(session, statement)}


# An engagement is there as soon as one of its parts is; the two halves of the rate need both, as the dictionary says.
_REPORTED = """
with latest as (
  select p.item_id, p.employee_id, s.missing, s.taken_at,
         (s.counts->>'impressions')::bigint as impressions, (s.counts->>'reactions')::bigint as reactions,
         (s.counts->>'comments')::bigint as comments, (s.counts->>'reshares')::bigint as reshares
    from publications p
    left join lateral (
      select m.counts, m.missing, m.taken_at from metric_snapshots m
       where m.organization_id = p.organization_id and m.publication_id = p.id
       order by m.taken_at desc, m.id desc limit 1) s on true
   where p.organization_id = :organization_id and p.program_id = :program_id and p.state = 'published'),
summed as (
  select *, case when num_nonnulls(reactions, comments, reshares) > 0
                 then coalesce(reactions, 0) + coalesce(comments, 0) + coalesce(reshares, 0) end as engagements
    from latest)
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


async def sum_reported(session: AsyncSession, program_id: UUID) -> dict[tuple[UUID | None, str], Reported]:
    """What networks reported last for each published post, summed by item and metric; under None for the program."""
    values = {"organization_id": organization_of(session), "program_id": program_id}
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
    """Who answers for what, as function and name; sponsors, of the program or of the organization, come first."""
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
        .where(Responsibility.organization_id == organization_id, Responsibility.program_id == program_id)
        .order_by(col(Responsibility.id))
    )
    found = [("sponsor", name) for name in dict.fromkeys((await session.exec(sponsors)).all())]
    return found + [(str(function), name) for function, name in (await session.exec(responsible)).all()]


async def _mappings(session: AsyncSession, statement: Any) -> list[dict[str, Any]]:
    rows = (await (await session.connection()).execute(statement)).mappings().all()
    return [dict(row) for row in rows]
