"""What may happen to content plans, and what follows when one is late. Flushes, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.content import topics as content_topics
from services.core.employees import service as employees
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.texts import Text
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.plans import repository, rules
from services.core.plans.errors import PlanFirst
from services.core.plans.models import ClosedBy, ContentPlan, PlanAlert, PlannedPeriod
from services.core.plans.rules import Span
from services.core.plans.schemas import ContentPlanWrite, PeriodWrite
from services.core.programs import service as programs
from services.core.programs.models import Function, Program

_NO_THEME = Text(
    en="The plan has no theme “{slug}”. Use one of: {known}; or add it to the plan first.",
    he="בתוכנית התוכן אין נושא „{slug}”. יש להשתמש באחד מאלה: {known}, או להוסיף אותו תחילה.",
)
_NO_THEME_ID = Text(
    en="The content plan has no such theme. Use the id of one of these, or add it to the plan first: {known}.",
    he="בתוכנית התוכן אין נושא כזה. יש להשתמש במזהה של אחד מאלה, או להוסיף אותו תחילה לתוכנית התוכן: {known}.",
)
_NOT_SPOKEN = Text(
    en="The programme does not use “{name}”. Use one of: {known}.",
    he="התוכנית אינה משתמשת ב„{name}”. יש להשתמש באחד מאלה: {known}.",
)
_TOO_MANY = Text(
    en="{count} of one theme, language or network are more than the {items} items of the whole period.",
    he="{count} פריטים לנושא, לשפה או לרשת הם יותר מ-{items} הפריטים של התקופה כולה.",
)


@dataclass(frozen=True)
class MissingPlan:
    """A plan that was not there when it was due, to be told to one person."""

    alert: PlanAlert
    program: Program
    span: Span
    employee_id: UUID


@dataclass(frozen=True)
class NextPlan:
    """The next week or month of a content plan, and whether it is planned."""

    span: Span
    #: Items that it plans; None if it is not planned.
    items: int | None

    @property
    def is_planned(self) -> bool:
        """Whether there is a plan for it."""
        return self.items is not None


async def list_next(session: AsyncSession, program_id: UUID) -> list[NextPlan]:
    """The next period of each kind in the plan's cadence; none where the program has no content plan.

    The caller has made sure that the reader may see the program.
    """
    plan = await repository.find_plan(session, program_id)
    if plan is None:
        return []
    zone = (await organizations.get_organization(session)).time_zone
    now = await db.now(session)
    today = now.astimezone(ZoneInfo(zone)).date()
    rows = await repository.list_periods(session, program_id, from_on=today)
    planned = {repository.span_of_row(row): row.items for row in rows}
    return [
        NextPlan(span, planned.get(span))
        for span, _ in rules.wanted_spans(plan, now, zone=zone)
        if span.starts_on > today
    ]


async def require_planner(session: AsyncSession, actor: Actor, program_id: UUID) -> None:
    """Raise NotAllowed but for who writes the program's content, and whoever the plan is the duty of."""
    if actor.may(Permission.CONTENT_WRITE, program_id=program_id):
        return
    if actor.employee_id is None or actor.employee_id not in await find_planners(session, program_id):
        actor.require(Permission.CONTENT_WRITE, program_id=program_id)


async def require_reader(session: AsyncSession, actor: Actor, program_id: UUID) -> None:
    """Raise NotAllowed but for who reads the program, and whoever the plan is the duty of."""
    if not actor.may(Permission.PROGRAMS_READ, program_id=program_id):
        await require_planner(session, actor, program_id)


async def find_planners(session: AsyncSession, program_id: UUID) -> list[UUID]:
    """Whose duty the plan is: its owner if employed, else who holds content in the program, else their deputies."""
    plan = await repository.find_plan(session, program_id)
    owner_id = plan.owner_employee_id if plan is not None else None
    if owner_id is not None and await employees.find_present_ids(session, [owner_id]):
        return [owner_id]
    return await programs.find_present_holders(session, program_id, Function.CONTENT)


