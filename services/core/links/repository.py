"""Every query on links and clicks but following one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.links.models import Click, ClickKind, TrackedLink


@dataclass(frozen=True)
class ClickCounts:
    """Clicks counted three ways, never mixed. Each has the number of ambassadors behind it, for who may see it.

    The owners' own clicks are in none of the three; ``own`` is for the owner alone.
    """

    #: Raw hits: suspected machines and people.
    raw: int = 0
    machine: int = 0
    human: int = 0
    #: Different visitors among ``human``, per link and UTC day.
    unique: int = 0
    own: int = 0
    raw_people_behind: int = 0
    machine_people_behind: int = 0
    #: Different ambassadors whose links people followed: what ``human`` and ``unique`` stand on.
    people_behind: int = 0


def links(session: AsyncSession) -> SelectOfScalar[TrackedLink]:
    """All links of the organization."""
    return select(TrackedLink).where(TrackedLink.organization_id == organization_of(session))


async def get_link(session: AsyncSession, link_id: UUID) -> TrackedLink:
    """One link; raise NotFound."""
    link = (await session.exec(links(session).where(TrackedLink.id == link_id))).first()
    if link is None:
        raise NotFound(thing="link")
    return link


async def click_counts(
    session: AsyncSession,
    *,
    item_id: UUID | None = None,
    program_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> ClickCounts:
    """Clicks from ``since`` until before ``until`` on the links of an item, a program, or all."""
    statement = _counting(session, program_id=program_id, since=since, until=until)
    if item_id is not None:
        statement = statement.where(col(TrackedLink.item_id) == item_id)
    row = (await (await session.connection()).execute(statement)).one()
    return ClickCounts(**row._mapping)


async def clicks_by_item(
    session: AsyncSession, program_id: UUID, *, since: datetime | None = None, until: datetime | None = None
) -> dict[UUID, ClickCounts]:
    """The same for each item of a program. An item nobody has a followed link to is not among them."""
    item_id = col(TrackedLink.item_id)
    statement = _counting(session, program_id=program_id, since=since, until=until)
    statement = statement.add_columns(item_id.label("item_id")).group_by(item_id)
    rows = (await (await session.connection()).execute(statement)).mappings().all()
    return {
        row["item_id"]: ClickCounts(**{name: value for name, value in row.items() if name != "item_id"}) for row in rows
    }


async def clicks_of(session: AsyncSession, link_id: UUID) -> ClickCounts:
    """The clicks on one link, for its owner."""
    statement = _counting(session, program_id=None, since=None, until=None).where(col(Click.link_id) == link_id)
    return ClickCounts(**(await (await session.connection()).execute(statement)).one()._mapping)


async def find_preview(session: AsyncSession, link_id: UUID, *, network: str, since: datetime) -> datetime | None:
    """When the network's own robot first fetched a link, from ``since`` on; None if it did not."""
    statement = select(sa.func.min(col(Click.clicked_at))).where(
        Click.organization_id == organization_of(session),
        Click.link_id == link_id,
        Click.previewer == network,
        col(Click.clicked_at) >= since,
    )
    return (await session.exec(statement)).one()


def _counting(
    session: AsyncSession, *, program_id: UUID | None, since: datetime | None, until: datetime | None
) -> sa.Select[*tuple[Any, ...]]:
    organization_id = organization_of(session)
    kind, owner = col(Click.kind), col(TrackedLink.employee_id)
    human, machine, counted = kind == ClickKind.HUMAN, kind == ClickKind.MACHINE, kind != ClickKind.OWN
    day = sa.cast(sa.func.timezone("UTC", col(Click.clicked_at)), sa.Date)
    visitor = sa.tuple_(col(Click.link_id), day, col(Click.visitor_hash))
    statement = (
        sa.select(
            sa.func.count().filter(counted).label("raw"),
            sa.func.count().filter(machine).label("machine"),
            sa.func.count().filter(human).label("human"),
            sa.func.count(sa.distinct(visitor)).filter(human).label("unique"),
            sa.func.count().filter(kind == ClickKind.OWN).label("own"),
            sa.func.count(sa.distinct(owner)).filter(counted).label("raw_people_behind"),
            sa.func.count(sa.distinct(owner)).filter(machine).label("machine_people_behind"),
            sa.func.count(sa.distinct(owner)).filter(human).label("people_behind"),
        )
        .select_from(Click)
        .join(
            TrackedLink,
            sa.and_(
                col(TrackedLink.organization_id) == col(Click.organization_id),
                col(TrackedLink.id) == col(Click.link_id),
            ),
        )
        .where(col(Click.organization_id) == organization_id)
    )
    if program_id is not None:
        statement = statement.where(col(TrackedLink.program_id) == program_id)
    if since is not None:
        statement = statement.where(col(Click.clicked_at) >= since)
    if until is not None:
        statement = statement.where(col(Click.clicked_at) < until)
    return statement
