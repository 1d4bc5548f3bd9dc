"""What callers send and get about training."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.core.kit.schemas import PlainNumber, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.organizations.schemas import Zone
from services.core.training.models import (
    Completion,
    CostPer,
    CostStage,
    EnrolmentState,
    ProviderKind,
    SessionState,
    Topic,
)
from services.core.training.rules import BudgetWarning, Standing

Titles = Annotated[
    dict[Language, Annotated[str, Field(min_length=1, max_length=200)]],
    Field(min_length=1, description="Per language.", examples=[{"en": "Writing for networks", "he": "כתיבה לרשתות"}]),
]
Words = dict[Language, Annotated[str, Field(min_length=1, max_length=4000)]]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["ILS"])]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Amount = Annotated[Decimal, PlainNumber]


def _web_address(value: str) -> str:
    if not value.startswith("https://"):
        raise ValueError("give an address that begins with https://")
    return value


WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]
WallTime = Annotated[datetime, Field(description="Wall time in `time_zone`, without an offset.")]


class Material(WriteModel):
    """Something to read or watch."""

    title: Titles
    url: WebAddress = Field(examples=["https://lumen.example/training/writing"])


class Provider(WriteModel):
    """Who teaches."""

    kind: ProviderKind = Field(default=ProviderKind.INTERNAL, examples=["external"])
    name: str | None = Field(default=None, min_length=1, max_length=200, examples=["Studio Or"])
    contact: str | None = Field(default=None, min_length=1, max_length=300, examples=["office@studio.example"])


class Price(WriteModel):
    """What it costs, by seat or by session."""

    per: CostPer = Field(examples=["seat"])
    amount: Money = Field(examples=[250])
    currency: Currency


class Option(WriteModel):
    """One possible answer."""

    id: Annotated[str, Field(pattern="^[a-z0-9_]{1,20}$")]
    text: Titles


class Question(WriteModel):
    """A question, its options, and which of them are right."""

    id: Annotated[str, Field(pattern="^[a-z0-9_]{1,20}$")]
    text: Titles
    options: list[Option] = Field(min_length=2, max_length=10)
    correct: list[str] = Field(min_length=1, max_length=10, description="Ids of the right options; all are needed.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        known = [option.id for option in self.options]
        if len(set(known)) < len(known):
            raise ValueError("give each option of a question an id of its own")
        if not set(self.correct) <= set(known):
            raise ValueError("correct names an option that the question does not have")
        return self


_QUIZ_EXAMPLE = {
    "questions": [
        {
            "id": "q1",
            "text": {"en": "Whose opinion is it?", "he": "של מי הדעה?"},
            "options": [
                {"id": "a", "text": {"en": "Mine", "he": "שלי"}},
                {"id": "b", "text": {"en": "My employer's", "he": "של המעסיק"}},
            ],
            "correct": ["a"],
        }
    ]
}


class Quiz(WriteModel):
    """Questions, and what passes."""

    questions: list[Question] = Field(min_length=1, max_length=50)
    pass_percent: int = Field(default=80, ge=1, le=100, description="Right answers needed, in percent.")
    attempts_limit: int = Field(default=3, ge=1, le=20, description="Tries within `attempts_days`.")
    attempts_days: int = Field(default=7, ge=1, le=365, description="After so many days a try does not count any more.")

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [question.id for question in self.questions]
        if len(set(ids)) < len(ids):
            raise ValueError("give each question an id of its own")
        return self


class ModuleCreate(WriteModel):
    """A new module, of one program or of the organization."""

    program_id: UUID | None = Field(default=None, description="null: for every program of the organization.")
    topic: Topic = Field(examples=["marketing_writing"])
    title: Titles
    summary: Words = Field(default_factory=dict)
    provider: Provider = Field(default_factory=Provider)
    price: Price | None = None
    is_mandatory: bool = Field(default=False, description="What a curriculum takes over unless it says otherwise.")
    materials: list[Material] = Field(default_factory=list, max_length=50)
    completion: Completion | None = Field(
        default=None, description="What completes it; null: the quiz where there is one, else attendance."
    )
    validity_months: int | None = Field(
        default=None, ge=1, le=120, description="How long a certificate counts; null: for ever."
    )
    quiz: Quiz | None = Field(default=None, examples=[_QUIZ_EXAMPLE])


class ModuleUpdate(WriteModel):
    """Merge patch of a module. Certificates that were issued stay as they are."""

    topic: Topic | None = Field(default=None, examples=["marketing_writing"])
    title: Titles | None = None
    summary: Words | None = None
    provider: Provider | None = None
    price: Price | None = None
    is_mandatory: bool | None = None
    materials: list[Material] | None = Field(default=None, max_length=50)
    completion: Completion | None = None
    validity_months: int | None = Field(default=None, ge=1, le=120)
    quiz: Quiz | None = None
    is_archived: bool | None = Field(default=None, description="An archived module is in no new curriculum or session.")


class MaterialRead(ReadModel):
    """Something to read or watch."""

    title: dict[str, str]
    url: str


class ModuleRead(ReadModel):
    """A module, without the questions of its quiz."""

    id: UUID
    program_id: UUID | None
    topic: Topic
    title: dict[str, str]
    summary: dict[str, str]
    provider_kind: ProviderKind
    provider_name: str | None
    provider_contact: str | None
    cost_per: CostPer | None
    cost_amount: Amount | None
    cost_currency: str | None
    is_mandatory: bool
    materials: list[MaterialRead]
    completion: Completion
    validity_months: int | None
    has_quiz: bool
    linked_to: list[str] = Field(
        description="What belongs to it: the profile checklist, or the acknowledgement of the policy."
    )
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


class QuizRead(ReadModel):
    """A quiz as its author sees it, with the right answers."""

    questions: list[Question]
    pass_percent: int
    attempts_limit: int
    attempts_days: int


class EntryWrite(WriteModel):
    """A module in a curriculum."""

    module_id: UUID
    is_mandatory: bool | None = Field(default=None, description="null: as the module says.")
    gates_sharing: bool = Field(
        default=False, description="Without a valid certificate nothing is shared for this program."
    )


class CurriculumWrite(WriteModel):
    """The modules of a program, in order; replaces the whole curriculum."""

    modules: list[EntryWrite] = Field(max_length=100, examples=[[]])


class EntryRead(ReadModel):
    """A module at its place in a curriculum."""

    position: int
    is_mandatory: bool
    gates_sharing: bool
    module: ModuleRead


class CurriculumRead(ReadModel):
    """What the people of a program learn, in order."""

    program_id: UUID
    modules: list[EntryRead]


class _Times(WriteModel):
    @model_validator(mode="after")
    def _local(self) -> Self:
        for value in (getattr(self, "starts_local", None), getattr(self, "ends_local", None)):
            if value is not None and value.tzinfo is not None:
                raise ValueError("give wall times without an offset, and the zone in time_zone")
        return self


class SessionCreate(_Times):
    """A time at which a module is taught, for the people of one program, whose budget pays."""

    module_id: UUID
    program_id: UUID
    starts_local: WallTime = Field(examples=["2027-01-12T10:00:00"])
    ends_local: WallTime = Field(examples=["2027-01-12T12:00:00"])
    time_zone: Zone
    place: str | None = Field(default=None, min_length=1, max_length=300, examples=["Room 4"])
    meeting_link: WebAddress | None = None
    seats: int = Field(ge=1, le=2000, examples=[12])
    trainer: str = Field(min_length=1, max_length=200, examples=["Noa Levi"])
    language: Language = Field(examples=["he"])
    override_reason: str | None = Field(
        default=None,
        min_length=3,
        max_length=500,
        description="Why the budget may be exceeded; needs training.overspend.",
    )


class SessionUpdate(_Times):
    """Merge patch of a session; who is in it gets a new calendar entry if time, place or trainer change."""

    starts_local: WallTime | None = Field(default=None, examples=["2027-01-13T10:00:00"])
    ends_local: WallTime | None = Field(default=None, examples=["2027-01-13T12:00:00"])
    time_zone: Zone | None = None
    place: str | None = Field(default=None, min_length=1, max_length=300)
    meeting_link: WebAddress | None = None
    seats: int | None = Field(default=None, ge=1, le=2000)
    trainer: str | None = Field(default=None, min_length=1, max_length=200, examples=["Noa Levi"])
    language: Language | None = None
    override_reason: str | None = Field(default=None, min_length=3, max_length=500)


class SessionRead(ReadModel):
    """A session."""

    id: UUID
    module_id: UUID
    program_id: UUID
    state: SessionState
    starts_local: datetime
    ends_local: datetime
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    place: str | None
    meeting_link: str | None
    trainer: str
    language: Language
    seats: int
    seats_left: int
    waiting: int
    cost_per: CostPer | None
    cost_amount: Amount | None
    cost_currency: str | None
    created_at: datetime
    updated_at: datetime


class SessionSaved(SessionRead):
    """A session, and what the budget says to it."""

    budget_warning: BudgetWarning | None = Field(description="`near`: nine tenths are used; `over`: it is exceeded.")
    budget_words: str | None


class MySession(SessionRead):
    """A session that the caller may join."""

    module_title: str


class EnrolmentInvite(WriteModel):
    """Asks somebody of the program to take part."""

    employee_id: UUID


class EnrolmentCreate(WriteModel):
    """The caller takes a seat."""

    session_id: UUID


class EnrolmentRead(ReadModel):
    """Somebody in a session, as its organizers see it: who said no looks like who has not answered."""

    id: UUID
    session_id: UUID
    employee_id: UUID
    display_name: str
    state: EnrolmentState
    place_in_line: int | None = Field(description="On the waiting list, 1 is next.")


class MyEnrolment(ReadModel):
    """The caller in a session."""

    id: UUID
    state: EnrolmentState
    place_in_line: int | None
    session: MySession


class AttendanceWrite(WriteModel):
    """Who was there; of the others who had a seat it is noted that they were not."""

    attended: list[UUID] = Field(max_length=2000, description="Employees.", examples=[[]])


class AttendanceRead(ReadModel):
    """What was written down."""

    attended: int
    absent: int
    certificates: int = Field(description="How many certificates this issued.")


class ShownOption(ReadModel):
    """One possible answer."""

    id: str
    text: str


class ShownQuestion(ReadModel):
    """A question, without the answer."""

    id: str
    text: str
    options: list[ShownOption]
    is_multiple: bool = Field(description="More than one option may be right.")


class ShownQuiz(ReadModel):
    """A quiz for whoever answers it, in the language of Accept-Language."""

    module_id: UUID
    questions: list[ShownQuestion]
    pass_percent: int
    attempts_left: int
    next_attempt_at: datetime | None = Field(description="When the next try is possible, if none is left now.")


class AttemptCreate(WriteModel):
    """The caller's answers."""

    answers: dict[str, list[str]] = Field(
        max_length=50, description="Ids of the options chosen, by question.", examples=[{"q1": ["a"]}]
    )


