"""Looking at what a quiet launch has brought about: each probe reads real rows of the pilot and says what it found.

What few people did is not told: with fewer members of the pilot than the smallest group no probe of activity looks,
and a count that would say something about some of them is left out (``Seen.count``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from services.core.ambassadors import agreements
from services.core.connections.vendors import can
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.launches import repository, texts
from services.core.launches.models import Gate, GateState
from services.core.launches.repository import Recount
from services.core.links import repository as links
from services.core.organizations import repository as organizations
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor, Grant
from services.core.plans import service as plans
from services.core.platforms.setup import read_setup
from services.core.policies import repository as policies
from services.core.programs import commitments, pilots
from services.core.programs import service as programs
from services.core.programs.models import Program
from services.core.programs.pilots import Cohort
from services.core.programs.setup import Step
from services.core.reports import rules, totals
from services.core.reports import service as reports
from services.core.reports.schemas import ReportRead
from services.core.reports.service import Asked
from services.core.shares.models import Publication

#: Numbers of a post have to be there so soon after it.
METRICS_HOURS = 48
_TICK = timedelta(microseconds=1)
#: What the report is recounted in.
_RECOUNTED = ("published_shares", "human_clicks", "raw_hits", "impressions")


@dataclass(frozen=True)
class Todo:
    """One thing to do next, in every language."""

    text: Text
    values: Mapping[str, object] = field(default_factory=dict)

    def in_language(self, language: Language) -> str:
        """For a reader of ``language``."""
        return self.text.in_language(language, **self.values)


@dataclass(frozen=True)
class Found:
    """What a probe has found."""

    gate: Gate
    state: GateState
    evidence: dict[str, Any] = field(default_factory=dict)
    todo: tuple[Todo, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What every probe is given: the program, its pilot, and who of it is a member."""

    program: Program
    cohort: Cohort | None
    members: Sequence[UUID]
    report: ReportRead
    now: datetime
    #: Where the organization is.
    zone: ZoneInfo
    settings: Settings

    @property
    def k(self) -> int:
        """The smallest group that is told of."""
        return self.settings.min_group_size

    @property
    def is_enough(self) -> bool:
        """Whether the pilot is large enough to look at what it did."""
        return len(self.members) >= self.k

    def count(self, people: int) -> int | None:
        """How many of the pilot did something; None where that would tell on some of them."""
        return None if rules.tells_on_somebody(people, of=[len(self.members)], k=self.k) else people

    def day(self, at: datetime) -> str:
        """The day of an instant, where the organization is."""
        return self.on(at).isoformat()

    def on(self, at: datetime) -> date:
        """The same as a date."""
        return at.astimezone(self.zone).date()

    def do(self, text: Text, **values: object) -> tuple[Todo, ...]:
        """One thing to do; the program's id is known."""
        return (Todo(text, {"program": str(self.program.id), **values}),)


async def look(session: AsyncSession, program: Program, *, settings: Settings) -> list[Found]:
    """Look at every gate of a program, in their order."""
    cohort = await pilots.find_cohort(session, program.id)
    members = await repository.list_pilot_members(session, program.id, cohort) if cohort is not None else []
    reader = Actor(organization_id=program.organization_id, grants=frozenset({Grant(Role.OWNER)}))
    seen = Seen(
        program=program,
        cohort=cohort,
        members=members,
        report=await reports.build_report(
            session, reader, program.id, asked=Asked(), settings=settings, language=program.default_language
        ),
        now=await db.now(session),
        zone=ZoneInfo((await organizations.get_organization(session)).time_zone),
        settings=settings,
    )
    return [
        await _responsibilities(session, seen),
        await _policy(session, seen),
        await _goals(session, seen),
        await _sponsor(session, seen),
        await _content_plan(session, seen),
        _pilot(seen),
        *await _activity(session, seen),
    ]


