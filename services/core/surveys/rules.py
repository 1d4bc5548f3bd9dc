"""What a round of a survey comes to, and which parts of it may be shown. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.core.surveys.models import Respondents

#: Goes up with any change of how a result is made.
FORMULA_VERSION = "1"

_PROMOTER, _PASSIVE = 9, 7
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Answers:
    """How many answered 9 or 10, 7 or 8, and 0 to 6."""

    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    @property
    def total(self) -> int:
        """How many answered."""
        return self.promoters + self.passives + self.detractors

    def __add__(self, other: Answers) -> Answers:
        return Answers(
            self.promoters + other.promoters, self.passives + other.passives, self.detractors + other.detractors
        )


def count(scores: Iterable[int]) -> Answers:
    """Answers from 0 to 10, counted."""
    scores = list(scores)
    promoters = sum(score >= _PROMOTER for score in scores)
    passives = sum(_PASSIVE <= score < _PROMOTER for score in scores)
    return Answers(promoters, passives, len(scores) - promoters - passives)


def employer_nps(answers: Answers) -> Decimal | None:
    """Percent of promoters minus percent of detractors, to one place; None when nobody answered."""
    if answers.total == 0:
        return None
    score = Decimal(answers.promoters - answers.detractors) * 100 / answers.total
    return score.quantize(_TENTH, rounding=ROUND_HALF_UP)


def may_split(groups: Mapping[Respondents, Answers], *, k: int) -> bool:
    """Whether the groups may be shown apart: only when each has at least ``k`` answers.

    One alone never is: the whole, which is shown too, would give the other away.
    """
    return len(groups) == len(Respondents) and all(answers.total >= k for answers in groups.values())
