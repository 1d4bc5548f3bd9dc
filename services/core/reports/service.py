"""Building the management report and the totals of a program. Reads, never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.employees import history as headcounts
from services.core.goals import repository as goal_rows
from services.core.goals import rules as goal_rules
from services.core.goals.models import Heading
from services.core.kit import db
from services.core.kit.errors import BadRequest, FieldProblem
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.links import repository as links
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.programs import commitments
from services.core.programs import repository as programs
from services.core.programs.models import Program
from services.core.reports import (
    attrition,
    desk,
    feeds,
    formulas,
    outcomes,
    participation,
    reading,
    repository,
    rules,
    savings,
    texts,
    totals,
    visits,
)
from services.core.reports.goals import make_goals
from services.core.reports.launched import make_launch
from services.core.reports.numbers import Formula, Number, Numbers, Reason
from services.core.reports.outcomes import Outcome
from services.core.reports.periods import Period
from services.core.reports.savings import Savings
from services.core.reports.schemas import (
    AttritionRead,
    ContentReport,
    DepartmentReport,
    FunnelReport,
    HeadcountRead,
    HeadingReport,
    MethodReport,
    MetricsRead,
    NeedsReport,
    OutcomesRead,
    ParticipationReport,
    ReportRead,
    ResponsibleReport,
    SavingsRead,
    SponsorReport,
    SurveyRoundRead,
    TotalsRead,
    VisitsRead,
)
from services.core.reports.totals import Figures
from services.core.surveys import repository as survey_rows
from services.core.surveys.models import SurveyRound

#: The longest period that is reported on, in days.
MOST_DAYS = 1100
_A_YEAR = 365
MOST_ITEMS = 10


@dataclass(frozen=True)
class Asked:
    """The period somebody asks for: neither day means everything up to now."""

    from_on: date | None = None
    to_on: date | None = None


async def build_metrics(
    session: AsyncSession, actor: Actor, program_id: UUID, *, asked: Asked, settings: Settings, language: Language
) -> MetricsRead:
    """A program's totals, of a period or so far. Raises NotFound, NotAllowed and BadRequest."""
    program, numbers = await _opened(session, actor, program_id, settings=settings, language=language)
    period = await _period(session, program, asked)
    if period is None:
        made = totals.make_totals(await totals.gather(session, program.id), numbers)
    else:
        made = await _period_totals(session, program.id, period, numbers)
    return MetricsRead(
        program_id=program.id,
        period=reading.read_period(period) if period else None,
        totals=TotalsRead.model_validate(made),
    )


