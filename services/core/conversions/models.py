"""Tables of conversions: what happened elsewhere, the clicks it names, the credit each gets, and what things cost."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class ConversionKind(StrEnum):
    """What happened at a site, in a CRM or in an applicant-tracking system (ATS)."""

    VISIT = "visit"
    LEAD = "lead"
    OPPORTUNITY = "opportunity"
    DEAL = "deal"
    CANDIDATE = "candidate"
    APPLICATION = "application"
    HIRE = "hire"


class Conversion(VersionedModel, table=True):
    """Something that happened elsewhere, by the other system's ids alone: nothing says who the outside person is."""

    __tablename__ = "conversions"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "source", "kind", "external_id"),
        sa.Index("conversions_of_a_lead", "organization_id", "source", "lead_id"),
        sa.Index("conversions_of_a_candidate", "organization_id", "source", "candidate_id"),
        sa.Index("conversions_by_id", "organization_id", "source", "external_id"),
    )

    kind: ConversionKind = Choice(ConversionKind)
    #: The system that knows it, by the name the organization gives it.
    source: str
    external_id: str
    occurred_at: datetime = Instant()
    amount: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    #: ISO 4217.
    currency: str | None = None
    #: The earlier conversion of the same source that it came out of.
    lead_id: str | None = None
    #: The candidate in the ATS: ties the stages of one together, and counts them once.
    candidate_id: str | None = None
    #: The clicks and links that it named, as they were given.
    named: list[str] = Json(list)
    #: How many of them are none of ours.
    unknown_clicks: int = 0
    #: Days before it in which a click counts, as the organization had set it.
    window_days: int


class TouchState(StrEnum):
    """Whether a click may have credit."""

    CREDITED = "credited"
    OUTSIDE_WINDOW = "outside_window"
    AFTERWARDS = "afterwards"
    MACHINE = "machine"
    OWN = "own"
    #: A link was named without a click, and nobody had followed it by then.
    NO_CLICK = "no_click"


class ConversionTouch(TenantModel, table=True):
    """A click that a conversion named, to the hour."""

    __tablename__ = "conversion_touches"
    __table_args__ = (
        sa.Index("conversion_touches_of_one", "organization_id", "conversion_id"),
        tenant_key("conversion_id", "conversions", ondelete="CASCADE"),
        tenant_key("link_id", "tracked_links"),
        tenant_key("program_id", "programs"),
        tenant_key("item_id", "content_items"),
    )

    conversion_id: UUID
    click_id: UUID | None = None
    link_id: UUID
    program_id: UUID
    item_id: UUID
    touched_hour: datetime | None = Instant(nullable=True)
    #: Its place among the clicks that the conversion named, in the order in which they happened.
    place: int
    state: TouchState = Choice(TouchState)


class CreditRule(StrEnum):
    """How credit is given; all three stand side by side."""

    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    LINEAR = "linear"


class ConversionCredit(TenantModel, table=True):
    """What part of a conversion a click has brought about, by one rule. The parts of a rule sum to exactly 1."""

    __tablename__ = "conversion_credits"
    __table_args__ = (
        sa.Index("conversion_credits_of_one", "organization_id", "conversion_id"),
        sa.Index("conversion_credits_of_a_touch", "organization_id", "touch_id"),
        sa.Index("conversion_credits_of_a_program", "organization_id", "program_id"),
        tenant_key("conversion_id", "conversions", ondelete="CASCADE"),
        tenant_key("touch_id", "conversion_touches", ondelete="CASCADE"),
        tenant_key("program_id", "programs"),
        tenant_key("link_id", "tracked_links"),
    )

    conversion_id: UUID
    touch_id: UUID
    program_id: UUID
    link_id: UUID
    rule: CreditRule = Choice(CreditRule)
    rule_version: str
    weight: Decimal = Field(sa_type=sa.Numeric)


class ProgramRates(VersionedModel, table=True):
    """What a hire and the program cost, and what media would have: in force from a day until the next ones are."""

    __tablename__ = "program_rates"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "valid_from"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    valid_from: date
    currency: str
    #: What a hire cost before the program.
    baseline_cost_per_hire: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    program_cost_per_month: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    #: Where the two costs come from, in words.
    source: str
    #: By network: ``cpm``, ``cpc``, ``cpe`` and their source.
    earned_media: list[dict[str, Any]] = Json(list)