class AttemptRead(ReadModel):
    """A try. Nobody but the caller reads it."""

    id: UUID
    module_id: UUID
    created_at: datetime
    is_passed: bool
    percent: int
    right: list[str] = Field(description="Questions answered rightly.")
    wrong: list[str]
    certificate_id: UUID | None = None


class CertificateRead(ReadModel):
    """Somebody has completed a module."""

    id: UUID
    module_id: UUID
    employee_id: UUID
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    evidence: list[dict[str, Any]]


class NextSessionRead(ReadModel):
    """The next session with a free seat, or else the next with a waiting list."""

    id: UUID
    starts_at: datetime
    starts_local: str
    time_zone: str
    language: Language
    seats_left: int


class MyModule(ReadModel):
    """A module of the caller's curriculum, and where they stand."""

    position: int
    module_id: UUID
    topic: Topic
    title: str
    summary: str
    is_mandatory: bool
    gates_sharing: bool
    standing: Standing
    expires_at: datetime | None
    next_session: NextSessionRead | None
    quiz: str | None = Field(description="Where the quiz is.")
    to_acknowledge: list[UUID] = Field(description="Policy versions to agree to before it is complete.")
    linked_to: list[str]
    materials: list[MaterialRead]


class MyTraining(ReadModel):
    """The caller's curriculum in one program."""

    program_id: UUID
    program_name: str
    is_sharing_open: bool = Field(description="Whether no missing certificate stands against sharing.")
    modules: list[MyModule]


