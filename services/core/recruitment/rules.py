"""Whether selection treats groups alike, without showing a small one. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from services.core.ambassadors.models import CallState, OpenCall

#: Fewest people in a group whose selection rate is shown.
LEAST_GROUP = 20
#: A group selected at less than this share of the rate of the group selected most is pointed out (the four-fifths rule
#: of the US Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D): a reason to look, no verdict.
FOUR_FIFTHS = Fraction(4, 5)
_SHOWN_DIGITS = 4


class GroupBy(StrEnum):
    """What people are grouped by."""

    UNIT = "unit"
    COUNTRY = "country"
    LANGUAGE = "language"
    TENURE = "tenure"


class Stage(StrEnum):
    """Which selection is looked at."""

    #: Of everybody who is there: whom the persona fits.
    PERSONA = "persona"
    #: Of everybody who is there: whom the program has invited.
    INVITED = "invited"
    #: Of the applications that were decided: which were accepted.
    DECIDED = "decided"


#: Whole months of tenure up to which a band reaches, and its name.
TENURE_BANDS = ((6, "under_6_months"), (12, "6_to_12_months"), (36, "1_to_3_years"), (72, "3_to_6_years"))
LONGEST_BAND = "over_6_years"
UNKNOWN_GROUP = "unknown"


@dataclass(frozen=True)
class Group:
    """One group of a report; a hidden one says nothing but its name."""

    name: str
    people: int | None
    selected: int | None
    rate: float | None
    #: Against the group selected most.
    ratio: float | None
    #: None = hidden, or nobody was selected anywhere.
    is_below_four_fifths: bool | None
    reason: str | None


def tenure_band(months: int | None) -> str:
    """The band that so many whole months fall into."""
    if months is None:
        return UNKNOWN_GROUP
    return next((name for limit, name in TENURE_BANDS if months < limit), LONGEST_BAND)


def hidden_groups(people: Mapping[str, int], *, least: int = LEAST_GROUP) -> frozenset[str]:
    """Groups under ``least``, and as many more, the smallest first, as it takes for the hidden to be no small group.

    Who knows the number of everybody can subtract the shown groups, so what is hidden together is of ``least`` people
    too, which a group hidden for being small never is alone.
    """
    hidden = {name for name, count in people.items() if count < least}
    rest = sorted((name for name in people if name not in hidden), key=lambda name: (people[name], name))
    while hidden and rest and sum(people[name] for name in hidden) < least:
        hidden.add(rest.pop(0))
    return frozenset(hidden)


def selection_rates(groups: Mapping[str, tuple[int, int]]) -> list[Group]:
    """Selection rate and its ratio to the highest, by group of (people, selected); small groups are hidden."""
    hidden = hidden_groups({name: people for name, (people, _) in groups.items()})
    shown = {name: pair for name, pair in sorted(groups.items()) if name not in hidden}
    rates = {name: Fraction(selected, people) for name, (people, selected) in shown.items()}
    highest = max(rates.values(), default=Fraction(0))
    found = []
    for name, (people, selected) in shown.items():
        ratio = rates[name] / highest if highest else None
        found.append(
            Group(
                name=name,
                people=people,
                selected=selected,
                rate=round(float(rates[name]), _SHOWN_DIGITS),
                ratio=round(float(ratio), _SHOWN_DIGITS) if ratio is not None else None,
                is_below_four_fifths=ratio < FOUR_FIFTHS if ratio is not None else None,
                reason=None,
            )
        )
    return found + [Group(name, None, None, None, None, None, "group_too_small") for name in sorted(hidden)]


def count_groups(names: Sequence[str], *, selected: Sequence[bool]) -> dict[str, tuple[int, int]]:
    """People and selected ones by group."""
    counts: dict[str, tuple[int, int]] = {}
    for name, is_selected in zip(names, selected, strict=True):
        people, chosen = counts.get(name, (0, 0))
        counts[name] = (people + 1, chosen + is_selected)
    return counts


def takes_applications(call: OpenCall, *, now: datetime) -> bool:
    """Whether a call is open: it runs out by itself."""
    return call.state is CallState.OPEN and call.closes_at > now
