"""Pure decisions about platforms: which settings, which moves, what an answer proves, what a month costs."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from connectors.sdk.addresses import problem_of
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
from connectors.sdk.manifest import CostBasis, Manifest
from connectors.sdk.models import ContentState, Metric
from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Text
from services.core.platforms.models import PushState

_UNKNOWN_SETTING = Text(
    en="{platform} has no such setting. It has: {known}.", he="ל-{platform} אין הגדרה כזו. קיימות: {known}."
)
_MISSING_SETTING = Text(en="“{title}” is required.", he="נדרש ערך עבור „{title}”.")
_NO_ADDRESS = Text(
    en="Give a complete https address on a public host, port 443 or 8443, without a user name in it.",
    he="יש לתת כתובת https מלאה בשרת ציבורי, ביציאה 443 או 8443, וללא שם משתמש בתוכה.",
)
_OPERATORS_OWN = Text(
    en="Leave this out: whoever runs this installation has set where this platform is.",
    he="יש להשמיט הגדרה זו: מפעיל המערכת קבע היכן נמצאת הפלטפורמה.",
)
#: Connectors that reach nobody.
_REHEARSALS = frozenset({"demo"})


def settings_problems(
    manifest: Manifest, given: Mapping[str, str], *, operators: Mapping[str, str], allow: Collection[str] = ()
) -> list[FieldProblem]:
    """What is wrong with an organization's settings; ``operators`` are those that the installation gives.

    Addresses lead to public hosts alone, and to the ``host:port`` pairs of ``allow``: our own network is not reached
    through somebody's setting. Names are looked up when they are connected to. Where the operator has given a secret,
    an organization gives no address at all: the secret would go there.
    """
    known = {setting.name: setting for setting in manifest.settings}
    values: dict[str, object] = {"platform": manifest.title, "known": ", ".join(sorted(known)) or "-"}
    problems = [
        FieldProblem(f"/settings/{name}", "unknown_setting", _UNKNOWN_SETTING, values)
        for name in sorted(given.keys() - known.keys())
    ]
    problems += [
        FieldProblem(f"/settings/{name}", "not_public", _NO_ADDRESS)
        for name, value in sorted(given.items())
        if _is_address(name, value) and problem_of(value, allow=allow)
    ]
    if any(setting.secret and operators.get(setting.name) for setting in manifest.settings):
        problems += [
            FieldProblem(f"/settings/{name}", "operators_own", _OPERATORS_OWN)
            for name, value in sorted(given.items())
            if _is_address(name, value) and not problem_of(value, allow=allow)
        ]
    problems += [
        FieldProblem(f"/settings/{name}", "missing", _MISSING_SETTING, {"title": known[name].title})
        for name in manifest.missing_settings({**operators, **given})
    ]
    return problems


def _is_address(name: str, value: str) -> bool:
    return "://" in value or name.endswith("_url")


def leads_elsewhere(stored: Mapping[str, str], changes: Mapping[str, str | None]) -> bool:
    """Whether a change gives, removes or replaces an address."""
    return any(
        value != stored.get(name) and (_is_address(name, value or "") or _is_address(name, stored.get(name, "")))
        for name, value in changes.items()
    )


def is_rehearsal(manifest: Manifest, settings: Mapping[str, str]) -> bool:
    """Whether the connector reaches nobody: the demo, or a simulator on this machine."""
    effective = {setting.name: settings.get(setting.name) or setting.default or "" for setting in manifest.settings}
    addresses = [value for value in effective.values() if "://" in value]
    return manifest.slug in _REHEARSALS or (bool(addresses) and all(_is_this_machine(one) for one in addresses))


def _is_this_machine(value: str) -> bool:
    host = urlsplit(value).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


#: States in which a push lies in the platform, or may.
IN_PLATFORM = frozenset({PushState.LIVE, PushState.SCHEDULED, PushState.AWAITING_REVIEW, PushState.DRAFT})
#: States in which a push takes its place: another one of the same item would be seen twice.
TAKES_PLACE = IN_PLATFORM | {PushState.PLANNED, PushState.PUSHING, PushState.UNKNOWN}

_SETTLED = IN_PLATFORM | {PushState.FAILED, PushState.WITHDRAWN, PushState.EXPIRED}

#: Every move a push may make; all others raise. Nothing leads from ``unknown`` to a state that sends.
MOVES: dict[PushState, frozenset[PushState]] = {
    PushState.PLANNED: frozenset({PushState.PUSHING, PushState.FAILED, PushState.WITHDRAWN, PushState.EXPIRED}),
    # Back to planned only with proof that nothing was sent.
    PushState.PUSHING: _SETTLED | {PushState.UNKNOWN, PushState.PLANNED},
    PushState.UNKNOWN: _SETTLED,
    **dict.fromkeys(IN_PLATFORM, _SETTLED),
    PushState.FAILED: frozenset(),
    PushState.WITHDRAWN: frozenset(),
    PushState.EXPIRED: frozenset(),
}

STATE_OF = {
    ContentState.LIVE: PushState.LIVE,
    ContentState.SCHEDULED: PushState.SCHEDULED,
    ContentState.AWAITING_REVIEW: PushState.AWAITING_REVIEW,
    ContentState.DRAFT: PushState.DRAFT,
    ContentState.FAILED: PushState.FAILED,
    ContentState.EXPIRED: PushState.EXPIRED,
    ContentState.WITHDRAWN: PushState.WITHDRAWN,
}

#: After so long, counted from when the outcome became unknown, the platform is asked; then a person has to say.
LOOK_UPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
#: How often what waits inside a platform is looked at again, and what is live.
_LOOK_AGAIN = {
    PushState.SCHEDULED: timedelta(hours=1),
    PushState.AWAITING_REVIEW: timedelta(hours=1),
    PushState.DRAFT: timedelta(days=1),
    PushState.LIVE: timedelta(days=1),
}
MOST_TRIES = 12
#: Times in a row that an audience sync may get nowhere before it fails: about three hours.
MOST_SYNC_TRIES = 8
UNEXPECTED = "unexpected_error"
GAVE_UP = "interrupted_too_often"

#: Why a push waits: its platform cannot be used as it stands.
NOT_USABLE = "platform_not_usable"
#: Why a push is still there although it was to be taken back: people have to remove it in the platform.
WITHDRAW_BY_HAND = "withdraw_by_hand"
#: After the first word to whoever has to remove it, it is said again after so long each time, and then no more.
_REMINDERS = (timedelta(days=1), timedelta(days=3), timedelta(days=7))


def may_move(state: PushState, wanted: PushState) -> bool:
    """Whether the table has this move; a state may always stay."""
    return state is wanted or wanted in MOVES[state]


def look_again_in(state: PushState) -> timedelta | None:
    """When a push in this state is looked at again; None: never."""
    return _LOOK_AGAIN.get(state)


def next_look_up(unknown_at: datetime, *, look_ups: int) -> datetime | None:
    """When the platform is asked again after so many looks; None after the last."""
    return unknown_at + LOOK_UPS[look_ups] if look_ups < len(LOOK_UPS) else None


def try_again_in(tries: int) -> timedelta:
    """How long to wait after so many tries that did nothing: a minute, doubled, an hour at the most."""
    return min(timedelta(minutes=2 ** min(tries, 10)), timedelta(hours=1))


def remind_again_in(reminders: int) -> timedelta | None:
    """When a removal by hand is told again after so many times; None after the last."""
    return _REMINDERS[reminders] if reminders < len(_REMINDERS) else None


class Proof(StrEnum):
    """What an error of the visible step proves."""

    NOT_SENT = "not_sent"
    REFUSED = "refused"
    #: Nothing was sent, and somebody has to put the account right first.
    NOT_LET_IN = "not_let_in"
    NOTHING = "nothing"


#: Reasons why a push waits for somebody to put the platform right; then it is tried at once.
WAITS_FOR_PEOPLE = frozenset(
    {NOT_USABLE, *(one.family for one in (ReauthRequired, ScopeMissing, ConfigurationInvalid))}
)


def proof_of(error: BaseException) -> Proof:
    """By proof of non-send, never by a list of bad errors: what proves nothing leaves the outcome unknown."""
    match error:
        case RateLimited() | VendorUnavailable():
            return Proof.NOT_SENT
        case Rejected() | CapabilityMissing():
            return Proof.REFUSED
        case ReauthRequired() | ScopeMissing() | ConfigurationInvalid():
            return Proof.NOT_LET_IN
        case _:
            return Proof.NOTHING


def words_of(error: BaseException) -> str:
    """A connector's words, without the one character that a database cannot keep."""
    return error.message.replace("\0", "") if isinstance(error, ConnectorError) else type(error).__name__


