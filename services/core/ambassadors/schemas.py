"""What callers send and get about personas, candidates, invitations, membership, preferences and pauses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.ambassadors.fit import Strictness
from services.core.ambassadors.models import AmbassadorState, InvitationState, PauseKind, Purpose, Step
from services.core.ambassadors.rules import PauseState, Result, Standing, ZoneSource
from services.core.ambassadors.traits import Trait
from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.organizations.schemas import Zone
from services.core.programs.schemas import ClockTime, PerDay, PerWeek, Weekdays, Window, Windows

Name = Annotated[str, Field(min_length=1, max_length=200)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]


Network = Annotated[str, Field(min_length=1, max_length=40, pattern="^[a-z][a-z0-9_]*$", examples=["linkedin"])]


def _tag(value: str) -> str:
    tag = " ".join(value.casefold().split())
    if not tag:
        raise ValueError("give a word or a few")
    return tag


#: A skill, compared without regard to capitals and spaces.
Skill = Annotated[str, Field(min_length=1, max_length=60, examples=["photography"]), AfterValidator(_tag)]
#: ISO 639, such as ``he``.
Spoken = Annotated[str, Field(pattern="^[a-z]{2,3}$", examples=["he"])]


class PresenceWanted(WriteModel):
    """What presence a program looks for."""

    network: Network | None = Field(default=None, description="null: on any network.")
    audience: int | None = Field(default=None, ge=0, le=1_000_000_000, description="At least so many followers.")
    posts_per_month: int | None = Field(default=None, ge=0, le=1000, description="At least so many.")


class Criteria(WriteModel):
    """What is asked of somebody. An absent rule admits everybody; of a list, one in common is enough.

    The first five are read from the directory. Traits, skills and presence count only as far as the person has
    declared them and lets this program look; languages are known from both.
    """

    min_tenure_months: int | None = Field(default=None, ge=0, le=600, examples=[6], description="Whole months.")
    departments: list[Name] | None = Field(default=None, min_length=1, max_length=200, examples=[["Marketing"]])
    job_families: list[Name] | None = Field(default=None, min_length=1, max_length=200, examples=[["Engineering"]])
    job_levels: list[Name] | None = Field(default=None, min_length=1, max_length=200, examples=[["Senior"]])
    countries: list[Country] | None = Field(default=None, min_length=1, max_length=250, examples=[["IL", "DE"]])
    languages: list[Spoken] | None = Field(default=None, min_length=1, max_length=50, examples=[["he", "en"]])
    presence: PresenceWanted | None = Field(default=None, examples=[{"network": "linkedin", "audience": 500}])
    traits: list[Trait] | None = Field(default=None, min_length=1, max_length=20, examples=[["storyteller"]])
    skills: list[Skill] | None = Field(default=None, min_length=1, max_length=100, examples=[["photography"]])


class Term(WriteModel):
    """How much a criterion counts."""

    weight: int = Field(default=1, ge=1, le=100, description="Against the other criteria.")
    strictness: Strictness = Field(
        default=Strictness.MUST, description="`must`: who does not meet it does not fit; `should`: it only counts."
    )


class WantedKind(StrEnum):
    """What a program can need people for."""

    SKILL = "skill"
    LANGUAGE = "language"
    DEPARTMENT = "department"


class Wanted(WriteModel):
    """Something the program needs people for."""

    kind: WantedKind = Field(examples=["skill"])
    value: Name = Field(examples=["photography"])
    people: int = Field(default=1, ge=1, le=10_000, description="How many.")


CriterionName = Literal[
    "min_tenure_months", "departments", "job_families", "job_levels", "countries", "languages", "presence", "traits",
    "skills",
]  # fmt: skip


class PersonaWrite(WriteModel):
    """Whom a program looks for."""

    description: str = Field(
        default="", max_length=2000, examples=["People who know our product and like to tell about it."]
    )
    criteria: Criteria = Field(examples=[{"min_tenure_months": 6, "countries": ["IL"]}])
    terms: dict[CriterionName, Term] = Field(
        default_factory=dict,
        description="By the name of a criterion; one that is not here weighs 1 and is a must.",
        examples=[{"countries": {"weight": 2, "strictness": "should"}}],
    )
    wanted: list[Wanted] = Field(
        default_factory=list, max_length=100, description="What the program needs people for, and how many.",
        examples=[[{"kind": "skill", "value": "photography", "people": 2}]],
    )  # fmt: skip


class PersonaRead(ReadModel):
    """Whom a program looks for."""

    id: UUID
    program_id: UUID
    description: str
    criteria: Criteria
    terms: dict[str, Term]
    wanted: list[Wanted]
    created_at: datetime
    updated_at: datetime


class CriterionRead(ReadModel):
    """Why somebody fits, or does not, and what it counts."""

    criterion: str = Field(examples=["min_tenure_months"])
    result: Result
    wanted: int | list[str] | dict[str, str | int]
    found: int | str | list[str] | dict[str, str | int | None] | None = Field(
        description="What is known; null if nothing is."
    )
    strictness: Strictness
    weight: int
    worth: int = Field(description="What the criterion is worth, of 100.")
    points: int = Field(description="`worth` if it is met, else 0.")


class FitRead(ReadModel):
    """How well somebody fits. `score` + `unknown` + `missed` = 100, and `score` is the sum of the points, exactly."""

    score: int | None = Field(description="null while the program has not said whom it looks for.")
    unknown: int = Field(description="Points of what nobody knows: neither for nor against.")
    missed: int
    musts: Result = Field(description="Whether every criterion that is a must is met.")
    parts: Sequence[CriterionRead]


class WantedRead(Wanted):
    """A need, and who could fill it."""

    members: int = Field(description="In the program now.")
    reachable: int = Field(
        description="Not in the program: of the directory, or who has applied or lets the program look."
    )
    has_nobody: bool = Field(description="Nobody in the program meets it.")
    missing: int = Field(description="How many more the program needs.")


class CoverageRead(ReadModel):
    """What the program needs people for, against who is there."""

    needs: list[WantedRead]
    nobody_for: list[WantedRead] = Field(description="Those for which the program has nobody.")


class IntakeWrite(WriteModel):
    """How a program takes people in."""

    capacity: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Members at one time; who comes later waits. null: no limit."
    )
    max_reminders: int = Field(default=2, ge=0, le=5, description="Of one invitation that is not answered.")
    reminder_days: int = Field(default=4, ge=1, le=30, description="Days before the first, and between two.")
    takes_applications: bool = Field(default=True, description="Also without an open call.")
    takes_nominations: bool = True
    steps: list[Step] = Field(
        default_factory=list,
        max_length=10,
        description="What stands before the first share, besides the policy. None: who has agreed to it is active.",
        examples=[["sharing_path", "preferences"]],
    )


class IntakeRead(ReadModel):
    """How a program takes people in."""

    program_id: UUID
    capacity: int | None
    max_reminders: int
    reminder_days: int
    takes_applications: bool
    takes_nominations: bool
    steps: list[Step]
    members: int
    waiting: int


class Presence(WriteModel):
    """One account, as its person describes it. We never look at it."""

    network: Network = Field(examples=["linkedin"])
    audience: int | None = Field(default=None, ge=0, le=1_000_000_000, description="Followers or contacts.")
    posts_per_month: int | None = Field(default=None, ge=0, le=1000)


class DeclarationWrite(WriteModel):
    """What the caller says of themselves. null: nothing is said of it, so it counts neither for nor against them."""

    traits: list[Trait] | None = Field(default=None, max_length=20, examples=[["storyteller"]])
    skills: list[Skill] | None = Field(default=None, max_length=50, examples=[["photography"]])
    languages: list[Spoken] | None = Field(default=None, max_length=20, examples=[["he", "en"]])
    presence: list[Presence] | None = Field(
        default=None, max_length=20, examples=[[{"network": "linkedin", "audience": 600}]]
    )


class ShownTo(ReadModel):
    """A program that may look at a part of a declaration."""

    program_id: UUID
    purpose: Purpose
    since: datetime


class DeclarationRead(DeclarationWrite):
    """What the caller has said of themselves, and which programs may look at which part of it."""

    shown_to: list[ShownTo]


class ConsentsWrite(WriteModel):
    """Which parts of the caller's declaration a program may look at; what is left out is taken back."""

    purposes: list[Purpose] = Field(max_length=10, examples=[["skills"]])


