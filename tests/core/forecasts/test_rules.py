"""The simulation: bounded, repeatable, ordered, and never worse for more people."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.forecasts import rules
from services.core.forecasts.assumptions import EXAMPLES
from services.core.forecasts.models import OF_A_NETWORK, ContentKind, Name, Result
from services.core.forecasts.rules import Interval, Plan, PostsOfDays, Range, Undecided, Verdict

_FEW = 60


def _assumed(*networks: str, **others: Range) -> dict[tuple[Name, str | None], Range]:
    of_networks = [name for name in OF_A_NETWORK if name in EXAMPLES]
    made: dict[tuple[Name, str | None], Range] = {
        (name, network): EXAMPLES[name] for network in networks for name in of_networks
    }
    made |= {(name, None): value for name, value in EXAMPLES.items() if name not in OF_A_NETWORK}
    return made | {(Name(name), None): value for name, value in others.items()}


def _plan(people: int = 50, **fields: object) -> Plan:
    plan = Plan(people, 1.5, 13, {"linkedin": 1.0}, {ContentKind.LINK: 0.7, ContentKind.MEDIA: 0.3}, months=3.0)
    return replace(plan, **fields)  # type: ignore[arg-type]


class TestSimulation:
    def test_the_same_seed_gives_the_same_and_another_seed_another(self) -> None:
        plan, assumed = _plan(), _assumed("linkedin", cost_per_month=Range(900, 1000, 1500))
        first = rules.simulate(plan, assumed, seed=4711)
        assert rules.simulate(plan, assumed, seed=4711) == first
        other = rules.simulate(plan, assumed, seed=4712)
        assert other != first
        # Runs are enough that the seed hardly matters.
        for result, interval in first.items():
            assert other[result].median == pytest.approx(interval.median, rel=0.12)
        assert set(first) == set(Result)
        assert Result.COST not in rules.simulate(plan, _assumed("linkedin"), seed=1)

    def test_a_plan_that_is_certain_comes_out_as_arithmetic(self) -> None:
        exact = {
            Name.AUDIENCE_SIZE: 500, Name.VIEW_PERCENT: 20, Name.SPREAD_PERCENT: 0, Name.CLICK_PERCENT: 2,
        }  # fmt: skip
        assumed = _assumed(
            "linkedin",
            followed_percent=Range(50, 50, 50), overlap_percent=Range(0, 0, 0), minutes_per_share=Range(6, 6, 6),
            cost_per_month=Range(1000, 1000, 1000), cost_per_share=Range(1, 1, 1),
        )  # fmt: skip
        assumed |= {(name, "linkedin"): Range(value, value, value) for name, value in exact.items()}
        made = rules.simulate(_plan(4000, weeks=10, content_mix={ContentKind.LINK: 1.0}), assumed, seed=1)
        # 4,000 people, 1.5 a week, ten weeks, half of it: 30,000 posts with 100 impressions each, two clicks of 100.
        assert made[Result.SHARES].median == pytest.approx(30_000, rel=0.01)
        assert made[Result.IMPRESSIONS].median == pytest.approx(3_000_000, rel=0.01)
        assert made[Result.CLICKS].median == pytest.approx(60_000, rel=0.01)
        assert made[Result.HOURS].median == pytest.approx(3_000, rel=0.01)
        assert made[Result.COST].median == pytest.approx(33_000, rel=0.01)
        # 7.5 posts each, every one seen by a fifth: 1 - e^-1.5 of the audience sees one at least.
        assert made[Result.REACH].median == pytest.approx(4000 * 500 * 0.7769, rel=0.01)

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(
        people=st.integers(1, 3000),
        more=st.integers(1, 3000),
        each=st.floats(0.05, 20),
        weeks=st.integers(1, 104),
        seed=st.integers(0, 2**52 - 1),
        spread=st.floats(0, 1000),
    )
    def test_intervals_are_ordered_and_more_ambassadors_never_lower_anything(
        self, people: int, more: int, each: float, weeks: int, seed: int, spread: float
    ) -> None:
        assumed = _assumed("linkedin", "share_link", cost_per_ambassador_month=Range(1, 2, 3))
        assumed[Name.SPREAD_PERCENT, "linkedin"] = Range(spread, spread, spread)
        plan = _plan(people, shares_per_person_week=each, weeks=weeks, networks={"linkedin": 0.9, "share_link": 0.1})
        fewer = rules.simulate(plan, assumed, seed=seed, runs=_FEW)
        larger = rules.simulate(replace(plan, ambassadors=people + more), assumed, seed=seed, runs=_FEW)
        for result in Result:
            low, median, high = fewer[result].low, fewer[result].median, fewer[result].high
            assert 0 <= low <= median <= high
            assert larger[result].low >= low
            assert larger[result].median >= median
            assert larger[result].high >= high
        assert fewer[Result.REACH].median <= fewer[Result.IMPRESSIONS].median

    def test_the_largest_plan_takes_no_longer_than_it_may(self) -> None:
        networks = [f"network_{number}" for number in range(rules.MOST_NETWORKS)]
        plan = _plan(
            100_000, shares_per_person_week=20, weeks=104, networks=dict.fromkeys(networks, 1 / rules.MOST_NETWORKS)
        )
        before = time.process_time()
        rules.simulate(plan, _assumed(*networks), seed=3)
        assert time.process_time() - before <= 0.5

    def test_a_range_is_what_four_of_five_lie_between(self) -> None:
        for tested in (Range(100, 400, 900), Range(0, 2, 10), Range(0, 0, 5), Range(3, 3, 3)):
            drawn = sorted(tested.at(z) for _, z in zip(range(4000), rules._draws(9), strict=False))
            assert drawn[400] == pytest.approx(tested.low, abs=0.15 * (tested.high - tested.low) + 1e-9)
            assert drawn[2000] == pytest.approx(tested.typical, abs=0.05 * tested.typical + 0.2)
            assert drawn[3600] == pytest.approx(tested.high, rel=0.1)
            assert drawn[0] >= 0


class TestMeasured:
    def test_posts_tell_the_mean_how_far_they_differ_and_who_clicks(self) -> None:
        found = rules.measured([PostsOfDays(20, 2000, 400_000.0, 30), PostsOfDays(20, 6000, 1_600_000.0, 50)])
        # Forty posts of 200 impressions in the mean, squares of 50,000 in the mean: a variation of a half.
        assert found[Name.SPREAD_PERCENT] == Range(50, 50, 50)
        assert found[Name.IMPRESSIONS_PER_SHARE] == Range(180, 200, 220)
        clicks = found[Name.CLICK_PERCENT]
        assert clicks.typical == 1
        assert clicks.low < 0.9
        assert clicks.high > 1.1

    def test_too_little_tells_nothing(self) -> None:
        assert rules.measured([]) == {}
        assert rules.measured([PostsOfDays(rules.FEWEST_POSTS - 1, 4000, 1e6, 90)]) == {}
        assert rules.measured([PostsOfDays(40, 0, 0.0, 0)]) == {}
        few_clicks = rules.measured([PostsOfDays(40, 4000, 400_000.0, rules.FEWEST_CLICKS - 1)])
        assert set(few_clicks) == {Name.IMPRESSIONS_PER_SHARE, Name.SPREAD_PERCENT}


class TestJudging:
    @pytest.mark.parametrize(
        ("value", "is_over", "coverage", "expected"),
        [
            (150, True, None, Verdict.WITHIN),
            (100, True, 100, Verdict.WITHIN),
            (200.4, True, 100, Verdict.WITHIN),
            (99, True, 80, Verdict.BELOW),
            (201, True, 100, Verdict.ABOVE),
            (99, True, 79, Undecided.PARTLY_COVERED),
            (150, True, 10, Undecided.PARTLY_COVERED),
            (201, True, 10, Verdict.ABOVE),
            (150, False, 100, Undecided.NOT_OVER),
        ],
    )
    def test_a_number_lies_within_below_or_above_or_nobody_can_say(
        self, value: float, is_over: bool, coverage: int | None, expected: Verdict | Undecided
    ) -> None:
        interval = Interval(100, 140, 200)
        assert rules.judge(interval, value, is_over=is_over, coverage_percent=coverage) is expected

    def test_months_are_counted_as_costs_are(self) -> None:
        assert rules.months_of(date(2026, 12, 1), 62) == pytest.approx(2)
        assert rules.months_of(date(2027, 2, 1), 14) == pytest.approx(0.5)
