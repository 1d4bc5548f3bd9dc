"""The simulation of a plan, and how a forecast is held against what came. Pure; standard library only.

Method ``seeded_monte_carlo``. Each run draws every assumption once from its range, then what chance adds: how many
posts go out, how far people differ, who clicks. What is assumed of networks is drawn for all of them together: whoever
is wrong about one audience is wrong about the others, and such errors do not cancel out. Low and high of a range are
the values between which four of five lie; beyond the typical value it falls off as a log-normal does on either side.
The sum over people is drawn at once, as a log-normal of the same mean and variance (Fenton and Wilkinson, 1960), so
that a run costs the same for ten people and for ten thousand. How many draws a run takes depends on the networks
alone, and every step rises with the number of people; so with one seed more people never lower a result.
"""

from __future__ import annotations

import calendar
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import NormalDist

from services.core.forecasts.models import COSTS, OF_A_NETWORK, PARTS, ContentKind, Name, Result

METHOD = "seeded_monte_carlo"
VERSION = "1"
#: Runs of one simulation: enough that the ends of the interval do not move by more than a few percent.
RUNS = 2000
#: With these most a simulation takes about a fifth of a second.
MOST_NETWORKS = 10
CONFIDENCE_PERCENT = 80
#: A seed is a whole number that JSON carries without loss.
SEED_BITS = 52
#: Digits that are told: more would look more certain than it is.
DIGITS = 3
#: A number that fewer posts have than this is not held against a forecast, unless it is above it already.
FEWEST_COVERED_PERCENT = 80

#: What is told in whole ones.
COUNTS = frozenset({Result.SHARES, Result.REACH, Result.IMPRESSIONS, Result.CLICKS})

_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(0.5 + CONFIDENCE_PERCENT / 200)
#: Draws farther out are taken for this far; up to about 4.1 the sum of a log-normal rises with the people in it.
_FARTHEST = 4.0
_BITS = 52


@dataclass(frozen=True)
class Range:
    """An assumption: the typical value, and those between which four of five lie."""

    low: float
    typical: float
    high: float

    def at(self, z: float) -> float:
        """The value so many standard deviations from the typical one; never below zero."""
        end = self.high if z > 0 else self.low
        steps = abs(z) / _Z
        if end > 0 and self.typical > 0:
            return self.typical * math.exp(math.log(end / self.typical) * steps)
        return max(0.0, self.typical + (end - self.typical) * steps)


#: Every assumption that a simulation uses, by name and network (None: of the whole plan).
Assumed = Mapping[tuple[Name, str | None], Range]


@dataclass(frozen=True)
class Plan:
    """What is planned, as the simulation needs it."""

    ambassadors: int
    shares_per_person_week: float
    weeks: int
    #: Of all shares, the part on each network; they sum to 1.
    networks: Mapping[str, float]
    #: Of all shares, the part of each kind; they sum to 1.
    content_mix: Mapping[ContentKind, float]
    #: How many months the days are, each day by the month it is in.
    months: float
    #: Networks of which it is known how often posts are seen, and followed: that is of the mix already.
    known_views: frozenset[str] = frozenset()
    known_clicks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Interval:
    """What four of five runs lie between, and the one in the middle."""

    low: float
    median: float
    high: float

    def part(self, share: float) -> Interval:
        """The same of a part of the days."""
        return Interval(*(rounded(value * share) for value in (self.low, self.median, self.high)))


def months_of(starts_on: date, days: int) -> float:
    """How many months some days are, each counted by the month it is in, as costs are."""
    every = (starts_on + timedelta(days=place) for place in range(days))
    return math.fsum(1 / calendar.monthrange(day.year, day.month)[1] for day in every)