class ConsentRead(ReadModel):
    """One part of a declaration, and whether a program may look at it."""

    purpose: Purpose
    is_given: bool
    given_at: datetime | None
    words: str = Field(description="What it means, in the language of Accept-Language.")
    text_version: int


class TraitRead(ReadModel):
    """A trait that somebody can declare."""

    trait: Trait
    words: str


class OwnPart(CriterionRead):
    """A criterion, as its person sees it."""

    is_shown: bool = Field(description="Whether the program's managers see it as you do.")


class OwnFit(FitRead):
    """How the caller fits a program, from everything they have declared."""

    program_id: UUID
    parts: Sequence[OwnPart]
    seen_by_managers: int | None = Field(description="The score as the program's managers see it.")


class OnboardingMarkWrite(WriteModel):
    """A step that the caller takes by saying so."""

    step: Literal["sharing_path", "profile_tips"] = Field(
        examples=["sharing_path"], description="`sharing_path`: I share by hand; `profile_tips`: I have read them."
    )


class StepRead(ReadModel):
    """One step between joining and the first share."""

    step: Step
    is_done: bool
    is_required: bool
    what_to_do: str = Field(description="In the language of Accept-Language; empty once it is done.")


class OnboardingRead(ReadModel):
    """Where the caller is in one program, what is missing and what comes next."""

    program_id: UUID
    program_name: str
    state: AmbassadorState
    place: int | None = Field(description="On the waiting list; null for who is not on it.")
    steps: list[StepRead]
    missing: list[Step]
    next_step: Step | None


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
    fit: FitRead


class InvitationCreate(WriteModel):
    """Asks an employee to join."""

    employee_id: UUID
    answer_by: AwareInstant | None = Field(
        default=None, description="From an hour to 90 days from now; without it, in 14 days."
    )
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
    waiting_since: datetime | None


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
    place: int | None = Field(default=None, description="On the waiting list; null for who is not on it.")


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
