"""Standard Webhooks (https://www.standardwebhooks.com), verified with a clock that is given, and signed for simulators.

The library's own `verify` asks the machine's clock and parses the body; both are ours to decide, so only its signature
is used. It takes times for UTC whatever their zone, so it is handed nothing but UTC.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from connectors.sdk.errors import ConfigurationInvalid, WebhookRefused

#: How old, or how far ahead, a notification may be.
TOLERANCE = timedelta(minutes=5)
_MESSAGE = "The secret of this connector's webhooks is not valid; an administrator must set the one the vendor shows."


def verify_standard(secret: str, *, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Checks signature and age of the raw bytes; returns the id of the notification.

    Raises WebhookRefused, without saying which part was wrong, and ConfigurationInvalid for a secret that is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    event_id, stamp = given.get("webhook-id"), given.get("webhook-timestamp")
    signatures = given.get("webhook-signature")
    if not (event_id and stamp and signatures):
        raise WebhookRefused("a header is missing")
    signer = _signer(secret)
    try:
        sent_at = datetime.fromtimestamp(int(stamp), tz=UTC)
        expected = signer.sign(msg_id=event_id, timestamp=sent_at, data=body.decode())
    # Malformed headers and bytes raise these, and nothing of the verifier's own.
    except (ValueError, OverflowError, OSError):
        raise WebhookRefused("headers or body are malformed") from None
    if abs(now - sent_at) > TOLERANCE:
        raise WebhookRefused("too old, or ahead of time")
    # Several stand side by side while the vendor changes its secret.
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures.split(" ")):
        raise WebhookRefused("no signature fits")
    return event_id


def sign_standard(secret: str, *, event_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that a vendor would send with `body`."""
    signature = _signer(secret).sign(msg_id=event_id, timestamp=at.astimezone(UTC), data=body.decode())
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


def _signer(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except (ValueError, EmptyWebhookSecretError):
        raise ConfigurationInvalid("the webhook secret is not base64", message=_MESSAGE) from None
