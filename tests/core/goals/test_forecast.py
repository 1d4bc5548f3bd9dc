"""The forecast: a line is recovered, its interval covers what it says, and too little is no trend."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest

from services.core.goals import forecast
from services.core.goals.forecast import Forecast, Point, Refusal

START = date(2026, 1, 1)


def points(values: Sequence[float | None]) -> list[Point]:
    """A value a day; None is a day without."""
    return [Point(START + timedelta(days=day), value) for day, value in enumerate(values) if value is not None]


def ahead(values: Sequence[float | None], days: int) -> Forecast:
    """The forecast so many days behind the last one."""
    last = START + timedelta(days=len(values) - 1)
    made = forecast.forecast(points(values), due=last + timedelta(days=days), today=last)
    assert isinstance(made, Forecast)
    return made


class TestLine:
    def test_a_straight_line_is_recovered_whatever_days_are_missing(self) -> None:
        chance = random.Random(1)
        for _ in range(200):
            count, slope, base = chance.randint(20, 90), chance.uniform(-9, 9), chance.uniform(-1000, 1000)
            values: list[float | None] = [base + slope * day for day in range(count)]
            for day in chance.sample(range(1, count - 1), count // 4):
                values[day] = None
            days = chance.randint(1, 200)
            made = ahead(values, days)
            wanted = base + slope * (count - 1 + days)
            assert made.value == pytest.approx(wanted, rel=1e-6, abs=1e-6)
            assert made.low == pytest.approx(wanted, rel=1e-4, abs=1e-3) == made.high
            assert made.days == count - count // 4

    def test_only_the_last_days_count(self) -> None:
        values = [1000.0 - 9 * day for day in range(40)] + [float(day) for day in range(92)]
        made = ahead(values, 10)
        assert (made.days, made.per_day) == (92, pytest.approx(1.0))


def _white(chance: random.Random, count: int) -> list[float]:
    return [50 + 0.5 * day + chance.gauss(0, 4) for day in range(count)]


def _running_total(chance: random.Random, count: int) -> list[float]:
    made, total = [], 0.0
    for _ in range(count):
        total += max(0.0, chance.gauss(3, 2))
        made.append(total)
    return made


class TestInterval:
    @pytest.mark.parametrize(
        ("noise", "count", "days", "least", "most"),
        [
            (_white, 14, 10, 0.75, 0.88),
            (_white, 30, 60, 0.75, 0.88),
            (_white, 90, 90, 0.75, 0.85),
            (_running_total, 30, 30, 0.68, 0.88),
            (_running_total, 90, 60, 0.72, 0.88),
        ],
    )
    def test_four_of_five_values_fall_into_it(
        self, noise: Callable[[random.Random, int], list[float]], count: int, days: int, least: float, most: float
    ) -> None:
        chance, inside, tries = random.Random(count + days), 0, 800
        for _ in range(tries):
            values = noise(chance, count + days)
            made = ahead(values[:count], days)
            inside += made.low <= values[count + days - 1] <= made.high
        assert least <= inside / tries <= most

    def test_it_grows_with_the_distance(self) -> None:
        values = _white(random.Random(3), 40)
        widths = [made.high - made.low for made in (ahead(values, days) for days in (1, 30, 90, 300))]
        assert widths == sorted(widths)
        assert widths[0] < widths[-1]

    def test_students_t_is_as_in_the_tables(self) -> None:
        for freedom, expected in ((6, 1.440), (10, 1.372), (20, 1.325), (60, 1.296)):
            assert forecast._t(freedom) == pytest.approx(expected, abs=0.001)


class TestRefusal:
    def test_too_few_days_a_short_span_or_a_due_day_that_has_come_are_no_trend(self) -> None:
        today, due = START + timedelta(days=30), START + timedelta(days=90)
        seven = points([*range(6), *[None] * 20, 7])
        assert forecast.forecast(seven, due=due, today=today) is Refusal.TOO_FEW_DAYS
        assert forecast.forecast(points(range(13)), due=due, today=today) is Refusal.SPAN_TOO_SHORT
        assert forecast.forecast([], due=due, today=today) is Refusal.NOT_MEASURED
        assert forecast.forecast(points(range(20)), due=today, today=today) is Refusal.DUE_HAS_PASSED
        assert isinstance(forecast.forecast(points(range(14)), due=due, today=today), Forecast)

    def test_a_value_that_never_moves_is_forecast_as_it_is(self) -> None:
        made = ahead([5.0] * 20, 50)
        assert (made.low, made.value, made.high) == (5, 5, 5)
