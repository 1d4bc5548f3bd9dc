"""Marks, prices, ends and reminders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from services.core.training import rules
from services.core.training.models import Completion, CostPer, CostStage, SessionState
from services.core.training.rules import BudgetWarning

NOW = datetime(2027, 1, 31, 9, tzinfo=UTC)
QUIZ = {
    "questions": [
        {"id": "q1", "correct": ["a"]},
        {"id": "q2", "correct": ["a", "b"]},
        {"id": "q3", "correct": ["c"]},
    ],
    "pass_percent": 66,
    "attempts_limit": 2,
    "attempts_days": 7,
}


@dataclass
class Session:
    """A session with a price."""

    cost_per: CostPer | None = CostPer.SEAT
    cost_amount: Decimal | None = Decimal(100)
    seats: int = 4
    state: SessionState = SessionState.PLANNED


class TestMark:
    def test_all_right_options_and_no_other_are_needed(self) -> None:
        marked = rules.mark(QUIZ, {"q1": ["a"], "q2": ["a"], "q3": ["c", "a"]})
        assert (marked.right, marked.wrong, marked.percent, marked.is_passed) == (["q1"], ["q2", "q3"], 33, False)

    def test_enough_right_answers_pass(self) -> None:
        assert rules.mark(QUIZ, {"q1": ["a"], "q2": ["b", "a"]}).is_passed

    def test_tries_come_back_when_the_oldest_is_old_enough(self) -> None:
        made = [NOW - timedelta(days=8), NOW - timedelta(days=6), NOW - timedelta(days=1)]
        assert rules.tries(QUIZ, made[:2], now=NOW) == rules.Tries(1, None)
        assert rules.tries(QUIZ, made, now=NOW) == rules.Tries(0, NOW + timedelta(days=1))


class TestCosts:
    def test_a_seat_is_bound_when_it_is_taken(self) -> None:
        assert rules.costs(Session(), seated=1) == {CostStage.COMMITTED: Decimal(100), CostStage.PLANNED: Decimal(300)}

    def test_a_fixed_price_is_bound_at_once(self) -> None:
        fixed = Session(cost_per=CostPer.SESSION)
        assert rules.costs(fixed, seated=0) == {CostStage.COMMITTED: Decimal(100)}

    def test_what_was_held_is_spent_and_what_was_cancelled_costs_nothing(self) -> None:
        assert rules.costs(Session(state=SessionState.HELD), seated=3) == {CostStage.SPENT: Decimal(300)}
        assert rules.costs(Session(state=SessionState.CANCELLED), seated=3) == {}

    @pytest.mark.parametrize(("used", "said"), [(89, None), (90, BudgetWarning.NEAR), (101, BudgetWarning.OVER)])
    def test_it_is_said_before_a_budget_is_exceeded(self, used: int, said: BudgetWarning | None) -> None:
        assert rules.warning(used=Decimal(used), amount=Decimal(100)) is said


class TestEnds:
    def test_a_month_that_lacks_the_day_ends_on_its_last_one_at_the_end_of_that_day(self) -> None:
        assert rules.add_months(NOW, 1, zone="Asia/Jerusalem") == datetime(2027, 2, 28, 22, tzinfo=UTC)

    def test_only_the_latest_reminder_that_is_due_is_sent(self) -> None:
        assert rules.due_reminder(timedelta(days=31), reminded_days=None) is None
        assert rules.due_reminder(timedelta(days=30), reminded_days=None) == 30
        assert rules.due_reminder(timedelta(days=20), reminded_days=30) is None
        assert rules.due_reminder(timedelta(days=5), reminded_days=30) == 7
        assert rules.due_reminder(timedelta(days=5), reminded_days=7) is None


class TestCompletion:
    @pytest.mark.parametrize(
        ("completion", "with_quiz", "with_attendance"),
        [
            (Completion.QUIZ, True, False),
            (Completion.ATTENDANCE, False, True),
            (Completion.EITHER, True, True),
            (Completion.BOTH, False, False),
        ],
    )
    def test_each_way_asks_for_what_it_says(
        self, completion: Completion, with_quiz: bool, with_attendance: bool
    ) -> None:
        assert rules.is_complete(completion, has_passed=True, has_attended=False) is with_quiz
        assert rules.is_complete(completion, has_passed=False, has_attended=True) is with_attendance
        assert rules.is_complete(completion, has_passed=True, has_attended=True)
