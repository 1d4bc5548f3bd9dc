"""What vendors tell us by themselves: verified, kept once, answered at once; the work comes later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.models import NoticeKind, VendorNotice
from services.core.connections.models import WebhookReceipt
from services.core.kit import jobs
from services.core.kit.db import Database, organization_of
from services.core.kit.ids import new_id

NOTICE_JOB = "connection.notice"

#: A notice about something we do not know (yet) waits so long for its row.
WAITS_FOR_ITS_ROW = timedelta(hours=24)


async def find_organization(database: Database, connection_id: UUID) -> UUID | None:
    """Whose connection this is; None for none."""
    async with database.hot(None) as connection:
        found: UUID | None = await connection.fetchval("select organization_id from find_connection($1)", connection_id)
    return found


async def keep(session: AsyncSession, connection_id: UUID, notices: Sequence[VendorNotice]) -> int:
    """Keep verified notices, each once, and ask for the work on them; answer how many were new."""
    new = 0
    for notice in notices:
        receipt_id = new_id()
        statement = (
            insert(WebhookReceipt)
            .values(
                organization_id=organization_of(session),
                id=receipt_id,
                connection_id=connection_id,
                event_id=notice.event_id,
                notice={
                    "kind": notice.kind.value,
                    "external_id": notice.external_id,
                    "idempotency_key": notice.idempotency_key,
                    "permalink": notice.permalink,
                    "happened_at": notice.happened_at.isoformat() if notice.happened_at else None,
                    "is_signed": notice.is_signed,
                },
            )
            .on_conflict_do_nothing()
        )
        if (await session.exec(statement)).rowcount == 1:
            new += 1
            await jobs.enqueue(session, NOTICE_JOB, subject_id=receipt_id)
    return new


async def get_receipt(session: AsyncSession, receipt_id: UUID, *, lock: bool = False) -> WebhookReceipt | None:
    """One receipt, if it is there. ``lock`` keeps others from working on it until the transaction ends."""
    statement = select(WebhookReceipt).where(
        WebhookReceipt.organization_id == organization_of(session), col(WebhookReceipt.id) == receipt_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).first()


def read_notice(receipt: WebhookReceipt) -> VendorNotice:
    """What a receipt says. A kind that this version does not know is ``unknown``."""
    stored = receipt.notice
    happened_at = stored.get("happened_at")
    kind = str(stored.get("kind"))
    return VendorNotice(
        event_id=receipt.event_id,
        kind=NoticeKind(kind) if kind in NoticeKind.__members__.values() else NoticeKind.UNKNOWN,
        external_id=stored.get("external_id"),
        idempotency_key=stored.get("idempotency_key"),
        permalink=stored.get("permalink"),
        happened_at=datetime.fromisoformat(happened_at) if happened_at else None,
        is_signed=bool(stored.get("is_signed", False)),
    )


def settle(session: AsyncSession, receipt: WebhookReceipt, *, at: datetime, outcome: str) -> None:
    """Be done with a receipt: ``matched`` or ``given_up``."""
    receipt.settled_at = at
    receipt.notice = {**receipt.notice, "outcome": outcome}
    session.add(receipt)


async def find_unsettled(connection: asyncpg.Connection[Any], *, after: UUID, most: int) -> list[tuple[UUID, UUID]]:
    """Receipts of every organization that wait for their row, in order of id, after one: organization and id."""
    rows = await connection.fetch("select organization_id, id from find_unsettled_receipts($1, $2)", after, most)
    return [(row["organization_id"], row["id"]) for row in rows]
