"""Pure decisions about publications: which moves are allowed, what a check finds, what an outcome leads to."""

from __future__ import annotations

import hashlib
import random
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.core.shares.errors import MoveRefused
from services.core.shares.models import Publication
from services.core.shares.models import PublicationState as State
from services.core.shares.names import PUBLICATION_STATE_NAMES

#: Every move a publication may make; all others raise. Nothing leads from ``unknown`` to a state that sends.
MOVES: dict[State, frozenset[State]] = {
    # Held from the start: an editor reads it first.
    State.APPROVED: frozenset({State.SCHEDULED, State.HANDED_OVER, State.HELD, State.CANCELLED}),
    State.SCHEDULED: frozenset({State.CLAIMED, State.WAITING, State.HELD, State.MISSED, State.CANCELLED}),
    State.CLAIMED: frozenset(
        {State.SCHEDULED, State.SENDING, State.WAITING, State.HELD, State.MISSED, State.CANCELLED}
    ),
    # To waiting only with proof that nothing was sent, or after a refusal that the vendor documents.
    State.SENDING: frozenset({State.PUBLISHED, State.REJECTED, State.UNKNOWN, State.WAITING}),
    State.WAITING: frozenset({State.SCHEDULED, State.HELD, State.MISSED, State.CANCELLED}),
    State.HELD: frozenset({State.SCHEDULED, State.WAITING, State.HANDED_OVER, State.MISSED, State.CANCELLED}),
    # A late answer of the vendor may also say that it refused.
    State.UNKNOWN: frozenset({State.PUBLISHED, State.NOT_PUBLISHED, State.UNKNOWN_CLOSED, State.REJECTED}),
    State.HANDED_OVER: frozenset({State.PUBLISHED, State.MISSED, State.CANCELLED}),
    State.PUBLISHED: frozenset(),
    State.REJECTED: frozenset(),
    State.NOT_PUBLISHED: frozenset(),
    State.UNKNOWN_CLOSED: frozenset(),
    State.MISSED: frozenset(),
    State.CANCELLED: frozenset(),
}

#: What may be out without our knowing once a backup was restored: it was on its way, or came due since.
DOUBTFUL_AFTER_RESTORE = frozenset({State.SCHEDULED, State.CLAIMED, State.SENDING, State.WAITING, State.HELD})
for _state in DOUBTFUL_AFTER_RESTORE:
    # Only ``settling.doubt_after_restore`` makes these moves, from states that our own past has overtaken.
    MOVES[_state] |= {State.UNKNOWN}

#: States that a person's cancel can still catch.
CANCELLABLE = frozenset(state for state, targets in MOVES.items() if State.CANCELLED in targets)


def check_move(current: State, wanted: State) -> None:
    """Raise MoveRefused unless the table has this move."""
    if wanted not in MOVES[current]:
        raise MoveRefused(current=PUBLICATION_STATE_NAMES[current], wanted=PUBLICATION_STATE_NAMES[wanted])


@dataclass(frozen=True)
class WallTime:
    """The time a person chose, as they meant it, and the instant that follows."""

    local: datetime
    zone: str
    at: datetime
    #: ``exact``, ``shifted`` (the hour does not exist that day) or ``first`` (it happens twice).
    note: str


def resolve_wall_time(local: datetime, zone: str) -> WallTime:
    """The instant of a wall time: a missing hour shifts forward by the gap, a double hour means the first one."""
    place = ZoneInfo(zone)
    # fold=0 takes the offset before a change: in a gap that shifts forward, in a repeated hour it is the first.
    at = local.replace(tzinfo=place, fold=0).astimezone(ZoneInfo("UTC"))
    back = at.astimezone(place).replace(tzinfo=None)
    if back != local:
        note = "shifted"
    elif local.replace(tzinfo=place, fold=1).utcoffset() != local.replace(tzinfo=place, fold=0).utcoffset():
        note = "first"
    else:
        note = "exact"
    return WallTime(local, zone, at, note)


def canonical(document: dict[str, object]) -> bytes:
    """The exact bytes of what a person agrees to; the same document always gives the same bytes."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def content_hash(document: dict[str, object]) -> bytes:
    """SHA-256 of the exact bytes."""
    return hashlib.sha256(canonical(document)).digest()


def visible(text: str) -> str:
    """A text as two readers would call it the same: normal form, folded case, single spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).casefold()).strip()


