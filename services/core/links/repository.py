"""Every query on links and clicks but following one."""

from __future__ import annotations

from collections.abc import Collection
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
from services.core.links.models import Click, ClickKind, KeptClick, LinkSettings, TrackedLink


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


async def find_by_codes(session: AsyncSession, codes: Collection[str]) -> dict[str, TrackedLink]:
    """Links of these codes, by code; those that are not ours are not among them."""
    found = (await session.exec(links(session).where(col(TrackedLink.code).in_(codes)))).all()
    return {link.code: link for link in found}


@dataclass(frozen=True)
class FoundClick:
    """A click as far as it is still known: to the instant, or after its row has had its time to the hour."""

    id: UUID
    clicked_at: datetime
    kind: ClickKind


async def find_click(session: AsyncSession, link_id: UUID, click_id: UUID) -> FoundClick | None:
    """One click on a link."""
    statement = select(Click).where(
        Click.organization_id == organization_of(session), Click.link_id == link_id, Click.id == click_id
    )
    click = (await session.exec(statement)).first()
    if click is not None:
        return FoundClick(click.id, click.clicked_at, click.kind)
    kept = (
        await session.exec(
            select(KeptClick).where(
                KeptClick.organization_id == organization_of(session),
                KeptClick.id == click_id,
                KeptClick.link_id == link_id,
            )
        )
    ).first()
    return FoundClick(kept.id, kept.clicked_hour, ClickKind.HUMAN) if kept is not None else None


async def find_last_click(session: AsyncSession, link_id: UUID, *, by: datetime) -> FoundClick | None:
    """The last click of a person on a link up to an instant."""
    statement = (
        select(Click)
        .where(
            Click.organization_id == organization_of(session),
            Click.link_id == link_id,
            Click.kind == ClickKind.HUMAN,
            col(Click.clicked_at) <= by,
        )
        .order_by(col(Click.clicked_at).desc())
        .limit(1)
    )
    click = (await session.exec(statement)).first()
    if click is not None:
        return FoundClick(click.id, click.clicked_at, click.kind)
    kept = (
        await session.exec(
            select(KeptClick)
            .where(
                KeptClick.organization_id == organization_of(session),
                KeptClick.link_id == link_id,
                col(KeptClick.clicked_hour) <= by,
            )
            .order_by(col(KeptClick.clicked_hour).desc())
            .limit(1)
        )
    ).first()
    return FoundClick(kept.id, kept.clicked_hour, ClickKind.HUMAN) if kept is not None else None


async def find_settings(session: AsyncSession) -> LinkSettings | None:
    """What the organization has set about links, if it has."""
    statement = select(LinkSettings).where(LinkSettings.organization_id == organization_of(session))
    return (await session.exec(statement)).first()


async def keep_click_ids(session: AsyncSession, *, before: datetime, since: datetime) -> None:
    """Keep of people's clicks from ``since`` until before ``before`` the id, the link and the hour."""
    statement = sa.text(
        "insert into kept_clicks (organization_id, id, link_id, clicked_hour)"
        " select organization_id, id, link_id, date_trunc('hour', clicked_at, 'UTC') from clicks"
        " where organization_id = :organization_id and kind = 'human' and clicked_at < :before and clicked_at >= :since"
        " on conflict do nothing"
    )
    values = {"organization_id": organization_of(session), "before": before, "since": since}
    await (await session.connection()).execute(statement, values)


async def forget_click_ids(session: AsyncSession, *, before: datetime) -> None:
    """Forget kept clicks of before an instant."""
    await session.exec(
        sa.delete(KeptClick).where(
            col(KeptClick.organization_id) == organization_of(session), col(KeptClick.clicked_hour) < before
        )
    )


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
