"""Which offers a person is shown, in which order and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.core.content import ranking
from services.core.content.models import AudienceTag, Rating
from services.core.content.ranking import AUDIENCE_NAMES, Candidate, Code, Goal, Reader
from services.core.kit.texts import Language

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
SUN = Goal("sun", "professional", {"en": "Solar power", "he": "אנרגיה סולארית"})
JOBS = Goal("jobs", "personal", {"en": "Jobs"})


def offer(**values: Any) -> Candidate:
    """An open offer of some age about nothing in particular."""
    return Candidate(**{"offer_id": uuid4(), "program_id": uuid4(), "offered_at": NOW - timedelta(days=30), **values})


def shown(*candidates: Candidate, reader: Reader | None = None, most: int = ranking.MOST_SHOWN) -> list[int]:
    """The places, in the order given, of the offers that a person is shown."""
    made = ranking.choose(candidates, reader or Reader(), language=Language.EN, now=NOW, most=most)
    places = {one.offer_id: place for place, one in enumerate(candidates)}
    return [places[one.candidate.offer_id] for one in made]


def codes(candidate: Candidate, reader: Reader | None = None) -> list[tuple[str, int]]:
    """What speaks for and against an offer."""
    made = ranking.judge(candidate, reader or Reader(), language=Language.EN, now=NOW)
    assert made.score == sum(one.weight for one in made.why)
    return [(one.code, one.weight) for one in made.why]


class TestWhatSpeaksForAnOffer:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"topics": ("sun",)}, [(Code.GOALS, 30)]),
            ({"topics": ("sun", "jobs")}, [(Code.GOALS, 40)]),
            ({"topics": ("cars",)}, [(Code.NO_GOAL, -10), (Code.PASSED_TOPIC, -10)]),
            ({"audience_tags": ("peers", "students")}, [(Code.YOUR_AUDIENCE, 20), (Code.NO_GOAL, -10)]),
            ({"audience_tags": ("students",)}, [(Code.OTHER_AUDIENCE, -25), (Code.NO_GOAL, -10)]),
            ({"topics": ("sun",), "rating": Rating.WEAK}, [(Code.RATED_WEAK, -40), (Code.GOALS, 30)]),
            ({"topics": ("sun",), "offered_at": NOW}, [(Code.GOALS, 30), (Code.FRESH, 10)]),
            ({"topics": ("sun",), "expires_at": NOW + timedelta(days=2)}, [(Code.GOALS, 30), (Code.ENDS_SOON, 8)]),
            (
                {"topics": ("sun",), "reasons": ("department", "language_fallback")},
                [(Code.GOALS, 30), ("language_fallback", -15), ("department", 6)],
            ),
        ],
    )
    def test_each_thing_has_a_code_and_a_weight(self, values: dict[str, Any], expected: list[Any]) -> None:
        reader = Reader(goals=(SUN, JOBS), audience=frozenset({"peers"}), passed_topics=("cars",))
        assert codes(offer(**values), reader) == expected

    def test_somebody_who_has_said_nothing_is_told_nothing_of_goals_and_audience(self) -> None:
        assert codes(offer(topics=("sun",), audience_tags=("peers",))) == []

    def test_votes_of_similar_people_count_double_and_more_votes_count_more(self) -> None:
        def weight(**votes: dict[str, int]) -> int:
            return sum(number for _, number in codes(offer(votes=votes)))

        assert weight(all={"good": 20}) == 16
        assert weight(all={"good": 20}, **{"department:Sales": {"weak": 20}}) == -32
        assert weight(**{"country:IL": {"weak": 5}}) == -20
        assert weight(**{"country:IL": {"passed": 20}}) == -32
        assert weight(all={"good": 7, "weak": 7}) == 0

    def test_words_name_goals_and_readers_in_the_language_of_the_person(self) -> None:
        reader = Reader(goals=(SUN,), audience=frozenset(AudienceTag))
        made = ranking.judge(
            offer(topics=("sun",), audience_tags=("peers",), reasons=("everybody",)), reader,
            language=Language.HE, now=NOW,
        )  # fmt: skip
        assert [one.words(Language.HE, program="Lumen") for one in made.why] == [
            "הפריט קשור למטרות שלך: אנרגיה סולארית.",
            "יש בו ערך לקהל שלך: אנשי מקצוע מהתחום.",
            "הפריט מוצע לכל השגרירים של Lumen.",
        ]
        assert set(AUDIENCE_NAMES) == set(AudienceTag)


class TestWhatIsShown:
    def test_the_best_three_newer_ones_first_among_equals(self) -> None:
        old, new = offer(), offer(offered_at=NOW - timedelta(days=20))
        assert shown(old, offer(rating=Rating.WEAK), new, offer(reasons=("department",))) == [3, 2, 0]
        assert shown(old, new, most=1) == [1]
        assert shown(offer(rating=Rating.WEAK), old, most=1) == [1]

    @pytest.mark.parametrize(
        ("share", "matching", "expected"),
        [(1.0, 0, 3), (0.5, 0, 0), (0.5, 1, 2), (0.333, 1, 1), (0.34, 2, 3), (0.0, 2, 2), (0.0, 5, 3), (0.67, 1, 3)],
    )
    def test_b17_those_that_match_no_goal_are_at_most_the_share(
        self, share: float, matching: int, expected: int
    ) -> None:
        # Without the share, all that match nothing would come first: colleagues like them.
        others = [offer(unmatched_share=share, votes={"country:IL": {"good": 2000}}) for _ in range(5)]
        theirs = [offer(unmatched_share=share, topics=("sun",), rating=Rating.WEAK) for _ in range(matching)]
        made = shown(*others, *theirs, reader=Reader(goals=(SUN,)))
        assert len(made) == expected
        unmatched = sum(place < len(others) for place in made)
        assert unmatched <= share * len(made) + 0.01
        assert len(shown(*others, reader=Reader())) == 3
