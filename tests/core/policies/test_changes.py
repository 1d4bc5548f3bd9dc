"""What is new in a version, as data and as lines to read."""

from __future__ import annotations

from typing import Any

from services.core.kit.texts import Language
from services.core.policies.changes import compare, in_words

OLD = {"en": {"summary": "Speak as yourself.", "dos": ["Say that you work here."], "donts": ["Promise returns."]}}
PHRASE: dict[str, Any] = {
    "kind": "forbidden_phrase",
    "phrases": ["guaranteed returns"],
    "message": {"en": "No promises.", "he": "בלי הבטחות."},
}


def texts(**changed: Any) -> dict[str, Any]:
    """The text of before with something else in it."""
    return {"en": {**OLD["en"], **changed}}


class TestTexts:
    def test_the_same_is_the_same(self) -> None:
        found = compare(OLD, [PHRASE], OLD, [PHRASE])
        assert found.is_same
        assert in_words(found, Language.EN) == ["Nothing has changed."]

    def test_lines_come_go_and_are_reworded(self) -> None:
        new = texts(dos=["Say near the top that you work here.", "Ask when unsure."], donts=[])
        (english,) = compare(OLD, [], new, []).texts
        assert [(pair.before, pair.after) for pair in english.dos.reworded] == [
            ("Say that you work here.", "Say near the top that you work here.")
        ]
        assert (english.dos.added, english.donts.removed) == (("Ask when unsure.",), ("Promise returns.",))

    def test_a_language_that_comes_is_said(self) -> None:
        new = {**OLD, "he": {"summary": "שלום.", "dos": ["לציין מקום עבודה."], "donts": []}}
        lines = in_words(compare(OLD, [], new, []), Language.HE)
        assert lines[0] == "נוסף טקסט בשפה: he."
        assert "מה לעשות, חדש: לציין מקום עבודה." in lines


class TestRules:
    def test_a_phrase_more_is_a_changed_rule(self) -> None:
        (one,) = compare(OLD, [PHRASE], OLD, [{**PHRASE, "phrases": ["guaranteed returns", "sure win"]}]).rules
        assert (one.change, one.added, one.removed) == ("changed", ("sure win",), ())

    def test_a_stricter_action_and_a_moved_embargo_are_read_in_both_languages(self) -> None:
        embargo = {**PHRASE, "kind": "embargo", "phrases": ["lumen x"], "until": "2030-01-01T00:00:00Z"}
        found = compare(
            OLD,
            [{**PHRASE, "action": "review"}, embargo],
            OLD,
            [{**PHRASE, "action": "stop"}, {**embargo, "until": "2030-02-01T00:00:00Z"}],
        )
        english, hebrew = (in_words(found, language) for language in (Language.EN, Language.HE))
        assert "a post with it is refused (before: an editor reads such a post first)" in english[0]
        assert "2030-02-01T00:00:00Z (before: 2030-01-01T00:00:00Z)" in english[1]
        assert hebrew[0].startswith("כלל שהשתנה (ביטויים שאין לפרסם)")

    def test_a_rule_that_comes_and_one_that_goes(self) -> None:
        competitor = {
            "kind": "competitor", "competitors": [{"name": "Glowtech", "aliases": ["גלוטק"]}], "message": {"en": "No."},
        }  # fmt: skip
        lines = in_words(compare(OLD, [PHRASE], OLD, [competitor]), Language.EN)
        assert lines == [
            "New rule (competitors): Glowtech, גלוטק. No.",
            "Rule taken back (phrases that stay out): guaranteed returns",
        ]

    def test_what_older_versions_did_not_write_down_is_no_change(self) -> None:
        new = {**PHRASE, "action": "stop", "networks": [], "languages": [], "until": None}
        assert compare(OLD, [PHRASE], OLD, [new]).is_same
