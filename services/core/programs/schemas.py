"""What callers send and get about programs, channels and responsibilities."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.programs.models import Function, ProgramState, SimilarAction
from services.core.programs.rules import Destination

T = TypeVar("T", bound=str)


def _without_repeats(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


Networks = Annotated[
    list[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,39}$")]],
    Field(min_length=1, max_length=20),
    AfterValidator(_without_repeats),
]
Languages = Annotated[list[Language], Field(min_length=1, max_length=2), AfterValidator(_without_repeats)]
Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7)]],
    Field(min_length=1, max_length=7, description="ISO weekdays; Monday is 1."),
    AfterValidator(lambda days: sorted(set(days))),
]
ClockTime = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="`HH:MM`.")]
PerDay = Annotated[int, Field(ge=1, le=100)]
PerWeek = Annotated[int, Field(ge=1, le=500)]
Disclosures = dict[Language, Annotated[str, Field(min_length=1, max_length=300)]]


class ProgramCreate(WriteModel):
    """A new program, in draft."""

    name: str = Field(min_length=1, max_length=200, examples=["Voices of Lumen"])
    languages: Languages = Field(default_factory=lambda: [Language.EN])
    default_language: Language = Language.EN
    networks: Networks = Field(default_factory=lambda: ["linkedin"])
    disclosure: Disclosures = Field(
        default_factory=dict,
        description="What a post has to say near its top about who is speaking, per language.",
        examples=[{"en": "I work at Lumen."}],
    )


class ProgramUpdate(WriteModel):
    """Merge patch of a program."""

    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["Voices of Lumen"])
    languages: Languages | None = None
    default_language: Language | None = None
    networks: Networks | None = None
    disclosure: Disclosures | None = None


class ProgramRead(ReadModel):
    """A program."""

    id: UUID
    name: str
    state: ProgramState
    languages: list[Language]
    default_language: Language
    networks: list[str]
    disclosure: dict[str, str]
    launched_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ResponsibilityCreate(WriteModel):
    """Who answers for what."""

    function: Function = Field(examples=["owner"])
    employee_id: UUID


class ResponsibilityRead(ReadModel):
    """A named holder of a function."""

    id: UUID
    program_id: UUID
    function: Function
    employee_id: UUID
    created_at: datetime


class TransitionCreate(WriteModel):
    """Where the program goes."""

    to: Destination = Field(
        description="`resumed` brings a paused program back to where it was.", examples=[Destination.DESIGNED]
    )


class Window(WriteModel):
    """Hours of some weekdays in which posts may go out, in the ambassador's zone."""

    days: Weekdays = Field(examples=[[1, 2, 3, 4, 7]])
    from_: ClockTime = Field(alias="from", examples=["09:00"])
    to: ClockTime = Field(
        examples=["17:30"], description="The first minute after it. Earlier than `from`: on the next day."
    )

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.from_ == self.to:
            raise ValueError("give a time in `to` that differs from the one in `from`")
        return self


Windows = Annotated[list[Window], Field(max_length=50)]


class ChannelWrite(WriteModel):
    """How a program uses a network. What is left out has its default."""

    max_per_day: PerDay | None = Field(
        default=None, description="Posts of one ambassador in a calendar day of their own zone; null: no limit."
    )
    max_per_week: PerWeek | None = Field(
        default=None, description="The same in an ISO week (Monday to Sunday).", examples=[5]
    )
    windows: Windows = Field(
        default_factory=list,
        description="When posts may go out; none: at any time.",
        examples=[[{"days": [1, 2, 3, 4, 7], "from": "08:00", "to": "19:00"}]],
    )
    stagger_minutes: int = Field(
        default=10, ge=0, le=1440, description="Least distance between two colleagues' posts of the same item."
    )
    similar_share: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="More than this share of an item's posts within 24 hours may not read the same.",
    )
    similar_from: int = Field(
        default=5, ge=2, le=1000, description="From so many posts of an item on, `similar_share` is looked at."
    )
    similar_action: SimilarAction = Field(
        default=SimilarAction.NUDGE,
        description="What happens to one more that reads the same: the person is asked to reword it, or a review.",
    )


class ChannelRead(ReadModel):
    """How a program uses a network."""

    id: UUID
    program_id: UUID
    network: str
    max_per_day: int | None
    max_per_week: int | None
    windows: list[Window]
    stagger_minutes: int
    similar_share: float
    similar_from: int
    similar_action: SimilarAction
    created_at: datetime
    updated_at: datetime
