"""Where the bytes of assets lie: in the data directory, under their own hash, written whole before their row is."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID


@dataclass(frozen=True)
class Storage:
    """The files of one organization."""

    data_dir: Path
    organization_id: UUID

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.data_dir / "assets" / str(self.organization_id)

    def path(self, sha256: str) -> Path:
        """Where the file with this hash lies."""
        return self.folder / sha256[:2] / sha256

    def put(self, sha256: str, data: bytes) -> None:
        """Write a file whole, durably; one that is there already becomes as young as a new one."""
        path = self.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size == len(data):
            os.utime(path)
            return
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self, sha256: str) -> bytes | None:
        """The bytes, or None when they are gone."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            return None

    def older_than(self, moment: float) -> Iterator[Path]:
        """Files written before ``moment`` (seconds of the machine's clock), half-written ones among them."""
        if not self.folder.is_dir():
            return
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < moment:
                    yield path
