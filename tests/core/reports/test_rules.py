"""Which cells may be shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.core.reports.rules import hide_complements, hide_shares_of_groups, is_small, leave_out, tells_on_somebody

K = 5
GROUPS = st.dictionaries(
    st.integers(0, 8),
    st.integers(0, 12).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))),
    min_size=1,
)


class TestSmall:
    def test_one_to_four_people_are_few_and_nobody_is_no_group(self) -> None:
        assert [people for people in range(8) if is_small(people, K)] == [1, 2, 3, 4]

    def test_a_count_tells_on_those_it_leaves_out(self) -> None:
        assert tells_on_somebody(9, of=[10], k=K)
        assert tells_on_somebody(6, of=[20, 8], k=K)
        assert not tells_on_somebody(10, of=[10], k=K)
        assert not tells_on_somebody(5, of=[10], k=K)


class TestComplements:
    def test_one_small_cell_takes_the_smallest_other_with_it(self) -> None:
        hidden = hide_complements({"a": 2, "b": 9, "c": 6}, ["a"], k=K, disjoint=True)
        assert hidden == {"a", "c"}

    def test_small_cells_of_different_people_that_make_a_group_need_no_other(self) -> None:
        assert hide_complements({"a": 2, "b": 4, "c": 6}, ["a", "b"], k=K, disjoint=True) == {"a", "b"}

    def test_small_cells_that_may_be_of_the_same_people_need_another(self) -> None:
        assert hide_complements({"a": 4, "b": 4, "c": 6}, ["a", "b"], k=K, disjoint=False) == {"a", "b", "c"}

    def test_nothing_is_hidden_without_a_small_cell(self) -> None:
        assert hide_complements({"a": 7, "b": 0}, [], k=K, disjoint=True) == frozenset()

    @given(GROUPS)
    def test_no_shown_or_worked_out_number_is_of_a_small_group(self, groups: dict[int, tuple[int, int]]) -> None:
        """A reader who knows the totals and the shown cells learns of the hidden ones their sum, and no more."""
        hidden = hide_shares_of_groups(groups, k=K)
        for cell, (did, size) in groups.items():
            if cell not in hidden:
                assert not is_small(did, K)
                assert not is_small(size - did, K)
        did, size = (sum(groups[cell][part] for cell in hidden) for part in (0, 1))
        if hidden != set(groups):
            assert not is_small(did, K)
            assert not is_small(size - did, K)


class TestPaused:
    def test_enough_paused_people_are_left_out_of_a_rate(self) -> None:
        assert leave_out(6, did=6, of=[18], k=K) == 6
        assert leave_out(6, did=0, of=[6], k=K) == 6

    @given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
    def test_what_a_rate_gives_away_is_never_about_few(self, did: int, paused: int, rest: int, others: int) -> None:
        """A reader knows how many did it, the sizes of the groups, and how many were counted."""
        joined = did + paused + rest
        known = [joined, joined + others]
        left_out = leave_out(paused, did=did, of=known, k=K)
        assert left_out in (0, paused)
        assert not is_small(left_out, K)
        if left_out:
            assert not any(is_small(size - did - left_out, K) for size in known)
