"""Tables of forecasts: what was planned and assumed, and what the simulation said. Written once, never changed."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Json, TenantModel, tenant_key


class ContentKind(StrEnum):
    """What a post shows: the preview of a page, or a picture, film or document with the link in its words."""

    LINK = "link"
    MEDIA = "media"


class Name(StrEnum):
    """What has to be assumed. Those of ``OF_A_NETWORK`` are assumed for each network apart."""

    AUDIENCE_SIZE = "audience_size"
    VIEW_PERCENT = "view_percent"
    IMPRESSIONS_PER_SHARE = "impressions_per_share"
    SPREAD_PERCENT = "spread_percent"
    CLICK_PERCENT = "click_percent"
    FOLLOWED_PERCENT = "followed_percent"
    OVERLAP_PERCENT = "overlap_percent"
    MEDIA_VIEW_FACTOR = "media_view_factor"
    MEDIA_CLICK_FACTOR = "media_click_factor"
    MINUTES_PER_SHARE = "minutes_per_share"
    COST_PER_MONTH = "cost_per_month"
    COST_PER_AMBASSADOR_MONTH = "cost_per_ambassador_month"
    COST_PER_SHARE = "cost_per_share"


OF_A_NETWORK = (
    Name.AUDIENCE_SIZE,
    Name.VIEW_PERCENT,
    Name.IMPRESSIONS_PER_SHARE,
    Name.SPREAD_PERCENT,
    Name.CLICK_PERCENT,
)
COSTS = (Name.COST_PER_MONTH, Name.COST_PER_AMBASSADOR_MONTH, Name.COST_PER_SHARE)
#: Parts of a whole: at most 100.
PARTS = (Name.VIEW_PERCENT, Name.CLICK_PERCENT, Name.FOLLOWED_PERCENT, Name.OVERLAP_PERCENT)


class AssumptionOrigin(StrEnum):
    """Where an assumption comes from."""

    GIVEN = "given"
    MEASURED = "measured"
    RATES = "rates"
    EXAMPLE = "example"


class Result(StrEnum):
    """What a forecast tells."""

    SHARES = "shares"
    REACH = "reach"
    IMPRESSIONS = "impressions"
    CLICKS = "clicks"
    HOURS = "hours"
    COST = "cost"


class Forecast(TenantModel, table=True):
    """One simulation of a plan. With its seed it can be made again from what is stored here alone."""

    __tablename__ = "forecasts"
    __table_args__ = (
        sa.Index("forecasts_of_a_program", "organization_id", "program_id", "created_at", "id"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    seed: int = Field(sa_type=sa.BigInteger)
    runs: int
    method: str
    method_version: str
    #: The first and the last day, where the organization is.
    starts_on: date
    ends_on: date
    #: ISO 4217; None when no cost is known.
    currency: str | None = None
    #: ``ambassadors``, ``shares_per_person_week``, ``weeks``, ``networks`` and ``content_mix`` in percent.
    plan: dict[str, Any] = Json()
    #: ``name``, ``network``, ``low``, ``typical``, ``high``, ``origin``, ``source``, ``as_of``, ``from_on``, ``to_on``.
    assumptions: list[dict[str, Any]] = Json(list)
    #: By ``Result``: ``low``, ``median``, ``high``; one without a value is not there.
    results: dict[str, dict[str, float]] = Json()
