"""What callers send and get about needs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.needs.models import Author, NeedState, NeedTopic
from services.core.organizations.schemas import Zone
from services.core.programs.schemas import ClockTime, Weekdays


class NeedCreate(WriteModel):
    """Something that the caller needs for a program."""

    program_id: UUID
    topic: NeedTopic = Field(examples=["content"], description="Decides who answers.")
    text: str = Field(
        min_length=1, max_length=4000, examples=["Customers ask me about the new panels: have we a text?"]
    )


class NeedUpdate(WriteModel):
    """What the desk decides. A decision has words, which the person reads."""

    state: NeedState | None = Field(default=None, examples=["planned"])
    outcome: str | None = Field(default=None, min_length=1, max_length=4000, examples=["It is in next month's plan."])
    theme_id: UUID | None = Field(default=None, description="A theme of the program's content plan, by its id there.")
    item_id: UUID | None = Field(default=None, description="A content item of the program.")


class MessageCreate(WriteModel):
    """Words about a need."""

    text: str = Field(min_length=1, max_length=4000, examples=["Here it is: see the item of Monday."])


class MessageRead(ReadModel):
    """Words about a need."""

    id: UUID
    author: Author
    author_employee_id: UUID
    text: str
    created_at: datetime


class NeedRead(ReadModel):
    """A need. Its words are for the person and for whoever answers; managers see that it was sent."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    display_name: str
    topic: NeedTopic
    state: NeedState
    owner_employee_id: UUID | None
    due_at: datetime = Field(description="By when a first answer is promised.")
    first_response_at: datetime | None
    is_overdue: bool
    escalated_at: datetime | None
    closed_at: datetime | None
    theme_id: UUID | None
    item_id: UUID | None
    text: str | None = Field(description="null for who does not answer it.")
    outcome: str | None
    messages: list[MessageRead] | None = Field(description="null in lists, and for who does not answer it.")
    created_at: datetime
    updated_at: datetime


class DeskWrite(WriteModel):
    """How soon a program promises a first answer, in its working hours."""

    first_response_hours: int = Field(ge=1, le=400, examples=[16], description="Working hours.")
    working_days: Weekdays | None = Field(
        default=None, description="null: Sunday to Thursday in Israel, else Monday to Friday."
    )
    opens_at: ClockTime = Field(default="09:00")
    closes_at: ClockTime = Field(default="17:00")
    time_zone: Zone | None = Field(default=None, description="null: the organization's.")


class DeskRead(ReadModel):
    """How soon a program promises a first answer."""

    program_id: UUID
    first_response_hours: int
    working_days: list[int]
    opens_at: str
    closes_at: str
    time_zone: str
    is_default: bool = Field(description="The program has not said otherwise.")


class NeedsSummaryRead(ReadModel):
    """How the desk does, in numbers."""

    program_id: UUID
    since: datetime
    until: datetime
    sent: int
    answered: int
    answered_in_time: int
    open: int
    unanswered_beyond_promise: int = Field(description="Now, whenever they were sent.")
    median_first_response_hours: float | None = Field(description="Hours of the clock; null if none was answered.")
