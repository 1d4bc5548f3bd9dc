"""Sealing what is one person's own, with a key of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import repository
from services.core.employees.models import DataKey
from services.core.kit import crypto
from services.core.kit.db import organization_of
from services.core.kit.ids import new_id

#: Names the person's key inside sealed values; there is one per person.
_KEY_ID = "person"


async def sealer_for(session: AsyncSession, employee_id: UUID | None, *, master: crypto.Sealer) -> crypto.Sealer:
    """What seals and opens this person's values, or without a person the organization's; made at its first use."""
    organization_id = organization_of(session)
    row = await repository.find_data_key(session, employee_id)
    if row is None:
        row_id = new_id()
        wrapped = master.seal(crypto.new_data_key(), place=_place(organization_id, row_id))
        statement = insert(DataKey).values(
            organization_id=organization_id, id=row_id, employee_id=employee_id, wrapped=wrapped
        )
        await session.exec(statement.on_conflict_do_nothing())
        row = await repository.find_data_key(session, employee_id)
        if row is None:
            raise RuntimeError("a data key was neither found nor made")
    return open_key(row.wrapped, row_id=row.id, organization_id=organization_id, master=master)


def open_key(wrapped: bytes, *, row_id: UUID, organization_id: UUID, master: crypto.Sealer) -> crypto.Sealer:
    """``sealer_for`` for who has read the row of the key already."""
    return crypto.Sealer({_KEY_ID: master.open(wrapped, place=_place(organization_id, row_id))})


@dataclass(frozen=True)
class Wrapped:
    """What became of some keys; ``last`` is where to go on, None at the end."""

    done: int
    #: Rows that no key opens: left as they are, for who looks at the log.
    damaged: list[UUID]
    last: UUID | None


async def wrap_anew(session: AsyncSession, *, master: crypto.Sealer, after: UUID, most: int) -> Wrapped:
    """Wrap people's keys with the master key in use, so that an older one can go; what they sealed stays as it is."""
    rows = await repository.list_data_keys_not_under(session, master.prefix, after=after, most=most)
    damaged = []
    for row in rows:
        try:
            row.wrapped = master.seal_anew(row.wrapped, place=_place(row.organization_id, row.id))
        except crypto.CannotOpen:
            damaged.append(row.id)
        session.add(row)
    await session.flush()
    return Wrapped(len(rows) - len(damaged), damaged, rows[-1].id if len(rows) == most else None)


def _place(organization_id: UUID, row_id: UUID) -> crypto.Place:
    return crypto.Place(organization_id, row_id, "data_keys.wrapped")


def seal_document(sealer: crypto.Sealer, document: dict[str, Any], *, place: crypto.Place) -> bytes:
    """Seal a JSON document."""
    return sealer.seal(orjson.dumps(document), place=place)


def open_document(sealer: crypto.Sealer, sealed: bytes, *, place: crypto.Place) -> dict[str, Any]:
    """Open what ``seal_document`` made for the same place."""
    document: dict[str, Any] = orjson.loads(sealer.open(sealed, place=place))
    return document
