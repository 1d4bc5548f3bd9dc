"""What callers send and get about programs, channels, responsibilities, benefits and commitments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.core.kit.schemas import PlainNumber, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.programs.eligibility import Condition
from services.core.programs.models import (
    FOR_DESIGN,
    FOR_LOUD,
    BenefitKind,
    BenefitState,
    Function,
    ProgramState,
    SimilarAction,
)
from services.core.programs.rules import Destination
from services.core.programs.setup import Step, StepState

T = TypeVar("T", bound=str)


def _without_repeats(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


def _with_owner(functions: list[Function]) -> list[Function]:
    if Function.OWNER not in functions:
        raise ValueError("name owner among them: somebody has to answer for the whole")
    return [function for function in Function if function in functions]


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
Mandatory = Annotated[
    list[Function],
    Field(min_length=1, max_length=len(Function), description="Functions that need a holder. `owner` always does."),
    AfterValidator(_with_owner),
]
Disclosures = dict[Language, Annotated[str, Field(min_length=1, max_length=300)]]


UnmatchedShare = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        examples=[0.34],
        description="At most this share of the offers that somebody is shown at once matches none of the goals they "
        "have named; 1 is no limit. Who has named no goals is not concerned.",
    ),
]


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
    mandatory_for_design: Mandatory = Field(
        default_factory=lambda: list(FOR_DESIGN), description="Functions without a holder of which it is not designed."
    )
    mandatory_for_loud: Mandatory = Field(
        default_factory=lambda: list(FOR_LOUD), description="Functions without a holder of which it never goes loud."
    )
    unmatched_share: UnmatchedShare = 1.0
    template: str | None = Field(
        default=None,
        max_length=60,
        description="Start from a template (GET /v1/program-templates): its channels, benefits, content plan, policy "
        "and persona are made as drafts in the program's languages. Nobody is named, and nothing is published.",
    )
    goal_owner_employee_id: UUID | None = Field(
        default=None, description="With a template: who answers for its goals. Without, no goals are set."
    )


class ProgramUpdate(WriteModel):
    """Merge patch of a program."""

    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["Voices of Lumen"])
    languages: Languages | None = None
    default_language: Language | None = None
    networks: Networks | None = None
    disclosure: Disclosures | None = None
    mandatory_for_design: Mandatory | None = None
    mandatory_for_loud: Mandatory | None = None
    unmatched_share: UnmatchedShare | None = None


class ProgramRead(ReadModel):
    """A program."""

    id: UUID
    name: str
    state: ProgramState
    languages: list[Language]
    default_language: Language
    networks: list[str]
    disclosure: dict[str, str]
    mandatory_for_design: list[Function]
    mandatory_for_loud: list[Function]
    unmatched_share: float
    template: str | None
    launched_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ResponsibilityCreate(WriteModel):
    """Who answers for what."""

    function: Function = Field(examples=["owner"])
    employee_id: UUID
    is_deputy: bool = Field(
        default=False, description="Stands in for the holders; a function with deputies alone is not held."
    )


class ResponsibilityRead(ReadModel):
    """A named holder of a function."""

    id: UUID
    program_id: UUID
    function: Function
    employee_id: UUID
    is_deputy: bool
    is_orphaned: bool = Field(description="This person has left or is suspended.")
    orphaned_at: datetime | None = Field(description="Since when that is known.")
    created_at: datetime


class OrphanRead(ReadModel):
    """A function whose holder, or a deputy, is not employed any more."""

    responsibility_id: UUID
    function: Function
    employee_id: UUID
    is_deputy: bool
    since: datetime | None = Field(description="When it was noticed; null for a minute at the most.")
    is_held: bool = Field(description="Whether somebody else holds the function.")
    is_mandatory: bool = Field(description="Whether a loud launch needs it held.")


class OrphansRead(ReadModel):
    """What nobody answers for any more, and whether that blocks a loud launch."""

    data: list[OrphanRead]
    unfilled: list[Function] = Field(description="Mandatory functions that nobody holds: each blocks a loud launch.")


class OverrideCreate(WriteModel):
    """A sponsor answers for a launch although gates are red."""

    reason: str = Field(
        min_length=20,
        max_length=1000,
        description="Why it is launched all the same. Shown in the management report; the audit keeps who it was, "
        "when, and which gates were red.",
        examples=["The annual fair opens on Sunday, and the numbers follow."],
    )


class TransitionCreate(WriteModel):
    """Where the program goes."""

    to: Destination = Field(
        description="`resumed` brings a paused program back to where it was.", examples=[Destination.DESIGNED]
    )
    override: OverrideCreate | None = Field(
        default=None,
        description="Of a loud launch with red gates: by a sponsor in person, with a reason.",
    )

    @model_validator(mode="after")
    def _overrides_a_launch(self) -> Self:
        if self.override is not None and self.to is not Destination.LOUD:
            raise ValueError("override only a launch: to has to be loud")
        return self


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


Titles = dict[Language, Annotated[str, Field(min_length=1, max_length=200)]]
Descriptions = dict[Language, Annotated[str, Field(min_length=1, max_length=2000)]]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=14, decimal_places=2)]
AmountRead = Annotated[Decimal, PlainNumber]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217, such as ILS.")]


class Eligibility(WriteModel):
    """Who qualifies. A part that is null asks nothing; all parts have to be met.

    Days come in steps, so that a rule cannot be made to fit one person.
    """

    active: bool = Field(default=True, description="Only active ambassadors.")
    min_published_shares: int | None = Field(default=None, ge=1, le=1000, description="With `published_within_days`.")
    published_within_days: Literal[30, 60, 90, 180, 365] | None = Field(
        default=None, description="In so many days up to now."
    )
    min_days_in_program: Literal[30, 60, 90, 180, 365] | None = Field(default=None, description="Since joining.")
    training_module_id: UUID | None = Field(default=None, description="A valid certificate of this module.")


class BenefitCreate(WriteModel):
    """Something that ambassadors get for taking part."""

    kind: BenefitKind = Field(
        examples=["recognition"], description="`recognition` and `material` are never counted together."
    )
    titles: Titles = Field(min_length=1, examples=[{"he": "יום כתיבה", "en": "A day to write"}])
    descriptions: Descriptions = Field(default_factory=dict)
    eligibility: Eligibility = Field(default_factory=Eligibility)
    cost_per_person: Amount | None = Field(default=None, description="In `currency`.")
    budget: Amount | None = Field(default=None, description="For everybody together, in `currency`.")
    currency: Currency | None = None
    valid_from: date | None = Field(default=None, description="The first day; null: at once.")
    valid_until: date | None = Field(default=None, description="The last day; null: until it is closed.")
    state: BenefitState = Field(
        default=BenefitState.DRAFT, description="`draft`: ambassadors do not see it; `open`; `closed`."
    )


class BenefitUpdate(WriteModel):
    """Merge patch of a benefit. `eligibility` is replaced whole."""

    kind: BenefitKind | None = None
    titles: Titles | None = Field(default=None, min_length=1)
    descriptions: Descriptions | None = None
    eligibility: Eligibility | None = None
    cost_per_person: Amount | None = None
    budget: Amount | None = None
    currency: Currency | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    state: BenefitState | None = Field(default=None, examples=["open"])


class EligibleRead(ReadModel):
    """How many members qualify, in steps of the smallest group that may be shown."""

    at_least: int | None = Field(description="So many or a few more; null if it may not be shown.")
    of_members: int
    suppressed: bool
    reason: str | None = Field(examples=["group_too_small"])


class BenefitRead(ReadModel):
    """Something that ambassadors get for taking part, as who runs the program sees it."""

    id: UUID
    program_id: UUID
    state: BenefitState
    kind: BenefitKind
    titles: dict[str, str]
    descriptions: dict[str, str]
    eligibility: Eligibility
    cost_per_person: AmountRead | None
    budget: AmountRead | None
    currency: str | None
    valid_from: date | None
    valid_until: date | None
    created_at: datetime
    updated_at: datetime


class BenefitListed(BenefitRead):
    """A benefit with how many qualify; who they are, nobody sees."""

    eligible: EligibleRead


class ConditionRead(ReadModel):
    """One condition: what is asked, what is so, and in words why it is met or what is missing."""

    condition: Condition
    is_met: bool
    wanted: int | None
    found: int | None
    words: str


class MyBenefitRead(ReadModel):
    """A benefit, and whether the caller qualifies. Nobody else sees this."""

    benefit_id: UUID
    program_id: UUID
    program_name: str
    kind: BenefitKind
    language: Language
    title: str
    description: str | None
    qualifies: bool
    #: Whether it is given today; one that begins later can be worked towards.
    is_given_today: bool
    conditions: list[ConditionRead]
    valid_from: date | None
    valid_until: date | None


class MyBenefitsRead(ReadModel):
    """What I qualify for, and what is missing for the rest."""

    data: list[MyBenefitRead]


class CommitmentCreate(WriteModel):
    """A sponsor's word, signed with their own key."""

    statement: str = Field(min_length=1, max_length=2000, examples=["I stand behind this programme this year."])
    budget: Amount = Field(examples=[50000])
    currency: Currency = Field(examples=["ILS"])
    valid_until: date = Field(examples=["2099-12-31"], description="The last day, where the organization is.")


class CommitmentRead(ReadModel):
    """Who stands behind a program, until when, and with what."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    name: str | None
    statement: str | None
    budget: AmountRead
    currency: str
    signed_at: datetime
    valid_until: date
    is_valid: bool = Field(description="Not taken back, not replaced, not run out, and the sponsor is employed.")


class StepRead(ReadModel):
    """One step of setting a program up."""

    step: Step
    title: str
    state: StepState
    why: str = Field(description="Why it comes here.")
    missing: list[str] = Field(description="What is missing, each with what to do.")
    next_step: str | None = Field(description="The call that brings it on; null when it is done.")


class SetupRead(ReadModel):
    """The steps of setting a program up, in their order."""

    program_id: UUID
    steps: list[StepRead]
    current: Step | None = Field(description="The first one that is not done; null when all are.")
    connectors_refused: bool = Field(
        description="Whether a production channel is refused until what comes before is done, by the organization's "
        "setting (PATCH /v1/platform-settings); simulators never are."
    )
