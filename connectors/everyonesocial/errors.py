"""EveryoneSocial's refusals, sorted into the errors of the contract."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from connectors.everyonesocial.manifest import API_TOKEN, MANIFEST, SCIM_TOKEN
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

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
#: Neither door documents its limits (vendor document section 4).
_DEFAULT_WAIT = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(days=1)


class Door(StrEnum):
    """The two services with their own hosts and tokens; the value is the setting that holds the token."""

    CONTENT = API_TOKEN
    SCIM = SCIM_TOKEN


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error body says, in whichever of the shapes it comes; empty when it is unreadable."""

    code: str | None
    message: str


def read_refusal(answer: Answer, *, hide: Iterable[str]) -> Refusal:
    """Reads the vendor's own error body, a gateway's or SCIM's. What a person reads never repeats a token."""
    try:
        body = answer.json_object()
    except ProtocolViolation:
        return Refusal(code=None, message="")
    secrets = [secret for secret in hide if secret]
    code = body.get("scimType") or body.get("reason")
    words = [body.get("message"), body.get("detail")]
    more = body.get("additional_info")
    words += more if isinstance(more, list) else []
    text = "; ".join(word for word in words if isinstance(word, str) and word)
    for secret in secrets:
        text = text.replace(secret, "…")
    is_code = isinstance(code, str) and _CODE.fullmatch(code) and not any(secret in code for secret in secrets)
    return Refusal(code=str(code) if is_code else None, message=_CONTROL.sub(" ", text).strip()[:300])


def retry_at(answer: Answer, *, now: datetime) -> datetime:
    """When to call again: by Retry-After (seconds or a date) where it is there, else after a minute."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        at = now + timedelta(seconds=int(value)) if value.isdecimal() else parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return now + _DEFAULT_WAIT
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at if now < at <= now + _LONGEST_WAIT else now + _DEFAULT_WAIT


def error_for(answer: Answer, *, ctx: Context, visible: bool, door: Door = Door.CONTENT) -> ConnectorError:
    """The error for an answer that is no success.

    `visible` says that the call was the visible step: then only a status that refuses is a refusal, and everything
    else leaves the outcome open. 400, 404, 405 and 500 are documented, 401, 403 and 429 are not and may come with a
    gateway's body, so that the status alone decides.
    """
    refusal = read_refusal(answer, hide=[ctx.settings.get(one.value, "") for one in Door])
    code = refusal.code
    service = "EveryoneSocial" if door is Door.CONTENT else "EveryoneSocial's SCIM service"
    detail = f"{service} answered {answer.status} {code or ''}: {refusal.message}".strip(" :")
    match answer.status:
        case 401:
            return ConfigurationInvalid(
                detail,
                message=f"{service} does not take the token that is set; an administrator must correct the setting"
                f" “{_title(door)}” ({door.value}).",
                vendor_code=code,
            )
        case 403:
            return ConfigurationInvalid(
                detail,
                message=f"{service} does not allow this to the token that is set ({door.value}). Access is switched on"
                " by EveryoneSocial's account team (API: beta; SCIM: Enterprise or Unlimited plan); an administrator"
                " must ask for it.",
                vendor_code=code,
            )
        case 429:
            return RateLimited(retry_at(answer, now=ctx.now()), detail, vendor_code=code)
        case 400 | 404 | 409 | 422 if not (visible and answer.status == 409):
            return Rejected(
                (code or ("not_found" if answer.status == 404 else "invalid_request")).lower(),
                refusal.message or "EveryoneSocial refused this without saying why.",
                detail=detail,
                vendor_code=code,
            )
    if visible:
        return OutcomeUnknown(detail, vendor_code=code)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail, vendor_code=code)
    return ProtocolViolation(detail, vendor_code=code)


def upload_error_for(answer: Answer, *, ctx: Context) -> ConnectorError:
    """The error for an upload form that was refused: another host, which knows no token of ours and writes XML."""
    detail = f"the file store of EveryoneSocial answered {answer.status}"
    if answer.status == 429:
        return RateLimited(retry_at(answer, now=ctx.now()), detail)
    if answer.status in {400, 413, 415}:
        return Rejected("media_not_accepted", "EveryoneSocial's file store refused this file.", detail=detail)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail)
    return ProtocolViolation(detail)


def _title(door: Door) -> str:
    return next(field.title for field in MANIFEST.settings if field.name == door.value)
