"""Numbers as readers get them, with the words of their language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from services.core.conversions.models import CreditRule
from services.core.conversions.schemas import RatesRead
from services.core.employees.history import Snapshot
from services.core.kit.texts import Language
from services.core.reports import formulas
from services.core.reports.attrition import Attrition
from services.core.reports.numbers import Formula, Number, Numbers, Reason
from services.core.reports.outcomes import BY_RULE, Outcome
from services.core.reports.periods import Period
from services.core.reports.savings import Savings
from services.core.reports.schemas import (
    AmountReport,
    AttritionReport,
    CohortVisits,
    DayVisits,
    DepartmentVisits,
    HeadcountPart,
    ItemVisits,
    MediaReport,
    NumberRead,
    OutcomeReport,
    PeriodRead,
    RuleNumber,
    SavingsReport,
    SurveyGroupReport,
    SurveyRoundRead,
)
from services.core.reports.visits import Visits
from services.core.surveys import rules as survey_rules
from services.core.surveys import service as surveys
from services.core.surveys.models import Respondents, SurveyKind, SurveyRound
from services.core.surveys.rules import Answers


def read(number: Number) -> NumberRead:
    """One number."""
    return NumberRead.model_validate(number)


def read_period(period: Period) -> PeriodRead:
    """The days that were asked for."""
    return PeriodRead(from_on=period.from_on, to_on=period.to_on, time_zone=period.zone)


def read_outcome(outcome: Outcome, language: Language) -> OutcomeReport:
    """One thing that came of shares."""

    def by_rule(numbers: Mapping[CreditRule, Number]) -> list[RuleNumber]:
        return [
            RuleNumber(rule=rule, title=BY_RULE[rule].title.in_language(language), number=read(number))
            for rule, number in numbers.items()
        ]

    return OutcomeReport(
        name=outcome.formula.name,
        title=outcome.formula.title.in_language(language),
        attributed=read(outcome.attributed),
        by_rule=by_rule(outcome.by_rule),
        amounts=[AmountReport(currency=one.currency, by_rule=by_rule(one.by_rule)) for one in outcome.amounts],
    )


def read_savings(savings: Savings) -> SavingsReport:
    """What was saved."""
    return SavingsReport(
        period=read_period(savings.period),
        currency=savings.currency,
        hires=read(savings.hires),
        baseline_cost_per_hire=read(savings.baseline_cost_per_hire),
        program_cost=read(savings.program_cost),
        program_cost_per_hire=read(savings.program_cost_per_hire),
        saving_per_hire=read(savings.saving_per_hire),
        saving=read(savings.saving),
        earned_media_value=read(savings.earned_media_value),
        networks=[MediaReport.model_validate(one) for one in savings.networks],
        rates=[RatesRead.model_validate(one) for one in savings.rates],
    )


def read_attrition(attrition: Attrition) -> AttritionReport:
    """Attrition of ambassadors against matched colleagues."""
    return AttritionReport(
        period=read_period(attrition.period),
        method=attrition.method,
        method_version=attrition.method_version,
        ambassadors=read(attrition.ambassadors),
        matched=read(attrition.matched),
        difference=read(attrition.difference),
    )


def read_visits(
    visits: Visits, titles: Mapping[UUID, str]
) -> tuple[list[ItemVisits], list[CohortVisits], list[DepartmentVisits], list[DayVisits]]:
    """The four tables of visits."""
    return (
        [
            ItemVisits(item_id=item_id, title=titles.get(item_id, ""), visits=read(number))
            for item_id, number in sorted(visits.items.items(), key=lambda one: titles.get(one[0], ""))
        ],
        [
            CohortVisits(joined_month=cohort, visits=read(number))
            for cohort, number in sorted(visits.cohorts.items(), key=lambda one: (one[0] is None, one[0] or ""))
        ],
        [
            DepartmentVisits(department=department, visits=read(number))
            for department, number in sorted(visits.departments.items(), key=lambda one: (one[0] is None, one[0] or ""))
        ],
        [DayVisits(from_on=first, to_on=last, visits=read(number)) for first, last, number in visits.days],
    )


def read_round(survey_round: SurveyRound, groups: Mapping[Respondents, Answers], numbers: Numbers) -> SurveyRoundRead:
    """A round with its result, and its groups apart where that tells on nobody."""
    is_nps = survey_round.kind is SurveyKind.EMPLOYER_NPS
    formula = formulas.EMPLOYER_NPS if is_nps else formulas.SURVEYED
    answered = sum(groups.values(), Answers()).total if is_nps else survey_round.answers
    result = surveys.result_of(survey_round, groups, k=numbers.k)
    is_small = answered is not None and answered < numbers.k
    may_split = survey_rules.may_split(groups, k=numbers.k)

    def made(of: Formula, value: Decimal | int | None, *, is_hidden: bool) -> NumberRead:
        if is_hidden:
            return read(numbers.hidden(of))
        if value is None:
            return read(numbers.missing(of, Reason.NO_ANSWERS))
        return read(numbers.shown(of, value, as_of=survey_round.asked_on))

    return SurveyRoundRead(
        id=survey_round.id,
        kind=survey_round.kind,
        title=survey_round.title,
        asked_on=survey_round.asked_on,
        source=survey_round.source,
        external_id=survey_round.external_id,
        result=made(formula, result, is_hidden=is_small),
        answers=made(formulas.ANSWERS, answered, is_hidden=is_small),
        groups=[
            SurveyGroupReport(
                respondents=respondents,
                result=made(formula, survey_rules.employer_nps(answers), is_hidden=not may_split),
                answers=made(formulas.ANSWERS, answers.total, is_hidden=not may_split),
            )
            for respondents, answers in sorted(groups.items())
        ],
    )


def read_parts(snapshot: Snapshot | None, place: int, numbers: Numbers) -> list[HeadcountPart]:
    """Everybody of a day by one of status, department and country (``place`` in a cell)."""
    people: dict[str | None, int] = {}
    for cell, count in (snapshot.cells if snapshot is not None else {}).items():
        value = cell[place]
        people[str(value) if value is not None else None] = people.get(value, 0) + count
    return [
        HeadcountPart(value=value, people=read(numbers.shown(formulas.EMPLOYEES, count)))
        for value, count in sorted(people.items(), key=lambda one: (one[0] is None, one[0] or ""))
    ]
