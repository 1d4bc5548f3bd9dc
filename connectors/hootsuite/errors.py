"""Hootsuite's refusals, in the five shapes of its host, sorted into the errors of the contract."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.models import Context


class Product(StrEnum):
    """Whose code it is: the same number means different things to REST and Amplify."""

    REST = "rest"
    AMPLIFY = "amplify"
    SCIM = "scim"
    ANALYTICS = "analytics"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error body says, or nothing where it can't be read."""

    #: Digits, or one of SCIM's four words.
    code: str = ""
    words: str = ""
    trace_id: str = ""


_TOKEN_DEAD = {1000, 1001, 1036}
_SCOPE_NOT_GRANTED = 1037
_TOO_FAST = 1043
_QUOTA_SPENT = {1003, 1004}
_NO_PERMISSION = {1201, *range(4002, 4011)}
_NOT_THERE = {4001, 4303, *range(2303, 2307), *range(3003, 3006)}
_OUR_MISTAKE = {1100, 3020, 4000, 40019, 40020, 40022}
MEDIA_NOT_READY = 40021
DELETE_NOT_ALLOWED = 40003
_SERVER = {5000, 9000}
#: Names for programs, of refusals that an author or administrator reads.
_REFUSED = {
    40001: "tags_not_allowed",
    40004: "attachment_not_allowed",
    40005: "new_tag_not_allowed",
    40023: "one_twitter_profile_only",
    40024: "facebook_groups_not_allowed",
    40025: "scheduled_message_limit",
    DELETE_NOT_ALLOWED: "delete_not_allowed",
    2008: "no_seat_left",
}
_AMPLIFY_NOT_THERE = 2000
_AMPLIFY_NO_PERMISSION = {3000, 3001}
SCIM_UNIQUENESS = "uniqueness"
_SCIM_TYPES = {"invalidSyntax", "mutability", "invalidValue", SCIM_UNIQUENESS}
_OAUTH_RECONNECT = {"invalid_grant", "invalid_token", "token_expired", "token_inactive", "access_denied"}
_OAUTH_APP = {"invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type", "misconfiguration"}
_OAUTH_DOWN = {"server_error", "temporarily_unavailable"}

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_WAIT = timedelta(days=7)
_BURST_WAIT = timedelta(seconds=2)
_PLAIN_WAIT = timedelta(seconds=60)
_PERMISSION = (
    "The connected Hootsuite member may not do this; an administrator of Hootsuite must give the permission"
    " (publish messages, manage members, or Content Admin in Amplify)."
)


def read_refusal(answer: Answer, *, ctx: Context) -> Refusal:
    """Reads an error body of any shape as far as it can be read; a secret that it repeats is taken out."""
    try:
        body = answer.json_object()
    except ProtocolViolation:
        return Refusal()
    listed = body.get("errors")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    code = first.get("code")
    scim_type = body.get("scimType")
    if isinstance(scim_type, str) and scim_type in _SCIM_TYPES:
        code = scim_type
    words = next(
        (
            value
            for value in (first.get("message"), body.get("message"), body.get("detail"), body.get("title"))
            if isinstance(value, str) and value
        ),
        "",
    )
    trace = first.get("id") or first.get("uuid")
    return Refusal(
        code=str(code) if str(code) in _SCIM_TYPES or re.fullmatch(r"[0-9]{3,6}", str(code)) else "",
        words=_without_secrets(words, ctx),
        trace_id=trace if isinstance(trace, str) and re.fullmatch(r"[0-9a-fA-F-]{3,40}", trace) else "",
    )


def _without_secrets(words: str, ctx: Context) -> str:
    secrets = [ctx.settings.get("client_secret")]
    if ctx.credentials is not None:
        refresh = ctx.credentials.refresh_token
        secrets += [ctx.credentials.access_token.reveal(), refresh.reveal() if refresh else None]
    for secret in secrets:
        if secret:
            words = words.replace(secret, "…")
    return _CONTROL.sub(" ", words).strip()[:300]


def retry_at(answer: Answer, *, code: int, now: datetime) -> datetime:
    """When to call again: no Retry-After is documented, but one that comes is honoured.

    A burst (1043) ends at once; a spent day (1003, 1004) is parked until the next one, at midnight UTC since
    the hour of the reset is not published.
    """
    value = answer.headers.get("retry-after", "").strip()
    try:
        at = now + timedelta(seconds=int(value)) if value.isdecimal() else parsedate_to_datetime(value)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if now <= at <= now + _LONGEST_WAIT:
            return at
    except (ValueError, OverflowError):
        pass
    if code in _QUOTA_SPENT:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return now + (_BURST_WAIT if code == _TOO_FAST else _PLAIN_WAIT)