async def put_plan(
    session: AsyncSession, actor: Actor, program: Program, plan: ContentPlan | None, body: ContentPlanWrite
) -> ContentPlan:
    """Say what a program speaks about and when plans are due, or replace what was said (``plan``)."""
    await require_planner(session, actor, program.id)
    if body.owner_employee_id is not None:
        await employees.get_present(session, body.owner_employee_id)
    topics = {
        # Without a topic of its own yet, a theme takes in the one that will have its slug.
        theme.slug: await content_topics.find_slugs(session, theme.topics, pointer=f"/themes/{place}/topics")
        or [theme.slug]
        for place, theme in enumerate(body.themes)
    }
    if plan is None:
        plan = ContentPlan(
            organization_id=actor.tenant(), program_id=program.id, due_weekday=body.due_weekday, due_time=body.due_time
        )
    before = {"owner": plan.owner_employee_id, "cadence": plan.cadence, "due": [plan.due_weekday, plan.due_time]}
    plan.owner_employee_id = body.owner_employee_id
    plan.themes = [
        {
            "slug": theme.slug,
            "titles": {language.value: title for language, title in theme.titles.items()},
            "topics": topics[theme.slug],
        }
        for theme in body.themes
    ]
    plan.cadence = [kind.value for kind in body.cadence]
    plan.due_weekday, plan.due_time = body.due_weekday, body.due_time
    session.add(plan)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="content_plan.put", subject=plan, before=before,
        after={
            "owner": plan.owner_employee_id, "cadence": plan.cadence, "due": [plan.due_weekday, plan.due_time],
            "themes": [theme.slug for theme in body.themes],
        },
    )  # fmt: skip
    return plan


async def check_theme(session: AsyncSession, program_id: UUID, theme_id: UUID) -> None:
    """Make sure that an id names a theme of a program's content plan; raise Invalid."""
    plan = await repository.find_plan(session, program_id)
    slugs = [theme["slug"] for theme in plan.themes] if plan is not None else []
    ids = {slug: rules.theme_id(program_id, slug) for slug in slugs}
    if theme_id not in ids.values():
        known = ", ".join(f"{slug} ({one})" for slug, one in ids.items()) or "-"
        raise Invalid(problems=[FieldProblem("/theme_id", "no_such_theme", _NO_THEME_ID, {"known": known})])


async def put_period(
    session: AsyncSession, actor: Actor, program: Program, span: Span, period: PlannedPeriod | None, body: PeriodWrite
) -> PlannedPeriod:
    """Plan a week or a month, or plan it anew; an alert about it closes. Raise PlanFirst or Invalid."""
    await require_planner(session, actor, program.id)
    plan = await repository.find_plan(session, program.id)
    if plan is None:
        raise PlanFirst(program=program.id)
    if problems := _problems(plan, program, body):
        raise Invalid(problems=problems)
    after = body.model_dump(mode="json", exclude={"note"})
    before = {name: getattr(period, name) for name in after} if period is not None else {}
    if period is None:
        period = PlannedPeriod(
            organization_id=actor.tenant(), program_id=program.id, kind=span.kind, starts_on=span.starts_on, items=0
        )
    for name, value in after.items():
        setattr(period, name, value)
    period.note = body.note
    session.add(period)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="content_plan_period.put", subject=period, before=before,
        after={"period": span.name, **after},
    )  # fmt: skip
    await _close_alerts(session, program.id, span, by=ClosedBy.PLANNED)
    return period


async def delete_period(session: AsyncSession, actor: Actor, program: Program, period: PlannedPeriod) -> None:
    """Take a plan of a period back; nobody is told of the same period twice."""
    await require_planner(session, actor, program.id)
    span = repository.span_of_row(period)
    audit.record(
        session, actor=actor.name, action="content_plan_period.delete", subject=period,
        before={"period": span.name, "items": period.items},
    )  # fmt: skip
    await session.delete(period)
    await session.flush()


