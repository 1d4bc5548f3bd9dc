"""Who qualifies for what a program gives: each member's standing, read from the nouns that know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.employees import history
from services.core.kit import db
from services.core.organizations.rules import Actor
from services.core.plans import repository
from services.core.programs import benefits as program_benefits
from services.core.programs.eligibility import Judged, Standing, is_within_dates, judge, qualifies
from services.core.programs.models import Benefit


@dataclass(frozen=True)
class Mine:
    """One benefit for the person who asks."""

    benefit: Benefit
    ambassador: Ambassador
    conditions: list[Judged]
    is_given_today: bool

    @property
    def qualifies(self) -> bool:
        """Whether every condition is met, today."""
        return self.is_given_today and all(one.is_met for one in self.conditions)


@dataclass(frozen=True)
class Qualifying:
    """How many members qualify for a benefit. Suppress before anybody sees it."""

    people: int
    #: Members who meet all that is no activity: whoever knows them must not learn who of them shares.
    candidates: int
    members: int
    #: Whether what people do is part of the rule.
    is_of_activity: bool


async def list_mine(session: AsyncSession, actor: Actor) -> list[Mine]:
    """What the programs that the caller is in give, and whether the caller qualifies. Raise NotAPerson."""
    employee_id = actor.person()
    memberships = {one.program_id: one for one in await repository.list_memberships(session, employee_id=employee_id)}
    today = await history.today(session)
    given = await program_benefits.list_given(session, list(memberships), today=today)
    standings = await _standings(session, list(memberships.values()), given, employee_id=employee_id)
    return [
        Mine(
            benefit,
            memberships[benefit.program_id],
            judge(benefit, standings[benefit.program_id, employee_id]),
            is_given_today=is_within_dates(benefit, today),
        )
        for benefit in given
    ]


async def count_qualifying(
    session: AsyncSession, program_id: UUID, benefits: Sequence[Benefit]
) -> dict[UUID, Qualifying]:
    """How many members of a program meet the rule of each benefit, by benefit."""
    if not benefits:
        return {}
    members = await repository.list_memberships(session, program_id=program_id)
    standings = await _standings(session, members, benefits)
    return {
        benefit.id: Qualifying(
            people=sum(qualifies(benefit, one) for one in standings.values()),
            candidates=sum(qualifies(benefit, one, by_activity=False) for one in standings.values()),
            members=len(members),
            is_of_activity=benefit.min_published_shares is not None,
        )
        for benefit in benefits
    }


async def _standings(
    session: AsyncSession,
    memberships: Sequence[Ambassador],
    benefits: Sequence[Benefit],
    *,
    employee_id: UUID | None = None,
) -> dict[tuple[UUID, UUID], Standing]:
    """By program and person, what the rules of these benefits look at."""
    now = await db.now(session)
    programs = {one.program_id for one in memberships}
    windows = {one.published_within_days for one in benefits if one.published_within_days is not None}
    published = {
        days: await repository.count_published(session, programs, days=days, employee_id=employee_id)
        for days in sorted(windows)
    }
    modules = {one.training_module_id for one in benefits if one.training_module_id is not None}
    held = await repository.map_certificates(session, modules, at=now, employee_id=employee_id)
    return {
        (one.program_id, one.employee_id): Standing(
            is_active=one.state is AmbassadorState.ACTIVE,
            days_in_program=(now - one.joined_at).days if one.joined_at is not None else 0,
            certificates=held.get(one.employee_id, set()),
            published={days: counts.get((one.program_id, one.employee_id), 0) for days, counts in published.items()},
        )
        for one in memberships
    }
