"""Sprout's refusals, sorted into the errors of the contract. Table: section "Errors" of the API's documentation."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.bambu.manifest import MANIFEST
from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.models import Context

#: Neither Retry-After nor what is left is documented, and a 429 does not say whether minute or month is used up.
_DEFAULT_WAIT = timedelta(seconds=60)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

LOOK_FIRST = (
    "We can't tell whether the draft arrived, and Sprout has no list of drafts that we could read. Please look into the"
    " drafts in Sprout before pushing this item again."
)


class Step(StrEnum):
    """What a call was for, since the same status means different things."""

    READ = "read"
    MEDIA = "media"
    DRAFT = "draft"


def hidden(text: str, ctx: Context) -> str:
    """Words of the vendor as they may be shown: short, on one line, and without any secret of ours."""
    secrets = [ctx.settings.get(field.name, "") for field in MANIFEST.settings if field.secret]
    if ctx.credentials is not None:
        secrets.append(ctx.credentials.access_token.reveal())
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return _CONTROL.sub(" ", text).strip()[:300]


def request_id(answer: Answer) -> str | None:
    """What Sprout's support asks for."""
    value = answer.headers.get("x-sprout-request-id", "")
    return value if re.fullmatch(r"[A-Za-z0-9-]{1,64}", value) else None


def retry_at(answer: Answer, *, now: datetime) -> datetime:
    """Retry-After in seconds where there is one, else in a minute."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal() and 0 < len(value) < 7:
        return now + max(timedelta(seconds=int(value)), timedelta(seconds=1))
    return now + _DEFAULT_WAIT


def error_for(answer: Answer, *, ctx: Context, step: Step) -> ConnectorError:
    """The error for an answer that is no success; a draft's is only final where the refusal is proven."""
    try:
        words = answer.json_object().get("error")
    except ProtocolViolation:
        words = None
    said = hidden(words, ctx) if isinstance(words, str) else ""
    detail = f"Sprout answered {answer.status}: {said}".rstrip(": ")
    if named := request_id(answer):
        detail += f" (request {hidden(named, ctx)})"
    match answer.status:
        case 400 | 422 if step is Step.DRAFT:
            return Rejected("draft_refused", f"Sprout refused this draft: {said or 'no reason given'}", detail=detail)
        case 400 | 413 | 415 | 422 if step is Step.MEDIA:
            return Rejected("media_refused", f"Sprout refused this file: {said or 'no reason given'}", detail=detail)
        case 401:
            return ReauthRequired(detail)
        case 403:
            return ConfigurationInvalid(
                detail,
                message="Sprout does not let us use this customer account, group or profile. An administrator must"
                " check the customer ID, the profile's connection and the API permission in Sprout; numbers of X also"
                " need the X licence to be accepted there.",
            )
        case 404:
            return ConfigurationInvalid(
                detail,
                message="Sprout does not know this address; an administrator must check address and customer ID.",
            )
        case 429:
            return RateLimited(retry_at(answer, now=ctx.now()), detail)
        case 400 | 405 | 413 | 415 | 422:
            return ProtocolViolation(detail)
    if step is Step.DRAFT:
        return OutcomeUnknown(detail, message=LOOK_FIRST)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail)
    return ProtocolViolation(detail)


def token_error_for(answer: Answer, *, ctx: Context) -> ConnectorError:
    """The error for a refusal of the token endpoint (RFC 6749, section 5.2); only the fixed error name is kept."""
    try:
        name = answer.json_object().get("error")
    except ProtocolViolation:
        name = None
    name = name if isinstance(name, str) and re.fullmatch(r"[a-z_]{1,40}", name) else None
    detail = hidden(f"Sprout's sign-in answered {answer.status} {name or ''}", ctx)
    if answer.status == 429:
        return RateLimited(retry_at(answer, now=ctx.now()), detail, vendor_code=name)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail, vendor_code=name)
    if 400 <= answer.status < 500:
        return ConfigurationInvalid(
            detail,
            message="Sprout does not accept the client ID, the client secret or the scope; an administrator must"
            " correct them.",
            vendor_code=name,
        )
    return ProtocolViolation(detail, vendor_code=name)
