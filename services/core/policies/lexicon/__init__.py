"""Built-in lists of words for subjects that companies leave out, in English and Hebrew, written for this product.

A word that can mean only the subject stands for it alone; one with another meaning ("party", "ימין") only weighs, and
stands for it together with others nearby. What is said in passing ("thank god", "office politics") is listed as
harmless, and a word inside such a wording does not count. Names of living people and of parties change faster than
lists do: an organization adds its own.
"""

from __future__ import annotations

import bisect
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.core.policies import matching
from services.core.policies.kinds import Topic
from services.core.policies.lexicon import pay, politics, religion
from services.core.policies.matching import Index, View

#: Together so much weight stands for the subject.
ENOUGH = 1.0
#: So many words apart do two words still belong together.
NEAR_WORDS = 20


@dataclass(frozen=True)
class Term:
    """A word of the list in a text: what the list calls it, how much it says, and its place in the folded text."""

    phrase: str
    weight: float
    start: int
    end: int


class Lexicon:
    """A list of words with their weights, ready to be looked for."""

    def __init__(self, weights: Mapping[float, tuple[str, ...]], harmless: tuple[str, ...]) -> None:
        self._index = Index()
        self._weights: dict[int, float] = {}
        for place, (weight, words) in enumerate(weights.items()):
            self._weights[place] = weight
            for number, word in enumerate(words):
                self._index.add(matching.read_entries(word, rule_index=place, phrase_index=number, is_pattern=True))
        self._harmless = len(self._weights)
        for number, word in enumerate(harmless):
            self._index.add(
                matching.read_entries(word, rule_index=self._harmless, phrase_index=number, is_pattern=True)
            )

    def terms(self, view: View) -> list[Term]:
        """Every word of the list in a text that no harmless wording covers; of two at one place the heavier, longer."""
        found = self._index.scan(view)
        covered = sorted((one.start, one.end) for one in found if one.entry.rule_index == self._harmless)
        # How far any harmless wording reaches that begins no later than this one.
        reach = list(itertools.accumulate((end for _, end in covered), max))
        terms = []
        for one in found:
            if one.entry.rule_index == self._harmless:
                continue
            before = bisect.bisect_right(covered, (one.start, sys.maxsize))
            if not before or reach[before - 1] < one.end:
                terms.append(Term(one.entry.phrase, self._weights[one.entry.rule_index], one.start, one.end))
        terms.sort(key=lambda term: (-term.weight, term.start - term.end, term.start))
        kept: list[Term] = []
        for term in terms:
            # Those kept lie apart, so only the neighbours can be in the way.
            place = bisect.bisect_left(kept, term.start, key=lambda other: other.start)
            if (place == len(kept) or term.end <= kept[place].start) and (
                not place or kept[place - 1].end <= term.start
            ):
                kept.insert(place, term)
        return kept


def enough_of(terms: Sequence[Term], view: View) -> Iterator[Term]:
    """Those of the terms that say enough: alone, or with different ones nearby."""
    starts = [word.start for word in view.folded.words]
    ordered = sorted(terms, key=lambda term: term.start)
    places = [bisect.bisect_right(starts, term.start) for term in ordered]
    first = last = 0
    for term, place in zip(ordered, places, strict=True):
        while last < len(ordered) and places[last] - place <= NEAR_WORDS:
            last += 1
        while place - places[first] > NEAR_WORDS:
            first += 1
        different = {other.phrase: other.weight for other in ordered[first:last]}
        if sum(different.values()) >= ENOUGH:
            yield term


@lru_cache
def of_topic(topic: Topic) -> Lexicon:
    """The list of a subject, made ready once in a process."""
    source = {Topic.RELIGION: religion, Topic.POLITICS: politics}[topic]
    return Lexicon(source.WEIGHTS, source.HARMLESS)


@lru_cache
def of_pay() -> Lexicon:
    """Words for what somebody earns."""
    return Lexicon(pay.WEIGHTS, pay.HARMLESS)


@lru_cache
def of_trade() -> Lexicon:
    """Words for other money: prices, turnover, budgets."""
    return Lexicon({ENOUGH: pay.OTHER_MONEY}, ())
