"""Every query on surveys."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.goals.models import Goal
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.surveys.models import Respondents, SurveyCount, SurveyKind, SurveyRound
from services.core.surveys.rules import Answers


def rounds(session: AsyncSession) -> SelectOfScalar[SurveyRound]:
    """All rounds of the organization."""
    return select(SurveyRound).where(SurveyRound.organization_id == organization_of(session))


async def get_round(session: AsyncSession, round_id: UUID) -> SurveyRound:
    """One round; raise NotFound."""
    found = (await session.exec(rounds(session).where(SurveyRound.id == round_id))).first()
    if found is None:
        raise NotFound(thing="survey round")
    return found


async def find_round(session: AsyncSession, *, source: str, external_id: str) -> SurveyRound | None:
    """The round that was imported by this id."""
    statement = rounds(session).where(SurveyRound.source == source, SurveyRound.external_id == external_id)
    return (await session.exec(statement)).first()


async def list_rounds(session: AsyncSession) -> list[SurveyRound]:
    """All rounds, by the day that each stands for."""
    return list((await session.exec(rounds(session).order_by(col(SurveyRound.asked_on), col(SurveyRound.id)))).all())


async def list_answers(session: AsyncSession, round_ids: Collection[UUID]) -> dict[UUID, dict[Respondents, Answers]]:
    """The answers of rounds, by group."""
    statement = select(SurveyCount).where(
        SurveyCount.organization_id == organization_of(session), col(SurveyCount.round_id).in_(round_ids)
    )
    found: dict[UUID, dict[Respondents, Answers]] = {round_id: {} for round_id in round_ids}
    for row in (await session.exec(statement)).all():
        found[row.round_id][row.respondents] = Answers(row.promoters, row.passives, row.detractors)
    return found


async def list_goals(session: AsyncSession) -> list[Goal]:
    """The goals of all programs that are measured in what surveys ask."""
    statement = select(Goal).where(
        Goal.organization_id == organization_of(session), col(Goal.kpi).in_([kind.value for kind in SurveyKind])
    )
    return list((await session.exec(statement)).all())
