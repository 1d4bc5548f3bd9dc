"""Every query on platforms and what belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from connectors.sdk.models import ReportRow as ReportedItem
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.content.models import ContentItem, ItemState
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT
from services.core.kit.db import Database, advocacy_now, driver_connection, organization_of
from services.core.kit.errors import NotFound
from services.core.kit.ids import new_id
from services.core.platforms.models import (
    AudienceMember,
    AudienceSync,
    AudienceSyncState,
    ContentPush,
    MemberState,
    PlatformAuthorization,
    PlatformConnection,
    PlatformReading,
    PlatformSettings,
    PlatformState,
    PushState,
    ReportImport,
    ReportRow,
)
from services.core.platforms.rules import IN_PLATFORM, TAKES_PLACE, WITHDRAW_BY_HAND


async def get_settings(session: AsyncSession) -> PlatformSettings:
    """How the organization wants its platforms to be handled; made with the defaults at the first look."""
    statement = select(PlatformSettings).where(PlatformSettings.organization_id == organization_of(session))
    found = (await session.exec(statement)).first()
    if found is None:
        made = insert(PlatformSettings).values(
            organization_id=organization_of(session), id=new_id(), version=1, setup_order="refuse"
        )
        await session.exec(made.on_conflict_do_nothing())
        found = (await session.exec(statement)).one()
    return found


def connections(session: AsyncSession) -> SelectOfScalar[PlatformConnection]:
    """All platforms of the organization."""
    return select(PlatformConnection).where(PlatformConnection.organization_id == organization_of(session))


async def list_active(session: AsyncSession) -> list[PlatformConnection]:
    """Platforms of the organization that work."""
    statement = connections(session).where(PlatformConnection.state == PlatformState.ACTIVE)
    return list((await session.exec(statement)).all())


async def get_connection(session: AsyncSession, connection_id: UUID, *, lock: bool = False) -> PlatformConnection:
    """One platform; raise NotFound. ``lock`` reads it anew, and keeps others away."""
    statement = connections(session).where(PlatformConnection.id == connection_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="platform connection")
    return found


# What the product does to a token by itself leaves the row's version alone: it is what people must match.
_TABLE: Any = sa.inspect(PlatformConnection).local_table


def _change(session: AsyncSession, connection_id: UUID) -> Any:
    return sa.update(_TABLE).where(_TABLE.c.organization_id == organization_of(session), _TABLE.c.id == connection_id)


async def take_refresh_lease(session: AsyncSession, connection_id: UUID, *, lease: timedelta) -> None:
    """Keep the others from renewing for a while; the caller has the row locked."""
    statement = _change(session, connection_id).values(refresh_lease_until=advocacy_now() + lease)
    await (await session.connection()).execute(statement)


async def give_back_lease(session: AsyncSession, connection_id: UUID, *, seen: int) -> None:
    """Let others try, if this is still the token that the lease was taken for."""
    statement = _change(session, connection_id).where(_TABLE.c.token_version == seen).values(refresh_lease_until=None)
    await (await session.connection()).execute(statement)


async def save_token(
    session: AsyncSession, connection_id: UUID, *, seen: int, sealed: bytes, expires_at: datetime | None
) -> bool:
    """Store a token in place of version ``seen`` and give the lease back; False if another one is there."""
    statement = (
        _change(session, connection_id)
        .where(_TABLE.c.token_version == seen, _TABLE.c.state != PlatformState.REVOKED.value)
        .values(
            sealed_credentials=sealed, token_version=seen + 1, token_expires_at=expires_at, refresh_lease_until=None
        )
    )
    done = await (await session.connection()).execute(statement)
    return bool(done.rowcount == 1)


async def save_sealed(session: AsyncSession, connection_id: UUID, values: dict[str, bytes]) -> None:
    """The same secrets under another key."""
    await (await session.connection()).execute(_change(session, connection_id).values(**values))


async def note_health(session: AsyncSession, connection_id: UUID, *, check_at: datetime | None) -> None:
    """Write down that it was looked at, and when it is next; nothing that people would have to match."""
    statement = _change(session, connection_id).values(checked_at=advocacy_now(), check_at=check_at)
    await (await session.connection()).execute(statement)


async def find_authorization(database: Database, state_hash: bytes) -> tuple[UUID, UUID] | None:
    """Organization and id of the authorization with this state."""
    async with database.hot(None) as connection:
        row = await connection.fetchrow("select organization_id, id from find_platform_authorization($1)", state_hash)
    return (row["organization_id"], row["id"]) if row else None


async def find_organization(database: Database, connection_id: UUID) -> UUID | None:
    """Whose platform this is; None for none."""
    async with database.hot(None) as connection:
        found: UUID | None = await connection.fetchval(
            "select organization_id from find_platform_connection($1)", connection_id
        )
    return found


async def list_pushes_named(
    session: AsyncSession, connection_id: UUID, external_ids: Collection[str]
) -> list[ContentPush]:
    """What lies in a platform, or may, under one of these ids of its vendor."""
    statement = pushes(session).where(
        ContentPush.platform_connection_id == connection_id, col(ContentPush.external_id).in_(external_ids)
    )
    return list((await session.exec(statement)).all())


async def list_unknown(session: AsyncSession, connection_id: UUID) -> list[ContentPush]:
    """What nobody knows whether it arrived in a platform."""
    statement = pushes(session).where(
        ContentPush.platform_connection_id == connection_id, ContentPush.state == PushState.UNKNOWN
    )
    return list((await session.exec(statement)).all())


async def list_waiting_for_people(
    session: AsyncSession, connection_id: UUID, *, reasons: Collection[str]
) -> list[ContentPush]:
    """What of a platform waits for one of these reasons, and what is to be taken back later; locked."""
    waits = (col(ContentPush.state) == PushState.PLANNED) & col(ContentPush.reason).in_(reasons)
    leaves = col(ContentPush.state).in_(IN_PLATFORM) & col(ContentPush.withdraw_since).is_not(None)
    statement = pushes(session).where(
        ContentPush.platform_connection_id == connection_id,
        waits | leaves,
        col(ContentPush.due_at) > advocacy_now(),
    )
    return list((await session.exec(statement.with_for_update(key_share=True))).all())


_TO_REMOVE = (
    col(ContentPush.removal_asked_at).is_not(None),
    col(ContentPush.reason) == WITHDRAW_BY_HAND,
    col(ContentPush.state).in_(IN_PLATFORM),
)


def removals(session: AsyncSession) -> SelectOfScalar[ContentPush]:
    """What somebody still has to remove in a platform by hand."""
    return pushes(session).where(*_TO_REMOVE)


async def list_programs_of_removals(session: AsyncSession) -> list[UUID]:
    """The programs of what somebody still has to remove by hand."""
    statement = select(ContentPush.program_id).where(
        ContentPush.organization_id == organization_of(session), *_TO_REMOVE
    )
    return list((await session.exec(statement.distinct())).all())


async def find_removals_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Pushes whose removal by hand is to be told (again)."""
    return await _ids(connection, "find_removals_due", most)


