"""Codes of connections as words, for the sentences that they are put into."""

from __future__ import annotations

from services.core.connections.models import ConnectionState
from services.core.kit.texts import Text

#: What a connection is, after “the connection is”.
STATE_NAMES: dict[ConnectionState, Text] = {
    ConnectionState.PENDING: Text(en="not signed in yet", he="ממתין להתחברות"),
    ConnectionState.AWAITING_CONFIRMATION: Text(en="waiting to be confirmed", he="ממתין לאישור"),
    ConnectionState.ACTIVE: Text(en="active", he="פעיל"),
    ConnectionState.NEEDS_RECONNECT: Text(en="in need of a new sign-in", he="דורש חיבור מחדש"),
    ConnectionState.PAUSED: Text(en="paused", he="מושהה"),
    ConnectionState.REVOKED: Text(en="disconnected", he="מנותק"),
}
