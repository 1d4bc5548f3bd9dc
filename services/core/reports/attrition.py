"""Whether ambassadors leave the company more seldom than colleagues like them. Of groups only, never of a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.reports import formulas, repository
from services.core.reports.numbers import Number, Numbers, Reason, percent
from services.core.reports.periods import Period

#: How groups are matched; another way is another name.
METHOD = "matched_groups_direct_standardization"
METHOD_VERSION = "1"

#: Department, tenure band and country.
Stratum = tuple[str | None, str | None, str | None]
#: From the finest to the coarsest: what is kept of a stratum.
_LEVELS: tuple[tuple[int, ...], ...] = ((0, 1, 2), (0, 1), (0,))


@dataclass(frozen=True)
class Group:
    """Ambassadors and others of one stratum, and how many of each have left."""

    ambassadors: int = 0
    ambassadors_left: int = 0
    others: int = 0
    others_left: int = 0

    def __add__(self, more: Group) -> Group:
        return Group(
            self.ambassadors + more.ambassadors,
            self.ambassadors_left + more.ambassadors_left,
            self.others + more.others,
            self.others_left + more.others_left,
        )


@dataclass(frozen=True)
class Attrition:
    """Both rates, and what they rest on."""

    period: Period
    method: str
    method_version: str
    ambassadors: Number
    matched: Number
    difference: Number


def match(strata: Mapping[Stratum, Group], *, k: int) -> list[Group]:
    """Groups with at least ``k`` people on either side: as fine as that allows. Others stay unmatched."""
    matched: list[Group] = []
    left = dict(strata)
    for level in _LEVELS:
        together: dict[tuple[str | None, ...], list[Stratum]] = defaultdict(list)
        for stratum in left:
            together[tuple(stratum[place] for place in level)].append(stratum)
        for members in together.values():
            group = sum((left[one] for one in members), Group())
            if group.ambassadors >= k and group.others >= k:
                matched.append(group)
                for one in members:
                    del left[one]
    return matched


def compare(groups: Sequence[Group]) -> tuple[Decimal, Decimal]:
    """Attrition of ambassadors and of the others, in percent, the others weighted as the ambassadors are spread."""
    ambassadors = sum(group.ambassadors for group in groups)
    theirs = percent(sum(group.ambassadors_left for group in groups), ambassadors)
    expected = sum((Decimal(group.others_left) / group.others * group.ambassadors for group in groups), Decimal(0))
    return theirs, percent(expected, ambassadors)


async def make_attrition(session: AsyncSession, program_id: UUID, *, period: Period, numbers: Numbers) -> Attrition:
    """Who was there on the first day of a period, and had left by its last."""
    strata = await repository.count_leavers(session, program_id, period=period)
    groups = match({stratum: Group(*counts) for stratum, counts in strata.items()}, k=numbers.k)
    everybody = sum((Group(*counts) for counts in strata.values()), Group())
    ours = (formulas.ATTRITION_OF_AMBASSADORS, formulas.ATTRITION_OF_MATCHED, formulas.ATTRITION_DIFFERENCE)
    if groups:
        theirs, others = compare(groups)
        covered = sum(group.ambassadors for group in groups) * 100 // everybody.ambassadors
        made = [
            numbers.shown(formula, value, coverage_percent=covered)
            for formula, value in zip(ours, (theirs, others, theirs - others), strict=True)
        ]
    elif everybody.ambassadors == 0:
        made = [numbers.missing(formula, Reason.NOBODY_TO_COMPARE) for formula in ours]
    else:
        made = [numbers.hidden(formula) for formula in ours]
    ambassadors, matched, difference = (numbers.over(one, period.from_on, period.to_on) for one in made)
    return Attrition(period, METHOD, METHOD_VERSION, ambassadors, matched, difference)
