"""A score is the sum of its parts, whatever the weights."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.core.ambassadors import fit
from services.core.ambassadors.rules import Explained, Result

ANSWERS = st.lists(st.tuples(st.integers(1, 100), st.sampled_from(list(Result))), max_size=9)


class TestScore:
    @given(answers=ANSWERS)
    def test_points_sum_to_the_score_and_everything_to_a_hundred(self, answers: list[tuple[int, Result]]) -> None:
        explained = [Explained(str(index), result, 1, None) for index, (_, result) in enumerate(answers)]
        terms = {str(index): {"weight": weight, "strictness": "must"} for index, (weight, _) in enumerate(answers)}
        found = fit.score(explained, terms)
        assert found == fit.score(explained, terms)
        if not answers:
            assert found.score is None
            return
        assert found.score == sum(part.points for part in found.parts)
        assert found.score + found.unknown + found.missed == 100
        assert sum(part.worth for part in found.parts) == 100

    def test_unknown_is_neither_for_nor_against(self) -> None:
        found = fit.score([Explained("a", Result.MET, 1, 1), Explained("b", Result.UNKNOWN, 1, None)], {})
        assert (found.score, found.unknown, found.missed, found.musts) == (50, 50, 0, Result.UNKNOWN)

    def test_three_alike_get_whole_points_that_sum_up(self) -> None:
        assert fit.share_out([1, 1, 1]) == [34, 33, 33]

    def test_what_should_be_does_not_decide(self) -> None:
        explained = [Explained("a", Result.MET, 1, 1), Explained("b", Result.NOT_MET, 1, 0)]
        found = fit.score(explained, {"b": {"weight": 3, "strictness": "should"}})
        assert (found.score, found.missed, found.musts) == (25, 75, Result.MET)
