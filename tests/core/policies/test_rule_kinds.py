"""What each kind of rule stands against, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.core.kit.texts import Language
from services.core.policies.rule_schemas import Rule, read_hit
from services.core.policies.rules import PolicyLevel, RuleAction, RuleHit, VersionRules, find_hits, strictest

MESSAGE = {"en": "Leave it out.", "he": "אין לכתוב על כך."}
RULES: TypeAdapter[Any] = TypeAdapter(Rule)


def stored(**rule: Any) -> dict[str, Any]:
    """A rule as it is kept, checked on its way."""
    answer: dict[str, Any] = RULES.dump_python(RULES.validate_python({"message": MESSAGE, **rule}), mode="json")
    return answer


def look(text: str, *rules: dict[str, Any], **around: Any) -> list[RuleHit]:
    return find_hits(text, [VersionRules("v", list(rules))], **around)


def found(text: str, *rules: dict[str, Any], **around: Any) -> list[str]:
    hits = look(text, *rules, **around)
    assert all(hit.found == text[hit.start : hit.end] for hit in hits)
    return [hit.found for hit in hits]


class TestCompetitor:
    """S54: competitors with aliases, through Hebrew prefixes and Latin spellings."""

    RULE = stored(
        kind="competitor",
        competitors=[{"name": "Nimbex", "aliases": ["נימבקס", "Bright Fold", "SkyLoom"]}, {"name": "Ord"}],
    )

    @pytest.mark.parametrize(
        ("text", "hits"),
        [
            pytest.param("ב-Nimbex, בNimbex, ל־נימבקס", ["Nimbex", "Nimbex", "נימבקס"], id="prefix and hyphen"),
            pytest.param("ה״נימבקס״ וכשנימבקס ושבנימבקס", ["נימבקס"] * 3, id="prefix and quotes, chains"),
            pytest.param("ב'נימבקס'", ["נימבקס"], id="prefix and single quotes"),
            pytest.param("Nimbex's NIMBEX’S", ["Nimbex", "NIMBEX"], id="possessive"),
            pytest.param("#nimbex #LoveNimbex #lovenimbex", ["nimbex", "Nimbex", "nimbex"], id="hashtags"),
            pytest.param("@nimbex_il @nimbexhq", ["nimbex", "nimbex"], id="accounts"),
            pytest.param("https://www.nimbex.com/x", ["nimbex"], id="address"),
            pytest.param("BrightFold brightfold bright-fold", ["BrightFold", "brightfold", "bright-fold"], id="joined"),
            pytest.param("Sky Loom skyloom", ["Sky Loom", "skyloom"], id="taken apart"),
            pytest.param("Niмbeх", ["Niмbeх"], id="Cyrillic letters"),
            pytest.param("Nim\u200bbex N\u2060imbex", ["Nim\u200bbex", "N\u2060imbex"], id="zero width"),
            pytest.param("Ｎｉｍｂｅｘ 𝐍𝐢𝐦𝐛𝐞𝐱", ["Ｎｉｍｂｅｘ", "𝐍𝐢𝐦𝐛𝐞𝐱"], id="full width and bold"),
            pytest.param("N i m b e x, N.I.M.B.E.X", ["N i m b e x", "N.I.M.B.E.X"], id="letter by letter"),
            pytest.param("Nim🔥bex", ["Nim🔥bex"], id="a picture between letters"),
            pytest.param("Nimbex™ Nimbex²", ["Nimbex", "Nimbex"], id="signs behind the name"),
            pytest.param("N̶i̶m̶b̶e̶x̶", ["N̶i̶m̶b̶e̶x̶"], id="struck through"),
            pytest.param("נִימְבֵּקְס נימבקּס", ["נִימְבֵּקְס", "נימבקּס"], id="vowel signs"),
            pytest.param("Nimbexed, unnimbex, words, Ordinary order", [], id="other words"),
        ],
    )
    def test_s54_a_name_is_found_however_it_is_spelled(self, text: str, hits: list[str]) -> None:
        assert found(text, self.RULE) == hits

    def test_a_hit_names_the_competitor_and_the_words(self) -> None:
        (hit,) = look("של נימבקס", self.RULE)
        assert (hit.phrase_index, hit.found) == (0, "נימבקס")
        assert "נימבקס" in hit.what_to_do_in(Language.HE)


class TestPattern:
    """S53: a term list with patterns."""

    RULE = stored(kind="pattern", patterns=["Q# [results|revenue]", "lum*", "# אחוז*", "project * plan", "*codename"])

    @pytest.mark.parametrize(
        ("text", "hits"),
        [
            pytest.param("Q3 results, q12-revenue", ["Q3 results", "q12-revenue"], id="number and choice"),
            pytest.param("Lumen and Lum, alum", ["Lumen", "Lum"], id="ending"),
            pytest.param("12.5 אחוזים", ["12.5 אחוזים"], id="Hebrew ending after a number"),
            pytest.param("project blue plan; project plan", ["project blue plan"], id="one word between"),
            pytest.param("thecodename", ["thecodename"], id="beginning"),
            pytest.param("Q results", [], id="no number"),
        ],
    )
    def test_s53_signs_stand_for_what_the_page_says(self, text: str, hits: list[str]) -> None:
        assert found(text, self.RULE) == hits

    @pytest.mark.parametrize(
        "pattern", ["*", "a*", "[a|b", "[[a|b]|c]", "word *", "[a|b][a|b][a|b][a|b][a|b][a|b][a|b]"]
    )
    def test_what_stands_for_anything_or_too_much_is_refused(self, pattern: str) -> None:
        with pytest.raises(ValidationError):
            stored(kind="pattern", patterns=[pattern])

    def test_no_pattern_makes_a_long_word_slow(self) -> None:
        # A backtracking matcher would need longer than the age of the sun.
        rule = stored(kind="pattern", patterns=["aa" + "*a" * 40 + "b"])
        assert found("a" * 5_000, rule) == []


class TestTopic:
    """S52: religion and politics, in Hebrew and English."""

    @pytest.mark.parametrize(
        ("topic", "text", "hits"),
        [
            ("religion", "Pray to God.", ["Pray to", "God"]),
            ("religion", "הדת שלנו", ["דת"]),
            ("religion", "לבית־הכנסת", ["בית־הכנסת"]),
            ("religion", "Godot, thank god, מועדת, שבת שלום, בר מצווה", []),
            ("politics", "The minister speaks", ["minister"]),
            ("politics", "ראש הממשלה", ["ראש הממשלה"]),
            ("politics", "We administer; פנו ימינה ואז שמאלה; left and right", []),
            ("politics", "הכנסת אורחים, office politics, leader election", []),
        ],
    )
    def test_s52_a_subject_is_known_by_its_words(self, topic: str, text: str, hits: list[str]) -> None:
        assert found(text, stored(kind="topic", topic=topic)) == hits

    def test_words_with_two_meanings_count_together(self) -> None:
        rule = stored(kind="topic", topic="politics")
        assert found("a vote", rule) == []
        assert found("a vote about the constitution", rule) == ["vote", "constitution"]

    def test_an_organization_adds_and_removes_words(self) -> None:
        rule = stored(kind="topic", topic="politics", add=["moonist*"], remove=["minister", "Ballot Election Ltd"])
        assert found("The minister met moonists at Ballot Election Ltd", rule) == ["moonists"]


class TestPay:
    """S55: a number with a currency near words for pay."""

    @pytest.mark.parametrize(
        ("text", "hits"),
        [
            ("שכר 25,000 ₪", ["25,000 ₪"]),
            ("25K salary", ["25K"]),
            ("earns $120k", ["$120k"]),
            ("salary: $20-25k per month", ["$20-25k"]),
            ("המשכורת היא עשרים אלף שקל", ["עשרים אלף שקל"]),
            ("משכורת של 18,000 ברוטו", ["18,000"]),
            ("the new plan costs $49 a month", []),
            ("מחיר: 350 ₪", []),
            ("We raised $12M", []),
            ("an annual turnover of $3M", []),
            ("שכר דירה 7,000 ₪", []),
            ("salary survey of 2026 with 12,000 answers", []),
        ],
    )
    def test_s55_an_amount_is_pay_only_near_a_word_for_pay(self, text: str, hits: list[str]) -> None:
        assert found(text, stored(kind="pay")) == hits

    def test_an_organization_adds_and_removes_words(self) -> None:
        assert found("zlotten: 500 EUR", stored(kind="pay", add=["zlotten"])) == ["500 EUR"]
        assert found("a bonus of 500 EUR", stored(kind="pay", remove=["bonus"])) == []


class TestDisclosure:
    RULE = stored(
        kind="required_disclosure",
        texts={"en": ["I work at Lumen", "#LumenTeam"], "he": ["העבודה שלי בלומן"]},
        within_characters=60,
    )

    @pytest.mark.parametrize(
        "text",
        [
            "Hi! I work at Lumen. News!",
            "#LumenTeam brings news",
            "(i  work at LUMEN) news",
            "היי, העבודה שלי בלומן ויש חדשות",
        ],
    )
    def test_it_is_enough_near_the_top_in_the_posts_language(self, text: str) -> None:
        assert look(text, self.RULE) == []

    def test_a_post_without_it_is_told_what_to_add(self) -> None:
        (hit,) = look("News!", self.RULE)
        assert (hit.start, hit.end, hit.found, hit.phrase) == (0, 0, "", "I work at Lumen")
        assert "I work at Lumen" in hit.what_to_do_in(Language.EN)
        (hit,) = look("חדשות טובות מהצוות! I work at Lumen", self.RULE)
        assert hit.phrase == "העבודה שלי בלומן"

    @pytest.mark.parametrize("text", ["x" * 60 + " I work at Lumen and that is it", "News! #monday #LumenTeam"])
    def test_too_late_or_only_as_a_last_hashtag_is_told_to_move(self, text: str) -> None:
        (hit,) = look(text, self.RULE)
        assert hit.is_near_miss
        assert "Move" in hit.what_to_do_in(Language.EN)


class TestLinks:
    RULE = stored(kind="links_allowed", domains=["lumen.example", "בית.example"])

    @pytest.mark.parametrize(
        "text",
        [
            "https://lumen.example/a?b#c, http://www.lumen.example:8080",
            "בלומן: lumen.example/jobs.",
            "LUMEN.example, a.b.lumen.example",
            "https://בית.example/x",
            "hr@other.example",
            "we use node.js and ASP.NET 2.0, e.g. here.Then there",
        ],
    )
    def test_own_domains_and_what_is_no_link_pass(self, text: str) -> None:
        assert found(text, self.RULE) == []

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("https://lumen.example.evil.test/x", "lumen.example.evil.test"),
            ("https://lumen.example@evil.test/x", "evil.test"),
            ("https://evil.test\\@lumen.example", "evil.test"),
            ("https://notlumen.example", "notlumen.example"),
            ("www.evil.test.", "www.evil.test"),
            ("בevil.com/x", "evil.com"),
            ("https://lumen%2eexample", "lumen%2eexample"),
        ],
    )
    def test_others_are_refused_by_where_they_lead(self, text: str, shown: str) -> None:
        (hit,) = look(text, self.RULE)
        assert hit.phrase == shown

    @pytest.mark.parametrize("text", ["https://lumеn.example", "https://xn--lumn-h8d.example"])
    def test_a_look_alike_is_refused_and_said_to_be_one(self, text: str) -> None:
        (hit,) = look(text, self.RULE)
        assert hit.is_near_miss
        assert "אותיות" in hit.what_to_do_in(Language.HE)

    def test_hosts_of_the_product_may_always_be_linked_to(self) -> None:
        assert found("https://links.lumen.test/x", self.RULE, own_hosts=["links.lumen.test:8080"]) == []


class TestEmbargo:
    def test_s53_it_holds_to_the_second(self) -> None:
        until = datetime(2030, 1, 15, 9, tzinfo=UTC)
        rule = stored(kind="embargo", phrases=["Lumen X"], until="2030-01-15T11:00:00+02:00")
        assert found("Lumen X", rule, at=until - timedelta(seconds=1)) == ["Lumen X"]
        assert found("Lumen X", rule, at=until) == []


class TestWhereARuleHolds:
    def test_networks_and_languages_limit_a_rule(self) -> None:
        rule = stored(kind="forbidden_phrase", phrases=["beta", "בטא"], networks=["linkedin"], languages=["he"])
        assert found("beta", rule) == []
        assert found("בטא", rule) == ["בטא"]
        assert found("בטא", rule, network="linkedin") == ["בטא"]
        assert found("בטא", rule, network="facebook") == []
        assert found("beta", rule, language=Language.HE) == ["beta"]


class TestLevels:
    """S51: organization and program; the stricter wins, and the answer names the rule that fired."""

    def test_s51_both_levels_count_and_a_stop_wins_over_a_review(self) -> None:
        organization = stored(kind="forbidden_phrase", phrases=["beta"])
        program = stored(kind="forbidden_phrase", phrases=["beta", "alpha"], action="review")
        hits = find_hits(
            "alpha beta",
            [
                VersionRules("11111111-1111-1111-1111-111111111111", [organization], PolicyLevel.ORGANIZATION),
                VersionRules("22222222-2222-2222-2222-222222222222", [program], PolicyLevel.PROGRAM),
            ],
        )
        assert [(hit.level, hit.found, hit.action) for hit in hits] == [
            (PolicyLevel.ORGANIZATION, "beta", RuleAction.STOP),
            (PolicyLevel.PROGRAM, "alpha", RuleAction.REVIEW),
            (PolicyLevel.PROGRAM, "beta", RuleAction.REVIEW),
        ]
        assert strictest(hits) is RuleAction.STOP
        assert strictest(hits[1:]) is RuleAction.REVIEW
        assert strictest([]) is None
        read = read_hit(hits[1], language=Language.HE)
        assert (read.level, read.rule_pointer, read.action, read.message) == (
            "program",
            "/rules/0",
            "review",
            MESSAGE["he"],
        )

    def test_a_program_cannot_allow_links_that_the_organization_does_not(self) -> None:
        rules = [
            [stored(kind="links_allowed", domains=["a.example"])],
            [stored(kind="links_allowed", domains=["a.example", "b.example"])],
        ]
        hits = find_hits("https://b.example", [VersionRules(str(n), one) for n, one in enumerate(rules)])
        assert [hit.policy_version_id for hit in hits] == ["0"]


class TestStoredRules:
    def test_rules_of_older_versions_are_read_as_they_are(self) -> None:
        old = [
            {"kind": "forbidden_phrase", "phrases": ["a"], "message": {"en": "No."}, "until": None},
            {"kind": "embargo", "phrases": ["b"], "message": {"en": "No."}, "until": "2030-01-15T09:00:00Z"},
        ]
        for rule in old:
            assert rule.items() <= RULES.dump_python(RULES.validate_python(rule), mode="json").items()
        assert found("a b", *old) == ["a", "b"]

    @pytest.mark.parametrize(
        ("rule", "place"),
        [
            ({"kind": "other"}, ("kind",)),
            ({}, ("kind",)),
            ({"kind": "embargo", "phrases": ["x"], "message": MESSAGE}, ("until",)),
            ({"kind": "competitor", "competitors": [{"name": "!"}], "message": MESSAGE}, ("competitors", 0, "name")),
            ({"kind": "links_allowed", "domains": ["https://a.example"], "message": MESSAGE}, ("domains", 0)),
            ({"kind": "pay", "message": {}}, ("message",)),
            ({"kind": "required_disclosure", "texts": {"en": []}, "message": MESSAGE}, ("texts",)),
            ({"kind": "topic", "topic": "weather", "message": MESSAGE}, ("topic",)),
        ],
    )
    def test_a_problem_is_told_by_the_field_that_the_caller_wrote(
        self, rule: dict[str, Any], place: tuple[str | int, ...]
    ) -> None:
        with pytest.raises(ValidationError) as refused:
            RULES.validate_python(rule)
        assert [problem["loc"] for problem in refused.value.errors()] == [place]

    def test_a_draft_that_changes_under_its_id_is_read_anew(self) -> None:
        assert found("alpha", stored(kind="forbidden_phrase", phrases=["alpha"])) == ["alpha"]
        assert found("alpha", stored(kind="forbidden_phrase", phrases=["beta"])) == []
