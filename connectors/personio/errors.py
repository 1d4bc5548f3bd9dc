"""Personio's refusals, sorted into the errors of the contract."""

from connectors.sdk.directories import refusal
from connectors.sdk.errors import ConfigurationInvalid, ConnectorError, ReauthRequired
from connectors.sdk.http import Answer
from connectors.sdk.models import Context


def error_for(answer: Answer, *, ctx: Context) -> ConnectorError:
    """The error for an answer that is no success."""
    if answer.status == 401:
        return ReauthRequired("Personio answered 401")
    return refusal(answer, ctx=ctx, system="Personio")


def token_error_for(answer: Answer, *, ctx: Context) -> ConnectorError:
    """The error for a refusal of the token endpoint (RFC 6749, section 5.2)."""
    if answer.status in (400, 401, 403):
        return ConfigurationInvalid(
            f"Personio's sign-in answered {answer.status}",
            message="Personio does not take the client ID or the secret, or these may not read persons; an"
            " administrator must correct them.",
        )
    return refusal(answer, ctx=ctx, system="Personio")
