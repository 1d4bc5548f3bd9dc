"""What callers send and get about nominations, applications, open calls and the report on selection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.core.ambassadors.models import CallState, Purpose
from services.core.ambassadors.schemas import Country, FitRead, Name, Skill, Spoken
from services.core.ambassadors.traits import Trait
from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.recruitment.models import ApplicationState, NominationState, Origin, RefusalReason
from services.core.recruitment.rules import GroupBy, Stage

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Titles = Annotated[dict[Language, Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1)]
Texts = Annotated[dict[Language, Annotated[str, Field(min_length=1, max_length=5000)]], Field(min_length=1)]


class CallCriteria(WriteModel):
    """Who may apply, by the directory. An absent rule admits everybody; what the directory does not know, too."""

    min_tenure_months: int | None = Field(default=None, ge=0, le=600, description="Whole months.")
    departments: list[Name] | None = Field(default=None, min_length=1, max_length=200)
    job_families: list[Name] | None = Field(default=None, min_length=1, max_length=200)
    job_levels: list[Name] | None = Field(default=None, min_length=1, max_length=200)
    countries: list[Country] | None = Field(default=None, min_length=1, max_length=250)
    languages: list[Spoken] | None = Field(default=None, min_length=1, max_length=50)


class CallCreate(WriteModel):
    """Calls for more ambassadors."""

    titles: Titles = Field(examples=[{"en": "Tell our story", "he": "מספרים את הסיפור שלנו"}])
    texts: Texts = Field(examples=[{"en": "We look for people who like to tell.", "he": "מחפשים אנשים שאוהבים לספר."}])
    closes_at: AwareInstant = Field(examples=["2099-01-31T21:59:00Z"], description="Up to then people may apply.")
    capacity: int | None = Field(
        default=None, ge=1, le=100_000, description="Places for who comes through this call; null: no limit of its own."
    )
    criteria: CallCriteria = Field(default_factory=CallCriteria)


class CallUpdate(WriteModel):
    """Merge patch of a call; null takes a limit away."""

    titles: Titles | None = None
    texts: Texts | None = None
    closes_at: AwareInstant | None = Field(default=None, examples=["2099-02-28T21:59:00Z"])
    capacity: int | None = Field(default=None, ge=1, le=100_000)
    criteria: CallCriteria | None = None


class CallRead(ReadModel):
    """An open call."""

    id: UUID
    program_id: UUID
    code: str
    link: str = Field(description="The page to hand out; it shows the call in the reader's language.")
    state: CallState = Field(description="Past `closes_at` it is closed by itself.")
    titles: dict[str, str]
    texts: dict[str, str]
    criteria: CallCriteria
    capacity: int | None
    closes_at: datetime
    applications: int = Field(description="How many have come, those that were answered or withdrawn too.")
    created_at: datetime
    updated_at: datetime


class NominationCreate(WriteModel):
    """Says a word for a colleague. They are told of it and asked; a manager sees it only if they pass it on."""

    work_email: str = Field(max_length=254, examples=["dana@example.com"], description="Of the colleague.")
    reason: Words = Field(examples=["She explains our product so that everybody understands it."])
    traits: list[Trait] = Field(default_factory=list, max_length=20, examples=[["storyteller"]])
    skills: list[Skill] = Field(default_factory=list, max_length=50, examples=[["photography"]])


class NominationSent(ReadModel):
    """A nomination as whoever made it sees it: that it was passed to the colleague, and no more, ever."""

    id: UUID
    program_id: UUID
    created_at: datetime


class MyNomination(ReadModel):
    """A nomination of the caller."""

    id: UUID
    program_id: UUID
    program_name: str
    nominator: str
    reason: str
    traits: list[Trait]
    skills: list[str]
    state: NominationState
    created_at: datetime
    expires_at: datetime


class NominationAccept(WriteModel):
    """Turns a nomination into an application."""

    traits: list[Trait] | None = Field(default=None, max_length=20, description="Correct them; null: as they are.")
    skills: list[Skill] | None = Field(default=None, max_length=50, description="Correct them; null: as they are.")
    pass_on_reason: bool = Field(default=True, description="Whether managers may read your colleague's words.")
    words: Words | None = Field(default=None, examples=["I would like that."])
    language: Language | None = None
    show: list[Purpose] = Field(default_factory=list, max_length=10, description="Parts of what you declare.")


class ApplicationCreate(WriteModel):
    """Applies to become an ambassador."""

    code: str | None = Field(default=None, max_length=40, description="Of the open call, if there is one.")
    words: Words | None = Field(default=None, examples=["I like to tell people what we build."])
    language: Language | None = Field(default=None, description="In which we answer; without it, the person's own.")
    show: list[Purpose] = Field(
        default_factory=list,
        max_length=10,
        examples=[["skills"]],
        description="Parts of what you declare that the program may look at; take them back whenever you like.",
    )


class ApplicationRead(ReadModel):
    """An application as its person sees it."""

    id: UUID
    program_id: UUID
    program_name: str
    origin: Origin
    call_id: UUID | None
    state: ApplicationState
    is_waiting: bool = Field(description="Accepted, and every place is taken: you move up by yourself.")
    place: int | None = Field(description="On the waiting list.")
    language: Language
    words: str | None
    reason: RefusalReason | None
    answer: str | None = Field(description="Why, in the language of the application.")
    created_at: datetime
    decided_at: datetime | None
    withdrawn_at: datetime | None


class NominatedBy(ReadModel):
    """What a colleague said, as the nominee let it pass."""

    nominator: str
    reason: str | None
    traits: list[Trait]
    skills: list[str]


class ApplicationForManagers(ApplicationRead):
    """An application as the program's managers see it."""

    employee_id: UUID
    display_name: str
    department: str | None
    nomination: NominatedBy | None
    decided_by: str | None
    fit: FitRead


class Refuse(WriteModel):
    """Says no, with a reason that the person gets in their language."""

    reason: RefusalReason = Field(examples=["no_places"])
    words: dict[Language, Words] | None = Field(
        default=None, description="More of your own, in the language of the application at least."
    )


class GroupRead(ReadModel):
    """One group. A hidden one says nothing but its name, and why."""

    name: str
    people: int | None = Field(description="The sample.")
    selected: int | None
    rate: float | None = Field(description="selected ÷ people.")
    ratio: float | None = Field(description="Against the rate of the group that is selected most.")
    is_below_four_fifths: bool | None = Field(description="A reason to look, no verdict.")
    reason: str | None = Field(examples=["group_too_small"])


class SelectionReport(ReadModel):
    """Whether groups are selected alike."""

    program_id: UUID
    stage: Stage
    by: GroupBy
    least_group: int
    groups: Sequence[GroupRead]
