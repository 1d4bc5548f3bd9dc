"""Whether groups are selected alike, without a small group in what is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.recruitment import rules

GROUPS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 60), max_size=8)


class TestHiddenGroups:
    @given(people=GROUPS)
    def test_no_small_group_is_shown_or_left_over(self, people: dict[str, int]) -> None:
        hidden = rules.hidden_groups(people)
        assert all(people[name] >= rules.LEAST_GROUP for name in set(people) - hidden)
        if hidden and hidden != set(people):
            assert len(hidden) > 1
            assert sum(people[name] for name in hidden) >= rules.LEAST_GROUP

    def test_large_groups_alone_are_all_shown(self) -> None:
        assert rules.hidden_groups({"a": 20, "b": 400}) == frozenset()

    def test_a_group_of_nineteen_takes_the_next_with_it(self) -> None:
        assert rules.hidden_groups({"a": 19, "b": 30, "c": 21}) == {"a", "c"}


class TestRates:
    def test_the_ratio_is_to_the_highest_and_four_fifths_is_not_below(self) -> None:
        groups = {one.name: one for one in rules.selection_rates({"a": (20, 10), "b": (50, 20), "c": (100, 39)})}
        assert (groups["a"].ratio, groups["b"].ratio, groups["c"].ratio) == (1.0, 0.8, 0.78)
        assert [groups[name].is_below_four_fifths for name in "abc"] == [False, False, True]

    def test_when_nobody_is_selected_there_is_no_ratio(self) -> None:
        (group,) = rules.selection_rates({"a": (20, 0)})
        assert (group.rate, group.ratio, group.is_below_four_fifths) == (0.0, None, None)

    @pytest.mark.parametrize(
        ("months", "band"),
        [(None, "unknown"), (0, "under_6_months"), (6, "6_to_12_months"), (12, "1_to_3_years"), (72, "over_6_years")],
    )
    def test_tenure_falls_into_bands(self, months: int | None, band: str) -> None:
        assert rules.tenure_band(months) == band
