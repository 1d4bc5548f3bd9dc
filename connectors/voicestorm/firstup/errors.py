"""Firstup's refusals, sorted into the errors of the contract. Statuses: its page "Responses"; bodies are not known."""

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
from connectors.voicestorm import words

#: Where other APIs keep their words; which of them Firstup uses is not documented. `detail` and `scimType` are SCIM's.
_WORDS = ("message", "detail", "error_description", "error", "title")
_CODES = ("code", "scimType", "error")
#: A program may make 1,000 requests a minute.
_WINDOW_SECONDS = 60


def error_for(answer: Answer, ctx: Context, *, visible: bool = False) -> ConnectorError:
    """The error for an answer that is no success.

    `visible` says that the call was the visible step: then only a documented refusal is one, and everything else leaves
    the outcome open.
    """
    code, said = _read(answer, ctx)
    detail = f"Firstup answered {answer.status} {code or ''}: {said}".strip(" :")
    match answer.status:
        case 401:
            return ReauthRequired(detail, vendor_code=code)
        case 403:
            return ConfigurationInvalid(
                detail,
                message="Firstup does not let this application do that: its scopes or its role do not reach. Ask"
                " Firstup's support to add them.",
                vendor_code=code,
            )
        case 429:
            at = words.retry_at(answer.headers, now=ctx.now(), otherwise_seconds=_WINDOW_SECONDS)
            return RateLimited(at, detail, vendor_code=code)
        case 400:
            return _rejected(code, said, detail)
    if visible:
        return OutcomeUnknown(detail, vendor_code=code)
    if answer.status in {409, 422}:
        return _rejected(code, said, detail)
    if answer.status == 404:
        return ConfigurationInvalid(
            detail,
            message="Firstup does not know what was asked for; check the region, the address and the topic.",
            vendor_code=code,
        )
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail, vendor_code=code)
    return ProtocolViolation(detail, vendor_code=code)


def token_error_for(answer: Answer, ctx: Context) -> ConnectorError:
    """The error for a refused sign-in; only the fixed name is kept, the description may quote what was sent."""
    code, _ = _read(answer, ctx)
    detail = f"Firstup's sign-in answered {answer.status} {code or ''}".strip()
    if answer.status == 429:
        at = words.retry_at(answer.headers, now=ctx.now(), otherwise_seconds=_WINDOW_SECONDS)
        return RateLimited(at, detail, vendor_code=code)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail, vendor_code=code)
    if answer.status in {400, 401, 403, 404}:
        return ConfigurationInvalid(
            detail,
            message="Firstup does not accept the client ID or secret; check both, and the region.",
            vendor_code=code,
        )
    return ProtocolViolation(detail, vendor_code=code)


def _rejected(code: str | None, said: str, detail: str) -> Rejected:
    message = said or "Firstup refused this without saying why."
    return Rejected((code or "invalid_request").lower(), message, detail=detail, vendor_code=code)


def _read(answer: Answer, ctx: Context) -> tuple[str | None, str]:
    try:
        body = answer.json_object()
    except ProtocolViolation:
        return None, ""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else body.get("error")
    inner = first if isinstance(first, dict) else {"message": first} if isinstance(first, str) else {}
    said = [words.clean(ctx, source.get(name)) for source in (body, inner) for name in _WORDS]
    codes = [words.code(ctx, source.get(name)) for source in (body, inner) for name in _CODES]
    return next((code for code in codes if code), None), next((text for text in said if text), "")
