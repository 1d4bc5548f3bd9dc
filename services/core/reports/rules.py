"""Which cells may be shown: enough people behind each, and none that can be worked out from those beside it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

K = TypeVar("K")


def is_small(people: int, k: int) -> bool:
    """Whether a group is so small that a number of it says something about somebody. Nobody at all is no group."""
    return 0 < people < k


def tells_on_somebody(people: int, *, of: Iterable[int], k: int) -> bool:
    """Whether a count of people shows a small group: those who did, or the others of any group whose size is known."""
    return is_small(people, k) or any(is_small(abs(known - people), k) for known in of)


def hide_complements(people: Mapping[K, int], small: Collection[K], *, k: int, disjoint: bool) -> frozenset[K]:
    """``small`` cells and those hidden with them, so that their sum, which a shown total gives away, is of a group.

    ``people`` stand behind each cell. Cells that may share people count as their largest one, which never says too
    many; ``disjoint`` ones add up.
    """
    hidden = set(small)
    strength = sum if disjoint else max
    others = sorted((cell for cell in people if cell not in hidden and people[cell] > 0), key=lambda cell: people[cell])
    while hidden and others and strength(people[cell] for cell in hidden) < k:
        hidden.add(others.pop(0))
    return frozenset(hidden)


def hide_shares_of_groups(groups: Mapping[K, tuple[int, int]], *, k: int) -> frozenset[K]:
    """The groups, given as (those who did, all), of which neither number may be shown.

    Hidden ones together show no small group either: not of those who did, nor of those who did not.
    """
    hidden = {cell for cell, (did, size) in groups.items() if tells_on_somebody(did, of=(size,), k=k)}
    others = sorted((cell for cell in groups if cell not in hidden), key=lambda cell: groups[cell][1])
    while hidden and others:
        did, size = (sum(groups[cell][part] for cell in hidden) for part in (0, 1))
        if not tells_on_somebody(did, of=(size,), k=k):
            break
        hidden.add(others.pop(0))
    return frozenset(hidden)


def leave_out(paused: int, *, did: int, of: Iterable[int], k: int) -> int:
    """How many paused people a rate may leave out of those it is measured against: all of them, or nobody.

    They are among those who did not do it. Whoever knows the size of a group (``of``) can work out from the rate how
    many were left out, and how many others did not do it: fewer than ``k`` of either would say something about them.
    """
    others = (known - did - paused for known in of)
    return 0 if is_small(paused, k) or any(is_small(rest, k) for rest in others) else paused