def edited_ratio(text: str, offered: str) -> float:
    """How far a text is from the one offered: 0 the same, 1 nothing in common."""
    return round(1 - SequenceMatcher(None, visible(text), visible(offered), autojunk=False).ratio(), 4)


#: The disclosure stands within so many lines from the top.
DISCLOSURE_LINES = 3


def has_disclosure(text: str, disclosure: str) -> bool:
    """Whether the disclosure stands in the first lines, near the claim, and not only at the end."""
    first = [line for line in text.splitlines() if line.strip()][:DISCLOSURE_LINES]
    return visible(disclosure) in visible("\n".join(first))


class Hold(StrEnum):
    """Why a publication cannot go out now; stable codes for people and programs."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    LEFT = "person_left"
    LEFT_PROGRAM = "left_program"
    CONTENT_CHANGED = "content_changed"
    ITEM_WITHDRAWN = "item_withdrawn"
    PROGRAM_CLOSED = "program_closed"
    PROGRAM_PAUSED = "program_paused"
    TRAINING = "training_missing"
    POLICY_RULE = "policy_rule"
    #: A rule asks that an editor reads it first, and its person has agreed to that.
    POLICY_REVIEW = "policy_review"
    DISCONNECTED = "disconnected"
    OTHER_ACCOUNT = "other_account"
    CONNECTION = "connection_not_usable"
    TOKEN_ENDING = "token_ending"
    STOPPED = "stopped"
    PAUSED = "paused"
    EMBARGO = "embargo"
    TOO_LATE = "too_late"
    QUIET_HOURS = "quiet_hours"
    BUDGET = "budget"
    BREAKER = "breaker"
    CONNECTION_BUSY = "connection_busy"


@dataclass(frozen=True)
class Facts:
    """What a check looks at, read in one transaction."""

    organization_id: UUID
    now: datetime
    scheduled_at: datetime
    has_consent: bool
    is_employed: bool
    is_ambassador: bool
    is_same_content: bool
    is_item_open: bool
    program_state: str
    has_rule_hit: bool
    #: A rule asks for an editor, who has not read it yet, and its person has agreed to being read.
    needs_review: bool = field(default=False, kw_only=True)
    is_same_account: bool
    connection_state: str
    token_expires_at: datetime | None
    is_renewable: bool = False
    is_stopped: bool = False
    is_paused: bool = False
    #: Holds every certificate that the program asks for before sharing.
    is_certified: bool = True
    #: A rule or the item itself says: not before some later moment.
    is_embargoed: bool = False
    #: The end of the person's quiet hours, if it is quiet now.
    quiet_until: datetime | None = None
    #: When the vendor lets this account, or all of us, try again.
    not_before: datetime | None = None
    breaker_until: datetime | None = None


def with_breaker(facts: Facts, until: datetime) -> Facts:
    """The same facts about a publication whose vendor is let alone until ``until``."""
    return replace(facts, breaker_until=until)


@dataclass(frozen=True)
class Verdict:
    """What a check decides: go on (no state), or a state to move to and why."""

    state: State | None
    reason: Hold | None = None
    #: For ``waiting``: when to look again.
    until: datetime | None = None


GO = Verdict(None)


#: How long a publication waits for a token that is being renewed.
RENEWAL_WAIT = timedelta(seconds=5)


def check(facts: Facts, *, grace: timedelta, token_min: timedelta) -> Verdict:
    """Look at everything before anything is visible.

    Cancelling reasons come first, then lateness, then holds, then what passes by itself.
    """
    cancelling = (
        (not facts.has_consent, Hold.CONSENT_WITHDRAWN),
        (not facts.is_employed, Hold.LEFT),
        (not facts.is_ambassador, Hold.LEFT_PROGRAM),
        (not facts.is_same_content, Hold.CONTENT_CHANGED),
        (not facts.is_item_open, Hold.ITEM_WITHDRAWN),
        (facts.program_state == "closed", Hold.PROGRAM_CLOSED),
        (facts.connection_state == "revoked", Hold.DISCONNECTED),
        (not facts.is_same_account, Hold.OTHER_ACCOUNT),
    )
    for applies, reason in cancelling:
        if applies:
            return Verdict(State.CANCELLED, reason)
    if facts.now > facts.scheduled_at + grace:
        return Verdict(State.MISSED, Hold.TOO_LATE)
    is_ending = facts.token_expires_at is not None and facts.token_expires_at - facts.now < token_min
    holding = (
        (facts.is_stopped, Hold.STOPPED),
        (facts.is_paused, Hold.PAUSED),
        (facts.program_state not in ("quiet", "loud"), Hold.PROGRAM_PAUSED),
        (not facts.is_certified, Hold.TRAINING),
        (facts.has_rule_hit, Hold.POLICY_RULE),
        (facts.is_embargoed, Hold.EMBARGO),
        (facts.needs_review, Hold.POLICY_REVIEW),
        (facts.connection_state != "active", Hold.CONNECTION),
        (is_ending and not facts.is_renewable, Hold.TOKEN_ENDING),
    )
    for applies, reason in holding:
        if applies:
            return Verdict(State.HELD, reason)
    waiting = (
        (facts.quiet_until, Hold.QUIET_HOURS),
        # Renewed by ourselves in a moment.
        (facts.now + RENEWAL_WAIT if is_ending else None, Hold.TOKEN_ENDING),
        (facts.not_before, Hold.BUDGET),
    )
    for until, reason in waiting:
        if until is not None and until > facts.now:
            return Verdict(State.WAITING, reason, until)
    return GO


class OutcomeKind(StrEnum):
    """What we can prove about one try of the visible step."""

    PUBLISHED = "published"
    #: The vendor understood and said no.
    REFUSED = "refused"
    #: Nothing was sent, or the vendor documents that it did nothing: it may be tried again later.
    NOT_SENT = "not_sent"
    #: As NOT_SENT, but a person has to reconnect or grant more first.
    NEEDS_PERSON = "needs_person"
    #: As NOT_SENT, but an administrator has to correct a setting first.
    NEEDS_ADMINISTRATOR = "needs_administrator"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """One try, classified by proof."""

    kind: OutcomeKind
    code: str
    external_id: str | None = None
    permalink: str | None = None
    #: The vendor's words, or ours for the person.
    message: str | None = None
    #: Not before this moment, when the vendor said so.
    retry_at: datetime | None = None
    #: An older post that a duplicate refusal named.
    hint_external_id: str | None = None

    @property
    def is_vendor_failure(self) -> bool:
        """Whether it says that the vendor has trouble, rather than this account or this post."""
        return self.kind is OutcomeKind.UNKNOWN or (
            self.kind is OutcomeKind.NOT_SENT and self.code == "vendor_unavailable"
        )


_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(hours=6)


def retry_delay(retries: int, *, chance: float | None = None) -> timedelta:
    """How long to wait before the next try: full jitter under a doubling bound, 5 s to 6 h."""
    doubled: timedelta = _FIRST_RETRY * (1 << min(retries, 20))
    bound = min(doubled, _LONGEST_RETRY)
    share = random.random() if chance is None else chance  # noqa: S311  # spreads load, keeps no secret
    return max(_FIRST_RETRY, bound * share)


#: Only a call tells whether an administrator has put these right, so they are tried again now and then.
FOUND_OUT_BY_TRYING = ("configuration_invalid", "connector_not_installed")
_TRY_AGAIN = timedelta(minutes=5)


def tried_again_at(publication: Publication) -> datetime | None:
    """When one that is held for what only a call can find out is tried again; None for any other."""
    if publication.state is not State.HELD or publication.reason not in FOUND_OUT_BY_TRYING:
        return None
    return publication.updated_at + _TRY_AGAIN


#: Reason of a post that was taken for not published, or closed, and is out after all.
FOUND_LATER = "found_later"

#: When a vendor is asked whether an unknown post is there, counted from when it became unknown.
LOOK_UPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=24),
)


def first_look_up(unknown_at: datetime, *, can_find: bool) -> datetime | None:
    """When the vendor is asked first; None where it cannot be asked."""
    return unknown_at + LOOK_UPS[0] if can_find else None