async def look_for_missing(session: AsyncSession) -> list[MissingPlan]:
    """Raise an alert for each plan that is due and not there, once; close those that are not wanted any more.

    Answers those that have somebody to be told of them: writing twice to the same person is for the caller to avoid.
    """
    zone = (await organizations.get_organization(session)).time_zone
    now = await db.now(session)
    wanted: dict[tuple[UUID, Span], tuple[Program, datetime]] = {}
    for plan, program in await repository.list_running_plans(session):
        for span, due_at in rules.wanted_spans(plan, now, zone=zone):
            if due_at <= now and due_at >= _planned_since(plan, program):
                wanted[program.id, span] = (program, due_at)
    today = now.astimezone(ZoneInfo(zone)).date()
    for alert in await repository.list_open_alerts(session):
        span = repository.span_of_row(alert)
        if await repository.find_period(session, alert.program_id, span) is not None:
            await _close(session, alert, by=ClosedBy.PLANNED)
        elif span.ends_on < today:
            await _close(session, alert, by=ClosedBy.PASSED)
        elif (alert.program_id, span) not in wanted:
            await _close(session, alert, by=ClosedBy.NOT_WANTED)
    found = []
    for (program_id, span), (program, due_at) in wanted.items():
        if await repository.find_period(session, program_id, span) is None:
            alert_or_none = await _raise_alert(session, program_id, span, due_at=due_at)
            if alert_or_none is not None and alert_or_none.employee_id is not None:
                found.append(MissingPlan(alert_or_none, program, span, alert_or_none.employee_id))
    return found


def _planned_since(plan: ContentPlan, program: Program) -> datetime:
    """Nobody is late for what was due before there was a plan to keep, or before the launch."""
    launched_at = program.launched_at or plan.created_at
    return max(launched_at, plan.created_at)


async def _raise_alert(session: AsyncSession, program_id: UUID, span: Span, *, due_at: datetime) -> PlanAlert | None:
    """The alert if somebody is to be told of it now; None for one that was told, or that was closed."""
    there = [one for one in await repository.list_alerts(session, program_id) if repository.span_of_row(one) == span]
    planners = await find_planners(session, program_id)
    if there:
        (alert,) = there
        if alert.closed_at is not None or alert.employee_id is not None or not planners:
            return None
        alert.employee_id = planners[0]
        session.add(alert)
        await session.flush()
        return alert
    alert = PlanAlert(
        organization_id=db.organization_of(session),
        program_id=program_id,
        kind=span.kind,
        starts_on=span.starts_on,
        due_at=due_at,
        employee_id=planners[0] if planners else None,
    )
    session.add(alert)
    events.emit(session, "content_plan.missing", program_id=program_id, period=span.name)
    await session.flush()
    return alert


async def _close_alerts(session: AsyncSession, program_id: UUID, span: Span, *, by: ClosedBy) -> None:
    for alert in await repository.list_alerts(session, program_id, only_open=True):
        if repository.span_of_row(alert) == span:
            await _close(session, alert, by=by)


async def _close(session: AsyncSession, alert: PlanAlert, *, by: ClosedBy) -> None:
    alert.closed_at, alert.closed_by = await db.now(session), by
    session.add(alert)
    events.emit(
        session, "content_plan.alert_closed", program_id=alert.program_id, reason=by.value,
        period=repository.span_of_row(alert).name,
    )  # fmt: skip
    await session.flush()


def _problems(plan: ContentPlan, program: Program, body: PeriodWrite) -> list[FieldProblem]:
    problems = []
    known = {
        "by_theme": [theme["slug"] for theme in plan.themes],
        "by_language": list(program.languages),
        "by_network": list(program.networks),
    }
    for field, names in known.items():
        for name, count in getattr(body, field).items():
            if name not in names:
                text = _NO_THEME if field == "by_theme" else _NOT_SPOKEN
                values = {"slug": name, "name": name, "known": ", ".join(names) or "-"}
                problems.append(FieldProblem(f"/{field}/{name}", "unknown", text, values))
            elif count > body.items:
                problems.append(
                    FieldProblem(f"/{field}/{name}", "too_many", _TOO_MANY, {"count": count, "items": body.items})
                )
    return problems
