"""Which open offers a person is shown, in which order and why. Pure, no I/O: the same input gives the same answer.

Each thing that speaks for or against an offer has a code, a weight and words, and the person sees all of them; their
sum is the rank. What colleagues think counts only where enough of them have said it (``ItemFeedback``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.core.content.models import AudienceTag, Rating
from services.core.content.rules import REASON_TEXTS, Reason
from services.core.kit.texts import Language, Text, pick

#: More would be a feed to work through; three can be decided on.
MOST_SHOWN = 3

EVERYBODY = "all"
_FRESH_FOR = timedelta(days=14)
_SOON = timedelta(days=3)
#: So many votes are believed by half.
_HALF_BELIEVED = 5


class Code(StrEnum):
    """What speaks for or against an offer, besides ``rules.Reason``."""

    GOALS = "goals"
    NO_GOAL = "no_goal"
    YOUR_AUDIENCE = "your_audience"
    OTHER_AUDIENCE = "other_audience"
    LIKED = "liked_by_similar"
    DISLIKED = "disliked_by_similar"
    PASSED_TOPIC = "passed_on_topic"
    RATED_WEAK = "rated_weak"
    FRESH = "fresh"
    ENDS_SOON = "ends_soon"


_FIRST_GOAL, _FURTHER_GOAL, _MOST_GOALS = 30, 10, 50
_NO_GOAL = -10
_YOUR_AUDIENCE, _OTHER_AUDIENCE = 20, -25
_VOTES = 40
_PASSED_TOPIC, _MOST_PASSED = -10, -20
_RATED_WEAK = -40
_FRESH, _ENDS_SOON = 10, 8
_REASONS: Mapping[Reason, int] = {
    Reason.DEPARTMENT: 6,
    Reason.COUNTRY: 4,
    Reason.EVERYBODY: 0,
    Reason.LANGUAGE_FALLBACK: -15,
}

_TEXTS: Mapping[Code, Text] = {
    Code.GOALS: Text(en="It is about your goals: {names}.", he="הפריט קשור למטרות שלך: {names}."),
    Code.NO_GOAL: Text(en="It is about none of your goals.", he="הפריט אינו קשור לאף אחת מהמטרות שלך."),
    Code.YOUR_AUDIENCE: Text(en="It is of value to those who read you: {names}.", he="יש בו ערך לקהל שלך: {names}."),
    Code.OTHER_AUDIENCE: Text(
        en="It is meant for other readers than yours: {names}.", he="הפריט מיועד לקהל אחר מזה שלך: {names}."
    ),
    Code.LIKED: Text(
        en="Colleagues with things in common with you find it good.",
        he="עמיתים שיש להם דברים במשותף איתך סבורים שהפריט טוב.",
    ),
    Code.DISLIKED: Text(
        en="Colleagues with things in common with you find it weak, or not for them.",
        he="עמיתים שיש להם דברים במשותף איתך סבורים שהפריט חלש או שאינו מתאים להם.",
    ),
    Code.PASSED_TOPIC: Text(en="You have passed on content about this before.", he="בעבר ויתרת על תוכן בנושא זה."),
    Code.RATED_WEAK: Text(en="You have rated it as weak.", he="דירגת את הפריט כחלש."),
    Code.FRESH: Text(en="It is new.", he="הפריט חדש."),
    Code.ENDS_SOON: Text(en="It can be shared for a few more days only.", he="ניתן לשתף אותו עוד ימים ספורים בלבד."),
}

AUDIENCE_NAMES: Mapping[AudienceTag, Text] = {
    AudienceTag.CUSTOMERS: Text(en="customers", he="לקוחות"),
    AudienceTag.PARTNERS: Text(en="business partners", he="שותפים עסקיים"),
    AudienceTag.JOB_SEEKERS: Text(en="people who look for work", he="מחפשי עבודה"),
    AudienceTag.STUDENTS: Text(en="students", he="סטודנטים"),
    AudienceTag.PEERS: Text(en="people of the same profession", he="אנשי מקצוע מהתחום"),
    AudienceTag.DEVELOPERS: Text(en="developers", he="קהילת הפיתוח"),
    AudienceTag.INVESTORS: Text(en="investors", he="משקיעים"),
    AudienceTag.JOURNALISTS: Text(en="journalists", he="עיתונאים"),
    AudienceTag.PUBLIC_SECTOR: Text(en="the public sector", he="המגזר הציבורי"),
    AudienceTag.LOCAL_COMMUNITY: Text(en="the local community", he="הקהילה המקומית"),
    AudienceTag.FRIENDS_AND_FAMILY: Text(en="friends and family", he="חברים ובני משפחה"),
}


@dataclass(frozen=True)
class Goal:
    """One of a person's goals: a topic, what it is for, and its name per language."""

    topic: str
    kind: str
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, language: Language) -> str:
        """The topic's name for a reader of ``language``."""
        found = pick(self.names, language)
        return found[1] if found else self.topic


