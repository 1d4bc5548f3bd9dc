"""What callers send and get about conversions and rates. Of the person outside nothing is taken but the ids of theirs.

Every amount of an answer stands beside its currency and where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, model_validator

from services.core.conversions.models import ConversionKind, CreditRule
from services.core.kit.schemas import AwareInstant, PlainNumber, ReadModel, WriteModel

#: No blank and no @: names and addresses of people are not ids.
ExternalId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,119}$", description="The other system's id. No name, no address."),
]
Source = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$", description="Your name of the other system.")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
ClickName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,64}(-[0-9a-f]{32})?$")]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=18, decimal_places=4)]

MOST_AT_ONCE = 100


class ConversionCreate(WriteModel):
    """Something that happened at your site, in your CRM or your ATS. The same id of the same source counts once."""

    kind: ConversionKind = Field(examples=["opportunity"])
    source: Source = Field(examples=["crm"])
    external_id: ExternalId = Field(examples=["OPP-1041"])
    occurred_at: AwareInstant = Field(examples=["2026-11-20T10:00:00Z"])
    amount: Amount | None = Field(default=None, examples=[12000])
    currency: Currency | None = Field(default=None, examples=["ILS"])
    clicks: list[ClickName] = Field(
        default_factory=list,
        max_length=20,
        description="Values of `adv_click` (one click) or `utm_id` (a link; its last click by a person is meant).",
    )
    lead_id: ExternalId | None = Field(
        default=None, description="`external_id` of the earlier conversion of the same source that it came out of."
    )
    candidate_id: ExternalId | None = Field(
        default=None, description="The candidate in the ATS: ties application and hire together."
    )

    @model_validator(mode="after")
    def _amount_has_currency(self) -> ConversionCreate:
        if (self.amount is None) != (self.currency is None):
            raise ValueError("give amount and currency together, or neither")
        return self


class ConversionBatch(WriteModel):
    """Many conversions; each is taken or refused by itself."""

    conversions: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MOST_AT_ONCE,
        examples=[
            [{"kind": "lead", "source": "crm", "external_id": "L-7", "occurred_at": "2026-11-20T10:00:00Z"}],
        ],
        description="Each as in `POST /v1/conversions`.",
    )


class ConversionRead(ReadModel):
    """A conversion, as it was told."""

    id: UUID
    kind: ConversionKind
    source: str
    external_id: str
    occurred_at: datetime
    amount: Annotated[Decimal, PlainNumber] | None
    currency: str | None
    lead_id: str | None
    candidate_id: str | None
    unknown_clicks: int = Field(description="How many of the clicks it named are none of ours.")
    is_attributed: bool = Field(description="Whether a click through an ambassador's link has credit for it.")
    created_at: datetime


class ConversionTaken(ConversionRead):
    """A conversion that was sent."""

    is_new: bool = Field(description="Whether it counts from now on; otherwise it was there, and counts once.")


class CreditRead(ReadModel):
    """What one click has credit for."""

    share: str = Field(
        description="Names the share in this conversion and those it came out of; leads to no person, and is another"
        " elsewhere."
    )
    program_id: UUID
    item_id: UUID | None = Field(description="What was shared; null when too few people shared it.")
    item_title: str | None
    item_reason: str | None = Field(description="Why it is not said.", examples=["group_too_small"])
    touched_on: date | None = Field(description="The UTC day of the click.")
    named_by: ConversionKind = Field(description="The stage that named the click.")
    weight: Annotated[Decimal, PlainNumber] = Field(description="The credits of a rule sum to 1.")


class RuleRead(ReadModel):
    """What one rule gives."""

    rule: CreditRule
    rule_version: str
    explanation: str
    credits: list[CreditRead]


class LeftOutRead(ReadModel):
    """Clicks that were named and have no credit."""

    reason: str = Field(examples=["outside_window"])
    explanation: str
    clicks: int


class AttributionRead(ReadModel):
    """Why a conversion is, or is not, an ambassador's."""

    conversion_id: UUID
    kind: ConversionKind
    occurred_at: datetime
    window_days: int = Field(description="A click has credit up to so many days before the stage that named it.")
    came_out_of: list[ConversionKind] = Field(description="Earlier stages whose clicks count too, oldest first.")
    method: str = Field(examples=["measured"])
    rules: list[RuleRead]
    left_out: list[LeftOutRead]


class BatchProblem(ReadModel):
    """Why one of them was refused."""

    code: str
    detail: str
    errors: list[dict[str, str]]


class BatchItem(ReadModel):
    """What became of one of them."""

    index: int
    status: int = Field(description="As it would be for this one alone: 201, 200, 409 or 422.")
    conversion: ConversionTaken | None
    problem: BatchProblem | None


class BatchRead(ReadModel):
    """What became of each, in the order in which they were sent."""

    results: list[BatchItem]


# Rates.


class EarnedMediaRate(WriteModel):
    """What reach on a network would have cost as advertising."""

    network: str = Field(min_length=1, max_length=40, examples=["linkedin"])
    cpm: Amount | None = Field(default=None, description="Per 1,000 impressions.")
    cpc: Amount | None = Field(default=None, description="Per click by a person.")
    cpe: Amount | None = Field(
        default=None,
        description="Per reaction, comment or reshare. Leave it out beside cpm, or the same is paid twice.",
    )
    source: str = Field(min_length=1, max_length=300, description="Where the rate comes from.")


class RatesWrite(WriteModel):
    """What a hire and the program cost. In force from a day until rates of a later day are."""

    valid_from: date = Field(examples=["2026-01-01"])
    currency: Currency = Field(examples=["ILS"])
    source: str = Field(
        min_length=1, max_length=300, examples=["HR controlling, budget 2026"], description="Where the costs come from."
    )
    baseline_cost_per_hire: Amount | None = Field(default=None, description="What a hire cost before the program.")
    program_cost_per_month: Amount | None = Field(default=None, description="What the program costs a month.")
    earned_media: list[EarnedMediaRate] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _a_network_once(self) -> RatesWrite:
        if len({rate.network for rate in self.earned_media}) < len(self.earned_media):
            raise ValueError("give each network once")
        return self


class EarnedMediaRead(ReadModel):
    """What reach on a network would have cost."""

    network: str
    cpm: Annotated[Decimal, PlainNumber] | None
    cpc: Annotated[Decimal, PlainNumber] | None
    cpe: Annotated[Decimal, PlainNumber] | None
    source: str

    @classmethod
    def of(cls, rate: Mapping[str, Any]) -> EarnedMediaRead:
        """As it is stored: amounts as text, so that none loses a digit."""
        return cls.model_validate(rate)


class RatesRead(ReadModel):
    """Rates in force from a day."""

    id: UUID
    program_id: UUID
    valid_from: date
    currency: str
    source: str
    baseline_cost_per_hire: Annotated[Decimal, PlainNumber] | None
    program_cost_per_month: Annotated[Decimal, PlainNumber] | None
    earned_media: list[EarnedMediaRead]
    version: int = Field(description="Send it in If-Match, in quotes, to replace them.")
    updated_at: datetime
