"""What one try of the visible step proves, from what the connector raised or returned. Pure."""

from __future__ import annotations

from connectors.sdk.errors import (
    CapabilityMissing,
    ConfigurationInvalid,
    ConnectorError,
    RateLimited,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    VendorUnavailable,
)
from connectors.sdk.models import Published
from services.core.shares.rules import Outcome, OutcomeKind


def _words(error: ConnectorError) -> str:
    """A vendor's words, without the one character that a database cannot keep."""
    return error.message.replace("\0", "")


def of_answer(published: Published) -> Outcome:
    """The vendor answered with its own id: it is out."""
    return Outcome(
        OutcomeKind.PUBLISHED,
        "published",
        external_id=published.external_id.replace("\0", ""),
        permalink=published.permalink,
    )


def of_error(error: BaseException) -> Outcome:
    """Classified by proof of non-send, never by a list of bad errors: what proves nothing is unknown."""
    match error:
        case RateLimited():
            return Outcome(OutcomeKind.NOT_SENT, error.code, message=_words(error), retry_at=error.retry_at)
        case VendorUnavailable():
            return Outcome(OutcomeKind.NOT_SENT, error.code, message=_words(error))
        case Rejected():
            return Outcome(
                OutcomeKind.REFUSED, error.code, message=_words(error), hint_external_id=error.hint_external_id
            )
        case CapabilityMissing():
            return Outcome(OutcomeKind.REFUSED, error.code, message=_words(error))
        case ReauthRequired() | ScopeMissing():
            return Outcome(OutcomeKind.NEEDS_PERSON, error.code, message=_words(error))
        case ConfigurationInvalid():
            return Outcome(OutcomeKind.NEEDS_ADMINISTRATOR, error.code, message=_words(error))
        case _:
            return Outcome(OutcomeKind.UNKNOWN, getattr(error, "code", type(error).__name__))


#: The process was not fast enough (frozen, perhaps) between arming and sending: it must not wake up and post.
STARTED_TOO_LATE = Outcome(OutcomeKind.NOT_SENT, "started_too_late")

#: Whether the attempt was armed is not known (the database went away); that nothing was sent is.
ARMING_UNSURE = Outcome(OutcomeKind.NOT_SENT, "arming_unsure")

#: The connector of this publication is not installed (any more).
CONNECTOR_GONE = Outcome(OutcomeKind.NEEDS_ADMINISTRATOR, "connector_not_installed")
