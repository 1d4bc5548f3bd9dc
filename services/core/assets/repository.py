"""Every query on assets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.assets.models import Asset
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound


def assets(session: AsyncSession) -> SelectOfScalar[Asset]:
    """All assets of the organization."""
    return select(Asset).where(Asset.organization_id == organization_of(session))


async def get_asset(session: AsyncSession, asset_id: UUID, *, lock: bool = False) -> Asset:
    """One asset; raise NotFound."""
    statement = assets(session).where(Asset.id == asset_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    asset = (await session.exec(statement)).first()
    if asset is None:
        raise NotFound(thing="asset")
    return asset


async def find_by_hash(session: AsyncSession, sha256: str) -> Asset | None:
    """The asset with these bytes."""
    return (await session.exec(assets(session).where(Asset.sha256 == sha256))).first()


async def list_by_ids(session: AsyncSession, ids: Sequence[UUID]) -> list[Asset]:
    """Those of ``ids`` that there are, in their order; no query without ids."""
    if not ids:
        return []
    found = {one.id: one for one in (await session.exec(assets(session).where(col(Asset.id).in_(ids)))).all()}
    return [found[one] for one in ids if one in found]


async def used_bytes(session: AsyncSession) -> int:
    """How much room the organization's files take."""
    statement = select(sa.func.coalesce(sa.func.sum(col(Asset.size_bytes)), 0)).where(
        Asset.organization_id == organization_of(session)
    )
    return int((await session.exec(statement)).one())


async def known_hashes(session: AsyncSession, hashes: Collection[str]) -> set[str]:
    """Those of ``hashes`` that a row has."""
    statement = select(Asset.sha256).where(
        Asset.organization_id == organization_of(session), col(Asset.sha256).in_(hashes)
    )
    return set((await session.exec(statement)).all())


async def take_turns(session: AsyncSession) -> None:
    """Others of the organization who add or sweep files wait until this transaction ends."""
    key = f"assets|{organization_of(session)}"
    await session.exec(select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key, 0))))
