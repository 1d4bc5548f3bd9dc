"""Building the management report and the totals of a program. Reads, never writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.goals import repository as goal_rows
from services.core.goals.kpis import CATALOGUE
from services.core.goals.models import Goal, Heading, Measurement, Method
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.links import repository as links
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs
from services.core.reports import feeds, formulas, repository, rules, texts, totals
from services.core.reports.numbers import Formula, Number, Numbers, Reason, percent
from services.core.reports.schemas import (
    ContentReport,
    DepartmentReport,
    FunnelReport,
    GoalReport,
    HeadingReport,
    MethodReport,
    MetricsRead,
    NumberRead,
    ParticipationReport,
    ReportRead,
    ResponsibleReport,
    TotalsRead,
    TrendPoint,
)
from services.core.reports.totals import Figures

MOST_ITEMS = 10
MOST_TREND_DAYS = 92


async def build_metrics(
    session: AsyncSession, actor: Actor, program_id: UUID, *, settings: Settings, language: Language
) -> MetricsRead:
    """A program's totals. Raises NotFound and NotAllowed."""
    program = await programs.get_program(session, program_id)
    actor.require(Permission.REPORTS_READ, program_id=program.id)
    numbers = await _numbers(session, settings=settings, language=language)
    made = totals.make_totals(await totals.gather(session, program.id), numbers)
    return MetricsRead(program_id=program.id, totals=TotalsRead.model_validate(made))


async def build_report(
    session: AsyncSession, actor: Actor, program_id: UUID, *, settings: Settings, language: Language
) -> ReportRead:
    """The management report of a program, in the reader's language. Raises NotFound and NotAllowed."""
    program = await programs.get_program(session, program_id)
    actor.require(Permission.REPORTS_READ, program_id=program.id)
    organization = await organizations.get_organization(session)
    numbers = await _numbers(session, settings=settings, language=language)
    figures = await totals.gather(session, program.id)
    made = totals.make_totals(figures, numbers)
    goals = await goal_rows.list_goals(session, program.id)
    values = await repository.list_measurements(session, program.id)
    people = await repository.list_responsible(session, program.id)
    may_see_members = actor.may(Permission.AMBASSADORS_READ, program_id=program.id)
    funnel = await _funnel(session, program.id, figures, numbers, may_see_members=may_see_members)
    content = await _content(session, program.id, figures, numbers)
    by_department = await repository.count_clicks_by_department(session, program.id)
    participation = await _participation(session, figures, made, numbers)
    explained = {**made, **funnel, **participation}
    return ReportRead(
        program_id=program.id,
        program_name=program.name,
        organization_name=organization.name,
        state=program.state,
        launched_on=program.launched_at.date() if program.launched_at else None,
        generated_at=await db.now(session),
        language=language,
        headings=[
            HeadingReport(
                heading=heading,
                title=texts.HEADINGS[heading].in_language(language),
                goal_ids=[goal.id for goal in goals if goal.heading is heading],
            )
            for heading in Heading
        ],
        goals=_goals(goals, values, made, numbers),
        funnel=FunnelReport.model_validate(funnel),
        participation=ParticipationReport.model_validate(participation),
        totals=TotalsRead.model_validate(made),
        content=content,
        departments=[
            DepartmentReport.model_validate(row) for row in totals.make_department_rows(figures, by_department, numbers)
        ],
        responsible=[
            ResponsibleReport(function=function, title=texts.FUNCTIONS[function].in_language(language), name=name)
            for function, name in people
        ],
        methods=[_method(formula, explained.get(formula.name), numbers) for formula in formulas.ALL],
        notes=_notes(made, numbers),
    )


async def _numbers(session: AsyncSession, *, settings: Settings, language: Language) -> Numbers:
    return Numbers(language=language, today=(await db.now(session)).date(), k=settings.min_group_size)


async def _funnel(
    session: AsyncSession, program_id: UUID, figures: Figures, numbers: Numbers, *, may_see_members: bool
) -> dict[str, Number]:
    """The steps. Who is in may be known by name, so steps beyond are measured against those that are."""
    counts = await ambassadors.funnel(session, program_id)
    funnel = {formulas.ELIGIBLE.name: numbers.shown(formulas.ELIGIBLE, counts["eligible"])}
    for formula in (formulas.INVITED, formulas.JOINED, formulas.ACTIVE):
        count = counts[formula.name]
        funnel[formula.name] = (
            numbers.shown(formula, count) if may_see_members else numbers.behind(formula, count, people=count)
        )
    known = [counts["joined"], counts["active"]]
    for formula, count in ((formulas.SHARED, figures.shared), (formulas.CONNECTED, figures.connected)):
        if rules.tells_on_somebody(count, of=known, k=numbers.k):
            funnel[formula.name] = numbers.hidden(formula)
        else:
            funnel[formula.name] = numbers.shown(formula, count)
            known.append(count)
    return funnel


async def _participation(
    session: AsyncSession, figures: Figures, made: dict[str, Number], numbers: Numbers
) -> dict[str, Number]:
    shared = totals.employees_who_shared(figures, numbers, employees=await repository.count_employees(session))
    return {
        formulas.EMPLOYEES_WHO_SHARED.name: shared,
        formulas.ACTIVE_SHARERS.name: made[formulas.ACTIVE_SHARERS.name],
        formulas.ENGAGEMENT_SHARE.name: numbers.missing(formulas.ENGAGEMENT_SHARE, Reason.BRAND_PAGE_NOT_CONNECTED),
    }


