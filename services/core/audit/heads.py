"""Heads of the chain, written down outside the database: they alone show that a chain was cut at its end."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson

from services.core.kit.settings import Settings

_SUFFIX = ".jsonl"


class HeadsUnreadable(Exception):
    """A file of heads is not what we wrote; the message is the one line an operator reads."""


@dataclass(frozen=True)
class ExportedHead:
    """Where a chain ended at a time. The keyed hash proves itself: it cannot be made without the chain's key."""

    position: int
    mac: bytes
    exported_at: datetime


def directory_of(settings: Settings) -> Path:
    """Where heads are written: another disk or machine at best."""
    return settings.audit_heads_dir or settings.data_dir / "audit-heads"


def append(directory: Path, organization_id: UUID, head: ExportedHead) -> None:
    """Add a line to the organization's file, on the disk when this returns. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    line = orjson.dumps(
        {"position": head.position, "mac": head.mac.hex(), "exported_at": head.exported_at.isoformat()},
        option=orjson.OPT_APPEND_NEWLINE,
    )
    path = directory / f"{organization_id}{_SUFFIX}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        whole = os.fstat(descriptor).st_size
        if os.write(descriptor, line) != len(line):
            # Half a line, of a disk that is full, would make all that is there unreadable.
            os.ftruncate(descriptor, whole)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(directory: Path, organization_id: UUID) -> list[ExportedHead]:
    """What was written down of an organization; nothing if there is no file. Raises HeadsUnreadable."""
    path = directory / f"{organization_id}{_SUFFIX}"
    if not path.exists():
        return []
    heads = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            document = orjson.loads(line)
            heads.append(
                ExportedHead(
                    int(document["position"]),
                    bytes.fromhex(document["mac"]),
                    datetime.fromisoformat(document["exported_at"]),
                )
            )
        except (KeyError, TypeError, ValueError) as wrong:
            raise HeadsUnreadable(f"{path}, line {number}, is not a head of an audit chain") from wrong
    return heads


def list_organizations(directory: Path) -> list[UUID]:
    """Whose heads were written down."""
    return sorted(UUID(path.stem) for path in directory.glob(f"*{_SUFFIX}")) if directory.is_dir() else []
