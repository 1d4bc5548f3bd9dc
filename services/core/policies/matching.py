"""Many phrases looked for in one text at once: each word of the text is looked up, so their number costs nothing.

Written here because a trie over characters (Aho-Corasick) would find ``pay`` in ``payment`` and know no Hebrew prefix:
what has to be found begins where a word begins, or where a prefix of it ends, and that is a look into a dictionary.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from services.core.policies import folding, patterns
from services.core.policies.folding import Folded, Word, canonical, is_hebrew
from services.core.policies.patterns import ANY, NUMBER

#: What is written onto the word that follows: "and", then "that" or "when", then "in", "to", "from", "as" or "the".
_CHAINS = frozenset(
    conjunction + subordinate + preposition
    for conjunction in ("", "ו")
    for subordinate, prepositions in (
        ("", ("", "ב", "ל", "מ", "כ", "ה", "מה", "כב", "כל", "כה", "כמ", "לכ", "בכ")),
        ("ש", ("", "ב", "ל", "מ", "כ", "ה", "מה", "כב", "כל")),
        ("כש", ("", "ב", "ל", "מ", "ה", "מה")),
        ("לכש", ("", "ב", "ל", "ה")),
        ("מש", ("", "ה")),
        ("מכש", ("", "ה")),
    )
    for preposition in prepositions
) - {""}
_LONGEST_CHAIN = max(map(len, _CHAINS))

#: So many letters has a phrase at least that is also found written as one word, or with signs between its letters.
_LEAST_JOINED = 4
#: A name inside a longer hashtag or account has so many.
_LEAST_INSIDE = 6
_LEAST_INSIDE_HEBREW = 5
#: Nobody hides one phrase over more pieces.
_MOST_PIECES = 12
_MOST_LETTERS = 30

_GAP_SIGNS = frozenset("_-*~\"'^")
_PIECE_SIGNS = frozenset("._-*~|·•/\\^'+=:")


def _is_picture(character: str) -> bool:
    return character > "\u00ff" and unicodedata.category(character) in ("So", "Sk", "Cs", "Co", "Cn")


@lru_cache(maxsize=1 << 12)
def _is_gap(between: str) -> bool:
    """Whether two words with this between them follow on each other."""
    return all(one.isspace() or one in _GAP_SIGNS or _is_picture(one) for one in between)


@lru_cache(maxsize=1 << 12)
def _breaks_word(between: str) -> bool:
    """Whether this may stand inside a word that somebody broke into pieces: signs or pictures, no space."""
    return 0 < len(between) <= 4 and all(one in _PIECE_SIGNS or _is_picture(one) for one in between)


@lru_cache(maxsize=1 << 12)
def _spaces_letters(between: str) -> bool:
    """Whether this may stand between the letters of a word written letter by letter."""
    return 0 < len(between) <= 4 and "\n" not in between and "," not in between and ";" not in between


_CHUNK = re.compile(r"\S+")
_TAG_SIGN = re.compile(r"[#@]|://|\bwww\.")


def _tags(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each piece between spaces that has such a sign, and where in it the first one is."""
    for chunk in _CHUNK.finditer(text):
        if sign := _TAG_SIGN.search(chunk.group()):
            yield chunk, sign.start()


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase as it is looked for."""

    rule_index: int
    phrase_index: int
    phrase: str
    words: tuple[str, ...]
    #: Between each two words: None for any gap, else the signs that have to be there.
    gaps: tuple[str | None, ...]
    before: str = ""
    after: str = ""
    #: A name: also found as a part of a hashtag or account, and written as one word.
    is_name: bool = False
    has_globs: bool = False

    @property
    def joined(self) -> str:
        """All its words as one."""
        return canonical("".join(self.words).replace("'", "").replace('"', ""))


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and its place in the folded text."""

    entry: Entry
    start: int
    end: int


