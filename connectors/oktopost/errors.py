"""Oktopost's refusals, sorted into the errors of the contract.

Every answer is an envelope: `{"Result": true, ...}` or `{"Result": false, "Errors": ...}`, the latter with 200 too.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    Rejected,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.models import Context

#: Whoever crosses a limit is locked out for so long; there is no header that says so.
BLOCK = timedelta(minutes=15)
_LONGEST_WAIT = timedelta(days=1)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def accept(answer: Answer, *, ctx: Context, visible: bool = False) -> dict[str, object]:
    """The document of an answer whose envelope says that it worked; raises what the answer means otherwise.

    `visible` says that the call was the visible step: then only a refusal in words is one.
    """
    # The vendor's pages promise no more than "20x".
    if answer.status == 204:
        return {}
    if answer.is_success:
        try:
            document = answer.json_object()
        except ProtocolViolation as error:
            if visible:
                raise OutcomeUnknown(f"Oktopost answered {answer.status} with an unreadable body") from error
            raise
        if document.get("Result") is True:
            return document
    raise error_for(answer, ctx=ctx, visible=visible)


def error_for(answer: Answer, *, ctx: Context, visible: bool) -> ConnectorError:
    """The error for an answer that is no success. Statuses: "Getting started" of the vendor's pages."""
    words = _hide("; ".join(_words(answer)), ctx)
    detail = f"Oktopost answered {answer.status}: {words}".strip(": ")
    match answer.status:
        case 401:
            return ConfigurationInvalid(
                detail,
                message="Oktopost does not accept the account ID or the API key; an administrator must correct them"
                " (and the address of the API, for accounts in the EU).",
            )
        case 403:
            return ConfigurationInvalid(
                detail,
                message="The user of the API key may not do this in Oktopost; an administrator must give that user the"
                " permission or set another key.",
            )
        case 404:
            return ConfigurationInvalid(
                detail,
                message="Oktopost does not have the campaign, board or topic, or hides it from the user of the API key;"
                " an administrator must look.",
            )
        case 429:
            return RateLimited(_retry_at(answer, now=ctx.now()), detail)
        case 400 | 422:
            return Rejected("refused", words or "Oktopost refused this without saying why.", detail=detail)
    if answer.is_success and words:
        return Rejected("refused", words, detail=detail)
    if visible:
        return OutcomeUnknown(detail)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail)
    return ProtocolViolation(detail)


def _words(answer: Answer) -> Iterator[str]:
    """`{"API": {"Error": text}}`, `{"Param": {name: text}}`, or `[]` for a route that is none."""
    try:
        errors = answer.json_object().get("Errors")
    except ProtocolViolation:
        return
    for group in errors.values() if isinstance(errors, dict) else ():
        for text in group.values() if isinstance(group, dict) else ():
            if isinstance(text, str) and text.strip():
                yield _CONTROL.sub(" ", text).strip()


def _hide(text: str, ctx: Context) -> str:
    key, account = ctx.settings.get("api_key", ""), ctx.settings.get("account_id", "")
    for secret in (b64encode(f"{account}:{key}".encode()).decode(), key, ctx.settings.get("webhook_secret", "")):
        if secret:
            text = text.replace(secret, "…")
    return text[:300]


def _retry_at(answer: Answer, *, now: datetime) -> datetime:
    value = answer.headers.get("retry-after", "").strip()
    try:
        at = now + timedelta(seconds=int(value)) if value.isdecimal() else parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return now + BLOCK
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at if now < at <= now + _LONGEST_WAIT else now + BLOCK
