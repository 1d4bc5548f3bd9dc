"""Everything that is known of one person, in a file for them: JSON for each table, and the files they posted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.assets.storage import Storage
from services.core.employees import sealing
from services.core.kit import crypto, db
from services.core.kit.db import organization_of
from services.core.kit.settings import Settings
from services.core.privacy import registry, repository
from services.core.privacy.models import PrivacyFile, PrivacyRequest

#: More than this of pictures and videos is named in the file, and not in it.
MOST_MEDIA_BYTES = 100 * 1024**2
_NOT_TOLD = frozenset({"privacy_files", "data_keys"})
#: What opens or finds an account, and would do so for whoever finds the file.
_SECRETS = frozenset(
    {
        "sealed_credentials", "secret_hash", "token_hash", "account_hash", "state_hash", "confirmation_hash",
        "new_grant", "organization_id",
    }
)  # fmt: skip
#: What is the organization's alone: a person learns that there is a hold, and not for which case.
_WITHHELD = frozenset({("legal_holds", "reason")})


@dataclass(frozen=True)
class Gathered:
    """What the database knows of a person, and what the file of it is sealed with."""

    document: dict[str, Any]
    media: dict[str, bytes]
    storage: Storage
    sealer: crypto.Sealer


async def gather(session: AsyncSession, request: PrivacyRequest, *, settings: Settings) -> Gathered:
    """Read everything that is told."""
    employee_id = request.employee_id
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    gathered: dict[str, Any] = {}
    media: dict[str, bytes] = {}
    for rule in registry.RULES:
        if not rule.is_personal or rule.table in _NOT_TOLD:
            continue
        rows = [
            _told(session, rule, row, sealer, media) for row in await repository.list_rows(session, rule, employee_id)
        ]
        if rows:
            gathered[rule.table] = {"kept": rule.keep.why, "rows": rows}
    about = {"made_at": (await db.now(session)).isoformat(), "person": str(employee_id)}
    storage = Storage(settings.data_dir, organization_of(session))
    return Gathered({"about": about, "tables": gathered}, media, storage, sealer)


def pack(gathered: Gathered) -> bytes:
    """The file, as a ZIP archive. Reads pictures and videos, so this is no work for an open transaction."""
    media = dict(gathered.media)
    left_out = _gather_files(gathered.storage, sorted(set(_hashes(gathered.document["tables"]))), media)
    about = {**gathered.document["about"], "files_that_are_not_in_here": left_out}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", _json({**gathered.document, "about": about}))
        for name, data in media.items():
            archive.writestr(f"media/{name}", data)
    return packed.getvalue()


def seal(gathered: Gathered, request_id: UUID) -> PrivacyFile:
    """The file as it is kept."""
    kept = PrivacyFile(organization_id=gathered.storage.organization_id, request_id=request_id, sealed_file=b"")
    kept.sealed_file = gathered.sealer.seal(pack(gathered), place=_place(kept))
    return kept


async def open_file(session: AsyncSession, kept: PrivacyFile, employee_id: UUID, *, settings: Settings) -> bytes:
    """The file, for its person."""
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    return sealer.open(kept.sealed_file, place=_place(kept))


def _told(
    session: AsyncSession, rule: registry.Rule, row: dict[str, Any], sealer: crypto.Sealer, media: dict[str, bytes]
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or name in _SECRETS or (rule.table, name) in _WITHHELD:
            continue
        if not name.startswith("sealed_"):
            told[name] = value.hex() if isinstance(value, bytes) else value
            continue
        plain = _open(sealer, value, crypto.Place(organization_of(session), row["id"], f"{rule.table}.{name}"))
        if plain is None:
            told[name.removeprefix("sealed_")] = "another person's words, or sealed with a key that is gone"
        elif name == "sealed_photo":
            media[f"{rule.table}-{row['id']}"] = plain
            told["photo"] = f"media/{rule.table}-{row['id']}"
        else:
            told[name.removeprefix("sealed_")] = _read(plain)
    return told


def _open(sealer: crypto.Sealer, sealed: bytes, place: crypto.Place) -> bytes | None:
    try:
        return sealer.open(sealed, place=place)
    except crypto.CannotOpen:
        return None


def _read(plain: bytes) -> Any:
    try:
        return orjson.loads(plain)
    except orjson.JSONDecodeError:
        return plain.decode(errors="replace")


def _hashes(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name == "sha256" and isinstance(value, str):
                yield value
            else:
                yield from _hashes(value)
    elif isinstance(document, list):
        for one in document:
            yield from _hashes(one)


def _gather_files(storage: Storage, hashes: list[str], media: dict[str, bytes]) -> list[str]:
    left_out, used = [], sum(len(data) for data in media.values())
    for sha256 in hashes:
        path = storage.path(sha256)
        size = path.stat().st_size if path.exists() else None
        if size is None or used + size > MOST_MEDIA_BYTES:
            left_out.append(sha256)
            continue
        data = storage.read(sha256)
        if data is not None:
            media[sha256] = data
            used += len(data)
    return left_out


def _json(document: Any) -> bytes:
    def told(value: Any) -> Any:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, (UUID, datetime, date)):
            return str(value)
        raise TypeError(f"cannot be told: {type(value).__name__}")

    return orjson.dumps(document, default=told, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)


def _place(kept: PrivacyFile) -> crypto.Place:
    return crypto.Place(kept.organization_id, kept.id, "privacy_files.sealed_file")