def read_entries(
    phrase: str, *, rule_index: int = 0, phrase_index: int = 0, is_name: bool = False, is_pattern: bool = False
) -> list[Entry]:
    """A phrase, a name or a pattern as it is looked for; none if there is nothing in it to look for."""
    entries: list[Entry] = []
    kept = frozenset((ANY, NUMBER)) if is_pattern else frozenset()
    spellings = patterns.read(phrase) if is_pattern else [phrase]
    for spelling in spellings:
        folded = folding.fold(spelling, keep=kept)
        for words in _splits(folded, is_name=is_name):
            gaps = tuple(
                None if is_name or _is_gap(between) else between.strip()
                for between in (folded.text[one.end : other.start] for one, other in itertools.pairwise(words))
            )
            texts = tuple(canonical(word.text) for word in words)
            entries.append(
                Entry(
                    rule_index, phrase_index, phrase, texts, gaps,
                    before="" if is_name else folded.text[: words[0].start].strip(),
                    after="" if is_name else folded.text[words[-1].end :].strip(),
                    is_name=is_name,
                    has_globs=any(map(patterns.is_glob, texts)),
                )
            )  # fmt: skip
    return entries


def _splits(folded: Folded, *, is_name: bool) -> Iterator[tuple[Word, ...]]:
    if folded.words:
        yield folded.words
    if is_name and any(word.humps for word in folded.words):
        yield tuple(itertools.chain.from_iterable(map(_pieces, folded.words)))


def _pieces(word: Word) -> Iterator[Word]:
    """The words inside a word like CamelCase."""
    for start, end in itertools.pairwise((0, *word.humps, len(word.text))):
        yield Word(word.text[start:end], word.start + start, word.start + end)


class View:
    """A text made ready to be looked at by any number of indexes."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.folded = folding.fold(text)

    @cached_property
    def bases(self) -> list[list[tuple[str, int]]]:
        """For each word the ways to read it: as it is, and without each prefix; each with the prefix's length."""
        return [_bases(word.text) for word in self.folded.words]

    @cached_property
    def tagged(self) -> list[bool]:
        """Whether each word is in a hashtag, an account or an address."""
        text = self.folded.text
        # Behind the first such sign everything is a part of it, up to the next space.
        begun = {chunk.end(): chunk.start() + sign for chunk, sign in _tags(text)}
        ends = sorted(begun)
        answers, place = [], 0
        for word in self.folded.words:
            while place < len(ends) and ends[place] <= word.start:
                place += 1
            answers.append(place < len(ends) and begun[ends[place]] < word.start)
        return answers

    @cached_property
    def split(self) -> tuple[list[Word], list[int]] | None:
        """The words with those like CamelCase taken apart, and of each: 0 whole, 1 of a hashtag, 2 of another."""
        if not any(word.humps for word in self.folded.words):
            return None
        words: list[Word] = []
        kinds: list[int] = []
        for word, is_tagged in zip(self.folded.words, self.tagged, strict=True):
            pieces = list(_pieces(word)) if word.humps else [word]
            words += pieces
            kinds += [0 if not word.humps else 1 if is_tagged else 2] * len(pieces)
        return words, kinds

    @cached_property
    def canonical_text(self) -> str:
        """All words, for a first look whether some letters are there at all."""
        return " ".join(canonical(word.text) for word in self.folded.words)

    @cached_property
    def spelled(self) -> list[tuple[int, int]]:
        """Runs of four and more single letters: first word, and the one after the last."""
        words, text = self.folded.words, self.folded.text
        runs, begun = [], 0
        for place in range(1, len(words) + 1):
            goes_on = (
                place < len(words)
                and len(words[place].text) == len(words[place - 1].text) == 1
                and words[place].text.isalpha()
                and _spaces_letters(text[words[place - 1].end : words[place].start])
            )
            if not goes_on:
                if place - begun >= _LEAST_JOINED:
                    runs.append((begun, place))
                begun = place
        return runs

    @cached_property
    def broken(self) -> list[tuple[int, int]]:
        """Runs of words with signs and no space between them: first word, and the one after the last."""
        words, text = self.folded.words, self.folded.text
        runs, begun = [], 0
        for place in range(1, len(words) + 1):
            if place == len(words) or not _breaks_word(text[words[place - 1].end : words[place].start]):
                if place - begun >= 2:
                    runs.append((begun, place))
                begun = place
        return runs


