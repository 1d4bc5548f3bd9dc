"""How well somebody fits a persona, as a number that is the sum of its parts. No I/O.

Each criterion is worth its share of 100 points. Points are met, missed or unknown; these three always sum to 100, and
what is unknown counts neither for nor against anybody. The same input gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.core.ambassadors.rules import Explained, Result

WHOLE = 100


class Strictness(StrEnum):
    """Whether somebody who does not meet a criterion can fit at all."""

    MUST = "must"
    SHOULD = "should"


@dataclass(frozen=True)
class Part:
    """One criterion, with what it is worth and what somebody gets for it."""

    criterion: str
    strictness: Strictness
    weight: int
    #: What it is worth, of 100.
    worth: int
    #: ``worth`` if it is met, else 0.
    points: int
    result: Result
    wanted: int | list[str] | dict[str, Any]
    found: int | str | list[str] | dict[str, Any] | None


@dataclass(frozen=True)
class Score:
    """How well somebody fits: ``score`` is the sum of the points of ``parts``, exactly."""

    #: None = the program has not said whom it looks for.
    score: int | None
    unknown: int
    missed: int
    #: Of the criteria that are a must: met, not met, or unknown.
    musts: Result
    parts: list[Part]


def weight_of(terms: Mapping[str, Any], criterion: str) -> int:
    """What a criterion weighs against the others."""
    return int(terms.get(criterion, {}).get("weight", 1))


def strictness_of(terms: Mapping[str, Any], criterion: str) -> Strictness:
    """Whether a criterion is a must; one of which nothing is said is."""
    return Strictness(terms.get(criterion, {}).get("strictness", Strictness.MUST))


def share_out(weights: Sequence[int]) -> list[int]:
    """100 points by weight, in whole numbers that sum to 100: largest remainders first, earlier ones on a tie."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    worth = [WHOLE * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(WHOLE * weights[index] % total), index))
    for index in by_remainder[: WHOLE - sum(worth)]:
        worth[index] += 1
    return worth


def score(explained: Sequence[Explained], terms: Mapping[str, Any]) -> Score:
    """The sum of what the criteria are worth that somebody meets, with its parts."""
    worth = share_out([weight_of(terms, item.criterion) for item in explained])
    parts = [
        Part(
            criterion=item.criterion,
            strictness=strictness_of(terms, item.criterion),
            weight=weight_of(terms, item.criterion),
            worth=points,
            points=points if item.result is Result.MET else 0,
            result=item.result,
            wanted=item.wanted,
            found=item.found,
        )
        for item, points in zip(explained, worth, strict=True)
    ]
    musts = {part.result for part in parts if part.strictness is Strictness.MUST}
    return Score(
        score=sum(part.points for part in parts) if parts else None,
        unknown=sum(part.worth for part in parts if part.result is Result.UNKNOWN),
        missed=sum(part.worth for part in parts if part.result is Result.NOT_MET),
        musts=next((result for result in (Result.NOT_MET, Result.UNKNOWN) if result in musts), Result.MET),
        parts=parts,
    )
