"""Matching a text against the rules of a policy. Pure; Hebrew prefixes and vowel signs do not hide a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.core.kit.texts import Language, pick

#: Vowel signs and cantillation, as in Unicode's Hebrew block; maqaf and geresh stay.
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
#: One or two of the letters that Hebrew writes onto the word that follows.
_PREFIX = "[והבכלמש]{0,2}"


@dataclass(frozen=True)
class RuleHit:
    """A place in a text that a rule stands against."""

    code: str
    policy_version_id: str
    phrase: str
    start: int
    end: int
    messages: Mapping[str, str]

    def message_in(self, language: Language) -> str:
        """The rule's words for a reader of ``language``."""
        chosen = pick(self.messages, language.value)
        return chosen[1] if chosen else self.phrase


@dataclass(frozen=True)
class _Plain:
    """A text without points, and where each of its characters stood."""

    text: str
    places: tuple[int, ...]


def _plain(text: str) -> _Plain:
    kept = [(unicodedata.normalize("NFKC", c)[:1] or c, i) for i, c in enumerate(text) if not _POINTS.match(c)]
    return _Plain("".join(c for c, _ in kept), tuple(i for _, i in kept))


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in _plain(phrase).text.split())
    prefix = _PREFIX if _HEBREW.match(phrase.strip()[:1]) else ""
    return re.compile(rf"(?<!\w){prefix}({words})(?!\w)", re.IGNORECASE)


def find_hits(text: str, rules: Iterable[Mapping[str, Any]], *, version_id: str) -> list[RuleHit]:
    """Every place of ``text`` that a rule of one policy version stands against."""
    plain = _plain(text)
    hits = []
    for rule in rules:
        for phrase in rule["phrases"]:
            for match in _pattern(phrase).finditer(plain.text):
                start, last = plain.places[match.start(1)], plain.places[match.end(1) - 1]
                hits.append(RuleHit(rule["kind"], version_id, phrase, start, last + 1, rule["message"]))
    return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.phrase))
