"""What callers send and get about pilots, gates, profiles, examples and launch kits."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.goals.models import Heading
from services.core.kit.schemas import AwareInstant, PlainNumber, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.launches.models import Gate, GateState
from services.core.programs.models import ProgramState
from services.core.programs.pilots import METRICS_PERCENT
from services.core.reports.schemas import NumberRead, TotalsRead

Groups = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]],
    Field(max_length=50),
    AfterValidator(lambda names: list(dict.fromkeys(names))),
]


class PilotWrite(WriteModel):
    """Who sees a program while it is launched quietly: people, groups, or both."""

    employee_ids: list[UUID] = Field(default_factory=list, max_length=2000, description="People, one by one.")
    departments: Groups = Field(default_factory=list, description="Everybody of these departments.")
    countries: Groups = Field(
        default_factory=list, description="Everybody in these countries; with departments, who is in one of each."
    )
    max_people: int = Field(ge=1, le=2000, description="Members at one time; who comes later waits.", examples=[30])
    ends_at: AwareInstant = Field(
        description="From then on nobody new is let in, and nothing is offered, until the pilot is extended or the "
        "program is launched loudly.",
        examples=["2026-12-20T16:00:00Z"],
    )
    metrics_percent: int = Field(
        default=METRICS_PERCENT,
        ge=1,
        le=100,
        description="Of the pilot's posts, how many have to have numbers of their network within 48 hours.",
    )


class PilotRead(ReadModel):
    """A program's pilot."""

    program_id: UUID
    employee_ids: list[UUID]
    departments: list[str]
    countries: list[str]
    max_people: int
    ends_at: datetime
    metrics_percent: int
    members: int = Field(description="How many of the pilot are members now.")


class GateOut(ReadModel):
    """One gate as it stood when it was looked at last. It passes on what happened alone; nobody sets it."""

    gate: Gate
    title: str
    state: GateState
    evidence: dict[str, Any] = Field(
        description="Ids, counts and days; no person. A count is null where it would tell on few people."
    )
    todo: list[str] = Field(description="What to do next; empty once it has passed.")
    evaluated_at: datetime | None = Field(description="Null: nobody has looked yet.")
    passed_at: datetime | None = Field(description="Since when it passes.")
    broken_at: datetime | None = Field(description="When it was last found broken after it had passed.")


class GatesRead(ReadModel):
    """Every gate of a program, in order."""

    program_id: UUID
    state: ProgramState
    is_ready: bool = Field(description="Whether every gate has passed.")
    gates: list[GateOut]


class ProfileWrite(WriteModel):
    """How I want to be presented at a launch."""

    name: str = Field(min_length=1, max_length=120, description="As it is to be shown.", examples=["Dana Levi"])
    texts: dict[Language, Annotated[str, Field(min_length=1, max_length=600)]] = Field(
        min_length=1, description="My own words, by language.", examples=[{"en": "I write about testing."}]
    )


class ProfileApprove(WriteModel):
    """My yes to being named, for exactly what I have read."""

    content_hash: str = Field(description="As the profile answers it.", examples=["0" * 64])


class ProfileRead(ReadModel):
    """My presentation at a program's launch. Shown to others only while `is_shown`."""

    program_id: UUID
    name: str
    texts: dict[str, str]
    has_photo: bool
    content_hash: str
    is_shown: bool = Field(description="Whether I have approved exactly this; every change needs a new yes.")
    approved_at: datetime | None
    consent: str = Field(description="What a yes means, in my language.")


class ProfilesRead(ReadModel):
    """My presentations."""

    data: list[ProfileRead]


class ExampleRead(ReadModel):
    """A post of mine that a launch kit may show."""

    publication_id: UUID
    program_id: UUID
    language: Language
    text: str
    permalink: str | None
    created_at: datetime


class ExamplesRead(ReadModel):
    """The posts of mine that launch kits may show."""

    data: list[ExampleRead]
    consent: str = Field(description="What a yes to showing a post means, in my language.")


class KitGoal(ReadModel):
    """A goal as the announcement says it."""

    heading: Heading
    title: str
    kpi: str
    unit: str
    target: Annotated[Decimal, PlainNumber]
    due_on: date
    words: str
    actual: NumberRead = Field(description="First results: with how they were obtained, or why they are not shown.")


class KitAmbassador(ReadModel):
    """An ambassador who agreed to be named, in their own words."""

    profile_id: UUID
    name: str
    language: Language
    text: str
    photo_path: str | None = Field(description="Where the picture is; null: none.")


class KitExample(ReadModel):
    """A pilot post that its author lets be shown."""

    language: Language
    text: str
    permalink: str | None


class KitCall(ReadModel):
    """The open call for more ambassadors."""

    title: str
    text: str
    link: str
    capacity: int | None
    closes_at: datetime


class KitRead(ReadModel):
    """What a loud launch is announced with, in one language."""

    program_id: UUID
    program_name: str
    organization_name: str
    language: Language
    languages: list[Language] = Field(description="The languages of the program; one kit each.")
    title: str
    announcement: list[str] = Field(description="Paragraphs, made from the goals.")
    goals: list[KitGoal]
    ambassadors: list[KitAmbassador]
    examples: list[KitExample] = Field(description="Those with most engagement first; their numbers are not told.")
    results: TotalsRead
    open_call: KitCall | None = Field(description="Null: no call takes applications now.")
