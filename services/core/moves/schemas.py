"""What callers send and get about moves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.moves.models import MoveState, StepState

_Place = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class MoveCreate(WriteModel):
    """Which program moves, from where to where. Nothing happens yet: this only compares."""

    program_id: UUID
    from_connection_id: UUID
    to_connection_id: UUID
    destination_ids: dict[_Place, _Place] = Field(
        default_factory=dict, max_length=200, description="Old place to new place, where the titles differ."
    )
    topic_ids: dict[_Place, _Place] = Field(
        default_factory=dict, max_length=500, description="Old topic to new topic, where the titles differ."
    )
    audience_destination_id: _Place | None = Field(default=None, description="Where people are let in there.")
    moves_people: bool = True
    keeps_source: bool = Field(default=False, description="Leave everything in the old platform as it is.")


class MoveApply(WriteModel):
    """The very difference that was looked at."""

    diff_hash: str = Field(min_length=32, max_length=32, examples=["0" * 32])


class MoveLoss(ReadModel):
    """Something that does not come along as it is."""

    subject: str = Field(description="The item's title, or `program`.")
    field: str
    how: str
    detail: str


class MoveStepRead(ReadModel):
    """One item, where it goes, and how far it is."""

    item_id: UUID
    title: str
    push_id: UUID
    destination_id: str
    topic_ids: list[str]
    state: StepState
    reason: str | None
    target_push_id: UUID | None


class MoveRead(ReadModel):
    """A move: the comparison while it is `previewed`, the progress afterwards."""

    id: UUID
    program_id: UUID
    from_connection_id: UUID
    to_connection_id: UUID
    keeps_source: bool
    moves_people: bool
    state: MoveState
    diff_hash: str | None
    people: int = Field(description="Active ambassadors who are let in there.")
    history: dict[str, int] = Field(description="Numbers read from the old platform so far; they stay with the items.")
    losses: list[MoveLoss]
    steps: list[MoveStepRead]
    audience_sync_id: UUID | None
    problem: str | None
    words: str | None
    created_at: datetime
    finished_at: datetime | None
