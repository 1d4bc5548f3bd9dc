"""Spans of days: whatever two of them are told of, their difference is of a group."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from random import Random
from uuid import UUID

from services.core.reports.periods import Day, Period, Run, cover, make_runs

K = 5
FIRST = date(2026, 9, 1)


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _made(*people: int) -> list[Day]:
    """Days with so many different people each."""
    return [Day(_day(n), (frozenset(UUID(int=100 * n + p) for p in range(count)),)) for n, count in enumerate(people)]


def _period(first: int, last: int) -> Period:
    return Period(_day(first), _day(last), "Asia/Jerusalem")


class TestRuns:
    def test_a_day_of_enough_people_stands_alone(self) -> None:
        assert make_runs(_made(5, 6), k=K) == [Run(_day(0), _day(0), True), Run(_day(1), _day(1), True)]

    def test_days_of_few_are_put_together_until_they_are_enough(self) -> None:
        assert make_runs(_made(2, 0, 2, 1, 7), k=K) == [Run(_day(0), _day(3), True), Run(_day(4), _day(4), True)]

    def test_what_is_left_at_the_end_belongs_to_the_last_run(self) -> None:
        assert make_runs(_made(5, 2), k=K) == [Run(_day(0), _day(1), True)]

    def test_few_people_over_all_days_are_no_group(self) -> None:
        assert make_runs(_made(1, 2), k=K) == [Run(_day(0), _day(1), False)]

    def test_each_of_several_numbers_has_enough_people_or_nobody(self) -> None:
        many, few, none = frozenset(UUID(int=n) for n in range(6)), frozenset({UUID(int=1)}), frozenset[UUID]()
        days = [Day(_day(0), (many, none)), Day(_day(1), (many, few)), Day(_day(2), (none, many))]
        assert make_runs(days, k=K) == [Run(_day(0), _day(0), True), Run(_day(1), _day(2), True)]


class TestCover:
    def test_a_span_that_cuts_a_run_is_shortened_to_whole_ones(self) -> None:
        runs = make_runs(_made(5, 3, 3, 5, 5), k=K)
        assert cover(runs, _period(0, 1)) == _period(0, 0)
        assert cover(runs, _period(0, 2)) == _period(0, 2)
        assert cover(runs, _period(2, 4)) == _period(3, 4)
        assert cover(runs, _period(1, 1)) is None
        assert cover(runs, _period(2, 2)) is None

    def test_days_without_anything_may_be_told_of(self) -> None:
        runs = make_runs(_made(5, 0, 0, 5), k=K)
        assert cover(runs, _period(1, 2)) == _period(1, 2)

    def test_few_people_are_told_of_in_no_span(self) -> None:
        assert cover(make_runs(_made(1, 2), k=K), _period(0, 9)) is None
        assert cover(make_runs(_made(1, 2), k=K), _period(2, 9)) == _period(2, 9)

    def test_attack_no_two_spans_differ_by_what_few_people_did(self) -> None:
        chance = Random(7)
        for _ in range(30):
            days = [
                Day(
                    _day(n), (frozenset(UUID(int=chance.randrange(12)) for _ in range(chance.choice((0, 0, 1, 2, 6)))),)
                )
                for n in range(14)
            ]
            runs = make_runs(days, k=K)
            told = {
                found
                for first in range(14)
                for last in range(first, 14)
                if (found := cover(runs, _period(first, last))) is not None
            }
            for one, other in combinations(told, 2):
                first = {d.day_on for d in days if one.from_on <= d.day_on <= one.to_on}
                second = {d.day_on for d in days if other.from_on <= d.day_on <= other.to_on}
                for rest in (first - second, second - first):
                    behind = set().union(*(d.people[0] for d in days if d.day_on in rest))
                    assert not behind or len(behind) >= K or not (first <= second or second <= first)
