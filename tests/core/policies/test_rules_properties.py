"""What has to hold for every text."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.policies.rules import RuleHit, VersionRules, find_hits
from tests.policy_corpus import read_company, read_posts

COMPANY = read_company()
BUILDING = [post for post in read_posts() if not post.is_for_measuring]
#: What people see, and what they do not.
POINTS = "".join(map(chr, (*range(0x5B0, 0x5BD), 0x5BF, 0x5C1, 0x5C2, 0x591, 0x5A5)))
UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2066\u2069\u00ad\ufeff"
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)

few = settings(max_examples=200, deadline=None)


def look(text: str, *rules: dict[str, Any]) -> list[RuleHit]:
    return find_hits(text, [VersionRules("properties", list(rules))])


def phrase_rule(*phrases: str) -> dict[str, Any]:
    return {"kind": "forbidden_phrase", "phrases": list(phrases), "message": {"en": "No."}}


def _sprinkle(data: st.DataObject, text: str, what: str, *, behind: str) -> str:
    """The text with some of ``what`` behind some of those letters."""
    letters = []
    for letter in text:
        letters.append(letter)
        if (not behind or letter in behind) and data.draw(st.integers(0, 3)) == 0:
            letters.append(data.draw(st.sampled_from(what)))
    return "".join(letters)


@few
@given(st.lists(st.one_of(ANYTHING, st.sampled_from([post.text for post in BUILDING])), max_size=3))
def test_every_place_is_one_of_the_original_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for hit in find_hits(text, [COMPANY.version]):
        assert 0 <= hit.start <= hit.end <= len(text)
        assert hit.found == text[hit.start : hit.end]
        assert hit.found or hit.code == "required_disclosure"


@few
@given(ANYTHING, ANYTHING, st.sampled_from(["תשואה מובטחת", "guaranteed return", "נימבקס", "C++"]))
def test_a_phrase_between_spaces_is_found_at_its_place_whatever_is_around(before: str, after: str, phrase: str) -> None:
    hits = look(f"{before} {phrase} {after}", phrase_rule(phrase))
    assert (len(before) + 1, len(before) + 1 + len(phrase)) in [(hit.start, hit.end) for hit in hits]


@few
@given(st.sampled_from(BUILDING), st.data())
def test_vowel_signs_hide_nothing(post: Any, data: st.DataObject) -> None:
    pointed = _sprinkle(data, post.text, POINTS, behind="אבגדהוזחטיכלמנסעפצקרשתםןץףך")
    assert COMPANY.rules_against(_with_text(post, pointed)) >= post.rules - {"links"}


@few
@given(st.sampled_from(BUILDING), st.data())
def test_marks_that_nobody_sees_hide_nothing(post: Any, data: st.DataObject) -> None:
    marked = _sprinkle(data, post.text, UNSEEN, behind="")
    assert COMPANY.rules_against(_with_text(post, marked)) >= post.rules - {"links"}


#: In "LumenEdge" the capitals are all that parts the words.
_PARTED_BY_CASE = re.compile("[a-z][A-Z]")
_WHOLE_WORDS = [post for post in BUILDING if not _PARTED_BY_CASE.search(post.text)]


@few
@given(st.sampled_from(_WHOLE_WORDS), st.sampled_from([str.upper, str.lower, str.swapcase, str.title]))
def test_case_hides_nothing(post: Any, change: Any) -> None:
    assert COMPANY.rules_against(_with_text(post, change(post.text))) >= post.rules


@few
@given(ANYTHING, st.sampled_from(["תשואה", "guarantee", 'צה"ל', "Lumen Edge"]))
def test_a_text_without_a_letter_of_the_phrase_is_never_hit(text: str, phrase: str) -> None:
    bare = "".join(letter for letter in text if letter.isascii() and letter.lower() not in phrase.lower())
    assert look(bare, phrase_rule(phrase)) == []


@few
@given(ANYTHING, ANYTHING)
def test_any_phrase_is_found_in_a_text_that_is_that_phrase(phrase: str, around: str) -> None:
    rule = phrase_rule(phrase)
    hits = look(phrase, rule)
    # What has nothing to look for, such as signs alone, stands against nothing.
    assert bool(hits) == any(hit.start < hit.end for hit in look(f"\n{phrase}\n", rule))


def _with_text(post: Any, text: str) -> Any:
    return type(post)(post.id, post.language, text, post.rules, post.network)


@pytest.mark.parametrize(
    "piece",
    ["a ", "a.", "#a", "שכר 5,000 ₪ ", "god faith lord ", "vote party ", "https://a.com ", "וכש", "1,", "Nimbex "],
)
def test_no_text_of_twenty_thousand_characters_takes_long(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    began = time.process_time()
    find_hits(text, [COMPANY.version])
    # About 0.2 s; what grows with the square of the length takes minutes.
    assert time.process_time() - began < 4