def error_for(
    answer: Answer, *, ctx: Context, product: Product = Product.REST, visible: bool = False
) -> ConnectorError:
    """The error for an answer that is a refusal, a 200 with nothing but `errors` among them.

    `visible` says that the call was the visible step. The code decides before the status, because the vendor does not
    publish which status goes with which code; a 5xx on the visible step proves nothing whatever its code.
    """
    refusal = read_refusal(answer, ctx=ctx)
    detail = f"Hootsuite ({product}) answered {answer.status} {refusal.code} {refusal.trace_id}: {refusal.words}"
    detail = " ".join(detail.split()).strip(" :")
    number = int(refusal.code) if refusal.code.isdecimal() else 0
    if visible and (answer.status >= 500 or answer.status == 408):
        return OutcomeUnknown(detail, vendor_code=refusal.code or None)
    match product:
        case Product.AMPLIFY:
            found = _amplify_error(number, refusal, detail)
        case Product.SCIM:
            found = None
        case _:
            found = _rest_error(answer, number, refusal, detail, now=ctx.now(), visible=visible)
    return found or _by_status(answer, refusal, detail, now=ctx.now(), product=product, visible=visible)


def _amplify_error(number: int, refusal: Refusal, detail: str) -> ConnectorError | None:
    if number in _AMPLIFY_NO_PERMISSION:
        return ConfigurationInvalid(detail, message=_PERMISSION, vendor_code=refusal.code)
    if number == _AMPLIFY_NOT_THERE:
        return _not_there(refusal, detail)
    return None


def _rest_error(
    answer: Answer, number: int, refusal: Refusal, detail: str, *, now: datetime, visible: bool
) -> ConnectorError | None:
    code = refusal.code or None
    if number in _TOKEN_DEAD:
        return ReauthRequired(detail, vendor_code=code)
    if number == _SCOPE_NOT_GRANTED:
        return ScopeMissing(detail, vendor_code=code)
    if number in _QUOTA_SPENT or number == _TOO_FAST:
        return RateLimited(retry_at(answer, code=number, now=now), detail, vendor_code=code)
    if number in _NO_PERMISSION:
        return ConfigurationInvalid(detail, message=_PERMISSION, vendor_code=code)
    if number in _NOT_THERE:
        return _not_there(refusal, detail)
    if number == MEDIA_NOT_READY:
        return VendorUnavailable(detail, vendor_code=code)
    if number in _REFUSED:
        return Rejected(_REFUSED[number], _words(refusal), detail=detail, vendor_code=code)
    if number in _OUR_MISTAKE:
        if visible:
            return Rejected("schema", _words(refusal), detail=detail, vendor_code=code)
        return ProtocolViolation(detail, vendor_code=code)
    if number in _SERVER:
        return (OutcomeUnknown if visible else VendorUnavailable)(detail, vendor_code=code)
    return None


def _by_status(
    answer: Answer, refusal: Refusal, detail: str, *, now: datetime, product: Product, visible: bool
) -> ConnectorError:
    code = refusal.code or None
    match answer.status:
        case 401:
            return ReauthRequired(detail, vendor_code=code)
        case 403 if product is Product.ANALYTICS:
            return ScopeMissing(detail, vendor_code=code)
        case 403:
            return ConfigurationInvalid(detail, message=_PERMISSION, vendor_code=code)
        case 429:
            return RateLimited(retry_at(answer, code=0, now=now), detail, vendor_code=code)
        case 404:
            return _not_there(refusal, detail)
        case 400 | 409 | 410 | 413 | 415 | 422:
            name = f"{product}_{refusal.code or 'refused'}".lower()
            return Rejected(name, _words(refusal), detail=detail, vendor_code=code)
        # Nothing but `errors`, with a code that is not in the table: understood, and not done.
        case 200 if refusal.code:
            return Rejected(f"{product}_{refusal.code}", _words(refusal), detail=detail, vendor_code=code)
    if visible:
        return OutcomeUnknown(detail, vendor_code=code)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail, vendor_code=code)
    return ProtocolViolation(detail, vendor_code=code)


def _not_there(refusal: Refusal, detail: str) -> Rejected:
    return Rejected(
        "not_found",
        refusal.words or "Hootsuite knows nothing of this name or id, or the connected member may not see it.",
        detail=detail,
        vendor_code=refusal.code or None,
    )


def _words(refusal: Refusal) -> str:
    return refusal.words or "Hootsuite refused this without saying why."


def token_error_for(answer: Answer, *, ctx: Context) -> ConnectorError:
    """The error for a token endpoint's refusal; only the fixed error name is kept."""
    try:
        body: Mapping[str, object] = answer.json_object()
    except ProtocolViolation:
        body = {}
    name = body.get("error")
    known = _OAUTH_RECONNECT | _OAUTH_APP | _OAUTH_DOWN
    name = name if isinstance(name, str) and name in known else None
    detail = f"Hootsuite's token endpoint answered {answer.status} {name or ''}".strip()
    if answer.status == 429:
        return RateLimited(retry_at(answer, code=0, now=ctx.now()), detail, vendor_code=name)
    if answer.status >= 500 or answer.status == 408 or name in _OAUTH_DOWN:
        return VendorUnavailable(detail, vendor_code=name)
    if name in _OAUTH_RECONNECT:
        return ReauthRequired(detail, vendor_code=name)
    if name in _OAUTH_APP or answer.status == 401:
        return ConfigurationInvalid(
            detail,
            message="Hootsuite does not accept the client ID, secret or scopes; an administrator must correct them.",
            vendor_code=name,
        )
    return ProtocolViolation(detail, vendor_code=name)
