"""The management report and the totals, as readers get them. No number comes without how it was obtained."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.core.conversions.models import CreditRule
from services.core.conversions.schemas import RatesRead
from services.core.goals.models import Heading, Method
from services.core.kit.schemas import PlainNumber, ReadModel
from services.core.kit.texts import Language
from services.core.programs.models import ProgramState
from services.core.surveys.models import Respondents, SurveyKind


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
    from_on: date | None = Field(
        default=None,
        description="The first day it covers, where the organization is; null: all days up to now. A period that is"
        " asked for is shortened where it would tell what few people did.",
    )
    to_on: date | None = Field(default=None, description="The last day it covers.")


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


class PeriodRead(ReadModel):
    """The days that were asked for, both included; they begin and end where the organization is."""

    from_on: date
    to_on: date
    time_zone: str


class FunnelReport(ReadModel):
    """How far people have come; of a period, as of its last day."""

    employees: NumberRead
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


class SponsorReport(ReadModel):
    """A sponsor's word: signed in person, in their own words, with a budget."""

    commitment_id: UUID
    name: str | None = Field(description="null: the directory knows them no more.")
    statement: str | None = Field(description="null: their words were erased with their key.")
    budget: Annotated[Decimal, PlainNumber]
    currency: str
    signed_at: datetime
    valid_until: date


class NeedsReport(ReadModel):
    """What the field has asked for, and how soon the program answered."""

    needs_sent: NumberRead
    needs_answered: NumberRead
    needs_answered_in_time: NumberRead
    needs_first_response_hours: NumberRead
    needs_waiting: NumberRead


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
    """A program's totals, of a period or so far."""

    program_id: UUID
    period: PeriodRead | None
    totals: TotalsRead


class ItemVisits(ReadModel):
    """Visits through links to one item."""

    item_id: UUID
    title: str
    visits: NumberRead


class CohortVisits(ReadModel):
    """Visits through links of those who joined in one month; without one, of links that are nobody's alone."""

    joined_month: str | None = Field(examples=["2026-09"])
    visits: NumberRead


class DepartmentVisits(ReadModel):
    """Visits through links of one department's ambassadors; without a name, of those who have none."""

    department: str | None
    visits: NumberRead


class DayVisits(ReadModel):
    """Visits of one day, or of some days together when the links of few people were followed on each."""

    from_on: date
    to_on: date
    visits: NumberRead


class VisitsRead(ReadModel):
    """Visits of people through ambassadors' links, apart from all others. Each table has the same total."""

    program_id: UUID
    time_zone: str
    total: NumberRead
    told_by_site: NumberRead = Field(description="Visits that your site told of and that a click has credit for.")
    items: list[ItemVisits]
    cohorts: list[CohortVisits]
    departments: list[DepartmentVisits]
    days: list[DayVisits]


class RuleNumber(ReadModel):
    """What one rule gives."""

    rule: CreditRule
    title: str
    number: NumberRead


class AmountReport(ReadModel):
    """What it is worth, in one currency."""

    currency: str
    by_rule: list[RuleNumber]


class OutcomeReport(ReadModel):
    """One thing that came of shares: counted once each, and by three rules side by side."""

    name: str = Field(examples=["hires"])
    title: str
    attributed: NumberRead
    by_rule: list[RuleNumber]
    amounts: list[AmountReport]


class OutcomesRead(ReadModel):
    """What came of a program's shares, of a period or so far."""

    program_id: UUID
    period: PeriodRead | None
    outcomes: list[OutcomeReport]


class MediaReport(ReadModel):
    """What one network brought, and what that would have cost as advertising."""

    network: str
    impressions: NumberRead
    clicks: NumberRead
    engagements: NumberRead
    value: NumberRead


class SavingsReport(ReadModel):
    """What was saved, with every input. Earned media stand apart: nothing was paid less for them."""

    period: PeriodRead = Field(description="The days that hires may be told of.")
    currency: str | None
    hires: NumberRead
    baseline_cost_per_hire: NumberRead
    program_cost: NumberRead
    program_cost_per_hire: NumberRead
    saving_per_hire: NumberRead
    saving: NumberRead
    earned_media_value: NumberRead
    networks: list[MediaReport]
    rates: list[RatesRead] = Field(description="Those in force on any of the days, with where they come from.")


class SavingsRead(SavingsReport):
    """What a program saved."""

    program_id: UUID


class AttritionReport(ReadModel):
    """Whether ambassadors left more seldom than colleagues like them. Of groups, never of a person."""

    period: PeriodRead
    method: str = Field(examples=["matched_groups_direct_standardization"])
    method_version: str
    ambassadors: NumberRead
    matched: NumberRead
    difference: NumberRead


class AttritionRead(AttritionReport):
    """Attrition of a program's ambassadors against matched colleagues."""

    program_id: UUID


class SurveyGroupReport(ReadModel):
    """What one group answered."""

    respondents: Respondents
    result: NumberRead
    answers: NumberRead


class SurveyRoundRead(ReadModel):
    """A round of a survey, or a reading of a series."""

    id: UUID
    kind: SurveyKind
    title: str
    asked_on: date
    source: str
    external_id: str
    result: NumberRead
    answers: NumberRead
    groups: list[SurveyGroupReport] = Field(
        description="Ambassadors and others apart: shown only when each has enough answers."
    )


class HeadcountPart(ReadModel):
    """People of one status, department or country; without a value, of those who have none."""

    value: str | None
    people: NumberRead


class HeadcountRead(ReadModel):
    """How many people were employed as of a day. What the directory says later does not change it."""

    asked_on: date
    recorded_on: date | None = Field(description="The day that was written down: the same one, or the last before.")
    time_zone: str
    people: NumberRead
    by_status: list[HeadcountPart]
    by_department: list[HeadcountPart]
    by_country: list[HeadcountPart]


class OverrideReport(ReadModel):
    """A sponsor let a program be launched loudly although gates were red."""

    sponsor_employee_id: UUID
    name: str | None
    reason: str = Field(description="In the sponsor's own words.")
    red_gates: list[str] = Field(examples=[["metrics"]])


class LaunchReport(ReadModel):
    """The loud launch of a program."""

    loud_on: date = Field(description="Where the organization is.")
    override: OverrideReport | None = Field(description="Null: every gate had passed.")


class ReportRead(ReadModel):
    """The management report of a program."""

    program_id: UUID
    program_name: str
    organization_name: str
    state: ProgramState
    launched_on: date | None
    launch: LaunchReport | None = Field(description="Null: not launched loudly yet.")
    generated_at: datetime
    language: Language
    period: PeriodRead | None = Field(description="What was asked for; null: everything up to now.")
    headings: list[HeadingReport]
    goals: list[GoalReport]
    funnel: FunnelReport
    participation: ParticipationReport
    totals: TotalsRead
    outcomes: list[OutcomeReport]
    savings: SavingsReport
    attrition: AttritionReport
    surveys: list[SurveyRoundRead] = Field(description="The last round of each kind, of the period or so far.")
    content: list[ContentReport] = Field(
        description="The ten items with most unique clicks, as far as shown. Of all days, also in the report of a"
        " period: by item, the numbers of two periods would tell what few people did."
    )
    departments: list[DepartmentReport] = Field(description="Of all days, for the same reason.")
    responsible: list[ResponsibleReport]
    sponsors: list[SponsorReport] = Field(
        description="Commitments in force: now, or when the period ended. The newest first."
    )
    needs: NeedsReport
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
