"""What to do about a failed job that may be repeated: reads, mails, follow-ups. Never the visible step. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.sdk.errors import ConnectorError, RateLimited, VendorUnavailable
from services.core.shares.rules import retry_delay

MOST_RETRIES = 12


@dataclass(frozen=True)
class Decision:
    """Try again after ``delay``, or not at all (None)."""

    delay: timedelta | None


def decide(error: Exception, *, attempt: int, now: datetime) -> Decision:
    """Turn an error and the number of tries so far into a decision."""
    if attempt >= MOST_RETRIES:
        return Decision(None)
    if isinstance(error, RateLimited):
        return Decision(max(error.retry_at - now, timedelta(seconds=1)))
    if isinstance(error, ConnectorError) and not isinstance(error, VendorUnavailable):
        return Decision(None)
    return Decision(retry_delay(attempt))