def simulate(plan: Plan, assumed: Assumed, *, seed: int, runs: int = RUNS) -> dict[Result, Interval]:
    """What a plan may bring; the same for the same seed. A cost is there when one is assumed."""
    draws = _draws(seed)
    tells_cost = any((name, None) in assumed for name in COSTS)
    found: dict[Result, list[float]] = {
        result: [] for result in Result if tells_cost or result is not Result.COST
    }  # fmt: skip
    for _ in range(runs):
        for result, value in _run(plan, assumed, draws).items():
            if result in found:
                found[result].append(value)
    return {result: _interval(values, whole=result in COUNTS) for result, values in found.items()}


def _draws(seed: int) -> Iterator[float]:
    """Standard normal draws; ``getrandbits`` and not ``gauss``, whose sequence may change with Python."""
    source = random.Random(seed)  # noqa: S311  # a simulation that can be repeated, keeps no secret
    while True:
        z = _NORMAL.inv_cdf((source.getrandbits(_BITS) + 0.5) / (1 << _BITS))
        yield max(-_FARTHEST, min(_FARTHEST, z))


def _run(plan: Plan, assumed: Assumed, draws: Iterator[float]) -> dict[Result, float]:
    """One run. What is drawn and in which order depends on the networks and on nothing else of the plan."""

    def draw(name: Name) -> float:
        return _value(assumed, name, None, next(draws))

    people = float(plan.ambassadors)
    followed = draw(Name.FOLLOWED_PERCENT) / 100
    overlap = draw(Name.OVERLAP_PERCENT) / 100
    media_views, media_clicks = draw(Name.MEDIA_VIEW_FACTOR), draw(Name.MEDIA_CLICK_FACTOR)
    minutes = draw(Name.MINUTES_PER_SHARE)
    monthly, each, per_share = (draw(name) for name in COSTS)
    link, media = (plan.content_mix.get(kind, 0.0) for kind in (ContentKind.LINK, ContentKind.MEDIA))
    views_of_mix = link + media * media_views
    # Clicks of the mix per view of it: a kind that is seen more often weighs more.
    clicks_of_mix = (link + media * media_views * media_clicks) / views_of_mix if views_of_mix > 0 else 0.0
    of_networks = {name: next(draws) for name in OF_A_NETWORK}
    total = dict.fromkeys(Result, 0.0)
    for network, part in plan.networks.items():
        audience, view_percent, per_post, spread, click = (
            _value(assumed, name, network, of_networks[name]) for name in OF_A_NETWORK
        )
        spread, click = spread / 100, click / 100
        of_people, of_posts, of_clicks = next(draws), next(draws), next(draws)
        # Posts of one person on this network.
        each_posts = plan.shares_per_person_week * plan.weeks * part * followed
        shares = _counted(people * each_posts, of_posts)
        if (Name.IMPRESSIONS_PER_SHARE, network) not in assumed:
            per_post = audience * view_percent / 100
        if network not in plan.known_views:
            per_post *= views_of_mix
        if network not in plan.known_clicks:
            click *= clicks_of_mix
        impressions = reach = 0.0
        if each_posts > 0 and people > 0:
            impressions = people * each_posts * per_post * _spread((spread**2 + 1 / each_posts) / people, of_people)
            seen = min(per_post / audience, 1.0) if audience > 0 else 0.0
            known = people * audience * _spread(spread**2 / people, of_people)
            # Who sees one of several posts of a person; then those whom several people know count once.
            at_least_one = -math.expm1(-each_posts * seen)
            reach = min(known * at_least_one, impressions) * (1 - overlap)
        total[Result.SHARES] += shares
        total[Result.IMPRESSIONS] += impressions
        total[Result.REACH] += reach
        total[Result.CLICKS] += _counted(impressions * min(click, 1.0), of_clicks)
    total[Result.HOURS] = total[Result.SHARES] * minutes / 60
    total[Result.COST] = plan.months * (monthly + each * people) + per_share * total[Result.SHARES]
    return total


def _value(assumed: Assumed, name: Name, network: str | None, z: float) -> float:
    drawn = assumed.get((name, network))
    value = drawn.at(z) if drawn is not None else 0.0
    return min(value, 100.0) if name in PARTS else value


