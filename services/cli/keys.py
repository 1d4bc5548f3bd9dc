"""The secrets of an installation that ``advocacy run`` looks after: made once, kept in its data directory."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any


def load_or_make(path: Path) -> dict[str, str]:
    """The secrets in ``path``, made at the first call; only the owner of the file can read it."""
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found
    made = {
        "master_key": "k1:" + base64.b64encode(os.urandom(32)).decode(),
        "key_pepper": secrets.token_urlsafe(48),
        "operator_key": "adv_operator_" + secrets.token_urlsafe(36),
        "simulator_secret": secrets.token_hex(24),
    }
    write_private(path, made)
    return made


def write_private(path: Path, document: dict[str, Any]) -> None:
    """Write JSON whole or not at all, readable for the owner alone."""
    part = path.with_name(path.name + f".{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
