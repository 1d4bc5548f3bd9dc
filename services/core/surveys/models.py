"""Tables of surveys: a round with its result, and how many answered what. Who answered is never told to us."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from services.core.kit.models import Choice, TenantModel, VersionedModel, tenant_key


class SurveyKind(StrEnum):
    """What was asked, or observed."""

    EMPLOYER_NPS = "employer_nps"
    BRAND_AWARENESS = "brand_awareness"
    SHARE_OF_VOICE = "share_of_voice"


class SurveyRound(VersionedModel, table=True):
    """One round of a survey, or one reading of a series, with the day it stands for."""

    __tablename__ = "survey_rounds"
    __table_args__ = (sa.UniqueConstraint("organization_id", "source", "external_id"),)

    kind: SurveyKind = Choice(SurveyKind)
    title: str
    asked_on: date
    source: str
    #: The other system's id of the round: the same one is there once.
    external_id: str
    #: Percent; None for employer NPS, which is computed from the counts.
    value: Decimal | None = Field(default=None, sa_type=sa.Numeric)
    #: How many answered; None where nobody is asked (share of voice), or it was not told.
    answers: int | None = None


class Respondents(StrEnum):
    """Which group answered, as whoever imports it says."""

    AMBASSADOR = "ambassador"
    OTHER = "other"


class SurveyCount(TenantModel, table=True):
    """How many of a group answered 9 or 10, 7 or 8, and 0 to 6."""

    __tablename__ = "survey_counts"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "round_id", "respondents"),
        tenant_key("round_id", "survey_rounds", ondelete="CASCADE"),
    )

    round_id: UUID
    respondents: Respondents = Choice(Respondents)
    promoters: int
    passives: int
    detractors: int
