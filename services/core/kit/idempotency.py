"""Idempotency-Key: the same request again gets the same answer, and its effect happens once.

First the key row alone (``running``, with a lease), then the effect and the stored answer in one transaction. The
answer is sealed, since it may show a new key once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit import crypto
from services.core.kit.db import Database, advocacy_now
from services.core.kit.errors import BadRequest, Conflict, Invalid
from services.core.kit.ids import new_id
from services.core.kit.models import Choice, Instant
from services.core.kit.texts import Text

LEASE_SECONDS = 60
KEPT_HOURS = 72


class KeyState(StrEnum):
    """A key's request is being carried out, or its answer is stored."""

    RUNNING = "running"
    DONE = "done"


class IdempotencyKey(SQLModel, table=True):
    """One key of one caller on one route. Operator calls have the nil organization, hence no foreign key."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (sa.UniqueConstraint("organization_id", "caller", "route", "key"),)

    organization_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    caller: str
    route: str
    key: str
    body_hash: bytes
    state: KeyState = Choice(KeyState)
    lease_until: datetime = Instant()
    #: Whose turn it is: a holder whose lease was taken over can neither store an answer nor free the key.
    holder: UUID
    status: int | None = None
    sealed_answer: bytes | None = None
    created_at: datetime = Instant(now=True)


class KeyMissing(BadRequest):
    """A request that creates or sends came without a key."""

    code = "idempotency_key_required"
    title = Text(en="Idempotency-Key is missing", he="חסר Idempotency-Key")
    detail = Text(
        en="Send a header Idempotency-Key with a fresh random value (a UUID will do), and the same one when you retry.",
        he="יש לשלוח כותרת Idempotency-Key עם ערך אקראי חדש (UUID מתאים), ואותו ערך בניסיון חוזר.",
    )


class KeyTooLong(BadRequest):
    """The key is empty or over 255 characters."""

    code = "idempotency_key_invalid"
    title = Text(en="Idempotency-Key is not usable", he="Idempotency-Key אינו שמיש")
    detail = Text(en="Use 1 to 255 characters.", he="יש להשתמש ב-1 עד 255 תווים.")


class KeyReused(Invalid):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    title = Text(en="This Idempotency-Key was used for another request", he="מפתח זה שימש לבקשה אחרת")
    detail = Text(
        en="Use a new key for a new request; repeat the old body to get the old answer.",
        he="לבקשה חדשה יש להשתמש במפתח חדש; חזרה על הגוף הקודם תחזיר את התשובה הקודמת.",
    )


class StillRunning(Conflict):
    """The first request with this key has not ended yet."""

    code = "request_in_progress"
    title = Text(en="The first request is still running", he="הבקשה הראשונה עדיין מתבצעת")
    detail = Text(
        en="Wait a few seconds (see Retry-After), then send it again with the same key.",
        he="יש להמתין מספר שניות (ראו Retry-After) ולשלוח שוב עם אותו מפתח.",
    )


@dataclass(frozen=True)
class Scope:
    """Whose key it is, and for what."""

    organization_id: UUID
    caller: str
    route: str
    key: str
    body_hash: bytes
    #: This very request, among all that carry the key.
    holder: UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class StoredAnswer:
    """What the first request answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def check_key(value: str | None, *, required: bool) -> str | None:
    """The key a caller sent; raise KeyMissing or KeyTooLong."""
    if value is None:
        if required:
            raise KeyMissing()
        return None
    if not 1 <= len(value) <= 255:
        raise KeyTooLong()
    return value


async def begin(database: Database, scope: Scope, *, sealer: crypto.Sealer) -> StoredAnswer | None:
    """Take the key, or answer what it already led to; raise KeyReused or StillRunning."""
    async with database.transaction(scope.organization_id) as session:
        row = await _find(session, scope)
        lease = advocacy_now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, LEASE_SECONDS)
        if row is None:
            inserted = await session.exec(
                sa.text(  # type: ignore[call-overload]  # a write that may lose the race against a twin
                    "insert into idempotency_keys"
                    " (organization_id, id, caller, route, key, body_hash, state, holder, lease_until)"
                    " values (:organization_id, :id, :caller, :route, :key, :body_hash, 'running', :holder,"
                    " advocacy_now() + make_interval(secs => :lease))"
                    " on conflict (organization_id, caller, route, key) do nothing"
                ),
                params={
                    "organization_id": scope.organization_id,
                    "id": new_id(),
                    "caller": scope.caller,
                    "route": scope.route,
                    "key": scope.key,
                    "body_hash": scope.body_hash,
                    "holder": scope.holder,
                    "lease": LEASE_SECONDS,
                },
            )
            if inserted.rowcount == 1:
                return None
            row = await _find(session, scope)
            if row is None:
                raise StillRunning()
        if row.body_hash != scope.body_hash:
            raise KeyReused()
        if row.state is KeyState.DONE:
            return _open(row, sealer)
        # A key whose holder died is taken over once its lease is out, by exactly one caller.
        taken = await session.exec(
            sa.update(IdempotencyKey)
            .where(col(IdempotencyKey.id) == row.id, col(IdempotencyKey.lease_until) < advocacy_now())
            .values(lease_until=lease, holder=scope.holder)
        )
        if taken.rowcount != 1:
            raise StillRunning()
        return None


async def finish(session: AsyncSession, scope: Scope, answer: StoredAnswer, *, sealer: crypto.Sealer) -> None:
    """Store the answer in the transaction of its effect.

    Raises StillRunning when another request has taken the key over: this one's effect must not stand.
    """
    row = await _find(session, scope, lock=True)
    if row is None or row.state is not KeyState.RUNNING or row.holder != scope.holder:
        raise StillRunning()
    packed = orjson.dumps({"headers": answer.headers, "body": answer.body.decode()})
    row.sealed_answer = sealer.seal(packed, place=_place(row))
    row.status = answer.status
    row.state = KeyState.DONE
    session.add(row)


async def release(database: Database, scope: Scope) -> None:
    """Free the key of a request that had no effect, so that a corrected one may use it."""
    async with database.transaction(scope.organization_id) as session:
        await session.exec(
            sa.delete(IdempotencyKey).where(
                col(IdempotencyKey.organization_id) == scope.organization_id,
                col(IdempotencyKey.holder) == scope.holder,
                col(IdempotencyKey.state) == KeyState.RUNNING,
            )
        )


async def _find(session: AsyncSession, scope: Scope, *, lock: bool = False) -> IdempotencyKey | None:
    statement = select(IdempotencyKey).where(
        IdempotencyKey.organization_id == scope.organization_id,
        IdempotencyKey.caller == scope.caller,
        IdempotencyKey.route == scope.route,
        IdempotencyKey.key == scope.key,
    )
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


def _place(row: IdempotencyKey) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "idempotency_keys.sealed_answer")


def _open(row: IdempotencyKey, sealer: crypto.Sealer) -> StoredAnswer:
    packed = orjson.loads(sealer.open(row.sealed_answer or b"", place=_place(row)))
    return StoredAnswer(status=row.status or 200, headers=packed["headers"], body=packed["body"].encode())
