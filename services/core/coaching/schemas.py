"""What callers send and get about profiles and coaches."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.core.coaching.models import Assessor, CoachingState
from services.core.coaching.rules import Answer
from services.core.kit.schemas import ReadModel, WriteModel


class AssessmentWrite(WriteModel):
    """One look at a profile. An item that is left out is still to do."""

    items: dict[str, Answer] = Field(max_length=50, examples=[{"photo": "done", "headline": "partly"}])
    note: str | None = Field(default=None, max_length=4000, examples=["The headline can say whom you help."])


class ItemRead(ReadModel):
    """One thing to look at."""

    key: str
    title: str
    how: str
    weight: int
    answer: Answer | None = Field(description="As of the latest look; null before the first.")


class LookRead(ReadModel):
    """One look, with its score."""

    id: UUID
    assessor: Assessor
    score: int = Field(description="0 to 100.")
    items: dict[str, Answer]
    note: str | None
    list_version: int
    created_at: datetime


class ChecklistRead(ReadModel):
    """A profile on one network, as its person and a coach whom they named see it."""

    id: UUID
    network: str
    items: list[ItemRead]
    score_before: int | None = Field(description="Of the first look.")
    score_after: int | None = Field(description="Of the latest look.")
    history: list[LookRead] = Field(description="The latest first.")
    who_sees_it: str


class CoachName(WriteModel):
    """Asks a colleague to look at the caller's profile."""

    coach_employee_id: UUID
    network: str = Field(default="linkedin", pattern="^[a-z][a-z0-9_]{0,39}$", examples=["linkedin"])


class CoachRead(ReadModel):
    """A coach whom the caller has named."""

    id: UUID
    network: str
    coach_employee_id: UUID
    coach_name: str
    state: CoachingState
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


class CoachingRead(ReadModel):
    """Somebody whom the caller coaches, or who asks for it."""

    id: UUID
    network: str
    employee_id: UUID
    display_name: str
    state: CoachingState
    checklist_id: UUID | None = Field(description="What to read; null until accepted and once it is over.")
    created_at: datetime
    answered_at: datetime | None


class AverageRead(ReadModel):
    """Scores of a group, in steps of five points; null with the reason where they would tell of few people."""

    group: str | None
    before: int | None
    after: int | None
    reason: str | None


class AveragesRead(ReadModel):
    """How profiles of a program's people have got on, as of the beginning of this week. Nobody is named."""

    program_id: UUID
    network: str
    as_of: datetime
    fewest_people: int
    method: str
    formula_version: str
    all: AverageRead
    departments: list[AverageRead]
