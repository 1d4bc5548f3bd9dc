"""Whether a post reads like those of colleagues: many voices that say the same words sound like one machine.

Texts are sealed with each person's key, so what reads the same is first found by a keyed hash beside the row, and a
colleague's text is opened only if its hash differs. Nobody is ever told whose text it was.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from rapidfuzz import fuzz
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit import crypto, db
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.programs import repository as programs
from services.core.programs.models import Channel, SimilarAction
from services.core.shares import repository
from services.core.shares.models import Consent, Publication, PublicationState
from services.core.shares.rules import Hold

#: Texts at least so alike read the same.
READS_THE_SAME = 0.9
#: Posts of an item are compared within any stretch of this length.
WINDOW = timedelta(hours=24)
#: Beyond this many times the share that a program allows, an editor reads one more first.
REVIEW_FACTOR = 2

#: Why a publication is held until an editor has read it, and why it is cancelled if they say no.
REVIEW = "similar_text_review"
DECLINED = "similar_text_declined"
DECLINED_BY_RULE = "policy_review_declined"
#: All that an editor reads first: many that read the same, and what a rule of the policy asks for.
FOR_EDITOR = (REVIEW, Hold.POLICY_REVIEW.value)

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
#: Spaces and line ends, marks on letters (niqqud too), invisible and control characters, emoji and their modifiers.
_BARE_OF = ("Z", "M", "C", "So", "Sk")


def bare_words(text: str, *, without: Iterable[str] = ()) -> str:
    """What two readers would call the words of a text: no case, spaces, links, emoji, nor marks on letters.

    ``without`` are passages that everybody has to have, such as the program's disclosure.
    """
    for passage in without:
        if passage.strip():
            text = re.sub(r"\s+".join(map(re.escape, passage.split())), " ", text, flags=re.IGNORECASE)
    text = unicodedata.normalize("NFKD", _LINK.sub(" ", text).casefold())
    return "".join(letter for letter in text if not unicodedata.category(letter).startswith(_BARE_OF))


def words_hash(bare: str, *, pepper: str) -> bytes:
    """A keyed hash of bare words: equal for texts that read the same to the letter, and nothing else can be told."""
    return crypto.keyed_hash(pepper, purpose="words", value=bare)


def similarity(a: str, b: str) -> float:
    """How alike two bare texts are: 1 the same, 0 nothing in common."""
    return fuzz.ratio(a, b) / 100


@dataclass(frozen=True)
class Post:
    """A colleague's planned or published post, and whether it reads the same."""

    at: datetime
    is_same: bool


@dataclass(frozen=True)
class Measured:
    """The day around a wished time in which most of an item's posts read the same as one more."""

    posts: int
    same: int

    @property
    def share(self) -> float:
        """Same posts of all, between 0 and 1."""
        return self.same / self.posts if self.posts else 0.0


def measure(posts: Sequence[Post], *, at: datetime, least: int) -> Measured:
    """The worst of all 24 hours around ``at`` that hold at least ``least`` posts; nothing if none does."""
    ordered = sorted(posts, key=lambda post: post.at)
    times = [post.at for post in ordered]
    same_before = [0]
    for post in ordered:
        same_before.append(same_before[-1] + post.is_same)
    tick = timedelta(microseconds=1)
    starts = {at, at - WINDOW + tick}
    for other in times:
        if at - WINDOW < other <= at:
            starts |= {other, other + tick} if other < at else {other}
        elif at < other < at + WINDOW:
            starts |= {other - WINDOW, other - WINDOW + tick}
    worst = Measured(0, 0)
    for start in starts:
        first, last = bisect_left(times, start), bisect_left(times, start + WINDOW)
        found = Measured(last - first, same_before[last] - same_before[first])
        if found.posts >= least and (found.share, found.posts) > (worst.share, worst.posts):
            worst = found
    return worst


