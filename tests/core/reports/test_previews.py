"""The preview of a stop: nobody is counted alone, not even by subtraction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.core.reports.previews import make_preview
from services.core.shares.stops import Fate, Group

NINE = datetime(2030, 1, 15, 9, 20, tzinfo=UTC)


def group(number: int, *, people: range, posts: int | None = None, fate: Fate = Fate.HELD) -> Group:
    """Posts of an item by these people."""
    return Group(
        item_id=UUID(int=number),
        title=f"Item {number}",
        network="linkedin",
        fate=fate,
        posts=len(people) if posts is None else posts,
        people=frozenset(UUID(int=1000 + person) for person in people),
        first_at=NINE,
        last_at=NINE + timedelta(hours=3),
    )


def shown(*groups: Group) -> tuple[int | None, list[int | None]]:
    """The total and the parts, as they may be seen."""
    preview = make_preview(groups, [Fate.HELD], k=5)
    return preview.counts["held"].posts, [part.counts["held"].posts for part in preview.parts]


class TestMakePreview:
    def test_groups_that_are_large_enough_are_counted(self) -> None:
        assert shown(group(1, people=range(5)), group(2, people=range(5, 12), posts=9)) == (14, [5, 9])

    def test_a_small_part_is_hidden_and_so_is_what_would_give_it_away(self) -> None:
        assert shown(group(1, people=range(2)), group(2, people=range(2, 8)), group(3, people=range(8, 20))) == (
            20,
            [None, None, 12],
        )

    def test_few_people_with_many_posts_are_few_people(self) -> None:
        assert shown(group(1, people=range(4), posts=40)) == (None, [None])

    def test_parts_of_the_same_few_people_do_not_add_up_to_many(self) -> None:
        assert shown(group(1, people=range(3)), group(2, people=range(3))) == (None, [None, None])

    def test_nobody_is_a_zero(self) -> None:
        assert shown() == (0, [])
        preview = make_preview([group(1, people=range(6))], [Fate.HELD, Fate.SENDING], k=5)
        assert preview.parts[0].counts["sending"].posts == 0

    def test_the_time_span_is_told_to_the_full_hour_and_not_of_few(self) -> None:
        many = make_preview([group(1, people=range(6))], [Fate.HELD], k=5)
        assert (many.from_at, many.to_at) == (NINE.replace(minute=0), NINE.replace(minute=0) + timedelta(hours=4))
        few = make_preview([group(1, people=range(4))], [Fate.HELD], k=5)
        assert (few.from_at, few.to_at) == (None, None)