def _counted(expected: float, z: float) -> float:
    """How often something happens that is expected so often, independently of each other: rises with ``expected``."""
    return max(0.0, expected + math.sqrt(expected) * z)


def _spread(squared_variation: float, z: float) -> float:
    """By how much a sum over people is off its mean: log-normal with mean 1."""
    variance = math.log1p(squared_variation)
    return math.exp(math.sqrt(variance) * z - variance / 2)


def _interval(values: list[float], *, whole: bool) -> Interval:
    ordered = sorted(values)
    tail = (100 - CONFIDENCE_PERCENT) / 200

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - below)

    told = [rounded(at(share)) for share in (tail, 0.5, 1 - tail)]
    return Interval(*(float(round(value)) if whole else value for value in told))


def rounded(value: float, digits: int = DIGITS) -> float:
    """To the digits that are told."""
    return float(f"{value:.{digits}g}")


# Ranges out of what was measured.


@dataclass(frozen=True)
class PostsOfDays:
    """Sums over posts of one network that have impressions."""

    posts: int = 0
    impressions: int = 0
    squares: float = 0.0
    clicks: int = 0

    def __add__(self, other: PostsOfDays) -> PostsOfDays:
        return PostsOfDays(
            self.posts + other.posts,
            self.impressions + other.impressions,
            self.squares + other.squares,
            self.clicks + other.clicks,
        )


#: Fewer posts, or clicks, say too little.
FEWEST_POSTS = 20
FEWEST_CLICKS = 20
#: Even what was measured exactly is so far off next time, in four of five cases.
_LEAST_OFF = 0.10
#: Digits of what was measured that are told; a post more or less does not show in them.
_MEASURED_DIGITS = 2


def measured(sums: Iterable[PostsOfDays]) -> dict[Name, Range]:
    """What posts tell for the next ones: how often one is seen, how far they differ, who clicks."""
    whole = sum(sums, PostsOfDays())
    if whole.posts < FEWEST_POSTS or whole.impressions == 0:
        return {}
    mean = whole.impressions / whole.posts
    variation = math.sqrt(max(0.0, whole.squares / whole.posts / mean**2 - 1))
    found = {
        Name.IMPRESSIONS_PER_SHARE: _around(mean, variation / math.sqrt(whole.posts)),
        Name.SPREAD_PERCENT: _exactly(variation * 100),
    }
    if whole.clicks >= FEWEST_CLICKS:
        error = math.sqrt(1 / whole.clicks + variation**2 / whole.posts)
        found[Name.CLICK_PERCENT] = _around(min(100.0, whole.clicks * 100 / whole.impressions), error)
    return found


def _around(value: float, error: float) -> Range:
    off = 1 + max(_LEAST_OFF, _Z * error)
    low, typical, high = (rounded(one, _MEASURED_DIGITS) for one in (value / off, value, value * off))
    return Range(low, typical, high)


def _exactly(value: float) -> Range:
    told = rounded(value, _MEASURED_DIGITS)
    return Range(told, told, told)


# Afterwards.


class Verdict(StrEnum):
    """Where what came lies."""

    WITHIN = "within"
    BELOW = "below"
    ABOVE = "above"


class Undecided(StrEnum):
    """Why nothing can be said yet, or at all, when there is a number."""

    NOT_OVER = "not_over"
    PARTLY_COVERED = "partly_covered"


def judge(interval: Interval, value: float, *, is_over: bool, coverage_percent: int | None) -> Verdict | Undecided:
    """Whether what came lies within an interval of the same days. What posts lack can only add to it."""
    if not is_over:
        return Undecided.NOT_OVER
    told = rounded(value)
    if told > interval.high:
        return Verdict.ABOVE
    if coverage_percent is not None and coverage_percent < FEWEST_COVERED_PERCENT:
        return Undecided.PARTLY_COVERED
    return Verdict.BELOW if told < interval.low else Verdict.WITHIN


def sums_to_hundred(parts: Sequence[float]) -> bool:
    """Whether parts are a whole."""
    return math.isclose(math.fsum(parts), 100.0, abs_tol=0.01)
