"""The demo network's notifications: verify, then parse, then say it in the contract's words."""

import json
from collections.abc import Mapping
from datetime import datetime

from connectors.demo.manifest import MANIFEST
from connectors.sdk.errors import WebhookRefused
from connectors.sdk.models import Context, NoticeKind, VendorNotice
from connectors.sdk.webhooks import verify_standard

_KINDS = {"post.created": NoticeKind.POST_CREATED, "post.deleted": NoticeKind.POST_DELETED}


def read_webhook(ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
    """One notification: `{"type", "timestamp", "data": {"id", "idempotency_key", "permalink"}}`, signed."""
    secret = MANIFEST.setting(ctx, "webhook_secret")
    event_id = verify_standard(secret, headers=headers, body=body, now=ctx.now())
    try:
        document = json.loads(body)
    except ValueError as error:
        raise WebhookRefused("signed, and no JSON") from error
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        raise WebhookRefused("signed, and without data")
    return [
        VendorNotice(
            event_id=event_id,
            kind=_KINDS.get(str(document.get("type")), NoticeKind.UNKNOWN),
            external_id=_text(data.get("id")),
            idempotency_key=_text(data.get("idempotency_key")),
            permalink=_text(data.get("permalink")),
            happened_at=_moment(document.get("timestamp")),
        )
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