@dataclass(frozen=True)
class Reader:
    """The person whom offers are ranked for."""

    goals: tuple[Goal, ...] = ()
    audience: frozenset[str] = frozenset()
    #: Topics of items that they passed on as not relevant or because they disagree, as often as they did.
    passed_topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """An open offer, as far as its rank needs it."""

    offer_id: UUID
    program_id: UUID
    offered_at: datetime
    reasons: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    audience_tags: tuple[str, ...] = ()
    expires_at: datetime | None = None
    rating: Rating | None = None
    #: Of the groups that the person belongs to: ``ItemFeedback.votes``.
    votes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: Of its program.
    unmatched_share: float = 1.0


@dataclass(frozen=True)
class Why:
    """One thing that speaks for or against an offer."""

    code: str
    weight: int
    #: What the words name.
    names: tuple[str, ...] = ()

    def words(self, language: Language, *, program: str) -> str:
        """What it means, for a reader of ``language``."""
        if self.code in Reason._value2member_map_:
            return REASON_TEXTS[Reason(self.code)].in_language(language, program=program)
        return _TEXTS[Code(self.code)].in_language(language, names=", ".join(self.names))


@dataclass(frozen=True)
class Ranked:
    """An offer with what speaks for and against it, the weightiest first, and the goals that it is about."""

    candidate: Candidate
    why: tuple[Why, ...]
    matched: tuple[Goal, ...]

    @property
    def score(self) -> int:
        """Its rank: the sum of its weights."""
        return sum(one.weight for one in self.why)


def groups_of(*, department: str | None, country: str | None, goals: Sequence[str]) -> list[str]:
    """The groups whose votes speak to a person, and to whose votes theirs is counted."""
    own = [f"department:{department}"] if department else []
    own += [f"country:{country}"] if country else []
    return [EVERYBODY, *own, *(f"goal:{topic}" for topic in goals)]


def judge(candidate: Candidate, reader: Reader, *, language: Language, now: datetime) -> Ranked:
    """All that speaks for and against one offer."""
    matched = tuple(goal for goal in reader.goals if goal.topic in candidate.topics)
    found = [
        *_about_goals(matched, reader, language),
        *_about_audience(candidate, reader, language),
        *(Why(reason, _REASONS[Reason(reason)]) for reason in candidate.reasons),
        *_about_votes(candidate),
        *_about_the_past(candidate, reader),
        *_about_time(candidate, now),
    ]
    return Ranked(candidate, tuple(sorted(found, key=lambda one: -abs(one.weight))), matched)


def choose(
    candidates: Sequence[Candidate], reader: Reader, *, language: Language, now: datetime, most: int = MOST_SHOWN
) -> list[Ranked]:
    """The offers a person is shown, best first.

    For a person with goals, those that match none of them are at most their program's share of what is shown.
    """
    ranked = [judge(one, reader, language=language, now=now) for one in candidates]
    ranked.sort(key=lambda one: (one.score, one.candidate.offered_at, one.candidate.offer_id.bytes), reverse=True)
    if not reader.goals:
        return ranked[:most]
    for size in range(min(most, len(ranked)), 0, -1):
        shown = _within_share(ranked, size)
        if len(shown) == size:
            return shown
    return []


