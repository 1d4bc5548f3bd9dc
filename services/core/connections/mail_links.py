"""The link in a mail that leads to the network's sign-in: it names a connection, for a while, and gives nothing away.

Whoever has it can only start what the network then asks the owner of an account to allow. The grant of the account
that is linked already is used at once; any other account waits for a code that its person has to enter with their own
key. So a forwarded mail opens nothing to anybody.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.core.connections.models import Connection
from services.core.kit import crypto
from services.core.kit.settings import Settings

_LIFE = timedelta(days=30)
_ID_BYTES = 16
_TIME_BYTES = 5
_PROOF_BYTES = 16


def reconnect_url(connection: Connection, *, now: datetime, settings: Settings) -> str:
    """An address that works for 30 days, for the mail about this connection."""
    named = connection.id.bytes + int((now + _LIFE).timestamp()).to_bytes(_TIME_BYTES)
    token = base64.urlsafe_b64encode(named + _proof(named, settings)).decode().rstrip("=")
    return f"{settings.public_url}/reconnect/{token}"


def read_token(token: str, *, settings: Settings) -> tuple[UUID, datetime] | None:
    """The connection that a link names, and when the link ends; None for one that is not ours."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, proof = raw[: _ID_BYTES + _TIME_BYTES], raw[_ID_BYTES + _TIME_BYTES :]
    if len(raw) != _ID_BYTES + _TIME_BYTES + _PROOF_BYTES or not crypto.same(proof, _proof(named, settings)):
        return None
    ends_at = datetime.fromtimestamp(int.from_bytes(named[_ID_BYTES:]), UTC)
    return UUID(bytes=named[:_ID_BYTES]), ends_at


def _proof(named: bytes, settings: Settings) -> bytes:
    pepper = settings.key_pepper.get_secret_value()
    return crypto.keyed_hash(pepper, purpose="reconnect_link", value=named.hex())[:_PROOF_BYTES]
