"""Oktopost's notifications: verify, then parse, then say it in the contract's words.

HMAC-SHA1 in hex over the raw body, keyed with the webhook's Secret. The vendor's texts disagree on the header's name
and on whether the body is an object or a list, so each is taken. The other headers are not signed and not read.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connectors.oktopost import mapping
from connectors.oktopost.manifest import MANIFEST
from connectors.sdk.errors import ProtocolViolation, WebhookRefused
from connectors.sdk.models import Context, NoticeKind, VendorNotice

SIGNATURE_HEADERS = ("x-oktopost-signature", "x-oktopost-secret")
_TOLERANCE = timedelta(minutes=5)
_KINDS = {
    "newAdvocacyStory": NoticeKind.CONTENT_CHANGED,
    "newAdvocacyMessage": NoticeKind.CONTENT_CHANGED,
    "postSent": NoticeKind.POST_CREATED,
    "postDeleted": NoticeKind.POST_DELETED,
}


def read_webhook(ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
    """What a notification says. Its id is made from the signed bytes, so that the same one again has the same id.

    One that says when it was sent is refused five minutes later; one that does not cannot be told from a replay by
    its age, only by its id.
    """
    secret = MANIFEST.setting(ctx, "webhook_secret")
    given = {name.lower(): value.strip().lower() for name, value in headers.items()}
    expected = hmac.new(secret.encode(), body, "sha1").hexdigest().encode()
    signatures = [given[name].encode(errors="replace") for name in SIGNATURE_HEADERS if name in given]
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise WebhookRefused("no signature fits")
    try:
        document = json.loads(body)
    except ValueError as error:
        raise WebhookRefused("signed, and no JSON") from error
    entries = document if isinstance(document, list) else [document]
    if not all(isinstance(entry, dict) for entry in entries):
        raise WebhookRefused("signed, and neither an object nor a list of objects")
    digest = hashlib.sha256(body).hexdigest()
    return [_notice(entry, event_id=f"{digest}-{n}", now=ctx.now()) for n, entry in enumerate(entries)]


def _notice(entry: Mapping[str, object], *, event_id: str, now: datetime) -> VendorNotice:
    happened_at = _moment(entry.get("timestamp"))
    if happened_at is not None and abs(now - happened_at) > _TOLERANCE:
        raise WebhookRefused("too old, or ahead of time")
    data = entry.get("data")
    try:
        external_id = mapping.item_id(data) if isinstance(data, dict) else None
    except ProtocolViolation:
        external_id = None
    return VendorNotice(
        event_id=event_id,
        kind=_KINDS.get(str(entry.get("event")), NoticeKind.UNKNOWN),
        external_id=external_id,
        happened_at=happened_at,
    )


def _moment(value: object) -> datetime | None:
    """In which form the timestamp comes is not documented: seconds, milliseconds, or one of two texts."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, tz=UTC)
        at = mapping.moment(value) or datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
