"""Firstup's notifications: nothing is signed, so one is genuine only as far as its static header is a secret."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from connectors.sdk.errors import WebhookRefused
from connectors.sdk.models import Context, NoticeKind, VendorNotice
from connectors.voicestorm.manifest import MANIFEST

_KINDS = {"content_published": NoticeKind.CONTENT_CHANGED, "content_archived": NoticeKind.CONTENT_CHANGED}


def read_webhook(ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
    """One event: `{"id", "timestamp", "name", "version", ...}`, a hint to look and never more than that.

    Its age is not judged: it is not protected, and when a delivery is repeated is not documented.
    """
    expected = [MANIFEST.setting(ctx, "webhook_authorization"), ctx.settings.get("webhook_authorization_previous")]
    given = {name.lower(): value for name, value in headers.items()}
    value = given.get("authorization", "").encode()
    if not value or not any(hmac.compare_digest(value, one.encode()) for one in expected if one):
        raise WebhookRefused("the authorization header is not the one of the subscription")
    delivery = given.get("x-socialchorus-delivery", "")
    if not delivery.isascii() or not delivery.isprintable() or not 1 <= len(delivery) <= 100:
        raise WebhookRefused("no delivery id that a repetition could be known by")
    try:
        event = json.loads(body)
    except ValueError:
        raise WebhookRefused("the body is no JSON") from None
    if not isinstance(event, dict) or not isinstance(event.get("name"), str):
        raise WebhookRefused("the body is no event")
    return [
        VendorNotice(
            event_id=delivery,
            kind=_KINDS.get(event["name"], NoticeKind.UNKNOWN),
            external_id=_content_id(event),
            happened_at=_moment(event.get("timestamp")),
            is_signed=False,
        )
    ]


def _content_id(event: Mapping[str, object]) -> str | None:
    # The key of the content events is not documented: as the other events name theirs, or as an object of its own.
    content = event.get("content")
    value = event.get("content_id") or (content.get("id") if isinstance(content, dict) else None)
    return str(value) if isinstance(value, int | str) and value else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
