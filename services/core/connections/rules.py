"""Pure decisions about access: when it is renewed, what of a network's answer is kept, when its person is reminded."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.sdk.errors import ProtocolViolation
from connectors.sdk.models import Credentials

#: No network gives access for longer; an end beyond it is a misread number (seconds taken for days, and the like).
LONGEST_LIFE = timedelta(days=400)

#: Days before the end at which only the person can act, and is reminded.
REMINDERS = (14, 7, 1)

_LONG_LIFE = timedelta(days=14)
_LONG_REST = timedelta(days=7)
_FIRST_RETRY = timedelta(minutes=1)
_LAST_RETRY = timedelta(hours=6)


@dataclass(frozen=True)
class Terms:
    """What credentials allow, as far as it may stand in the open."""

    scopes: list[str]
    token_expires_at: datetime | None
    is_renewable: bool
    renew_at: datetime | None
    grant_ends_at: datetime | None


def terms(credentials: Credentials, *, can_renew: bool, now: datetime, token_min: timedelta) -> Terms:
    """Read them off ``credentials``; ``can_renew`` says whether the connector can, given a refresh token.

    ``grant_ends_at`` is None where the network names no end.
    """
    is_renewable = can_renew and bool(credentials.refresh_token)
    ends_at = credentials.expires_at
    return Terms(
        scopes=sorted(credentials.scopes),
        token_expires_at=ends_at,
        is_renewable=is_renewable,
        renew_at=ends_at - rest_at_renewal(ends_at - now, token_min=token_min) if is_renewable and ends_at else None,
        grant_ends_at=credentials.refresh_expires_at if is_renewable else ends_at,
    )


def rest_at_renewal(life: timedelta, *, token_min: timedelta) -> timedelta:
    """How much of a token's life is left when it is renewed.

    A fifth; of one that lives two weeks or longer at least 7 days. Never less than what a post needs (``token_min``),
    as long as that leaves half of the life to be used.
    """
    life = max(life, timedelta(0))
    rest = max(life / 5, _LONG_REST) if life >= _LONG_LIFE else life / 5
    return max(rest, min(token_min * 2, life / 2))


def retry_in(left: timedelta | None, *, chance: float | None = None) -> timedelta:
    """When to try to renew again after a failure that is nobody's: a tenth of what is left, 1 minute to 6 hours."""
    rest = _LAST_RETRY if left is None else left / 10
    share = random.random() if chance is None else chance  # noqa: S311  # spreads load, keeps no secret
    return min(max(rest, _FIRST_RETRY), _LAST_RETRY) * (0.75 + share / 2)


def check_life(credentials: Credentials, *, now: datetime) -> None:
    """Refuse an end that no network means; raise ProtocolViolation. Nothing of such an answer is kept."""
    for ends_at in (credentials.expires_at, credentials.refresh_expires_at):
        if ends_at is not None and ends_at - now > LONGEST_LIFE:
            raise ProtocolViolation(f"access that lasts until {ends_at:%Y}, which is over {LONGEST_LIFE.days} days")
    if not credentials.access_token:
        raise ProtocolViolation("an answer without an access token")


def keep_refresh(old: Credentials, new: Credentials) -> Credentials:
    """The new credentials, with the old refresh token if they bring none: an empty one is never written."""
    if not new.refresh_token:
        new = replace(new, refresh_token=old.refresh_token)
    return replace(
        new,
        refresh_expires_at=new.refresh_expires_at or old.refresh_expires_at,
        scopes=new.scopes or old.scopes,
    )


def due_reminder(left: timedelta, *, reminded_days: int | None) -> int | None:
    """Which reminder is due when ``left`` remains; None if none is, or it was sent."""
    reached = [days for days in REMINDERS if left <= timedelta(days=days)]
    if left <= timedelta(0) or not reached:
        return None
    days = min(reached)
    return days if reminded_days is None or days < reminded_days else None
