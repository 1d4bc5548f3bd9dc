"""Matching a text against phrases, in English and Hebrew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from services.core.kit.texts import Language
from services.core.policies.rules import VersionRules, can_match, find_hits

MESSAGE = {"en": "We promise no returns.", "he": "איננו מבטיחים תשואות."}


def found(text: str, *phrases: str) -> list[str]:
    """What of ``text`` was hit."""
    rules = [{"kind": "forbidden_phrase", "phrases": list(phrases), "message": MESSAGE}]
    return [text[hit.start : hit.end] for hit in find_hits(text, [VersionRules("v", rules)])]


class TestFindHits:
    @pytest.mark.parametrize(
        ("text", "phrase", "hits"),
        [
            pytest.param("A guaranteed return!", "guaranteed return", ["guaranteed return"], id="plain"),
            pytest.param("GUARANTEED Return", "guaranteed return", ["GUARANTEED Return"], id="case"),
            pytest.param("die STRASSE", "straße", ["STRASSE"], id="full case folding"),
            pytest.param("unguaranteed", "guaranteed", [], id="not the end of a longer word"),
            pytest.param("guarantees", "guarantee", [], id="not the start of a longer word"),
            pytest.param("pay2win", "pay", [], id="digits belong to words"),
            pytest.param("pay, pay; (pay)", "pay", ["pay", "pay", "pay"], id="every place"),
            pytest.param("guaranteed\n  return", "guaranteed return", ["guaranteed\n  return"], id="any space between"),
            pytest.param("#guaranteed_return", "guaranteed return", ["guaranteed_return"], id="hashtag"),
            pytest.param("a guaranteed-return", "guaranteed return", ["guaranteed-return"], id="hyphen in the text"),
            pytest.param("a guaranteed return", "guaranteed-return", ["guaranteed return"], id="hyphen in the phrase"),
            pytest.param("guaranteed. Return", "guaranteed return", [], id="another sentence"),
            pytest.param("we use C++ here", "C++", ["C++"], id="signs in a phrase"),
            pytest.param("cafe\u0301 noir", "caf\u00e9", ["cafe\u0301"], id="decomposed text"),
            pytest.param("caf\u00e9 noir", "cafe\u0301", ["caf\u00e9"], id="decomposed phrase"),
            pytest.param("cafe\u0301", "cafe", [], id="an accent makes another word"),
            pytest.param("gua\u00adranteed", "guaranteed", ["gua\u00adranteed"], id="soft hyphen"),
            pytest.param("תשואה מובטחת לכולם", "תשואה מובטחת", ["תשואה מובטחת"], id="Hebrew"),
            pytest.param("תְּשׁוּאָה מֻבְטַחַת", "תשואה", ["תְּשׁוּאָה"], id="vowel signs in the text"),
            pytest.param("תשואה", "תְּשׁוּאָה", ["תשואה"], id="vowel signs in the phrase"),
            pytest.param("\ufb2aכר", "שכר", ["\ufb2aכר"], id="presentation form"),
            pytest.param("התשואה", "תשואה", ["תשואה"], id="one prefix"),
            pytest.param("ושהתשואה לכשהתשואה", "תשואה", ["תשואה"] * 2, id="a usual chain of prefixes"),
            pytest.param("השתשואה בלתשואה", "תשואה", [], id="letters that are no chain"),
            pytest.param("שהתשואה", "תשואה", ["תשואה"], id="two prefixes"),
            pytest.param("ותשואה בתשואה כתשואה לתשואה מתשואה", "תשואה", ["תשואה"] * 5, id="each prefix"),
            pytest.param("רתשואה", "תשואה", [], id="a letter that is no prefix"),
            pytest.param("תשואות", "תשואה", [], id="another form"),
            pytest.param("בבית־ספר", "בית ספר", ["בית־ספר"], id="maqaf"),
            pytest.param("בצה״ל", 'צה"ל', ["צה״ל"], id="gershayim"),
            pytest.param("המחיר \u200fתשואה\u200f", "תשואה", ["תשואה"], id="direction marks"),
            pytest.param("the pay", "he pay", [], id="no prefixes before Latin words"),
            pytest.param("nothing here", "...", [], id="a phrase of signs alone"),
        ],
    )
    def test_it_finds_whole_words_and_nothing_else(self, text: str, phrase: str, hits: list[str]) -> None:
        assert found(text, phrase) == hits

    def test_hits_come_in_the_order_of_the_text_and_name_their_rule(self) -> None:
        rules = [
            {"kind": "forbidden_phrase", "phrases": ["beta"], "message": MESSAGE},
            {"kind": "forbidden_phrase", "phrases": ["alpha"], "message": {"en": "Say it plainly."}},
        ]
        hits = find_hits("alpha beta", [VersionRules("v", rules)])
        assert [(hit.phrase, hit.rule_index, hit.start, hit.end) for hit in hits] == [
            ("alpha", 1, 0, 5),
            ("beta", 0, 6, 10),
        ]
        assert hits[1].message_in(Language.HE) == MESSAGE["he"]
        assert hits[0].message_in(Language.HE) == "Say it plainly."
        assert "alpha" in hits[0].what_to_do_in(Language.HE)


class TestCanMatch:
    @pytest.mark.parametrize(("phrase", "answer"), [("a", True), ("שכר", True), ("\u200f", False), ("?!", False)])
    def test_a_phrase_needs_a_letter_or_digit(self, phrase: str, answer: bool) -> None:
        assert can_match(phrase) is answer


class TestEmbargo:
    UNTIL = datetime(2030, 1, 15, 9, tzinfo=UTC)
    RULE: ClassVar[dict[str, object]] = {
        "kind": "embargo",
        "phrases": ["launch day", "lumen x"],
        "message": MESSAGE,
        "until": "2030-01-15T11:00:00+02:00",
    }

    @pytest.mark.parametrize(
        ("at", "hits"),
        [
            pytest.param(UNTIL - timedelta(seconds=1), 1, id="before its end"),
            pytest.param(UNTIL, 0, id="at its end"),
            pytest.param(UNTIL + timedelta(days=1), 0, id="after its end"),
            pytest.param(None, 1, id="at a time not known"),
        ],
    )
    def test_it_counts_until_its_end(self, at: datetime | None, hits: int) -> None:
        found = find_hits("Meet Lumen X!", [VersionRules("v", [self.RULE])], at=at)
        assert len(found) == hits
        assert all(hit.until == self.UNTIL for hit in found)

    def test_a_hit_says_where_its_rule_stands_and_until_when(self) -> None:
        (hit,) = find_hits("Meet Lumen X!", [VersionRules("v", [{**self.RULE, "phrases": ["a"]}, self.RULE])])
        assert (hit.rule_index, hit.phrase_index) == (1, 1)
        assert "2030-01-15 09:00 UTC" in hit.what_to_do_in(Language.EN)
        assert "2030-01-15 09:00 UTC" in hit.what_to_do_in(Language.HE)