#: What would be removed may be this many people, or this share of those we have let in.
SAFE_REMOVALS = 5
SAFE_SHARE = 0.1


def is_unsafe(*, removals: int, members: int) -> bool:
    """Whether a comparison would throw out so many that somebody has to look first."""
    return removals > SAFE_REMOVALS and removals > members * SAFE_SHARE


def diff_hash(to_add: Iterable[str], to_remove: Iterable[str]) -> str:
    """Names one difference: who confirms it confirms these very people."""
    text = "|".join([",".join(sorted(to_add)), ",".join(sorted(to_remove))])
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Cost:
    """What a month costs, and what that rests on."""

    units: int
    amount: Decimal | None
    #: Stable codes, see ``texts.ASSUMPTIONS``.
    assumptions: tuple[str, ...] = ()


def cost_of(basis: CostBasis | None, *, price: Decimal | None, units: int) -> Cost:
    """The cost of so many seats or posts; without a price or a basis the amount is not known, which is not 0."""
    match basis:
        case None:
            return Cost(units, None, ("basis_unknown",))
        case CostBasis.FREE:
            return Cost(units, Decimal(0), ("free",))
        case CostBasis.FLAT:
            return Cost(1, price, ("flat",) if price is not None else ("price_unknown",))
        case _:
            amount = price * units if price is not None else None
            return Cost(units, amount, () if price is not None else ("price_unknown",))


