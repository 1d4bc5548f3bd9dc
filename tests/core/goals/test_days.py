"""How what was reported becomes the value of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from services.core.goals import days
from services.core.goals.models import Aggregation, Measurement, Method
from services.core.kit.ids import new_id

DAY = date(2026, 5, 1)
ORGANIZATION, GOAL = new_id(), new_id()


def row(
    value: int,
    *,
    day: int = 0,
    series: str = "",
    channel: str = "manual",
    hour: int = 0,
    method: Method = Method.MEASURED,
) -> Measurement:
    """A value of one day."""
    return Measurement(
        organization_id=ORGANIZATION, goal_id=GOAL, value=Decimal(value), measured_on=DAY + timedelta(days=day),
        method=method, series=series, source=f"{channel}/{series}" if series else channel, formula_version="1",
        created_at=datetime(2026, 6, 1, hour, tzinfo=UTC),
    )  # fmt: skip


def value_of(*rows: Measurement, day: int = 0, how: Aggregation = Aggregation.SUM, **options: object) -> Decimal | None:
    """The value of a day."""
    return days.values_by_day(rows, aggregation=how, **options)[DAY + timedelta(days=day)].value  # type: ignore[arg-type]


class TestSum:
    def test_all_pages_of_a_day_are_added_with_the_least_sure_method(self) -> None:
        made = days.values_by_day(
            [row(10, series="a"), row(5, series="b", method=Method.ESTIMATED)], aggregation=Aggregation.SUM
        )[DAY]
        assert (made.value, made.method, made.coverage_percent) == (15, Method.ESTIMATED, 100)

    def test_a_day_on_which_one_page_is_missing_has_no_value_rather_than_too_small_a_one(self) -> None:
        rows = [row(10, series="a"), row(5, series="b"), row(11, day=1, series="a"), row(12, day=2, series="a"),
                row(6, day=2, series="b")]  # fmt: skip
        made = days.values_by_day(rows, aggregation=Aggregation.SUM)
        assert [day.value for day in made.values()] == [15, None, 18]
        assert (made[DAY + timedelta(days=1)].missing, made[DAY + timedelta(days=1)].coverage_percent) == (("b",), 50)

    def test_a_page_is_waited_for_until_it_is_removed_or_silent_for_a_month(self) -> None:
        rows = [row(10, series="a"), row(5, series="b"), row(11, day=20, series="a"), row(12, day=32, series="a")]
        assert value_of(*rows, day=20) is None
        assert value_of(*rows, day=32) == 12
        assert value_of(*rows, day=20, ended={"b": DAY + timedelta(days=3)}) == 11

    def test_a_page_that_came_later_is_not_missing_before(self) -> None:
        assert value_of(row(10, series="a"), row(11, day=1, series="a"), row(4, day=1, series="b")) == 10

    def test_a_value_of_the_whole_stands_in_where_a_page_is_missing(self) -> None:
        rows = [row(10, series="a"), row(5, series="b"), row(11, day=1, series="a"), row(99, day=1)]
        assert (value_of(*rows), value_of(*rows, day=1)) == (15, 99)

    def test_what_measures_by_itself_comes_before_what_was_reported_and_of_those_the_newest(self) -> None:
        assert value_of(row(1, channel="feed:human_clicks"), row(2, hour=5)) == 1
        assert value_of(row(1, hour=2), row(2, channel="csv", hour=3)) == 2
        assert value_of(row(7, series="a", channel="connector:linkedin"), row(8, series="a", hour=9)) == 7


class TestLast:
    def test_the_newest_of_a_day_counts(self) -> None:
        rows = [row(30, series="spring", hour=1), row(42, series="autumn", hour=2)]
        assert value_of(*rows, how=Aggregation.LAST) == 42
