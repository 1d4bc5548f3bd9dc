"""BambooHR's refusals, sorted into the errors of the contract."""

from connectors.sdk.directories import refusal, retry_at
from connectors.sdk.errors import ConnectorError, RateLimited
from connectors.sdk.http import Answer
from connectors.sdk.models import Context


def error_for(answer: Answer, *, ctx: Context) -> ConnectorError:
    """The error for an answer that is no success."""
    # Until 16 September 2026 too many calls were answered with 503, as planned changes of the documentation say.
    if answer.status == 503 and answer.headers.get("retry-after"):
        return RateLimited(retry_at(answer, now=ctx.now()), "BambooHR answered 503 with Retry-After")
    return refusal(answer, ctx=ctx, system="BambooHR")
