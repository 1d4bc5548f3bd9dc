"""Keyset pages with opaque, signed cursors: no offset, no total, stable while rows come and go."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit import crypto
from services.core.kit.errors import BadRequest, FieldProblem
from services.core.kit.models import UtcDateTime
from services.core.kit.texts import Text

DEFAULT_LIMIT = 25
MAX_LIMIT = 100

T = TypeVar("T")


@dataclass(frozen=True)
class PageRequest:
    """What a caller asked of a list: how many, from where, in which order."""

    limit: int
    cursor: str | None
    sort: str | None
    #: Binds a cursor to the caller, the route and its filters.
    scope: str
    pepper: str


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor of those after them (None at the end)."""

    rows: Sequence[T]
    next_cursor: str | None


class CursorRefused(BadRequest):
    """The cursor is not one we gave for this list and these filters."""

    code = "invalid_cursor"
    title = Text(en="This cursor does not fit", he="הסמן אינו מתאים")
    detail = Text(
        en="Use next_cursor as it was given, with the same filters and order; or start again without cursor.",
        he="יש להשתמש ב-next_cursor כפי שהתקבל, עם אותם מסננים ואותו סדר; או להתחיל מחדש ללא cursor.",
    )


class SortRefused(BadRequest):
    """The list cannot be put in that order."""

    code = "invalid_sort"
    title = Text(en="Unknown order", he="סדר לא מוכר")
    detail = Text(
        en="Use one of: {allowed}; a leading minus turns it round.",
        he="יש להשתמש באחד מאלה: {allowed}; סימן מינוס בתחילה הופך את הסדר.",
    )


async def paginate(
    session: AsyncSession,
    statement: SelectOfScalar[T],
    *,
    page: PageRequest,
    id_column: InstrumentedAttribute[UUID] | Any,
    sorts: Mapping[str, Any],
    default_sort: str,
) -> Page[T]:
    """Run ``statement`` for one page. ``sorts`` maps the names callers may use to columns that are never null.

    Raises CursorRefused and SortRefused.
    """
    sort = page.sort or default_sort
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in sorts:
        raise SortRefused(
            allowed=", ".join(sorts),
            problems=[FieldProblem("/sort", "unknown_value", SortRefused.detail, {"allowed": ", ".join(sorts)})],
        )
    column = sorts[name]
    scope = f"{page.scope}|{sort}"
    key = sa.tuple_(column, id_column)
    if page.cursor is not None:
        value, row_id = _read(
            page.cursor, scope=scope, pepper=page.pepper, instant=isinstance(column.type, UtcDateTime)
        )
        after = sa.tuple_(sa.literal(value, column.type), sa.literal(row_id, id_column.type))
        statement = statement.where(key < after if descending else key > after)
    order = (column.desc(), id_column.desc()) if descending else (column.asc(), id_column.asc())
    rows = list((await session.exec(statement.order_by(*order).limit(page.limit + 1))).all())
    if len(rows) <= page.limit:
        return Page(rows, None)
    rows = rows[: page.limit]
    last = [getattr(rows[-1], column.key), getattr(rows[-1], id_column.key)]
    return Page(rows, _write(last, scope=scope, pepper=page.pepper))


def _write(values: list[Any], *, scope: str, pepper: str) -> str:
    # asyncpg's ids are a subclass of UUID that orjson does not know.
    body = orjson.dumps(values, default=str)
    return base64.urlsafe_b64encode(_sign(body, scope=scope, pepper=pepper) + body).decode().rstrip("=")


def _read(cursor: str, *, scope: str, pepper: str, instant: bool) -> list[Any]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CursorRefused() from None
    signature, body = raw[:16], raw[16:]
    if not crypto.same(signature, _sign(body, scope=scope, pepper=pepper)):
        raise CursorRefused()
    value, row_id = orjson.loads(body)
    return [datetime.fromisoformat(value) if instant else value, UUID(row_id)]


def _sign(body: bytes, *, scope: str, pepper: str) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return crypto.keyed_hash(pepper, purpose="cursor", value=f"{scope}|{digest}")[:16]