async def take_authorization(session: AsyncSession, authorization_id: UUID) -> PlatformAuthorization | None:
    """The authorization, locked for this transaction, if it still works."""
    statement = (
        select(PlatformAuthorization)
        .where(
            PlatformAuthorization.organization_id == organization_of(session),
            PlatformAuthorization.id == authorization_id,
            col(PlatformAuthorization.used_at).is_(None),
            col(PlatformAuthorization.expires_at) > advocacy_now(),
        )
        .with_for_update()
    )
    return (await session.exec(statement)).first()


async def _ids(connection: asyncpg.Connection[Any], function: str, most: int) -> list[tuple[UUID, UUID]]:
    rows = await connection.fetch(f"select organization_id, id from {function}($1)", most)  # noqa: S608
    return [(row["organization_id"], row["id"]) for row in rows]


async def find_to_check(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Platforms of every organization whose health is to be looked at: organization and id."""
    return await _ids(connection, "find_platforms_to_check", most)


async def find_to_revoke(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Platforms that were cut an hour ago, and whose token is still here."""
    return await _ids(connection, "find_platforms_to_revoke", most)


async def find_pushes_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Pushes that want to be worked on."""
    return await _ids(connection, "find_pushes_due", most)


async def find_readings_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Pushes whose numbers are to be read."""
    return await _ids(connection, "find_platform_readings_due", most)


async def find_syncs_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Comparisons that want to be worked on."""
    return await _ids(connection, "find_audience_syncs_due", most)


async def list_organizations_with_pushes(connection: asyncpg.Connection[Any]) -> list[UUID]:
    """Organizations of which something lies in a platform or goes there, also in one that was cut since."""
    return [row[0] for row in await connection.fetch("select find_push_organizations()")]


async def list_organizations(connection: asyncpg.Connection[Any]) -> list[UUID]:
    """Organizations that have a platform."""
    return [row[0] for row in await connection.fetch("select find_platform_organizations()")]


def pushes(session: AsyncSession) -> SelectOfScalar[ContentPush]:
    """All pushes of the organization."""
    return select(ContentPush).where(ContentPush.organization_id == organization_of(session))


async def get_push(session: AsyncSession, push_id: UUID, *, lock: bool = False) -> ContentPush:
    """One push; raise NotFound. ``lock`` reads it anew, and keeps others away."""
    statement = pushes(session).where(ContentPush.id == push_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="content push")
    return found


async def find_taken(
    session: AsyncSession, *, connection_id: UUID, item_id: UUID, destination_id: str
) -> ContentPush | None:
    """The push that takes this item's place in a destination."""
    statement = pushes(session).where(
        ContentPush.platform_connection_id == connection_id,
        ContentPush.item_id == item_id,
        ContentPush.destination_id == destination_id,
        col(ContentPush.state).in_(TAKES_PLACE),
    )
    return (await session.exec(statement)).first()


async def list_of_closed_items(session: AsyncSession) -> list[ContentPush]:
    """Pushes that lie in a platform or are on their way, of items that are withdrawn or over; locked."""
    over = (col(ContentItem.state).in_((ItemState.WITHDRAWN, ItemState.EXPIRED))) | (
        col(ContentItem.expires_at) <= advocacy_now()
    )
    statement = (
        pushes(session)
        .join(
            ContentItem,
            (col(ContentItem.organization_id) == ContentPush.organization_id)
            & (col(ContentItem.id) == ContentPush.item_id),
        )
        .where(
            over,
            col(ContentPush.state).in_(IN_PLATFORM | {PushState.PLANNED}),
            col(ContentPush.withdraw_since).is_(None),
        )
        .with_for_update(of=ContentPush, key_share=True, skip_locked=True)
    )
    return list((await session.exec(statement)).all())


async def count_posts(session: AsyncSession, *, connection_id: UUID, since: datetime) -> int:
    """Pushes of a platform since a moment that cost something, or may: all that are not proven to have failed."""
    statement = select(sa.func.count()).where(
        ContentPush.organization_id == organization_of(session),
        ContentPush.platform_connection_id == connection_id,
        sa.func.coalesce(col(ContentPush.armed_at), col(ContentPush.created_at)) >= since,
        col(ContentPush.state) != PushState.FAILED,
        (col(ContentPush.armed_at).is_not(None)) | (col(ContentPush.state) == PushState.PLANNED),
    )
    return (await session.exec(statement)).one()


def members(session: AsyncSession, *, connection_id: UUID) -> SelectOfScalar[AudienceMember]:
    """Everybody whom we have let into a platform, or tried to."""
    return select(AudienceMember).where(
        AudienceMember.organization_id == organization_of(session),
        AudienceMember.platform_connection_id == connection_id,
    )


#: Who is in through us, or will be in a moment.
SEATED = (MemberState.ADDING, MemberState.ADDED)


async def list_members(
    session: AsyncSession, *, connection_id: UUID, destination_id: str, states: Collection[MemberState]
) -> list[AudienceMember]:
    """Those of one destination in these states."""
    statement = members(session, connection_id=connection_id).where(
        AudienceMember.destination_id == destination_id, col(AudienceMember.state).in_(states)
    )
    return list((await session.exec(statement.order_by(col(AudienceMember.id)))).all())


async def count_seats(session: AsyncSession, connection_id: UUID) -> int:
    """How many different people are in a platform through us."""
    statement = select(sa.func.count(sa.distinct(col(AudienceMember.employee_id)))).where(
        AudienceMember.organization_id == organization_of(session),
        AudienceMember.platform_connection_id == connection_id,
        col(AudienceMember.state).in_((*SEATED, MemberState.REMOVING)),
    )
    return (await session.exec(statement)).one()


async def list_open_members(session: AsyncSession, sync_id: UUID, *, most: int | None) -> list[AudienceMember]:
    """People that a run still has to let in or take out."""
    statement = (
        select(AudienceMember)
        .where(
            AudienceMember.organization_id == organization_of(session),
            AudienceMember.sync_id == sync_id,
            col(AudienceMember.state).in_((MemberState.ADDING, MemberState.REMOVING)),
        )
        .order_by(col(AudienceMember.id))
        .limit(most)
    )
    return list((await session.exec(statement)).all())


async def find_member(session: AsyncSession, member_id: UUID) -> AudienceMember | None:
    """One of them, locked for this transaction."""
    statement = select(AudienceMember).where(
        AudienceMember.organization_id == organization_of(session), AudienceMember.id == member_id
    )
    return (await session.exec(statement.with_for_update().execution_options(populate_existing=True))).first()


async def seat_people(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Write down that these people are being let in, also those who were in before."""
    if not rows:
        return
    statement = insert(AudienceMember).values(rows)
    statement = statement.on_conflict_do_update(
        index_elements=["organization_id", "platform_connection_id", "destination_id", "employee_id"],
        set_={"state": statement.excluded.state, "sync_id": statement.excluded.sync_id,
              "program_id": statement.excluded.program_id, "reason": None, "removed_at": None},
    )  # fmt: skip
    await (await session.connection()).execute(statement)


async def list_wanted(session: AsyncSession, program_ids: Collection[UUID]) -> set[UUID]:
    """Active ambassadors of any of these programs who are employed."""
    statement = (
        select(Ambassador.employee_id)
        .join(
            Employee,
            (col(Employee.organization_id) == Ambassador.organization_id)
            & (col(Employee.id) == Ambassador.employee_id),
        )
        .where(
            Ambassador.organization_id == organization_of(session),
            col(Ambassador.program_id).in_(program_ids),
            Ambassador.state == AmbassadorState.ACTIVE,
            col(Employee.status).in_(PRESENT),
        )
    )
    return set((await session.exec(statement)).all())


async def list_synced_programs(session: AsyncSession, *, connection_id: UUID, destination_id: str) -> set[UUID]:
    """Programs whose people were let into a destination by a run that has begun to apply."""
    statement = select(AudienceSync.program_id).where(
        AudienceSync.organization_id == organization_of(session),
        AudienceSync.platform_connection_id == connection_id,
        AudienceSync.destination_id == destination_id,
        col(AudienceSync.state).in_((AudienceSyncState.APPLYING, AudienceSyncState.DONE)),
    )
    return set((await session.exec(statement.distinct())).all())


async def list_leavers(session: AsyncSession) -> list[AudienceMember]:
    """People in a platform through us who have left the company or the program they were let in for; locked.

    Those who are being taken out already are among them, whoever began that. Whoever is still an active ambassador of
    another program that was let in there stays. A platform that cannot be used now is looked at once it can.
    """
    synced = select(AudienceSync.program_id).where(
        AudienceSync.organization_id == AudienceMember.organization_id,
        AudienceSync.platform_connection_id == AudienceMember.platform_connection_id,
        AudienceSync.destination_id == AudienceMember.destination_id,
        col(AudienceSync.state).in_((AudienceSyncState.APPLYING, AudienceSyncState.DONE)),
    )
    usable = select(PlatformConnection.id).where(
        PlatformConnection.organization_id == AudienceMember.organization_id,
        PlatformConnection.id == AudienceMember.platform_connection_id,
        PlatformConnection.state == PlatformState.ACTIVE,
    )
    still = (
        select(Ambassador.id)
        .join(
            Employee,
            (col(Employee.organization_id) == Ambassador.organization_id)
            & (col(Employee.id) == Ambassador.employee_id),
        )
        .where(
            Ambassador.organization_id == AudienceMember.organization_id,
            Ambassador.employee_id == AudienceMember.employee_id,
            Ambassador.state == AmbassadorState.ACTIVE,
            col(Employee.status).in_(PRESENT),
            (col(Ambassador.program_id) == AudienceMember.program_id) | col(Ambassador.program_id).in_(synced),
        )
    )
    statement = (
        select(AudienceMember)
        .where(
            AudienceMember.organization_id == organization_of(session),
            (col(AudienceMember.state) == MemberState.REMOVING)
            | (col(AudienceMember.state).in_(SEATED) & ~still.correlate(AudienceMember).exists()),
            usable.correlate(AudienceMember).exists(),
        )
        .order_by(col(AudienceMember.id))
        .with_for_update(skip_locked=True)
    )
    return list((await session.exec(statement)).all())


def syncs(session: AsyncSession) -> SelectOfScalar[AudienceSync]:
    """All comparisons of the organization."""
    return select(AudienceSync).where(AudienceSync.organization_id == organization_of(session))


async def get_sync(session: AsyncSession, sync_id: UUID, *, lock: bool = False) -> AudienceSync:
    """One comparison; raise NotFound."""
    statement = syncs(session).where(AudienceSync.id == sync_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(thing="audience sync")
    return found


async def find_running(session: AsyncSession, *, connection_id: UUID, destination_id: str) -> AudienceSync | None:
    """The comparison of this audience that is not done yet."""
    statement = syncs(session).where(
        AudienceSync.platform_connection_id == connection_id,
        AudienceSync.destination_id == destination_id,
        col(AudienceSync.state).in_((AudienceSyncState.COMPARING, AudienceSyncState.APPLYING)),
    )
    return (await session.exec(statement)).first()


async def list_readings(session: AsyncSession, push_id: UUID, *, most: int) -> list[PlatformReading]:
    """The last reading of each day of a push, the newest first."""
    of_push = (
        PlatformReading.organization_id == organization_of(session),
        PlatformReading.push_id == push_id,
    )
    last = select(sa.func.max(col(PlatformReading.read_at))).where(*of_push).group_by(col(PlatformReading.day_on))
    statement = (
        select(PlatformReading)
        .where(*of_push, col(PlatformReading.read_at).in_(last))
        .order_by(col(PlatformReading.read_at).desc(), col(PlatformReading.id).desc())
        .limit(most)
    )
    return list((await session.exec(statement)).all())


async def list_pushes_of(session: AsyncSession, item_id: UUID) -> list[ContentPush]:
    """All pushes of an item, oldest first."""
    statement = pushes(session).where(ContentPush.item_id == item_id).order_by(col(ContentPush.id))
    return list((await session.exec(statement)).all())


async def list_program_pushes(session: AsyncSession, *, program_id: UUID, connection_id: UUID) -> list[ContentPush]:
    """Everything of a program that has ever been put into a platform, the oldest first."""
    statement = select(ContentPush).where(
        ContentPush.organization_id == organization_of(session),
        ContentPush.program_id == program_id,
        ContentPush.platform_connection_id == connection_id,
    )
    return list((await session.exec(statement.order_by(col(ContentPush.id)))).all())


async def newest_counts(session: AsyncSession, *, program_id: UUID, connection_id: UUID) -> list[dict[str, int]]:
    """The newest numbers of each of a program's items in a platform."""
    newest = (
        select(PlatformReading.counts, PlatformReading.push_id)
        .join(
            ContentPush,
            (col(ContentPush.organization_id) == PlatformReading.organization_id)
            & (col(ContentPush.id) == PlatformReading.push_id),
        )
        .where(
            PlatformReading.organization_id == organization_of(session),
            ContentPush.program_id == program_id,
            ContentPush.platform_connection_id == connection_id,
        )
        .ext(distinct_on(col(PlatformReading.push_id)))
        .order_by(col(PlatformReading.push_id), sa.desc(col(PlatformReading.read_at)))
    )
    return [dict(counts) for counts, _ in (await session.exec(newest)).all()]


async def find_import(session: AsyncSession, *, connection_id: UUID, name: str, sha256: str) -> ReportImport | None:
    """The import of this very file."""
    statement = select(ReportImport).where(
        ReportImport.organization_id == organization_of(session),
        ReportImport.platform_connection_id == connection_id,
        ReportImport.name == name,
        ReportImport.sha256 == sha256,
    )
    return (await session.exec(statement)).first()


_ADD_ROWS = """
insert into platform_report_rows (organization_id, id, import_id, key, item_id, counts, since_on, until_on)
select $1, r.id, $2, r.key, r.item_id, r.counts::jsonb, r.since_on, r.until_on
  from unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::date[], $8::date[])
    as r(id, key, item_id, counts, since_on, until_on)
"""
_ROWS_AT_ONCE = 5_000


async def add_report_rows(
    session: AsyncSession, import_id: UUID, rows: Sequence[ReportedItem], *, ours: Mapping[str, UUID]
) -> None:
    """Keep what a file says of items, ``ours`` by what it calls them. A file may have a hundred thousand rows."""
    await session.flush()
    connection = await driver_connection(session)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        await connection.execute(
            _ADD_ROWS,
            organization_of(session),
            import_id,
            [new_id() for _ in some],
            [row.key for row in some],
            [ours.get(row.key) for row in some],
            [orjson.dumps({metric.value: count for metric, count in row.values.items()}).decode() for row in some],
            [row.since for row in some],
            [row.until for row in some],
        )


async def list_report_rows(session: AsyncSession, item_id: UUID) -> list[tuple[ReportRow, ReportImport]]:
    """What reports say about an item, the newest import first."""
    statement = (
        select(ReportRow, ReportImport)
        .join(
            ReportImport,
            (col(ReportImport.organization_id) == ReportRow.organization_id)
            & (col(ReportImport.id) == ReportRow.import_id),
        )
        .where(ReportRow.organization_id == organization_of(session), ReportRow.item_id == item_id)
        .order_by(col(ReportRow.id).desc())
        .limit(100)
    )
    return list((await session.exec(statement)).all())


async def match_items(session: AsyncSession, *, connection_id: UUID, keys: Collection[str]) -> dict[str, UUID]:
    """Which of our items a report means: by the vendor's id of a push, else by a title that only one of them has."""
    if not keys:
        return {}
    base = select(ContentPush.external_id, ContentPush.item_id).where(
        ContentPush.organization_id == organization_of(session), ContentPush.platform_connection_id == connection_id
    )
    found = {
        str(key): item_id for key, item_id in await session.exec(base.where(col(ContentPush.external_id).in_(keys)))
    }
    titled: dict[str, set[UUID]] = {}
    title = col(ContentPush.content)["title"].astext
    by_title = select(title, col(ContentPush.item_id)).where(
        ContentPush.organization_id == organization_of(session),
        ContentPush.platform_connection_id == connection_id,
        title.in_(keys),
    )
    for key, item_id in (await (await session.connection()).execute(by_title)).all():
        titled.setdefault(key, set()).add(item_id)
    return {**{key: next(iter(ids)) for key, ids in titled.items() if len(ids) == 1}, **found}