#: Numbers of what a platform's own people do; the others are made by the public.
_BY_MEMBERS = frozenset({Metric.VIEWS, Metric.SHARES, Metric.SHARERS})
SMALL_GROUP = "small_group"


def show_counts(
    counts: Mapping[str, int], missing: Mapping[str, str], *, k: int
) -> tuple[dict[str, int], dict[str, str]]:
    """Counts that may be shown to others than the people behind them; the rest is missing with a reason.

    Each number stands on ``k`` people at least. The vendor's number of sharers says how many; the number of shares is
    never smaller, so that fewer shares than ``k`` are fewer people too. Where it does not say that there are enough,
    what its people do is not shown.
    """
    people = counts.get(Metric.SHARERS)
    at_most = people if people is not None else counts.get(Metric.SHARES)
    if at_most is not None and at_most < k:
        return {}, {**missing, **dict.fromkeys(counts, SMALL_GROUP)}
    hidden = [name for name in counts if people is None and name in _BY_MEMBERS]
    shown = {name: count for name, count in counts.items() if name not in hidden}
    return shown, {**missing, **dict.fromkeys(hidden, SMALL_GROUP)}


#: What is asked of platforms about each item.
METRICS = tuple(Metric)
_FRESH = timedelta(days=2)


def next_reading(pushed_at: datetime, *, now: datetime) -> datetime:
    """When numbers are read again: each hour in the first two days, then each day."""
    return now + (timedelta(hours=1) if now - pushed_at < _FRESH else timedelta(days=1))


def sums(rows: Sequence[Mapping[Metric, int]]) -> dict[str, int]:
    """What rows of a report add up to, by metric."""
    added: dict[str, int] = {}
    for row in rows:
        for metric, count in row.items():
            added[metric.value] = added.get(metric.value, 0) + count
    return added


def names(values: Collection[str]) -> str:
    """A list for a sentence."""
    return ", ".join(sorted(values)) or "-"
