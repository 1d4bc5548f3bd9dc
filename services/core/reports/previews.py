"""What a stop or its release would do, in numbers that show no single person. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.core.reports import rules
from services.core.reports.schemas import FateCount, FatePart, StopPreview
from services.core.shares.stops import Fate, Group

_HOUR = timedelta(hours=1)


def make_preview(groups: Sequence[Group], fates: Sequence[Fate], *, k: int) -> StopPreview:
    """Counts by fate, in all and for each item and network; those of fewer than ``k`` people are left out.

    A part is hidden too where a total and the parts beside it would give a hidden one away.
    """
    cells: dict[Fate, dict[tuple[UUID, str], Group]] = defaultdict(dict)
    titles: dict[tuple[UUID, str], str] = {}
    for group in groups:
        cells[group.fate][group.item_id, group.network] = group
        titles[group.item_id, group.network] = group.title
    totals = {}
    shown: dict[Fate, frozenset[tuple[UUID, str]]] = {}
    for fate in fates:
        parts = cells[fate]
        people = {place: len(group.people) for place, group in parts.items()}
        everybody = len(frozenset().union(*(group.people for group in parts.values())))
        is_hidden = rules.is_small(everybody, k)
        small = [place for place, count in people.items() if rules.is_small(count, k)]
        hidden = rules.hide_complements(people, small, k=k, disjoint=False)
        shown[fate] = frozenset(parts) - (frozenset(parts) if is_hidden else hidden)
        totals[fate] = _count(None if is_hidden else sum(group.posts for group in parts.values()))
    out = [
        FatePart(
            item_id=item_id,
            title=title,
            network=network,
            counts={
                fate.value: _count(
                    cells[fate][item_id, network].posts
                    if (item_id, network) in shown[fate]
                    else None
                    if (item_id, network) in cells[fate]
                    else 0
                )
                for fate in fates
            },
        )
        for (item_id, network), title in titles.items()
    ]
    return StopPreview(
        counts={fate.value: count for fate, count in totals.items()},
        parts=out,
        **_span(groups, k=k),
    )


def _count(number: int | None) -> FateCount:
    return FateCount(posts=number, hidden="small_group" if number is None else None)


def _span(groups: Iterable[Group], *, k: int) -> dict[str, datetime | None]:
    """First and last time to the full hour, around those of enough people."""
    large = list(groups)
    if len(frozenset().union(*(group.people for group in large))) < k:
        return {"from_at": None, "to_at": None}
    first, last = min(group.first_at for group in large), max(group.last_at for group in large)
    return {
        "from_at": first.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
        "to_at": last.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + _HOUR,
    }
