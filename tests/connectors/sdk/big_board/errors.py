"""Big Board's refusals, sorted into the errors of the contract by what must happen next."""

from datetime import timedelta

from connectors.sdk import (
    Answer,
    ConfigurationInvalid,
    ConnectorError,
    Context,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    Rejected,
    VendorUnavailable,
)

_DEFAULT_WAIT_SECONDS = 60
_WRONG_KEY = "Big Board does not take the key; an administrator must set it anew."
#: What stands beside a 404 for what is not there any more. A vendor without codes has the status alone.
_GONE = "not_found"


def error_for(answer: Answer, *, ctx: Context, visible: bool) -> ConnectorError:
    """The error for an answer that is no success; `visible` says that the call was the visible step."""
    detail = f"Big Board answered {answer.status}"
    if answer.status == 429:
        return RateLimited(ctx.now() + timedelta(seconds=_wait_seconds(answer)), detail)
    if answer.status == 401:
        return ConfigurationInvalid(detail, message=_WRONG_KEY)
    # 408 says that the vendor waited for us: it proves nothing.
    if 400 <= answer.status < 500 and answer.status != 408:
        return refusal(answer, detail=detail)
    if visible:
        return OutcomeUnknown(detail)
    if answer.status >= 500 or answer.status == 408:
        return VendorUnavailable(detail)
    return ProtocolViolation(detail)


def is_gone(answer: Answer) -> bool:
    """Whether the thing itself is gone: an address that the vendor does not know is 404 too, without the code."""
    try:
        return answer.status == 404 and answer.json_object().get("code") == _GONE
    except ProtocolViolation:
        return False


def refusal(answer: Answer, *, detail: str) -> ConnectorError:
    """What the vendor means by a 4xx; never with words of the vendor's answer that could hold a secret."""
    return Rejected("refused", "Big Board refused this item.", detail=detail)


def _wait_seconds(answer: Answer) -> int:
    wait = answer.headers.get("retry-after", "")
    return int(wait) if wait.isdecimal() and len(wait) < 6 else _DEFAULT_WAIT_SECONDS
