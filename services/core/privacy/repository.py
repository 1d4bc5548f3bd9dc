"""Every query on privacy's own rows, and the counts over everybody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.employees.models import DirectoryRow
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.privacy import registry
from services.core.privacy.models import (
    AT_WORK,
    LegalHold,
    PrivacyFile,
    PrivacyRequest,
    RequestKind,
    RequestState,
)

_OPEN = (RequestState.AWAITING_CONFIRMATION, *AT_WORK)


def requests_of(session: AsyncSession, employee_id: UUID) -> SelectOfScalar[PrivacyRequest]:
    """What one person has asked for."""
    return select(PrivacyRequest).where(
        PrivacyRequest.organization_id == organization_of(session), PrivacyRequest.employee_id == employee_id
    )


def holds(session: AsyncSession) -> SelectOfScalar[LegalHold]:
    """Holds of the organization."""
    return select(LegalHold).where(LegalHold.organization_id == organization_of(session))


async def get_own(session: AsyncSession, *, employee_id: UUID, request_id: UUID, lock: bool = False) -> PrivacyRequest:
    """One request of a person's own; raise NotFound."""
    statement = requests_of(session, employee_id).where(PrivacyRequest.id == request_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.exec(statement)).first()
    if row is None:
        raise NotFound(thing="privacy request")
    return row


async def get_locked(session: AsyncSession, request_id: UUID) -> PrivacyRequest:
    """One request, of whomever, kept from everybody else for this transaction."""
    statement = select(PrivacyRequest).where(
        PrivacyRequest.organization_id == organization_of(session), PrivacyRequest.id == request_id
    )
    return (await session.exec(statement.with_for_update().execution_options(populate_existing=True))).one()


async def find_open(
    session: AsyncSession, *, employee_id: UUID, kind: RequestKind, lock: bool = False
) -> PrivacyRequest | None:
    """A request of this kind that is not over; ``lock`` lets no step of it be taken meanwhile."""
    statement = requests_of(session, employee_id).where(
        PrivacyRequest.kind == kind, col(PrivacyRequest.state).in_(_OPEN)
    )
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


def is_being_erased(session: AsyncSession, employee_id: sa.SQLColumnExpression[UUID]) -> sa.ColumnElement[bool]:
    """In a statement: whether this person's erasure is under way. A preview that waits for its word is none."""
    return sa.exists().where(
        col(PrivacyRequest.organization_id) == organization_of(session),
        col(PrivacyRequest.employee_id) == employee_id,
        col(PrivacyRequest.kind) == RequestKind.ERASURE,
        col(PrivacyRequest.state).in_(AT_WORK),
    )


async def find_to_work_on(connection: asyncpg.Connection[asyncpg.Record], *, most: int) -> list[tuple[UUID, UUID]]:
    """Organization and id of requests that a job has to look at."""
    rows = await connection.fetch("select organization_id, id from find_privacy_requests($1)", most)
    return [(row[0], row[1]) for row in rows]


async def find_file(session: AsyncSession, request_id: UUID) -> PrivacyFile | None:
    """What an export has gathered, while it is kept."""
    statement = select(PrivacyFile).where(
        PrivacyFile.organization_id == organization_of(session), PrivacyFile.request_id == request_id
    )
    return (await session.exec(statement)).first()


async def get_hold(session: AsyncSession, hold_id: UUID, *, lock: bool = False) -> LegalHold:
    """One hold; raise NotFound."""
    statement = holds(session).where(LegalHold.id == hold_id)
    row = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if row is None:
        raise NotFound(thing="legal hold")
    return row


async def is_held(session: AsyncSession, employee_id: UUID) -> bool:
    """Whether the law wants this person's records kept."""
    statement = holds(session).where(LegalHold.employee_id == employee_id, col(LegalHold.released_at).is_(None))
    return (await session.exec(statement.limit(1))).first() is not None


async def count_rows(session: AsyncSession, rule: registry.Rule, employee_id: UUID) -> int:
    """How many rows of a table are one person's."""
    wanted = registry.of_person(rule, organization_id=organization_of(session), employee_id=employee_id)
    statement = sa.select(sa.func.count()).select_from(rule.columns).where(wanted)
    return int((await (await session.connection()).execute(statement)).scalar_one())


async def list_rows(session: AsyncSession, rule: registry.Rule, employee_id: UUID) -> list[dict[str, Any]]:
    """The rows of a table that are one person's, oldest first."""
    wanted = registry.of_person(rule, organization_id=organization_of(session), employee_id=employee_id)
    statement = sa.select(rule.columns).where(wanted).order_by(rule.columns.c.id)
    return [dict(row) for row in (await (await session.connection()).execute(statement)).mappings()]


async def delete_directory_rows(session: AsyncSession, source_id: str) -> None:
    """What runs of the directory that are not applied yet say of somebody."""
    await session.exec(
        sa.delete(DirectoryRow).where(
            col(DirectoryRow.organization_id) == organization_of(session), col(DirectoryRow.source_id) == source_id
        )
    )
