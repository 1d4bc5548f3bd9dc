"""Amounts that somebody earns: sums of money, or numbers written like them, near words for pay."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.core.policies import lexicon
from services.core.policies.lexicon import Term
from services.core.policies.matching import View

# As folded: small letters, no final letters.
_CURRENCY = (
    '(?:₪|\\$|€|£|ש"ח|שח(?![א-ת])|שקל(?:ימ)?(?![א-ת])|דולר(?:ימ)?(?![א-ת])|יורו(?![א-ת])'
    "|(?:nis|ils|usd|eur|gbp|dollars?|euros?|pounds|shekels?)(?![a-z]))"
)
_TIMES = "(?:k(?![a-z])|thousand(?![a-z])|אלפימ(?![א-ת])|אלפ(?![א-ת]))"
_MILLIONS = "(?:m(?![a-z])|mm(?![a-z])|bn(?![a-z])|million(?![a-z])|billion(?![a-z])|מיליונ(?:ימ)?(?![א-ת])|מיליארד)"
_NUMBER = "\\d[\\d,.]{0,14}"
_WORDS_FOR_NUMBERS = (
    "(?:עשר|עשרה|עשרימ|שלושימ|ארבעימ|חמישימ|שישימ|ששימ|שבעימ|שמונימ|תשעימ|מאה|מאתיימ|ואחד|ושניימ|ושלושה|וארבעה"
    "|וחמישה|ושישה|ושבעה|ושמונה|ותשעה|חמישה|שלושה|ארבעה|שישה|שבעה|שמונה|תשעה|אחד|שניימ|ten|eleven|twelve|fifteen"
    "|sixteen|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|a hundred|five"
    "|six|eight|two|three)"
)
_AMOUNT = re.compile(
    f"(?P<before>{_CURRENCY}\\s?)?"
    f"(?:(?<![a-z\\d.,:/])(?P<number>{_NUMBER}))\\s?(?P<times>{_TIMES}|{_MILLIONS})?"
    f"(?:\\s?(?:-|to|עד)\\s?{_CURRENCY}?\\s?{_NUMBER}\\s?(?P<upper_times>{_TIMES}|{_MILLIONS})?)?"
    f"(?P<after>\\s?-?{_CURRENCY})?"
    f"|(?<![א-תa-z])[בלוכהמ]?-?(?P<spoken>{_WORDS_FOR_NUMBERS}(?:[\\s-]{_WORDS_FOR_NUMBERS}){{0,3}}\\s"
    f"(?:אלפ|thousand|grand))(?![א-תa-z])(?P<after_spoken>\\s{_CURRENCY})?"
)
_NOT_WORDS = re.compile(r"[.!?](?:\s|$)|\n")
_MILLION = re.compile(_MILLIONS)
#: What may follow a number without a currency for it to be money at all, as in "a salary of 25,000 a month".
_MAY_FOLLOW = re.compile(
    "(?:a|an|per|gross|net|base|for|plus|and|monthly|annually|yearly|ברוטו|נטו|לחודש|בחודש|חודשי|לשנה|לשעה|בשנה|פלוס|ועוד"
    "|שכר|משכורת|בונוס|בסיס|salary|salaries|bonus|ote|pay|comp|compensation|wage|wages|tc|package|total|עם|כולל|or|או|עד)"
    "(?![a-zא-ת])"
)

#: What is counted and not paid.
_COUNTED = re.compile(
    "(?:followers|users|people|employees|customers|clients|members|readers|visitors|developers|engineers|tests|lines|views"
    "|subscribers|hours|days|steps|words|times|עוקבימ|משתמש|אנשי|עובדי|לקוחו|חברי|קורא|מבקר|מפתח|שורות|שעות|ימי|צפיות"
    "|פעמי|צעדי|מילי|איש)"
)

#: So many words apart, in one sentence, a sum still belongs to a word for pay; over the end of a sentence fewer.
_NEAR_WORDS = 10
_NEAR_NEXT_SENTENCE = 4
#: A number that something may be counted with belongs to a word for pay only if that all but touches it.
_NEAR_FOLLOWED = 1
#: A plain number belongs to a word for pay only right beside it, and less than this is none.
_NEAR_PLAIN = 5
_LEAST_PLAIN = 3_000


@dataclass(frozen=True)
class Earned:
    """An amount that somebody earns: its place in the folded text, and the word that says so."""

    word: str
    start: int
    end: int


@dataclass(frozen=True)
class _Amount:
    start: int
    end: int
    #: It names a currency.
    is_money: bool
    #: It names nothing, not even thousands.
    is_plain: bool = False
    #: A word follows that may be what is counted, as in "25K tests".
    is_followed: bool = False


def _amounts(text: str) -> Iterator[_Amount]:
    for match in _AMOUNT.finditer(text):
        if match["spoken"]:
            yield _Amount(match.start("spoken"), match.end(), bool(match["after_spoken"]))
            continue
        start, end = match.start(), match.end()
        digits = match["number"].rstrip(".,")
        if end == match.end("number"):
            end -= len(match["number"]) - len(digits)
        while end > start and text[end - 1].isspace():
            end -= 1
        times = match["times"] or match["upper_times"] or ""
        if match["before"] or match["after"]:
            yield _Amount(start, end, True)
            continue
        if text[end : end + 1] == "%" or text[end : end + 1].isalpha() or _MILLION.fullmatch(times):
            continue
        plain = digits.replace(",", "").split(".")[0]
        is_year = len(digits) == 4 and digits[:2] in ("19", "20")
        if digits.count(".") > 1 or (not times and (is_year or int(plain or 0) < _LEAST_PLAIN or len(plain) > 7)):
            continue
        rest = text[end:].lstrip(" ")
        if not _COUNTED.match(rest):
            is_followed = bool(rest) and rest[0].isalnum() and not _MAY_FOLLOW.match(rest)
            yield _Amount(start, end, False, not times, is_followed)


def earned(
    view: View, *, added: Iterable[tuple[str, int, int]] = (), removed: frozenset[str] = frozenset()
) -> list[Earned]:
    """Every amount of a text that is somebody's pay.

    ``added`` are words of an organization's own that mean pay, with their places; ``removed`` those that do not.
    """
    text = view.folded.text
    amounts = list(_amounts(text))
    if not amounts:
        return []
    terms = [
        *(term for term in lexicon.of_pay().terms(view) if text[term.start : term.end] not in removed),
        *(Term(phrase, lexicon.ENOUGH, start, end) for phrase, start, end in added),
    ]
    if not terms:
        return []
    others = lexicon.of_trade().terms(view)
    starts = [word.start for word in view.folded.words]
    near_terms, near_others = _Near(terms, starts), _Near(others, starts)
    found = []
    for amount in amounts:
        word = _belongs(amount, near_terms.of(amount), near_others.of(amount), starts, text)
        if word is not None:
            found.append(Earned(word, amount.start, amount.end))
    return found


class _Near:
    """Terms, found by where they are."""

    def __init__(self, terms: Iterable[Term], starts: list[int]) -> None:
        self._terms = sorted(terms, key=lambda term: term.start)
        self._places = [bisect.bisect_right(starts, term.start) for term in self._terms]
        self._starts = starts

    def of(self, amount: _Amount) -> list[Term]:
        """Those that are near enough to be looked at."""
        first = bisect.bisect_right(self._starts, amount.start) - 2 * _NEAR_WORDS
        last = bisect.bisect_left(self._starts, amount.end) + 2 * _NEAR_WORDS
        return self._terms[bisect.bisect_left(self._places, first) : bisect.bisect_right(self._places, last)]


def _belongs(amount: _Amount, terms: list[Term], others: list[Term], starts: list[int], text: str) -> str | None:
    near: dict[str, float] = {}
    nearest: tuple[int, str] | None = None
    for term in terms:
        if term.start < amount.end and amount.start < term.end:
            continue
        apart = _apart(amount, term, starts, text)
        most = _NEAR_WORDS if amount.is_money else _NEAR_FOLLOWED if amount.is_followed else _NEAR_PLAIN
        if _NOT_WORDS.search(text, min(term.end, amount.end), max(term.start, amount.start)):
            most = min(most, _NEAR_NEXT_SENTENCE)
        if apart > most:
            continue
        near[term.phrase] = term.weight
        if term.weight >= lexicon.ENOUGH and (nearest is None or apart < nearest[0]):
            nearest = (apart, term.phrase)
    if sum(near.values()) < lexicon.ENOUGH or (amount.is_plain and nearest is None):
        return None
    heaviest = max(near, key=lambda phrase: near[phrase])
    closest = nearest[0] if nearest else _NEAR_PLAIN
    for other in others:
        if other.start < amount.end and amount.start < other.end:
            continue
        is_same_sentence = not _NOT_WORDS.search(text, min(other.end, amount.end), max(other.start, amount.start))
        if is_same_sentence and _apart(amount, other, starts, text) < closest:
            return None
    return nearest[1] if nearest else heaviest


def _apart(amount: _Amount, term: Term, starts: list[int], text: str) -> int:
    """Words from one to the other; a comma parts them as much as two words do."""
    first, second = (amount.end, term.start) if term.start >= amount.end else (term.end, amount.start)
    words = bisect.bisect_left(starts, second) - bisect.bisect_left(starts, first)
    return words + 2 * text.count(", ", first, second)
