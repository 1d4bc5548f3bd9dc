"""What people send and get about proposals."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator

from services.core.content.schemas import Destination, Words
from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.proposals.models import ProposalState


class ProposalCreate(WriteModel):
    """Something a colleague would like to see shared: a page, words, or both, and why."""

    program_id: UUID
    title: Words = Field(min_length=1, max_length=200, examples=["Our apprentices won a prize"])
    why: Words = Field(
        min_length=1, max_length=1000, examples=["It shows that one can begin here."],
        description="Why colleagues may want to share it.",
    )  # fmt: skip
    url: Destination | None = None
    text: Words | None = Field(
        default=None, min_length=1, max_length=10_000, examples=["They built a bridge out of paper."]
    )
    language: Language | None = Field(default=None, description="Of your words; absent: the programme's.")

    @model_validator(mode="after")
    def _has_something(self) -> ProposalCreate:
        if self.url is None and self.text is None:
            raise ValueError("give a url, a text, or both")
        return self


class ProposalAccept(WriteModel):
    """Take a proposal up, with a word to its proposer."""

    answer: Words = Field(min_length=1, max_length=2000, examples=["Thank you! We publish it next week."])
    destination_url: Destination | None = Field(
        default=None, description="Where the post leads to; needed where the proposal names no page."
    )
    topics: list[str] = Field(default_factory=list, max_length=20)


class ProposalDecline(WriteModel):
    """Say no, with the reason."""

    answer: Words = Field(min_length=1, max_length=2000, examples=["We had a very similar story last week."])


class ProposalRead(ReadModel):
    """A proposal and what came of it."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    language: Language
    state: ProposalState
    title: str
    url: str | None
    text: str | None
    why: str
    answer_due_at: datetime = Field(description="An answer is promised by then.")
    answer: str | None
    answered_at: datetime | None
    item_id: UUID | None = Field(description="The draft that it became.")
    item_state: str | None = Field(description="How that stands; to its proposer too.")
    created_at: datetime
    updated_at: datetime
