"""What callers send about surveys. Of the people who answered nothing is taken, not even an id."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.surveys.models import Respondents, SurveyKind

MOST_ANSWERS = 500_000

Score = Annotated[int, Field(ge=0, le=10)]
Count = Annotated[int, Field(ge=0, le=MOST_ANSWERS)]


class AnswerCounts(WriteModel):
    """How many answered what."""

    promoters: Count = Field(description="9 or 10.")
    passives: Count = Field(description="7 or 8.")
    detractors: Count = Field(description="0 to 6.")


class GroupAnswers(WriteModel):
    """The answers of one group: each score, or counted already."""

    respondents: Respondents = Field(description="Which group, as you know it; one of neither kind goes to `other`.")
    scores: list[Score] | None = Field(default=None, max_length=MOST_ANSWERS, description="One number per answer.")
    counts: AnswerCounts | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> GroupAnswers:
        if (self.scores is None) == (self.counts is None):
            raise ValueError("give scores or counts")
        return self


class SurveyRoundTaken(ReadModel):
    """A round that was imported; its result is read with the reports."""

    id: UUID
    kind: SurveyKind
    title: str
    asked_on: date
    source: str
    external_id: str


class SurveyRoundCreate(WriteModel):
    """One round of a survey, or one reading of a series."""

    kind: SurveyKind = Field(examples=["employer_nps"])
    title: str = Field(min_length=1, max_length=200, examples=["Employee pulse, autumn"])
    asked_on: date = Field(examples=["2026-11-01"], description="The day that the result stands for.")
    source: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$", examples=["pulse"])
    external_id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,119}$",
        examples=["2026-11"],
        description="The round in the other system; the same one is there once.",
    )
    groups: list[GroupAnswers] = Field(
        default_factory=list,
        max_length=2,
        description="For `employer_nps`: the answers.",
        examples=[[{"respondents": "other", "counts": {"promoters": 60, "passives": 30, "detractors": 10}}]],
    )
    value: Decimal | None = Field(
        default=None, ge=0, le=100, allow_inf_nan=False, decimal_places=4, description="For the other kinds: percent."
    )
    answers: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="For `brand_awareness`: how many were asked."
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> SurveyRoundCreate:
        if self.kind is SurveyKind.EMPLOYER_NPS:
            if not self.groups or self.value is not None or self.answers is not None:
                raise ValueError("employer_nps takes groups, and neither value nor answers")
            if len({group.respondents for group in self.groups}) < len(self.groups):
                raise ValueError("give each group once")
        elif self.groups or self.value is None:
            raise ValueError("this kind takes a value in percent, and no groups")
        return self
