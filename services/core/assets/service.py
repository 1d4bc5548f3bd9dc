"""What may happen to assets, and what follows. Flushes, never commits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.assets import files, repository
from services.core.assets.errors import QuotaReached
from services.core.assets.models import Asset, AssetKind
from services.core.assets.schemas import AssetUpdate
from services.core.assets.storage import Storage
from services.core.audit import service as audit
from services.core.kit.db import organization_of
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.organizations.rules import Actor, Permission

#: A file without a row is somebody's upload that is not committed yet, until it is older than this.
ORPHAN_AGE = timedelta(hours=1)

_NOT_A_VIDEO = Text(en="Only a video has captions.", he="רק לסרטון יש כתוביות.")


async def add(session: AsyncSession, actor: Actor, *, data: bytes, settings: Settings) -> tuple[Asset, bool]:
    """Check a file and keep it; answer whether it is new: the same bytes are one asset.

    Raises FileRefused or QuotaReached.
    """
    _require_writer(actor)
    # Decoding takes its time; nothing else waits for it.
    checked = await asyncio.to_thread(files.check, data)
    await repository.take_turns(session)
    known = await repository.find_by_hash(session, checked.sha256)
    storage = Storage(settings.data_dir, actor.tenant())
    if known is None:
        used = await repository.used_bytes(session)
        if used + len(checked.data) > settings.asset_quota_bytes:
            raise QuotaReached(used=used, quota=settings.asset_quota_bytes, size=len(checked.data))
    await asyncio.to_thread(storage.put, checked.sha256, checked.data)
    if known is not None:
        return known, False
    asset = Asset(
        organization_id=actor.tenant(),
        kind=checked.kind,
        content_type=checked.content_type,
        sha256=checked.sha256,
        size_bytes=len(checked.data),
        width=checked.width,
        height=checked.height,
        frames=checked.frames,
        pages=checked.pages,
        duration_ms=checked.duration_ms,
        uploaded_by_employee_id=actor.employee_id,
    )
    session.add(asset)
    audit.record(session, actor=actor.name, action="asset.create", subject=asset, after={"sha256": checked.sha256})
    await session.flush()
    return asset, True


async def update(session: AsyncSession, actor: Actor, asset: Asset, body: AssetUpdate) -> Asset:
    """Say something else about a file. The caller has made sure that no content beyond a draft uses it."""
    _require_writer(actor)
    changes = body.changes()
    if body.captions and asset.kind is not AssetKind.VIDEO:
        raise Invalid(problems=[FieldProblem("/captions", "not_a_video", _NOT_A_VIDEO)])
    for name in ("alt_texts", "captions"):
        if name in changes:
            changes[name] = _merged(getattr(asset, name), changes[name])
    for name, value in changes.items():
        setattr(asset, name, value)
    session.add(asset)
    recorded: dict[str, Any] = {"fields": sorted(changes)}
    if "accessibility_override" in changes:
        recorded["accessibility_override"] = changes["accessibility_override"]
    audit.record(session, actor=actor.name, action="asset.update", subject=asset, after=recorded)
    await session.flush()
    return asset


def _merged(before: dict[str, str], changes: dict[Language, str | None] | None) -> dict[str, str]:
    if changes is None:
        return {}
    merged = {**before, **{language.value: words for language, words in changes.items()}}
    return {language: words for language, words in merged.items() if words is not None}


async def delete(session: AsyncSession, actor: Actor, asset: Asset) -> None:
    """Forget a file that nothing uses; its bytes are swept later."""
    _require_writer(actor)
    audit.record(session, actor=actor.name, action="asset.delete", subject=asset)
    await session.delete(asset)
    await session.flush()


def alt_text_of(asset: Asset, language: Language) -> str | None:
    """The words for those who do not see it, in ``language`` and no other."""
    return asset.alt_texts.get(language.value)


def lacks_words(asset: Asset, language: Language) -> bool:
    """Whether somebody who does not see (or, of a video, hear) it would be left out, and nobody said why that is so."""
    if asset.accessibility_override is not None:
        return False
    if asset.kind is AssetKind.IMAGE:
        return language.value not in asset.alt_texts
    return asset.kind is AssetKind.VIDEO and language.value not in asset.captions


async def list_of(session: AsyncSession, asset_ids: Sequence[str]) -> list[Asset]:
    """The assets that a variant names, in its order."""
    return await repository.list_by_ids(session, [UUID(one) for one in asset_ids])


async def sweep_orphans(session: AsyncSession, *, settings: Settings) -> int:
    """Remove files of this organization that no row names; answer how many."""
    storage = Storage(settings.data_dir, organization_of(session))
    before = time.time() - ORPHAN_AGE.total_seconds()
    found = await asyncio.to_thread(lambda: list(storage.older_than(before)))
    if not found:
        return 0
    # Nobody adds a file while these are looked at once more and removed.
    await repository.take_turns(session)
    known = await repository.known_hashes(session, [path.name for path in found])
    removed = 0
    for path in found:
        if path.name not in known and path.exists() and path.stat().st_mtime < before:
            path.unlink()
            removed += 1
    return removed


def _require_writer(actor: Actor) -> None:
    """Files belong to the organization: who writes content of any of its programs may add to them."""
    if not actor.may(Permission.CONTENT_WRITE, anywhere=True):
        actor.require(Permission.CONTENT_WRITE)