async def _activity(session: AsyncSession, seen: Seen) -> list[Found]:
    gates = (Gate.INVITE, Gate.CONNECT, Gate.SHARE, Gate.CLICK, Gate.METRICS, Gate.NOTICE, Gate.REPORT)
    if not seen.is_enough:
        return [Found(gate, GateState.WAITING, todo=seen.do(texts.PILOT_FIRST, k=seen.k)) for gate in gates]
    posts = await repository.list_published(session, seen.program.id, seen.members)
    return [
        await _invite(session, seen),
        await _connect(session, seen, posts),
        _share(seen, posts),
        await _click(session, seen),
        await _metrics(session, seen, posts),
        await _notice(session, seen),
        await _report(session, seen),
    ]


def _judge(gate: Gate, evidence: dict[str, Any], problems: Sequence[FieldProblem]) -> Found:
    """A foundation stands unless something is missing of it."""
    state = GateState.FAILED if problems else GateState.PASSED
    return Found(gate, state, evidence, tuple(Todo(one.message, one.values) for one in problems))


async def _responsibilities(session: AsyncSession, seen: Seen) -> Found:
    held = await programs.list_functions(session, seen.program)
    problems = await programs.missing_for_loud(session, seen.program)
    wanted = [one for one in held if one.is_mandatory_for_loud or one.is_mandatory_for_design]
    evidence = {
        "mandatory": [one.function.value for one in wanted],
        "held": [one.function.value for one in wanted if one.is_held],
        "orphaned": sorted({one.function.value for one in await programs.list_orphans(session, seen.program.id)}),
    }
    return _judge(Gate.RESPONSIBILITIES, evidence, problems)


async def _policy(session: AsyncSession, seen: Seen) -> Found:
    versions = await policies.list_current_versions(session, seen.program.id)
    if not versions:
        return Found(Gate.POLICY, GateState.FAILED, todo=seen.do(texts.PUBLISH_POLICY))
    agreed, lacking = set(seen.members), []
    for version in versions:
        who = await agreements.map_agreed(session, version, seen.members)
        agreed &= set(who)
        if set(who) < set(seen.members):
            lacking.append(version)
    evidence = {
        "policy_version_ids": [str(version.id) for version in versions],
        "members": len(seen.members),
        "agreed": seen.count(len(agreed)),
    }
    if not seen.members:
        return Found(Gate.POLICY, GateState.WAITING, evidence, seen.do(texts.PILOT_FIRST, k=seen.k))
    if lacking:
        todo = tuple(Todo(texts.ACKNOWLEDGE, {"policy": str(version.policy_id)}) for version in lacking)
        return Found(Gate.POLICY, GateState.FAILED, evidence, todo)
    return Found(Gate.POLICY, GateState.PASSED, evidence)


async def _goals(session: AsyncSession, seen: Seen) -> Found:
    steps = {one.step: one for one in await read_setup(session, seen.program, settings=seen.settings)}
    problems = [*steps[Step.GOALS].missing, *steps[Step.MONITORING].missing]
    return _judge(Gate.GOALS, {"goal_ids": [str(goal.id) for goal in seen.report.goals]}, problems)


async def _sponsor(session: AsyncSession, seen: Seen) -> Found:
    current = await commitments.find_current(session, seen.program.id, settings=seen.settings)
    if current is None:
        return Found(Gate.SPONSOR, GateState.FAILED, todo=seen.do(texts.SIGN))
    evidence = {
        "commitment_id": str(current.commitment_id),
        "signed_on": seen.day(current.signed_at),
        "valid_until": current.valid_until.isoformat(),
    }
    return Found(Gate.SPONSOR, GateState.PASSED, evidence)


