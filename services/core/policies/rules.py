"""Matching a text against the rules of a policy. Pure; case, Hebrew prefixes and vowel signs do not hide a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from services.core.kit.texts import Language, Text, pick


class RuleKind(StrEnum):
    """What a rule looks for."""

    FORBIDDEN_PHRASE = "forbidden_phrase"


#: What somebody does about a hit, whatever the rule's own message says.
WHAT_TO_DO: dict[RuleKind, Text] = {
    RuleKind.FORBIDDEN_PHRASE: Text(
        en="Take out “{phrase}” or say it in other words, then check again.",
        he="יש להסיר את „{phrase}” או לנסח אחרת, ואז לבדוק שוב.",
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
    #: The place of the rule among those of its version.
    rule_index: int = 0

    def message_in(self, language: Language) -> str:
        """The rule's words for a reader of ``language``."""
        chosen = pick(self.messages, language.value)
        return chosen[1] if chosen else self.phrase

    def what_to_do_in(self, language: Language) -> str:
        """The next step for a reader of ``language``."""
        return WHAT_TO_DO[RuleKind(self.code)].in_language(language, phrase=self.phrase)


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


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = _words(phrase)
    prefix = _PREFIX if words and _HEBREW.match(words[0]) else ""
    return re.compile(f"(?<!{_LETTER}){prefix}({f'{_BETWEEN}+'.join(map(re.escape, words))})(?!{_LETTER})")


def find_hits(text: str, rules: Iterable[Mapping[str, Any]], *, version_id: str) -> list[RuleHit]:
    """Every place of ``text`` that a rule of one policy version stands against, in the text's order."""
    plain = _plain(text)
    hits = []
    for index, rule in enumerate(rules):
        for phrase in rule["phrases"]:
            if not can_match(phrase):
                continue
            for match in _pattern(phrase).finditer(plain.text):
                start, end = plain.places[match.start(1)][0], plain.places[match.end(1) - 1][1]
                hits.append(RuleHit(rule["kind"], version_id, phrase, start, end, rule["message"], index))
    return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.phrase))
