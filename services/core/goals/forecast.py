"""Where a goal is heading: a straight line through its days, and how far it may be off. Pure; standard library only.

Method ``linear_trend``: least squares through the values of the last days, drawn on to the due date. The interval is
the one into which a new value falls four times in five if days go on scattering as they did. Days that hang together
(a running total goes on from where it stood) make a line less sure than as many that do not; the more they hang
together, the wider the interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import NormalDist, fmean

METHOD = "linear_trend"
VERSION = "1"
#: Fewest days with a value, and the days that they must span: less is no trend.
FEWEST_DAYS = 8
SHORTEST_SPAN_DAYS = 14
#: What is older says little about the direction of today.
WINDOW_DAYS = 92
CONFIDENCE_PERCENT = 80

_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE_PERCENT / 200)


class Refusal(StrEnum):
    """Why there is no forecast."""

    NOT_MEASURED = "not_measured"
    TOO_FEW_DAYS = "too_few_days"
    SPAN_TOO_SHORT = "span_too_short"
    DUE_HAS_PASSED = "due_has_passed"
    GROUP_TOO_SMALL = "group_too_small"


@dataclass(frozen=True)
class Point:
    """A day and its value."""

    day: date
    value: float


@dataclass(frozen=True)
class Forecast:
    """What the value will be on a day, between which bounds, and on how many days this rests."""

    value: float
    low: float
    high: float
    days: int
    first: date
    last: date
    #: By how much the line rises in a day.
    per_day: float


def forecast(points: Sequence[Point], *, due: date, today: date) -> Forecast | Refusal:
    """The forecast for ``due`` out of ``points``, or why there is none."""
    if not points:
        return Refusal.NOT_MEASURED
    if due <= today:
        return Refusal.DUE_HAS_PASSED
    ordered = sorted(points, key=lambda point: point.day)
    last = ordered[-1].day
    used = [point for point in ordered if point.day > last - timedelta(days=WINDOW_DAYS)]
    if len(used) < FEWEST_DAYS:
        return Refusal.TOO_FEW_DAYS
    if (last - used[0].day).days + 1 < SHORTEST_SPAN_DAYS:
        return Refusal.SPAN_TOO_SHORT
    xs = [float((point.day - last).days) for point in used]
    ys = [point.value for point in used]
    count, ahead = len(used), float((due - last).days)
    middle, height = fmean(xs), fmean(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    slope = sum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True)) / spread
    value = height + slope * (ahead - middle)
    rests = [y - (height + slope * (x - middle)) for x, y in zip(xs, ys, strict=True)]
    width = _width(xs, ys, rests, ahead=ahead, leverage=1 / count + (ahead - middle) ** 2 / spread)
    return Forecast(value, value - width, value + width, count, used[0].day, last, slope)


def _width(xs: Sequence[float], ys: Sequence[float], rests: Sequence[float], *, ahead: float, leverage: float) -> float:
    freedom = len(xs) - 2
    squares = sum(rest**2 for rest in rests)
    if squares <= 1e-18 * max(1.0, sum(y**2 for y in ys)):
        return 0.0
    variance = squares / freedom
    together = _hanging_together(rests)
    # As many days of which each repeats a part of the day before say as much as fewer that do not.
    worth = (1 + together) / (1 - together)
    scattered = variance * (1 + leverage * worth)
    # Steps from day to day of something that goes on from where it stands: each day ahead adds one.
    steps = [(later - sooner, y1 - y0) for sooner, later, y0, y1 in zip(xs, xs[1:], ys, ys[1:], strict=False)]
    drift = (ys[-1] - ys[0]) / (xs[-1] - xs[0])
    step = sum((dy - drift * dx) ** 2 / dx for dx, dy in steps) / max(len(steps) - 1, 1)
    # How far such a walk ends from a line through its past: by its steps ahead, and by how its end and its slope lie
    # off the line's (2/15 and 6/5 of a step's variance, for least squares through a random walk).
    span = xs[-1] - xs[0]
    walked = step * (ahead + 2 * span / 15 + 1.2 * ahead**2 / span)
    # Of few days it is hard to tell one from the other: there, the walk is believed sooner.
    weight = min(max((together - 0.6 + 4 / len(xs)) / 0.25, 0.0), 1.0)
    return _t(freedom) * math.sqrt((1 - weight) * scattered + weight * max(walked, scattered))


def _hanging_together(rests: Sequence[float]) -> float:
    """How much of a day's rest is found in the next one's, from 0 to 0.95; the estimate's known bias taken out."""
    squares = sum(rest**2 for rest in rests)
    count = len(rests)
    raw = sum(a * b for a, b in pairwise(rests)) / squares
    return min(max(raw + (2 + 4 * max(raw, 0.0)) / count, 0.0), 0.95)


def _t(freedom: int) -> float:
    """Student's t for the confidence, by the series of Cornish and Fisher (Abramowitz and Stegun, 26.7.5)."""
    z, n = _Z, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