async def build_report(
    session: AsyncSession, actor: Actor, program_id: UUID, *, asked: Asked, settings: Settings, language: Language
) -> ReportRead:
    """The management report of a program, of a period or so far, in the reader's language.

    Raises NotFound, NotAllowed and BadRequest.
    """
    program, numbers = await _opened(session, actor, program_id, settings=settings, language=language)
    organization = await organizations.get_organization(session)
    period = await _period(session, program, asked)
    figures = await totals.gather(session, program.id)
    so_far = totals.make_totals(figures, numbers)
    goals = await goal_rows.list_goals(session, program.id)
    kpis = await goal_rows.all_kpis(session)
    values = await repository.list_measurements(session, program.id)
    people = await repository.list_responsible(session, program.id)
    may_see_members = actor.may(Permission.AMBASSADORS_READ, program_id=program.id)
    if period is None:
        made = so_far
        funnel = await _funnel(session, program.id, figures, numbers, may_see_members=may_see_members)
        shares = await _participation(session, figures, made, numbers)
    else:
        spans = await totals.find_spans(session, program.id, period=period, k=numbers.k)
        shares = await participation.make_participation(
            session, program.id, asked=period, span=spans["shares"], numbers=numbers
        )
        made = await totals.make_period_totals(session, program.id, period=period, spans=spans, numbers=numbers)
        made[formulas.ACTIVE_SHARERS.name] = shares[formulas.ACTIVE_SHARERS.name]
        funnel = await participation.make_funnel(
            session, program.id, asked=period, span=spans["shares"], numbers=numbers, may_see_members=may_see_members
        )
    shares[formulas.ENGAGEMENT_SHARE.name] = await _engagement_share(session, made, period, numbers)
    content = await _content(session, program.id, figures, numbers)
    by_department = await repository.count_clicks_by_department(session, program.id)
    whole = period or await _whole(session, program)
    came = await outcomes.make_outcomes(session, program.id, period=period, numbers=numbers)
    saved = await _saved(session, program.id, whole, came, numbers)
    left = await attrition.make_attrition(session, program.id, period=_last_year(whole), numbers=numbers)
    asked_for = await desk.make_desk(
        session,
        program.id,
        whole=await _whole(session, program),
        asked=period,
        numbers=numbers,
        may_see_members=may_see_members,
    )
    sponsors = await commitments.list_standing(
        session, program.id, settings=settings, on=period.to_on if period is not None else None
    )
    wanted = {
        feed
        for goal in goals
        if (kpi := kpis.get(goal.kpi)) is not None
        for feed in (*goal_rules.feeds_behind(kpi, kpis), *([kpi.feed] if kpi.feed else []))
    }
    live = so_far | await feeds.make_outside(session, program.id, wanted, numbers)
    explained = {
        **made, **funnel, **shares, **{one.formula.name: one.attributed for one in came},
        formulas.EARNED_MEDIA.name: saved.earned_media_value, formulas.SAVING.name: saved.saving,
        formulas.ATTRITION_OF_AMBASSADORS.name: left.ambassadors, formulas.ATTRITION_OF_MATCHED.name: left.matched,
        formulas.ATTRITION_DIFFERENCE.name: left.difference, **asked_for,
    }  # fmt: skip
    return ReportRead(
        program_id=program.id,
        program_name=program.name,
        organization_name=organization.name,
        state=program.state,
        launched_on=program.launched_at.date() if program.launched_at else None,
        launch=await make_launch(session, program.id, zone=organization.time_zone),
        generated_at=await db.now(session),
        language=language,
        period=reading.read_period(period) if period else None,
        headings=[
            HeadingReport(
                heading=heading,
                title=texts.HEADINGS[heading].in_language(language),
                goal_ids=[goal.id for goal in goals if goal.heading is heading],
            )
            for heading in Heading
        ],
        goals=make_goals(
            goals,
            values,
            live,
            numbers,
            kpis=kpis,
            ended=await goal_rows.ended_series(session, [goal.id for goal in goals]),
            is_launched=program.launched_at is not None,
            period=period,
        ),
        funnel=FunnelReport.model_validate(funnel),
        participation=ParticipationReport.model_validate(shares),
        totals=TotalsRead.model_validate(made),
        outcomes=[reading.read_outcome(one, language) for one in came],
        savings=reading.read_savings(saved),
        attrition=reading.read_attrition(left),
        surveys=await _last_rounds(session, whole, numbers),
        content=content,
        departments=[
            DepartmentReport.model_validate(row) for row in totals.make_department_rows(figures, by_department, numbers)
        ],
        responsible=[
            ResponsibleReport(function=function, title=texts.FUNCTIONS[function].in_language(language), name=name)
            for function, name in people
        ],
        sponsors=[SponsorReport.model_validate(one) for one in sponsors],
        needs=NeedsReport.model_validate(asked_for),
        methods=[_method(formula, explained.get(formula.name), numbers) for formula in formulas.ALL],
        notes=_notes(made, numbers, period=period, has_page=shares[formulas.ENGAGEMENT_SHARE.name].value is not None),
    )


async def build_visits(
    session: AsyncSession, actor: Actor, program_id: UUID, *, settings: Settings, language: Language
) -> VisitsRead:
    """Visits through ambassadors' links so far, by item, cohort, department and day. Raises NotFound, NotAllowed."""
    program, numbers = await _opened(session, actor, program_id, settings=settings, language=language)
    zone = (await organizations.get_organization(session)).time_zone
    made = await visits.make_visits(session, program.id, zone=zone, numbers=numbers)
    titles = {item.id: item.title for item in await repository.list_items(session, program.id)}
    items, cohorts, departments, days = reading.read_visits(made, titles)
    came = await outcomes.make_outcomes(session, program.id, period=None, numbers=numbers)
    (told,) = [one.attributed for one in came if one.formula is formulas.VISITS]
    return VisitsRead(
        program_id=program.id,
        time_zone=zone,
        total=reading.read(made.total),
        told_by_site=reading.read(told),
        items=items,
        cohorts=cohorts,
        departments=departments,
        days=days,
    )


async def build_outcomes(
    session: AsyncSession, actor: Actor, program_id: UUID, *, asked: Asked, settings: Settings, language: Language
) -> OutcomesRead:
    """Leads, deals, candidates and hires of a program's shares. Raises NotFound, NotAllowed and BadRequest."""
    program, numbers = await _opened(session, actor, program_id, settings=settings, language=language)
    period = await _period(session, program, asked)
    came = await outcomes.make_outcomes(session, program.id, period=period, numbers=numbers)
    return OutcomesRead(
        program_id=program.id,
        period=reading.read_period(period) if period else None,
        outcomes=[reading.read_outcome(one, language) for one in came],
    )


