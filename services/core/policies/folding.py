"""A text as it is compared: what only looks different is made the same, and every character knows where it came from.

Case, vowel signs and cantillation, marks that are not seen, full-width and decorated letters, kinds of quotation marks
and hyphens, final letters and letters of other alphabets that look like Latin ones hide no word. Offsets are code
points of the original. Facts about characters are from the Unicode Character Database of the running Python.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from services.core.policies.patterns import ANY, NUMBER

#: Vowel signs and cantillation, as in Unicode's Hebrew block; maqaf and geresh stay.
_POINTS = frozenset(map(chr, (*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7)))
#: Strokes through letters and lines over and under them, by which some write "bold"; variation selectors; joiners.
_OVERLAYS = frozenset(
    map(chr, (0x332, 0x333, 0x305, 0x33F, 0x34F, *range(0x334, 0x339), *range(0xFE00, 0xFE10), *range(0x20D0, 0x20F1)))
)
#: Letters that are blank.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_UNSEEN = _POINTS | _OVERLAYS | _BLANK

_DOUBLE_QUOTES = "\u05f4\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u02ba\u02dd"
_SINGLE_QUOTES = "\u05f3\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9\u00b4`\u2039\u203a\u02bb"
_SAME: dict[str, str] = {
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys("\u05be\u2212", "-"),
    # Ligatures of Yiddish, which have no decomposition.
    "\u05f0": "וו",
    "\u05f1": "וי",
    "\u05f2": "יי",
    **dict(zip("ךםןףץ", "כמנפצ", strict=True)),
    # Signs behind a name that would become letters of it.
    **dict.fromkeys("™®©℠℗", "^"),
    **dict.fromkeys((ANY, NUMBER), "^"),
    # Small capitals and boxed letters, which have no decomposition either.
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    **{chr(start + place): chr(0x61 + place) for start in (0x1F150, 0x1F170) for place in range(26)},
}

#: Letters of other alphabets that are drawn like Latin ones.
_LOOKALIKES = str.maketrans(
    "асԁеһіјӏорԛѕуԝхкмтвнгзлп" + "αεικνορτυχωγβ" + "ıɑɡ",
    "acdehijlopqsywxkmtbhr3nn" + "aeikvoptuxwyb" + "iag",
)  # fmt: skip
#: Those of them that stand for themselves in most words: only beside Latin letters are they taken for Latin.
_ONLY_BESIDE_LATIN = frozenset("кмтвнгзлпωγβ")
_LATIN = re.compile("[a-z]")
_OTHER_ALPHABET = re.compile("[\u0370-\u03ff\u0400-\u052fıɑɡ]")

HEBREW = "\u05d0-\u05ea"
_DOUBLED = re.compile("וו+|יי+")

#: Runs that are words. Hebrew, letters of other alphabets and digits written onto each other are words of their own
#: where Hebrew begins or ends, as in "בWix". A number keeps its point and commas.
_WORD = re.compile(
    f"(?P<hebrew>[{ANY}{NUMBER}]*[{HEBREW}][{HEBREW}{ANY}{NUMBER}]*(?:[\"'][{HEBREW}]+)*)"
    f"|(?:[^\\W_{HEBREW}]|[\u0300-\u036f{ANY}{NUMBER}])+(?:(?<=\\d)[.,](?=\\d)[^\\W_{HEBREW}]+)*"
)
#: Letters that a geresh belongs to, as in ג׳ and צ׳.
_GERESH_LETTERS = frozenset("גזצתדטחסער")
#: Letters that are written onto the word that follows.
_PREFIX_LETTERS = frozenset("והבכלמש")


@dataclass(frozen=True)
class Word:
    """One word: how it is compared, and its place in the folded text."""

    text: str
    start: int
    end: int
    #: Where a capital after a small letter begins a word inside it, as in hashtags; places in ``text``.
    humps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Folded:
    """A text as it is compared, and where each of its characters began and ended in the original."""

    text: str
    places: tuple[tuple[int, int], ...]
    words: tuple[Word, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a place that is not empty."""
        return self.places[start][0], self.places[end - 1][1]


@lru_cache(maxsize=1 << 14)
def _one(character: str) -> str:
    """How one character, alone or with the accents on it, is compared."""
    if character in _SAME:
        return _SAME[character]
    category = unicodedata.category(character[0])
    if category == "Cf" or character in _UNSEEN:
        return ""
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character[0]))
    if category in ("No", "Sk") or unicodedata.decomposition(character[0]).startswith("<super>"):
        compatible = unicodedata.normalize("NFKC", character)
        # A raised number is a footnote of the word before it, not a part of it.
        return compatible.casefold() if compatible.isalpha() else "^" if category == "No" else character
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", character).casefold())
    return "".join(_SAME.get(one, one) for one in composed if one not in _UNSEEN)