def _within_share(ranked: Sequence[Ranked], size: int) -> list[Ranked]:
    """The best ``size`` offers of which not too many match nothing; fewer if there are no more."""
    shown: list[Ranked] = []
    unmatched = 0
    for one in ranked:
        if len(shown) == size:
            break
        if not one.matched:
            # A hair more than the share, for shares such as 0.333 that are meant as a third.
            if unmatched + 1 > one.candidate.unmatched_share * size + 0.01:
                continue
            unmatched += 1
        shown.append(one)
    return shown


def _about_goals(matched: Sequence[Goal], reader: Reader, language: Language) -> list[Why]:
    if not reader.goals:
        return []
    if not matched:
        return [Why(Code.NO_GOAL, _NO_GOAL)]
    names = tuple(dict.fromkeys(goal.name(language) for goal in matched))
    return [Why(Code.GOALS, min(_FIRST_GOAL + _FURTHER_GOAL * (len(names) - 1), _MOST_GOALS), names)]


def _about_audience(candidate: Candidate, reader: Reader, language: Language) -> list[Why]:
    if not candidate.audience_tags or not reader.audience:
        return []
    common = [tag for tag in candidate.audience_tags if tag in reader.audience]
    names = tuple(audience_name(tag, language) for tag in common or candidate.audience_tags)
    return [
        Why(Code.YOUR_AUDIENCE, _YOUR_AUDIENCE, names) if common else Why(Code.OTHER_AUDIENCE, _OTHER_AUDIENCE, names)
    ]


def audience_name(tag: str, language: Language) -> str:
    """An audience tag in words; one of a later version as it is."""
    known = tag in AudienceTag._value2member_map_
    return AUDIENCE_NAMES[AudienceTag(tag)].in_language(language) if known else tag


def _about_votes(candidate: Candidate) -> list[Why]:
    similar = [_opinion(votes) for group, votes in candidate.votes.items() if group != EVERYBODY]
    everybody = _opinion(candidate.votes.get(EVERYBODY, {}))
    # Who has nothing in common with the person says half as much.
    opinion = sum(similar) / len(similar) if similar else everybody / 2
    weight = round(opinion * _VOTES)
    if weight == 0:
        return []
    return [Why(Code.LIKED if weight > 0 else Code.DISLIKED, weight)]


def _opinion(votes: Mapping[str, int]) -> float:
    """From -1 (all find it weak) to 1 (all find it good); few votes say less than many."""
    good, low = votes.get("good", 0), votes.get("weak", 0) + votes.get("passed", 0)
    total = good + low + votes.get("ok", 0)
    return (good - low) / (total + _HALF_BELIEVED) if total else 0.0


def _about_the_past(candidate: Candidate, reader: Reader) -> list[Why]:
    found = []
    passed = sum(topic in candidate.topics for topic in reader.passed_topics)
    if passed:
        found.append(Why(Code.PASSED_TOPIC, max(_PASSED_TOPIC * passed, _MOST_PASSED)))
    if candidate.rating is Rating.WEAK:
        found.append(Why(Code.RATED_WEAK, _RATED_WEAK))
    return found


def _about_time(candidate: Candidate, now: datetime) -> list[Why]:
    found = []
    fresh = round(_FRESH * (1 - (now - candidate.offered_at) / _FRESH_FOR))
    if fresh > 0:
        found.append(Why(Code.FRESH, fresh))
    if candidate.expires_at is not None and timedelta(0) < candidate.expires_at - now <= _SOON:
        found.append(Why(Code.ENDS_SOON, _ENDS_SOON))
    return found
