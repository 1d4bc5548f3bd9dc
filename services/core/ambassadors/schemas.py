"""What callers send and get about personas, candidates, invitations, membership, preferences and pauses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.ambassadors.models import AmbassadorState, InvitationState, PauseKind
from services.core.ambassadors.rules import PauseState, Result, Standing, ZoneSource
from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.organizations.schemas import Zone
from services.core.programs.schemas import ClockTime, PerDay, PerWeek, Weekdays, Window, Windows

Name = Annotated[str, Field(min_length=1, max_length=200)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]


class Criteria(WriteModel):
    """Rules over what the directory knows. An absent rule admits everybody."""

    min_tenure_months: int | None = Field(default=None, ge=0, le=600, examples=[6], description="Whole months.")
    departments: list[Name] | None = Field(default=None, min_length=1, max_length=200, examples=[["Marketing"]])
    job_families: list[Name] | None = Field(default=None, min_length=1, max_length=200, examples=[["Engineering"]])
    countries: list[Country] | None = Field(default=None, min_length=1, max_length=250, examples=[["IL", "DE"]])


class PersonaWrite(WriteModel):
    """Whom a program looks for."""

    description: str = Field(
        default="", max_length=2000, examples=["People who know our product and like to tell about it."]
    )
    criteria: Criteria = Field(examples=[{"min_tenure_months": 6, "countries": ["IL"]}])


class PersonaRead(ReadModel):
    """Whom a program looks for."""

    id: UUID
    program_id: UUID
    description: str
    criteria: Criteria
    created_at: datetime
    updated_at: datetime


class CriterionRead(ReadModel):
    """Why somebody fits, or does not."""

    criterion: str = Field(examples=["min_tenure_months"])
    result: Result
    wanted: int | list[str]
    found: int | str | None = Field(description="What the directory says; null if it says nothing.")


class CandidateRead(ReadModel):
    """An employee next to a program's persona."""

    employee_id: UUID
    display_name: str
    title: str | None
    department: str | None
    job_family: str | None
    country: str | None
    tenure_months: int | None = Field(description="Whole months on today's date where the person is.")
    standing: Standing
    criteria: list[CriterionRead]


class InvitationCreate(WriteModel):
    """Asks an employee to join."""

    employee_id: UUID
    language: Language | None = Field(default=None, description="Without it, the person's own.")
    message: str | None = Field(default=None, max_length=1000, examples=["Your posts about the pilot were great."])


class InvitationRead(ReadModel):
    """An invitation. To managers a no looks like no answer."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    state: InvitationState
    language: Language
    message: str | None
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None


class MyInvitation(InvitationRead):
    """An invitation to the caller."""

    program_name: str


class InvitationAccept(WriteModel):
    """How the person wants to take part."""

    language: Language | None = Field(default=None, description="Without it, the language of the invitation.")


class AmbassadorRead(ReadModel):
    """Membership of one person in one program."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    state: AmbassadorState
    language: Language
    joined_at: datetime | None
    activated_at: datetime | None
    left_at: datetime | None


class MemberRead(AmbassadorRead):
    """Membership as the program's managers see it: nothing of what the person does."""

    display_name: str


class PolicyToRead(ReadModel):
    """A policy version that waits for the person's agreement."""

    policy_id: UUID
    version_id: UUID


class MembershipRead(AmbassadorRead):
    """The caller's own membership, and what still stands before the first share."""

    to_acknowledge: list[PolicyToRead]


Subdivision = Annotated[str, Field(pattern="^[A-Z0-9]{1,3}$", description="ISO 3166-2 without the country.")]
WantedLanguages = Annotated[
    list[Language], Field(max_length=20), AfterValidator(lambda values: list(dict.fromkeys(values)))
]


class PreferencesWrite(WriteModel):
    """When and how often the caller wants to post, over all programs. What is left out is not limited.

    These only make a program's rules stricter, never looser.
    """

    time_zone: Zone | None = Field(default=None, description="IANA name; null: the one the directory says.")
    country: Country | None = Field(default=None, description="For public holidays; null: the directory's country.")
    subdivision: Subdivision | None = Field(default=None, description="A part of the country with holidays of its own.")
    observes_holidays: bool = Field(default=False, description="Nothing goes out on public holidays of the country.")
    working_days: Weekdays | None = Field(default=None, description="ISO weekdays, Monday is 1; null: any day.")
    quiet_from: ClockTime | None = Field(
        default=None, description="Nothing goes out from then on, in the person's zone.", examples=["20:00"]
    )
    quiet_to: ClockTime | None = Field(
        default=None, description="Until then; earlier than `quiet_from`: on the next day.", examples=["08:00"]
    )
    windows: Windows = Field(default_factory=list, description="When posts may go out; none: at any time.")
    max_per_day: PerDay | None = Field(default=None, description="In a calendar day of the person's zone.")
    max_per_week: PerWeek | None = Field(default=None, description="In an ISO week.", examples=[2])
    languages: WantedLanguages = Field(
        default_factory=list, description="In which the caller wants to be offered content; none: any."
    )


class PreferencesUpdate(WriteModel):
    """Merge patch of the caller's preferences; null takes a limit away."""

    time_zone: Zone | None = None
    country: Country | None = None
    subdivision: Subdivision | None = None
    observes_holidays: bool | None = None
    working_days: Weekdays | None = None
    quiet_from: ClockTime | None = None
    quiet_to: ClockTime | None = None
    windows: Windows | None = None
    max_per_day: PerDay | None = None
    max_per_week: PerWeek | None = Field(default=None, examples=[2])
    languages: WantedLanguages | None = None


class EffectiveRead(ReadModel):
    """What counts where the person has said nothing themselves."""

    time_zone: str
    time_zone_from: ZoneSource
    country: str | None


class PreferencesRead(ReadModel):
    """The caller's preferences. Nobody else reads them."""

    time_zone: str | None
    country: str | None
    subdivision: str | None
    observes_holidays: bool
    working_days: list[int] | None
    quiet_from: str | None
    quiet_to: str | None
    windows: list[Window]
    max_per_day: int | None
    max_per_week: int | None
    languages: list[Language]
    effective: EffectiveRead


class PauseCreate(WriteModel):
    """A pause: no offers, no reminders, nothing goes out, and no penalty."""

    kind: PauseKind = Field(examples=["leave"])
    program_id: UUID | None = Field(default=None, description="null: every program.")
    starts_at: AwareInstant | None = Field(default=None, description="null: now.")
    ends_at: AwareInstant | None = Field(default=None, description="The first moment after it; null: until you end it.")


class PauseUpdate(WriteModel):
    """Merge patch of a pause; the programs it is for stay."""

    kind: PauseKind | None = Field(default=None, examples=["break"])
    starts_at: AwareInstant | None = Field(default=None, description="Until it has begun; null: now.")
    ends_at: AwareInstant | None = Field(default=None, description="Now ends it; null: until you end it.")


class PauseRead(ReadModel):
    """A pause of the caller's. Nobody else reads it."""

    id: UUID
    program_id: UUID | None
    kind: PauseKind
    starts_at: datetime
    ends_at: datetime | None
    state: PauseState
    created_at: datetime
    updated_at: datetime


class PauseSaved(PauseRead):
    """A pause, and what it means for what is planned."""

    planned_posts: int = Field(description="How many planned posts of the caller's fall into it.")
    what_follows: str = Field(description="What happens to them, in the language of Accept-Language.")
