"""Numbers of a company page, day by day: what is asked, and what the answers say; pure functions.

LinkedIn's days are taken as UTC: its pages name no other zone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation

#: The one feed that is no statistic: how many follow the page at this moment.
FOLLOWERS = "page_followers"
#: Statistics reach back twelve months; a day less keeps us inside, whatever the hour.
WINDOW = timedelta(days=364)

_ORGANIZATION = re.compile(r"urn:li:organization:[0-9]+")

Element = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Statistic:
    """Where a number stands: in which resource, and in which of its elements' fields."""

    resource: str
    read: Callable[[Element], int | None]


def _at(*path: str) -> Callable[[Element], int | None]:
    def read(element: Element) -> int | None:
        value: object = element
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return _count(value, least=0)

    return read


def _gained(element: Element) -> int | None:
    # Seen spelled both ways.
    gains = element.get("followerGains", element.get("followerGain"))
    if not isinstance(gains, Mapping):
        return None
    organic = _count(gains.get("organicFollowerGain", gains.get("organicFollowerGains")))
    paid = _count(gains.get("paidFollowerGain", gains.get("paidFollowerGains")))
    return None if organic is None and paid is None else (organic or 0) + (paid or 0)


def _count(value: object, *, least: int | None = None) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
        raise ProtocolViolation("a count of a page that is not a number")
    return value


_FOLLOWERS, _PAGE, _POSTS = (
    "organizationalEntityFollowerStatistics",
    "organizationPageStatistics",
    "organizationalEntityShareStatistics",
)
_VIEWS = ("totalPageStatistics", "views", "allPageViews")

STATISTICS: Mapping[str, Statistic] = {
    "page_followers_gained": Statistic(_FOLLOWERS, _gained),
    "page_views": Statistic(_PAGE, _at(*_VIEWS, "pageViews")),
    "page_visitors": Statistic(_PAGE, _at(*_VIEWS, "uniquePageViews")),
    "page_post_impressions": Statistic(_POSTS, _at("totalShareStatistics", "impressionCount")),
    "page_post_reach": Statistic(_POSTS, _at("totalShareStatistics", "uniqueImpressionsCount")),
    "page_post_clicks": Statistic(_POSTS, _at("totalShareStatistics", "clickCount")),
    "page_post_reactions": Statistic(_POSTS, _at("totalShareStatistics", "likeCount")),
    "page_post_comments": Statistic(_POSTS, _at("totalShareStatistics", "commentCount")),
    "page_post_reshares": Statistic(_POSTS, _at("totalShareStatistics", "shareCount")),
}


def require_organization(subject: str) -> str:
    """The URN of a company page; raises ConfigurationInvalid for anything else."""
    subject = subject.strip()
    if not _ORGANIZATION.fullmatch(subject):
        raise ConfigurationInvalid(
            f"{subject!r} is no organization",
            message="The company page must be written urn:li:organization: and its number; an administrator must"
            " correct it.",
        )
    return subject


def asked_days(since: date, until: date, *, today: date) -> tuple[date, date] | None:
    """The first and the last day that there can be numbers of, or None.

    A day that has not ended has no number yet: what it has so far would stand there as if it were all.
    """
    first, last = max(since, today - WINDOW), min(until, today - timedelta(days=1))
    return (first, last) if first <= last else None


def query(resource: str, urn: str, first: date, last: date, *, start: int = 0) -> str:
    """A query string, made by hand: an encoded parenthesis is a 400 there. The end of a time range is not in it."""
    key = "organization" if resource == _PAGE else "organizationalEntity"
    span = f"start:{_milliseconds(first)},end:{_milliseconds(last + timedelta(days=1))}"
    page = f"&start={start}" if start else ""
    return f"q={key}&{key}={quote(urn, safe='')}&timeIntervals=(timeRange:({span}),timeGranularityType:DAY){page}"


def _milliseconds(day: date) -> int:
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp()) * 1000


def elements(answer: Mapping[str, object]) -> list[Element]:
    """The elements of an answer; raises ProtocolViolation for one that has none at all."""
    found = answer.get("elements")
    if not isinstance(found, list) or not all(isinstance(element, dict) for element in found):
        raise ProtocolViolation("numbers of a page without elements")
    return found


def has_more(answer: Mapping[str, object]) -> bool:
    """Whether LinkedIn says that there is a next page."""
    paging = answer.get("paging")
    links = paging.get("links") if isinstance(paging, dict) else None
    return any(isinstance(link, dict) and link.get("rel") == "next" for link in links or ())


def day_of(element: Element) -> date:
    """The day that an element is about; raises ProtocolViolation when it does not say."""
    span = element.get("timeRange")
    start = span.get("start") if isinstance(span, dict) else None
    if isinstance(start, bool) or not isinstance(start, int):
        raise ProtocolViolation("numbers of a page without their day")
    try:
        return datetime.fromtimestamp(start / 1000, tz=UTC).date()
    except (OverflowError, OSError, ValueError):
        raise ProtocolViolation("numbers of a page of a day that there is not") from None


def follower_count(answer: Mapping[str, object]) -> int | None:
    """How many follow the page, or None when LinkedIn does not say."""
    return _count(answer.get("firstDegreeSize"), least=0)