class MemberStanding(ReadModel):
    """One mandatory module of one member."""

    module_id: UUID
    standing: Standing
    expires_at: datetime | None


class MemberTraining(ReadModel):
    """A member's mandatory training: membership, which managers may see. Nothing of quizzes."""

    employee_id: UUID
    display_name: str
    modules: list[MemberStanding]


class BudgetWrite(WriteModel):
    """What a program may spend on training."""

    amount: Money = Field(examples=[20000])
    currency: Currency


class BudgetRead(ReadModel):
    """The budget against its entries. `planned` is what is not yet bound, so that the three add up."""

    program_id: UUID
    amount: Amount
    currency: str
    planned: Amount
    committed: Amount
    spent: Amount
    left: Amount
    warning: BudgetWarning | None
    words: str | None


class CostCreate(WriteModel):
    """An amount entered by hand: an invoice, or its correction (negative)."""

    amount: Decimal = Field(ge=-(10**10), le=10**10, decimal_places=2, examples=[300])
    currency: Currency
    what: str = Field(min_length=1, max_length=300, examples=["Printed workbooks"])
    occurred_on: date = Field(examples=["2027-01-12"])
    module_id: UUID | None = None
    override_reason: str | None = Field(default=None, min_length=3, max_length=500)


class CostRead(ReadModel):
    """One entry of the report."""

    id: UUID
    program_id: UUID
    module_id: UUID | None
    session_id: UUID | None
    stage: CostStage
    amount: Amount
    currency: str
    what: str | None
    occurred_on: date
    created_at: datetime
