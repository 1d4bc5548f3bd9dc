"""Hootsuite's notifications. Nothing signs them: each is a hint to look, and never more."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from connectors.hootsuite import mapping
from connectors.sdk.errors import WebhookRefused
from connectors.sdk.models import NoticeKind, VendorNotice

_PING = "com.hootsuite.ping.event.v1"
_MESSAGE = "com.hootsuite.messages.event.v1"


def read_webhook(body: bytes) -> list[VendorNotice]:
    """One envelope, or several in an array: which of the two is not documented. A ping says nothing.

    Age is not asked: with nothing signed it proves nothing, and how long the vendor tries again is not published.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookRefused("no JSON") from None
    envelopes = document if isinstance(document, list) else [document]
    return [notice for envelope in envelopes for notice in _notices(envelope)]


def _notices(envelope: object) -> list[VendorNotice]:
    if not isinstance(envelope, dict) or not isinstance(envelope.get("type"), str):
        raise WebhookRefused("an envelope without a type")
    if envelope["type"] == _PING:
        return []
    data = envelope.get("data")
    message = data.get("message") if isinstance(data, dict) else None
    message_id = mapping.text(message.get("id")) if isinstance(message, dict) else None
    is_message = envelope["type"] == _MESSAGE and message_id is not None
    number = str(envelope.get("seq_no") or "")
    # The content belongs to the id: else a stranger could use up the number of a notice that is still to come.
    content = json.dumps(envelope, sort_keys=True, ensure_ascii=True).encode()
    return [
        VendorNotice(
            event_id=f"{number[:40] or 'unnumbered'}-{hashlib.sha256(content).hexdigest()[:24]}",
            kind=NoticeKind.CONTENT_CHANGED if is_message else NoticeKind.UNKNOWN,
            external_id=mapping.message_external_id(message_id) if is_message and message_id else None,
            happened_at=_happened_at(data),
            is_signed=False,
            sequence=int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None,
        )
    ]


def _happened_at(data: object) -> datetime | None:
    value: Mapping[str, object] = data if isinstance(data, dict) else {}
    return mapping.moment(value.get("timestamp"))
