"""LinkedIn's refusals, sorted into the errors of the contract."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

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
from connectors.sdk.models import Secret

_POST_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):[0-9]+")
_DUPLICATE_WORDS = re.compile(r"duplicate of urn:li:", re.IGNORECASE)
_UNVERIFIED_WORDS = re.compile(r"\bverif", re.IGNORECASE)
_DAY_WORDS = re.compile(r"\bday\b|\bdaily\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_WAIT = timedelta(days=7)


#: A post whose file is not ready is refused, and may be sent again later; the second of the two is named in words only.
_STILL_WORKING = frozenset({"MEDIA_ASSET_WAITING_UPLOAD", "MEDIA_ASSET_PROCESSING"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """What LinkedIn says in an error body, in either of its shapes, or nothing when the body is unreadable."""

    code: str | None
    message: str
    codes: frozenset[str]


def read_refusal(answer: Answer, *, hide: Secret | None = None) -> Refusal:
    """Reads an error body as far as it can be read; bodies on 5xx and behind proxies are often no JSON."""
    try:
        body = answer.json_object()
    except ProtocolViolation:
        return Refusal(code=None, message="", codes=frozenset())
    code = body.get("code")
    code = code if isinstance(code, str) and code else None
    words = body.get("message")
    details = body.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    inner = {str(item["code"]) for item in inputs or () if isinstance(item, dict) and "code" in item}
    return Refusal(
        code=code or next(iter(sorted(inner)), None),
        message=_words(words if isinstance(words, str) else "", hide),
        codes=frozenset(inner | ({code} if code else set())),
    )


def _words(text: str, hide: Secret | None) -> str:
    if hide:
        text = text.replace(hide.reveal(), "…")
    return _CONTROL.sub(" ", text).strip()[:300]


def next_reset_at(now: datetime) -> datetime:
    """LinkedIn's daily counters start anew at 00:00 UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def retry_at(answer: Answer, *, now: datetime) -> datetime:
    """Retry-After is not documented; where it is there (seconds or a date), it is more precise than the reset."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        at = now + timedelta(seconds=int(value)) if value.isdecimal() else parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return next_reset_at(now)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at if now <= at <= now + _LONGEST_WAIT else next_reset_at(now)


def error_for(answer: Answer, *, now: datetime, visible: bool, hide: Secret | None = None) -> ConnectorError:
    """The error for an answer that is no success.

    `visible` says that the call was the visible step: then only what LinkedIn documents as a refusal is one, and
    everything else leaves the outcome open. Status table: "Error handling" of LinkedIn's API guide, and answers seen
    by others up to 2026-10.
    """
    refusal = read_refusal(answer, hide=hide)
    code = refusal.code
    detail = f"LinkedIn answered {answer.status} {code or ''}: {refusal.message}".strip(" :")
    match answer.status:
        case 400 if code == "VERSION_MISSING":
            return ConfigurationInvalid(detail, vendor_code=code)
        case 400 if refusal.codes & _STILL_WORKING:
            return VendorUnavailable(detail, vendor_code=code)
        case 426:
            return ConfigurationInvalid(
                detail,
                message="LinkedIn no longer (or not yet) serves the API version that is set; an administrator must"
                " change the setting “api_version”.",
                vendor_code=code,
            )
        case 401:
            return ReauthRequired(detail, vendor_code=code)
        case 403:
            return ScopeMissing(detail, vendor_code=code)
        case 404:
            return ConfigurationInvalid(detail, vendor_code=code)
        case 429:
            # Seen 2026-10: a cap of its own for members who have not verified their identity.
            words = (
                "LinkedIn lets you post only a little each day until you have verified your identity there; we"
                " continue by ourselves tomorrow."
                if _UNVERIFIED_WORDS.search(refusal.message)
                else None
            )
            return RateLimited(retry_at(answer, now=now), detail, message=words, vendor_code=code)
        case 422 if "DUPLICATE_POST" in refusal.codes or _DUPLICATE_WORDS.search(refusal.message):
            named = _POST_URN.search(refusal.message)
            return Rejected(
                "duplicate_post",
                "LinkedIn refuses this post because you posted the same text a short while ago. Please put it into"
                " your own words.",
                detail=detail,
                # Seen naming posts that no longer exist (2026-05): a hint, no proof.
                hint_external_id=named.group() if named else None,
                vendor_code=code,
            )
        case 400 | 422:
            return Rejected(
                (code or "invalid_request").lower(),
                refusal.message or "LinkedIn refused this post without saying why.",
                detail=detail,
                vendor_code=code,
            )
        case 411 | 414:
            return ProtocolViolation(detail, vendor_code=code)
    if visible:
        # Among them 409, which LinkedIn's page tells to retry: after a lost first answer that could double the post.
        return OutcomeUnknown(detail, vendor_code=code)
    if answer.status >= 500 or answer.status in {408, 409}:
        return VendorUnavailable(detail, vendor_code=code)
    return ProtocolViolation(detail, vendor_code=code)


def upload_error_for(
    answer: Answer, *, now: datetime, hide: Secret | None = None, is_signed_address: bool = False
) -> ConnectorError:
    """The error for a file that LinkedIn did not take; nothing of it is visible, so that a new try harms nobody.

    A signed address that is refused or gone says nothing of the person's rights: a new try gets a new one.
    """
    refusal = read_refusal(answer, hide=hide)
    detail = f"LinkedIn answered {answer.status} {refusal.code or ''} to a file: {refusal.message}".strip(" :")
    if "EXPIRED_UPLOAD_URL" in refusal.codes or (is_signed_address and answer.status in {403, 404, 410}):
        return VendorUnavailable(detail, vendor_code=refusal.code)
    if answer.status in {400, 413, 415, 422} and not refusal.codes & (_STILL_WORKING | {"VERSION_MISSING"}):
        words = refusal.message or "LinkedIn refused this file without saying why."
        return Rejected("media_not_accepted", words, detail=detail, vendor_code=refusal.code)
    return error_for(answer, now=now, visible=False, hide=hide)


def comment_error_for(answer: Answer, *, now: datetime, hide: Secret | None = None) -> ConnectorError:
    """The error for a comment that is not there; as for a post, only a documented refusal is one."""
    refusal = read_refusal(answer, hide=hide)
    detail = f"LinkedIn answered {answer.status} {refusal.code or ''} to a comment: {refusal.message}".strip(" :")
    if answer.status == 403:
        return comments_not_granted(detail)
    if answer.status == 404:
        return Rejected(
            "post_not_found", "LinkedIn does not find the post to comment on.", detail=detail, vendor_code=refusal.code
        )
    if answer.status == 429 and "retry-after" not in answer.headers and not _DAY_WORDS.search(refusal.message):
        # Comments have a throttle of one minute beside the limits of the day.
        return RateLimited(now + timedelta(minutes=1), detail, vendor_code=refusal.code)
    return error_for(answer, now=now, visible=True, hide=hide)


def comments_not_granted(detail: str) -> ScopeMissing:
    """Posting works as before: only comments need what LinkedIn grants after a review."""
    return ScopeMissing(
        detail,
        message="LinkedIn does not let this application write comments for you; the post itself is not affected.",
    )


def page_not_granted(detail: str) -> ScopeMissing:
    """Numbers of a page are for its administrators, through an application that LinkedIn has reviewed."""
    return ScopeMissing(
        detail,
        message="LinkedIn shows the numbers of a company page only to its administrators: the account must have that"
        " role on the page, and must be connected with the permission rw_organization_admin.",
    )


def token_error_for(answer: Answer, *, now: datetime, refreshing: bool) -> ConnectorError:
    """The error for a token endpoint's refusal. Table: "Authorization code flow" of LinkedIn's pages.

    Only the fixed error name is kept: the description may quote what was sent.
    """
    try:
        body = answer.json_object()
    except ProtocolViolation:
        body = {}
    name = body.get("error")
    name = name if isinstance(name, str) and re.fullmatch(r"[a-z_]{1,40}", name) else None
    detail = f"LinkedIn's token endpoint answered {answer.status} {name or ''}".strip()
    if answer.status == 429:
        return RateLimited(retry_at(answer, now=now), detail, vendor_code=name)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail, vendor_code=name)
    if name == "invalid_client":
        return ConfigurationInvalid(
            detail,
            message="LinkedIn does not accept the client ID or secret; an administrator must correct them.",
            vendor_code=name,
        )
    if name in {"invalid_grant", "invalid_redirect_uri"}:
        return ReauthRequired(detail, vendor_code=name)
    if name == "invalid_request":
        # 401 is an unknown or used code. 400 is a missing parameter, except on refresh, where it is a dead token.
        if answer.status == 401 or refreshing:
            return ReauthRequired(detail, vendor_code=name)
        return ConfigurationInvalid(detail, vendor_code=name)
    return ProtocolViolation(detail, vendor_code=name)
