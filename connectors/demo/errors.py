"""The demo network's refusals, sorted into the errors of the contract."""

from datetime import timedelta

from connectors.sdk.errors import (
    ConnectorError,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    Rejected,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.models import Context

_DEFAULT_WAIT_SECONDS = 60


def error_for(answer: Answer, *, ctx: Context, visible: bool) -> ConnectorError:
    """The error for an answer that is no success; `visible` says that the call was the visible step."""
    now = ctx.now()
    try:
        body = answer.json_object()
    except ProtocolViolation:
        body = {}
    code, message = body.get("code"), body.get("message")
    detail = f"the demo network answered {answer.status}"
    if answer.status == 429:
        wait = answer.headers.get("retry-after", "")
        seconds = int(wait) if wait.isdecimal() and len(wait) < 7 else _DEFAULT_WAIT_SECONDS
        return RateLimited(now + timedelta(seconds=seconds), detail)
    if answer.status in {400, 404, 422}:
        return Rejected(
            code if isinstance(code, str) else "refused",
            _words(message, ctx) if isinstance(message, str) else "The demo network refused this post.",
            detail=detail,
        )
    if visible:
        return OutcomeUnknown(detail)
    if answer.status >= 500:
        return VendorUnavailable(detail)
    return ProtocolViolation(detail)


def _words(message: str, ctx: Context) -> str:
    # The person reads these: a secret that the other side repeats must not be among them.
    secret = ctx.settings.get("webhook_secret")
    return message.replace(secret, "…") if secret else message
