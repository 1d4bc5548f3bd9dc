"""Identifiers: UUIDv7, so that ids sort by the time they were made (RFC 9562)."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A fresh UUIDv7. Order between processes is that of their clocks; never use it as a time."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
