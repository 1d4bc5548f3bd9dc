"""Which numbers there are of a post, and what can be said when they cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.models import Metric, MissingReason
from services.core.connections.models import Connection, ConnectionState
from services.core.measurement.models import MetricSnapshot
from services.core.shares.models import Publication, PublicationState

#: What we ask networks for, of every post.
METRICS = (Metric.IMPRESSIONS, Metric.REACTIONS, Metric.COMMENTS, Metric.RESHARES)

NOT_CONNECTED = "not_connected"
REAUTH_REQUIRED = "reauth_required"
NOT_PUBLISHED = "not_published"
NO_VENDOR_ID = "no_vendor_id"
NOT_READ_YET = "not_read_yet"


@dataclass(frozen=True)
class LastNumber:
    """The last number of one metric, or the reason why there is none."""

    metric: Metric
    value: int | None = None
    taken_at: datetime | None = None
    #: Set when it cannot be read any more: it is as it was then.
    stale_since: datetime | None = None
    #: Why there is no number, or none that is newer.
    reason: str | None = None


def why_unreadable(publication: Publication, connection: Connection, *, can_read: bool, now: datetime) -> str | None:
    """Why the network cannot be asked for the numbers of a post (any more); None if it can."""
    if publication.state is not PublicationState.PUBLISHED:
        return NOT_PUBLISHED
    if publication.external_id is None:
        return NO_VENDOR_ID
    if not can_read:
        return MissingReason.NOT_SUPPORTED
    return why_no_access(connection, now=now)


def why_no_access(connection: Connection, *, now: datetime) -> str | None:
    """Why a connection lets us read nothing; None if it does."""
    if connection.state is ConnectionState.NEEDS_RECONNECT:
        return REAUTH_REQUIRED
    if connection.state is not ConnectionState.ACTIVE:
        return NOT_CONNECTED
    ends_at = connection.token_expires_at
    if ends_at is not None and ends_at <= now and not connection.is_renewable:
        return REAUTH_REQUIRED
    return None


def last_numbers(snapshots: Sequence[MetricSnapshot], *, why_not: str | None) -> list[LastNumber]:
    """The last number of each metric from all readings, the newest first. A number once read is never lost."""
    return [_last(metric, snapshots, why_not) for metric in METRICS]


def _last(metric: Metric, snapshots: Sequence[MetricSnapshot], why_not: str | None) -> LastNumber:
    newest_reason = snapshots[0].missing.get(metric.value) if snapshots else None
    for snapshot in snapshots:
        if metric.value in snapshot.counts:
            reason = why_not or newest_reason
            return LastNumber(
                metric,
                value=snapshot.counts[metric.value],
                taken_at=snapshot.taken_at,
                stale_since=snapshot.taken_at if reason else None,
                reason=reason,
            )
    return LastNumber(metric, reason=newest_reason or why_not or NOT_READ_YET)
