"""VoiceStorm's refusals, sorted into the errors of the contract: a status, or 200 with `{"code": "error"}`."""

from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.models import Context
from connectors.voicestorm import words

#: Calls are counted in windows of ten minutes; the header says how many seconds are left.
_WINDOW_SECONDS = 600
_RESET_HEADER = "x-ratelimit-reset"


def read(answer: Answer, ctx: Context) -> dict[str, object]:
    """The body of a success; raises the error that the status or the envelope stands for.

    The vendor's own samples take any status but 200 for a failure.
    """
    body = _body(answer)
    if answer.status == 200 and body is not None and body.get("code", "success") == "success":
        return body
    if answer.status == 200 and body is None:
        raise ProtocolViolation("VoiceStorm answered 200 with a body that is no JSON object")
    raise error_for(answer, ctx)


def error_for(answer: Answer, ctx: Context) -> ConnectorError:
    """The error for an answer that is no success."""
    code, said = _said(answer, ctx)
    detail = f"VoiceStorm answered {answer.status} {code or ''}: {said}".strip(" :")
    match answer.status:
        case 401:
            return ReauthRequired(detail, vendor_code=code)
        case 429:
            return _rate_limited(answer, ctx, detail)
        case 403 | 404:
            return ConfigurationInvalid(detail, message=_NOT_ALLOWED, vendor_code=code)
        case _ if code == "not_enabled":
            return ConfigurationInvalid(detail, message=_NOT_ENABLED, vendor_code=code)
        case 200 | 400 | 409 | 422:
            message = said or "VoiceStorm refused this without saying why."
            return Rejected((code or "invalid_request").lower(), message, detail=detail, vendor_code=code)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail, vendor_code=code)
    return ProtocolViolation(detail, vendor_code=code)


def scim_error_for(answer: Answer, ctx: Context) -> ConnectorError:
    """The error of the SCIM side, whose token is a setting: no sign-in renews it."""
    if answer.status in {401, 403}:
        return ConfigurationInvalid(
            f"VoiceStorm's SCIM answered {answer.status}",
            message="VoiceStorm does not accept the SCIM token; make a new one on the console's API page and set it.",
        )
    return error_for(answer, ctx)


def token_error_for(answer: Answer, ctx: Context) -> ConnectorError:
    """The error for a refused sign-in, without the vendor's words, which may quote what was sent."""
    detail = f"VoiceStorm's token endpoint answered {answer.status}"
    if answer.status == 429:
        return _rate_limited(answer, ctx, detail)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail)
    return ConfigurationInvalid(
        detail,
        message="VoiceStorm does not accept the Access Token and Token Secret, or the address is not the community's.",
    )


_NOT_ALLOWED = "VoiceStorm does not let this access do that, or the address is not the community's."
_NOT_ENABLED = "This is switched off in the VoiceStorm community; its administrator can have it switched on."


def _rate_limited(answer: Answer, ctx: Context, detail: str) -> RateLimited:
    at = words.retry_at(answer.headers, now=ctx.now(), otherwise_seconds=_WINDOW_SECONDS, reset_header=_RESET_HEADER)
    return RateLimited(at, detail)


def _body(answer: Answer) -> dict[str, object] | None:
    try:
        return answer.json_object()
    except ProtocolViolation:
        return None


def _said(answer: Answer, ctx: Context) -> tuple[str | None, str]:
    body = _body(answer) or {}
    messages = body.get("messages")
    listed = [body.get("message"), *(messages if isinstance(messages, list) else ()), body.get("detail")]
    said = "; ".join(text for text in (words.clean(ctx, one) for one in listed) if text)
    return words.code(ctx, body.get("code") or body.get("scimType")), said[:300]
