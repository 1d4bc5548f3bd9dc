"""The management report and the totals, as readers get them. No number comes without how it was obtained."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.core.goals.models import Heading, Method
from services.core.kit.schemas import PlainNumber, ReadModel
from services.core.kit.texts import Language
from services.core.programs.models import ProgramState


class NumberRead(ReadModel):
    """A number, and how it was obtained; without a value, the reason."""

    value: Annotated[Decimal, PlainNumber] | None
    unit: str = Field(examples=["clicks"])
    method: Method
    formula: str = Field(description="In the reader's language.")
    formula_version: str
    as_of: date = Field(description="The UTC day it stands for, or of the newest reading in it.")
    coverage_percent: int | None = Field(description="Of the posts that could have a value, how many have one.")
    suppressed: bool = Field(description="Too few people are behind it, or it would give such a number away.")
    reason: str | None = Field(description="Why there is no value.", examples=["group_too_small"])


class TrendPoint(ReadModel):
    """A goal's value of one day; a day without one is a gap."""

    day_on: date
    number: NumberRead


class GoalReport(ReadModel):
    """A goal against what is. Baseline and target are what people set, in the goal's unit."""

    id: UUID
    heading: Heading
    kpi: str
    title: str
    unit: str
    baseline: Annotated[Decimal, PlainNumber]
    target: Annotated[Decimal, PlainNumber]
    due_on: date
    actual: NumberRead
    progress: NumberRead
    trend: list[TrendPoint] = Field(description="Every day from the first value to the last, 92 at the most.")


class HeadingReport(ReadModel):
    """One of the four headings, with its goals."""

    heading: Heading
    title: str
    goal_ids: list[UUID]


class FunnelReport(ReadModel):
    """How far people have come."""

    eligible: NumberRead
    invited: NumberRead
    joined: NumberRead
    active: NumberRead
    connected: NumberRead
    shared: NumberRead


class ParticipationReport(ReadModel):
    """The participation gap: how few share, and how much comes of it."""

    employees_who_shared: NumberRead
    active_sharers_percent: NumberRead
    engagement_share: NumberRead


class ContentReport(ReadModel):
    """What came of one item."""

    item_id: UUID
    title: str
    published_shares: NumberRead
    human_clicks: NumberRead
    raw_hits: NumberRead
    suspected_machines: NumberRead
    impressions: NumberRead
    reactions: NumberRead
    comments: NumberRead
    reshares: NumberRead
    engagements: NumberRead


class DepartmentReport(ReadModel):
    """What came of one department; without a name, of those who have none in the directory."""

    department: str | None
    joined: NumberRead
    shared: NumberRead
    human_clicks: NumberRead


class ResponsibleReport(ReadModel):
    """Who answers for what."""

    function: str = Field(examples=["sponsor"])
    title: str
    name: str


class MethodReport(ReadModel):
    """How a number of this report is obtained."""

    name: str
    title: str
    method: Method
    formula: str
    formula_version: str
    coverage_percent: int | None
    as_of: date


class TotalsRead(ReadModel):
    """What a program has brought about so far."""

    published_shares: NumberRead
    active_sharers_percent: NumberRead
    human_clicks: NumberRead
    raw_hits: NumberRead
    suspected_machines: NumberRead
    impressions: NumberRead
    reactions: NumberRead
    comments: NumberRead
    reshares: NumberRead
    engagements: NumberRead
    engagement_rate: NumberRead


class MetricsRead(ReadModel):
    """A program's totals."""

    program_id: UUID
    totals: TotalsRead


class ReportRead(ReadModel):
    """The management report of a program."""

    program_id: UUID
    program_name: str
    organization_name: str
    state: ProgramState
    launched_on: date | None
    generated_at: datetime
    language: Language
    headings: list[HeadingReport]
    goals: list[GoalReport]
    funnel: FunnelReport
    participation: ParticipationReport
    totals: TotalsRead
    content: list[ContentReport] = Field(description="The ten items with most unique clicks, as far as shown.")
    departments: list[DepartmentReport]
    responsible: list[ResponsibleReport]
    methods: list[MethodReport]
    notes: list[str] = Field(description="What to know before quoting a number.")


class FateCount(ReadModel):
    """How many posts; or that they are of too few people to say."""

    posts: int | None
    hidden: str | None = Field(description="`small_group` where the number would say something about somebody.")


class FatePart(ReadModel):
    """One item on one network."""

    item_id: UUID
    title: str
    network: str
    counts: dict[str, FateCount]


class StopPreview(ReadModel):
    """What a stop or its release would do; nothing has been done.

    Of a stop: `held`, and `sending` (on their way at this moment, which no stop reaches). Of a release: `goes_out_now`,
    `goes_out_later`, `missed` (too late by now: each person is asked for a new time), `still_held` for another reason.
    Words are looked at again before anything goes out.
    """

    counts: dict[str, FateCount]
    parts: list[FatePart] = Field(description="By item and network.")
    from_at: datetime | None = Field(description="The planned times lie between these, to the full hour.")
    to_at: datetime | None
