"""The filter language of Sprout's reads: `name.eq(a, b)`, `name.in(a..b)`, `name.in(a...b)`, `guid.gt(x)`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FILTER = re.compile(r"([a-z_]+)\.(eq|in|gt)\((.*)\)", re.DOTALL)


class BadFilter(ValueError):
    """The filter is refused; the text is what the vendor says."""


@dataclass(frozen=True, slots=True)
class Range:
    """Moments from `since` to `until`, which three dots leave out."""

    since: datetime
    until: datetime
    is_open: bool

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies within."""
        return self.since <= moment and (moment < self.until if self.is_open else moment <= self.until)

    @property
    def length(self) -> timedelta:
        """From end to end."""
        return self.until - self.since


def parse(raw: object, *, allowed: dict[str, str]) -> dict[str, object]:
    """Filters by name: a list of texts for eq, a Range for in, a text for gt; raises BadFilter for all else."""
    if not isinstance(raw, list) or not raw:
        raise BadFilter("filters are required")
    found: dict[str, object] = {}
    for item in raw:
        match = _FILTER.fullmatch(item) if isinstance(item, str) else None
        if match is None or allowed.get(match[1]) != match[2]:
            raise BadFilter(f"unknown filter {item!r}")
        if match[1] in found:
            raise BadFilter(f"filter {match[1]} given twice")
        if match[2] == "eq":
            found[match[1]] = [value.strip() for value in match[3].split(",")]
        else:
            found[match[1]] = _range(match[3]) if match[2] == "in" else match[3].strip()
    return found


def _range(text: str) -> Range:
    dots = "..." if "..." in text else ".."
    first, found, last = text.partition(dots)
    try:
        since, until = _moment(first), _moment(last)
    except ValueError:
        raise BadFilter(f"{text!r} is no range") from None
    if not found or until < since:
        raise BadFilter(f"{text!r} is no range")
    if dots == ".." and len(last.strip()) == 10:
        until += timedelta(days=1, microseconds=-1)
    return Range(since, until, is_open=dots == "...")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