def _is_mark(character: str) -> bool:
    return bool(unicodedata.combining(character)) or character in _UNSEEN or unicodedata.category(character) == "Cf"


@lru_cache(maxsize=1 << 14)
def _joins(character: str) -> bool:
    """Whether a character may belong to the one before it."""
    return character > "\u007f" and _is_mark(character)


def fold(text: str, *, keep: frozenset[str] = frozenset()) -> Folded:
    """Make a text ready to be compared. Characters in ``keep`` are left as they are."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    humps: set[int] = set()
    was_small = was_capital = False
    end, length = 0, len(text)
    while end < length:
        start = end
        first = text[start]
        end = start + 1
        while end < length and _joins(text[end]):
            end += 1
        seen = first
        stop = end
        if end > start + 1:
            accents = [one for one in text[start + 1 : end] if one not in _UNSEEN and unicodedata.combining(one)]
            seen = unicodedata.normalize("NFC", "".join((first, *accents)))
            # Marks for direction that follow are no part of the place.
            while stop > start + 1 and unicodedata.category(text[stop - 1]) == "Cf":
                stop -= 1
        folded = first if first in keep else "".join(map(_one_of_many, seen)) if len(seen) > 1 else _one(seen)
        is_capital = first.isupper()
        if is_capital and (was_small or (was_capital and text[end : end + 1].islower())):
            humps.add(len(characters))
        if folded:
            was_small, was_capital = first.islower() or first.isdigit(), is_capital
        for character in folded:
            characters.append(character)
            places.append((start, stop))
    plain = "".join(characters)
    return Folded(plain, tuple(places), _words(plain, humps))


def _one_of_many(character: str) -> str:
    return character if unicodedata.combining(character) and character not in _UNSEEN else _one(character)


def _words(text: str, humps: set[int]) -> tuple[Word, ...]:
    words: list[Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        if match["hebrew"]:
            words.extend(_hebrew(text, start, end))
        else:
            inner = tuple(place - start for place in range(start + 1, end) if place in humps) if humps else ()
            words.append(Word(match.group(), start, end, inner))
    if not any(_OTHER_ALPHABET.search(word.text) for word in words):
        return tuple(words)
    return tuple(_as_latin(words))


def _hebrew(text: str, start: int, end: int) -> list[Word]:
    """The words of a run of Hebrew letters with quotation marks in it: צה"ל and ג'ירפה are one, ה"גוגל" is two."""
    words: list[Word] = []
    begun = start
    for place in range(start, end):
        if text[place] not in "\"'":
            continue
        before, after = text[begun:place], text[place + 1 : end]
        if text[place] == "'":
            belongs = before[-1:] in _GERESH_LETTERS
        else:
            # Gershayim stand before the last letter, or before an ending of a word that is no mere prefix.
            letters = re.match(f"[{HEBREW}]*", after)
            tail = len(letters.group()) if letters else 0
            belongs = tail == 1 or not set(before) <= _PREFIX_LETTERS
        if not belongs:
            if before:
                words.append(Word(before, begun, place))
            begun = place + 1
    if begun < end:
        words.append(Word(text[begun:end], begun, end))
    return words


def _as_latin(words: list[Word]) -> list[Word]:
    """Words that borrow letters from another alphabet, in Latin letters; words of that alphabet stay."""
    foreign = any(
        _OTHER_ALPHABET.search(word.text)
        and not _LATIN.search(word.text)
        and any(one in _ONLY_BESIDE_LATIN or one.translate(_LOOKALIKES) == one for one in word.text if one.isalpha())
        for word in words
    )
    return [
        Word(word.text.translate(_LOOKALIKES), word.start, word.end, word.humps)
        if _OTHER_ALPHABET.search(word.text) and (_LATIN.search(word.text) or not foreign)
        else word
        for word in words
    ]


def canonical(word: str) -> str:
    """A word with doubled vav and yod written once, since both ways are right: בניין and בנין."""
    return _DOUBLED.sub(lambda match: match.group()[0], word) if "וו" in word or "יי" in word else word


def is_hebrew(word: str) -> bool:
    """Whether a word begins with a Hebrew letter, so that prefixes may be written onto it."""
    return bool(word) and "א" <= word[0] <= "ת"
