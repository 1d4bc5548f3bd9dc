"""Pure decisions about coaching: scores, and which averages may be shown. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.core.coaching.checklists import Item

#: Averages are said in steps of so many points, so that one more person does not show in them.
STEP = 5


class Answer(StrEnum):
    """What somebody says of an item."""

    DONE = "done"
    PARTLY = "partly"
    TO_DO = "to_do"
    NOT_FOR_ME = "not_for_me"


_PARTS = {Answer.DONE: 2, Answer.PARTLY: 1, Answer.TO_DO: 0}


def score(items: Sequence[Item], answers: Mapping[str, Answer]) -> int:
    """0 to 100: the part of the weights that is done; what is not for the person does not count."""
    counted = [(item, answers.get(item.key, Answer.TO_DO)) for item in items]
    counted = [(item, answer) for item, answer in counted if answer is not Answer.NOT_FOR_ME]
    whole = sum(item.weight for item, _ in counted) * 2
    if whole == 0:
        return 0
    return round(100 * sum(item.weight * _PARTS[answer] for item, answer in counted) / whole)


@dataclass(frozen=True)
class Scored:
    """One person's first and latest score, for an average and for nothing else."""

    group: str
    before: int
    after: int


@dataclass(frozen=True)
class Average:
    """What may be said of a group; None with the reason where it may not."""

    group: str | None
    before: int | None
    after: int | None
    reason: str | None = None


def _rounded(values: Sequence[int]) -> int:
    return int(STEP * round(sum(values) / len(values) / STEP))


def _average(group: str | None, people: Sequence[Scored]) -> Average:
    return Average(group, _rounded([one.before for one in people]), _rounded([one.after for one in people]))


#: Reasons for no number.
TOO_FEW = "too_few_people"
WOULD_TELL = "would_tell_of_others"


def averages(people: Sequence[Scored], *, k: int) -> tuple[Average, list[Average]]:
    """The average of all and of each group, without any that would tell of fewer than ``k`` people.

    Suppressing one small group is not enough: all minus the shown groups would be its average. So groups are hidden,
    the smallest first, until those hidden are nobody or at least two with ``k`` people between them.
    """
    groups: dict[str, list[Scored]] = {}
    for one in people:
        groups.setdefault(one.group, []).append(one)
    if len(people) < k:
        hidden = [Average(group, None, None, TOO_FEW) for group in sorted(groups)]
        return Average(None, None, None, TOO_FEW), hidden
    by_size = sorted(groups, key=lambda group: (len(groups[group]), group))
    small = [group for group in by_size if len(groups[group]) < k]
    kept_back = set(small)
    for group in by_size:
        if not kept_back or (len(kept_back) > 1 and sum(len(groups[one]) for one in kept_back) >= k):
            break
        kept_back.add(group)
    found = []
    for group in sorted(groups):
        if group in kept_back:
            found.append(Average(group, None, None, TOO_FEW if group in small else WOULD_TELL))
        else:
            found.append(_average(group, groups[group]))
    return _average(None, people), found