class Outcome(StrEnum):
    """What one more post that reads the same leads to."""

    FINE = "fine"
    #: Said once; the person may keep the text.
    NUDGE = "nudge"
    #: An editor reads it before it goes out, and the person knows that before they agree.
    REVIEW = "review"


@dataclass(frozen=True)
class Similar:
    """How a text compares with those of colleagues, and what follows."""

    outcome: Outcome
    measured: Measured
    advice: tuple[Text, ...] = ()


ADVICE = (
    Text(
        en="Open with a line of your own: what you saw, did or learned yourself.",
        he="כדאי לפתוח במשפט משלך: מה ראית, עשית או למדת בעצמך.",
    ),
    Text(
        en="Or start from another of the proposed variants, and put it in your words.",
        he="או להתחיל מנוסח מוצע אחר, ולהתאים אותו לסגנון שלך.",
    ),
)
FINE = Similar(Outcome.FINE, Measured(0, 0))


def decide(measured: Measured, *, channel: Channel) -> Similar:
    """What follows from how many read the same: nothing, a nudge, or an editor who reads it first."""
    if measured.share <= channel.similar_share:
        return Similar(Outcome.FINE, measured)
    is_far = measured.share >= REVIEW_FACTOR * channel.similar_share
    outcome = Outcome.REVIEW if is_far or channel.similar_action is SimilarAction.REVIEW else Outcome.NUDGE
    return Similar(outcome, measured, ADVICE)


async def compare(
    session: AsyncSession,
    *,
    text: str,
    program_id: UUID,
    item_id: UUID,
    network: str,
    at: datetime,
    disclosures: Sequence[str],
    open_text: Callable[[Consent], Awaitable[str]],
    settings: Settings,
    exclude_publication_id: UUID | None = None,
) -> Similar:
    """Compare a text with the item's planned and published posts on the network within 24 hours of ``at``.

    A program that has not said how gets the measures of a channel's defaults. Texts that an editor has still to read do
    not count, nor do those of people whose key is gone.
    """
    channel = await programs.find_channel(session, program_id=program_id, network=network)
    channel = channel or Channel(organization_id=db.organization_of(session), program_id=program_id, network=network)
    planned = (
        select(Publication.scheduled_at, Publication.words_hash, Publication.consent_id)
        .where(
            Publication.organization_id == db.organization_of(session),
            Publication.item_id == item_id,
            Publication.network == network,
            col(Publication.state).not_in(repository.NOTHING_OUT),
            col(Publication.reason).is_(None) | col(Publication.reason).not_in(FOR_EDITOR),
            col(Publication.scheduled_at).between(at - WINDOW, at + WINDOW),
        )
        .where(*((col(Publication.id) != exclude_publication_id,) if exclude_publication_id is not None else ()))
    )
    rows = (await session.exec(planned)).all()
    # The one that is compared counts as the next.
    least = max(channel.similar_from - 1, 1)
    if len(rows) < least:
        return FINE
    bare = bare_words(text, without=disclosures)
    own_hash = words_hash(bare, pepper=settings.key_pepper.get_secret_value())
    reads_same: dict[bytes | UUID, bool] = {own_hash: True}
    posts = []
    for scheduled_at, its_hash, consent_id in rows:
        # A row of the version before has no hash, and stands for itself.
        group = its_hash if its_hash is not None else consent_id
        if group not in reads_same:
            consent = await repository.get_consent(session, consent_id)
            try:
                other = bare_words(await open_text(consent), without=disclosures)
            except crypto.CannotOpen:
                reads_same[group] = False
            else:
                reads_same[group] = similarity(bare, other) >= READS_THE_SAME
        posts.append(Post(scheduled_at, reads_same[group]))
    return decide(measure(posts, at=at, least=least), channel=channel)


def waits_for_editor(publication: Publication) -> bool:
    """Whether a publication is held until somebody has read its text."""
    return publication.state is PublicationState.HELD and publication.reason in FOR_EDITOR
