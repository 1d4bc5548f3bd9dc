"""What reads the same, and when too much of it stands together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.kit.ids import new_id
from services.core.programs.models import Channel, SimilarAction
from services.core.shares.words import (
    READS_THE_SAME,
    WINDOW,
    Measured,
    Outcome,
    Post,
    bare_words,
    decide,
    measure,
    similarity,
    words_hash,
)

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class TestBareWords:
    @pytest.mark.parametrize(
        "other",
        [
            "We are HIRING in Tel Aviv",
            "  we are\n\nhiring in\u00a0tel aviv ",
            "we are hiring 🎉 in tel aviv 👩🏽‍💻",
            "we are hiring https://lumen.example/c/abc in tel aviv www.lumen.example",
            "we are hi\u200bring in tel aviv\u200f",
        ],
    )
    def test_case_spaces_links_emoji_and_hidden_marks_do_not_count(self, other: str) -> None:
        assert bare_words(other) == bare_words("We are hiring in Tel Aviv")

    def test_niqqud_does_not_count(self) -> None:
        assert bare_words("בּוֹאוּ לַעֲבֹד אִתָּנוּ") == bare_words("בואו לעבד אתנו")

    def test_what_everybody_has_to_say_does_not_count(self) -> None:
        disclosure = "I work at Lumen."
        assert bare_words("I work  at\nlumen.\n\nMy own words", without=[disclosure]) == bare_words("My own words")

    def test_other_words_are_other_words(self) -> None:
        assert bare_words("We are hiring") != bare_words("We are firing")

    @given(st.text())
    def test_bare_words_stay_as_they_are(self, text: str) -> None:
        bare = bare_words(text)
        assert not any(letter.isspace() for letter in bare)
        assert bare_words(bare.casefold()) == bare_words(bare)


class TestSimilarity:
    def test_a_changed_letter_reads_the_same_and_an_own_opening_does_not(self) -> None:
        offered = bare_words("We are hiring in Tel Aviv (hybrid), come and build with us. #jobs")
        assert (
            similarity(offered, bare_words("We're hiring in Tel Aviv (hybrid), come and build with us! #jobs")) >= 0.9
        )
        own = bare_words(
            "Three years ago I nearly did not apply. Best mistake I never made. We are hiring in Tel Aviv, ask me."
        )
        assert similarity(offered, own) < READS_THE_SAME

    def test_the_hash_is_keyed(self) -> None:
        assert words_hash("a", pepper="p" * 32) == words_hash("a", pepper="p" * 32)
        assert words_hash("a", pepper="p" * 32) != words_hash("a", pepper="q" * 32)


def posts(*hours_and_same: tuple[float, bool]) -> list[Post]:
    """Posts so many hours from the wished time."""
    return [Post(AT + hours * HOUR, is_same) for hours, is_same in hours_and_same]


class TestMeasure:
    def test_too_few_posts_are_no_pattern(self) -> None:
        assert measure(posts((1, True), (2, True), (3, True)), at=AT, least=4).share == 0

    def test_the_worst_day_around_the_time_counts(self) -> None:
        before = [(-hours, True) for hours in (1, 2, 3, 4)]
        after = [(hours, False) for hours in range(1, 23)]
        assert measure(posts(*before, *after), at=AT, least=4) == Measured(4, 4)

    def test_posts_a_day_apart_do_not_stand_together(self) -> None:
        assert measure(posts((-23, True), (-22, True), (23, True), (22, True)), at=AT, least=4).share == 0

    @given(st.lists(st.tuples(st.integers(-48, 48), st.booleans()), max_size=12), st.integers(1, 5))
    def test_no_day_tried_one_by_one_is_worse(self, given_posts: list[tuple[int, bool]], least: int) -> None:
        found = posts(*((half / 2, is_same) for half, is_same in given_posts))
        worst = measure(found, at=AT, least=least)
        for minutes in range(-24 * 60 + 1, 1, 15):
            start = AT + timedelta(minutes=minutes)
            inside = [post for post in found if start <= post.at < start + WINDOW]
            if len(inside) >= least:
                assert sum(post.is_same for post in inside) / len(inside) <= worst.share


class TestDecide:
    @pytest.mark.parametrize(
        ("same", "action", "outcome"),
        [
            (2, SimilarAction.NUDGE, Outcome.FINE),
            (3, SimilarAction.NUDGE, Outcome.NUDGE),
            (3, SimilarAction.REVIEW, Outcome.REVIEW),
            (4, SimilarAction.NUDGE, Outcome.REVIEW),
            (10, SimilarAction.NUDGE, Outcome.REVIEW),
        ],
    )
    def test_more_than_a_fifth_is_said_and_two_fifths_are_read_first(
        self, same: int, action: SimilarAction, outcome: Outcome
    ) -> None:
        channel = Channel(organization_id=new_id(), program_id=new_id(), network="linkedin", similar_action=action)
        found = decide(Measured(10, same), channel=channel)
        assert found.outcome is outcome
        assert bool(found.advice) == (outcome is not Outcome.FINE)
