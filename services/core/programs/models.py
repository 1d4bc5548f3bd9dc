"""Tables of programs: the program, its channels, who is responsible, what people get, and who stands behind it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language


class ProgramState(StrEnum):
    """A program is designed before it is launched, quietly before loudly."""

    DRAFT = "draft"
    DESIGNED = "designed"
    QUIET = "quiet"
    LOUD = "loud"
    PAUSED = "paused"
    CLOSED = "closed"


class Function(StrEnum):
    """What somebody in a program answers for."""

    OWNER = "owner"
    CONTENT = "content"
    POLICY = "policy"
    SPOKESPERSON = "spokesperson"
    HR = "hr"
    DATA = "data"
    SUPPORT = "support"


#: Without a holder of each of these, a program is not designed, unless it says otherwise.
FOR_DESIGN = (Function.OWNER, Function.CONTENT, Function.POLICY)
#: The same for a loud launch.
FOR_LOUD = tuple(Function)


class Program(VersionedModel, table=True):
    """An employee-advocacy programme of an organization."""

    __tablename__ = "programs"

    name: str
    state: ProgramState = Choice(ProgramState, ProgramState.DRAFT)
    #: The state to which a paused program returns.
    paused_from: ProgramState | None = Choice(ProgramState, nullable=True)
    languages: list[str] = Json(list)
    default_language: Language = Choice(Language)
    #: Networks on which this program's content may be shared.
    networks: list[str] = Json(list)
    #: What a post has to say about who is speaking, per language; empty = nothing is required.
    disclosure: dict[str, str] = Json()
    launched_at: datetime | None = Instant(nullable=True)
    #: Functions that need a holder before it is designed, and before it goes loud.
    mandatory_for_design: list[str] = Json(lambda: [function.value for function in FOR_DESIGN])
    mandatory_for_loud: list[str] = Json(lambda: [function.value for function in FOR_LOUD])
    #: The template that it was started from.
    template: str | None = None
    #: At most this share of the offers a person is shown at once matches none of the goals they have named.
    unmatched_share: float = 1.0


class GoalKind(StrEnum):
    """A program has at least one of each."""

    MARKETING = "marketing"
    BUSINESS = "business"


class SimilarAction(StrEnum):
    """What happens to one more post that reads like those of colleagues."""

    NUDGE = "nudge"
    REVIEW = "review"


class Channel(VersionedModel, table=True):
    """How a program uses one network: how often a person posts there, when, and how far from their colleagues."""

    __tablename__ = "program_channels"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "network"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    network: str
    #: Posts of one ambassador in a calendar day and ISO week of their own zone; None = no limit.
    max_per_day: int | None = None
    max_per_week: int | None = None
    #: ``{"days": [1..7], "from": "HH:MM", "to": "HH:MM"}`` each, in the ambassador's zone; empty = any time.
    windows: list[dict[str, Any]] = Json(list)
    #: Least distance between two colleagues' posts of the same item.
    stagger_minutes: int = 10
    #: More than this share of an item's posts within 24 hours may not read the same, from ``similar_from`` posts on.
    similar_share: float = 0.2
    similar_from: int = 5
    similar_action: SimilarAction = Choice(SimilarAction, SimilarAction.NUDGE)


class Responsibility(TenantModel, table=True):
    """A named holder of a function in a program, or their deputy."""

    __tablename__ = "responsibilities"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "function", "employee_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    function: Function = Choice(Function)
    employee_id: UUID
    #: Stands in for the holders; a function whose only people are deputies is not held.
    is_deputy: bool = False
    #: Since when we know that this person is not employed any more.
    orphaned_at: datetime | None = Instant(nullable=True)


class BenefitKind(StrEnum):
    """Thanks in words, or something of value; the two are never counted together."""

    RECOGNITION = "recognition"
    MATERIAL = "material"


class BenefitState(StrEnum):
    """A draft is seen by who runs the program, an open one by its ambassadors."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Benefit(VersionedModel, table=True):
    """What a program offers to those who take part, to whom, and what that costs."""

    __tablename__ = "benefits"
    __table_args__ = (
        sa.Index("benefits_of_a_program", "organization_id", "program_id"),
        tenant_key("program_id", "programs"),
        tenant_key("training_module_id", "training_modules"),
    )

    program_id: UUID
    state: BenefitState = Choice(BenefitState, BenefitState.DRAFT)
    kind: BenefitKind = Choice(BenefitKind)
    #: Per language.
    titles: dict[str, str] = Json()
    descriptions: dict[str, str] = Json()
    #: Who qualifies: a part that is null asks nothing.
    must_be_active: bool = True
    min_published_shares: int | None = None
    published_within_days: int | None = None
    min_days_in_program: int | None = None
    training_module_id: UUID | None = None
    cost_per_person: Decimal | None = Field(default=None, sa_type=sa.Numeric, nullable=True)
    budget: Decimal | None = Field(default=None, sa_type=sa.Numeric, nullable=True)
    #: ISO 4217, of both amounts.
    currency: str | None = None
    #: Days where the organization is, both included; None = open at that end.
    valid_from: date | None = None
    valid_until: date | None = None


class Commitment(VersionedModel, table=True):
    """A sponsor stands behind a program, in their own words and with a budget. The words are sealed with their key."""

    __tablename__ = "sponsor_commitments"
    __table_args__ = (
        sa.Index("sponsor_commitments_of_a_program", "organization_id", "program_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    employee_id: UUID
    sealed_statement: bytes
    budget: Decimal = Field(sa_type=sa.Numeric)
    currency: str
    valid_until: date
    #: When a newer one took its place, or its sponsor took it back.
    ended_at: datetime | None = Instant(nullable=True)


class Pilot(VersionedModel, table=True):
    """Who sees a program while it is launched quietly: people named one by one, and groups; how many, and how long."""

    __tablename__ = "pilots"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    #: Groups by what the directory says; both given: who is in one of each. Both empty: only the people named.
    departments: list[str] = Json(list)
    countries: list[str] = Json(list)
    #: Members at one time while it is quiet.
    max_people: int
    #: From then on nobody new is let in or offered anything until it is launched loudly, or the pilot is extended.
    ends_at: datetime = Instant()
    #: Of the pilot's posts, how many have to have numbers of their network within two days.
    metrics_percent: int


class PilotPerson(TenantModel, table=True):
    """Somebody named for a pilot."""

    __tablename__ = "pilot_people"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "employee_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    employee_id: UUID


class LoudLaunch(TenantModel, table=True):
    """A program was launched loudly: by whom, how its gates stood, and which sponsor let it pass a red one. Kept."""

    __tablename__ = "loud_launches"
    __table_args__ = (
        sa.Index("loud_launches_of_a_program", "organization_id", "program_id"),
        tenant_key("program_id", "programs"),
        tenant_key("sponsor_employee_id", "employees"),
    )

    program_id: UUID
    #: As audit names a caller.
    launched_by: str
    #: State of each gate by name, as it stood then.
    gates: dict[str, str] = Json()
    #: Who let it pass although gates were red, and why; None: all had passed.
    sponsor_employee_id: UUID | None = None
    reason: str | None = None
