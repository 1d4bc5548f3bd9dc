"""Rounds of surveys, and the goals that they are the values of. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.goals import repository as goal_rows
from services.core.goals import service as goals
from services.core.goals import values
from services.core.goals.models import Measurement, Method
from services.core.kit import db
from services.core.kit.errors import FieldProblem, Invalid
from services.core.organizations.rules import Actor, Permission
from services.core.surveys import repository, rules
from services.core.surveys.errors import IN_THE_FUTURE, RoundThereAlready
from services.core.surveys.models import Respondents, SurveyCount, SurveyKind, SurveyRound
from services.core.surveys.rules import Answers
from services.core.surveys.schemas import GroupAnswers, SurveyRoundCreate

#: The day begins first in the zone UTC+14.
_EAST = timedelta(hours=14)


async def import_round(session: AsyncSession, actor: Actor, body: SurveyRoundCreate, *, k: int) -> SurveyRound:
    """Take a round, and make its result the value of its day in every goal of that KPI.

    Raises RoundThereAlready, and Invalid for a day that has begun nowhere yet.
    """
    actor.require(Permission.SURVEYS_WRITE)
    if body.asked_on > (await db.now(session) + _EAST).date():
        raise Invalid(problems=[FieldProblem("/asked_on", "in_the_future", IN_THE_FUTURE)])
    if await repository.find_round(session, source=body.source, external_id=body.external_id) is not None:
        raise RoundThereAlready(source=body.source, external_id=body.external_id)
    made = SurveyRound(
        organization_id=actor.tenant(),
        kind=body.kind,
        title=body.title,
        asked_on=body.asked_on,
        source=body.source,
        external_id=body.external_id,
        value=body.value,
        answers=body.answers,
    )
    session.add(made)
    await session.flush()
    for group in body.groups:
        answers = _counted(group)
        session.add(
            SurveyCount(
                organization_id=made.organization_id,
                round_id=made.id,
                respondents=group.respondents,
                promoters=answers.promoters,
                passives=answers.passives,
                detractors=answers.detractors,
            )
        )
    await session.flush()
    audit.record(
        session, actor=actor.name, action="survey_round.import", subject=made,
        after={"kind": made.kind.value, "asked_on": made.asked_on},
    )  # fmt: skip
    await hand_to_goals(session, k=k)
    return made


async def drop_round(session: AsyncSession, actor: Actor, survey_round: SurveyRound) -> None:
    """Take a round back, and the values that goals have of it; what those were stays readable."""
    actor.require(Permission.SURVEYS_WRITE)
    source = _source(survey_round)
    for goal in await repository.list_goals(session):
        there = await goal_rows.find_measurements(session, goal.id, sources=[source], days=[survey_round.asked_on])
        for row in there.values():
            await values.drop(session, row, by=actor.name)
            await session.flush()
            await goals.settle(session, goal, on=[survey_round.asked_on])
    audit.record(
        session, actor=actor.name, action="survey_round.delete", subject=survey_round,
        before={"kind": survey_round.kind.value, "asked_on": survey_round.asked_on},
    )  # fmt: skip
    await session.delete(survey_round)
    await session.flush()


async def hand_to_goals(session: AsyncSession, *, k: int) -> int:
    """Make every round the value of its day in the goals of its KPI, also in goals that came later.

    A result with fewer than ``k`` answers behind it is given to nobody. Said again, nothing changes; answers how many
    values are new. For a job of every hour.
    """
    found = await repository.list_goals(session)
    if not found:
        return 0
    rounds = await repository.list_rounds(session)
    answers = await repository.list_answers(session, [one.id for one in rounds])
    stored = 0
    for goal in found:
        theirs = [one for one in rounds if one.kind.value == goal.kpi]
        there = await goal_rows.find_measurements(
            session, goal.id, sources=[_source(one) for one in theirs], days=[one.asked_on for one in theirs]
        )
        new = []
        for one in theirs:
            result = result_of(one, answers[one.id], k=k)
            if result is None or (one.asked_on, _source(one)) in there:
                continue
            measurement = Measurement(
                organization_id=goal.organization_id,
                goal_id=goal.id,
                value=result,
                measured_on=one.asked_on,
                method=Method.IMPORTED,
                source=_source(one),
                formula_version=rules.FORMULA_VERSION,
            )
            await values.write(session, measurement, earlier=None, by=_source(one))
            new.append(one.asked_on)
        await goals.settle(session, goal, on=new)
        stored += len(new)
    return stored


def result_of(survey_round: SurveyRound, groups: Mapping[Respondents, Answers], *, k: int) -> Decimal | None:
    """What a round comes to; None when fewer than ``k`` people are known to have answered."""
    if survey_round.kind is SurveyKind.EMPLOYER_NPS:
        whole = sum(groups.values(), Answers())
        return rules.employer_nps(whole) if whole.total >= k else None
    return None if survey_round.answers is not None and survey_round.answers < k else survey_round.value


def _source(survey_round: SurveyRound) -> str:
    return f"survey:{survey_round.source}:{survey_round.external_id}"


def _counted(group: GroupAnswers) -> Answers:
    if group.counts is not None:
        return Answers(group.counts.promoters, group.counts.passives, group.counts.detractors)
    return rules.count(group.scores or [])