def _bases(word: str) -> list[tuple[str, int]]:
    bases = [(canonical(word), 0)]
    if is_hebrew(word):
        for length in range(1, min(_LONGEST_CHAIN, len(word) - 2) + 1):
            # Two letters are the end of many words: only a short prefix is likely before them.
            if word[:length] in _CHAINS and (len(word) - length > 2 or length <= 2):
                bases.append((canonical(word[length:]), length))
    return bases


@dataclass
class Index:
    """Entries, found by how they begin."""

    _by_word: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _by_joined: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _by_head: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _by_tail: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _with_number: list[Entry] = field(default_factory=list)
    _others: list[tuple[str, Entry]] = field(default_factory=list)
    size: int = 0
    _has_names: bool = False
    _longest_joined: int = 0

    def add(self, entries: Iterable[Entry]) -> None:
        """Have these looked for, too."""
        for entry in entries:
            self.size += 1
            self._has_names = self._has_names or entry.is_name
            first = entry.words[0]
            if patterns.is_glob(first):
                self._add_glob(first, entry)
                continue
            self._by_word[first].append(entry)
            if not (entry.has_globs or entry.before or entry.after) and len(entry.joined) >= _LEAST_JOINED:
                self._by_joined[entry.joined].append(entry)
                self._longest_joined = max(self._longest_joined, len("".join(entry.words)))

    def _add_glob(self, first: str, entry: Entry) -> None:
        literals = first.replace(NUMBER, ANY).split(ANY)
        if len(literals[0]) >= 2:
            self._by_head[literals[0][:2]].append(entry)
        elif len(literals[-1]) >= 2:
            self._by_tail[literals[-1][-2:]].append(entry)
        elif NUMBER in first:
            self._with_number.append(entry)
        else:
            self._others.append((max(literals, key=len), entry))

    def scan(self, view: View) -> list[Found]:
        """Every place of every entry, each place of an entry once."""
        words = view.folded.words
        found: dict[tuple[int, int, int, int], Found] = {}
        for one in itertools.chain(
            self._straight(view, words, view.bases),
            self._in_split_words(view),
            self._as_one_word(view),
            self._spelled(view),
            self._broken(view),
        ):
            found.setdefault((one.entry.rule_index, one.entry.phrase_index, one.start, one.end), one)
        return list(found.values())

    def _straight(
        self, view: View, words: Iterable[Word], bases: list[list[tuple[str, int]]], kinds: list[int] | None = None
    ) -> Iterator[Found]:
        all_words = tuple(words)
        others = [entry for letters, entry in self._others if letters in view.canonical_text]
        for place, readings in enumerate(bases):
            for base, prefix in readings:
                for entry in self._by_word.get(base, ()):
                    if one := _whole(view.folded, all_words, entry, place, prefix, kinds):
                        yield one
                if self._by_head or self._by_tail or self._with_number or others:
                    for entry in self._globs(base, others):
                        if patterns.fits(entry.words[0], base) and (
                            one := _whole(view.folded, all_words, entry, place, prefix, kinds)
                        ):
                            yield one

    def _globs(self, base: str, others: list[Entry]) -> Iterator[Entry]:
        yield from self._by_head.get(base[:2], ())
        yield from self._by_tail.get(base[-2:], ())
        if self._with_number and not base.isalpha():
            yield from self._with_number
        yield from others

    def _in_split_words(self, view: View) -> Iterator[Found]:
        if view.split is None:
            return
        words, kinds = view.split
        yield from self._straight(view, words, [_bases(word.text) for word in words], kinds)

    def _as_one_word(self, view: View) -> Iterator[Found]:
        for word, readings, is_tagged in zip(view.folded.words, view.bases, view.tagged, strict=True):
            for base, prefix in readings:
                for entry in self._by_joined.get(base, ()):
                    if (entry.is_name or is_tagged) and len(entry.words) > 1:
                        yield Found(entry, word.start + prefix, word.end)
            if is_tagged and self._has_names:
                yield from self._inside(word)

    def _inside(self, word: Word) -> Iterator[Found]:
        """Names at the beginning or end of a hashtag or account of one long word."""
        least = _LEAST_INSIDE_HEBREW if is_hebrew(word.text) else _LEAST_INSIDE
        for length in range(least, min(len(word.text), _MOST_LETTERS)):
            for start in (0, len(word.text) - length):
                for entry in self._by_joined.get(canonical(word.text[start : start + length]), ()):
                    if entry.is_name:
                        yield Found(entry, word.start + start, word.start + start + length)

    def _spelled(self, view: View) -> Iterator[Found]:
        words = view.folded.words
        # Doubled letters may be more than the phrase has.
        most = min(_MOST_LETTERS, self._longest_joined + 2)
        for first, last in view.spelled:
            letters = "".join(word.text for word in words[first:last])
            for start in range(len(letters) - _LEAST_JOINED + 1):
                for end in range(start + _LEAST_JOINED, min(len(letters), start + most) + 1):
                    for entry in self._by_joined.get(canonical(letters[start:end]), ()):
                        yield Found(entry, words[first + start].start, words[first + end - 1].end)

    def _broken(self, view: View) -> Iterator[Found]:
        words, text = view.folded.words, view.folded.text
        for first, last in view.broken:
            for start in range(first, last - 1):
                for prefix in (length for _, length in view.bases[start]):
                    pieces = words[start].text[prefix:]
                    for end in range(start + 1, min(last, start + _MOST_PIECES)):
                        pieces += words[end].text
                        for entry in self._by_joined.get(canonical(pieces), ()):
                            between = text[words[start].start : words[end].end]
                            # Two words with a hyphen or slash are two words, unless a name is meant.
                            if entry.is_name or not ("-" in between or "/" in between):
                                yield Found(entry, words[start].start + prefix, words[end].end)


