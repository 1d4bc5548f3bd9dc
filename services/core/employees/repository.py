"""Every query on employees, directory runs and data keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.employees.models import (
    DataKey,
    DirectoryRow,
    DirectorySync,
    Employee,
    EmploymentStatus,
    SyncState,
)
from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound


def employees(session: AsyncSession) -> SelectOfScalar[Employee]:
    """All employees of the organization, those who left too."""
    return select(Employee).where(Employee.organization_id == organization_of(session))


async def find_employee(session: AsyncSession, employee_id: UUID) -> Employee | None:
    """One employee."""
    return (await session.exec(employees(session).where(Employee.id == employee_id))).first()


async def list_of_source(session: AsyncSession, source: str) -> list[Employee]:
    """Everybody a source has told us of."""
    return list((await session.exec(employees(session).where(Employee.source == source))).all())


async def find_taken_email(session: AsyncSession, source: str, emails: Sequence[str]) -> str | None:
    """An address among these that somebody from another source has."""
    statement = (
        select(Employee.work_email)
        .where(
            Employee.organization_id == organization_of(session),
            Employee.source != source,
            Employee.status != EmploymentStatus.LEFT,
            sa.func.lower(Employee.work_email).in_([email.lower() for email in emails]),
        )
        .limit(1)
    )
    return (await session.exec(statement)).first()


async def insert_employees(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add people, many at once."""
    if rows:
        await session.exec(sa.insert(Employee), params=list(rows))


async def update_employee(session: AsyncSession, *, source: str, source_id: str, values: dict[str, Any]) -> UUID | None:
    """Change one person of a source; answer their id."""
    statement = (
        sa.update(Employee)
        .where(
            col(Employee.organization_id) == organization_of(session),
            col(Employee.source) == source,
            col(Employee.source_id) == source_id,
        )
        .values(**values, version=col(Employee.version) + 1, updated_at=advocacy_now())
        .returning(col(Employee.id))
    )
    row = (await session.exec(statement)).first()
    return row[0] if row else None


async def lock_directory(session: AsyncSession) -> None:
    """One run of an organization's directory at a time, until the transaction ends."""
    key = organization_of(session).int % (2**63)
    await session.exec(select(sa.func.pg_advisory_xact_lock(key)))


def syncs(session: AsyncSession) -> SelectOfScalar[DirectorySync]:
    """All runs of the organization."""
    return select(DirectorySync).where(DirectorySync.organization_id == organization_of(session))


async def get_sync(session: AsyncSession, sync_id: UUID) -> DirectorySync:
    """One run; raise NotFound."""
    found = (await session.exec(syncs(session).where(DirectorySync.id == sync_id))).first()
    if found is None:
        raise NotFound(thing="directory sync")
    return found


async def list_open_syncs(session: AsyncSession, source: str) -> list[DirectorySync]:
    """Runs of a source that could still be applied."""
    statement = syncs(session).where(
        DirectorySync.source == source, col(DirectorySync.state).in_((SyncState.READY, SyncState.HELD))
    )
    return list((await session.exec(statement)).all())


def rows(session: AsyncSession, sync_id: UUID) -> SelectOfScalar[DirectoryRow]:
    """What a run changes."""
    return select(DirectoryRow).where(
        DirectoryRow.organization_id == organization_of(session), DirectoryRow.sync_id == sync_id
    )


async def insert_rows(session: AsyncSession, values: Sequence[dict[str, Any]]) -> None:
    """Keep what a run changes, many at once."""
    if values:
        await session.exec(sa.insert(DirectoryRow), params=list(values))


async def list_rows(session: AsyncSession, sync_id: UUID) -> list[DirectoryRow]:
    """All that a run changes."""
    return list((await session.exec(rows(session, sync_id).order_by(col(DirectoryRow.id)))).all())


async def delete_rows(session: AsyncSession, sync_id: UUID) -> None:
    """Forget what a run changed."""
    await session.exec(
        sa.delete(DirectoryRow).where(
            col(DirectoryRow.organization_id) == organization_of(session), col(DirectoryRow.sync_id) == sync_id
        )
    )


async def find_data_key(session: AsyncSession, employee_id: UUID | None) -> DataKey | None:
    """The key of a person, or without a person the organization's."""
    statement = select(DataKey).where(
        DataKey.organization_id == organization_of(session),
        col(DataKey.employee_id).is_not_distinct_from(employee_id),
    )
    return (await session.exec(statement)).first()