async def build_savings(
    session: AsyncSession, actor: Actor, program_id: UUID, *, asked: Asked, settings: Settings, language: Language
) -> SavingsRead:
    """What a program saved, with every input. Raises NotFound, NotAllowed and BadRequest."""
    program, numbers = await _opened(session, actor, program_id, settings=settings, language=language)
    period = await _period(session, program, asked)
    came = await outcomes.make_outcomes(session, program.id, period=period, numbers=numbers)
    whole = period or await _whole(session, program)
    saved = await _saved(session, program.id, whole, came, numbers)
    return SavingsRead(program_id=program.id, **reading.read_savings(saved).model_dump())


async def build_attrition(
    session: AsyncSession, actor: Actor, program_id: UUID, *, asked: Asked, settings: Settings, language: Language
) -> AttritionRead:
    """Attrition of ambassadors against matched colleagues, of the last year unless a period is asked for.

    Raises NotFound, NotAllowed and BadRequest.
    """
    program, numbers = await _opened(session, actor, program_id, settings=settings, language=language)
    period = await _period(session, program, asked) or _last_year(await _whole(session, program))
    made = await attrition.make_attrition(session, program.id, period=period, numbers=numbers)
    return AttritionRead(program_id=program.id, **reading.read_attrition(made).model_dump())


async def read_rounds(
    session: AsyncSession, actor: Actor, rounds: Sequence[SurveyRound], *, settings: Settings, language: Language
) -> list[SurveyRoundRead]:
    """Rounds of surveys, for readers of all reports."""
    actor.require(Permission.REPORTS_READ)
    numbers = await _numbers(session, settings=settings, language=language)
    answers = await survey_rows.list_answers(session, [one.id for one in rounds])
    return [reading.read_round(one, answers[one.id], numbers) for one in rounds]


async def build_headcount(
    session: AsyncSession, actor: Actor, *, on: date | None, settings: Settings, language: Language
) -> HeadcountRead:
    """How many people were employed as of a day, today without one. Raises NotAllowed and BadRequest."""
    actor.require(Permission.EMPLOYEES_READ)
    numbers = await _numbers(session, settings=settings, language=language)
    today = await headcounts.today(session)
    if on is not None and on > today:
        raise BadRequest(problems=[FieldProblem("/on", "in_the_future", texts.DAY_HAS_NOT_COME)])
    asked_on = on or today
    snapshot = await headcounts.as_of(session, asked_on)
    people = (
        numbers.missing(formulas.EMPLOYEES, Reason.NOT_RECORDED)
        if snapshot is None
        else numbers.shown(formulas.EMPLOYEES, snapshot.people())
    )
    return HeadcountRead(
        asked_on=asked_on,
        recorded_on=snapshot.day_on if snapshot is not None else None,
        time_zone=(await organizations.get_organization(session)).time_zone,
        people=reading.read(numbers.over(people, asked_on, asked_on)),
        by_status=reading.read_parts(snapshot, 0, numbers),
        by_department=reading.read_parts(snapshot, 1, numbers),
        by_country=reading.read_parts(snapshot, 2, numbers),
    )


async def _opened(
    session: AsyncSession, actor: Actor, program_id: UUID, *, settings: Settings, language: Language
) -> tuple[Program, Numbers]:
    program = await programs.get_program(session, program_id)
    actor.require(Permission.REPORTS_READ, program_id=program.id)
    return program, await _numbers(session, settings=settings, language=language)


async def _period(session: AsyncSession, program: Program, asked: Asked) -> Period | None:
    """What was asked for; None when it was everything up to now. Raises BadRequest for what is no period."""
    if asked.from_on is None and asked.to_on is None:
        return None
    whole = await _whole(session, program)
    from_on, to_on = asked.from_on or whole.from_on, asked.to_on or whole.to_on
    if to_on > whole.to_on:
        raise BadRequest(problems=[FieldProblem("/to", "in_the_future", texts.DAY_HAS_NOT_COME)])
    if from_on > to_on:
        raise BadRequest(problems=[FieldProblem("/from", "after_to", texts.FROM_AFTER_TO)])
    if (to_on - from_on).days >= MOST_DAYS:
        raise BadRequest(problems=[FieldProblem("/from", "too_long", texts.PERIOD_TOO_LONG, {"days": MOST_DAYS})])
    return Period(from_on, to_on, whole.zone)