def _whole(
    folded: Folded, words: tuple[Word, ...], entry: Entry, place: int, prefix: int, kinds: list[int] | None
) -> Found | None:
    """The entry with its first word at ``place``, if all the others follow."""
    last = place + len(entry.words) - 1
    if last >= len(words):
        return None
    for step, gap in enumerate(entry.gaps, start=place):
        between = folded.text[words[step].end : words[step + 1].start]
        if not (_is_gap(between) if gap is None else between.strip() == gap):
            return None
        if not _is(entry.words[step + 1 - place], words[step + 1].text):
            return None
    if kinds is not None:
        of_these = kinds[place : last + 1]
        if not any(of_these) or (2 in of_these and not entry.is_name):
            return None
    start, end = words[place].start + prefix, words[last].end
    if entry.before:
        start -= len(entry.before)
        if start < 0 or not folded.text.startswith(entry.before, start) or folded.text[start - 1 : start].isalnum():
            return None
    if entry.after:
        if not folded.text.startswith(entry.after, end):
            return None
        end += len(entry.after)
        if folded.text[end : end + 1].isalnum():
            return None
    return Found(entry, start, end)


def _is(wanted: str, word: str) -> bool:
    """Whether a later word of a phrase is this one; the second of two Hebrew words may have its article."""
    if patterns.is_glob(wanted):
        return patterns.fits(wanted, canonical(word))
    return canonical(word) == wanted or (len(word) > 2 and word[0] == "ה" and canonical(word[1:]) == wanted)
