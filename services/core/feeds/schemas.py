"""What callers send and get about feeds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.core.content.schemas import TopicName, Words
from services.core.kit.schemas import ReadModel, WriteModel


class FeedSourceCreate(WriteModel):
    """A feed whose entries become drafts."""

    program_id: UUID
    name: Words = Field(min_length=1, max_length=200, examples=["Our newsroom"], description="Named on its drafts.")
    url: str = Field(min_length=1, max_length=2000, examples=["https://lumen.example/news/feed.xml"])
    topics: list[TopicName] = Field(default_factory=list, max_length=20, description="What its drafts are about.")


class FeedSourceUpdate(WriteModel):
    """Merge patch of a source; its address stays."""

    name: Words | None = Field(default=None, min_length=1, max_length=200, examples=["Newsroom"])
    topics: list[TopicName] | None = Field(default=None, max_length=20)
    is_paused: bool | None = Field(default=None, description="true: it is not fetched for now.")


class FeedSourceRead(ReadModel):
    """A source, and how it stands."""

    id: UUID
    program_id: UUID
    name: str
    url: str
    topics: list[str]
    is_paused: bool
    due_at: datetime = Field(description="When it is fetched next.")
    checked_at: datetime | None
    problem: str | None = Field(description="Stable code of what went wrong the last time; null: nothing.")
    problem_words: str | None = Field(description="That in your language, with what to do.")
    failures: int = Field(description="How often in a row.")
    created_at: datetime
    updated_at: datetime
