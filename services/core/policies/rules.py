"""Matching a text against the rules of a policy. Pure; case, Hebrew prefixes and vowel signs do not hide a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from services.core.kit.texts import Language, Text, pick


class RuleKind(StrEnum):
    """What a rule looks for."""

    FORBIDDEN_PHRASE = "forbidden_phrase"
    #: The same, but only until a moment that the rule names.
    EMBARGO = "embargo"


#: What somebody does about a hit, whatever the rule's own message says.
WHAT_TO_DO: dict[RuleKind, Text] = {
    RuleKind.FORBIDDEN_PHRASE: Text(
        en="Take out “{phrase}” or say it in other words, then check again.",
        he="יש להסיר את „{phrase}” או לנסח אחרת, ואז לבדוק שוב.",
    ),
    RuleKind.EMBARGO: Text(
        en="“{phrase}” may not be out before {until}: choose a later time, or take it out.",
        he="אין לפרסם „{phrase}” לפני {until}: יש לבחור מועד מאוחר יותר, או להסיר.",
    ),
}

#: Vowel signs and cantillation, as in Unicode's Hebrew block; maqaf and geresh stay.
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
#: One or two of the letters that Hebrew writes onto the word that follows.
_PREFIX = "[והבכלמש]{0,2}"
#: A letter, a digit, or a mark on one; an underscore divides words, as in hashtags.
_LETTER = "(?:[^\\W_]|[\u0300-\u036f])"
#: What stands between the words of a phrase: spaces, underscores, the maqaf and its Latin sisters.
_BETWEEN = "[\\s_\u05be\u2010\u2011-]"
_GAPS = re.compile(f"(?<={_LETTER}){_BETWEEN}+(?={_LETTER})|\\s+")
#: Quotation marks are typed in many ways: gershayim, curly and low ones are one.
_SAME = str.maketrans(dict.fromkeys("\u05f4\u201c\u201d\u201e", '"') | dict.fromkeys("\u05f3\u2018\u2019", "'"))


@dataclass(frozen=True)
class RuleHit:
    """A place in a text that a rule stands against."""

    code: str
    policy_version_id: str
    phrase: str
    start: int
    end: int
    messages: Mapping[str, str]
    #: The place of the rule among those of its version, and of the phrase among those of the rule.
    rule_index: int = 0
    phrase_index: int = 0
    #: The end of an embargo; None for what may never be said.
    until: datetime | None = None

    def message_in(self, language: Language) -> str:
        """The rule's words for a reader of ``language``."""
        chosen = pick(self.messages, language.value)
        return chosen[1] if chosen else self.phrase

    def what_to_do_in(self, language: Language) -> str:
        """The next step for a reader of ``language``."""
        return WHAT_TO_DO[RuleKind(self.code)].in_language(
            language, phrase=self.phrase, until=self.until.strftime("%Y-%m-%d %H:%M UTC") if self.until else ""
        )


@dataclass(frozen=True)
class _Plain:
    """A text as it is compared, and where each of its characters began and ended in the original."""

    text: str
    places: tuple[tuple[int, int], ...]


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Each character with the marks on it, which may be typed apart from it."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not unicodedata.combining(text[end]):
            yield start, end
            start = end


def _plain(text: str) -> _Plain:
    if text.isascii():
        # No marks, no ligatures: every character stands for itself.
        return _Plain(text.lower(), tuple((place, place + 1) for place in range(len(text))))
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        composed = unicodedata.normalize("NFC", text[start:end])
        for character in unicodedata.normalize("NFC", _POINTS.sub("", composed).casefold()).translate(_SAME):
            # Direction marks, soft hyphens and joiners are not seen, so they divide nothing.
            if unicodedata.category(character) != "Cf":
                characters.append(character)
                places.append((start, end))
    return _Plain("".join(characters), tuple(places))


def _words(phrase: str) -> list[str]:
    return [word for word in _GAPS.split(_plain(phrase).text) if word]


def can_match(phrase: str) -> bool:
    """Whether a phrase has anything to look for: a letter or a digit."""
    return any(character.isalnum() for character in _plain(phrase).text)


@dataclass(frozen=True)
class _Phrase:
    """A phrase as it is looked for."""

    words: tuple[str, ...]
    pattern: re.Pattern[str]

    def places_in(self, text: str) -> Iterator[re.Match[str]]:
        # Most phrases are in no text, and this says so a hundred times faster.
        return self.pattern.finditer(text) if all(word in text for word in self.words) else iter(())


#: As many phrases as two thousand full rules have: those of an organization are made ready once in a process.
@lru_cache(maxsize=1 << 16)
def _phrase(phrase: str) -> _Phrase | None:
    """None for one that has nothing to look for."""
    if not can_match(phrase):
        return None
    words = _words(phrase)
    prefix = _PREFIX if words and _HEBREW.match(words[0]) else ""
    inner = f"{_BETWEEN}+".join(map(re.escape, words))
    return _Phrase(tuple(words), re.compile(f"(?<!{_LETTER}){prefix}({inner})(?!{_LETTER})"))


@dataclass(frozen=True)
class VersionRules:
    """The rules of one policy version."""

    version_id: str
    rules: Sequence[Mapping[str, Any]]


def find_hits(text: str, versions: Iterable[VersionRules], *, at: datetime | None = None) -> list[RuleHit]:
    """Every place of ``text`` that a rule stands against, version by version in the text's order.

    ``at`` is when the text would be out: an embargo that is over by then stands against nothing. Without it, every
    embargo counts.
    """
    plain = _plain(text)
    hits: list[RuleHit] = []
    for version in versions:
        found = [
            RuleHit(
                code=rule["kind"],
                policy_version_id=version.version_id,
                phrase=words,
                start=plain.places[match.start(1)][0],
                end=plain.places[match.end(1) - 1][1],
                messages=rule["message"],
                rule_index=rule_index,
                phrase_index=phrase_index,
                until=_until(rule),
            )
            for rule_index, rule in enumerate(version.rules)
            if not _is_over(rule, at)
            for phrase_index, words in enumerate(rule["phrases"])
            if (phrase := _phrase(words)) is not None
            for match in phrase.places_in(plain.text)
        ]
        hits += sorted(found, key=lambda hit: (hit.start, hit.end, hit.phrase))
    return hits


def _is_over(rule: Mapping[str, Any], at: datetime | None) -> bool:
    until = _until(rule)
    return until is not None and at is not None and at >= until


def _until(rule: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(rule["until"]).astimezone(UTC) if rule["kind"] == RuleKind.EMBARGO else None