async def _content_plan(session: AsyncSession, seen: Seen) -> Found:
    periods = await plans.list_next(session, seen.program.id)
    if not periods:
        return Found(Gate.CONTENT_PLAN, GateState.FAILED, todo=seen.do(texts.PLAN))
    evidence = {"periods": {one.span.name: one.items for one in periods if one.is_planned}}
    todo = tuple(
        Todo(texts.PLAN_PERIOD, {"program": str(seen.program.id), "period": one.span.name})
        for one in periods
        if not one.is_planned
    )
    return Found(Gate.CONTENT_PLAN, GateState.FAILED if todo else GateState.PASSED, evidence, todo)


def _pilot(seen: Seen) -> Found:
    if seen.cohort is None:
        return Found(Gate.PILOT, GateState.FAILED, todo=seen.do(texts.NAME_PILOT))
    evidence = {
        "pilot_id": str(seen.cohort.pilot.id),
        "members": len(seen.members),
        "max_people": seen.cohort.pilot.max_people,
        "ends_on": seen.day(seen.cohort.pilot.ends_at),
    }
    if not seen.is_enough:
        return Found(Gate.PILOT, GateState.WAITING, evidence, seen.do(texts.MORE_PEOPLE, k=seen.k))
    return Found(Gate.PILOT, GateState.PASSED, evidence)


async def _invite(session: AsyncSession, seen: Seen) -> Found:
    accepted = await repository.list_accepted(session, seen.program.id, seen.members)
    if not accepted:
        return Found(Gate.INVITE, GateState.WAITING, todo=seen.do(texts.INVITE))
    evidence = {"delivered_and_accepted": seen.count(len(accepted)), "first_on": seen.day(accepted[0])}
    return Found(Gate.INVITE, GateState.PASSED, evidence)


async def _connect(session: AsyncSession, seen: Seen, posts: Sequence[Publication]) -> Found:
    connected = await repository.list_connected(session, seen.members)
    # Who has finished a post has a way to share, whichever it is.
    able = connected | {one.employee_id for one in posts}
    if not able:
        return Found(Gate.CONNECT, GateState.WAITING, todo=seen.do(texts.CONNECT))
    return Found(Gate.CONNECT, GateState.PASSED, {"people_able_to_share": seen.count(len(able))})


def _share(seen: Seen, posts: Sequence[Publication]) -> Found:
    if not posts:
        return Found(Gate.SHARE, GateState.WAITING, todo=seen.do(texts.SHARE))
    people = seen.count(len({one.employee_id for one in posts}))
    return Found(Gate.SHARE, GateState.PASSED, {"people": people, "posts": len(posts) if people else None})


async def _click(session: AsyncSession, seen: Seen) -> Found:
    found = await repository.find_test_click(session, seen.program.id, seen.members)
    if found is None:
        return Found(Gate.CLICK, GateState.WAITING, todo=seen.do(texts.CLICK))
    click_id, clicked_at, item_id = found
    at_that_moment = await links.click_counts(
        session, program_id=seen.program.id, since=clicked_at, until=clicked_at + _TICK
    )
    of_items = await links.clicks_by_item(session, seen.program.id)
    shown = seen.report.totals.human_clicks
    steps = {
        "redirect": True,
        "rollup": at_that_moment.human >= 1 and item_id in of_items and of_items[item_id].unique >= 1,
        # The report leaves out what few people brought about: the number under it is recounted by the gate of reports.
        "report": shown.suppressed or (shown.value or 0) >= 1,
    }
    evidence = {"click_id": str(click_id), "clicked_on": seen.day(clicked_at), "seen_in": steps}
    lost = [text for name, text in (("rollup", texts.ROLLUP), ("report", texts.REPORT)) if not steps[name]]
    if lost:
        return Found(Gate.CLICK, GateState.FAILED, evidence, seen.do(texts.CLICK_LOST, where=lost[0]))
    return Found(Gate.CLICK, GateState.PASSED, evidence)