async def _whole(session: AsyncSession, program: Program) -> Period:
    """From the day on which a program was made to today, where the organization is."""
    zone = (await organizations.get_organization(session)).time_zone
    today = await headcounts.today(session)
    return Period(min(program.created_at.astimezone(ZoneInfo(zone)).date(), today), today, zone)


def _last_year(period: Period) -> Period:
    return period.part(period.to_on - timedelta(days=_A_YEAR), period.to_on)


async def _period_totals(
    session: AsyncSession, program_id: UUID, period: Period, numbers: Numbers
) -> dict[str, Number]:
    spans = await totals.find_spans(session, program_id, period=period, k=numbers.k)
    made = await totals.make_period_totals(session, program_id, period=period, spans=spans, numbers=numbers)
    shares = await participation.make_participation(
        session, program_id, asked=period, span=spans["shares"], numbers=numbers
    )
    return {**made, formulas.ACTIVE_SHARERS.name: shares[formulas.ACTIVE_SHARERS.name]}


async def _saved(
    session: AsyncSession,
    program_id: UUID,
    whole: Period,
    came: Sequence[Outcome],
    numbers: Numbers,
) -> Savings:
    (hires,) = [one.attributed for one in came if one.formula is formulas.HIRES]
    return await savings.make_savings(session, program_id, period=whole, hires=hires, numbers=numbers)


async def _engagement_share(
    session: AsyncSession, made: dict[str, Number], period: Period | None, numbers: Numbers
) -> Number:
    engagements = made[formulas.ENGAGEMENTS.name]
    from_on, to_on = (period.from_on, period.to_on) if period is not None else (None, numbers.today)
    if engagements.from_on is not None and engagements.to_on is not None:
        from_on, to_on = engagements.from_on, engagements.to_on
    share = await participation.make_engagement_share(
        session, engagements, numbers=numbers, from_on=from_on, to_on=to_on
    )
    return share if from_on is None else numbers.over(share, from_on, to_on)


async def _last_rounds(session: AsyncSession, whole: Period, numbers: Numbers) -> list[SurveyRoundRead]:
    last = {one.kind: one for one in await survey_rows.list_rounds(session) if one.asked_on <= whole.to_on}
    answers = await survey_rows.list_answers(session, [one.id for one in last.values()])
    return [reading.read_round(one, answers[one.id], numbers) for _, one in sorted(last.items())]


async def _numbers(session: AsyncSession, *, settings: Settings, language: Language) -> Numbers:
    return Numbers(language=language, today=(await db.now(session)).date(), k=settings.min_group_size)


async def _funnel(
    session: AsyncSession, program_id: UUID, figures: Figures, numbers: Numbers, *, may_see_members: bool
) -> dict[str, Number]:
    """The steps. Who is in may be known by name, so steps beyond are measured against those that are."""
    counts = await ambassadors.funnel(session, program_id)
    funnel = {
        formulas.EMPLOYEES.name: numbers.shown(formulas.EMPLOYEES, await repository.count_employees(session)),
        formulas.ELIGIBLE.name: numbers.shown(formulas.ELIGIBLE, counts["eligible"]),
    }
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
    }


async def _content(session: AsyncSession, program_id: UUID, figures: Figures, numbers: Numbers) -> list[ContentReport]:
    items = await repository.list_items(session, program_id)
    clicks = await links.clicks_by_item(session, program_id)
    rows = totals.make_item_rows(figures, clicks, [item.id for item in items], numbers)
    made = [ContentReport.model_validate({"item_id": item.id, "title": item.title, **rows[item.id]}) for item in items]
    # By what is shown alone: a place in the order tells as much as a number.
    made.sort(key=lambda row: (-(row.human_clicks.value if row.human_clicks.value is not None else -1), row.title))
    return made[:MOST_ITEMS]


def _method(formula: Formula, number: Number | None, numbers: Numbers) -> MethodReport:
    return MethodReport(
        name=formula.name,
        title=formula.title.in_language(numbers.language),
        method=number.method if number is not None else formula.method,
        # Of a period it may be made another way.
        formula=number.formula if number is not None else formula.text.in_language(numbers.language),
        formula_version=number.formula_version if number is not None else formula.version,
        coverage_percent=number.coverage_percent if number is not None else None,
        as_of=number.as_of if number is not None else numbers.today,
    )


def _notes(made: dict[str, Number], numbers: Numbers, *, period: Period | None, has_page: bool) -> list[str]:
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
    if not has_page:
        notes.append(texts.BRAND_PAGE.in_language(language))
    if period is not None:
        notes.append(texts.PERIOD.in_language(language, zone=period.zone))
    return notes