async def _content(session: AsyncSession, program_id: UUID, figures: Figures, numbers: Numbers) -> list[ContentReport]:
    items = await repository.list_items(session, program_id)
    clicks = await links.clicks_by_item(session, program_id)
    rows = totals.make_item_rows(figures, clicks, [item.id for item in items], numbers)
    made = [ContentReport.model_validate({"item_id": item.id, "title": item.title, **rows[item.id]}) for item in items]
    # By what is shown alone: a place in the order tells as much as a number.
    made.sort(key=lambda row: (-(row.human_clicks.value if row.human_clicks.value is not None else -1), row.title))
    return made[:MOST_ITEMS]


def _goals(
    goals: Sequence[Goal], values: Sequence[Measurement], made: dict[str, Number], numbers: Numbers
) -> list[GoalReport]:
    of_goal: dict[UUID, list[Measurement]] = defaultdict(list)
    for value in values:
        of_goal[value.goal_id].append(value)
    return [_goal(goal, of_goal[goal.id], made, numbers) for goal in goals]


def _goal(goal: Goal, values: Sequence[Measurement], made: dict[str, Number], numbers: Numbers) -> GoalReport:
    kpi = CATALOGUE.get(goal.kpi)
    unit = kpi.unit if kpi is not None else goal.kpi
    feed = feeds.feed_of(goal)
    live = feeds.value_of(feed, made) if feed is not None else None
    by_day = {value.measured_on: _measured(value, goal, live, unit, numbers) for value in values}
    if by_day:
        actual = by_day[max(by_day)]
    elif live is not None and live.value is None:
        actual = live
    else:
        actual = _gap(goal, unit, numbers, numbers.today)
    return GoalReport(
        id=goal.id,
        heading=goal.heading,
        kpi=goal.kpi,
        title=goal.title,
        unit=unit,
        baseline=goal.baseline,
        target=goal.target,
        due_on=goal.due_on,
        actual=NumberRead.model_validate(actual),
        progress=NumberRead.model_validate(_progress(goal, actual, numbers)),
        trend=_trend(goal, unit, by_day, numbers),
    )


def _measured(value: Measurement, goal: Goal, live: Number | None, unit: str, numbers: Numbers) -> Number:
    """A stored value. What a feed stored is shown only while enough people are behind it today."""
    feed = feeds.feed_of(goal)
    is_fed = feed is not None and live is not None and value.source == feeds.source_of(feed)
    is_hidden = is_fed and live is not None and live.suppressed
    return Number(
        value=None if is_hidden else value.value,
        unit=unit,
        method=value.method,
        formula=live.formula if is_fed and live is not None else formulas.REPORTED.in_language(numbers.language),
        formula_version=value.formula_version,
        as_of=value.measured_on,
        coverage_percent=live.coverage_percent
        if is_fed and live is not None and value.measured_on == numbers.today
        else None,
        suppressed=is_hidden,
        reason=Reason.GROUP_TOO_SMALL.value if is_hidden else None,
    )


def _gap(goal: Goal, unit: str, numbers: Numbers, day: date) -> Number:
    feed = feeds.feed_of(goal)
    formula = feeds.FORMULAS[feed].text if feed is not None else formulas.REPORTED
    return Number(
        value=None,
        unit=unit,
        method=Method.MEASURED if feed is not None else Method.IMPORTED,
        formula=formula.in_language(numbers.language),
        formula_version="1",
        as_of=day,
        reason=Reason.NOT_MEASURED.value,
    )


def _progress(goal: Goal, actual: Number, numbers: Numbers) -> Number:
    way = Decimal(goal.target) - Decimal(goal.baseline)
    value, reason = None, actual.reason
    if actual.value is not None:
        if way == 0:
            reason = Reason.NOTHING_TO_DIVIDE.value
        else:
            value = percent(Decimal(actual.value) - Decimal(goal.baseline), way)
    return Number(
        value=value,
        unit=formulas.PROGRESS.unit,
        method=actual.method,
        formula=formulas.PROGRESS.text.in_language(numbers.language),
        formula_version=formulas.PROGRESS.version,
        as_of=actual.as_of,
        coverage_percent=actual.coverage_percent,
        suppressed=actual.suppressed,
        reason=reason,
    )


def _trend(goal: Goal, unit: str, by_day: dict[date, Number], numbers: Numbers) -> list[TrendPoint]:
    if not by_day:
        return []
    last = max(by_day)
    first = max(min(by_day), last - timedelta(days=MOST_TREND_DAYS - 1))
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    return [
        TrendPoint(day_on=day, number=NumberRead.model_validate(by_day.get(day) or _gap(goal, unit, numbers, day)))
        for day in days
    ]


def _method(formula: Formula, number: Number | None, numbers: Numbers) -> MethodReport:
    return MethodReport(
        name=formula.name,
        title=formula.title.in_language(numbers.language),
        method=formula.method,
        formula=formula.text.in_language(numbers.language),
        formula_version=formula.version,
        coverage_percent=number.coverage_percent if number is not None else None,
        as_of=number.as_of if number is not None else numbers.today,
    )


def _notes(made: dict[str, Number], numbers: Numbers) -> list[str]:
    language = numbers.language
    notes = [texts.SMALL_GROUPS.in_language(language, k=numbers.k), texts.CLICKS.in_language(language)]
    network = (*formulas.NETWORK, formulas.ENGAGEMENTS)
    absent = [
        formula.title.in_language(language)
        for formula in network
        if made[formula.name].value is None and not made[formula.name].suppressed
    ]
    if absent:
        notes.append(texts.MISSING_NETWORK.in_language(language, metrics=", ".join(absent)))
    if any((made[formula.name].coverage_percent or 100) < 100 for formula in network):
        notes.append(texts.PARTLY_COVERED.in_language(language))
    notes.append(texts.BRAND_PAGE.in_language(language))
    return notes