async def _metrics(session: AsyncSession, seen: Seen, posts: Sequence[Publication]) -> Found:
    readable = [one for one in posts if can(one.connector, Capability.READ_METRICS)]
    wanted = seen.cohort.pilot.metrics_percent if seen.cohort is not None else pilots.METRICS_PERCENT
    if posts and not readable:
        return Found(Gate.METRICS, GateState.WAITING, {"wanted_percent": wanted}, seen.do(texts.NO_READABLE))
    first = await repository.map_first_readings(session, [one.id for one in readable])
    judged = {
        one.id: is_in_time
        for one in readable
        if one.published_at is not None
        and (
            (is_in_time := _is_in_time(one.published_at, first.get(one.id)))
            or not _is_in_time(one.published_at, seen.now)
        )
    }
    if not judged:
        return Found(
            Gate.METRICS, GateState.WAITING, {"wanted_percent": wanted},
            seen.do(texts.NO_METRICS_YET, hours=METRICS_HOURS),
        )  # fmt: skip
    in_time = sum(judged.values())
    people = {one.employee_id for one in readable if one.id in judged}
    is_shown = seen.count(len(people)) is not None
    evidence = {
        "wanted_percent": wanted,
        "within_hours": METRICS_HOURS,
        "posts": len(judged) if is_shown else None,
        "percent": in_time * 100 // len(judged) if is_shown else None,
    }
    if in_time * 100 < wanted * len(judged):
        todo = seen.do(texts.TOO_FEW_METRICS, percent=wanted, hours=METRICS_HOURS)
        return Found(Gate.METRICS, GateState.FAILED, evidence, todo)
    return Found(Gate.METRICS, GateState.PASSED, evidence)


async def _notice(session: AsyncSession, seen: Seen) -> Found:
    since = seen.program.launched_at or seen.program.created_at
    sent = await repository.list_notices(session, seen.members, since=since)
    if not sent:
        return Found(Gate.NOTICE, GateState.WAITING, todo=seen.do(texts.NOTICE))
    return Found(Gate.NOTICE, GateState.PASSED, {"first_on": seen.day(sent[0])})


async def _report(session: AsyncSession, seen: Seen) -> Found:
    counted = await repository.recount(session, seen.program.id)
    if not counted.published_shares:
        return Found(Gate.REPORT, GateState.WAITING, todo=seen.do(texts.REPORT_FIRST))
    figures = await totals.gather(session, seen.program.id)
    differing = compare(counted, seen.report, under=_under(figures))
    shown = [name for name in _RECOUNTED if getattr(seen.report.totals, name).value is not None]
    evidence = {
        "made_on": seen.day(seen.report.generated_at),
        "recounted": list(_RECOUNTED),
        "shown": shown,
        "differing": differing,
    }
    if differing:
        todo = seen.do(texts.REPORT_DIFFERS, numbers=", ".join(differing))
        return Found(Gate.REPORT, GateState.FAILED, evidence, todo)
    return Found(Gate.REPORT, GateState.PASSED, evidence)


def _under(figures: totals.Figures) -> dict[str, int | None]:
    """What a report is made of, before anybody decides what of it may be shown."""
    shares, reported = figures.shares.get(None), figures.reported.get((None, "impressions"))
    return {
        "published_shares": shares.count if shares is not None else 0,
        "human_clicks": figures.clicks.unique,
        "raw_hits": figures.clicks.raw,
        "impressions": reported.value if reported is not None else None,
    }


def compare(counted: Recount, report: ReportRead, *, under: Mapping[str, int | None]) -> list[str]:
    """Which numbers differ from a recount: as the report shows them, and where it hides them as it has them."""
    differing = []
    for name in _RECOUNTED:
        wanted, shown = getattr(counted, name), getattr(report.totals, name).value
        if under[name] != wanted or (shown is not None and shown != wanted):
            differing.append(name)
    return differing


def _is_in_time(published_at: datetime, at: datetime | None) -> bool:
    """Whether something came soon enough after a post."""
    return at is not None and at <= published_at + timedelta(hours=METRICS_HOURS)
