"""Scores, and averages that tell of nobody."""

from __future__ import annotations

import itertools

from services.core.coaching import rules
from services.core.coaching.checklists import CHECKLISTS, LINKEDIN
from services.core.coaching.rules import Answer, Scored


def people(**groups: int) -> list[Scored]:
    """So many people of each group."""
    return [Scored(group, 10, 40) for group, number in groups.items() for _ in range(number)]


class TestScore:
    def test_what_is_not_for_the_person_does_not_count(self) -> None:
        answers = {item.key: Answer.NOT_FOR_ME for item in LINKEDIN}
        assert rules.score(LINKEDIN, answers) == 0
        assert rules.score(LINKEDIN, {**answers, "photo": Answer.DONE}) == 100
        assert rules.score(LINKEDIN, {**answers, "photo": Answer.PARTLY}) == 50

    def test_weights_of_a_list_add_up_to_a_hundred(self) -> None:
        for items in CHECKLISTS.values():
            assert sum(item.weight for item in items) == 100
            assert len({item.key for item in items}) == len(items)
            assert all(item.title.he and item.how.he for item in items)


class TestAverages:
    def test_fewer_than_five_people_have_none(self) -> None:
        whole, groups = rules.averages(people(a=4), k=5)
        assert (whole.after, whole.reason, groups[0].after) == (None, rules.TOO_FEW, None)

    def test_no_difference_of_what_is_shown_is_a_group_of_fewer_than_five(self) -> None:
        for sizes in itertools.product((1, 3, 5, 6, 9), repeat=4):
            whole, groups = rules.averages(people(a=sizes[0], b=sizes[1], c=sizes[2], d=sizes[3]), k=5)
            hidden = [size for size, group in zip(sizes, groups, strict=True) if group.after is None]
            if whole.after is None:
                assert sum(sizes) < 5
            else:
                # Hidden groups are nobody, or their sum is of five people and of no single group.
                assert not hidden or (len(hidden) > 1 and sum(hidden) >= 5)
            assert all(size >= 5 for size, group in zip(sizes, groups, strict=True) if group.after is not None)
