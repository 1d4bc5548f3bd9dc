"""What of people's answers is counted, and which of the counts may be shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.api.content.feedback import read_feedback
from services.core.content.feedback import reasons_of, votes_of
from services.core.content.feedback_repository import Answers
from services.core.content.models import ItemFeedback

K = 5


def answers(people: int, **values: Any) -> Answers:
    """So many people who answered the same."""
    blank: dict[str, Any] = {"rating": None, "is_passed": False, "reason": None, "department": None, "country": None}
    return Answers(**{**blank, "goals": (), **values}, people=people)


def counted(votes: dict[str, int], *, offered: int = 1000, **values: Any) -> dict[str, Any]:
    """What is shown of a count of an item."""
    found = ItemFeedback(
        item_id=uuid4(), taken_at=datetime(2027, 3, 1, 9, tzinfo=UTC), votes={"all": votes}, offered=offered,
        **{"reasons": {}, "with_goals": 0, "unmatched": 0, **values},
    )  # fmt: skip
    return read_feedback(found.item_id, found, k=K).model_dump(mode="json")


class TestCounting:
    def test_only_groups_of_enough_voters_are_kept(self) -> None:
        made = votes_of(
            [
                answers(4, rating="weak", department="Sales", country="IL", goals=("sun",)),
                answers(1, is_passed=True, reason="not_relevant", department="Sales", country="DE"),
                answers(3, rating="good", department="Legal", goals=("sun",)),
                answers(9, is_passed=True, reason="no_time", department="Legal"),
            ],
            k=K,
        )
        assert made == {
            "all": {"weak": 4, "passed": 1, "good": 3},
            "department:Sales": {"weak": 4, "passed": 1},
            "goal:sun": {"weak": 4, "good": 3},
        }

    def test_who_rates_and_passes_on_it_votes_once_and_gives_a_reason(self) -> None:
        rows = [answers(6, rating="weak", is_passed=True, reason="not_relevant"), answers(2, is_passed=True)]
        assert votes_of(rows, k=K) == {"all": {"weak": 6}}
        assert reasons_of(rows) == {"not_relevant": 6, "none": 2}


class TestShowing:
    @pytest.mark.parametrize(
        ("votes", "offered", "total", "shown"),
        [
            ({"good": 4}, 1000, None, {"good": None, "ok": None, "weak": None}),
            ({"good": 20, "ok": 6, "weak": 10}, 1000, 36, {"good": 20, "ok": 6, "weak": 10}),
            # A small part is hidden, and the next larger one with it: the total would give it away.
            ({"good": 20, "ok": 6, "weak": 2}, 1000, 28, {"good": 20, "ok": None, "weak": None}),
            ({"good": 20, "ok": 3, "weak": 2}, 1000, 25, {"good": 20, "ok": None, "weak": None}),
            # All but three have answered: those three would be told of.
            ({"good": 20, "weak": 10}, 33, None, {"good": None, "ok": None, "weak": None}),
        ],
    )
    def test_no_number_tells_on_fewer_than_enough(
        self, votes: dict[str, int], offered: int, total: int | None, shown: dict[str, int | None]
    ) -> None:
        made = counted(votes, offered=offered)
        assert made["answers"] == {"people": total, "suppressed": total is None}
        assert {rating: count["people"] for rating, count in made["ratings"].items()} == shown

    def test_reasons_and_the_fit_to_goals_are_hidden_by_the_same_rule(self) -> None:
        made = counted({}, reasons={"disagree": 7, "none": 2, "other": 8}, with_goals=40, unmatched=3)
        assert made["not_for_me"]["people"] == 17
        assert {name: count["people"] for name, count in made["reasons"].items() if count["people"] != 0} == {
            "disagree": None, "none": None, "other": 8,
        }  # fmt: skip
        assert made["with_goals"]["people"] is None
        assert counted({}, with_goals=40, unmatched=10)["without_match"]["people"] == 10

    def test_what_was_never_counted_is_not_shown(self) -> None:
        made = read_feedback(uuid4(), None, k=K)
        assert made.counted_on is None
        assert made.answers.suppressed
        assert made.with_goals.suppressed
